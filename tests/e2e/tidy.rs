//! House rules that a machine can hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tests::workspace;

/// Arrows point to a lower number only, and rooms of the same layer do not see each other.
const LAYERS: &[(&str, u8)] = &[
    ("scene", 0),
    ("work", 0),
    ("picture", 1),
    ("formats", 2),
    ("analysis", 2),
    ("render", 2),
    ("flamenco", 2),
    ("convert", 3),
    ("capture", 3),
    ("farm", 3),
    ("manager", 3),
    ("worker", 3),
    ("publish", 4),
    ("studio", 5),
    ("cli", 5),
    ("xtask", 5),
    ("tests", 6),
];

/// Who may name a library, for those that must not spread.
const CONFINED: &[(&str, &[&str])] = &[
    ("axum", &["manager"]),
    ("eframe", &["studio"]),
    ("egui", &["studio"]),
    ("reqwest", &["flamenco", "publish", "tests"]),
    ("rfd", &["studio"]),
    ("wgpu", &["render", "studio"]),
];

/// The libraries this project was asked to stand on: each must carry real load.
const LOAD_BEARING: &[&str] =
    &["eframe", "egui", "rfd", "tokio", "reqwest", "serde", "notify", "image", "gltf", "three-d"];

#[test]
fn dependencies_point_down_only() {
    for (room, dependencies) in normal_dependencies() {
        let level = layer(&room);
        for dependency in dependencies.iter().filter(|d| LAYERS.iter().any(|(name, _)| name == d)) {
            assert!(layer(dependency) < level, "{room} may not depend on {dependency}");
        }
    }
}

#[test]
fn window_network_and_card_stay_in_their_rooms() {
    for (room, dependencies) in normal_dependencies() {
        for (library, allowed) in CONFINED {
            let is_named = dependencies.contains(*library);
            assert!(!is_named || allowed.contains(&room.as_str()), "{room} may not name {library}");
        }
    }
}

#[test]
fn every_library_listed_is_used() {
    let sources = room_sources();
    let mut unused = Vec::new();
    for (room, dependencies) in normal_dependencies() {
        let is_used = |dependency: &str| {
            let name = dependency.replace('-', "_");
            sources[&room].iter().any(|text| names(text, &name))
        };
        unused.extend(dependencies.iter().filter(|d| !is_used(d)).map(|d| format!("{room}: {d}")));
    }
    assert!(unused.is_empty(), "listed and never used outside tests: {unused:?}");
}

#[test]
fn the_libraries_asked_for_carry_load() {
    let sources = room_sources();
    for library in LOAD_BEARING {
        let name = library.replace('-', "_");
        let is_used =
            sources.iter().any(|(room, texts)| room != "tests" && texts.iter().any(|t| names(t, &name)));
        assert!(is_used, "{library} is used nowhere outside tests");
    }
}

#[test]
fn no_file_names_a_machine_of_its_own() {
    for path in text_files(&workspace()) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for forbidden in [concat!("/wo", "rk/"), concat!("/ro", "ot/")] {
            assert!(!text.contains(forbidden), "{} names {forbidden}", path.display());
        }
    }
}

#[test]
fn files_stay_readable() {
    for path in text_files(&workspace().join("app")).into_iter().filter(|p| has_extension(p, "rs")) {
        let n_lines = std::fs::read_to_string(&path).unwrap_or_default().lines().count();
        assert!(n_lines <= 700, "{} has {n_lines} lines; look for a seam", path.display());
    }
}

fn layer(room: &str) -> u8 {
    let found = LAYERS.iter().find(|(name, _)| *name == room);
    found.unwrap_or_else(|| panic!("the new room {room} needs a layer here")).1
}

/// Each member with what it depends on outside its tests.
fn normal_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(workspace());
    let output = command.output().expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let one = |package: &Value| {
        let dependencies = package["dependencies"].as_array()?.iter();
        let normal = dependencies.filter(|d| d["kind"].is_null());
        let names = normal.filter_map(|d| d["name"].as_str().map(str::to_owned)).collect();
        Some((package["name"].as_str()?.to_owned(), names))
    };
    packages.iter().filter_map(one).collect()
}

/// Each member's sources with their test modules cut off.
fn room_sources() -> BTreeMap<String, Vec<String>> {
    let rooms = LAYERS.iter().map(|(room, _)| {
        let folder =
            if *room == "tests" { workspace().join("tests") } else { workspace().join("app").join(room) };
        let sources = text_files(&folder).into_iter().filter(|p| has_extension(p, "rs"));
        let texts = sources
            .filter(|p| *room == "tests" || !is_test_file(p))
            .filter_map(|p| std::fs::read_to_string(p).ok());
        ((*room).to_owned(), texts.map(|text| without_tests(&text)).collect())
    });
    rooms.collect()
}

fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

fn is_test_file(path: &Path) -> bool {
    let in_tests = path.components().any(|c| c.as_os_str() == "tests" || c.as_os_str() == "benches");
    in_tests || path.file_stem().is_some_and(|s| s == "tests" || s.to_string_lossy().ends_with("_tests"))
}

/// Whether the text names the crate in code: `name::`, `use name;` or `use name as`.
fn names(text: &str, name: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut code = code.flat_map(|line| line.match_indices(name).map(move |(at, _)| (line, at)));
    code.any(|(line, at)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        let starts_word = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
        starts_word && (after.starts_with("::") || after.starts_with(';') || after.starts_with(" as "))
    })
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e == extension)
}

/// What git would carry: everything but build output and hidden folders of tools.
fn text_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    folders.push(path);
                }
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
