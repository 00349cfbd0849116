//! A job type tried out: what it would make of a submission, and nothing is submitted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flamenco::kiln::{DryRun, PlannedTask};
use flamenco::wire::{JobSetting, JobType, SettingType, Settings};
use serde_json::Value;

use super::{Compiled, Draft, DraftStorage, JobTypes, ScriptError, describe, read_script, type_name};
use crate::clock::Moment;

/// The least a script is given, and much more than one needs.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    #[error("that is no job type: a file named like shot_render.js with at least 8 bytes of text: {}", .0.display())]
    NoScript(PathBuf),
    /// The script's own words, with the line where there is one.
    #[error("{0}")]
    Script(String),
    #[error("the job type has no setting {name:?}; it has {known}")]
    UnknownSetting { name: String, known: String },
    #[error("the setting {name:?} is {wanted}, not {text:?}")]
    BadValue { name: String, wanted: String, text: String },
}

impl From<ScriptError> for DryRunError {
    fn from(error: ScriptError) -> Self {
        Self::Script(error.to_string())
    }
}

/// Runs the job type at `path` on settings written as text; the others have their defaults. Scripts
/// beside it can be `require`d.
///
/// # Errors
/// When the file is no job type, a setting is not one of its own, or what the script threw.
pub fn check_script(path: &Path, chosen: &[(String, String)]) -> Result<(JobType, DryRun), DryRunError> {
    let no_script = || DryRunError::NoScript(path.into());
    let path = std::path::absolute(path).map_err(|_| no_script())?;
    let script = read_script(&path).ok_or_else(no_script)?;
    let name = type_name(&script.file_name);
    let types = JobTypes::new(path.parent().map(Path::to_owned), LIMIT);
    let job_type = describe(&name, &script, &types.scripts(), LIMIT)?;
    let settings = settings_of(&job_type, chosen)?;
    let draft = Draft {
        job_id: "00000000-0000-4000-8000-000000000000".into(),
        name: "Dry run".into(),
        job_type: name,
        priority: 50,
        status: "under-construction".into(),
        created: Moment::now().wire(),
        settings,
        metadata: BTreeMap::new(),
        storage: DraftStorage { shaman_checkout_id: String::new() },
        worker_tag_uuid: String::new(),
    };
    let compiled = types.compile(&draft, std::convert::identity)?;
    Ok((job_type, planned(&draft.job_type, &compiled)))
}

/// Tasks with their dependencies as places in the list.
pub(crate) fn planned(job_type: &str, compiled: &Compiled) -> DryRun {
    let tasks = compiled.tasks.iter().map(|task| PlannedTask {
        name: task.name.clone(),
        task_type: task.task_type.clone(),
        priority: task.priority as i32,
        steps: task.commands.n_steps(),
        depends_on: task.dependencies.clone(),
        commands: task.commands.parse(),
    });
    DryRun { job_type: job_type.into(), settings: compiled.settings.clone(), tasks: tasks.collect() }
}

fn settings_of(job_type: &JobType, chosen: &[(String, String)]) -> Result<Settings, DryRunError> {
    let mut settings = Settings::new();
    for setting in &job_type.settings {
        if let Some(default) = &setting.default {
            settings.insert(setting.key.clone(), default.clone());
        }
    }
    for (name, text) in chosen {
        let Some(setting) = job_type.settings.iter().find(|it| it.key == *name) else {
            let known: Vec<&str> = job_type.settings.iter().map(|it| it.key.as_str()).collect();
            return Err(DryRunError::UnknownSetting { name: name.clone(), known: known.join(", ") });
        };
        settings.insert(name.clone(), value_of(setting, text)?);
    }
    Ok(settings)
}

fn value_of(setting: &JobSetting, text: &str) -> Result<Value, DryRunError> {
    let bad = |wanted: &str| DryRunError::BadValue {
        name: setting.key.clone(),
        wanted: wanted.into(),
        text: text.into(),
    };
    match setting.setting_type {
        SettingType::Int32 => text.parse::<i32>().map(Value::from).map_err(|_| bad("a whole number")),
        SettingType::Float => text.parse::<f64>().map(Value::from).map_err(|_| bad("a number")),
        SettingType::Bool => text.parse::<bool>().map(Value::from).map_err(|_| bad("true or false")),
        SettingType::String | SettingType::Unknown => match &setting.choices {
            Some(choices) if !choices.iter().any(|it| it == text) => {
                Err(bad(&format!("one of {}", choices.join(", "))))
            }
            _ => Ok(text.into()),
        },
    }
}
