use flamenco::wire::{JobStatus, TaskStatus};
use serde_json::Value;

use crate::studio_of_tests::{Studio, bring_home, converted, files_below};
use crate::{PumpUntil, SubmissionState};

const TRIANGLE: &str = "mtllib mats.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl wood\nf 1 2 3\n";
const MATERIAL: &str = "newmtl wood\nmap_Kd ../textures/wood.png\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_comes_home_with_its_results() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let table = studio.model("a/objects/table.obj", TRIANGLE.as_bytes());
    studio.model("a/objects/mats.mtl", MATERIAL.as_bytes());
    studio.model("a/textures/wood.png", b"not really a picture");
    // The same name in another folder, and a file that is no model: its task says so, not we.
    let other = studio.model("b/table.obj", b"v 0 0 0\n");
    let id = outbox.submit(studio.submission(&[table.clone(), other.clone()])).unwrap();
    let done = bring_home(&studio, &outbox, &id).await;

    assert_eq!((done.state, done.error), (SubmissionState::Done, None));
    let folder = done.results_dir.unwrap();
    assert_eq!(folder, table.parent().unwrap().join("kiln-results/Robot"));
    let expected = [
        ("table-2/table-2.glb".to_owned(), converted(b"v 0 0 0\n")),
        ("table/table.glb".to_owned(), converted(TRIANGLE.as_bytes())),
    ];
    assert_eq!(files_below(&folder), expected);
    assert_eq!(done.results.len(), 2);

    let jobs = studio.jobs().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].metadata["kiln.submission"], id.as_str());
    let receipt: Value =
        serde_json::from_slice(&std::fs::read(folder.join("kiln-receipt.json")).unwrap()).unwrap();
    assert_eq!(receipt["job_id"], jobs[0].id.as_str());
    assert_eq!(receipt["files"].as_array().unwrap().len(), 2);
    assert!(!receipt.to_string().contains(crate::studio_of_tests::TOKEN));
    // The neighbours went along, and where the model looks for them.
    let checkout = jobs[0].storage.as_ref().unwrap().shaman_checkout_id.clone().unwrap();
    let checkout = studio.folder.path().join("manager/storage/jobs").join(checkout);
    let sent: Vec<String> = files_below(&checkout).into_iter().map(|(name, _)| name).collect();
    assert_eq!(sent, ["a/objects/mats.mtl", "a/objects/table.obj", "a/textures/wood.png", "b/table.obj"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_on_the_storage_already_is_not_sent() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let shots = studio.folder.path().join("manager/storage/jobs/shots");
    std::fs::create_dir_all(&shots).unwrap();
    let model = shots.join("robot.obj");
    std::fs::write(&model, b"v 1 0 0\n").unwrap();
    let id = outbox.submit(studio.submission(std::slice::from_ref(&model))).unwrap();
    let done = bring_home(&studio, &outbox, &id).await;
    assert_eq!((done.state, done.error), (SubmissionState::Done, None));
    assert_eq!((done.results.len(), done.n_bytes_sent), (1, 0));
    let job = &studio.jobs().await[0];
    assert_eq!((job.settings["models"].as_str(), &job.storage), (Some("{jobs}/shots/robot.obj"), &None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_of_completed_tasks_arrive_while_the_job_runs() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let models = [studio.model("a.obj", b"v 1 0 0\n"), studio.model("b.obj", b"v 2 0 0\n")];
    let id = outbox.submit(studio.submission(&models)).unwrap();
    let worker = studio.worker().await;
    let one_is_here = async {
        worker.convert(&worker.next().await).await;
        let second = worker.next().await;
        while outbox.get(&id).unwrap().results.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let submission = outbox.get(&id).unwrap();
        assert_eq!((submission.state, submission.results.len()), (SubmissionState::Running, 1));
        worker.convert(&second).await;
        std::future::pending::<()>().await;
    };
    let until = PumpUntil::Over(vec![id.clone()]);
    tokio::select! {
        pumped = outbox.pump(&until, std::future::pending()) => pumped.unwrap(),
        () = one_is_here => {}
    }
    assert_eq!(outbox.get(&id).unwrap().results.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_jobs_of_one_name_never_mix_their_results() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let first = outbox.submit(studio.submission(std::slice::from_ref(&model))).unwrap();
    let first = bring_home(&studio, &outbox, &first).await;
    std::fs::write(&model, b"v 2 0 0\n").unwrap();
    let second = outbox.submit(studio.submission(std::slice::from_ref(&model))).unwrap();
    let second = bring_home(&studio, &outbox, &second).await;

    let content = |folder: &Option<std::path::PathBuf>| files_below(folder.as_deref().unwrap());
    assert_eq!(content(&first.results_dir), [("robot/robot.glb".to_owned(), converted(b"v 1 0 0\n"))]);
    assert_eq!(content(&second.results_dir), [("robot/robot.glb".to_owned(), converted(b"v 2 0 0\n"))]);
    // A folder of one's own choice is numbered only when something else lies there.
    let mut third = studio.submission(&[model]);
    third.destination = first.results_dir.clone();
    let third = outbox.submit(third).unwrap();
    let third = bring_home(&studio, &outbox, &third).await;
    assert_eq!(content(&first.results_dir), [("robot/robot.glb".to_owned(), converted(b"v 1 0 0\n"))]);
    assert_eq!(content(&third.results_dir), content(&second.results_dir));
    assert_ne!(third.results_dir, first.results_dir);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_can_be_cancelled_before_and_after_it_is_sent() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let unsent = outbox.submit(studio.submission(std::slice::from_ref(&model))).unwrap();
    outbox.cancel(&unsent).unwrap();
    let sent = outbox.submit(studio.submission(&[model])).unwrap();
    outbox.pump(&PumpUntil::HandedOver(vec![sent.clone()]), std::future::pending()).await.unwrap();
    outbox.cancel(&sent).unwrap();
    outbox.pump(&PumpUntil::Empty, std::future::pending()).await.unwrap();
    assert_eq!(outbox.get(&unsent).unwrap().state, SubmissionState::Cancelled);
    assert_eq!(outbox.get(&sent).unwrap().state, SubmissionState::Cancelled);
    let jobs = studio.jobs().await;
    assert_eq!(jobs.iter().map(|job| job.status).collect::<Vec<_>>(), [JobStatus::Canceled]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_said_and_can_be_tried_again() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let models = [studio.model("good.obj", b"v 1 0 0\n"), studio.model("bad.obj", b"v x\n")];
    let id = outbox.submit(studio.submission(&models)).unwrap();
    let until = PumpUntil::Over(vec![id.clone()]);
    let worker = studio.worker().await;
    let fails = async {
        loop {
            let task = worker.next().await;
            if task.name.contains("bad") {
                worker.report(&task, TaskStatus::Failed, "error: no triangle in it").await;
            } else {
                worker.convert(&task).await;
            }
        }
    };
    tokio::select! {
        pumped = outbox.pump(&until, std::future::pending()) => pumped.unwrap(),
        () = fails => {}
    }
    let failed = outbox.get(&id).unwrap();
    assert_eq!(failed.state, SubmissionState::Failed);
    let error = failed.error.unwrap();
    assert!(error.contains("1 of 2 tasks failed") && error.contains("no triangle in it"), "{error}");
    assert_eq!(failed.results.len(), 1, "the good half is home all the same");

    let client = crate::Farm::at(&studio.url, Some(crate::studio_of_tests::TOKEN)).unwrap().client().clone();
    client.set_job_status(failed.job_id.as_deref().unwrap(), JobStatus::Requeueing, "again").await.unwrap();
    outbox.reopen(&id).unwrap();
    tokio::select! {
        pumped = outbox.pump(&until, std::future::pending()) => pumped.unwrap(),
        () = worker.convert_all() => {}
    }
    let done = outbox.get(&id).unwrap();
    assert_eq!((done.state, done.results.len(), done.error), (SubmissionState::Done, 2, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_saved_again_sends_what_has_changed() {
    let studio = Studio::open().await;
    let worker = studio.worker().await;
    let working = tokio::spawn(async move { worker.convert_all().await });
    let outbox = studio.outbox();
    let mut bytes: Vec<u8> =
        (0..400_000_u32).flat_map(|i| format!("v {} 0 0\n", i ^ 0x5a5a).into_bytes()).collect();
    let send = async |bytes: &[u8]| {
        let model = studio.model("robot.obj", bytes);
        let id = outbox.submit(studio.submission(&[model])).unwrap();
        let done = bring_home(&studio, &outbox, &id).await;
        assert_eq!((done.state, done.error), (SubmissionState::Done, None));
        let files = files_below(done.results_dir.as_deref().unwrap());
        assert!(files == [("robot/robot.glb".to_owned(), converted(bytes))], "other bytes came back");
        assert_eq!(done.n_bytes_bundle, bytes.len() as u64);
        done.n_bytes_sent
    };
    let whole = send(&bytes).await;
    let heads = whole - bytes.len() as u64;
    assert!(heads < 4096, "{heads} bytes more than the file has");
    bytes.splice(1_000_000..1_000_000, *b"# a line more\n");
    let second = send(&bytes).await;
    assert!(second > 0 && second < whole / 2, "{second} of {whole} bytes sent again");
    assert_eq!(send(&bytes).await, 0);
    working.abort();
}
