//! Names that come from outside and become paths here.

/// The identity of a file: its SHA-256 and its size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Content {
    sha: String,
    size: u64,
}

/// Where a checkout lies below the jobs folder; slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckoutPath(String);

/// Where a file lies in its checkout; slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FilePath(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    #[error("a checksum is 64 lower-case hex digits, not {0:?}")]
    Checksum(String),
    #[error("a checkout path is relative and has none of ? * : ; {{ }} \\ and no . or .. in it: {0:?}")]
    Checkout(String),
    #[error("a file's path is relative, with slashes, without . and .. parts: {0:?}")]
    File(String),
}

/// What file systems take in one part of a path, and in all.
const MAX_PART_BYTES: usize = 255;
const MAX_PATH_BYTES: usize = 1024;

impl Content {
    pub(crate) fn parse(sha: &str, size: u64) -> Result<Self, NameError> {
        let is_hex = sha.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if sha.len() == 64 && is_hex {
            Ok(Self { sha: sha.into(), size })
        } else {
            Err(NameError::Checksum(sha.into()))
        }
    }

    pub(crate) fn sha(&self) -> &str {
        &self.sha
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

impl CheckoutPath {
    pub(crate) fn parse(path: &str) -> Result<Self, NameError> {
        let is_plain = !path.contains(['?', '*', ':', ';', '{', '}', '\\']);
        let is_hidden = path.starts_with('.');
        if is_plain && !is_hidden && is_relative(path) {
            Ok(Self(path.into()))
        } else {
            Err(NameError::Checkout(path.into()))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FilePath {
    pub(crate) fn parse(path: &str) -> Result<Self, NameError> {
        if is_relative(path) { Ok(Self(path.into())) } else { Err(NameError::File(path.into())) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `path` stays below the folder it is joined to, on every system.
fn is_relative(path: &str) -> bool {
    // On Windows a colon makes a drive or a hidden stream of it; elsewhere it is a letter like others.
    let has_drive = path.as_bytes().get(1) == Some(&b':') || cfg!(windows) && path.contains(':');
    path.len() <= MAX_PATH_BYTES && !has_drive && path.split('/').all(is_part)
}

fn is_part(part: &str) -> bool {
    let is_name = !matches!(part, "" | "." | "..") && part.len() <= MAX_PART_BYTES;
    // Windows drops trailing dots and spaces: `.. ` would be `..`.
    let is_stable = !cfg!(windows) || !part.ends_with(['.', ' ']);
    is_name && is_stable && !part.contains(|c: char| c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_lower_case_hex() {
        let good = "35b0491c27b0333d1fb45fc0789a12ca06b1d640d2569780b807de504d7029e0";
        assert!(Content::parse(good, 0).is_ok());
        for bad in
            ["", "35", &good[1..], &good.to_uppercase(), &good.replace('3', "g"), "../../../../etc/passwd"]
        {
            assert!(Content::parse(bad, 1).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_stay_below_their_folder() {
        for good in ["a.glb", "textures/Über größe.png", "a/b/c", "...", "a b", ".hidden/x"] {
            assert!(FilePath::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a/..",
            "a//b",
            "a/",
            "C:/x",
            "c:x",
            r"a\b",
            r"..\x",
            "a/./b",
            "a\0b",
            "a\nb",
        ] {
            assert!(FilePath::parse(bad).is_err(), "{bad:?}");
            assert!(CheckoutPath::parse(bad).is_err(), "{bad:?}");
        }
        assert!(FilePath::parse(&"x".repeat(256)).is_err());
        for bad in ["{jobs}", "a*", "what?", "a;b", ".building-x", ".."] {
            assert!(CheckoutPath::parse(bad).is_err(), "{bad}");
        }
        assert!(CheckoutPath::parse("project/robot-x7").is_ok());
    }
}
