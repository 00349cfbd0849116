use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names the Blender to use, or a Python with the module `bpy`; before whatever is found.
pub const BLENDER_VARIABLE: &str = "KILN_BLENDER";

/// Looks where people and packages put Blender; the newest of several in one place. The variable's
/// word is final: what it names is taken or nothing.
pub fn find_blender() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(BLENDER_VARIABLE).filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        return if named.components().count() > 1 {
            Some(named).filter(|path| path.is_file())
        } else {
            on_path(named.as_os_str())
        };
    }
    on_path(OsStr::new("blender")).or_else(|| usual_places().into_iter().find_map(|place| newest_in(&place)))
}

fn on_path(name: &OsStr) -> Option<PathBuf> {
    let mut file = name.to_owned();
    if Path::new(name).extension().is_none_or(|e| e != std::env::consts::EXE_EXTENSION) {
        file.push(std::env::consts::EXE_SUFFIX);
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// A folder, the beginning of its subfolders' names, and where the program is below one.
struct Place {
    folder: PathBuf,
    prefix: &'static str,
    program: &'static str,
}

fn usual_places() -> Vec<Place> {
    let place = |folder: PathBuf, prefix, program| Place { folder, prefix, program };
    let home = std::env::home_dir().unwrap_or_default();
    if cfg!(windows) {
        let folders = ["ProgramFiles", "ProgramW6432"].iter().filter_map(std::env::var_os);
        let folders = folders.map(|folder| PathBuf::from(folder).join("Blender Foundation"));
        return folders.map(|folder| place(folder, "Blender", "blender.exe")).collect();
    }
    if cfg!(target_os = "macos") {
        let folders = [PathBuf::from("/Applications"), home.join("Applications")];
        return folders.map(|folder| place(folder, "Blender", "Contents/MacOS/Blender")).into();
    }
    vec![
        place("/snap".into(), "bin", "blender"),
        place("/var/lib/flatpak/exports".into(), "bin", "org.blender.Blender"),
        place(home.join(".local/share/flatpak/exports"), "bin", "org.blender.Blender"),
        place("/opt".into(), "blender", "blender"),
        place(home.clone(), "blender", "blender"),
        place(home.join("Applications"), "blender", "blender"),
    ]
}

fn newest_in(place: &Place) -> Option<PathBuf> {
    let entries = place.folder.read_dir().ok()?.flatten().map(|entry| entry.path());
    let has_prefix = |path: &PathBuf| {
        path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with(place.prefix))
    };
    let mut found: Vec<_> = entries
        .filter(has_prefix)
        .map(|path| path.join(place.program))
        .filter(|path| path.is_file())
        .collect();
    // "blender-4.10" is newer than "blender-4.9".
    found.sort_by_key(|path| numbers_in(&path.to_string_lossy()));
    found.pop()
}

fn numbers_in(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// Whether the program is a Python that the script runs in.
pub(super) fn is_python(program: &Path) -> bool {
    let name = program.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.starts_with("python") || name.starts_with("pypy")
}

/// "Blender 3.4.1", by the program's own word; `None` when it does not start.
pub fn blender_version(program: &Path) -> Option<String> {
    let mut command = Command::new(program);
    if is_python(program) {
        command.args(["-c", "import bpy; print('Blender', bpy.app.version_string, '(bpy)')"]);
    } else {
        command.arg("--version");
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().map(str::trim).find(|line| line.starts_with("Blender"));
    line.map(|line| line.chars().take(60).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_several_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["blender-4.9.2", "blender-4.10.0", "blender-3.6.0", "other-9"] {
            std::fs::create_dir(folder.path().join(version)).unwrap();
            std::fs::write(folder.path().join(version).join("blender"), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("blender-5.0")).unwrap();
        let place = Place { folder: folder.path().into(), prefix: "blender", program: "blender" };
        assert!(newest_in(&place).unwrap().ends_with("blender-4.10.0/blender"));
    }

    #[test]
    fn pythons_are_told_by_name() {
        assert!(is_python(Path::new("/a/bin/python3.11")));
        assert!(is_python(Path::new("C:/py/Python.exe")));
        assert!(!is_python(Path::new("/usr/bin/blender")));
    }
}
