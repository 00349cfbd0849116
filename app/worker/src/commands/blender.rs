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
    if is_frame_done {
        return Some(Event::Step);
    }
    missing(message).map(Event::Warning).or_else(|| samples(line).map(Event::Progress))
}

/// Blender renders on without its files: what it could not open comes out pink or is left out.
fn missing(message: &str) -> Option<String> {
    const SIGNS: [&str; 7] = [
        "unable to open",
        "cannot open file",
        "cannot read '",
        "cannot find image",
        "can't find image",
        "no image loaded",
        "lib: missing",
    ];
    let lower = message.to_lowercase();
    let is_image_gone = lower.contains("image") && lower.contains("does not exist");
    (is_image_gone || SIGNS.iter().any(|sign| lower.contains(sign))).then(|| message.trim().to_owned())
}

/// Cycles' `Fra:12 Mem:… | … | Sample 32/128`, or its tiles.
fn samples(line: &str) -> Option<String> {
    let (_, last) = line.rsplit_once("| ")?;
    let is_count = |text: &str| {
        let (done, all) = text.split_once('/')?;
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (number(done) && number(all)).then(|| format!("{done} of {all}"))
    };
    let mut words = last.split_whitespace();
    let what = match words.next()? {
        "Sample" => "sample",
        "Rendered" => "tile",
        _ => return None,
    };
    let count = is_count(words.next()?.trim_end_matches(','))?;
    let frame = line.trim_start().strip_prefix("Fra:").and_then(|rest| rest.split_whitespace().next());
    Some(frame.map_or_else(|| format!("{what} {count}"), |frame| format!("Frame {frame}: {what} {count}")))
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
    fn progress_within_a_frame_is_told() {
        let told = |line: &str| match meaning(line) {
            Some(Event::Progress(text)) => text,
            other => panic!("{line}: {other:?}"),
        };
        let line = "Fra:12 Mem:62.10M (Peak 63.0M) | Time:00:01.20 | Remaining:00:09.80 | Mem:1M, Peak:2M | Scene, ViewLayer | Sample 32/128";
        assert_eq!(told(line), "Frame 12: sample 32 of 128");
        assert_eq!(
            told("Fra:1 Mem:9M | Time:00:01.20 | Scene, View | Rendered 3/64 Tiles, Sample 4/9"),
            "Frame 1: tile 3 of 64"
        );
        assert_eq!(told("00:05.640  render           | Sample 1/16"), "sample 1 of 16");
        for line in ["Fra:1 | Sample x/3", "Sample 1/2", "Fra:1 Mem:1M | Time:00:00.1 | Updating Lights"] {
            assert_eq!(meaning(line), None, "{line}");
        }
    }

    #[test]
    fn missing_files_are_a_warning() {
        for line in [
            "Warning: Path '/tex/wood.png' not found, no image loaded",
            "Cannot read '/tex/wood.png': No such file or directory",
            "WARN (io): unable to open file /lib/props.blend",
            "00:01.100  render           | Image file '/tex/wood.png' does not exist.",
            "Warning: LIB: missing '/lib/props.blend'",
        ] {
            assert!(matches!(meaning(line), Some(Event::Warning(_))), "{line}");
        }
        assert_eq!(meaning("Read blend: /in/robot.blend"), None);
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
