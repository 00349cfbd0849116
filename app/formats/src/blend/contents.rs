//! What the file holds, and what of it only Blender can work out.

use std::fmt::Write;

use super::file::File;
use super::image::relative;
use crate::source::Source;
use crate::{DependencyKind, ReadWarning};

/// Remembers the libraries and whatever else the file names by path.
pub(super) fn remember_files(file: &File<'_>, source: &Source<'_>) {
    let kinds: [(&[u8; 2], &str, DependencyKind); 6] = [
        (b"LI", "name", DependencyKind::Model),
        (b"SO", "name", DependencyKind::Other),
        (b"VF", "name", DependencyKind::Other),
        (b"MC", "name", DependencyKind::Other),
        (b"CF", "filepath", DependencyKind::Other),
        (b"VO", "filepath", DependencyKind::Other),
    ];
    for (code, field, kind) in kinds {
        for record in file.all(code).filter(|record| record.address("packedfile") == 0) {
            let stated = record.text(field);
            if !stated.is_empty() && stated != "<builtin>" {
                source.find(source.path, relative(&stated), kind);
            }
        }
    }
}

/// What was met on the way that takes Blender to work out.
#[derive(Default)]
pub(super) struct LeftOut {
    /// Names of objects' modifiers, beside armatures.
    pub(super) n_modified: usize,
    pub(super) n_skinned: usize,
    pub(super) n_instances: usize,
    pub(super) n_linked: usize,
    pub(super) n_hidden: usize,
    /// Curves, texts, metaballs, hair and the like.
    pub(super) n_other_shapes: usize,
    pub(super) n_shape_keys: usize,
    pub(super) n_bad_faces: usize,
}

impl LeftOut {
    /// Whether the full scene has more, or other, shapes than the file itself tells.
    pub(super) fn warnings(&self, file: &File<'_>) -> Vec<ReadWarning> {
        let n_actions = file.all(b"AC").count();
        let parts = [
            (self.n_modified, "objects are shown without their modifiers"),
            (self.n_skinned, "objects stand as modelled, not as their armature poses them"),
            (self.n_shape_keys, "meshes are shown without their shape keys"),
            (self.n_other_shapes, "curves, texts and other shapes are left out"),
            (self.n_instances, "collection instances are left out"),
            (self.n_linked, "objects lie in linked files and are left out"),
            (n_actions, "actions are not played"),
        ];
        let mut text = String::new();
        for (n, what) in parts.into_iter().filter(|(n, _)| *n > 0) {
            let _ = write!(text, "{}{n} {what}", if text.is_empty() { "" } else { "; " });
        }
        let mut warnings = Vec::new();
        if !text.is_empty() {
            warnings.push(ReadWarning::AsModelled { left_out: text });
        }
        if self.n_hidden > 0 {
            let reason = "they are disabled in renders";
            warnings.push(ReadWarning::Skipped { what: "objects", n: self.n_hidden, reason });
        }
        if self.n_bad_faces > 0 {
            let reason = "they point to vertices that do not exist";
            warnings.push(ReadWarning::Skipped { what: "faces", n: self.n_bad_faces, reason });
        }
        warnings
    }
}
