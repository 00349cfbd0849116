//! Where the files lie that a model names: in its folder, in its archive, or nowhere.

use std::path::{Component, Path, PathBuf};

use crate::source::Needed;

pub(crate) trait Files: Sync {
    /// The file called `name`, relative to the folder of `named_by`; without regard to letter case
    /// if need be, as Windows and macOS do.
    fn look_up(&self, named_by: &Path, name: &Path) -> Option<Needed>;

    /// A file of the name `bare` in the places where the files of `model` are usually put.
    fn look_around(&self, model: &Path, bare: &Path) -> Option<Needed>;

    fn place_of(&self, model: &Path, file: &Path) -> Place;
}

/// Seen from the model's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Inside,
    Outside,
}

/// The disk.
pub(crate) struct Folder;

/// Where artists, programs and sites that sell models put textures, seen from the model.
const USUAL_FOLDERS: &[&str] =
    &["textures", "texture", "tex", "maps", "images", "../textures", "../texture", "../tex", "../maps"];

impl Files for Folder {
    fn look_up(&self, named_by: &Path, name: &Path) -> Option<Needed> {
        let path = named_by.parent().unwrap_or(Path::new("")).join(name);
        if path.is_file() {
            return Some(Needed::File(path));
        }
        in_other_case(&path).map(Needed::File)
    }

    fn look_around(&self, model: &Path, bare: &Path) -> Option<Needed> {
        let folder = model.parent().unwrap_or(Path::new(""));
        // In any letter case, since `Textures` is as usual as `textures`.
        let place = |usual: &&str| {
            let place = folder.join(usual);
            if place.is_dir() { Some(place) } else { entry_in_other_case(&place).filter(|p| p.is_dir()) }
        };
        USUAL_FOLDERS.iter().filter_map(place).find_map(|place| self.look_up(&place.join("here"), bare))
    }

    fn place_of(&self, model: &Path, file: &Path) -> Place {
        let folder = without_dots(model.parent().unwrap_or(Path::new("")));
        if without_dots(file).starts_with(folder) { Place::Inside } else { Place::Outside }
    }
}

/// For bytes that come without any surroundings.
pub(crate) struct Nowhere;

impl Files for Nowhere {
    fn look_up(&self, _: &Path, _: &Path) -> Option<Needed> {
        None
    }

    fn look_around(&self, _: &Path, _: &Path) -> Option<Needed> {
        None
    }

    fn place_of(&self, _: &Path, _: &Path) -> Place {
        Place::Outside
    }
}

fn in_other_case(path: &Path) -> Option<PathBuf> {
    entry_in_other_case(path).filter(|p| p.is_file())
}

fn entry_in_other_case(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_str()?.to_lowercase();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = folder.read_dir().ok()?.flatten();
    let mut names = entries.filter(|e| e.file_name().to_str().is_some_and(|n| n.to_lowercase() == wanted));
    names.next().map(|e| e.path())
}

/// `a/b/../c` as `a/c`, without asking the disk; what climbs beyond the start stays.
pub(crate) fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
