use std::path::PathBuf;

/// Who the Worker is and whom it works for.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// `http://host:port/`, or just `host:port`.
    pub manager_url: String,
    /// The farm's own token; other Managers know none.
    pub token: Option<String>,
    /// Holds credentials, the queue of updates and marks of running programs. One Worker each.
    pub home: PathBuf,
    /// Shown to people.
    pub name: String,
    /// Which tasks it takes.
    pub task_types: Vec<String>,
    /// Shown to people.
    pub software_version: String,
    /// Whoever runs the Worker starts it again after [`crate::Exit::Restart`].
    pub can_restart: bool,
    /// While a task runs, the machine does not fall asleep because nobody touches it.
    pub holds_off_sleep: bool,
}

impl WorkerConfig {
    /// Takes every stock type of task, under this machine's name.
    pub fn new(manager_url: impl Into<String>, home: impl Into<PathBuf>) -> Self {
        Self {
            manager_url: manager_url.into(),
            token: None,
            home: home.into(),
            name: gethostname::gethostname().to_string_lossy().into_owned(),
            task_types: ["blender", "ffmpeg", "file-management", "misc"].map(str::to_owned).into(),
            software_version: format!("kiln {}", env!("CARGO_PKG_VERSION")),
            can_restart: false,
            holds_off_sleep: true,
        }
    }
}
