use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::outbox::drive::Shared;
use crate::studio_of_tests::{Studio, TOKEN, bring_home, converted, files_below};
use crate::{FarmPlace, Outbox, SubmissionId, SubmissionState};

/// Works on the submission and dies at its `n_polls`th breath. True when it came to its end first.
async fn work_and_die(outbox: &Outbox, id: &SubmissionId, n_polls: usize) -> bool {
    let drive = outbox.drive(id, Shared::default()).unwrap();
    let mut run = pin!(drive.run());
    let mut n_left = n_polls;
    poll_fn(|context| {
        if n_left == 0 {
            return Poll::Ready(false);
        }
        n_left -= 1;
        run.as_mut().poll(context).map(|()| true)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dying_anywhere_never_sends_a_job_twice_nor_leaves_half_a_result() {
    let studio = Studio::open().await;
    let worker = studio.worker().await;
    let working = tokio::spawn(async move { worker.convert_all().await });
    let content = b"v 1 0 0\n".repeat(100_000);
    let model = studio.model("robot.obj", &content);
    let mut n_deaths = 0;
    for first in 1..=6 {
        let id = studio.outbox().submit(studio.submission(std::slice::from_ref(&model))).unwrap();
        let mut n_polls = first;
        loop {
            let before = studio.outbox().get(&id).unwrap();
            if work_and_die(&studio.outbox(), &id, n_polls).await {
                break;
            }
            n_deaths += 1;
            // A life too short for a single step is followed by a longer one.
            let has_moved = studio.outbox().get(&id).unwrap().state != before.state;
            n_polls += usize::from(!has_moved);
        }
        let done = studio.outbox().get(&id).unwrap();
        assert_eq!((done.state, done.error), (SubmissionState::Done, None));
        let files = files_below(done.results_dir.as_deref().unwrap());
        assert!(
            files == [("robot/robot.glb".to_owned(), converted(&content))],
            "a part was left, or damaged"
        );
        assert_eq!(studio.jobs().await.len(), first);
    }
    assert!(n_deaths > 24, "died only {n_deaths} times");
    working.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_to_a_submission_is_no_second_submission() {
    let studio = Studio::open().await;
    let n_sent = Arc::new(AtomicUsize::new(0));
    let through = deaf_to_the_first_job(studio.url.clone(), Arc::clone(&n_sent)).await;
    let outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let mut new = studio.submission(&[model]);
    new.place = FarmPlace::Studio { url: through, token: Some(TOKEN.into()) };
    let id = outbox.submit(new).unwrap();
    let done = bring_home(&studio, &outbox, &id).await;
    assert_eq!(done.state, SubmissionState::Done);
    assert_eq!(studio.jobs().await.len(), 1);
    // Not even asked: a Manager of others would have made a second job of it.
    assert_eq!(n_sent.load(Ordering::Relaxed), 1);
}

/// A line to the Manager that breaks after the first job was sent, before the answer arrives.
async fn deaf_to_the_first_job(manager: String, n_sent: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let manager = manager.trim_start_matches("http://").trim_end_matches('/').to_owned();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            let far = TcpStream::connect(&manager).await.unwrap();
            tokio::spawn(relay(near, far, Arc::clone(&n_sent)));
        }
    });
    format!("http://{address}/")
}

async fn relay(mut near: TcpStream, mut far: TcpStream, n_sent: Arc<AtomicUsize>) {
    let (mut request, mut answer) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut breaks = false;
    loop {
        tokio::select! {
            n = near.read(&mut request) => {
                let Ok(n @ 1..) = n else { return };
                if request[..n].starts_with(b"POST /api/v3/jobs HTTP") {
                    breaks = n_sent.fetch_add(1, Ordering::Relaxed) == 0;
                }
                far.write_all(&request[..n]).await.unwrap();
            }
            n = far.read(&mut answer) => {
                let Ok(n @ 1..) = n else { return };
                if breaks || near.write_all(&answer[..n]).await.is_err() {
                    return;
                }
            }
        }
    }
}
