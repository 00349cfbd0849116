use std::convert::identity;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::*;

fn draft(job_type: &str, settings: Value) -> Draft {
    Draft {
        job_id: "b7a9c0de-0000-4000-8000-000000000001".into(),
        name: "Robot".into(),
        job_type: job_type.into(),
        priority: 50,
        status: "under-construction".into(),
        created: "2026-02-03T04:05:06Z".into(),
        settings: settings.as_object().cloned().unwrap_or_default(),
        metadata: [("user.name".to_owned(), "artist".to_owned())].into(),
        storage: DraftStorage { shaman_checkout_id: "robot-x7".into() },
        worker_tag_uuid: String::new(),
    }
}

/// Compiles `body` as the inside of `compileJob` of a one-file job type.
fn compile_body(body: &str) -> Result<Compiled, ScriptError> {
    compile_source(&format!("const JOB_TYPE = {{label: 'Try'}};\nfunction compileJob(job) {{\n{body}\n}}"))
}

fn compile_source(source: &str) -> Result<Compiled, ScriptError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("try_it.js"), source).unwrap();
    let limit = Duration::from_millis(300);
    JobTypes::new(Some(folder.path().into()), limit).compile(&draft("try-it", json!({"size": 3.0})), identity)
}

fn built_in() -> JobTypes {
    JobTypes::new(None, Duration::from_secs(10))
}

#[test]
fn the_built_in_job_types_are_described() {
    let list = built_in().list();
    let names: Vec<&str> = list.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["echo-sleep-test", "kiln-convert", "kiln-thumbnails", "simple-blender-render"]);
    for job_type in &list {
        assert!(job_type.description.is_some(), "{}", job_type.name);
        assert!(job_type.settings.iter().all(|it| it.description.is_some() && it.label.is_some()));
    }
    assert_eq!(list, built_in().list(), "etags are stable");
}

#[test]
fn thumbnails_make_one_task_a_model_and_names_do_not_collide() {
    let models = "{jobs}/x/a/chair.glb\n{jobs}/x/b/Chair.obj\r\n\n{jobs}/x/...glb\n{jobs}/x/chair-2.stl";
    let made = built_in()
        .compile(&draft("kiln-thumbnails", json!({"models": models, "size": 256})), identity)
        .unwrap();
    let output = "{jobs}/kiln-results/b7a9c0de-0000-4000-8000-000000000001";
    assert_eq!(made.settings["output_path"], output);
    let args: Vec<Value> =
        made.tasks.iter().map(|it| it.commands.parse()[0].parameters["args"].clone()).collect();
    assert_eq!(
        args[0],
        json!(["thumbs", "{jobs}/x/a/chair.glb", format!("{output}/chair"), "--size", "256"])
    );
    assert_eq!(args[1][2], json!(format!("{output}/Chair-2")));
    assert_eq!(args[2][2], json!(format!("{output}/model")));
    assert_eq!(args[3][2], json!(format!("{output}/chair-2-2")));
    for task in &made.tasks {
        assert_eq!((task.task_type.as_str(), task.commands.parse()[0].name.as_str()), ("misc", "exec"));
        assert_eq!(task.commands.parse()[0].parameters["exe"], "{kiln}");
    }
    let error = built_in().compile(&draft("kiln-convert", json!({"models": "\n"})), identity).unwrap_err();
    assert_eq!(error.to_string(), "Choose at least one model.");
}

