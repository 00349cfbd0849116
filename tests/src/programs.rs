use std::path::PathBuf;
use std::process::{Command, Output};

/// A program of the workspace as `cargo xtask test` built it, beside this test's own file.
///
/// # Panics
/// When it was not built.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    let path = test.ancestors().nth(2).expect("target/debug/deps/e2e").join(name);
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is missing; `cargo xtask test` builds it", path.display());
    path
}

/// The command, quiet about anything outside its arguments.
pub fn kiln() -> Command {
    let mut command = Command::new(program("kiln"));
    command.env_remove("KILN_HOME").env_remove("KILN_LOG").stdin(std::process::Stdio::null());
    command
}

/// What a finished program left.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Finished {
    /// # Panics
    /// When the program cannot be started.
    pub fn of(command: &mut Command) -> Self {
        command.output().expect("the program starts").into()
    }

    /// # Panics
    /// When the program did not exit with 0; tells what it said.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }
}
