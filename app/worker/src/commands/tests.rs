//! Real programs: `sh`, and `/proc` to see whether they have ended.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::stop::{StopSource, stop_pair};

const DEADLINE: Duration = Duration::from_secs(20);

/// One command running in a home of its own.
struct Run {
    home: TempDir,
    stop: StopSource,
    events: mpsc::Receiver<Event>,
    command: JoinHandle<Result<(), CommandError>>,
}

impl Run {
    fn start(name: &'static str, params: Value) -> Self {
        Self::start_with(name, params, PATIENCE)
    }

    fn start_with(name: &'static str, params: Value, patience: Duration) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (stop, heard) = stop_pair();
        let (send, events) = mpsc::channel(1024);
        let marks = RunMarks::open(home.path().join("running")).unwrap();
        let scratch = home.path().to_owned();
        let cx = CommandContext { events: send, stop: heard, marks, scratch, patience };
        let params = Params::new(params.as_object().unwrap().clone());
        let command = tokio::spawn(async move { run(name, &params, &cx).await });
        Self { home, stop, events, command }
    }

    fn shell(script: &str) -> Self {
        Self::start("exec", json!({ "exe": "sh", "args": ["-c", script] }))
    }

    /// The next line printed by the program, without its prefix.
    async fn printed(&mut self) -> String {
        loop {
            match timeout(DEADLINE, self.events.recv()).await.unwrap().expect("the command ended") {
                Event::Log(line) if line.starts_with("pid=") => {
                    return line.split_once(" > ").unwrap().1.to_owned();
                }
                _ => {}
            }
        }
    }

    async fn end(mut self) -> (Result<(), String>, Vec<String>) {
        let mut lines = Vec::new();
        while let Some(event) = timeout(DEADLINE, self.events.recv()).await.unwrap() {
            if let Event::Log(line) = event {
                lines.push(line);
            }
        }
        let n_marks = std::fs::read_dir(self.home.path().join("running")).unwrap().count();
        assert_eq!(n_marks, 0, "a finished program is still remembered");
        (self.command.await.unwrap().map_err(|error| error.to_string()), lines)
    }
}

fn is_alive(pid: &str) -> bool {
    // A zombie has ended; whoever reaps it in this container is not our concern.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
}

async fn error_of(name: &'static str, params: Value) -> String {
    Run::start(name, params).end().await.0.unwrap_err()
}

#[tokio::test]
async fn output_of_both_streams_comes_in_order() {
    let (result, lines) = Run::shell("echo one; echo two >&2; printf three").end().await;
    assert_eq!(result, Ok(()));
    assert_eq!(lines[..2], ["going to run:", "    sh -c 'echo one; echo two >&2; printf three'"]);
    let printed: Vec<&str> = lines[2..].iter().map(|line| line.split_once(" > ").unwrap().1).collect();
    assert_eq!(printed, ["one", "two", "three"]);
    assert!(lines[2].starts_with("pid="));
}

#[tokio::test]
async fn odd_output_is_no_trouble() {
    let (result, lines) = Run::shell(r"printf 'caf\351\n'; head -c 100000 /dev/zero | tr '\0' x").end().await;
    assert_eq!(result, Ok(()));
    assert!(lines[2].ends_with("caf\u{fffd}"));
    let lengths: Vec<usize> = lines[3..].iter().map(|line| line.split_once(" > ").unwrap().1.len()).collect();
    assert_eq!(lengths, [40960, 40960, 18080]);
}

#[tokio::test]
async fn the_exit_code_is_told() {
    assert_eq!(
        error_of("exec", json!({ "exe": "sh", "args": ["-c", "exit 3"] })).await,
        "command exited abnormally with code 3"
    );
    let killed = error_of("exec", json!({ "exe": "sh", "args": ["-c", "kill -9 $$"] })).await;
    assert_eq!(killed, "command was ended by signal 9 (often: the machine ran out of memory)");
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let error = error_of("exec", json!({ "exe": "no-such-program" })).await;
    assert!(error.starts_with("the program was not found on this Worker."), "{error}");
    assert!(error.ends_with(": no-such-program"), "{error}");
}

#[tokio::test]
async fn stop_ends_grandchildren_too() {
    let script = "sh -c 'echo $$; exec sleep 1000' & (setsid sh -c 'echo $$; exec sleep 1000') & wait";
    let mut run = Run::shell(script);
    let pids = [run.printed().await, run.printed().await];
    assert!(pids.iter().all(|pid| is_alive(pid)));
    run.stop.stop();
    assert_eq!(run.end().await.0, Err("stopped".into()));
    assert!(!pids.iter().any(|pid| is_alive(pid)), "{pids:?}");
}

#[tokio::test]
async fn a_finished_program_leaves_nobody_behind() {
    let mut run = Run::shell("sleep 1000 > /dev/null 2>&1 & echo $!");
    let pid = run.printed().await;
    assert_eq!(run.end().await.0, Ok(()));
    assert!(!is_alive(&pid));
}

