//! From what was dropped, chosen or named on the command line to a list of model files.

use std::path::{Path, PathBuf};

use farm::ChoicesByModel;
use work::{Cancelled, WorkCtx};

use crate::model::Unread;

/// Files a folder may add to the list at once; what is beyond is said, not silently left out.
const MAX_FILES: usize = 5_000;
/// Folders within folders.
const MAX_DEPTH: usize = 16;
/// Reasons listed one by one.
const MAX_UNREAD: usize = 200;

#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// With their sizes, as far as they are known.
    pub models: Vec<(PathBuf, Option<u64>)>,
    /// Dropped by name and not readable; files inside folders that are no models are passed over.
    pub unread: Vec<Unread>,
    /// What was said about missing files, of any model.
    pub choices: ChoicesByModel,
}

/// Walks `paths`. A file that was named itself is always listed, as a model or with a reason; from
/// folders come the readable models, sorted by path. Links to folders are not followed, so that no
/// walk can go round in circles.
///
/// # Errors
/// Only when cancelled.
pub(crate) fn collect(paths: &[PathBuf], ctx: &WorkCtx) -> Result<Intake, Cancelled> {
    let mut intake = Intake::default();
    for path in paths {
        if path.is_dir() {
            let before = intake.models.len();
            walk(path, 0, &mut intake, ctx)?;
            if intake.models.len() == before {
                intake.refuse(path, format!("no model in this folder; Kiln reads {}", readable_extensions()));
            }
        } else {
            match formats::format_of(path) {
                Some(format) if format.is_readable() => intake.add(path.clone()),
                // Its content may tell more than its name; the reader says what it is.
                None if path.is_file() && path.extension().is_none() => intake.add(path.clone()),
                Some(format) => {
                    intake.refuse(path, format!("{} files are not read yet; export a GLB", format.name));
                }
                None => intake.refuse(path, format!("not a model; Kiln reads {}", readable_extensions())),
            }
        }
    }
    Ok(intake)
}

/// ".glb, .gltf, .obj, .stl".
pub(crate) fn readable_extensions() -> String {
    let readable = formats::FORMATS.iter().filter(|f| f.is_readable());
    let all: Vec<_> = readable.flat_map(|f| f.extensions).map(|e| format!(".{e}")).collect();
    all.join(", ")
}

impl Intake {
    fn add(&mut self, path: PathBuf) {
        if self.models.len() < MAX_FILES {
            let n_bytes = path.metadata().ok().map(|m| m.len());
            self.models.push((path, n_bytes));
        } else if self.models.len() == MAX_FILES {
            self.refuse(&path, format!("beyond the first {MAX_FILES} models; open this folder by itself"));
        }
    }

    fn refuse(&mut self, path: &Path, reason: String) {
        if self.unread.len() < MAX_UNREAD {
            self.unread.push(Unread { path: path.to_owned(), reason });
        }
    }
}

fn walk(folder: &Path, depth: usize, intake: &mut Intake, ctx: &WorkCtx) -> Result<(), Cancelled> {
    ctx.check_cancelled()?;
    ctx.stage(&format!("{} models found", intake.models.len()));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            intake.refuse(folder, format!("the folder cannot be read ({error})"));
            return Ok(());
        }
    };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut folders = Vec::new();
    for entry in entries {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !hidden => folders.push(entry.path()),
            Ok(kind) if !kind.is_dir() && !hidden => {
                let path = entry.path();
                if formats::format_of(&path).is_some_and(|f| f.is_readable()) {
                    intake.add(path);
                }
            }
            _ => {}
        }
    }
    for folder in folders {
        if depth + 1 >= MAX_DEPTH {
            intake.refuse(&folder, format!("more than {MAX_DEPTH} folders deep; open it by itself"));
        } else if intake.models.len() <= MAX_FILES {
            walk(&folder, depth + 1, intake, ctx)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_models_and_a_named_file_its_reason() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        std::fs::create_dir_all(path("set/deep")).unwrap();
        for name in
            ["set/b.obj", "set/a.glb", "set/notes.txt", "set/deep/c.STL", "set/.hidden.glb", "x.c4d", "y.pdf"]
        {
            std::fs::write(path(name), b"x").unwrap();
        }
        let named = [path("set"), path("x.c4d"), path("y.pdf")];
        let intake = collect(&named, &WorkCtx::quiet()).unwrap();
        let expected = ["set/a.glb", "set/b.obj", "set/deep/c.STL"].map(|name| (path(name), Some(1)));
        assert_eq!(intake.models, expected);
        let refused: Vec<_> = intake.unread.iter().map(|u| u.path.clone()).collect();
        assert_eq!(refused, [path("x.c4d"), path("y.pdf")]);
        assert!(intake.unread[0].reason.starts_with("Cinema 4D files"));
    }

    #[test]
    fn an_empty_folder_says_so() {
        let home = tempfile::tempdir().unwrap();
        let intake = collect(&[home.path().to_owned()], &WorkCtx::quiet()).unwrap();
        assert!(intake.models.is_empty());
        assert!(intake.unread[0].reason.starts_with("no model in this folder"));
    }
}
