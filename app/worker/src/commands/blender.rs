use std::path::PathBuf;

use super::program::Program;
use super::{CommandContext, CommandError, Event, Params};

pub(super) async fn render(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    program(params)?.run(cx, meaning).await
}

/// `exe exeArgs argsBefore blendfile args`; an empty blend file is left out.
fn program(params: &Params) -> Result<Program, CommandError> {
    let blendfile = params.text("blendfile")?;
    let mut args = params.words("exeArgs")?;
    args.extend(params.list("argsBefore")?);
    args.extend((!blendfile.is_empty()).then(|| blendfile.to_owned()));
    args.extend(params.list("args")?);
    Ok(Program { exe: params.non_empty("exe")?.into(), args })
}

/// What Blender says about frames: at the start of a line up to 4.5, behind `… render | ` since 5.0.
fn meaning(line: &str) -> Option<Event> {
    let message = match line.split_once("| ") {
        Some((head, message)) if head.trim_end().ends_with("render") => message,
        _ => line,
    };
    if let Some(path) = message.strip_prefix("Saved: ") {
        let path = path.trim().trim_matches('\'');
        return (!path.is_empty()).then(|| Event::Saved(PathBuf::from(path)));
    }
    let is_frame_done = message.strip_prefix("Time: ").is_some_and(is_duration)
        || message.starts_with("Skipping existing frame")
        || message.starts_with("skipping existing frame");
    is_frame_done.then_some(Event::Step)
}

/// `00:02.31` or `01:10:02.31`, with `(Saving: …)` behind it in older versions.
fn is_duration(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn frames_are_counted_in_old_and_new_logs() {
        let steps = [
            "Time: 00:02.31 (Saving: 00:00.10)",
            "Time: 01:10:02.31",
            "Skipping existing frame \"/out/0001.png\"",
            "skipping existing frame \"/out/0001.png\"",
            "00:05.640  render           | Time: 00:02.31",
        ];
        for line in steps {
            assert_eq!(meaning(line), Some(Event::Step), "{line}");
        }
        for line in ["Fra:1 Mem:12M | Time: 00:02.31", "Time: soon", "Blender quit", ""] {
            assert_eq!(meaning(line), None, "{line}");
        }
    }

    #[test]
    fn saved_pictures_are_found() {
        let saved = |path: &str| Some(Event::Saved(path.into()));
        assert_eq!(meaning("Saved: '/out/it's 0001.png'"), saved("/out/it's 0001.png"));
        assert_eq!(meaning("00:05.640  render           | Saved: '/o/1.jpg'"), saved("/o/1.jpg"));
        assert_eq!(meaning("Saved: ''"), None);
    }

    #[test]
    fn arguments_stand_in_blenders_order() {
        let value = json!({
            "exe": "blender", "exeArgs": "-b -y --python-expr 'a b'", "argsBefore": ["--scene", 3.0],
            "blendfile": "/in/a.blend", "args": ["--render-frame", "1..3", 23.976],
        });
        let params = Params::new(value.as_object().unwrap().clone());
        let program = program(&params).unwrap();
        let expected = [
            "-b",
            "-y",
            "--python-expr",
            "a b",
            "--scene",
            "3",
            "/in/a.blend",
            "--render-frame",
            "1..3",
            "23.976",
        ];
        assert_eq!(program.args, expected);
    }
}