#[tokio::test]
async fn programs_of_a_killed_worker_end_at_its_next_start() {
    let mut run = Run::shell("echo $$; setsid sleep 1000 & echo $!; wait");
    let pids = [run.printed().await, run.printed().await];
    // Another Worker process looks into the same home: to it this program is a leftover.
    let marks = RunMarks::open(run.home.path().join("running")).unwrap();
    assert_eq!(marks.end_leftovers().unwrap(), 2);
    let (result, _) = run.end().await;
    assert!(result.unwrap_err().contains("signal 9"));
    assert!(!pids.iter().any(|pid| is_alive(pid)));
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_its_children() {
    let script = "sleep 1000 & echo $!; wait";
    let params = json!({ "exe": "sh", "args": ["-c", script] });
    let mut run = Run::start_with("exec", params, Duration::from_millis(1500));
    let pid = run.printed().await;
    let error = run.end().await.0.unwrap_err();
    assert!(error.starts_with("the program printed nothing and used no processor"), "{error}");
    assert!(!is_alive(&pid));
}

#[tokio::test]
async fn a_sleep_can_be_ended() {
    let run = Run::start("sleep", json!({ "duration_in_seconds": 1000 }));
    run.stop.stop();
    assert_eq!(run.end().await.0, Err("stopped".into()));
}

#[tokio::test]
async fn echo_takes_anything() {
    let (result, lines) = Run::start("echo", json!({ "message": "hi" })).end().await;
    assert_eq!((result, lines), (Ok(()), vec!["echo: \"hi\"".to_owned()]));
    let (_, lines) = Run::start("echo", json!({ "message": 24.0 })).end().await;
    assert_eq!(lines, ["echo: \"24\""]);
    let (_, lines) = Run::start("sleep", json!({ "duration_in_seconds": 0.9 })).end().await;
    assert_eq!(lines, ["slept 0s"]);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let cases = [
        ("echo", json!({}), "parameter \"message\" is missing"),
        (
            "sleep",
            json!({ "duration_in_seconds": "1" }),
            "parameter \"duration_in_seconds\" must be a number, not text",
        ),
        (
            "sleep",
            json!({ "duration_in_seconds": -1 }),
            "parameter \"duration_in_seconds\" must be from 0 to 31536000 seconds",
        ),
        ("exec", json!({ "exe": "" }), "parameter \"exe\" must not be empty"),
        ("exec", json!({ "exe": "sh", "args": "-c" }), "parameter \"args\" must be a list, not text"),
        ("blender-render", json!({ "exe": "blender" }), "parameter \"blendfile\" is missing"),
        (
            "blender-render",
            json!({ "exe": "blender", "blendfile": "", "exeArgs": "-b 'open" }),
            "parameter \"exeArgs\" has an open quote: -b 'open",
        ),
        (
            "frames-to-video",
            json!({ "exe": "ffmpeg", "fps": 0, "inputGlob": "*", "outputFile": "a" }),
            "parameter \"fps\" must be more than 0",
        ),
        (
            "copy-file",
            json!({ "src": "a", "dest": "/b" }),
            "parameter \"src\" must be an absolute path, not a",
        ),
        ("dance", json!({}), "unknown command: \"dance\""),
    ];
    for (name, params, expected) in cases {
        assert_eq!(error_of(name, params).await, expected);
    }
}

#[tokio::test]
async fn folders_are_made_moved_and_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    Run::start("make-directory", json!({ "path": at("a/b") })).end().await.0.unwrap();
    std::fs::write(at("a/b/new.txt"), "new").unwrap();
    std::fs::create_dir(at("dest")).unwrap();
    std::fs::write(at("dest/old.txt"), "old").unwrap();

    let (result, lines) =
        Run::start("move-directory", json!({ "src": at("a/b"), "dest": at("dest") })).end().await;
    result.unwrap();
    assert_eq!(std::fs::read_to_string(at("dest/new.txt")).unwrap(), "new");
    let aside = Path::new(lines[1].rsplit(' ').next().unwrap());
    assert_eq!(std::fs::read_to_string(aside.join("old.txt")).unwrap(), "old");

    let error = error_of("move-directory", json!({ "src": at("a/b"), "dest": at("dest") })).await;
    assert!(error.starts_with("the folder to move does not exist"), "{error}");
}

#[tokio::test]
async fn a_copy_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("src"), "one").unwrap();
    let params = json!({ "src": at("src"), "dest": at("deep/dest") });
    Run::start("copy-file", params.clone()).end().await.0.unwrap();
    std::fs::write(at("src"), "two").unwrap();
    let error = error_of("copy-file", params).await;
    assert!(error.starts_with("the copy would overwrite what is already there"), "{error}");
    assert_eq!(std::fs::read_to_string(at("deep/dest")).unwrap(), "one");
    assert_eq!(std::fs::read_dir(at("deep")).unwrap().count(), 1);
    let error = error_of("copy-file", json!({ "src": folder.path(), "dest": at("x") })).await;
    assert!(error.starts_with("only a file can be copied"), "{error}");
}

#[tokio::test]
async fn a_blender_tells_steps_and_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let blender = folder.path().join("blender.sh");
    std::fs::write(&blender, "echo \"Saved: '/out/0001.png'\"\necho 'Time: 00:01.00'\n").unwrap();
    let params = json!({ "exe": "sh", "exeArgs": blender, "blendfile": "" });
    let mut run = Run::start("blender-render", params);
    let mut told = Vec::new();
    while let Some(event) = timeout(DEADLINE, run.events.recv()).await.unwrap() {
        told.extend((!matches!(event, Event::Log(_))).then_some(event));
    }
    assert_eq!(told, [Event::Saved("/out/0001.png".into()), Event::Step]);
    run.command.await.unwrap().unwrap();
}
