use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::farm_json::FarmLock;
use crate::home::HOME_VARIABLE;
use crate::{Farm, FarmError, Home};

/// A cold start on a slow disk, with a database to recover.
const START_LIMIT: Duration = Duration::from_secs(30);
const LOOK_PERIOD: Duration = Duration::from_millis(50);
/// A farm that ends at once has lost the race to another one, which needs this long to answer.
const RACE_LIMIT: Duration = Duration::from_secs(5);

/// Where the program `kiln` lies: beside the running one.
///
/// # Errors
/// When it is not there.
pub fn kiln_program() -> Result<PathBuf, FarmError> {
    let name = format!("kiln{}", std::env::consts::EXE_SUFFIX);
    let running = std::env::current_exe().and_then(std::fs::canonicalize);
    let wrong =
        |source| FarmError::File { what: "this program cannot find itself", path: PathBuf::new(), source };
    let running = running.map_err(wrong)?;
    let mut folder = running.parent().map(PathBuf::from).unwrap_or_default();
    // Cargo puts test programs one folder below the others.
    if folder.file_name().is_some_and(|name| name == "deps") {
        folder.pop();
    }
    let program = folder.join(name);
    if program.is_file() { Ok(program) } else { Err(FarmError::NoProgram { folder }) }
}

/// Starts `kiln farm` on its own and waits until it answers. Several calls at once start one.
pub(crate) async fn start(home: &Home) -> Result<Farm, FarmError> {
    static TURN: Mutex<()> = Mutex::const_new(());
    let _turn = TURN.lock().await;
    if let Some(farm) = Farm::running(home).await? {
        return Ok(farm);
    }
    let log = home.farm_dir().join("farm.log");
    // A farm that is just starting holds the lock and does not answer yet.
    let mut child = match FarmLock::try_acquire(home)? {
        Some(free) => {
            drop(free);
            Some(spawn(home)?)
        }
        None => None,
    };
    let mut deadline = Instant::now() + START_LIMIT;
    let mut cause = String::from("it does not answer");
    loop {
        if let Some(farm) = Farm::running(home).await? {
            return Ok(farm);
        }
        if let Some(ended) = child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
            cause = format!("it ended at once ({ended})");
            deadline = deadline.min(Instant::now() + RACE_LIMIT);
            child = None;
        }
        if Instant::now() >= deadline {
            return Err(FarmError::NotStarted { cause, log });
        }
        tokio::time::sleep(LOOK_PERIOD).await;
    }
}

/// A farm that starts on a longer log begins a new one and keeps the last.
const MOST_LOG_BYTES: u64 = 8 << 20;

fn spawn(home: &Home) -> Result<Child, FarmError> {
    let program = kiln_program()?;
    let log = home.farm_dir().join("farm.log");
    let wrong = |error| FarmError::file("the farm's log cannot be written", &log)(error);
    std::fs::create_dir_all(home.farm_dir()).map_err(wrong)?;
    if log.metadata().is_ok_and(|it| it.len() > MOST_LOG_BYTES) {
        // One that stays long is a nuisance, not an error.
        let _ = std::fs::rename(&log, log.with_extension("log.1"));
    }
    let out = OpenOptions::new().create(true).append(true).open(&log).map_err(wrong)?;
    let err = out.try_clone().map_err(wrong)?;
    let mut command = Command::new(&program);
    command.arg("farm").stdin(Stdio::null()).stdout(out).stderr(err).kill_on_drop(false);
    // The farm outlives whoever starts it, and must not hold that one's folder.
    command.current_dir(home.farm_dir());
    if let Some(root) = home.root() {
        command.env(HOME_VARIABLE, root);
    }
    detach(&mut command);
    command.spawn().map_err(FarmError::file("the farm cannot be started", &program))
}

/// Ctrl+C in the terminal of whoever starts the farm is not meant for the farm.
#[cfg(unix)]
fn detach(command: &mut Command) {
    command.process_group(0);
}

#[cfg(windows)]
fn detach(command: &mut Command) {
    const DETACHED_PROCESS: u32 = 0x0000_0008;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    command.creation_flags(DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
}
