use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::outbox::drive::Shared;
use crate::outbox::hashing::hex;
use crate::studio_of_tests::{Studio, arguments, bring_home, converted, files_below};
use crate::{FarmError, PumpUntil, SubmissionState};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changes_on_its_way_is_hashed_again_once() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let id = outbox.submit(studio.submission(std::slice::from_ref(&model))).unwrap();
    let change = |content: &[u8]| {
        std::fs::write(&model, content).unwrap();
        let file = std::fs::File::options().write(true).open(&model).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    };
    let bundle = || outbox.store.bundle(&id).unwrap();
    // Bundled as it was, changed before it is sent: same size, other bytes.
    let mut drive = outbox.drive(&id, Shared::default()).unwrap();
    while outbox.get(&id).unwrap().state < SubmissionState::Uploading {
        drive.step().await.unwrap();
    }
    let before = bundle();
    change(b"v 2 0 0\n");
    drive.step().await.unwrap();
    assert_eq!(outbox.get(&id).unwrap().state, SubmissionState::Bundling);
    drive.step().await.unwrap();
    assert_ne!(bundle(), before);
    // And again: somebody is working on it.
    change(b"v 3 0 0\n");
    let error = drive.step().await.err().unwrap();
    assert!(matches!(&error, FarmError::Invalid(text) if text.contains("robot.obj")), "{error}");
    // Taken up once it is left in peace, it goes through.
    outbox.store.fail(&id, &error.to_string()).unwrap();
    outbox.reopen(&id).unwrap();
    let done = bring_home(&studio, &outbox, &id).await;
    assert_eq!(done.state, SubmissionState::Done);
    let files = files_below(done.results_dir.as_deref().unwrap());
    assert_eq!(files, [("robot/robot.glb".to_owned(), converted(b"v 3 0 0\n"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_goes_on_where_it_was_cut_and_trusts_nothing() {
    for keeps_right_bytes in [true, false] {
        let studio = Studio::open().await;
        let outbox = studio.outbox();
        let content = b"v 1 0 0\n".repeat(50_000);
        let model = studio.model("robot.obj", &content);
        let id = outbox.submit(studio.submission(&[model])).unwrap();
        outbox.pump(&PumpUntil::HandedOver(vec![id.clone()]), std::future::pending()).await.unwrap();
        let submission = outbox.get(&id).unwrap();
        let folder = crate::outbox::results_folder::make(outbox.home(), &submission, None).unwrap();
        outbox.store.set_results_dir(&id, &folder).unwrap();
        // What a killed process would have left.
        let result = converted(&content);
        let digest = |bytes: &[u8]| hex(&Sha256::digest(bytes)).chars().take(12).collect::<String>();
        let part = format!(".kiln-{}-{}.part", digest(b"robot/robot.glb"), digest(&result));
        std::fs::create_dir(folder.join("robot")).unwrap();
        let kept = if keeps_right_bytes { result[..1000].to_vec() } else { vec![7; 1000] };
        std::fs::write(folder.join("robot").join(part), kept).unwrap();
        let done = bring_home(&studio, &outbox, &id).await;
        assert_eq!((done.state, done.error), (SubmissionState::Done, None));
        assert!(files_below(&folder) == [("robot/robot.glb".to_owned(), result)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_never_be_sent_is_refused_before_a_byte_moves() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let gone = studio.submission(&[model.with_file_name("gone.obj")]);
    assert!(matches!(outbox.submit(gone), Err(FarmError::File { .. })));
    let folder = studio.submission(&[model.parent().unwrap().to_owned()]);
    assert!(matches!(outbox.submit(folder), Err(FarmError::Invalid(_))));

    for (change, expected) in [("no-such-type", "it has"), ("kiln-convert", "no setting colour")] {
        let mut new = studio.submission(std::slice::from_ref(&model));
        new.job_type = change.into();
        new.settings.insert("colour".into(), "red".into());
        let id = outbox.submit(new).unwrap();
        outbox.pump(&PumpUntil::Empty, std::future::pending()).await.unwrap();
        let failed = outbox.get(&id).unwrap();
        assert_eq!(failed.state, SubmissionState::Failed);
        assert!(failed.error.as_deref().is_some_and(|it| it.contains(expected)), "{:?}", failed.error);
    }
    assert!(studio.jobs().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn originals_are_safe_from_tasks() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let id = outbox.submit(studio.submission(std::slice::from_ref(&model))).unwrap();
    outbox.pump(&PumpUntil::HandedOver(vec![id.clone()]), std::future::pending()).await.unwrap();
    let worker = studio.worker().await;
    let task = worker.next().await;
    assert!(!arguments(&task).0.starts_with(model.parent().unwrap()), "the task works on the original");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_pumps_and_another_takes_over() {
    let studio = Studio::open().await;
    let (first, second) = (studio.outbox(), studio.outbox());
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let id = second.submit(studio.submission(&[model])).unwrap();
    let held = crate::farm_json::try_lock(&first.home().data().join("outbox.lock")).unwrap();
    let until = PumpUntil::HandedOver(vec![id.clone()]);
    let waiting =
        tokio::time::timeout(Duration::from_millis(50), second.pump(&until, std::future::pending()));
    assert!(waiting.await.is_err(), "two pumped at once");
    drop(held);
    second.pump(&until, std::future::pending()).await.unwrap();
    // Whoever only watches learns the outcome without the lock.
    let _held = crate::farm_json::try_lock(&first.home().data().join("outbox.lock")).unwrap();
    first.pump(&until, std::future::pending()).await.unwrap();
}
