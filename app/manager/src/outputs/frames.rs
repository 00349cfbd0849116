use flamenco::wire::Command;
use serde_json::Value;

use crate::job_types::frames_of_range;

/// The pictures that a command of Blender's writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FrameFiles {
    /// Of each frame: number, and path without the extension, which Blender chooses by the format.
    pub stems: Vec<(u32, String)>,
}

impl FrameFiles {
    /// From `--render-output PATH/###### … --render-frame 1..3,5`.
    pub(super) fn of(command: &Command, expand: &impl Fn(&str) -> String) -> Option<Self> {
        let args = command.parameters.get("args")?.as_array()?;
        let after = |names: [&str; 2]| {
            let at = args.iter().position(|it| it.as_str().is_some_and(|it| names.contains(&it)))?;
            args.get(at + 1).and_then(Value::as_str)
        };
        let pattern = expand(after(["--render-output", "-o"])?);
        let frames = frames_of_range(after(["--render-frame", "-f"])?)?;
        let stems = frames.into_iter().map(|frame| (frame, stem(&pattern, frame))).collect();
        Some(Self { stems })
    }
}

/// The last run of `#` in the name holds the number; a name without any gets four digits at its end.
fn stem(pattern: &str, frame: u32) -> String {
    let name_at = pattern.rfind(['/', '\\']).map_or(0, |slash| slash + 1);
    match pattern[name_at..].rfind('#') {
        None => format!("{pattern}{frame:04}"),
        Some(last) => {
            let (head, tail) = pattern.split_at(name_at + last + 1);
            let before = head.trim_end_matches('#');
            let width = head.len() - before.len();
            format!("{before}{frame:0width$}{tail}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_named_as_blender_names_them() {
        for (pattern, frame, expect) in [
            ("/out/######", 7, "/out/000007"),
            ("/out/shot-", 7, "/out/shot-0007"),
            ("/out##/a_##_####.v2", 123, "/out##/a_##_0123.v2"),
            ("/out/#", 1234, "/out/1234"),
            ("/ö/ü####", 1, "/ö/ü0001"),
            ("/out/", 1, "/out/0001"),
        ] {
            assert_eq!(stem(pattern, frame), expect, "{pattern}");
        }
    }
}
