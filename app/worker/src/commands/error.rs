use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a command did not do its work. The words go to the task's log and activity on the Manager.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// It was told to stop; nothing is reported for it.
    #[error("stopped")]
    Stopped,
    #[error("unknown command: \"{0}\"")]
    Unknown(String),
    #[error("parameter \"{name}\" {problem}")]
    Parameter { name: &'static str, problem: String },
    #[error(
        "the program was not found on this Worker. Install it here, or correct its path in the \
         Manager's variables or the job: {exe}"
    )]
    NoProgram { exe: String },
    #[error("the program cannot be started ({source}): {exe}")]
    Start { exe: String, source: io::Error },
    #[error("command exited abnormally with code {0}")]
    Exit(i32),
    #[error("command was ended by signal {signal}{}", hint_of_signal(*.signal))]
    Signal { signal: i32 },
    #[error(
        "the program printed nothing and used no processor for {} minutes, and was ended. Something in \
         it may wait for an answer that nobody gives, such as an add-on of Blender's",
        .patience.as_secs() / 60
    )]
    Hung { patience: Duration },
    #[error("{what} ({source}): {}", .path.display())]
    File { what: &'static str, source: io::Error, path: PathBuf },
    #[error("{what}: {}", .path.display())]
    Refused { what: &'static str, path: PathBuf },
    #[error("the machine refuses to run programs ({0})")]
    Machine(#[from] io::Error),
}

fn hint_of_signal(signal: i32) -> &'static str {
    match signal {
        6 | 11 => " (the program crashed)",
        9 => " (often: the machine ran out of memory)",
        _ => "",
    }
}
