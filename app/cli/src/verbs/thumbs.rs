use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use capture::{ThumbnailOptions, ThumbnailReport};
use clap::{Args, ValueEnum};
use render::{Gpu, Normals, Renderer, Walls};
use work::WorkCtx;

use crate::verbs::relink::Relink;
use crate::{Outcome, describe, inputs, progress};

/// render_textured.png, render_normal.png, render_depth.png, render_edge.png and metadata.json.
/// Several models get a folder each inside OUT.
#[derive(Args)]
pub(crate) struct Thumbs {
    /// Models or folders of models; a last name that is no file takes the results, else they go to
    /// NAME-thumbs in the current folder
    #[arg(required = true, value_name = "MODEL… [OUT]")]
    paths: Vec<PathBuf>,
    /// Width and height of each picture in pixels
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(16..=8192))]
    size: u32,
    /// In which space normals are coloured
    #[arg(long, value_enum, default_value_t = Space::Camera)]
    normal_space: Space,
    /// Leave the model where it is and look at the centre of its box
    #[arg(long)]
    keep_origin: bool,
    /// What becomes of the walls in front of a closed interior
    #[arg(long, value_enum, default_value_t = WallsChoice::Auto)]
    walls: WallsChoice,
    #[command(flatten)]
    relink: Relink,
}

#[derive(Clone, Copy, ValueEnum)]
enum WallsChoice {
    /// Left out where nothing else would be seen
    Auto,
    /// Left out of any model
    Cut,
    /// Drawn
    Keep,
}

#[derive(Clone, Copy, ValueEnum)]
enum Space {
    Camera,
    World,
}

impl Thumbs {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let (paths, out) = inputs::split_out(&self.paths, |last| !last.is_file());
        let is_folder = paths.iter().any(|path| path.is_dir());
        let models = inputs::models(paths)?;
        let gpu = Gpu::headless()?;
        let renderer = Renderer::new(&gpu)?;
        let options = ThumbnailOptions {
            read: self.relink.options_for_all(&models, &WorkCtx::quiet())?,
            size_px: self.size,
            keep_origin: self.keep_origin,
            normals: match self.normal_space {
                Space::Camera => Normals::Camera,
                Space::World => Normals::World,
            },
            walls: match self.walls {
                WallsChoice::Auto => Walls::Auto,
                WallsChoice::Cut => Walls::CutAway,
                WallsChoice::Keep => Walls::Kept,
            },
        };
        if let ([model], false) = (models.as_slice(), is_folder) {
            let default = || PathBuf::from(format!("{}-thumbs", inputs::distinct_stems(&models).concat()));
            let out = out.map_or_else(default, Path::to_owned);
            let (bar, ctx) = progress::of_work("thumbs");
            let report = capture::thumbnails(model, &out, &options, &gpu, &renderer, &ctx);
            bar.finish_and_clear();
            tell(model, &report?);
            return Ok(Outcome::Done);
        }
        let out = out.unwrap_or(Path::new("thumbs"));
        self.batch(&models, out, &options, &gpu, &renderer)
    }

    fn batch(
        &self,
        models: &[PathBuf],
        out: &Path,
        options: &ThumbnailOptions,
        gpu: &Gpu,
        renderer: &Renderer,
    ) -> Result<Outcome> {
        std::fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
        let folders = inputs::distinct_stems(models).into_iter().map(|stem| out.join(stem));
        let pairs: Vec<_> = models.iter().cloned().zip(folders).collect();
        let bar = progress::of_count(models.len());
        let mut n_failed = 0;
        let ctx = WorkCtx::quiet();
        capture::batch(&pairs, options, gpu, renderer, &ctx, |i, outcome| {
            bar.inc(1);
            bar.suspend(|| match outcome {
                Ok(report) => tell(&models[i], &report),
                Err(error) => {
                    n_failed += 1;
                    eprintln!("error: {}", describe(&error.into()));
                }
            });
        });
        bar.finish_and_clear();
        if n_failed > 0 {
            eprintln!("{n_failed} of {} models failed", models.len());
            return Ok(Outcome::SomeFailed);
        }
        Ok(Outcome::Done)
    }
}

fn tell(model: &Path, report: &ThumbnailReport) {
    for warning in &report.warnings {
        eprintln!("warning: {}: {warning}", model.display());
    }
    for file in &report.files {
        println!("{}", file.display());
    }
}