#[test]
fn convert_writes_one_file_a_model() {
    let args = |settings: serde_json::Value| {
        let made = built_in().compile(&draft("kiln-convert", settings), identity).unwrap();
        made.tasks[0].commands.parse()[0].parameters["args"].clone()
    };
    let model = "{jobs}/x/chair.obj";
    let folder = "/results/b7a9c0de-0000-4000-8000-000000000001/chair";
    let expected = |extension: &str, plan: [&str; 2]| {
        let result = format!("{folder}/chair.{extension}");
        json!([
            "convert",
            model,
            result,
            plan[0],
            plan[1],
            "--receipt",
            format!("{folder}/chair.receipt.json")
        ])
    };
    let plain = args(json!({"models": model, "output_root": "/results/"}));
    assert_eq!(plain, expected("glb", ["--plan", "as-is"]));
    let chosen = json!({"models": model, "output_root": "/results/", "plan": "web", "format": "kscene"});
    assert_eq!(args(chosen), expected("kscene", ["--plan", "web"]));
    let own =
        json!({"models": model, "output_root": "/results/", "plan": "web", "plan_text": "name = 'own'"});
    assert_eq!(args(own), expected("glb", ["--plan-text", "name = 'own'"]));
}

#[test]
fn echo_then_sleep() {
    let settings = json!({"message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 2});
    let made = built_in().compile(&draft("echo-sleep-test", settings), identity).unwrap();
    let names: Vec<&str> = made.tasks.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["echo", "sleep", "sleep"]);
    assert_eq!(made.tasks[0].commands.parse()[0].parameters["message"], "hi");
    for sleep in &made.tasks[1..] {
        assert_eq!(sleep.dependencies, [0]);
        assert_eq!(sleep.commands.parse()[0].parameters["duration_in_seconds"], 1);
    }
}

#[test]
fn a_script_sees_its_job_and_what_it_writes_is_kept() {
    let made = compile_body(
        "job.settings.seen = [job.jobID.length, job.name, job.jobType, job.priority, job.status,
           job.metadata['user.name'], job.storage.shamanCheckoutID, process.platform !== '', `${job.settings.size}`];
         job.metadata.made_by = 'me';
         job.settings.stamp = formatTimestampLocal(job.created);
         job.settings.path = path.join('a', '..', 'b', path.stem('x/y.z.glb')) + path.dirname('q');
         job.settings.words = shellSplit('-b \"a b\"');
         job.settings.n = frameCount('1-10,5');",
    )
    .unwrap();
    let seen = json!([36, "Robot", "try-it", 50, "under-construction", "artist", "robot-x7", true, "3"]);
    assert_eq!(made.settings["seen"], seen);
    assert_eq!(made.metadata["made_by"], "me");
    assert_eq!(made.settings["path"], "b/y.z.");
    assert_eq!(made.settings["words"], json!(["-b", "a b"]));
    assert_eq!(made.settings["n"], 10);
    let stamp = made.settings["stamp"].as_str().unwrap();
    assert_eq!((stamp.len(), &stamp[4..5], &stamp[10..11]), (17, "-", "_"));
}

#[test]
fn a_task_is_taken_as_it_is_when_added() {
    let made = compile_body(
        "const chunks = frameChunker('1..10,20..25,40', 4);
         const late = author.Task(' late ', 'misc');
         for (const chunk of chunks) {
           const task = author.Task('render-' + chunk, 'blender');
           task.priority = 80;
           task.addCommand(author.Command('blender-render', {args: [1.5, 24, 'x']}, 4));
           job.addTask(task);
           late.addDependency(task);
         }
         job.settings.late = late.uUID;
         job.addTask(late);
         late.addCommand(author.Command('echo', {}));",
    )
    .unwrap();
    let names: Vec<&str> = made.tasks.iter().map(|it| it.name.as_str()).collect();
    let chunks = ["render-1-4", "render-5-8", "render-9,10,20,21", "render-22-25", "render-40", "late"];
    assert_eq!(names, chunks);
    assert_eq!((made.tasks[0].priority, made.tasks[5].priority), (80.0, 50.0));
    assert_eq!(made.tasks[0].commands.parse()[0].total_step_count, 4);
    assert_eq!(made.tasks[0].commands.parse()[0].parameters["args"], json!([1.5, 24, "x"]));
    assert_eq!(made.settings["late"], made.tasks[5].uuid);
    assert_eq!((made.tasks[5].dependencies.len(), made.tasks[5].commands.parse().len()), (5, 0));
}

