//! Whatever can be killed can be resumed: the same results, nothing submitted twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use tests::http::Http;
use tests::{Finished, TestHome, sample, until_some};

const MODELS: [&str; 3] =
    ["building-small-c.glb", "table_long_decorated_C.glb", "table_long_decorated_C.obj"];

#[test]
fn a_farm_killed_while_a_task_is_active_goes_on_where_it_was() {
    let undisturbed = TestHome::new();
    let expected = undisturbed_results(&undisturbed);

    let home = TestHome::new();
    let out = home.out("results");
    submit(&home, &out);
    let first = home.farm().expect("the farm that took the job");
    let http = Http::new(first.clone());
    let job = until_some("a task is active", 60, || {
        let jobs = http.try_json("/api/v3/jobs")?;
        let job = jobs["jobs"].as_array()?.first()?["id"].as_str()?.to_owned();
        let tasks = http.try_json(&format!("/api/v3/jobs/{job}/tasks"))?;
        let is_active = tasks["tasks"].as_array()?.iter().any(|task| task["status"] == "active");
        is_active.then_some(job)
    });
    kill_9(first.pid);

    // Any later command starts the farm again and brings the results.
    Finished::of(&mut home.kiln(["results", "--wait"])).ok();
    let second = home.farm().expect("the farm that went on");
    assert_ne!(second.pid, first.pid);
    assert_eq!(files_below(&out), expected);
    assert_submitted_once(&Http::new(second), Some(&job));
}

#[test]
fn a_command_killed_after_submit_leaves_its_results_to_the_next_one() {
    let undisturbed = TestHome::new();
    let expected = undisturbed_results(&undisturbed);

    let home = TestHome::new();
    let out = home.out("results");
    let mut waiting = home.kiln(["submit", "kiln-thumbnails", "--wait", "--results"]);
    let mut waiting = waiting.arg(&out).args(MODELS.map(sample)).spawn().unwrap();
    until_some("the job has reached the farm", 60, || {
        let jobs = Http::new(home.farm()?).try_json("/api/v3/jobs")?;
        jobs["jobs"].as_array()?.first().map(|_| ())
    });
    waiting.kill().unwrap();
    waiting.wait().unwrap();

    Finished::of(&mut home.kiln(["results", "--wait"])).ok();
    assert_eq!(files_below(&out), expected);
    assert_submitted_once(&Http::new(home.farm().unwrap()), None);
}

pub(crate) fn undisturbed_results(home: &TestHome) -> BTreeMap<String, Vec<u8>> {
    let out = home.out("results");
    submit(home, &out);
    Finished::of(&mut home.kiln(["results", "--wait"])).ok();
    let files = files_below(&out);
    assert_eq!(files.len(), 5 * MODELS.len(), "{:?}", files.keys());
    files
}

fn submit(home: &TestHome, out: &Path) {
    let mut submit = home.kiln(["submit", "kiln-thumbnails", "--results"]);
    Finished::of(submit.arg(out).args(MODELS.map(sample))).ok();
}

pub(crate) fn assert_submitted_once(http: &Http, id: Option<&str>) {
    let jobs = http.json("/api/v3/jobs")["jobs"].as_array().unwrap().clone();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!(jobs[0]["status"], "completed");
    assert!(id.is_none_or(|id| jobs[0]["id"] == id));
}

pub(crate) fn kill_9(pid: u64) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Every result by its path below `folder`. The receipt tells times and ids, which differ.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "png")
                || path.file_name().is_some_and(|n| n == "metadata.json")
            {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}
