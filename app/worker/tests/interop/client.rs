use flamenco::wire::{Audience, JobStatus, ShamanCheckout, ShamanFile, platform};
use flamenco::{Meter, Uploaded};
use serde_json::json;

use crate::judge::{OurManager, TheirManager, submit, until_job, wish};
use crate::outcome;
use flamenco::Client;

const PAIR: &str = "our client → their Manager";

#[tokio::test]
async fn our_client_steers_their_manager() {
    let Some(theirs) = TheirManager::start(&[]).await else { return };
    steer(PAIR, &theirs.client).await;
    upload(PAIR, &theirs.client, theirs.folder.path()).await;
}

#[tokio::test]
async fn our_client_steers_our_manager_alike() {
    let ours = OurManager::start(&[]).await;
    steer("our client → our Manager", &ours.client).await;
    upload("our client → our Manager", &ours.client, ours.folder.path()).await;
}

async fn steer(pair: &str, client: &Client) {
    let version = client.version().await.unwrap();
    outcome(pair, "version", &version.version);
    assert!(client.configuration().await.unwrap().shaman_enabled);
    let storage = client.shared_storage(Audience::Users, platform()).await.unwrap();
    assert!(storage.location.ends_with("jobs"), "{storage:?}");
    assert!(client.variables(Audience::Workers, platform()).await.unwrap().contains_key("blender"));
    let types = client.job_types().await.unwrap();
    let mut names: Vec<&str> = types.iter().map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    outcome(pair, "configuration, storage, variables, job types", names.join(" "));
    assert!(client.worker_tags().await.unwrap().is_empty());

    let echo = client.job_type("echo-sleep-test").await.unwrap();
    let settings = json!({ "message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 2 });
    let mut job = wish("echo-sleep-test", settings.clone());
    job.type_etag = Some(echo.etag);
    client.check_job(&job).await.unwrap();
    job.type_etag = Some("old".into());
    assert_eq!(client.check_job(&job).await.unwrap_err().status(), Some(412));
    assert_eq!(client.submit_job(&job).await.unwrap_err().status(), Some(412));
    let bad = json!({ "frames": " 1 10", "chunk_size": 1, "render_output_path": "/x/######", "blendfile": "/x.blend",
        "format": "PNG", "image_file_extension": ".png", "scene": "S" });
    assert_eq!(client.check_job(&wish("simple-blender-render", bad)).await.unwrap_err().status(), Some(400));
    assert_eq!(client.check_job(&wish("unheard-of", json!({}))).await.unwrap_err().status(), Some(400));
    outcome(pair, "check; etag outdated 412; bad range and unknown type 400", "ok");

    let job = submit(client, "echo-sleep-test", settings).await;
    assert_eq!(client.tasks(&job.id).await.unwrap().len(), 3);
    client.set_job_priority(&job.id, 80).await.unwrap();
    assert_eq!(client.job(&job.id).await.unwrap().priority, 80);
    client.set_job_status(&job.id, JobStatus::PauseRequested, "lunch").await.unwrap();
    until_job(client, &job.id, JobStatus::Paused).await;
    client.set_job_status(&job.id, JobStatus::Requeueing, "back").await.unwrap();
    until_job(client, &job.id, JobStatus::Queued).await;
    client.set_job_status(&job.id, JobStatus::CancelRequested, "enough").await.unwrap();
    until_job(client, &job.id, JobStatus::Canceled).await;
    assert!(client.jobs().await.unwrap().iter().any(|it| it.id == job.id));
    client.delete_job(&job.id).await.unwrap();
    crate::until("the job is gone", async || {
        client.job(&job.id).await.is_err_and(|error| error.status() == Some(404))
    })
    .await;
    outcome(pair, "submit, priority, pause, requeue, cancel, delete", "ok");
}

/// Three files: one twice, one empty, one with a name outside ASCII; then a second time.
async fn upload(pair: &str, client: &Client, folder: &std::path::Path) {
    let file = |sha: &str, size, path: &str| ShamanFile { sha: sha.into(), size, path: path.into() };
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let files = [
        file(hello, 5, "tex/hello.txt"),
        file(hello, 5, "tex/Größe über alles.txt"),
        file(empty, 0, "nothing.txt"),
    ];
    let missing = client.shaman_requirements(&files).await.unwrap();
    assert_eq!(missing.len(), 2, "the same content is asked for once: {missing:?}");
    std::fs::write(folder.join("hello.txt"), "hello").unwrap();
    std::fs::write(folder.join("nothing.txt"), "").unwrap();
    std::fs::write(folder.join("other.txt"), "hallo").unwrap();
    let sent = Meter::default();
    let changed = client.shaman_upload(&files[0], &folder.join("other.txt"), false, &sent).await;
    assert!(matches!(changed, Ok(Uploaded::Changed)), "{changed:?}");
    for (file, name) in [(&files[0], "hello.txt"), (&files[2], "nothing.txt"), (&files[1], "hello.txt")] {
        let uploaded = client.shaman_upload(file, &folder.join(name), false, &sent).await.unwrap();
        assert_eq!(uploaded, Uploaded::Stored, "{name}");
    }
    assert!(client.shaman_requirements(&files).await.unwrap().is_empty());
    let checkout = ShamanCheckout { files: files.to_vec(), checkout_path: "vase-x7".into() };
    let first = client.shaman_checkout(&checkout).await.unwrap();
    let second = client.shaman_checkout(&checkout).await.unwrap();
    assert_eq!(first, "vase-x7");
    assert!(second.starts_with("vase-x7-") && second != first, "{second}");
    let jobs = client.shared_storage(Audience::Users, platform()).await.unwrap().location;
    let text = std::fs::read(format!("{jobs}/{second}/tex/Größe über alles.txt")).unwrap();
    assert_eq!(text, b"hello");
    outcome(pair, "Shaman: doubled, empty and non-ASCII files, changed file 417, same checkout twice", "ok");
}
