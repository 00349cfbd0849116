use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use farm::wire::JobType;
use farm::{ChoicesStore, Farm, FileChoices, Form, Home, NewSubmission, Outbox};
use formats::ReadOptions;
use work::WorkCtx;

use crate::verbs::place::Place;
use crate::verbs::results::{self, Waiting};
use crate::{Outcome, inputs};

/// Uploads what the models need and hands the job over; then this command may end, the farm goes on.
/// `kiln results` brings the results later; --wait stays for them.
#[derive(Args)]
pub(crate) struct Submit {
    /// Such as kiln-thumbnails or kiln-convert
    #[arg(value_name = "JOBTYPE")]
    job_type: String,
    /// Models or folders of models
    #[arg(value_name = "MODEL")]
    models: Vec<PathBuf>,
    /// A setting of the job type; KEY=@FILE takes what stands in a file
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// What people see; by default made of the first model
    #[arg(long)]
    name: Option<String>,
    /// 0 to 100, higher first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(0..=100))]
    priority: i32,
    /// Where results go; by default kiln-results/NAME beside the first model
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    /// Stay until the results are home
    #[arg(long)]
    wait: bool,
    /// Send nothing when a model lacks a file (exit 3)
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    place: Place,
}

impl Submit {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let home = Home::find()?;
        let outbox = Outbox::open(&home)?;
        let new = work::runtime().block_on(self.submission(&home))?;
        if tell_missing(&new.models, &home) && self.strict {
            eprintln!("nothing was sent, because --strict was asked for");
            return Ok(Outcome::Refused);
        }
        let id = outbox.submit(new)?;
        if self.wait {
            return results::bring(&outbox, &Waiting::Home(id));
        }
        results::hand_over(&outbox, &id)?;
        println!("{id}");
        Ok(Outcome::Done)
    }

    async fn submission(&self, home: &Home) -> Result<NewSubmission> {
        let models = inputs::models(&self.models)?;
        let mut new = NewSubmission::new(self.display_name(&models), &self.job_type, models);
        new.destination.clone_from(&self.results);
        new.priority = self.priority;
        new.place = self.place.place();
        let mut form = self.form(&Farm::connect(home, &new.place).await?).await?;
        for setting in &self.settings {
            let (key, value) =
                setting.split_once('=').with_context(|| format!("--set wants KEY=VALUE, not {setting}"))?;
            let value = match value.strip_prefix('@') {
                Some(path) => {
                    std::fs::read_to_string(path).with_context(|| format!("--set {key}: {path}"))?
                }
                None => value.to_owned(),
            };
            form.set_text(key.trim(), &value)
                .map_err(|problem| anyhow!("{}: {}", problem.key, problem.message))?;
        }
        if let Some(problem) = form.problems().first() {
            bail!("{}: {} (use --set {}=…)", problem.key, problem.message, problem.key);
        }
        if form.takes_models() && new.models.is_empty() {
            bail!("{} works on models; name at least one", self.job_type);
        }
        new.settings = form.settings();
        Ok(new)
    }

    /// What the job type asks, so that a wrong setting is told now and not by a failed job.
    async fn form(&self, farm: &Farm) -> Result<Form> {
        let types = farm.client().job_types().await.context("the farm cannot be asked for its job types")?;
        let wanted = |it: &&JobType| it.name == self.job_type;
        types.iter().find(wanted).map(Form::of).ok_or_else(|| {
            let names: Vec<&str> = types.iter().map(|it| it.name.as_str()).collect();
            anyhow!("the farm has no job type {}; it has {}", self.job_type, names.join(", "))
        })
    }

    fn display_name(&self, models: &[PathBuf]) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let Some(first) = models.first().and_then(|model| model.file_stem()) else {
            return self.job_type.clone();
        };
        let first = first.to_string_lossy();
        match models.len() {
            1 => format!("{first} {}", self.job_type),
            n => format!("{first} and {} more {}", n - 1, self.job_type),
        }
    }
}

/// Says which files the models lack, before they are sent without them.
fn tell_missing(models: &[PathBuf], home: &Home) -> bool {
    let store = ChoicesStore::of(home);
    let mut is_any = false;
    for model in models {
        let FileChoices { relinks, ignored } = store.get(model);
        let options = ReadOptions { relinks, ..Default::default() };
        // One that cannot be read goes all the same: what is wrong with it is the task's to say.
        let Ok(import) = formats::read_with(model, &options, &WorkCtx::quiet()) else { continue };
        let missing = import.missing().filter(|file| !ignored.contains(&file.named));
        let names: Vec<&str> = missing.map(|file| file.named.as_str()).collect();
        if !names.is_empty() {
            is_any = true;
            let (n, are) = (names.len(), if names.len() == 1 { "file is" } else { "files are" });
            eprintln!("warning: {n} {are} missing: {}: {}", names.join(", "), model.display());
        }
    }
    is_any
}
