//! A material taken apart: its maps channel by channel, its UVs, who wears it.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use studio::inspector::Channel;
use studio::view::Tab;

use super::{open, until, window};

/// Two boards of one material, whose map is green in one corner; the second board has no UVs.
fn boards(folder: &Path) -> PathBuf {
    let mut map = image::RgbaImage::from_pixel(8, 4, image::Rgba([200, 10, 20, 255]));
    map.put_pixel(0, 0, image::Rgba([0, 255, 0, 255]));
    map.save(folder.join("paint.png")).unwrap();
    std::fs::write(
        folder.join("boards.mtl"),
        "newmtl paint\nKd 1 1 1\nmap_Kd paint.png\nnewmtl bare\nKd 0 0 1\n",
    )
    .unwrap();
    let path = folder.join("boards.obj");
    let text = "mtllib boards.mtl\no first\nv 0 0 0\nv 1 0 0\nv 1 2 0\nv 0 2 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n\
        usemtl paint\nf 1/1 2/2 3/3 4/4\no second\nv 3 0 0\nv 4 0 0\nv 4 2 0\nusemtl paint\nf 5 6 7\n\
        o third\nv 5 0 0\nv 6 0 0\nv 6 2 0\nusemtl bare\nf 8 9 10\n";
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_material_shows_its_map_through_each_channel_with_the_faces_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![boards(folder.path())]);
    window.key_press_modifiers(Modifiers::ALT, Key::Num5);
    until(&mut window, "the map is shown", |app| {
        app.view.tab == Tab::Materials && app.model.sheet.picture().is_some()
    });
    window.get_by_label("paint, material");
    window.get_by_label_contains("Base colour map, 8 × 4   PNG   sRGB");
    let corner = |app: &studio::app::App| app.model.sheet.picture().map(|p| p.rgba.get_pixel(0, 0).0);
    assert_eq!(corner(window.state()), Some([0, 255, 0, 255]));
    window.get_by_label("G").click();
    until(&mut window, "green alone", |app| corner(app) == Some([255; 4]));
    assert_eq!(window.state().view.inspector.channel, Channel::G);
    until(&mut window, "the faces are drawn", |app| app.model.sheet.drawing().is_some());
    let faces = window.state().model.sheet.faces().unwrap();
    assert_eq!((faces.n_faces, faces.n_without), (1, 1));
    let drawing = window.state().model.sheet.drawing().unwrap();
    assert!(drawing.picture.rgba.pixels().any(|p| p.0[3] > 0));
    window.get_by_label_contains("Worn by 2 objects");
    window.run();
}

#[test]
fn what_is_selected_brings_its_material_and_its_faces() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![boards(folder.path())]);
    window.key_press_modifiers(Modifiers::ALT, Key::Num5);
    until(&mut window, "the first is open", |app| app.view.inspector.material == Some(0));
    window.get_by_label("third, mesh").click();
    until(&mut window, "its own is open", |app| app.view.inspector.material == Some(1));
    assert!(window.query_by_label_contains("Base colour map").is_none());
    window.get_by_label("paint, material").click();
    until(&mut window, "another one is open", |app| app.view.inspector.material == Some(0));
    assert_eq!(window.state().view.inspector.faces_of, None);
    until(&mut window, "its maps are read", |app| {
        app.model.sheet.maps().is_some() && !app.model.sheet.is_decoding()
    });
    // The list of wearers may lie below the fold.
    window.get_by_label("Select first").scroll_to_me();
    window.run();
    window.get_by_label("Select first").click();
    until(&mut window, "the board is selected", |app| app.view.inspector.faces_of.is_some());
    window.key_press_modifiers(Modifiers::SHIFT, Key::U);
    until(&mut window, "the map alone", |app| !app.view.inspector.shows_uvs);
    window.run();
}
