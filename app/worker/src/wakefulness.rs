use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Holds off the sleep that a machine falls into when nobody touches it.
///
/// A small program of the system's does that for as long as its standard input stays open; so it ends
/// with the Worker too, however that ends. Where there is none, or it has no say, the machine sleeps as
/// it likes.
pub(crate) struct Wakefulness {
    /// Program and arguments; empty: off.
    command: &'static [&'static str],
    holding: Mutex<Option<Child>>,
}

/// A lock of logind's that blocks idle sleep alone: people and lids still send the machine to sleep.
#[cfg(target_os = "linux")]
const COMMAND: &[&str] =
    &["systemd-inhibit", "--what=idle", "--mode=block", "--who=Kiln", "--why=A task of the farm runs", "cat"];

#[cfg(target_os = "macos")]
const COMMAND: &[&str] = &["caffeinate", "-i", "cat"];

/// `ES_CONTINUOUS | ES_SYSTEM_REQUIRED`, for as long as the thread that asks lives.
#[cfg(windows)]
const COMMAND: &[&str] = &[
    "powershell",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "$k = Add-Type -PassThru -Name Power -Namespace Kiln -MemberDefinition \
     '[DllImport(\"kernel32.dll\")] public static extern uint SetThreadExecutionState(uint flags);'; \
     $null = $k::SetThreadExecutionState(2147483649); $null = [Console]::In.ReadToEnd()",
];

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
const COMMAND: &[&str] = &[];

/// Whoever does not end by itself then is made to.
const END_LIMIT: Duration = Duration::from_secs(5);

impl Wakefulness {
    pub(crate) fn new(is_on: bool) -> Self {
        Self::by(if is_on { COMMAND } else { &[] })
    }

    fn by(command: &'static [&'static str]) -> Self {
        Self { command, holding: Mutex::default() }
    }

    /// From now on; again is fine.
    pub(crate) fn hold(&self) {
        let mut holding = self.holding.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((program, arguments)) = self.command.split_first() else { return };
        if holding.is_some() {
            return;
        }
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.kill_on_drop(true).spawn() {
            Ok(child) => *holding = Some(child),
            Err(error) => tracing::debug!("idle sleep cannot be held off ({error}): {program}"),
        }
    }

    /// Until [`Self::hold`] is called again.
    pub(crate) fn release(&self) {
        let held = self.holding.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = held {
            drop(child.stdin.take());
            tokio::spawn(async move {
                // Dropped afterwards, it is killed if it must be.
                let _ = timeout(END_LIMIT, child.wait()).await;
            });
        }
    }

    #[cfg(test)]
    fn pid(&self) -> Option<u32> {
        self.holding.lock().unwrap().as_ref().and_then(Child::id)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_program_holds_off_sleep_as_long_as_it_is_asked_to() {
        let awake = Wakefulness::by(&["cat"]);
        awake.hold();
        let first = awake.pid().unwrap();
        awake.hold();
        assert_eq!(awake.pid(), Some(first));
        let is_alive = || nix::sys::signal::kill(nix::unistd::Pid::from_raw(first.try_into().unwrap()), None);
        assert!(is_alive().is_ok());
        awake.release();
        assert_eq!(awake.pid(), None);
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        let gone = async {
            while is_alive().is_ok() {
                looks.tick().await;
            }
        };
        timeout(Duration::from_secs(60), gone).await.unwrap();
        awake.hold();
        assert!(awake.pid().is_some_and(|pid| pid != first));
    }

    #[tokio::test]
    async fn without_such_a_program_or_with_the_switch_off_nothing_happens() {
        for awake in [Wakefulness::by(&["no-such-program-anywhere"]), Wakefulness::new(false)] {
            awake.hold();
            assert_eq!(awake.pid(), None);
            awake.release();
        }
    }
}
