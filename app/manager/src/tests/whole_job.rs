use super::*;

#[tokio::test]
async fn a_job_goes_from_submission_to_completed_over_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    assert_eq!(hand.task(&farm).await.0, 204);
    assert!(farm.manager.idle_for().await.is_some());

    let settings = json!({"message": "hi {kiln}", "sleep_duration_seconds": 1, "sleep_repeats": 2});
    let job = farm.submit("echo-sleep-test", settings).await;
    assert_eq!(farm.job_text(&job).await, "queued: queued queued queued");
    assert!(farm.manager.idle_for().await.is_none());

    let (status, echo) = hand.task(&farm).await;
    assert_eq!((status, &echo["name"], &echo["status"]), (200, &json!("echo"), &json!("active")));
    assert_eq!(echo["commands"][0]["parameters"]["message"], "hi kiln", "variables are replaced");
    assert_eq!(hand.update(&farm, &echo, json!({"taskStatus": "active", "activity": "Started"})).await, 204);
    assert_eq!(hand.update(&farm, &echo, json!({"log": "pid=1 > hello\n"})).await, 204);

    // Killed in the middle of a task: what follows is a new Manager on the same folder.
    drop(farm);
    let farm = Farmhouse::start(home.path()).await;
    assert_eq!(farm.job_text(&job).await, "active: active queued queued");
    hand.come(&farm).await;
    let (_, again) = hand.task(&farm).await;
    assert_eq!(again["uuid"], echo["uuid"], "the Worker gets its task again");
    let done = json!({"taskStatus": "completed", "activity": "Completed", "log": "bye\n"});
    assert_eq!(hand.update(&farm, &again, done.clone()).await, 204);
    assert_eq!(hand.update(&farm, &again, done.clone()).await, 204, "a repeated report is no conflict");
    let late = json!({"taskStatus": "failed"});
    assert_eq!(hand.update(&farm, &again, late).await, 409, "a finished task is nobody's to change");

    for _ in 0..2 {
        let (status, sleep) = hand.task(&farm).await;
        assert_eq!((status, &sleep["name"]), (200, &json!("sleep")));
        assert_eq!(hand.update(&farm, &sleep, json!({"steps_completed": 1})).await, 204);
        assert_eq!(hand.update(&farm, &sleep, done.clone()).await, 204);
    }
    assert_eq!(farm.job_text(&job).await, "completed: completed completed completed");
    let (_, finished) = farm.get(&format!("/jobs/{job}")).await;
    assert_eq!((&finished["steps_completed"], &finished["steps_total"]), (&json!(3), &json!(3)));
    assert_eq!(hand.task(&farm).await.0, 204);

    let (_, info) = farm.get(&format!("/tasks/{}/log", echo["uuid"].as_str().unwrap())).await;
    let log = farm.ask(Method::GET, &format!("/{}", info["url"].as_str().unwrap())).send().await.unwrap();
    let log = log.text().await.unwrap();
    assert_eq!(log.len() as u64, info["size"].as_u64().unwrap());
    let said: Vec<&str> = log.lines().filter(|it| !it.contains("T") || it.contains("Task")).collect();
    assert!(said[0].contains("Task assigned to worker hand"), "{log}");
    assert!(log.contains("\npid=1 > hello\nbye\n"), "{log}");

    // Nothing is lost by a graceful end either.
    farm.manager.shutdown().await;
    let farm = Farmhouse::start(home.path()).await;
    assert_eq!(farm.job_text(&job).await, "completed: completed completed completed");
}

#[tokio::test]
async fn a_long_poll_wakes_when_work_appears() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let poll = hand.ask(&farm, Method::POST, "//api/kiln/v1/worker/task?wait_secs=25").send();
    let (answer, job) = tokio::join!(poll, async {
        // The poll is on its way while this is compiled and stored.
        farm.submit("echo-sleep-test", json!({"message": "now", "sleep_repeats": 0})).await
    });
    let (status, task) = read(answer.unwrap()).await;
    assert_eq!((status, &task["job"]), (200, &json!(job)));
    let (_, info) = farm.get("//api/kiln/v1/info").await;
    assert_eq!(
        (&info["name"], &info["long_poll"], &info["outputs"]),
        (&json!("Kiln"), &json!(true), &json!(true))
    );
    hand.update(&farm, &task, json!({"taskStatus": "completed"})).await;
    let nothing =
        hand.ask(&farm, Method::POST, "//api/kiln/v1/worker/task?wait_secs=0").send().await.unwrap();
    assert_eq!(nothing.status(), 204);
}

#[tokio::test]
async fn a_waiting_task_says_why() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let job = farm.submit("echo-sleep-test", json!({"message": "x", "sleep_repeats": 1})).await;
    let (_, tasks) = farm.get(&format!("/jobs/{job}/tasks")).await;
    let why = async |n: usize| {
        let id = tasks["tasks"][n]["id"].as_str().unwrap();
        farm.get(&format!("//api/kiln/v1/tasks/{id}/why-not")).await.1
    };
    assert_eq!(why(0).await["summary"], "no Worker has ever signed on to this farm");
    let hand = farm.worker("hand").await;
    assert_eq!(why(0).await["workers"][0]["may_run"], true);
    assert_eq!(why(1).await["summary"], "it waits for echo (queued)");
    hand.task(&farm).await;
    assert_eq!(why(0).await["summary"], "it is running on hand");
    let nobody = "//api/kiln/v1/tasks/00000000-0000-4000-8000-000000000000/why-not";
    assert_eq!(farm.get(nobody).await.0, 404);
}