#[test]
fn what_goes_wrong_is_told() {
    for (body, expect) in [
        ("throw 'Frames are missing.'", "Frames are missing."),
        ("frameChunker(' 1 10', 1)", "bad frame range"),
        ("job.addTask(author.Task('', 'misc'))", "a task needs a name"),
        ("shellSplit('\"')", "unbalanced quotes"),
        ("nothing.here", "nothing"),
        ("undeclared = 1", "undeclared"),
        ("const a = []; for (;;) a.push('x'.repeat(1e6) + a.length)", "out of memory"),
        ("(function f() { f() })()", "stack"),
        ("require('../secret')", "no ../secret.js beside"),
        ("throw {odd: 1}", r#"{"odd":1}"#),
        ("for (;;) {}", "ran longer than 0.3 s"),
        ("try { for (;;) {} } catch (e) {} for (;;) {}", "ran longer than 0.3 s"),
        ("/(a+)+b/.test('a'.repeat(40))", "ran longer than 0.3 s"),
        // Tricks with what the farm itself calls: they end with their own realm.
        (
            "Array.prototype.slice = () => { for (;;) {} }; job.addTask(author.Task('a', 'misc'))",
            "ran longer",
        ),
        ("job.settings.toJSON = () => { for (;;) {} }", "ran longer"),
        ("Object.prototype.toJSON = () => 3", "no job"),
        ("Object.defineProperty(job.settings, 'x', {enumerable: true, get() { throw 'trap' }})", "trap"),
        ("const a = {}; a.a = a; job.settings.a = a", "circular"),
        ("job.addTask({name: 'fake'})", "that is no task"),
        (
            "const real = author.Task('a', 'misc'); const [id] = Object.getOwnPropertySymbols(real);
             job.addTask({...real, [id]: 4e9})",
            "added twice",
        ),
        ("author.Task('a', 'misc').uUID = 'mine'", "no setter"),
        ("for (;;) job.addTask(author.Task('a', 'misc'))", ""),
        ("job.settings.x = 'x'.repeat(2 ** 29)", ""),
        ("new Function('return process')().exit(1)", "not a function"),
        ("globalThis.host.load('x')", "undefined"),
    ] {
        let started = Instant::now();
        let error = compile_body(body).unwrap_err().to_string();
        assert!(error.contains(expect), "{body}: {error}");
        assert!(started.elapsed() < Duration::from_secs(5), "{body} took {:?}", started.elapsed());
    }
    assert!(
        compile_body("job.settings.ok = [1].slice().length").is_ok(),
        "the next job has a realm of its own"
    );
    let error = compile_source("const JOB_TYPE = {label: 'x'}; const compileJob = 3;").unwrap_err();
    assert!(error.to_string().contains("no function compileJob"), "{error}");
}

#[test]
fn scripts_are_read_again_and_broken_ones_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let types = JobTypes::new(Some(folder.path().into()), Duration::from_millis(200));
    let names = || types.list().into_iter().map(|it| it.name).collect::<Vec<_>>();
    assert_eq!(names().len(), built_in().list().len());

    let write = |name: &str, source: &str| std::fs::write(folder.path().join(name), source).unwrap();
    write("shot_render.js", "const JOB_TYPE = {label: 'Shot'}; function compileJob(job) {}");
    write("broken.js", "const JOB_TYPE = {label: 'x'");
    write("odd_setting.js", "const JOB_TYPE = {label: 'x', settings: [{key: 'a', type: 'list'}]};");
    write("no_type.js", "function compileJob(job) {}");
    write("endless.js", "for (;;) {}");
    write("tiny.js", "1");
    write("notes.txt", "const JOB_TYPE = {label: 'text'};");
    assert_eq!(
        names(),
        ["echo-sleep-test", "kiln-convert", "kiln-thumbnails", "shot-render", "simple-blender-render"]
    );

    let before = types.get("shot-render").unwrap();
    write("shot_render.js", "const JOB_TYPE = {label: 'Shot'}; function compileJob(job) { print('new') }");
    assert_eq!(types.get("shot-render").unwrap(), before, "the body does not change the etag");
    write("shot_render.js", "const JOB_TYPE = {label: 'Better shot'}; function compileJob(job) {}");
    assert_ne!(types.get("shot-render").unwrap().etag, before.etag);

    write("kiln_convert.js", "const JOB_TYPE = {label: 'Ours'}; function compileJob(job) {}");
    assert_eq!(types.get("kiln-convert").unwrap().label, "Ours");
}

