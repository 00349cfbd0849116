use sha2::{Digest, Sha256};

use super::*;
use crate::job_types::hex;

fn file(content: &[u8], path: &str) -> Value {
    json!({"sha": hex(&Sha256::digest(content)), "size": content.len(), "path": path})
}

async fn upload(farm: &Farmhouse, file: &Value, content: &[u8]) -> u16 {
    let path = format!("/shaman/files/{}/{}", file["sha"].as_str().unwrap(), file["size"]);
    farm.ask(Method::POST, &path).body(content.to_vec()).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn inputs_come_up_once_and_are_laid_out_for_each_job() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let (chair, empty) = (file(b"chair", "models/chair.glb"), file(b"", "models/Über leer.txt"));
    let twin = file(b"chair", "models/twin.glb");
    let files = json!({"files": [chair, twin, empty]});
    let (_, missing) = farm.post("/shaman/checkout/requirements", files.clone()).await;
    let missing = missing["files"].as_array().unwrap();
    assert_eq!(missing.len(), 2, "one content is asked for once");
    assert!(missing.iter().all(|it| it["status"] == "unknown"));

    let checkout = json!({"files": files["files"], "checkoutPath": "robot"});
    assert_eq!(
        farm.post("/shaman/checkout/create", checkout.clone()).await.0,
        424,
        "nothing is uploaded yet"
    );
    assert_eq!(upload(&farm, &chair, b"chair").await, 200);
    assert_eq!(upload(&farm, &chair, b"chair").await, 208);
    assert_eq!(upload(&farm, &empty, b"").await, 200);
    let sha = chair["sha"].as_str().unwrap();
    assert_eq!(farm.get(&format!("/shaman/files/{sha}/5")).await.1["status"], "stored");
    assert_eq!(farm.post("/shaman/checkout/requirements", files).await.1, json!({"files": []}));

    let (_, first) = farm.post("/shaman/checkout/create", checkout.clone()).await;
    assert_eq!(first["checkoutPath"], "robot");
    let (_, second) = farm.post("/shaman/checkout/create", checkout.clone()).await;
    let second = second["checkoutPath"].as_str().unwrap();
    assert!(second.starts_with("robot-") && second.len() == 10, "{second}");
    let jobs = home.path().join("storage/jobs");
    // A job that writes into its inputs changes nothing for others.
    std::fs::write(jobs.join("robot/models/chair.glb"), "table").unwrap();
    let (_, third) = farm.post("/shaman/checkout/create", checkout).await;
    for name in [second, third["checkoutPath"].as_str().unwrap()] {
        assert_eq!(std::fs::read(jobs.join(name).join("models/twin.glb")).unwrap(), b"chair");
        assert_eq!(std::fs::read(jobs.join(name).join("models/chair.glb")).unwrap(), b"chair");
        assert_eq!(std::fs::read(jobs.join(name).join("models/Über leer.txt")).unwrap(), b"");
    }
}

#[tokio::test]
async fn what_does_not_match_is_refused_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let chair = file(b"chair", "chair.glb");
    assert_eq!(upload(&farm, &chair, b"table").await, 417);
    assert_eq!(upload(&farm, &chair, b"cha").await, 417);
    assert_eq!(upload(&farm, &chair, b"chairs and tables").await, 417);
    let sha = chair["sha"].as_str().unwrap();
    for bad in [&sha[..10], &sha.to_uppercase(), "..", "%2e%2e%2f%2e%2e"] {
        let status =
            farm.ask(Method::POST, &format!("/shaman/files/{bad}/5")).body("chair").send().await.unwrap();
        assert!(matches!(status.status().as_u16(), 400 | 404), "{bad}: {}", status.status());
    }
    assert_eq!(farm.get(&format!("/shaman/files/{sha}/-1")).await.0, 400);
    let uploading = home.path().join("storage/file-store/uploading");
    assert_eq!(std::fs::read_dir(uploading).unwrap().count(), 0);

    assert_eq!(upload(&farm, &chair, b"chair").await, 200);
    for bad in ["../x", "/etc/cron.d/x", "a/../../x", "C:/x", "a\\b", ""] {
        let files = json!([{"sha": sha, "size": 5, "path": bad}]);
        let body = json!({"files": files, "checkoutPath": "ok"});
        assert_eq!(farm.post("/shaman/checkout/create", body).await.0, 400, "{bad}");
        let body = json!({"files": [chair], "checkoutPath": bad});
        assert_eq!(farm.post("/shaman/checkout/create", body).await.0, 400, "{bad}");
    }
    let doubled = json!({"files": [chair, chair], "checkoutPath": "ok"});
    assert_eq!(farm.post("/shaman/checkout/create", doubled).await.0, 400);
    let crossed = json!({"files": [chair, file(b"chair", "chair.glb/x")], "checkoutPath": "ok"});
    assert_eq!(farm.post("/shaman/checkout/create", crossed).await.0, 500);
    assert_eq!(std::fs::read_dir(home.path().join("storage/jobs")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_deleted_job_takes_its_own_checkout_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let chair = file(b"chair", "chair.glb");
    upload(&farm, &chair, b"chair").await;
    let create = json!({"files": [chair], "checkoutPath": "robot"});
    farm.post("/shaman/checkout/create", create).await;
    let inside = json!({"files": [chair], "checkoutPath": "robot/inner"});
    assert_eq!(farm.post("/shaman/checkout/create", inside).await.0, 400);
    let jobs = home.path().join("storage/jobs");
    std::fs::create_dir(jobs.join("kiln-results")).unwrap();

    let submit = async |checkout: &str| {
        let job = json!({
            "name": "Try", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": "x", "sleep_repeats": 0}, "storage": {"shaman_checkout_id": checkout},
        });
        farm.post("/jobs", job).await.1["id"].as_str().unwrap().to_owned()
    };
    let delete = async |id: &str| {
        let path = format!("/jobs/{id}");
        assert_eq!(farm.ask(Method::DELETE, &path).send().await.unwrap().status(), 204);
        while farm.get(&path).await.0 != 404 {
            tokio::task::yield_now().await;
        }
    };
    let (first, second, liar) = (submit("robot").await, submit("robot").await, submit("kiln-results").await);
    let asks = format!("/jobs/{first}/what-would-delete-do");
    assert_eq!(farm.get(&asks).await.1["shaman_checkout"], false, "another job uses it");
    delete(&first).await;
    assert!(jobs.join("robot/chair.glb").is_file());
    delete(&liar).await;
    assert!(jobs.join("kiln-results").is_dir(), "only what Shaman made goes");
    delete(&second).await;
    assert!(!jobs.join("robot").exists());
    assert_eq!(farm.get("/jobs").await.1, json!({"jobs": []}));
}
