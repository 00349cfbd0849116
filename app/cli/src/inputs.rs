//! Which models a command line means.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

/// The models that `paths` name: files as they are, folders searched for whatever is readable, in
/// the order of their names.
pub(crate) fn models(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let nothing = |folder: &Path| {
        format!("no model that can be read in this folder (read are {}): {}", extensions(), folder.display())
    };
    search(paths, is_readable, nothing)
}

/// Like [`models`], with those of a folder too that are known to be models and not read.
pub(crate) fn known_models(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let is_known = |path: &Path| formats::format_of(path).is_some();
    search(paths, is_known, |folder| format!("no model in this folder: {}", folder.display()))
}

fn search(
    paths: &[PathBuf],
    is_wanted: impl Fn(&Path) -> bool,
    nothing: impl Fn(&Path) -> String,
) -> Result<Vec<PathBuf>> {
    let mut models = Vec::new();
    for path in paths {
        if !path.is_dir() {
            models.push(path.clone());
            continue;
        }
        let before = models.len();
        let entries = WalkDir::new(path).sort_by_file_name().into_iter();
        let files = entries.filter_map(|entry| entry.map_err(|error| tell_unseen(&error)).ok());
        models.extend(files.map(walkdir::DirEntry::into_path).filter(|p| p.is_file() && is_wanted(p)));
        if models.len() == before {
            bail!(nothing(path));
        }
    }
    Ok(models)
}

/// What lies in a folder that may not be read is missing from the batch; nobody should have to find that
/// out by counting.
fn tell_unseen(error: &walkdir::Error) {
    let cause = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    let path = error.path().unwrap_or(Path::new("."));
    eprintln!("warning: cannot be looked into ({cause}), models there are left out: {}", path.display());
}

/// A temporary name in the same folder first, then renamed: never half a result.
pub(crate) fn write_whole<T>(path: &Path, write: impl FnOnce(&mut std::fs::File) -> Result<T>) -> Result<T> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let cannot = || format!("cannot write {}", path.display());
    let mut builder = tempfile::Builder::new();
    // Readable for whoever may read the folder, like any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).with_context(cannot)?;
    let result = write(file.as_file_mut()).with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(result)
}

/// Takes the last path as the place of the result when it is not itself a model to read.
///
/// `kiln VERB INPUT… [OUT]`: an existing file is an input, and so is a lone path.
pub(crate) fn split_out(paths: &[PathBuf], is_out: impl Fn(&Path) -> bool) -> (&[PathBuf], Option<&Path>) {
    match paths.split_last() {
        Some((last, inputs)) if !inputs.is_empty() && is_out(last) => (inputs, Some(last)),
        _ => (paths, None),
    }
}

/// Names a result after its model, twice the same name never: `chair`, `chair-2`.
pub(crate) fn distinct_stems(models: &[PathBuf]) -> Vec<String> {
    let mut taken = std::collections::HashSet::new();
    let mut stems = Vec::with_capacity(models.len());
    for model in models {
        let stem = model.file_stem().map_or_else(|| "model".into(), |s| s.to_string_lossy().into_owned());
        let mut name = stem.clone();
        let mut number = 2;
        // Compared without case: some file systems know no difference.
        while !taken.insert(name.to_lowercase()) {
            name = format!("{stem}-{number}");
            number += 1;
        }
        stems.push(name);
    }
    stems
}

fn is_readable(path: &Path) -> bool {
    let Some(extension) = path.extension() else { return false };
    readable_extensions().any(|known| extension.eq_ignore_ascii_case(known))
}

fn extensions() -> String {
    let all: Vec<_> = readable_extensions().map(|e| format!(".{e}")).collect();
    all.join(", ")
}

fn readable_extensions() -> impl Iterator<Item = &'static str> {
    formats::FORMATS
        .iter()
        .filter(|format| format.is_readable())
        .flat_map(|format| format.extensions)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_collide() {
        let models = ["a/chair.glb", "b/chair.obj", "c/Chair.stl"].map(PathBuf::from);
        assert_eq!(distinct_stems(&models), ["chair", "chair-2", "Chair-3"]);
    }

    #[test]
    fn a_folder_gives_what_is_read_and_promises_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.c4d"), "").unwrap();
        let refused = models(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(refused.contains(".glb") && !refused.contains(".c4d"), "{refused}");
        std::fs::write(folder.path().join("b.OBJ"), "").unwrap();
        assert_eq!(models(&[folder.path().to_owned()]).unwrap(), [folder.path().join("b.OBJ")]);
    }

    #[test]
    fn a_lone_path_is_an_input() {
        let paths = [PathBuf::from("a.glb"), PathBuf::from("out")];
        assert_eq!(split_out(&paths, |_| true), (&paths[..1], Some(Path::new("out"))));
        assert_eq!(split_out(&paths[..1], |_| true), (&paths[..1], None));
        assert_eq!(split_out(&paths, |_| false), (&paths[..], None));
    }
}
