//! Flamenco's own programs, each in a folder of its own, on loopback only.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use flamenco::Client;
use flamenco::wire::{Job, JobStatus, SubmittedJob};
use manager::{Manager, ManagerConfig, StockClients};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::until;

/// The program or folder that the environment names.
pub(crate) fn named(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from).filter(|it| it.exists());
    if found.is_none() {
        println!("SKIPPED: {variable} names nothing");
    }
    found
}

pub(crate) struct TheirManager {
    pub folder: TempDir,
    pub client: Client,
    pub url: String,
    binary: PathBuf,
    child: Option<Child>,
}

impl TheirManager {
    /// `scripts` are job types of our own, by file name.
    pub(crate) async fn start(scripts: &[(&str, &str)]) -> Option<Self> {
        let program = named("KILN_FLAMENCO_MANAGER")?;
        let folder = tempfile::tempdir().unwrap();
        // Job types are looked for beside the binary; a link would be followed to its own place.
        let binary = folder.path().join("flamenco-manager");
        std::fs::copy(program, &binary).unwrap();
        for name in ["scripts", "store", "share"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        for (name, source) in scripts {
            std::fs::write(folder.path().join("scripts").join(name), source).unwrap();
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = folder.path().display();
        let config = format!(
            "_meta: {{version: 3}}\nmanager_name: Judge\ndatabase: {at}/farm.sqlite\ndatabase_check_period: 0s\n\
             listen: 127.0.0.1:{port}\nautodiscoverable: false\nlocal_manager_storage_path: {at}/store\n\
             shared_storage_path: {at}/share\nshaman: {{enabled: true}}\nvariables:\n\
             \x20 blender: {{values: [{{platform: all, value: {at}/blender.sh}}]}}\n\
             \x20 blenderArgs: {{values: [{{platform: all, value: -b -y}}]}}\n\
             \x20 kiln: {{values: [{{platform: all, value: {at}/kiln.sh}}]}}\n"
        );
        std::fs::write(folder.path().join("flamenco-manager.yaml"), config).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let client = Client::new(&url).unwrap();
        let mut manager = Self { folder, client, url, binary, child: None };
        manager.begin().await;
        Some(manager)
    }

    pub(crate) async fn begin(&mut self) {
        let mut command = Command::new(&self.binary);
        command.arg("-quiet").current_dir(self.folder.path()).stdin(Stdio::null());
        self.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until("their Manager answers", async || self.client.version().await.is_ok()).await;
    }

    pub(crate) fn end(&mut self) {
        if let Some(child) = self.child.take() {
            finish(child);
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for TheirManager {
    fn drop(&mut self) {
        self.end();
    }
}

pub(crate) struct TheirWorker {
    child: Option<Child>,
}

impl TheirWorker {
    /// Its credentials and log live in `home`.
    pub(crate) fn start(manager_url: &str, home: &Path) -> Option<Self> {
        let program = named("KILN_FLAMENCO_WORKER")?;
        std::fs::create_dir_all(home).unwrap();
        let log = std::fs::File::options().create(true).append(true).open(home.join("worker.log")).unwrap();
        let mut command = Command::new(program);
        command.args(["-debug", "-manager", &format!("{manager_url}/")]).current_dir(home);
        command.env("FLAMENCO_HOME", home).env("FLAMENCO_WORKER_NAME", "theirs").stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Some(Self { child: Some(child) })
    }

    pub(crate) fn end(&mut self) {
        if let Some(child) = self.child.take() {
            finish(child);
        }
    }

    /// Without a word to anybody.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }
}

impl Drop for TheirWorker {
    fn drop(&mut self) {
        self.end();
    }
}

/// A polite end, by the process's own number.
fn finish(mut child: Child) {
    let pid = i32::try_from(child.id()).unwrap();
    let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    let _ = child.wait();
}

pub(crate) struct OurManager {
    pub folder: TempDir,
    pub client: Client,
    pub url: String,
    _manager: Manager,
}

impl OurManager {
    /// Open to clients that send no token.
    pub(crate) async fn start(scripts: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let types = folder.path().join("types");
        std::fs::create_dir(&types).unwrap();
        for (name, source) in scripts {
            std::fs::write(types.join(name), source).unwrap();
        }
        let mut config = ManagerConfig::new(folder.path().join("farm"));
        config.stock_clients = StockClients::Allowed;
        config.job_types_dir = Some(types);
        config.variables.set("blender", folder.path().join("blender.sh").display().to_string());
        let manager = Manager::start(config).await.unwrap();
        let url = format!("http://{}", manager.local_addr());
        let client = Client::new(&url).unwrap();
        Self { folder, client, url, _manager: manager }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub(crate) fn wish(job_type: &str, settings: Value) -> SubmittedJob {
    SubmittedJob {
        name: "vase".into(),
        job_type: job_type.into(),
        priority: 50,
        submitter_platform: "manager".into(),
        settings: settings.as_object().unwrap().clone(),
        ..SubmittedJob::default()
    }
}

pub(crate) async fn submit(client: &Client, job_type: &str, settings: Value) -> Job {
    client.submit_job(&wish(job_type, settings)).await.unwrap()
}

pub(crate) async fn until_job(client: &Client, job: &str, status: JobStatus) {
    until(&format!("job {status}"), async || client.job(job).await.is_ok_and(|it| it.status == status)).await;
}

/// The log of the job's `n`th task, from 0.
pub(crate) async fn log(client: &Client, job: &str, n: usize) -> String {
    let tasks = client.tasks(job).await.unwrap();
    let Some(info) = client.task_log_info(&tasks[n].id).await.unwrap() else { return String::new() };
    String::from_utf8(client.task_log_from(&info, 0).await.unwrap().text).unwrap()
}

/// A job type whose only task runs a command of the caller's choice.
pub(crate) const ANY: (&str, &str) = (
    "any_command.js",
    r#"
const JOB_TYPE = { label: "Any command", settings: [
    { key: "name", type: "string", required: true },
    { key: "kind", type: "string", default: "misc" },
    { key: "parameters", type: "string", required: true },
    { key: "steps", type: "int32", default: 0 },
] };
function compileJob(job) {
    const task = author.Task("only", job.settings.kind || "misc");
    const parameters = JSON.parse(job.settings.parameters);
    task.addCommand(author.Command(job.settings.name, parameters, job.settings.steps || 0));
    job.addTask(task);
}
"#,
);

pub(crate) fn command(name: &str, parameters: Value) -> Value {
    serde_json::json!({ "name": name, "parameters": parameters.to_string() })
}
