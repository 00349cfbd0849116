//! What a farm would make of a submission, told before anything is sent.

use flamenco::kiln::{DryRun, PlannedTask};
use flamenco::{Claims, ClientError, Maker};

use crate::outbox::folder_of_results;
use crate::storage::below;
use crate::{Farm, FarmError, NewSubmission, Outbox};

/// The tasks of a job that is only thought of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rehearsal {
    pub tasks: Vec<RehearsedTask>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RehearsedTask {
    pub name: String,
    pub task_type: String,
    /// Places in the list of tasks.
    pub depends_on: Vec<usize>,
    /// What it writes into the job's results folder: files, and folders whose content the command
    /// alone decides; slashes, in the order in which they are made.
    pub writes: Vec<String>,
}

impl Outbox {
    /// Asks `farm` for the tasks that a submission would be made of; nothing is sent or kept. `None`:
    /// this Manager does not tell.
    ///
    /// # Errors
    /// As [`Outbox::check`].
    pub async fn rehearse(farm: &Farm, new: &NewSubmission) -> Result<Option<Rehearsal>, FarmError> {
        let job = Self::as_job(farm, new).await?;
        match farm.client().dry_run(&job).await {
            Ok(dry_run) => Ok(Some(Rehearsal::of(&dry_run))),
            Err(ClientError::Refused { status: 404 | 405, .. }) => Ok(None),
            Err(ClientError::Refused { status: 400, message }) => {
                Err(FarmError::Invalid(format!("the farm would not take the job: {message}")))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Rehearsal {
    fn of(dry_run: &DryRun) -> Self {
        let folder = folder_of_results(&dry_run.settings);
        let extension = dry_run.settings.get("image_file_extension").and_then(|it| it.as_str());
        let task = |task: &PlannedTask| RehearsedTask {
            name: task.name.clone(),
            task_type: task.task_type.clone(),
            depends_on: task.depends_on.clone(),
            writes: folder.as_deref().map(|it| writes(task, it, extension)).unwrap_or_default(),
        };
        Self { tasks: dry_run.tasks.iter().map(task).collect() }
    }
}

fn writes(task: &PlannedTask, folder: &str, extension: Option<&str>) -> Vec<String> {
    let mut claims = Claims::default();
    let status = flamenco::wire::TaskStatus::Queued;
    let maker = Maker { id: "", status, steps_completed: 0, commands: &task.commands };
    claims.add(&maker, |text| below(text, folder).filter(|it| !it.is_empty()));
    let (paths, stems) = claims.into_names();
    // A pattern is how other tasks' files are named.
    let named = paths.into_iter().filter(|path| !path.contains(['*', '#', '%']));
    let frames = stems.into_iter().map(|stem| format!("{stem}{}", extension.unwrap_or_default()));
    frames.chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_their_video_are_named_before_they_are_made() {
        let dry_run: DryRun = serde_json::from_value(serde_json::json!({
            "job_type": "simple-blender-render",
            "settings": {"render_output_path": "{jobs}/out/######", "image_file_extension": ".png"},
            "tasks": [
                {"name": "render-1,2", "task_type": "blender", "priority": 50, "steps": 2, "commands": [
                    {"name": "blender-render", "parameters": {"args": [
                        "--render-output", "{jobs}/out/######", "--render-frame", "1,2"]}}]},
                {"name": "preview-video", "task_type": "ffmpeg", "priority": 50, "steps": 1, "depends_on": [0],
                    "commands": [{"name": "frames-to-video", "parameters": {
                        "inputGlob": "{jobs}/out/*.png", "outputFile": "{jobs}/out/dance-1-2.mp4"}}]}
            ]
        }))
        .unwrap();
        let rehearsal = Rehearsal::of(&dry_run);
        let writes: Vec<_> = rehearsal.tasks.iter().map(|task| task.writes.as_slice()).collect();
        assert_eq!(writes, [&["000001.png".to_owned(), "000002.png".into()][..], &["dance-1-2.mp4".into()]]);
        assert_eq!(rehearsal.tasks[1].depends_on, [0]);
    }

    #[test]
    fn a_job_that_names_no_folder_has_no_files() {
        let dry_run: DryRun = serde_json::from_value(serde_json::json!({
            "job_type": "echo-sleep-test",
            "tasks": [{"name": "echo", "task_type": "misc", "priority": 50, "steps": 1, "commands": [
                {"name": "echo", "parameters": {"message": "hi"}}]}]
        }))
        .unwrap();
        assert!(Rehearsal::of(&dry_run).tasks[0].writes.is_empty());
    }
}
