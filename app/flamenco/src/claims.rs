//! Which task of a job makes which file, told from the tasks' commands.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::frames;
use crate::wire::{Command, TaskStatus};

/// What the tasks of one job make in its results folder, and how far they are.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// Files and folders that a command names, below the job's folder.
    by_path: HashMap<String, Claim>,
    /// Frames, by their paths without extension, which nobody tells.
    by_stem: HashMap<String, (u32, Claim)>,
}

#[derive(Clone, Debug)]
struct Claim {
    is_completed: bool,
    task_id: String,
}

/// As much of a task as tells what it makes.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    pub id: &'a str,
    pub status: TaskStatus,
    pub steps_completed: i64,
    pub commands: &'a [Command],
}

impl Claims {
    /// `below` gives the place of a command's path in the job's folder, variables replaced; `None` for
    /// what lies elsewhere or is no path.
    pub fn add(&mut self, task: &Maker<'_>, below: impl Fn(&str) -> Option<String>) {
        let is_completed = task.status == TaskStatus::Completed;
        let claim = Claim { is_completed, task_id: task.id.to_owned() };
        for text in task.commands.iter().flat_map(|it| it.parameters.values()).flat_map(texts) {
            if let Some(path) = below(text) {
                self.by_path.insert(path, claim.clone());
            }
        }
        for files in task.commands.iter().filter_map(FrameFiles::of) {
            for (i, (frame, stem)) in (0..).zip(files.stems) {
                // Frames are rendered in order, and each one that is saved is a step.
                let is_completed = is_completed || i < task.steps_completed;
                if let Some(stem) = below(&stem) {
                    self.by_stem.insert(stem, (frame, Claim { is_completed, ..claim.clone() }));
                }
            }
        }
    }

    /// The task that makes the file at `path`; `None` where no task says so.
    pub fn task_of(&self, path: &str) -> Option<&str> {
        Some(&self.claim(path)?.task_id)
    }

    /// Whether the file at `path` is complete as far as its task goes; `None` where none claims it.
    pub fn is_complete(&self, path: &str) -> Option<bool> {
        Some(self.claim(path)?.is_completed)
    }

    /// Frames that completed tasks should have left and that are not among `files`, ascending.
    pub fn missing_frames<'a>(&self, files: impl IntoIterator<Item = &'a str>) -> Vec<u32> {
        let here: HashSet<&str> = files.into_iter().filter_map(stem_of).collect();
        let is_lost = |(stem, (_, claim)): &(&String, &(u32, Claim))| {
            claim.is_completed && !here.contains(stem.as_str())
        };
        let mut lost: Vec<u32> = self.by_stem.iter().filter(is_lost).map(|(_, (frame, _))| *frame).collect();
        lost.sort_unstable();
        lost.dedup();
        lost
    }

    /// Every file or folder that a command names, in order; and every frame, in order of its number,
    /// without the extension.
    pub fn into_names(self) -> (Vec<String>, Vec<String>) {
        let mut paths: Vec<String> = self.by_path.into_keys().collect();
        paths.sort_unstable();
        let mut frames: Vec<(u32, String)> =
            self.by_stem.into_iter().map(|(stem, (frame, _))| (frame, stem)).collect();
        frames.sort_unstable();
        (paths, frames.into_iter().map(|(_, stem)| stem).collect())
    }

    fn claim(&self, path: &str) -> Option<&Claim> {
        let ends = std::iter::once(path.len()).chain(path.rmatch_indices('/').map(|(end, _)| end));
        let named = ends.filter_map(|end| self.by_path.get(path.get(..end)?)).next();
        named.or_else(|| Some(&self.by_stem.get(stem_of(path)?)?.1))
    }
}

/// Without the extension; `None` where there is none.
fn stem_of(path: &str) -> Option<&str> {
    let (stem, extension) = path.rsplit_once('.')?;
    (!extension.contains('/')).then_some(stem)
}

/// The pictures that a command of Blender's writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameFiles {
    /// Of each frame: number, and path without the extension, which Blender chooses by the format.
    pub stems: Vec<(u32, String)>,
}

impl FrameFiles {
    /// From `--render-output PATH/###### … --render-frame 1..3,5`.
    pub fn of(command: &Command) -> Option<Self> {
        let args = command.parameters.get("args")?.as_array()?;
        let after = |names: [&str; 2]| {
            let at = args.iter().position(|it| it.as_str().is_some_and(|it| names.contains(&it)))?;
            args.get(at + 1).and_then(Value::as_str)
        };
        let pattern = after(["--render-output", "-o"])?;
        let frames = frames::parse(after(["--render-frame", "-f"])?).ok()?;
        let stems = frames.into_iter().map(|frame| (frame, stem(pattern, frame))).collect();
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

/// A parameter's string, or the strings of its list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn command(name: &str, parameters: Value) -> Command {
        serde_json::from_value(json!({ "name": name, "parameters": parameters })).unwrap()
    }

    fn below(path: &str) -> Option<String> {
        path.strip_prefix("/out/").map(str::to_owned)
    }

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

    #[test]
    fn frames_are_complete_one_by_one() {
        let args = json!({ "args": ["--render-output", "/out/f_####", "--render-frame", "1..3,7"] });
        let commands = [command("blender-render", args)];
        let maker = Maker { id: "t", status: TaskStatus::Active, steps_completed: 2, commands: &commands };
        let mut claims = Claims::default();
        claims.add(&maker, below);
        let complete = |path: &str| claims.is_complete(path);
        assert_eq!([complete("f_0001.png"), complete("f_0002.png")], [Some(true); 2]);
        assert_eq!([complete("f_0003.png"), complete("f_0007.exr")], [Some(false); 2]);
        assert_eq!([complete("f_0004.png"), complete("g_0001.png"), complete("f_0001.a/b")], [None; 3]);
        assert_eq!(claims.missing_frames(["f_0001.png"]), [2]);
        assert_eq!(claims.task_of("f_0007.png"), Some("t"));
    }

    #[test]
    fn what_a_command_names_is_its_tasks() {
        let commands = [command("exec", json!({ "exe": "{kiln}", "args": ["/out/chair", "/out/a.glb"] }))];
        let maker = Maker { id: "t", status: TaskStatus::Completed, steps_completed: 1, commands: &commands };
        let mut claims = Claims::default();
        claims.add(&maker, below);
        assert_eq!(claims.is_complete("chair/lit.png"), Some(true));
        assert_eq!(claims.is_complete("a.glb"), Some(true));
        assert_eq!(claims.is_complete("b.glb"), None);
    }
}
