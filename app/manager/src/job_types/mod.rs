//! Job types: JavaScript files that turn a submission into tasks. The built-in ones are part of the
//! program; a folder of the user's is read again on every request, so that editing is live.

mod compiled;
mod dry_run;
mod engine;
mod paths;
mod picture;
mod shell_words;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flamenco::wire::{JobType, SettingType};
use sha2::{Digest, Sha256};

pub use dry_run::{DryRunError, check_script};
pub use picture::task_graph_as_svg;

pub(crate) use compiled::{Compiled, CompiledTask};
pub(crate) use dry_run::planned;
pub(crate) use engine::{Draft, DraftStorage, ScriptError};
use engine::{Script, Scripts};

const BUILT_IN: &[(&str, &str)] = &[
    ("echo_sleep_test.js", include_str!("../../../../assets/job-types/echo_sleep_test.js")),
    ("kiln_convert.js", include_str!("../../../../assets/job-types/kiln_convert.js")),
    ("kiln_thumbnails.js", include_str!("../../../../assets/job-types/kiln_thumbnails.js")),
    ("simple_blender_render.js", include_str!("../../../../assets/job-types/simple_blender_render.js")),
];

/// Describing a job type takes milliseconds; one that loops must not hold up the list of all.
const DESCRIBE_LIMIT: Duration = Duration::from_secs(2);
const MIN_SCRIPT_BYTES: u64 = 8;
/// A script this long is data, and belongs into a file that a task reads.
const MAX_SCRIPT_BYTES: u64 = 4 << 20;

/// Where job types come from, and what they were when last looked at. Calls block: run them where
/// blocking is fine.
#[derive(Clone)]
pub(crate) struct JobTypes {
    folder: Option<PathBuf>,
    script_limit: Duration,
    described: Arc<Mutex<Described>>,
}

/// The list for one state of all scripts, good and broken: a broken one is run once, not on every
/// request.
#[derive(Default)]
struct Described {
    fingerprint: Vec<u8>,
    job_types: Vec<JobType>,
}

impl JobTypes {
    pub(crate) fn new(folder: Option<PathBuf>, script_limit: Duration) -> Self {
        Self { folder, script_limit, described: Arc::default() }
    }

    /// Every job type that works, by name. A broken one is logged and left out.
    pub(crate) fn list(&self) -> Vec<JobType> {
        let scripts = self.scripts();
        let fingerprint = fingerprint(&scripts);
        let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        if described.fingerprint != fingerprint {
            let job_types = scripts.iter().filter_map(|(name, script)| {
                describe(name, script, &scripts, self.script_limit.min(DESCRIBE_LIMIT))
                    .inspect_err(|error| tracing::warn!("{} is left out: {error}", script.file_name))
                    .ok()
            });
            *described = Described { fingerprint, job_types: job_types.collect() };
        }
        described.job_types.clone()
    }

    pub(crate) fn get(&self, name: &str) -> Option<JobType> {
        self.list().into_iter().find(|it| it.name == name)
    }

    /// Gives `deliver` what the job type's script makes of `draft`: or what the script threw, why it
    /// was stopped, or that there is none. What `deliver` says comes back a while later, when the
    /// script's memory is cleared away.
    pub(crate) fn compile<T>(
        &self,
        draft: &Draft,
        deliver: impl FnOnce(Result<Compiled, ScriptError>) -> T,
    ) -> T {
        let scripts = self.scripts();
        let Some(script) = scripts.get(&draft.job_type) else {
            return deliver(Err(ScriptError::Threw(format!("job type {:?} not found", draft.job_type))));
        };
        engine::compile(script, &scripts, draft, self.script_limit, deliver)
    }

    /// The built-in scripts and the user's, who wins where both have a name.
    fn scripts(&self) -> Scripts {
        let built_in = BUILT_IN
            .iter()
            .map(|(file_name, source)| Script { file_name: (*file_name).into(), source: (*source).into() });
        let own = self.folder.as_deref().map(scripts_in).unwrap_or_default();
        built_in.chain(own).map(|script| (type_name(&script.file_name), script)).collect()
    }
}

/// The distinct frames of `1-3,7` or `1..3,7`, ascending.
pub(crate) fn frames_of_range(range: &str) -> Option<Vec<u32>> {
    flamenco::frames::parse(range).ok()
}

fn type_name(file_name: &str) -> String {
    file_name.trim_end_matches(".js").replace('_', "-")
}

fn scripts_in(folder: &Path) -> Vec<Script> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            tracing::warn!("the job types folder cannot be read: {error}: {}", folder.display());
            return Vec::new();
        }
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().filter_map(|path| read_script(path)).collect()
}

fn read_script(path: &Path) -> Option<Script> {
    let file_name = path.file_name()?.to_str()?;
    let size = path.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    if !file_name.ends_with(".js") || file_name.starts_with('.') || size < MIN_SCRIPT_BYTES {
        return None;
    }
    if size > MAX_SCRIPT_BYTES {
        tracing::warn!("a job type of {size} bytes is left out: {}", path.display());
        return None;
    }
    match std::fs::read_to_string(path) {
        Ok(source) => Some(Script { file_name: file_name.into(), source }),
        Err(error) => {
            tracing::warn!("a job type cannot be read: {error}: {}", path.display());
            None
        }
    }
}

fn fingerprint(scripts: &Scripts) -> Vec<u8> {
    let mut hash = Sha256::new();
    for script in scripts.values() {
        for text in [&script.file_name, &script.source] {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
    }
    hash.finalize().to_vec()
}

fn describe(name: &str, script: &Script, scripts: &Scripts, limit: Duration) -> Result<JobType, ScriptError> {
    let no_job_type = |message: String| ScriptError::NoJob { message, file_name: script.file_name.clone() };
    let mut declared = engine::job_type(script, scripts, limit)?;
    let fields = declared.as_object_mut().ok_or_else(|| no_job_type("JOB_TYPE is no object".into()))?;
    fields.insert("name".into(), name.into());
    let etag = hex(&Sha256::digest(serde_json::Value::from(fields.clone()).to_string()));
    fields.insert("etag".into(), etag.into());
    let job_type: JobType =
        serde_json::from_value(declared).map_err(|error| no_job_type(format!("JOB_TYPE: {error}")))?;
    if job_type.label.is_empty() {
        return Err(no_job_type("JOB_TYPE has no label".into()));
    }
    let odd = job_type.settings.iter().find(|it| it.setting_type == SettingType::Unknown);
    match odd {
        Some(setting) => Err(no_job_type(format!(
            "setting {:?} needs one of the types string, int32, float, bool",
            setting.key
        ))),
        None => Ok(job_type),
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
