use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// One file that a model needs, besides the file that was opened.
///
/// The files form a tree: `named_by` is the model, or another dependency (an OBJ names a material
/// library, which names pictures).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub kind: DependencyKind,
    /// In the words of the file that names it: a URI, a path of another machine.
    pub named: String,
    pub named_by: PathBuf,
    pub state: DependencyState,
    /// Where it was found, or where it would have to lie. Inside an archive: the archive's path
    /// with the entry's name behind it.
    pub path: PathBuf,
    /// `None` where there is nothing to measure.
    pub n_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DependencyKind {
    /// Geometry and animation data of a glTF.
    Buffer,
    Picture,
    /// A material library, such as OBJ's MTL.
    Materials,
    /// Another model that this one links or layers in: a USD layer, a Blender library.
    Model,
    /// Anything else a file names: a sound, a font, a cache.
    Other,
}

impl DependencyKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Buffer => "buffer",
            Self::Picture => "texture",
            Self::Materials => "material library",
            Self::Model => "linked file",
            Self::Other => "other file",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DependencyState {
    /// Where the file says, in the model's folder or below it.
    Found,
    /// Not where the file says, but under its bare name beside the model.
    FoundBeside,
    /// Where the file says, which is outside the model's folder: a copy of that folder lacks it.
    Outside,
    /// Named by an absolute path that exists on this machine only.
    Absolute,
    /// Somebody said where it is ([`crate::ReadOptions::relinks`]).
    Relinked,
    Missing,
    /// An address on the web, which is never followed.
    Web,
}

impl DependencyState {
    pub fn is_there(self) -> bool {
        !matches!(self, Self::Missing | Self::Web)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::FoundBeside => "found beside the model",
            Self::Outside => "outside the model's folder",
            Self::Absolute => "absolute path",
            Self::Relinked => "relinked",
            Self::Missing => "missing",
            Self::Web => "on the web, not fetched",
        }
    }
}

/// One line of the tree that dependencies form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// 0: named by the model itself.
    pub depth: usize,
    /// Index into the dependencies.
    pub dependency: usize,
}

/// The order in which a tree of `dependencies` is shown, each below the file that names it; every
/// one comes once, and a file that names itself in a circle is no trouble.
pub fn dependency_tree(model: &Path, dependencies: &[Dependency]) -> Vec<TreeRow> {
    let mut rows = Vec::with_capacity(dependencies.len());
    let mut is_shown = vec![false; dependencies.len()];
    let mut opened = HashSet::new();
    let mut stack: Vec<TreeRow> = Vec::new();
    let push_children = |of: &Path, depth: usize, stack: &mut Vec<TreeRow>| {
        let children = dependencies.iter().enumerate().rev().filter(|(_, d)| d.named_by == of);
        stack.extend(children.map(|(dependency, _)| TreeRow { depth, dependency }));
    };
    // Whatever hangs on nothing that is shown comes at the end, as if the model named it.
    for start in 0..=dependencies.len() {
        match start.checked_sub(1) {
            None => push_children(model, 0, &mut stack),
            Some(rest) => stack.push(TreeRow { depth: 0, dependency: rest }),
        }
        while let Some(row) = stack.pop() {
            if std::mem::replace(&mut is_shown[row.dependency], true) {
                continue;
            }
            rows.push(row);
            let path = &dependencies[row.dependency].path;
            if path != model && opened.insert(path) {
                push_children(path, row.depth + 1, &mut stack);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hangs_below_the_file_that_names_it() {
        let file = |named_by: &str, path: &str| Dependency {
            kind: DependencyKind::Other,
            named: path.into(),
            named_by: named_by.into(),
            state: DependencyState::Found,
            path: path.into(),
            n_bytes: None,
        };
        let all = [
            file("m", "a"),
            file("m", "b"),
            file("a", "a1"),
            file("x", "lost"),
            file("a1", "a"),
            file("m", "m"),
        ];
        let rows: Vec<_> = dependency_tree(Path::new("m"), &all)
            .iter()
            .map(|row| (row.depth, all[row.dependency].path.to_str().unwrap()))
            .collect();
        assert_eq!(rows, [(0, "a"), (1, "a1"), (2, "a"), (0, "b"), (0, "m"), (0, "lost")]);
        assert_eq!(dependency_tree(Path::new("m"), &[]), []);
    }
}
