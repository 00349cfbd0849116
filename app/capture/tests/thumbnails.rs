//! Requirement B2, from a file to the five files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::PathBuf;

use capture::{CaptureError, Drawer, Interior, Step, ThumbnailOptions, batch, thumbnails};
use render::{Gpu, Renderer};
use serde_json::Value;
use work::WorkCtx;

fn gpu_or_skip() -> Option<(Gpu, Renderer)> {
    match Gpu::headless() {
        Ok(gpu) => {
            let renderer = Renderer::new(&gpu).unwrap();
            Some((gpu, renderer))
        }
        Err(error) if std::env::var_os("REQUIRE_GPU").is_some_and(|v| v == "1") => panic!("{error}"),
        Err(_) => {
            println!("SKIPPED: no wgpu adapter");
            None
        }
    }
}

/// A box of 2 x 1 x 4 metres whose middle is at (11, 0.5, 2), Y up.
const BOX: &str = "v 10 0 0\nv 12 0 0\nv 12 1 0\nv 10 1 0\nv 10 0 4\nv 12 0 4\nv 12 1 4\nv 10 1 4\n\
    f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 3 4 8 7\nf 2 3 7 6\nf 1 5 8 4\n";

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn five_files_with_the_shape_that_scripts_read() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("box.obj");
    std::fs::write(&model, BOX).unwrap();
    let out = folder.path().join("out");
    let options = ThumbnailOptions { size_px: [96; 2], ..Default::default() };
    let report = thumbnails(&model, &out, &options, &gpu, &renderer, &WorkCtx::quiet()).unwrap();
    assert_eq!(report.files.len(), 5);
    let mut names: Vec<_> = std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    let expected =
        ["metadata.json", "render_depth.png", "render_edge.png", "render_normal.png", "render_textured.png"];
    assert_eq!(names, expected);

    let metadata: Value = serde_json::from_slice(&std::fs::read(out.join("metadata.json")).unwrap()).unwrap();
    assert_eq!(metadata["source_file"], "box.obj");
    assert_eq!(metadata["render_resolution"], serde_json::json!([96, 96]));
    assert_eq!(numbers(&metadata["bounding_box"]["center"]), [11.0, -2.0, 0.5]);
    assert_eq!(numbers(&metadata["bounding_box"]["dimensions"]), [2.0, 4.0, 1.0]);
    let camera = &metadata["camera"];
    assert_eq!(camera["focal_length"], 50.0);
    assert_eq!(numbers(&camera["look_at"]), [0.0, 0.0, 0.0]);
    let position = numbers(&camera["position"]);
    assert!(position[0] > 0.0 && position[1] < 0.0 && position[2] > 0.0, "front right, above: {position:?}");
    assert!((camera["fx"].as_f64().unwrap() - 96.0 * 50.0 / 36.0).abs() < 1e-9);
    let distance = position.iter().map(|c| c * c).sum::<f64>().sqrt();
    let (near, far) = (camera["near"].as_f64().unwrap(), camera["far"].as_f64().unwrap());
    assert!(near < distance && distance < far, "{near} {distance} {far}");

    let picture = |name: &str| image::open(out.join(name)).unwrap().into_rgb8();
    let (depth, edge) = (picture("render_depth.png"), picture("render_edge.png"));
    assert_eq!(depth.dimensions(), (96, 96));
    assert_eq!(depth.get_pixel(0, 0).0, [255; 3]);
    assert_eq!(edge.get_pixel(0, 0).0, [255; 3]);
    assert!(depth.pixels().any(|p| p.0 == [0; 3]), "the nearest pixel is black");
    assert!(edge.pixels().any(|p| p.0 == [0; 3]), "lines are black");
    // The object is inside the frame: all four borders are background.
    let on_border = |x: u32, y: u32| x == 0 || y == 0 || x == 95 || y == 95;
    let border = depth.enumerate_pixels().filter(|(x, y, _)| on_border(*x, *y));
    assert!(border.map(|(_, _, p)| p.0).all(|p| p == [255; 3]));
}

