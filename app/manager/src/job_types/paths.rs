//! The `path` helpers of job types: slashes on every system, backslashes understood.

/// The last part; `.` for nothing.
pub(super) fn basename(path: &str) -> String {
    let path = path.replace('\\', "/");
    if path.is_empty() {
        return ".".into();
    }
    match path.trim_end_matches('/') {
        "" => "/".into(),
        trimmed => trimmed.rsplit('/').next().unwrap_or(trimmed).into(),
    }
}

/// Everything before the last part; `.` for a bare name. The two slashes of a network share stay.
pub(super) fn dirname(path: &str) -> String {
    let path = path.replace('\\', "/");
    let Some(end) = path.rfind('/') else { return ".".into() };
    let folder = clean(&path[..=end]);
    let is_share = path.starts_with("//") && !path.starts_with("///") && folder.len() > 1;
    if is_share { format!("/{folder}") } else { folder }
}

/// Parts put together, `a/../b` and doubled slashes resolved; empty parts do not count.
pub(super) fn join(parts: &[String]) -> String {
    let filled: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if filled.is_empty() {
        return String::new();
    }
    // Flamenco turns backslashes only after joining, so that they are not resolved away.
    clean(&filled.join("/")).replace('\\', "/")
}

/// The last part without its last extension.
pub(super) fn stem(path: &str) -> String {
    let name = basename(path);
    name.rfind('.').map_or(name.clone(), |dot| name[..dot].to_owned())
}

/// The shortest path that means the same; `.` for nothing.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if is_rooted => {}
            _ => kept.push(part),
        }
    }
    let path = kept.join("/");
    match (is_rooted, path.is_empty()) {
        (true, _) => format!("/{path}"),
        (false, true) => ".".into(),
        (false, false) => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders() {
        for (path, base, dir, bare) in [
            ("", ".", ".", ""),
            ("robot.glb", "robot.glb", ".", "robot"),
            ("/a/b/robot.tar.gz", "robot.tar.gz", "/a/b", "robot.tar"),
            (r"C:\a\robot.glb", "robot.glb", "C:/a", "robot"),
            ("//server/share/x.obj", "x.obj", "//server/share", "x"),
            ("/", "/", "/", "/"),
            ("/a/", "a", "/a", "a"),
            ("a/b/../c", "c", "a", "c"),
        ] {
            assert_eq!((basename(path).as_str(), dirname(path).as_str()), (base, dir), "{path}");
            assert_eq!(stem(path), bare, "{path}");
        }
    }

    #[test]
    fn joining_cleans() {
        for (parts, expect) in [
            (&["a", "b"][..], "a/b"),
            (&["a/../b", "c"], "b/c"),
            (&["/a//", "", "b"], "/a/b"),
            (&["..", "a"], "../a"),
            (&["/..", "a"], "/a"),
            (&[r"S:\x", "y"], "S:/x/y"),
            (&["", ""], ""),
            (&["{jobs}/kiln-results", "id"], "{jobs}/kiln-results/id"),
        ] {
            let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(join(&parts), expect);
        }
    }
}
