//! The clips of a model: chosen, played, held and stepped through.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use studio::commands::ClipCommand;
use studio::playback::Moment;

use super::{open, quad, until, window};

/// A triangle that two clips of two seconds and one second move about.
fn mover(folder: &Path, second_name: &str) -> PathBuf {
    let numbers = |all: &[f32]| all.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let mut bin = numbers(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    bin.extend(numbers(&[0.0, 1.0, 2.0]));
    bin.extend(numbers(&[0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    let accessor = |view: usize, kind: &str, n: usize| {
        serde_json::json!({"bufferView": view, "componentType": 5126, "count": n, "type": kind,
            "min": if view == 1 { vec![0.0] } else { vec![0.0; 3] },
            "max": if view == 1 { vec![2.0] } else { vec![4.0; 3] }})
    };
    let view = |from: usize, n: usize| serde_json::json!({"buffer": 0, "byteOffset": from, "byteLength": n});
    let clip = |name: &str| {
        serde_json::json!({"name": name, "samplers": [{"input": 1, "output": 2}],
            "channels": [{"sampler": 0, "target": {"node": 0, "path": "translation"}}]})
    };
    let json = serde_json::json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": bin.len()}],
        "bufferViews": [view(0, 36), view(36, 12), view(48, 36)],
        "accessors": [accessor(0, "VEC3", 3), accessor(1, "SCALAR", 3), accessor(2, "VEC3", 3)],
        "animations": [clip("Walk"), clip(second_name)]
    });
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut glb = b"glTF".to_vec();
    let n_bytes = 12 + 8 + text.len() + 8 + bin.len();
    glb.extend([2_u32, n_bytes as u32, text.len() as u32, 0x4e4f_534a].iter().flat_map(|n| n.to_le_bytes()));
    glb.extend(text);
    glb.extend([bin.len() as u32, 0x004e_4942].iter().flat_map(|n| n.to_le_bytes()));
    glb.extend(bin);
    let path = folder.join("mover.glb");
    std::fs::write(&path, glb).unwrap();
    path
}

#[test]
fn space_plays_the_first_clip_and_holding_it_ends_all_drawing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![mover(folder.path(), "Run")]);
    until(&mut window, "the model is checked", |app| {
        app.model.current().is_some_and(|d| d.report.value().is_some())
    });
    window.run();
    window.get_by_label("Play (Space)");
    assert_eq!(window.state().view.playback.moment(), None);
    window.key_press(Key::Space);
    until(&mut window, "it plays", |app| app.view.playback.is_playing && app.view.playback.time_secs > 0.5);
    assert_eq!(window.state().view.playback.clip.as_ref().unwrap().name, "Walk");
    assert!(window.try_run().is_err(), "every frame asks for the next while it plays");
    window.get_by_label("Pause (Space)").click();
    until(&mut window, "it is held", |app| !app.view.playback.is_playing);
    window.run();
    let held = window.state().view.playback.moment();
    window.run_steps(5);
    assert_eq!(window.state().view.playback.moment(), held);
}

#[test]
fn keys_step_through_frames_and_clips() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![mover(folder.path(), "Run")]);
    window.key_press(Key::ArrowRight);
    until(&mut window, "one frame on", |app| {
        app.view.playback.moment() == Some(Moment { clip: 0, time_secs: 1.0 / 24.0 })
    });
    window.get_by_label_contains("frame 1 of 48");
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    until(&mut window, "at its end", |app| app.view.playback.time_secs == 2.0);
    window.key_press(Key::PageDown);
    until(&mut window, "the next clip", |app| {
        app.view.playback.clip.as_ref().is_some_and(|c| c.name == "Run")
    });
    assert_eq!(window.state().view.playback.time_secs, 0.0);
    window.get_by_label("24 fps").click();
    window.key_press(Key::Period);
    until(&mut window, "faster", |app| app.view.playback.speed == 1.5);
    window.key_press(Key::ArrowRight);
    until(&mut window, "one frame of thirty", |app| (app.view.playback.time_secs - 1.0 / 30.0).abs() < 1e-9);
    window.get_by_label("Time in the clip");
    window.get_by_label("Loop").click();
    until(&mut window, "it plays once", |app| !app.view.playback.is_looping);
}

#[test]
fn a_model_read_anew_keeps_clip_and_time_and_another_rests() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    let path = mover(folder.path(), "Run");
    open(&mut window, vec![path.clone()]);
    window.state_mut().commands.push(ClipCommand::Choose(Some(1)));
    window.state_mut().commands.push(ClipCommand::Seek(1.25));
    until(&mut window, "it stands there", |app| app.view.playback.time_secs == 1.25);
    let reading = |app: &studio::app::App| app.model.loaded().map(|l| std::ptr::from_ref(l) as usize);
    let first = reading(window.state());
    window.state_mut().commands.push(studio::commands::FileCommand::Reload);
    until(&mut window, "it is read again", |app| reading(app) != first);
    assert_eq!(window.state().view.playback.moment(), Some(Moment { clip: 1, time_secs: 1.25 }));
    mover(folder.path(), "Stroll");
    window.state_mut().commands.push(studio::commands::FileCommand::Reload);
    until(&mut window, "the clip is gone", |app| app.view.playback.moment().is_none());
    window.get_by_label("Clip");
    window.state_mut().commands.push(ClipCommand::Choose(Some(1)));
    until(&mut window, "the new one is chosen", |app| app.view.playback.moment().is_some());
    // So soon after the first it counts as the same drop, and the stage stays as it is.
    open(&mut window, vec![quad(folder.path(), "board.obj")]);
    until(&mut window, "both are listed", |app| app.model.documents.len() == 2);
    window.state_mut().commands.push(studio::commands::FileCommand::SelectNext);
    until(&mut window, "the board is on stage", |app| {
        app.model.current().is_some_and(|d| d.name() == "board.obj") && app.model.loaded().is_some()
    });
    window.run();
    assert!(window.state().view.playback.moment().is_none());
    assert!(window.query_by_label("Play (Space)").is_none());
}
