use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};

use crate::Outcome;

/// Try job types out. No farm is needed, and nothing is sent.
#[derive(Args)]
pub(crate) struct JobType {
    #[command(subcommand)]
    question: Question,
}

#[derive(Subcommand)]
enum Question {
    /// Run a job type's script and say which tasks it makes, or where it is wrong
    Check(Check),
}

#[derive(Args)]
struct Check {
    /// Such as shot_render.js
    script: PathBuf,
    /// A setting as `name=value`; those left out have their defaults
    #[arg(long = "settings", value_name = "NAME=VALUE", value_parser = pair, num_args = 1..)]
    settings: Vec<(String, String)>,
    /// Print the tasks with their commands as JSON
    #[arg(long)]
    json: bool,
    /// Draw the tasks and what they wait for, as SVG
    #[arg(long, value_name = "FILE.svg")]
    picture: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').ok_or_else(|| anyhow!("write it like frames=1-10"))?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

impl JobType {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let Question::Check(check) = &self.question;
        check.run()
    }
}

impl Check {
    fn run(&self) -> Result<Outcome> {
        let (job_type, run) = manager::check_script(&self.script, &self.settings)?;
        if let Some(path) = &self.picture {
            let svg = manager::task_graph_as_svg(&job_type.label, &run);
            std::fs::write(path, svg)
                .with_context(|| format!("the picture cannot be written: {}", path.display()))?;
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&run)?);
            return Ok(Outcome::Done);
        }
        println!("{} ({}): {} task(s)", job_type.label, job_type.name, run.tasks.len());
        for (place, task) in run.tasks.iter().enumerate() {
            let commands: Vec<&str> = task.commands.iter().map(|it| it.name.as_str()).collect();
            let after: Vec<String> = task.depends_on.iter().take(4).map(|it| (it + 1).to_string()).collect();
            let more = if task.depends_on.len() > after.len() { ", …" } else { "" };
            let waits = match after.is_empty() {
                true => String::new(),
                false => format!("  after {}{more}", after.join(", ")),
            };
            println!(
                "{:>5}  {:<32} {:<16} {}{waits}",
                place + 1,
                task.name,
                task.task_type,
                commands.join(" + ")
            );
        }
        Ok(Outcome::Done)
    }
}