#[tokio::test]
async fn canceling_and_requeueing_a_running_job() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let job = farm.submit("echo-sleep-test", json!({"message": "x", "sleep_repeats": 1})).await;
    let (_, task) = hand.task(&farm).await;
    let may_i_run = format!("/worker/task/{}/may-i-run", task["uuid"].as_str().unwrap());
    assert_eq!(hand.get(&farm, &may_i_run).await.1["mayKeepRunning"], true);

    let set = async |status: &str| {
        let wish = json!({"status": status, "reason": "because"});
        farm.post(&format!("/jobs/{job}/setstatus"), wish).await
    };
    assert_eq!(set("cancel-requested").await.0, 204);
    assert_eq!(farm.job_text(&job).await, "canceled: canceled canceled");
    let (_, answer) = hand.get(&farm, &may_i_run).await;
    assert_eq!((&answer["mayKeepRunning"], &answer["statusChangeRequested"]), (&json!(false), &json!(false)));
    assert_eq!(hand.update(&farm, &task, json!({"taskStatus": "completed"})).await, 409);
    assert_eq!(set("requeueing").await.0, 204);
    assert_eq!(farm.job_text(&job).await, "queued: queued queued");
    assert_eq!(set("dancing").await.0, 400);

    assert_eq!(farm.post(&format!("/jobs/{job}/setpriority"), json!({"priority": 90})).await.0, 204);
    assert_eq!(farm.post(&format!("/jobs/{job}/setpriority"), json!({"priority": 101})).await.0, 400);
    assert_eq!(farm.get(&format!("/jobs/{job}")).await.1["priority"], 90);
    let id = task["uuid"].as_str().unwrap();
    let paused = json!({"status": "paused", "reason": "wait"});
    assert_eq!(farm.post(&format!("/tasks/{id}/setstatus"), paused).await.0, 204);
    let (_, task) = farm.get(&format!("/tasks/{id}")).await;
    assert_eq!((&task["status"], &task["activity"]), (&json!("paused"), &json!("wait")));
}

#[tokio::test]
async fn a_new_job_type_is_offered_and_runs_without_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let scripts = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start_with(home.path(), |it| it.job_types_dir = Some(scripts.path().into())).await;
    let names = async || {
        let (_, list) = farm.get("/jobs/types").await;
        let names =
            list["job_types"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        names().await,
        ["echo-sleep-test", "kiln-convert", "kiln-thumbnails", "simple-blender-render"]
    );
    assert_eq!(farm.get("/jobs/type/say-twice").await.0, 404);
    let script = "const JOB_TYPE = {label: 'Say twice', settings: [{key: 'word', type: 'string'}]};
        function compileJob(job) {
          for (const n of [1, 2]) {
            const task = author.Task('say ' + n, 'misc');
            task.addCommand(author.Command('echo', {message: job.settings.word}));
            job.addTask(task);
          }
        }";
    std::fs::write(scripts.path().join("say_twice.js"), script).unwrap();
    assert!(names().await.contains(&"say-twice".to_owned()));
    assert_eq!(farm.get("/jobs/type/say-twice").await.1["label"], "Say twice");
    let job = farm.submit("say-twice", json!({"word": "ho"})).await;
    let hand = farm.worker("hand").await;
    let (_, task) = hand.task(&farm).await;
    assert_eq!((&task["job"], &task["commands"][0]["parameters"]["message"]), (&json!(job), &json!("ho")));
}

#[tokio::test]
async fn tasks_that_wait_for_each_other_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let scripts = tempfile::tempdir().unwrap();
    let script = |body: &str| {
        let text = format!("const JOB_TYPE = {{label: 'Odd'}}; function compileJob(job) {{ {body} }}");
        std::fs::write(scripts.path().join("odd.js"), text).unwrap();
    };
    let farm = Farmhouse::start_with(home.path(), |it| it.job_types_dir = Some(scripts.path().into())).await;
    let job = json!({"name": "Odd", "type": "odd", "priority": 50, "submitter_platform": "linux"});
    let two = "const a = author.Task('a', 'misc'), b = author.Task('b', 'misc');";
    for (body, expect) in [
        (
            format!("{two} a.addDependency(b); b.addDependency(a); job.addTask(a); job.addTask(b);"),
            "in a circle",
        ),
        (format!("{two} a.addDependency(b); job.addTask(a);"), "not in its job"),
        (format!("{two} job.addTask(a); job.addTask(a);"), "added twice"),
        (String::new(), "made no tasks"),
    ] {
        script(&body);
        let (status, error) = farm.post("/jobs", job.clone()).await;
        assert_eq!(status, 400);
        assert!(error["message"].as_str().unwrap().contains(expect), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_submission_sent_twice_is_one_job() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let submit = async |submission: &str| {
        let job = json!({
            "name": "Try", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": "x"}, "metadata": {"kiln.submission": submission},
        });
        farm.post("/jobs", job).await.1["id"].as_str().unwrap().to_owned()
    };
    let first = submit("a").await;
    assert_eq!(submit("a").await, first);
    assert_ne!(submit("b").await, first);
    assert_eq!(farm.get("/jobs").await.1["jobs"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_client_may_ask_for_the_end() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    assert_eq!(farm.post("//api/kiln/v1/shutdown", json!({})).await.0, 202);
    farm.manager.asked_to_stop().await;
    assert_eq!(farm.get("/version").await.0, 200, "Workers can still sign off");
    farm.manager.shutdown().await;
}
