use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// What the command line asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Models and folders to open.
    pub paths: Vec<PathBuf>,
    /// Where each frame's cost is written, one line of CSV each.
    pub frame_log: Option<PathBuf>,
    /// What a window left that lost its graphics device; this one takes its place.
    pub rescue: Option<PathBuf>,
}

/// What to say instead of opening the window.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Text(String),
    WrongUsage(String),
}

const USAGE: &str = "Usage: kiln-studio [--frame-log FILE] [MODEL or FOLDER …]";

impl Arguments {
    /// # Errors
    /// When the program is to say something and end.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, Answer> {
        let mut arguments = Self::default();
        let mut words = words.into_iter();
        let mut only_paths = false;
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--") if !only_paths => only_paths = true,
                Some("--help" | "-h") if !only_paths => return Err(Answer::Text(USAGE.into())),
                Some("--version" | "-V") if !only_paths => {
                    return Err(Answer::Text(format!("kiln-studio {}", env!("CARGO_PKG_VERSION"))));
                }
                Some("--frame-log") if !only_paths => {
                    let file =
                        words.next().ok_or_else(|| Answer::WrongUsage("--frame-log needs a file".into()))?;
                    arguments.frame_log = Some(file.into());
                }
                Some("--rescue") if !only_paths => arguments.rescue = words.next().map(PathBuf::from),
                Some(option) if !only_paths && option.starts_with("--") => {
                    return Err(Answer::WrongUsage(format!("there is no option {option}")));
                }
                _ => arguments.paths.push(word.into()),
            }
        }
        Ok(arguments)
    }

    /// Variables to set before the first thread: Mesa's shader cache goes into our cache folder,
    /// unless somebody has chosen a place already.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = Vec::new();
        if std::env::var_os("MESA_SHADER_CACHE_DIR").is_none()
            && let Ok(home) = farm::Home::find()
        {
            let folder = home.cache().join("shaders");
            // Without the folder Mesa keeps no cache, which is slower and nothing worse.
            if std::fs::create_dir_all(&folder).is_ok() {
                variables.push(("MESA_SHADER_CACHE_DIR", folder.into_os_string()));
            }
        }
        variables
    }
}

impl Answer {
    pub fn print(&self) -> ExitCode {
        match self {
            Self::Text(text) => {
                println!("{text}");
                ExitCode::SUCCESS
            }
            Self::WrongUsage(what) => {
                eprintln!("{what}\n{USAGE}");
                ExitCode::from(2)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, Answer> {
        Arguments::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn paths_and_options() {
        let arguments = parse(&["a.glb", "--frame-log", "f.csv", "--", "--odd.obj"]).unwrap();
        assert_eq!(arguments.paths, [PathBuf::from("a.glb"), PathBuf::from("--odd.obj")]);
        assert_eq!(arguments.frame_log, Some(PathBuf::from("f.csv")));
        assert!(matches!(parse(&["--frame-log"]), Err(Answer::WrongUsage(_))));
        assert!(matches!(parse(&["--nonsense"]), Err(Answer::WrongUsage(_))));
    }
}
