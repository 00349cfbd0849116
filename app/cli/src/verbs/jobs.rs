use anyhow::{Context, Result, bail};
use clap::Args;
use farm::wire::{Job, JobStatus, TaskStatus, TaskSummary};
use farm::{Farm, Home};
use flamenco::Client;
use flamenco::kiln::RunAgain;
use serde_json::json;

use crate::Outcome;
use crate::verbs::place::Place;
use crate::verbs::submit::tag_id;

/// Without a job: all of them. With one: its tasks.
#[derive(Args)]
pub(crate) struct Jobs {
    /// A job's id, or the beginning of it
    job: Option<String>,
    /// Print the log of each task
    #[arg(long, requires = "job")]
    log: bool,
    /// Stop the job; what is done stays done
    #[arg(long, requires = "job", group = "steer")]
    cancel: bool,
    /// Run again what was cancelled or failed
    #[arg(long, requires = "job", group = "steer")]
    requeue: bool,
    /// Make these frames anew, such as 3 or 1-3,7: the old ones are moved aside. Kiln's own farm only
    #[arg(long, value_name = "FRAMES", requires = "job", group = "steer")]
    again: Option<String>,
    /// Let running tasks end and start no more
    #[arg(long, requires = "job", group = "steer")]
    pause: bool,
    /// Go on with a paused job
    #[arg(long, requires = "job", group = "steer")]
    resume: bool,
    /// 0 to 100, higher first
    #[arg(long, requires = "job", group = "steer", value_parser = clap::value_parser!(i32).range(0..=100))]
    priority: Option<i32>,
    /// Let only Workers with this tag run it; its name or id, empty for all Workers
    #[arg(long, requires = "job", group = "steer")]
    tag: Option<String>,
    /// One task of the job, by its number, name or id: --requeue, --cancel and --log mean it alone
    #[arg(long, requires = "job")]
    task: Option<String>,
    /// Say why tasks wait, Worker by Worker
    #[arg(long, requires = "job")]
    why_not: bool,
    /// Take the job off the farm's list; results that are home stay
    #[arg(long, requires = "job", group = "steer")]
    delete: bool,
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Jobs {
    pub(crate) fn run(&self) -> Result<Outcome> {
        work::runtime().block_on(self.ask())?;
        Ok(Outcome::Done)
    }

    async fn ask(&self) -> Result<()> {
        let farm = Farm::connect(&Home::find()?, &self.place.place()).await?;
        let client = farm.client();
        let mut jobs = client.jobs().await?;
        jobs.sort_by(|a, b| b.created.cmp(&a.created));
        let Some(wanted) = &self.job else { return self.list(&jobs) };
        let job = one(&jobs, wanted)?;
        if self.delete {
            return Ok(client.delete_job(&job.id).await?);
        }
        if let Some(frames) = &self.again {
            let wish = RunAgain { frames: frames.clone(), ..RunAgain::default() };
            let answer = client.run_again(&job.id, &wish).await?;
            eprintln!("{} task(s) are queued again", answer.task_ids.len());
            if let Some(folder) = answer.moved_to {
                eprintln!("{} old file(s) lie in {folder}", answer.moved.len());
            }
            return Ok(());
        }
        if let Some(priority) = self.priority {
            return Ok(client.set_job_priority(&job.id, priority).await?);
        }
        if let Some(tag) = &self.tag {
            let tag = if tag.is_empty() { None } else { Some(tag_id(&farm, tag).await?) };
            return Ok(client.set_job_tag(&job.id, tag.as_deref()).await?);
        }
        if let Some(wanted) = &self.task
            && (self.requeue || self.cancel)
        {
            let tasks = client.tasks(&job.id).await?;
            let task = one_task(&tasks, wanted)?;
            let status = if self.cancel { TaskStatus::Canceled } else { TaskStatus::Queued };
            return Ok(client.set_task_status(&task.id, status, "asked for by the command").await?);
        }
        let steer = [
            (self.cancel, JobStatus::CancelRequested),
            (self.requeue || self.resume, JobStatus::Requeueing),
            (self.pause, JobStatus::PauseRequested),
        ];
        if let Some((_, status)) = steer.into_iter().find(|(asked, _)| *asked) {
            return Ok(client.set_job_status(&job.id, status, "asked for by the command").await?);
        }
        self.show(client, job).await
    }

    fn list(&self, jobs: &[Job]) -> Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(jobs)?);
            return Ok(());
        }
        if jobs.is_empty() {
            eprintln!("The farm has no jobs");
        }
        for job in jobs {
            let steps = format!("{}/{}", job.steps_completed, job.steps_total);
            println!("{}  {:<16} {steps:>9}  {:<16} {}", job.id, job.status, job.job_type, job.name);
        }
        Ok(())
    }

    async fn show(&self, client: &Client, job: &Job) -> Result<()> {
        let mut tasks = client.tasks(&job.id).await?;
        tasks.sort_by_key(|task| task.index_in_job);
        if let Some(wanted) = &self.task {
            tasks = vec![one_task(&tasks, wanted)?.clone()];
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&json!({ "job": job, "tasks": tasks }))?);
            return Ok(());
        }
        println!("{}  {}  {}", job.id, job.status, job.name);
        if !job.activity.is_empty() {
            println!("  {}", job.activity);
        }
        for task in &tasks {
            let worker = task.worker.as_ref().map(|w| w.name.as_str()).unwrap_or_default();
            println!("  {}  {:<12} {:<24} {worker}", task.id, task.status, task.name);
            if self.why_not {
                print_why_not(client, task).await?;
            }
            if self.log {
                print_log(client, task).await?;
            }
        }
        Ok(())
    }
}

async fn print_log(client: &Client, task: &TaskSummary) -> Result<()> {
    let Some(info) = client.task_log_info(&task.id).await? else { return Ok(()) };
    let mut log = Vec::new();
    loop {
        let chunk = client.task_log_from(&info, log.len() as u64).await?;
        if chunk.text.is_empty() {
            break;
        }
        log.extend(chunk.text);
    }
    for line in String::from_utf8_lossy(&log).lines() {
        println!("      {line}");
    }
    Ok(())
}

/// Nothing of tasks that run or are over.
async fn print_why_not(client: &Client, task: &TaskSummary) -> Result<()> {
    if !matches!(task.status, TaskStatus::Queued | TaskStatus::SoftFailed | TaskStatus::Paused) {
        return Ok(());
    }
    let Some(why) = client.why_not(&task.id).await? else {
        bail!("this Manager cannot tell why a task waits; Kiln's own can");
    };
    println!("      {}", why.summary);
    for worker in &why.workers {
        println!("      {} {}", worker.worker_name, worker.reason);
    }
    Ok(())
}

fn one_task<'a>(tasks: &'a [TaskSummary], wanted: &str) -> Result<&'a TaskSummary> {
    let is_wanted = |task: &&TaskSummary| {
        task.name == wanted || task.index_in_job.to_string() == wanted || task.id == wanted
    };
    tasks.iter().find(is_wanted).with_context(|| format!("the job has no task {wanted}"))
}

fn one<'a>(jobs: &'a [Job], wanted: &str) -> Result<&'a Job> {
    let mut found = jobs.iter().filter(|job| job.id.starts_with(wanted));
    let job =
        found.next().with_context(|| format!("the farm has no job {wanted}; `kiln jobs` lists them"))?;
    if found.next().is_some() {
        bail!("several jobs begin with {wanted}; give more of the id");
    }
    Ok(job)
}
