use super::*;

async fn render_job(farm: &Farmhouse, folder: &Path) -> String {
    let settings = json!({
        "frames": "1-4", "chunk_size": 2, "blendfile": "/shots/robot.blend", "fps": 24.0, "format": "PNG",
        "image_file_extension": ".png", "has_previews": false, "scene": "Scene", "add_path_components": 0,
        "render_output_root": folder, "render_output_path": format!("{}/######", folder.display()),
    });
    farm.submit("simple-blender-render", settings).await
}

/// Does what the task's program would do to the folder.
async fn work_off(farm: &Farmhouse, hand: &Hand, folder: &Path, content: &str) -> Vec<String> {
    let mut done = Vec::new();
    while let (200, task) = hand.task(farm).await {
        let name = task["name"].as_str().unwrap().to_owned();
        if name == "preview-video" {
            std::fs::write(folder.join("robot-1-4.mp4"), content).unwrap();
        } else {
            for frame in if name == "render-1,2" { 1..=2 } else { 3..=4 } {
                let path = folder.join(format!("{frame:06}.png"));
                if !path.exists() {
                    std::fs::write(path, content).unwrap();
                }
            }
        }
        assert_eq!(hand.update(farm, &task, json!({"taskStatus": "completed"})).await, 204);
        done.push(name);
    }
    done
}

#[tokio::test]
async fn chosen_frames_are_made_again_and_the_old_ones_kept() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(&home.path().join("farm")).await;
    let hand = farm.worker("hand").await;
    for kind in ["blender", "ffmpeg"] {
        let sign_on =
            json!({"name": "hand", "supported_task_types": ["blender", "ffmpeg"], "software_version": kind});
        hand.post(&farm, "/worker/sign-on", sign_on).await;
    }
    hand.post(&farm, "/worker/state-changed", json!({"status": "awake"})).await;
    let folder = home.path().join("out/robot");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("the artist's own.png"), "mine").unwrap();
    let job = render_job(&farm, &folder).await;
    let again = format!("//api/kiln/v1/jobs/{job}/run-again");
    assert_eq!(work_off(&farm, &hand, &folder, "old").await, ["render-1,2", "render-3,4", "preview-video"]);
    let outputs = async || {
        let (_, list) = farm.get(&format!("//api/kiln/v1/jobs/{job}/outputs")).await;
        let list = list["outputs"].as_array().unwrap().clone();
        list.iter().map(|it| it["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = ["000001.png", "000002.png", "000003.png", "000004.png", "robot-1-4.mp4"];
    assert_eq!(outputs().await, all, "an artist's own files are nobody's results");

    for (wish, status) in [
        (json!({"frames": "5"}), 400),
        (json!({"frames": "x"}), 400),
        (json!({}), 400),
        (json!({"task_ids": ["nobody"]}), 400),
    ] {
        assert_eq!(farm.post(&again, wish.clone()).await.0, status, "{wish}");
    }
    let (status, answer) = farm.post(&again, json!({"frames": "3"})).await;
    assert_eq!((status, &answer["moved"]), (200, &json!(["000003.png", "robot-1-4.mp4"])), "{answer}");
    assert_eq!(farm.job_text(&job).await, "queued: completed queued queued");
    let aside = Path::new(answer["moved_to"].as_str().unwrap()).to_owned();
    assert!(aside.parent() == folder.parent() && aside != folder);
    assert_eq!(std::fs::read_to_string(aside.join("000003.png")).unwrap(), "old");
    assert_eq!(outputs().await, ["000001.png", "000002.png"]);

    // Nothing is taken away from a task that runs.
    let (_, task) = hand.task(&farm).await;
    assert_eq!(farm.post(&again, json!({"frames": "4"})).await.0, 409);
    drop(task);
    assert_eq!(work_off(&farm, &hand, &folder, "new").await, ["render-3,4", "preview-video"]);
    assert_eq!(farm.job_text(&job).await, "completed: completed completed completed");
    let content = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(
        [content("000003.png"), content("000004.png"), content("robot-1-4.mp4")],
        ["new", "old", "new"]
    );
    assert_eq!(outputs().await, all);

    // Whole tasks go with everything that is theirs.
    let (_, tasks) = farm.get(&format!("/jobs/{job}/tasks")).await;
    let first = tasks["tasks"][0]["id"].clone();
    let (_, answer) = farm.post(&again, json!({"task_ids": [first]})).await;
    assert_eq!(answer["moved"], json!(["000001.png", "000002.png", "robot-1-4.mp4"]));
    assert_eq!(content("the artist's own.png"), "mine");
}

#[tokio::test]
async fn a_submission_can_be_tried_without_a_job() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let wish = json!({
        "name": "Try <it>", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "manager",
        "settings": {"message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 30},
    });
    let (status, plan) = farm.post("//api/kiln/v1/jobs/dry-run", wish.clone()).await;
    let tasks = plan["tasks"].as_array().unwrap();
    assert_eq!((status, tasks.len()), (200, 31));
    assert_eq!((&tasks[0]["name"], &tasks[30]["depends_on"]), (&json!("echo"), &json!([0])));
    assert_eq!(tasks[1]["commands"][0]["parameters"]["duration_in_seconds"], 1);
    let svg = farm.ask(Method::POST, "//api/kiln/v1/jobs/dry-run?as=svg").json(&wish).send().await.unwrap();
    assert_eq!(svg.headers()["content-type"], "image/svg+xml");
    let svg = svg.text().await.unwrap();
    assert!(svg.contains("31 tasks, 31 steps, 2 stages") && svg.contains("21 more"), "{svg}");
    assert!(svg.contains("Try &lt;it&gt;") && !svg.contains("<it>"));
    assert_eq!(farm.post("//api/kiln/v1/jobs/dry-run?as=gif", wish).await.0, 400);
    let broken = json!({"name": "x", "type": "kiln-convert", "priority": 50, "submitter_platform": "linux"});
    let (status, answer) = farm.post("//api/kiln/v1/jobs/dry-run", broken).await;
    assert_eq!((status, &answer["message"]), (400, &json!("Choose at least one model.")));
    assert_eq!(farm.get("/jobs").await.1, json!({"jobs": []}));
}
