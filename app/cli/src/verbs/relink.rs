use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use formats::{Import, ReadOptions, relink};
use work::WorkCtx;

use crate::blender;

/// Where missing files lie.
#[derive(Args)]
pub(crate) struct Relink {
    /// Where a file lies that the model names wrongly; NAME in the model's own words
    #[arg(long = "relink", value_name = "NAME=PATH")]
    relinks: Vec<String>,
    /// Look for missing files by their names in this folder and below
    #[arg(long, value_name = "FOLDER")]
    search: Option<PathBuf>,
}

impl Relink {
    /// Reads a model, a Blender scene as modelled, with what was said; with --search once more if anything was missing and found.
    pub(crate) fn read(&self, model: &Path, ctx: &WorkCtx) -> Result<Import> {
        let options = ReadOptions { as_modelled: true, ..self.options(model, ctx)? };
        Ok(formats::read_with(model, &options, ctx)?)
    }

    /// What was said, and what is found for this model.
    pub(crate) fn options(&self, model: &Path, ctx: &WorkCtx) -> Result<ReadOptions> {
        let mut options = self.stated()?;
        let Some(folder) = &self.search else { return Ok(options) };
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        anyhow::ensure!(folder.is_dir(), "--search wants a folder: {}", folder.display());
        // A model that cannot be read tells so when it is read for good.
        let first = ReadOptions { as_modelled: true, ..options.clone() };
        let Ok(import) = formats::read_with(model, &first, ctx) else { return Ok(options) };
        let relinks = relink::search(&import.dependencies, &folder, ctx)?;
        for name in &relinks.doubtful {
            let chosen = relinks.found.get(name).map(|path| path.display().to_string()).unwrap_or_default();
            eprintln!("warning: several different files are called {name}; taken is {chosen}");
        }
        if relinks.is_cut_short {
            eprintln!("warning: the folder is too large to be looked through whole: {}", folder.display());
        }
        options.relinks.extend(relinks.found);
        Ok(options)
    }

    /// One answer for a batch: where two models mean different files by one name, the first counts.
    pub(crate) fn options_for_all(&self, models: &[PathBuf], ctx: &WorkCtx) -> Result<ReadOptions> {
        let mut all = self.stated()?;
        for model in models.iter().filter(|_| self.search.is_some()) {
            for (named, path) in self.options(model, ctx)?.relinks {
                all.relinks.entry(named).or_insert(path);
            }
        }
        Ok(all)
    }

    fn stated(&self) -> Result<ReadOptions> {
        let mut options = blender::read_options();
        for relink in &self.relinks {
            // The last sign: a model's own words may hold one, a path hardly ever does.
            let (named, path) =
                relink.rsplit_once('=').with_context(|| format!("--relink wants NAME=PATH, not {relink}"))?;
            let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
            anyhow::ensure!(path.is_file(), "--relink names no file: {}", path.display());
            options.relinks.insert(named.to_owned(), path);
        }
        Ok(options)
    }
}
