//! What a task may ask of this machine: one file per kind of command.

mod blender;
mod error;
mod files;
mod frames_to_video;
mod lines;
mod misc;
mod params;
mod program;
mod run_mark;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

pub(crate) use error::CommandError;
pub(crate) use params::Params;
pub(crate) use run_mark::RunMarks;

use crate::stop::Stop;

/// What a running command tells, in the order in which it happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// One line of the task's log, without its line end.
    Log(String),
    /// One more step of the task is done.
    Step,
    /// This many steps of the task are done, counted from its start.
    Reached(i64),
    /// A picture was written to this path.
    Saved(PathBuf),
    /// How far the step at hand is, in words.
    Progress(String),
    /// The work goes on, but its result is not what the artist wants.
    Warning(String),
}

/// Handed to every command: where it reports to, and how it learns that it must end.
#[derive(Clone)]
pub(crate) struct CommandContext {
    pub events: mpsc::Sender<Event>,
    pub stop: Stop,
    pub marks: RunMarks,
    /// Exists, and goes when the task ends.
    pub scratch: PathBuf,
    /// A program that neither prints nor uses a processor for so long hangs.
    pub patience: Duration,
}

/// Long enough for a network drive to come back.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15 * 60);

impl CommandContext {
    pub(crate) async fn log(&self, line: impl Into<String>) {
        self.tell(Event::Log(line.into())).await;
    }

    pub(crate) async fn tell(&self, event: Event) {
        // The listener outlives the command; if it is gone, so is the interest in the event.
        let _ = self.events.send(event).await;
    }
}

/// Runs one command to its end. Names and parameters are those of the stock Worker.
///
/// # Errors
/// An unknown name, a parameter that is missing or of the wrong kind, whatever the command itself
/// meets, and [`CommandError::Stopped`] once the context says stop.
pub(crate) async fn run(name: &str, params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    match name {
        "echo" => misc::echo(params, cx).await,
        "sleep" => misc::sleep(params, cx).await,
        "exec" => misc::exec(params, cx).await,
        "blender-render" => blender::render(params, cx).await,
        "frames-to-video" => frames_to_video::run(params, cx).await,
        "make-directory" => files::make_directory(params, cx).await,
        "move-directory" => files::move_directory(params, cx).await,
        "copy-file" => files::copy_file(params, cx).await,
        _ => Err(CommandError::Unknown(name.into())),
    }
}

#[cfg(test)]
mod tests;
