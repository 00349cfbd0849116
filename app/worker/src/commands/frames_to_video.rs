use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::files::{file_error, off_the_runtime};
use super::params::short_number;
use super::program::Program;
use super::{CommandContext, CommandError, Event, Params};

/// Joins pictures into a film with ffmpeg. Its Windows builds know no globs: they get a list.
pub(super) async fn run(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    let film = Film::read(params)?;
    if cfg!(not(windows)) {
        let input = ["-pattern_type", "glob", "-i"].map(str::to_owned).into_iter();
        return film.program(input.chain([film.input_glob.clone()])).run(cx, nothing).await;
    }
    let (glob, fps) = (film.input_glob.clone(), film.fps);
    let index = off_the_runtime(move || write_index(&glob, fps)).await?;
    let input = ["-f", "concat", "-safe", "0", "-i"].map(str::to_owned).into_iter();
    let result = film.program(input.chain([index.display().to_string()])).run(cx, nothing).await;
    // A list left beside the frames does no harm.
    let _ = fs::remove_file(&index);
    result
}

struct Film {
    exe: String,
    before_input: Vec<String>,
    fps: f64,
    input_glob: String,
    after_input: Vec<String>,
    output_file: String,
}

impl Film {
    fn read(params: &Params) -> Result<Self, CommandError> {
        let fps = params.number("fps")?;
        if fps <= 0.0 {
            return Err(CommandError::Parameter { name: "fps", problem: "must be more than 0".into() });
        }
        let mut before_input = params.words("exeArgs")?;
        before_input.extend(params.list("argsBefore")?);
        Ok(Self {
            exe: with_tools(params.non_empty("exe")?),
            before_input,
            fps,
            input_glob: params.non_empty("inputGlob")?.into(),
            after_input: params.list("args")?,
            output_file: params.non_empty("outputFile")?.into(),
        })
    }

    fn program(&self, input: impl Iterator<Item = String>) -> Program {
        let rate = ["-r".to_owned(), short_number(self.fps)];
        // The list carries a duration for each frame; only the glob needs the rate in front.
        let input_rate = if cfg!(windows) { None } else { Some(rate.clone()) };
        let args = self.before_input.iter().cloned();
        let args = args.chain(input_rate.into_iter().flatten()).chain(input);
        let args = args.chain(self.after_input.iter().cloned()).chain(rate);
        Program { exe: self.exe.clone(), args: args.chain([self.output_file.clone()]).collect() }
    }
}

fn nothing(_line: &str) -> Option<Event> {
    None
}

/// A bare `ffmpeg` is looked for in `tools` beside this program before the PATH.
fn with_tools(exe: &str) -> String {
    if Path::new(exe).components().count() > 1 {
        return exe.into();
    }
    let tool = std::env::current_exe().ok().and_then(|program| {
        let name = format!("{}{}", exe.trim_end_matches(".exe"), std::env::consts::EXE_SUFFIX);
        Some(program.parent()?.join("tools").join(name))
    });
    tool.filter(|tool| tool.is_file()).map_or_else(|| exe.into(), |tool| tool.display().to_string())
}

/// A list in ffmpeg's concat format beside the frames, in order of their names.
fn write_index(glob: &str, fps: f64) -> Result<PathBuf, CommandError> {
    let glob = Path::new(glob);
    let folder = glob.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let pattern = glob.file_name().unwrap_or_default().to_string_lossy();
    let entries = fs::read_dir(folder).map_err(file_error("the frames' folder cannot be read", folder))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| matches(pattern.as_bytes(), name.as_bytes())).collect();
    if names.is_empty() {
        return Err(CommandError::Refused { what: "no frames are found there", path: glob.into() });
    }
    names.sort_unstable();
    let line = |name: &String| {
        format!("file '{}'\nduration {}\n", name.replace('\'', r"'\''"), short_number(1.0 / fps))
    };
    let index = folder.join(format!("kiln-frames-{}.txt", Uuid::new_v4().simple()));
    let text: String = names.iter().map(line).collect();
    fs::write(&index, text).map_err(file_error("the list of frames cannot be written", &index))?;
    Ok(index)
}

/// `*` is any run of characters, `?` any one. Linear in the product of the lengths.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at_pattern, mut at_name) = (0, 0);
    let mut last_star = None;
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                last_star = Some((at_pattern, at_name));
                at_pattern += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == name[at_name] => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((star, start)) = last_star else { return false };
                last_star = Some((star, start + 1));
                (at_pattern, at_name) = (star + 1, start + 1);
            }
        }
    }
    pattern[at_pattern..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_a_shell() {
        for (pattern, name) in
            [("*.png", "0001.png"), ("a*b*c", "axxbyybzc"), ("f-??.exr", "f-07.exr"), ("*", "")]
        {
            assert!(matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
        for (pattern, name) in [("*.png", "0001.png.part"), ("f-?.exr", "f-07.exr"), ("", "a")] {
            assert!(!matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
    }

    #[test]
    fn the_list_names_frames_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2.png", "1.png", "it's.png", "notes.txt"] {
            fs::write(folder.path().join(name), []).unwrap();
        }
        let index = write_index(folder.path().join("*.png").to_str().unwrap(), 25.0).unwrap();
        let lines: Vec<String> = fs::read_to_string(&index).unwrap().lines().map(str::to_owned).collect();
        let expected = [
            "file '1.png'",
            "duration 0.04",
            "file '2.png'",
            "duration 0.04",
            r"file 'it'\''s.png'",
            "duration 0.04",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    #[cfg(not(windows))]
    fn arguments_stand_in_ffmpegs_order() {
        let value = serde_json::json!({
            "exe": "/opt/ffmpeg", "exeArgs": "-hide_banner", "fps": 24.0, "inputGlob": "/o/*.png",
            "outputFile": "/o/a.mp4", "argsBefore": ["-y"], "args": ["-c:v", "libx264"],
        });
        let film = Film::read(&Params::new(value.as_object().unwrap().clone())).unwrap();
        let program = film.program(["-i".to_owned(), film.input_glob.clone()].into_iter());
        let expected =
            ["-hide_banner", "-y", "-r", "24", "-i", "/o/*.png", "-c:v", "libx264", "-r", "24", "/o/a.mp4"];
        assert_eq!(program.args, expected);
    }
}
