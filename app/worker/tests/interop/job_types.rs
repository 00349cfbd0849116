use std::os::unix::fs::PermissionsExt;

use flamenco::Client;
use flamenco::wire::{JobStatus, Task};
use serde_json::{Value, json};

use crate::judge::{OurManager, TheirManager, TheirWorker, log, named, submit, until_job, wish};
use crate::outcome;

const KILN_TYPES: [(&str, &str); 2] = [
    ("kiln_convert.js", include_str!("../../../../assets/job-types/kiln_convert.js")),
    ("kiln_thumbnails.js", include_str!("../../../../assets/job-types/kiln_thumbnails.js")),
];
/// Under their own names they would hide the ones that are judged.
const OUR_STOCK: [(&str, &str); 2] = [
    ("our_blender_render.js", include_str!("../../../../assets/job-types/simple_blender_render.js")),
    ("our_echo_sleep.js", include_str!("../../../../assets/job-types/echo_sleep_test.js")),
];

fn cases() -> Vec<(&'static str, &'static str, Value)> {
    let render = |change: Value| {
        let mut settings = json!({
            "frames": "1-10", "chunk_size": 3, "render_output_root": "/out", "add_path_components": 0,
            "render_output_path": "/out/shot/render-######", "blendfile": "/b/robot.blend", "fps": 24.0,
            "format": "PNG", "image_file_extension": ".png", "has_previews": false, "scene": "Scene",
        });
        settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        ("simple-blender-render", "our-blender-render", settings)
    };
    let echo = |settings: Value| ("echo-sleep-test", "our-echo-sleep", settings);
    vec![
        render(json!({})),
        render(json!({ "frames": "1..10,20..25,40", "chunk_size": 4 })),
        render(json!({ "frames": "7", "fps": 23.976 })),
        render(json!({ "frames": " 3, 5-10, 47-327 ", "chunk_size": 50 })),
        render(json!({ "format": "OPEN_EXR", "image_file_extension": ".exr", "has_previews": true })),
        render(json!({ "format": "OPEN_EXR_MULTILAYER", "image_file_extension": ".exr" })),
        render(json!({ "fps": 0 })),
        render(json!({ "scene": "", "render_output_path": "{jobs}/x/{jobs}/###" })),
        render(json!({ "scene": "It's \"mine\"", "blendfile": "{jobs}/a b/a.b.blend", "chunk_size": 1 })),
        render(json!({ "blendfile": "C:\\x\\r.blend", "render_output_path": "C:\\out\\shot\\######" })),
        render(json!({ "format": "FFMPEG" })),
        render(json!({ "frames": "" })),
        render(json!({ "frames": "10-1" })),
        render(json!({ "chunk_size": 0 })),
        render(json!({ "render_output_path": "" })),
        echo(json!({ "message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 2 })),
        echo(json!({ "message": "hi", "sleep_repeats": 0 })),
    ]
}

/// What a Manager makes of a submission, as far as it may not differ; `None` when it is refused.
async fn made(client: &Client, job_type: &str, settings: &Value) -> Option<Value> {
    let mut job = wish(job_type, settings.clone());
    job.initial_status = Some(JobStatus::Paused);
    let job = match client.submit_job(&job).await {
        Ok(job) => job,
        Err(error) => {
            assert_eq!(error.status(), Some(400), "{error}");
            return None;
        }
    };
    let mut tasks = Vec::new();
    for summary in client.tasks(&job.id).await.unwrap() {
        tasks.push(fields(&client.task(&summary.id).await.unwrap()));
    }
    Some(json!({ "settings": job.settings, "tasks": tasks }))
}

fn fields(task: &Task) -> Value {
    plain(&json!({
        "name": task.name, "type": task.task_type, "priority": task.priority, "status": task.status,
        "index": task.index_in_job, "commands": task.commands, "steps": task.steps_total,
    }))
}

/// 24 and 24.0 are one number.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn the_stock_job_types_make_the_same_tasks_everywhere() {
    let Some(theirs) = TheirManager::start(&OUR_STOCK).await else { return };
    let ours = OurManager::start(&[]).await;
    let (mut n_jobs, mut n_tasks, mut n_refused) = (0, 0, 0);
    for (name, our_name, settings) in cases() {
        let judged = made(&theirs.client, name, &settings).await;
        let here = made(&ours.client, name, &settings).await;
        let there = made(&theirs.client, our_name, &settings).await;
        assert_eq!(here.as_ref().map(plain), judged.as_ref().map(plain), "{name} {settings}");
        assert_eq!(there.as_ref().map(plain), judged.as_ref().map(plain), "ours on theirs: {settings}");
        match judged {
            Some(judged) => n_tasks += judged["tasks"].as_array().map_or(0, Vec::len),
            None => n_refused += 1,
        }
        n_jobs += 1;
    }
    let figures =
        format!("{n_jobs} submissions, {n_tasks} tasks equal field by field, {n_refused} refused by both");
    outcome("stock job types", "ours on ours, ours on theirs, theirs on theirs", figures);

    for name in ["simple-blender-render", "echo-sleep-test"] {
        let shape = async |client: &Client| {
            let mut settings = client.job_type(name).await.unwrap().settings;
            settings.sort_by(|a, b| a.key.cmp(&b.key));
            let told = settings.into_iter().map(|it| {
                json!([it.key, it.setting_type, it.subtype, it.eval, it.propargs, it.visible, it.editable])
            });
            plain(&told.collect())
        };
        assert_eq!(shape(&ours.client).await, shape(&theirs.client).await, "{name}");
    }
    outcome("stock job types", "settings: keys, types, subtypes, eval, limits, visibility", "equal");
}

const TRIANGLE: &str = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";

#[tokio::test]
async fn our_job_types_run_on_their_farm() {
    let Some(theirs) = TheirManager::start(&KILN_TYPES).await else { return };
    let kiln = named("KILN_FLAMENCO_KILN");
    let script = match &kiln {
        Some(kiln) => format!("#!/bin/sh\nexec '{}' \"$@\"\n", kiln.display()),
        // Stands for the program: says what it was asked, and makes the file it was asked for.
        None => "#!/bin/sh\necho \"kiln $*\"\ncase $1 in convert) mkdir -p \"$(dirname \"$3\")\"; : > \"$3\";; esac\n".into(),
    };
    let program = theirs.path("kiln.sh");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let inputs = theirs.path("share/jobs/x");
    std::fs::create_dir_all(&inputs).unwrap();
    std::fs::write(inputs.join("chair.obj"), TRIANGLE).unwrap();
    let results = theirs.path("share/jobs/results");
    let settings =
        json!({ "models": "{jobs}/x/chair.obj", "plan": "web", "format": "glb", "output_root": results });
    let convert = submit(&theirs.client, "kiln-convert", settings).await;
    let settings = json!({ "models": "{jobs}/x/chair.obj", "size": 256, "output_root": results });
    let thumbnails = submit(&theirs.client, "kiln-thumbnails", settings).await;
    let Some(_worker) = TheirWorker::start(&theirs.url, &theirs.path("their-worker")) else { return };
    until_job(&theirs.client, &convert.id, JobStatus::Completed).await;
    until_job(&theirs.client, &thumbnails.id, JobStatus::Completed).await;
    let made = results.join(&convert.id).join("chair/chair.glb");
    assert!(made.exists(), "{}", log(&theirs.client, &convert.id, 0).await);
    let with = if kiln.is_some() {
        assert!(std::fs::read(&made).unwrap().starts_with(b"glTF"));
        let picture = results.join(&thumbnails.id).join("chair/render_textured.png");
        assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
        "a real kiln: a GLB, four passes"
    } else {
        assert!(log(&theirs.client, &thumbnails.id, 0).await.contains("kiln thumbs"));
        "a program in kiln's place"
    };
    outcome(
        "our job types → their farm",
        "kiln-convert, kiln-thumbnails by exec and one {kiln} variable, run by their Worker",
        format!("ok, with {with}"),
    );
}
