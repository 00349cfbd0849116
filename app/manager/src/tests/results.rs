use sha2::{Digest, Sha256};

use super::*;
use crate::job_types::hex;

#[tokio::test]
async fn results_show_when_their_task_is_completed_and_come_in_parts() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let models = "{jobs}/x/chair.glb\n{jobs}/x/table.glb";
    let job = farm.submit("kiln-thumbnails", json!({"models": models})).await;
    let list = format!("//api/kiln/v1/jobs/{job}/outputs");
    assert_eq!(farm.get(&list).await, (200, json!({"outputs": []})));

    let (_, task) = hand.task(&farm).await;
    let folder = task["commands"][0]["parameters"]["args"][2].as_str().unwrap();
    assert!(folder.ends_with(&format!("/storage/jobs/kiln-results/{job}/chair")), "{folder}");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(format!("{folder}/render_textured.png"), "0123456789").unwrap();
    std::fs::write(format!("{folder}/.render_depth.png.tmp"), "half").unwrap();
    let root = home.path().join("storage/jobs/kiln-results").join(&job);
    std::fs::write(root.join("notes.txt"), "of no task").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", format!("{folder}/link.txt")).unwrap();

    let get = |path: &str, range: &'static str| {
        let path = format!("//api/kiln/v1/jobs/{job}/outputs/{path}");
        let mut request = farm.ask(Method::GET, &path);
        if !range.is_empty() {
            request = request.header("range", range);
        }
        async { request.send().await.unwrap() }
    };
    assert_eq!(farm.get(&list).await.1, json!({"outputs": []}), "the task still runs");
    assert_eq!(get("chair/render_textured.png", "").await.status(), 404);

    assert_eq!(hand.update(&farm, &task, json!({"taskStatus": "completed"})).await, 204);
    let (_, outputs) = farm.get(&list).await;
    let outputs = outputs["outputs"].as_array().unwrap().clone();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
    let sha = hex(&Sha256::digest("0123456789"));
    let only = &outputs[0];
    assert_eq!((&only["path"], &only["size"]), (&json!("chair/render_textured.png"), &json!(10)));
    assert_eq!((&only["sha256"], &only["task_id"]), (&json!(sha), &task["uuid"]));
    assert!(only["mtime"].as_str().unwrap().ends_with('Z'));

    let whole = get("chair/render_textured.png", "").await;
    assert_eq!(
        (whole.status().as_u16(), &whole.headers()["etag"]),
        (200, &format!("\"{sha}\"").parse().unwrap())
    );
    assert_eq!(whole.text().await.unwrap(), "0123456789");
    let part = get("chair/render_textured.png", "bytes=4-6").await;
    assert_eq!(
        (part.status().as_u16(), &part.headers()["content-range"]),
        (206, &"bytes 4-6/10".parse().unwrap())
    );
    assert_eq!(part.text().await.unwrap(), "456");
    assert_eq!(get("chair/render_textured.png", "bytes=10-").await.status(), 416);
    let path = format!("//api/kiln/v1/jobs/{job}/outputs/chair/render_textured.png");
    let known = farm.ask(Method::GET, &path).header("if-none-match", format!("\"{sha}\""));
    assert_eq!(known.send().await.unwrap().status(), 304);
    let other = farm.ask(Method::GET, &path).header("range", "bytes=4-").header("if-range", "\"old\"");
    assert_eq!(other.send().await.unwrap().status(), 200, "a part of another content is of no use");

    for outside in
        ["..%2f..%2f..%2fmanager.sqlite", "%2fetc%2fpasswd", "chair/link.txt", "chair/..%5c..", "chair"]
    {
        let status = get(outside, "").await.status();
        assert!(matches!(status.as_u16(), 400 | 404), "{outside}: {status}");
    }

    let (_, second) = hand.task(&farm).await;
    hand.update(&farm, &second, json!({"taskStatus": "completed"})).await;
    let (_, outputs) = farm.get(&list).await;
    let paths: Vec<&str> =
        outputs["outputs"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["chair/render_textured.png", "notes.txt"], "the job is over");
    assert_eq!(get("chair/link.txt", "").await.status(), 404);

    // A file written anew has a new hash.
    std::fs::write(format!("{folder}/render_textured.png"), "abc").unwrap();
    let (_, outputs) = farm.get(&list).await;
    assert_eq!(outputs["outputs"][0]["sha256"], hex(&Sha256::digest("abc")));
}

#[tokio::test]
async fn frames_show_one_by_one_while_their_task_renders() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let hand = farm.worker("hand").await;
    let renders = json!({"name": "hand", "supported_task_types": ["blender"], "software_version": "1"});
    hand.post(&farm, "/worker/sign-on", renders).await;
    hand.post(&farm, "/worker/state-changed", json!({"status": "awake"})).await;
    let settings = json!({
        "frames": "1-4", "chunk_size": 3, "render_output_root": "{jobs}/kiln-results", "fps": 24,
        "render_output_path": "{jobs}/kiln-results/Dance/######", "blendfile": "{jobs}/dance.blend",
        "format": "PNG", "image_file_extension": ".png", "scene": "Dance",
    });
    let job = farm.submit("simple-blender-render", settings).await;
    let folder = home.path().join("storage/jobs/kiln-results/Dance");
    std::fs::create_dir_all(&folder).unwrap();
    for name in
        ["000001.png", "000002.png", "000003.png", "000004.png", "000009.png", "dance-1-4.mp4", "notes.txt"]
    {
        std::fs::write(folder.join(name), name).unwrap();
    }
    let names = async || -> Vec<String> {
        let (_, listed) = farm.get(&format!("//api/kiln/v1/jobs/{job}/outputs")).await;
        let outputs = listed["outputs"].as_array().unwrap().clone();
        outputs.iter().map(|it| it["path"].as_str().unwrap().to_owned()).collect()
    };
    let (_, task) = hand.task(&farm).await;
    assert_eq!(names().await, [""; 0]);
    hand.update(&farm, &task, json!({"steps_completed": 1})).await;
    assert_eq!(names().await, ["000001.png"]);
    hand.update(&farm, &task, json!({"taskStatus": "completed"})).await;
    assert_eq!(names().await, ["000001.png", "000002.png", "000003.png"]);
    let (_, task) = hand.task(&farm).await;
    hand.update(&farm, &task, json!({"taskStatus": "failed"})).await;
    // Neither a frame that nobody asked for nor a stranger's file, whatever becomes of the job.
    assert_eq!(names().await, ["000001.png", "000002.png", "000003.png"]);
}

#[tokio::test]
async fn job_files_stay_in_their_folder() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    std::fs::write(home.path().join("job-files/a.txt"), "log").unwrap();
    assert_eq!(farm.ask(Method::GET, "//job-files/a.txt").send().await.unwrap().text().await.unwrap(), "log");
    for outside in ["..%2fmanager.sqlite", "%2fetc%2fpasswd", "x%2f..%2f..%2fmanager.sqlite", "nothing.txt"] {
        let status = farm.ask(Method::GET, &format!("//job-files/{outside}")).send().await.unwrap().status();
        assert!(matches!(status.as_u16(), 400 | 404), "{outside}: {status}");
    }
}
