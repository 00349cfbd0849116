//! The road from a model to results on the embedded farm, by command and by plain HTTP.

use serde_json::{Value, json};
use tests::http::Http;
use tests::{Finished, TestHome, sample, until, until_some};

#[test]
fn a_submitted_model_comes_home_as_thumbnails() {
    let home = TestHome::new();
    let out = home.out("results");
    let mut submit = home.kiln(["submit", "kiln-thumbnails", "--wait", "--results"]);
    let output = Finished::of(submit.arg(&out).arg(sample("building-small-c.glb"))).ok();
    let files: Vec<&str> = output.stdout.lines().collect();
    for name in
        ["render_textured.png", "render_normal.png", "render_depth.png", "render_edge.png", "metadata.json"]
    {
        let path =
            files.iter().find(|path| path.ends_with(name)).unwrap_or_else(|| panic!("{name}: {files:?}"));
        assert!(std::fs::metadata(path).unwrap().len() > 0, "{path}");
    }
    // What the farm draws is what the command draws.
    let here = home.out("here");
    Finished::of(home.kiln(["thumbs"]).arg(sample("building-small-c.glb")).arg(&here)).ok();
    let depth = files.iter().find(|path| path.ends_with("render_depth.png")).unwrap();
    assert_eq!(std::fs::read(depth).unwrap(), std::fs::read(here.join("render_depth.png")).unwrap());
}

#[test]
fn a_converted_model_comes_home_as_glb() {
    let home = TestHome::new();
    let out = home.out("results");
    let mut submit = home.kiln(["submit", "kiln-convert", "--wait", "--results"]);
    let output = Finished::of(submit.arg(&out).arg(sample("table_long_decorated_C.obj"))).ok();
    let glb = output.stdout.lines().find(|path| path.ends_with(".glb")).expect("a GLB among the results");
    let inspected = Finished::of(home.kiln(["inspect", glb]).arg("--json")).ok();
    let value: Value = serde_json::from_str(&inspected.stdout).unwrap();
    assert_eq!(value["topology"], json!({ "triangles": 789, "quads": 1355, "ngons": 0 }));
}

/// A script a TD might write, put beside the built-in ones while the farm runs.
const COPY_JOB: &str = r#"
const JOB_TYPE = {
    label: "Say it twice",
    settings: [{ key: "message", type: "string", required: true }],
};
function compileJob(job) {
    for (const name of ["once", "again"]) {
        const task = author.Task(name, "misc");
        task.addCommand(author.Command("echo", { message: job.settings.message }));
        job.addTask(task);
    }
}
"#;

#[test]
fn a_new_job_type_is_offered_and_runs_without_a_restart() {
    let home = TestHome::new();
    let http = started_farm(&home);
    let folder = home.path().join("config/job-types");
    std::fs::create_dir_all(&folder).unwrap();
    assert_eq!(http.get("/api/v3/jobs/type/say-it-twice").status(), 404);
    std::fs::write(folder.join("say_it_twice.js"), COPY_JOB).unwrap();
    assert_eq!(http.json("/api/v3/jobs/type/say-it-twice")["label"], "Say it twice");

    let job = submit(&http, "say-it-twice", json!({ "message": "kiln" }));
    let tasks = finished_tasks(&http, &job);
    let names: Vec<&str> = tasks.iter().map(|task| task["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["once", "again"]);
    let task = tasks[0]["id"].as_str().unwrap();
    let log = until_some("the task's log", 30, || {
        let text = http.get(&format!("/api/v3/tasks/{task}/logtail")).text().ok()?;
        text.contains("kiln").then_some(text)
    });
    assert!(log.contains("echo"), "{log}");
}

#[test]
fn without_the_token_every_call_is_refused() {
    let home = TestHome::new();
    let http = started_farm(&home);
    for path in ["/api/v3/version", "/api/v3/jobs", "/api/kiln/v1/info", "/job-files/x", "/"] {
        assert_eq!(http.without_token(path).status(), 401, "{path}");
    }
    assert_eq!(http.get("/api/v3/version").status(), 200);
}

#[test]
fn a_job_sent_by_hand_over_http_completes() {
    let home = TestHome::new();
    let http = started_farm(&home);
    let job = submit(
        &http,
        "echo-sleep-test",
        json!({ "message": "hi", "sleep_duration_seconds": 0, "sleep_repeats": 2 }),
    );
    assert_eq!(finished_tasks(&http, &job).len(), 3);
}

/// Starts the home's own farm the way any first command does, and waits until it answers.
fn started_farm(home: &TestHome) -> Http {
    Finished::of(&mut home.kiln(["jobs"])).ok();
    Http::new(home.farm().expect("farm.json of the farm that answered"))
}

fn submit(http: &Http, job_type: &str, settings: Value) -> String {
    let response = http.post(
        "/api/v3/jobs",
        &json!({ "name": "by hand", "type": job_type, "priority": 50, "submitter_platform": "linux", "settings": settings }),
    );
    let status = response.status();
    let job: Value = response.json().unwrap();
    assert_eq!(status, 200, "{job}");
    job["id"].as_str().unwrap().to_owned()
}

/// Waits for the job and returns its tasks in order.
fn finished_tasks(http: &Http, job: &str) -> Vec<Value> {
    until("the job completes", 60, || {
        let status = http.json(&format!("/api/v3/jobs/{job}"))["status"].clone();
        assert!(status != "failed" && status != "canceled", "the job is {status}");
        status == "completed"
    });
    let mut tasks = http.json(&format!("/api/v3/jobs/{job}/tasks"))["tasks"].as_array().unwrap().clone();
    tasks.sort_by_key(|task| task["index_in_job"].as_u64());
    tasks
}
