//! `kiln thumbs` as whole processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// Two boxes with a gap, +Z up in the file's own axes.
const BOXES: &str = "o left\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\n\
    f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 3 4 8 7\nf 2 3 7 6\nf 1 5 8 4\n\
    o right\nv 3 0 0\nv 4 0 0\nv 4 2 0\nv 3 2 0\nv 3 0 1\nv 4 0 1\nv 4 2 1\nv 3 2 1\n\
    f 12 11 10 9\nf 13 14 15 16\nf 9 10 14 13\nf 11 12 16 15\nf 10 11 15 14\nf 9 13 16 12\n";

fn thumbs(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kiln"))
        .current_dir(folder)
        .arg("thumbs")
        .args(arguments)
        .output()
        .unwrap()
}

fn has_adapter() -> bool {
    let found = render::Gpu::headless().is_ok();
    assert!(found || std::env::var_os("REQUIRE_GPU").is_none_or(|v| v != "1"), "no wgpu adapter");
    if !found {
        println!("SKIPPED: no wgpu adapter");
    }
    found
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    };
    std::fs::read_dir(folder).unwrap().map(file).collect()
}

#[test]
fn two_processes_write_the_same_bytes() {
    if !has_adapter() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("boxes.obj"), BOXES).unwrap();
    let options = [
        "--size",
        "96x64",
        "--views",
        "3",
        "--passes",
        "textured,albedo,normal,depth,edge,id",
        "--format",
        "webp,normal=exr,edge=png",
        "--depth",
        "32",
        "--contact-sheet",
        "--transparent",
    ];
    for out in ["first", "second"] {
        let output = thumbs(folder.path(), &[&["boxes.obj", out], options.as_slice()].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let [first, second] = ["first", "second"].map(|out| bytes_of(&folder.path().join(out)));
    // Six pictures of three views, the sheet, the names of the objects and the metadata.
    assert_eq!(first.len(), 6 * 3 + 3, "{:?}", first.keys());
    assert!(first == second, "the same names with other bytes");
    let metadata: serde_json::Value = serde_json::from_slice(&first["metadata.json"]).unwrap();
    assert_eq!(metadata["cameras"].as_array().unwrap().len(), 3);
    assert_eq!(metadata["cameras"][2]["files"][2], "render_normal_002.exr");
    assert_eq!(metadata["files"].as_array().unwrap().len(), first.len() - 1);
    let objects: serde_json::Value = serde_json::from_slice(&first["render_id.json"]).unwrap();
    let names: Vec<_> = objects["objects"].as_array().unwrap().iter().map(|o| o["name"].clone()).collect();
    assert_eq!(names, ["left", "right"]);
}

#[test]
fn a_batch_goes_on_past_a_bad_file_and_where_it_stopped() {
    if !has_adapter() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    std::fs::create_dir(&models).unwrap();
    for name in ["a.obj", "b.obj"] {
        std::fs::write(models.join(name), BOXES).unwrap();
    }
    std::fs::write(folder.path().join("bad.obj"), "").unwrap();
    let output = thumbs(folder.path(), &["models", "bad.obj", "out", "--size", "32"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("1 of 3 models failed"), "{said}");
    assert!(said.contains("bad.obj"), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 10, "five files of each good model");
    assert!(!folder.path().join("out/bad").exists());

    let again = |more: &[&str]| {
        let output = thumbs(folder.path(), &[&["models", "out", "--resume"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().count()
    };
    assert_eq!(again(&["--size", "32"]), 0, "both are complete");
    std::fs::remove_file(folder.path().join("out/b/render_edge.png")).unwrap();
    assert_eq!(again(&["--size", "32"]), 5, "b lacks a picture");
    assert_eq!(again(&["--size", "48"]), 10, "of another size they are others");
}
