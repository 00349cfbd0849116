use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use capture::SheetOptions;
use clap::Args;
use render::{Gpu, Renderer};
use work::WorkCtx;

use crate::{Outcome, blender, inputs, progress};

/// Each model's textured picture with its name, format, counts and size. A model that cannot be
/// read has its reason there instead, and never stops the others.
#[derive(Args)]
pub(crate) struct Sheet {
    /// Models or folders of models; a last name ending in .png takes the sheet, else it goes to
    /// standard output
    #[arg(required = true, value_name = "MODEL… [OUT.png]")]
    paths: Vec<PathBuf>,
    /// Width and height of each picture in pixels
    #[arg(long, default_value_t = 320, value_parser = clap::value_parser!(u32).range(96..=4096))]
    size: u32,
    /// Pictures a row, instead of as many as make the sheet a little wider than high
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    columns: Option<u32>,
}

impl Sheet {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let is_sheet = |last: &Path| last.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
        let (paths, out) = inputs::split_out(&self.paths, is_sheet);
        if out.is_none() && std::io::stdout().is_terminal() {
            bail!("a picture is nothing for a terminal; name a file for it: kiln sheet … sheet.png");
        }
        let models = inputs::known_models(paths)?;
        let gpu = Gpu::headless()?;
        let renderer = Renderer::new(&gpu)?;
        match out {
            Some(out) => inputs::write_whole(out, |file| self.draw(&models, file, &gpu, &renderer)),
            None => self.draw(&models, std::io::stdout().lock(), &gpu, &renderer),
        }
    }

    fn draw(&self, models: &[PathBuf], out: impl Write, gpu: &Gpu, renderer: &Renderer) -> Result<Outcome> {
        let options =
            SheetOptions { size_px: self.size, n_columns: self.columns, read: blender::read_options() };
        let bar = progress::of_count(models.len());
        let mut n_failed = 0;
        let tell = |i: usize, outcome: Result<&[String], &str>| {
            let model = models[i].display();
            bar.inc(1);
            bar.suspend(|| match outcome {
                Ok(warnings) => warnings.iter().for_each(|warning| eprintln!("warning: {model}: {warning}")),
                Err(reason) => {
                    n_failed += 1;
                    eprintln!("error: {model}: {reason}");
                }
            });
        };
        let mut out = std::io::BufWriter::new(out);
        capture::sheet(models, &mut out, &options, gpu, renderer, &WorkCtx::quiet(), tell)?;
        out.flush().context("cannot write the sheet")?;
        bar.finish_and_clear();
        if n_failed > 0 {
            eprintln!("{n_failed} of {} models could not be shown; the sheet says why", models.len());
        }
        // The sheet is whole either way; only one with nothing on it is a failure.
        Ok(if n_failed == models.len() { Outcome::SomeFailed } else { Outcome::Done })
    }
}
