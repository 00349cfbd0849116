mod long_log;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use long_log::LongLog;

/// How much of a log's end `logtail` shows.
const TAIL_BYTES: u64 = 2048;

/// What the Manager keeps about jobs outside its database: task logs and previews, one folder a
/// job, served under `/job-files`.
#[derive(Clone, Debug)]
pub(crate) struct JobFiles {
    root: PathBuf,
    /// A task's log longer than this keeps its head and its end; bytes.
    log_limit: u64,
}

impl JobFiles {
    pub(crate) fn new(root: PathBuf, log_limit: u64) -> Self {
        Self { root, log_limit }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Below the root, with slashes: `job-4a1c/4a1c…`.
    pub(crate) fn job_path(job_uuid: &str) -> String {
        format!("job-{}/{job_uuid}", job_uuid.get(..4).unwrap_or(job_uuid))
    }

    pub(crate) fn job_folder(&self, job_uuid: &str) -> PathBuf {
        self.root.join(Self::job_path(job_uuid))
    }

    /// Below the root, with slashes.
    pub(crate) fn log_path(job_uuid: &str, task_uuid: &str) -> String {
        format!("{}/task-{task_uuid}.txt", Self::job_path(job_uuid))
    }

    /// Appends `text` as it is.
    pub(crate) fn append(&self, job_uuid: &str, task_uuid: &str, text: &str) -> io::Result<()> {
        let path = self.root.join(Self::log_path(job_uuid, task_uuid));
        let log = LongLog::new(&path, self.log_limit);
        match log.append(text) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(self.job_folder(job_uuid))?;
                log.append(text)
            }
            done => done,
        }
    }

    /// The task has ended, for now.
    pub(crate) fn finish_log(&self, job_uuid: &str, task_uuid: &str) -> io::Result<()> {
        LongLog::new(&self.root.join(Self::log_path(job_uuid, task_uuid)), self.log_limit).finish()
    }

    /// `None` while nothing was logged.
    pub(crate) fn log_size(&self, job_uuid: &str, task_uuid: &str) -> Option<u64> {
        fs::metadata(self.root.join(Self::log_path(job_uuid, task_uuid))).ok().map(|it| it.len())
    }

    /// The log's end, from the start of a line; `None` while nothing was logged.
    pub(crate) fn log_tail(&self, job_uuid: &str, task_uuid: &str) -> io::Result<Option<String>> {
        let path = self.root.join(Self::log_path(job_uuid, task_uuid));
        let mut file = match File::open(LongLog::new(&path, self.log_limit).latest()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let skipped = file.metadata()?.len().saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(skipped))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let first_line = if skipped == 0 { 0 } else { text.find('\n').map_or(0, |end| end + 1) };
        Ok(Some(text[first_line..].to_owned()))
    }

    /// Deletes everything kept about a job; fine when there is nothing.
    pub(crate) fn remove_job(&self, job_uuid: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.job_folder(job_uuid)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Lines for the logs of tasks, in order.
#[derive(Debug, Default)]
pub(crate) struct LogLines(Vec<LogLine>);

#[derive(Debug)]
struct LogLine {
    job_uuid: String,
    task_uuid: String,
    text: String,
    /// Nothing more comes of this run of the task.
    is_last: bool,
}

impl LogLines {
    pub(crate) fn add(&mut self, job_uuid: &str, task_uuid: &str, text: &str) {
        match self.0.last_mut() {
            Some(last) if last.task_uuid == task_uuid && !last.is_last => last.text.push_str(text),
            _ => self.0.push(LogLine {
                job_uuid: job_uuid.into(),
                task_uuid: task_uuid.into(),
                text: text.into(),
                is_last: false,
            }),
        }
    }

    /// Nothing more comes of this run of the task.
    pub(crate) fn end(&mut self, job_uuid: &str, task_uuid: &str) {
        self.add(job_uuid, task_uuid, "");
        if let Some(last) = self.0.last_mut() {
            last.is_last = true;
        }
    }

    /// A full disk must not stop the farm's book-keeping, so it is only reported.
    pub(crate) fn write(self, files: &JobFiles) {
        for line in self.0 {
            let LogLine { job_uuid, task_uuid, text, is_last } = &line;
            let mut written = files.append(job_uuid, task_uuid, text);
            if *is_last {
                written = written.and_then(|()| files.finish_log(job_uuid, task_uuid));
            }
            if let Err(error) = written {
                tracing::warn!("the log of task {} cannot be written: {error}", line.task_uuid);
            }
        }
    }
}
