use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use farm::wire::JobType;
use farm::{
    ChoicesStore, Facts, Farm, FileChoices, Form, Home, JobPreset, NewSubmission, Outbox, PresetStore,
};
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
    /// 0 to 100, higher first; 50 unless a preset says otherwise
    #[arg(long, value_parser = clap::value_parser!(i32).range(0..=100))]
    priority: Option<i32>,
    /// Only Workers with this tag take the job; its name or id
    #[arg(long)]
    tag: Option<String>,
    /// The job waits on the farm until it is requeued
    #[arg(long)]
    paused: bool,
    /// Settings that were kept under a name, in the window; --set goes before
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Print what would be sent, ask the farm whether it would take it, and send nothing
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
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
        if self.dry_run {
            return self.tell(&outbox, &home, &new);
        }
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
        new.place = self.place.place();
        let farm = Farm::connect(home, &new.place).await?;
        let mut form = self.form(&farm).await?;
        if let Some(preset) = self.preset(home)? {
            form.fill(&preset.settings);
            new.priority = preset.priority;
            new.worker_tag = preset.worker_tag;
            new.is_paused = preset.is_paused;
            let kept = |folder: PathBuf| folder.join(farm::folder_name(&new.name));
            new.destination = new.destination.or(preset.destination.map(kept));
        }
        new.priority = self.priority.unwrap_or(new.priority);
        new.is_paused |= self.paused;
        if let Some(tag) = &self.tag {
            new.worker_tag = Some(tag_id(&farm, tag).await?);
        }
        let scene = new.models.first().map(PathBuf::as_path).filter(|_| form.takes_one_scene());
        let mut facts = Facts::of(&new.name, scene, &WorkCtx::quiet())?;
        if farm.client().kiln_info().await?.is_some_and(|info| info.outputs) {
            facts.farm_storage = Some(Facts::storage_of_farm());
        }
        form.work_out(&facts);
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
        form.work_out(&facts);
        if let Some(problem) = form.problems().first() {
            bail!("{}: {} (use --set {}=…)", problem.key, problem.message, problem.key);
        }
        if form.takes_models() && new.models.is_empty() {
            bail!("{} works on models; name at least one", self.job_type);
        }
        new.settings = form.settings();
        Ok(new)
    }

    fn preset(&self, home: &Home) -> Result<Option<JobPreset>> {
        let Some(name) = &self.preset else { return Ok(None) };
        let mut presets = PresetStore::of(home).load()?;
        let Some(preset) = presets.remove(name) else {
            let names: Vec<String> = presets.into_keys().collect();
            bail!("there is no preset {name}; there are: {}", names.join(", "));
        };
        if preset.job_type != self.job_type {
            bail!("the preset {name} is one of {}, not of {}", preset.job_type, self.job_type);
        }
        Ok(Some(preset))
    }

    /// Everything that would happen.
    fn tell(&self, outbox: &Outbox, home: &Home, new: &NewSubmission) -> Result<Outcome> {
        for (key, value) in &new.settings {
            println!("{key} = {value}");
        }
        for file in outbox.files_to_send(&new.models, &new.files, &WorkCtx::quiet()) {
            println!("{:>12} bytes  {}", file.n_bytes, file.path);
        }
        work::runtime().block_on(async {
            let farm = Farm::connect(home, &new.place).await?;
            Outbox::check(&farm, new).await
        })?;
        eprintln!("The farm would take it; nothing was sent");
        Ok(Outcome::Done)
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

/// Of a tag by its name or id.
pub(crate) async fn tag_id(farm: &Farm, wanted: &str) -> Result<String> {
    let tags = farm.client().worker_tags().await?;
    let found = tags.iter().find(|tag| tag.name == wanted || tag.id.as_deref() == Some(wanted));
    found.and_then(|tag| tag.id.clone()).ok_or_else(|| {
        let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        anyhow!("the farm has no tag {wanted}; it has: {}", names.join(", "))
    })
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