#[test]
fn a_closed_room_is_seen_from_where_a_person_stands_in_it() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("room.obj");
    // The box of 2 x 1 x 4 metres, twice as high, with its faces towards the inside.
    let room = BOX.replace(" 1 0\n", " 2 0\n").replace(" 1 4\n", " 2 4\n");
    let turned = room.lines().map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["f", a, b, c, d] => format!("f {d} {c} {b} {a}\n"),
        _ => format!("{line}\n"),
    });
    std::fs::write(&model, turned.collect::<String>()).unwrap();
    let out = folder.path().join("out");
    let options = ThumbnailOptions {
        size_px: [64; 2],
        keep_origin: true,
        interior: Interior::Inside,
        ..Default::default()
    };
    let report = thumbnails(&model, &out, &options, &gpu, &renderer, &WorkCtx::quiet()).unwrap();
    assert_eq!(report.warnings, Vec::<String>::new());
    let metadata: Value = serde_json::from_slice(&std::fs::read(out.join("metadata.json")).unwrap()).unwrap();
    assert_eq!(metadata["settings"]["interior"], "inside");
    assert_eq!(metadata["camera"]["focal_length"], 24.0);
    let eye = numbers(&metadata["camera"]["position"]);
    let is_inside = (10.0..12.0).contains(&eye[0]) && (-4.0..0.0).contains(&eye[1]);
    assert!(is_inside && (eye[2] - 1.1).abs() < 1e-6, "{eye:?}");
    let depth = image::open(out.join("render_depth.png")).unwrap().into_luma8();
    assert!(depth.pixels().all(|p| p.0 != [255]), "a wall everywhere");

    std::fs::write(&model, BOX).unwrap();
    let report = thumbnails(&model, &out, &options, &gpu, &renderer, &WorkCtx::quiet()).unwrap();
    assert!(report.warnings.iter().any(|words| words.contains("no closed room")), "{:?}", report.warnings);
}

#[test]
fn keep_origin_looks_at_the_centre_where_it_is() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("box.obj");
    std::fs::write(&model, BOX).unwrap();
    let options = ThumbnailOptions { size_px: [32; 2], keep_origin: true, ..Default::default() };
    thumbnails(&model, folder.path(), &options, &gpu, &renderer, &WorkCtx::quiet()).unwrap();
    let metadata: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("metadata.json")).unwrap()).unwrap();
    assert_eq!(numbers(&metadata["camera"]["look_at"]), [11.0, -2.0, 0.5]);
}

#[test]
fn one_bad_file_never_stops_a_batch() {
    let Some(_) = gpu_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pairs: Vec<(PathBuf, PathBuf)> = (0..7)
        .map(|i| {
            let model = folder.path().join(format!("{i}.obj"));
            std::fs::write(&model, if i == 3 { "" } else { BOX }).unwrap();
            (model, folder.path().join(format!("out{i}")))
        })
        .collect();
    let options = ThumbnailOptions { size_px: [32; 2], ..Default::default() };
    let mut results = vec![None; 7];
    batch(
        &pairs,
        &options,
        &Drawer::default(),
        &WorkCtx::quiet(),
        |_, _| {},
        |i, result| {
            assert!(result.is_ok() || matches!(result, Err(CaptureError::Read(_))));
            results[i] = Some(result.is_ok());
        },
    );
    let expected: Vec<_> = (0..7).map(|i| Some(i != 3)).collect();
    assert_eq!(results, expected);
}

/// The box, `n` times side by side.
fn boxes(n: usize) -> String {
    let shifted = |i: usize| {
        let lines = BOX.lines().map(move |line| {
            let mut words = line.split_whitespace();
            match (words.next(), words.collect::<Vec<_>>().as_slice()) {
                (Some("v"), [x, y, z]) => {
                    format!("v {} {y} {z}\n", x.parse::<f64>().unwrap() + 3.0 * i as f64)
                }
                (_, corners) => {
                    let corners = corners.iter().map(|v| v.parse::<usize>().unwrap() + 8 * i);
                    format!("f {}\n", corners.map(|v| v.to_string()).collect::<Vec<_>>().join(" "))
                }
            }
        });
        lines.collect::<String>()
    };
    (0..n).map(shifted).collect()
}

fn files_in(folder: &std::path::Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries.map(|e| (e.file_name(), std::fs::read(e.path()).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn a_batch_writes_the_same_bytes_as_one_by_one_even_when_its_device_is_lost() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pairs: Vec<(PathBuf, PathBuf)> = (0..6)
        .map(|i| {
            let model = folder.path().join(format!("{i}.obj"));
            std::fs::write(&model, boxes(1 + i % 4)).unwrap();
            (model, folder.path().join(format!("out{i}")))
        })
        .collect();
    let options = ThumbnailOptions { size_px: [48; 2], views: "3".parse().unwrap(), ..Default::default() };
    let alone = folder.path().join("alone");
    let expected: Vec<_> = pairs
        .iter()
        .map(|(model, _)| {
            thumbnails(model, &alone, &options, &gpu, &renderer, &WorkCtx::quiet()).unwrap();
            files_in(&alone)
        })
        .collect();
    for loses_device in [false, true] {
        let drawer = Drawer::default();
        let lose_device = |i: usize, step: Step| {
            if loses_device && (i, step) == (2, Step::Waits) {
                drawer.tools().unwrap().gpu.device.destroy();
            }
        };
        let mut n_done = 0;
        batch(&pairs, &options, &drawer, &WorkCtx::quiet(), lose_device, |i, result| {
            result.unwrap_or_else(|error| panic!("{i}: {error}"));
            n_done += 1;
        });
        assert_eq!(n_done, pairs.len());
        for ((_, out), expected) in pairs.iter().zip(&expected) {
            assert!(files_in(out) == *expected, "{out:?}");
        }
    }
}
