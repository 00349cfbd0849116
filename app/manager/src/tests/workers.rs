use std::time::Duration;

use super::*;

#[tokio::test]
async fn workers_prove_who_they_are() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let thief = Hand { uuid: hand.uuid.clone(), secret: "guess".into() };
    assert_eq!(thief.task(&farm).await.0, 403);
    let stranger = Hand { uuid: "00000000-0000-4000-8000-000000000000".into(), secret: "5ec7e7".into() };
    assert_eq!(stranger.task(&farm).await.0, 403);
    assert_eq!(farm.post("/worker/task", json!(null)).await.0, 403);
    assert_eq!(
        farm.ask(Method::DELETE, &format!("/worker-mgt/workers/{}", hand.uuid))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(hand.task(&farm).await.0, 403, "a deleted Worker is nobody");
    assert_eq!(farm.get("/worker-mgt/workers").await.1, json!({"workers": []}));
}

#[tokio::test]
async fn a_worker_changes_state_when_asked() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let job = farm.submit("echo-sleep-test", json!({"message": "x", "sleep_repeats": 0})).await;
    let (_, task) = hand.task(&farm).await;
    let may_i_run = format!("/worker/task/{}/may-i-run", task["uuid"].as_str().unwrap());
    let set = async |status: &str, is_lazy: bool| {
        let wish = json!({"status": status, "is_lazy": is_lazy});
        farm.post(&format!("/worker-mgt/workers/{}/setstatus", hand.uuid), wish).await
    };
    assert_eq!(set("restart", true).await.0, 412, "it said that it cannot");
    assert_eq!(set("asleep", true).await.0, 204);
    assert_eq!(hand.get(&farm, &may_i_run).await.1["mayKeepRunning"], true, "lazy waits for the task's end");
    assert_eq!(set("awake", false).await.0, 204);
    assert_eq!(hand.get(&farm, "/worker/state").await.0, 204, "asked for what it is, the request is gone");

    assert_eq!(set("asleep", false).await.0, 204);
    let (_, answer) = hand.get(&farm, &may_i_run).await;
    assert_eq!((&answer["mayKeepRunning"], &answer["statusChangeRequested"]), (&json!(false), &json!(true)));
    assert_eq!(hand.task(&farm).await, (423, json!({"status_requested": "asleep"})));
    assert_eq!(hand.post(&farm, "/worker/state-changed", json!({"status": "asleep"})).await.0, 204);
    assert_eq!(farm.job_text(&job).await, "active: queued");
    assert_eq!(hand.task(&farm).await.0, 409);
    assert_eq!(farm.get("/status").await.1["status"], "waiting");

    let (_, worker) = farm.get(&format!("/worker-mgt/workers/{}", hand.uuid)).await;
    assert_eq!((&worker["status"], &worker["platform"]), (&json!("asleep"), &json!("linux")));
    assert_eq!(worker["task"]["job_id"], job);
    assert_eq!(hand.post(&farm, "/worker/sign-off", json!({})).await.0, 204);
    let sign_on = json!({"name": "hand", "supported_task_types": ["misc"], "software_version": "1"});
    let (_, answer) = hand.post(&farm, "/worker/sign-on", sign_on).await;
    assert_eq!(answer["status_requested"], "asleep", "it left asleep, and stays so");
}

#[tokio::test]
async fn a_worker_that_was_lost_comes_back_by_itself() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start_with(home.path(), |it| {
        it.timings.worker_timeout = Duration::from_millis(30);
        it.timings.timeout_check = Duration::from_millis(10);
    })
    .await;
    let hand = farm.worker("hand").await;
    let status = async || farm.get(&format!("/worker-mgt/workers/{}", hand.uuid)).await.1["status"].clone();
    while status().await != "error" {
        tokio::task::yield_now().await;
    }
    let (code, answer) = hand.task(&farm).await;
    assert_eq!((code, &answer["status_requested"]), (423, &json!("awake")));
    assert_eq!(hand.post(&farm, "/worker/state-changed", json!({"status": "awake"})).await.0, 204);
}

#[tokio::test]
async fn tags_and_sleep_schedules_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let (_, tag) = farm.post("/worker-mgt/tags", json!({"name": "gpu"})).await;
    let id = tag["id"].as_str().unwrap();
    assert_eq!(farm.post("/worker-mgt/tags", json!({"name": "gpu"})).await.0, 400);
    let worker = format!("/worker-mgt/workers/{}", hand.uuid);
    assert_eq!(farm.post(&format!("{worker}/settags"), json!({"tag_ids": [id]})).await.0, 204);
    assert_eq!(farm.get(&worker).await.1["tags"], json!([{"id": id, "name": "gpu"}]));

    let job = farm.submit("echo-sleep-test", json!({"message": "x", "sleep_repeats": 0})).await;
    assert_eq!(farm.post(&format!("/jobs/{job}/settag"), json!({"name": "cpu"})).await.0, 406);
    assert_eq!(farm.post(&format!("/jobs/{job}/settag"), json!({"name": "gpu"})).await.0, 204);
    assert_eq!(farm.get(&format!("/jobs/{job}")).await.1["worker_tag"], id);
    let other = farm.worker("other").await;
    assert_eq!(other.task(&farm).await.0, 204);
    assert_eq!(hand.task(&farm).await.0, 200);

    assert_eq!(farm.get(&format!("{worker}/sleep-schedule")).await.0, 204);
    let schedule = json!({"is_active": true, "days_of_week": "", "start_time": "", "end_time": ""});
    assert_eq!(farm.post(&format!("{worker}/sleep-schedule"), schedule.clone()).await.0, 204);
    assert_eq!(farm.get(&format!("{worker}/sleep-schedule")).await.1, schedule);
    assert_eq!(hand.task(&farm).await, (423, json!({"status_requested": "asleep"})), "it is always bedtime");
}

#[tokio::test]
async fn a_preview_is_scaled_and_served() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let job = farm.submit("echo-sleep-test", json!({"message": "x", "sleep_repeats": 0})).await;
    let (_, task) = hand.task(&farm).await;
    let send = |body: Vec<u8>, kind: &'static str| {
        let path = format!("/worker/task/{}/output-produced", task["uuid"].as_str().unwrap());
        let request = hand.ask(&farm, Method::POST, &path).header("content-type", kind).body(body);
        async { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(send(vec![0; 10], "image/tiff").await, 415);
    assert_eq!(send(vec![0; 26 << 20], "image/png").await, 413);
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(400, 300).write_to(&mut png, image::ImageFormat::Png).unwrap();
    assert_eq!(send(png.into_inner(), "image/png").await, 202);
    let preview = format!("/jobs/{job}/last-rendered");
    while farm.get(&preview).await.0 == 204 {
        tokio::task::yield_now().await;
    }
    let (_, info) = farm.get(&preview).await;
    let url = format!("/{}/{}", info["base"].as_str().unwrap(), info["suffixes"][2].as_str().unwrap());
    let tiny = farm.ask(Method::GET, &url).send().await.unwrap();
    assert_eq!(tiny.headers()["content-type"], "image/jpeg");
    let tiny = image::load_from_memory(&tiny.bytes().await.unwrap()).unwrap();
    assert_eq!((tiny.width(), tiny.height()), (149, 112));
}