#[test]
fn a_script_may_require_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, source: &str| std::fs::write(folder.path().join(name), source).unwrap();
    write("shared.js", "exports.root = require('path').join('a', 'b');");
    write(
        "user.js",
        "const shared = require('shared'); const JOB_TYPE = {label: 'User'};
         function compileJob(job) { job.settings.root = shared.root; }",
    );
    let types = JobTypes::new(Some(folder.path().into()), Duration::from_secs(5));
    let made = types.compile(&draft("user", Value::Object(Map::new())), identity).unwrap();
    assert_eq!(made.settings["root"], "a/b");
}

#[test]
fn a_script_can_be_checked_and_says_where_it_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, source: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, source).unwrap();
        path
    };
    let check = |path: &std::path::Path, chosen: &[(&str, &str)]| {
        let chosen: Vec<(String, String)> =
            chosen.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        check_script(path, &chosen).map(|(_, run)| run).map_err(|error| error.to_string())
    };
    let good = write(
        "shot_render.js",
        "const JOB_TYPE = {label: 'Shot', settings: [{key: 'frames', type: 'string', default: '1-3'},
           {key: 'size', type: 'int32', default: 1}, {key: 'look', type: 'string', choices: ['a', 'b']}]};
         function compileJob(job) {
           const done = author.Task('join', 'ffmpeg');
           for (const chunk of frameChunker(job.settings.frames, job.settings.size)) {
             const task = author.Task(chunk, 'blender');
             task.addCommand(author.Command('echo', {message: job.settings.look}, 3));
             done.addDependency(task);
             job.addTask(task);
           }
           job.addTask(done);
         }",
    );
    let run = check(&good, &[("frames", "1-4"), ("size", "2"), ("look", "b")]).unwrap();
    let names: Vec<&str> = run.tasks.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((run.job_type.as_str(), names), ("shot-render", vec!["1,2", "3,4", "join"]));
    assert_eq!((run.tasks[2].depends_on.as_slice(), run.tasks[0].steps), ([0, 1].as_slice(), 3));
    assert_eq!(check(&good, &[]).unwrap().tasks.len(), 4, "defaults fill what is left out");
    assert!(check(&good, &[("colour", "red")]).unwrap_err().contains("frames, size, look"));
    assert!(check(&good, &[("size", "two")]).unwrap_err().contains("a whole number"));
    assert!(check(&good, &[("look", "c")]).unwrap_err().contains("one of a, b"));

    let syntax =
        write("syntax.js", "const JOB_TYPE = {label: 'x'};\nfunction compileJob(job) {\n  job..name;\n}\n");
    assert!(check(&syntax, &[]).unwrap_err().contains("syntax.js:3"), "{:?}", check(&syntax, &[]));
    let throws = write(
        "throws.js",
        "const JOB_TYPE = {label: 'x'};\nfunction compileJob(job) {\n  job.nothing.here();\n}\n",
    );
    assert!(check(&throws, &[]).unwrap_err().contains("throws.js:3"), "{:?}", check(&throws, &[]));
    assert!(check(&folder.path().join("none.js"), &[]).unwrap_err().contains("no job type"));
}
