use std::cmp::Reverse;
use std::path::Path;

use super::{Archive, Entry, is_system_file};
use crate::registry::format_of;

/// By how much of a scene each usually keeps, the most first; one model is often packed in several.
const BEST_FIRST: &[&str] = &[
    "glb", "gltf", "usdz", "usd", "usdc", "usda", "fbx", "dae", "3mf", "obj", "3ds", "ply", "stl", "off",
    "blend",
];

/// The models of an archive that can be read, the one to show first; a plain zip in it is none.
pub(super) fn models_of<'a>(archive: &'a Archive<'_>, archive_path: &Path) -> Vec<&'a Entry> {
    let own = archive_path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut models: Vec<_> = archive
        .entries()
        .iter()
        .filter(|entry| !is_system_file(&entry.name) && !is_archive(&entry.name))
        .filter(|entry| format_of(Path::new(&entry.name)).is_some_and(|f| f.is_readable()))
        .collect();
    models.sort_by_cached_key(|entry| {
        let path = Path::new(&entry.name);
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let rank = BEST_FIRST.iter().position(|e| *e == extension).unwrap_or(BEST_FIRST.len());
        let depth = entry.name.matches('/').count();
        let is_stranger = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase() != own;
        (rank, depth, is_stranger, Reverse(entry.n_bytes), entry.name.clone())
    });
    models
}

/// Of a kind that is looked into, or would have to be.
pub(super) fn is_archive(name: &str) -> bool {
    const PACKED: &[&str] = &["zip", "kmz", "gz", "zst", "7z", "rar", "tar", "tgz", "bz2", "xz"];
    let extension = Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    PACKED.contains(&extension.as_str())
}

/// What there is instead of a model: "; it holds an archive, a.zip: unpack it first".
pub(super) fn what_else(archive: &Archive<'_>) -> String {
    let files = || archive.entries().iter().filter(|e| !is_system_file(&e.name));
    if let Some(inner) = files().find(|e| is_archive(&e.name)) {
        return format!("; it holds another archive, {}: unpack it first", inner.name);
    }
    if let Some((entry, format)) = files().find_map(|e| Some((e, format_of(Path::new(&e.name))?))) {
        return format!("; {} in it is {}: {}", entry.name, format.name, format.hint);
    }
    match files().count() {
        0 => "; it is empty".into(),
        1 => "; its one file is something else".into(),
        n => format!(" among its {n} files"),
    }
}
