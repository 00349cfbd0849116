use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use capture::{
    Drawer, Encoding, Interior, Limits, Modality, Moment, PictureKind, ThumbnailOptions, ThumbnailReport,
    Views,
};
use clap::{Args, ValueEnum};
use render::{Background, Normals, Pass};
use work::WorkCtx;

use crate::verbs::look::LookArgs;
use crate::verbs::relink::Relink;
use crate::{Outcome, inputs, progress};

/// render_textured.png, render_normal.png, render_depth.png, render_edge.png and metadata.json; of
/// several views render_textured_000.png and so on. Several models get a folder each inside OUT.
#[derive(Args)]
pub(crate) struct Thumbs {
    /// Models or folders of models; a last name that is no file takes the results, else they go to
    /// NAME-thumbs in the current folder
    #[arg(required = true, value_name = "MODEL… [OUT]")]
    paths: Vec<PathBuf>,
    /// Size of each picture in pixels: 512, or 1920x1080
    #[arg(long, default_value = "512", value_parser = parse_size)]
    size: [u32; 2],
    /// Pictures of each view, with commas: also albedo, wireframe, clay, id (exact numbers) and every
    /// other mode of the window
    #[arg(long, value_delimiter = ',', value_parser = parse_pass, default_value = "textured,normal,depth,edge")]
    passes: Vec<Modality>,
    /// File format png, png16, webp (lossless) or exr (float); for one pass alone: png,normal=exr
    #[arg(long, value_delimiter = ',', value_parser = parse_format, default_value = "png")]
    format: Vec<Format>,
    /// Bits of the depth picture: 8 and 16 from near to far, 32 in metres as EXR
    #[arg(long, value_enum)]
    depth: Option<DepthBits>,
    /// A number of views around the model, three-quarter (4), corners (8) or sides (6)
    #[arg(long, default_value = "1")]
    views: Views,
    /// Moment of the animation in seconds; the first clip's unless --clip says which
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<f32>,
    /// Clip of the animation, by name or number from 1; at its start unless --time says when
    #[arg(long, value_name = "NAME")]
    clip: Option<String>,
    /// In which space normals are given
    #[arg(long, alias = "normal-space", value_enum, default_value_t = Space::Camera)]
    space: Space,
    /// No background behind the model
    #[arg(long)]
    transparent: bool,
    /// Show what lights the model behind it
    #[arg(long, requires = "environment", conflicts_with = "transparent")]
    backdrop: bool,
    /// Blurs what is behind the model, from 0 to 1
    #[arg(long, value_name = "PART", requires = "backdrop", default_value = "0", value_parser = parse_part)]
    backdrop_blur: f32,
    /// Leave the model where it is and look at the centre of its box
    #[arg(long)]
    keep_origin: bool,
    /// How closed interiors are seen
    #[arg(long, value_enum, default_value_t = InteriorChoice::Cut)]
    interior: InteriorChoice,
    /// Put all pictures of a model on one page too
    #[arg(long)]
    contact_sheet: bool,
    /// Leave out models whose pictures are there already, newer than the model
    #[arg(long)]
    resume: bool,
    /// Seconds after which a model is given up, instead of 300 for each of several
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    time_limit: Option<f32>,
    /// Megabytes at which a model is given up, instead of half of this machine's memory
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(200..))]
    memory_limit: Option<u64>,
    /// This process draws for the one that started it
    #[arg(long, hide = true)]
    serve: bool,
    #[command(flatten)]
    look: LookArgs,
    #[command(flatten)]
    relink: Relink,
}

#[derive(Clone, Copy, ValueEnum)]
enum InteriorChoice {
    /// Without the walls and the ceiling in front
    Cut,
    /// The same of any model, be it an interior or not
    CutAny,
    /// From where a person stands in it; several views turn on the spot
    Inside,
    /// As it is
    Closed,
}

#[derive(Clone, Copy, ValueEnum)]
enum Space {
    Camera,
    World,
}

#[derive(Clone, Copy, ValueEnum)]
enum DepthBits {
    #[value(name = "8")]
    Eight,
    #[value(name = "16")]
    Sixteen,
    #[value(name = "32")]
    Float,
}

/// Of one pass, or of all that are not named.
#[derive(Clone, Copy)]
struct Format {
    of: Option<Modality>,
    encoding: Encoding,
}

fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let side = |text: &str| text.parse().ok().filter(|side| (16..=8192).contains(side));
    let size = match text.split_once('x') {
        Some((width, height)) => side(width).zip(side(height)),
        None => side(text).map(|side| (side, side)),
    };
    size.map(|(w, h)| [w, h]).ok_or_else(|| "a size is 512 or 1920x1080, each side from 16 to 8192".into())
}

fn parse_part(text: &str) -> Result<f32, String> {
    let part = text.parse().ok().filter(|part| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "a number from 0 to 1".into())
}

fn parse_seconds(text: &str) -> Result<f32, String> {
    let seconds = text.parse().ok().filter(|s: &f32| s.is_finite() && *s >= 0.1);
    seconds.ok_or_else(|| "a number of seconds, at least 0.1".into())
}

fn parse_pass(text: &str) -> Result<Modality, String> {
    let names = || Modality::all().map(Modality::name).collect::<Vec<_>>().join(", ");
    Modality::all().find(|m| m.name() == text).ok_or_else(|| format!("passes are {}", names()))
}

fn parse_format(text: &str) -> Result<Format, String> {
    let (of, name) = match text.split_once('=') {
        Some((pass, name)) => (Some(parse_pass(pass)?), name),
        None => (None, text),
    };
    let encoding = Encoding::ALL.into_iter().find(|e| e.name() == name);
    let encoding = encoding.ok_or("formats are png, png16, webp and exr, or PASS=FORMAT")?;
    Ok(Format { of, encoding })
}

impl Thumbs {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let (paths, out) = inputs::split_out(&self.paths, |last| !last.is_file());
        let is_folder = paths.iter().any(|path| path.is_dir());
        let models = inputs::models(paths)?;
        let options = self.options(&models)?;
        if self.serve {
            let orders = std::io::BufReader::new(std::io::stdin());
            capture::serve(orders, std::io::stdout(), &options, &Drawer::default())?;
            return Ok(Outcome::Done);
        }
        let stems = inputs::distinct_stems(&models);
        let is_single = models.len() == 1 && !is_folder;
        let folder = |stem: String| match (is_single, out) {
            (true, Some(out)) => out.to_owned(),
            (true, None) => PathBuf::from(format!("{stem}-thumbs")),
            (false, out) => out.unwrap_or(Path::new("thumbs")).join(stem),
        };
        let mut pairs: Vec<_> = models.into_iter().zip(stems.into_iter().map(folder)).collect();
        if self.resume {
            pairs.retain(|(model, folder)| !capture::is_complete(model, folder, &options));
        }
        match pairs.as_slice() {
            [] => Ok(Outcome::Done),
            pairs @ [(model, _)] if is_single && self.time_limit.is_none() && self.memory_limit.is_none() => {
                let (bar, ctx) = progress::of_work("thumbs");
                let mut outcome = None;
                let keep = |_, result| outcome = Some(result);
                capture::batch(pairs, &options, &Drawer::default(), &ctx, |_, _| {}, keep);
                bar.finish_and_clear();
                if let Some(report) = outcome {
                    tell(model, &report?);
                }
                Ok(Outcome::Done)
            }
            pairs => self.batch(pairs),
        }
    }

    fn options(&self, models: &[PathBuf]) -> Result<ThumbnailOptions> {
        Ok(ThumbnailOptions {
            size_px: self.size,
            pictures: self.pictures()?,
            views: self.views,
            moment: self.moment()?,
            keep_origin: self.keep_origin,
            normals: match self.space {
                Space::Camera => Normals::Camera,
                Space::World => Normals::World,
            },
            background: match (self.transparent, self.backdrop) {
                (true, _) => Background::Transparent,
                (_, true) => Background::Surroundings { blur: self.backdrop_blur },
                _ => Background::Studio,
            },
            look: self.look.look()?,
            interior: match self.interior {
                InteriorChoice::Cut => Interior::Cut,
                InteriorChoice::CutAny => Interior::CutAny,
                InteriorChoice::Inside => Interior::Inside,
                InteriorChoice::Closed => Interior::Closed,
            },
            contact_sheet: self.contact_sheet,
            read: self.relink.options_for_all(models, &WorkCtx::quiet())?,
        })
    }

    fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            time: self.time_limit.map_or(default.time, Duration::from_secs_f32),
            memory_n_bytes: self.memory_limit.map(|mb| mb * 1_000_000).or(default.memory_n_bytes),
        }
    }

    fn moment(&self) -> Result<Option<Moment>> {
        if self.time.is_none() && self.clip.is_none() {
            return Ok(None);
        }
        let time_secs = self.time.unwrap_or(0.0);
        if !time_secs.is_finite() {
            bail!("--time is a number of seconds");
        }
        Ok(Some(Moment { clip: self.clip.clone(), time_secs }))
    }

    /// What --depth says counts more than --format for all, and less than one for depth alone.
    fn pictures(&self) -> Result<Vec<PictureKind>> {
        const DEPTH: Modality = Modality::Pass(Pass::Depth);
        let mut pictures: Vec<PictureKind> = Vec::new();
        for &modality in &self.passes {
            if pictures.iter().any(|p| p.modality == modality) {
                bail!("--passes names {} twice", modality.name());
            }
            let own = self.format.iter().rev().find(|f| f.of == Some(modality)).map(|f| f.encoding);
            let depth = self.depth.filter(|_| modality == DEPTH).map(|bits| match bits {
                DepthBits::Eight => Encoding::Png8,
                DepthBits::Sixteen => Encoding::Png16,
                DepthBits::Float => Encoding::Exr,
            });
            let general = self.format.iter().rev().find(|f| f.of.is_none()).map(|f| f.encoding);
            let encoding = own.or(depth).or(general).unwrap_or(Encoding::Png8);
            pictures.push(PictureKind::new(modality, encoding));
        }
        Ok(pictures)
    }

    fn batch(&self, pairs: &[(PathBuf, PathBuf)]) -> Result<Outcome> {
        let bar = progress::of_count(pairs.len());
        let mut n_failed = 0;
        let limits = self.limits();
        capture::supervised(pairs, drawer, limits, &WorkCtx::quiet(), |i, outcome| {
            bar.inc(1);
            bar.suspend(|| match outcome {
                Ok(report) => tell(&pairs[i].0, &report),
                Err(reason) => {
                    n_failed += 1;
                    eprintln!("error: {}", with_path(&reason.to_string(), &pairs[i].0));
                }
            });
        })?;
        bar.finish_and_clear();
        if n_failed > 0 {
            eprintln!("{n_failed} of {} models failed", pairs.len());
            return Ok(Outcome::SomeFailed);
        }
        Ok(Outcome::Done)
    }
}

/// This program again, with the same options.
fn drawer() -> Command {
    // The name it was called by may have been removed since; the error then says which.
    let program = std::env::current_exe().unwrap_or_else(|_| "kiln".into());
    let mut command = Command::new(program);
    // The GNU allocator would keep what one model took for the next; large pieces go back at once.
    command.envs([("MALLOC_MMAP_THRESHOLD_", "1048576"), ("MALLOC_ARENA_MAX", "2")]);
    command.args(["thumbs", "--serve"]).args(std::env::args_os().skip(2));
    command
}

fn with_path(reason: &str, model: &Path) -> String {
    let path = model.display().to_string();
    if reason.contains(&path) { reason.to_owned() } else { format!("{reason}: {path}") }
}

fn tell(model: &Path, report: &ThumbnailReport) {
    for warning in &report.warnings {
        eprintln!("warning: {}: {warning}", model.display());
    }
    for file in &report.files {
        println!("{}", file.display());
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        thumbs: Thumbs,
    }

    fn pictures(arguments: &str) -> Vec<(&'static str, &'static str)> {
        let line = CommandLine::try_parse_from(format!("thumbs a.glb {arguments}").split_whitespace());
        let pictures = line.map_err(|e| e.to_string()).unwrap().thumbs.pictures().unwrap();
        pictures.iter().map(|p| (p.modality.name(), p.encoding.name())).collect()
    }

    #[test]
    fn formats_go_from_the_general_to_the_particular() {
        let standard = [("textured", "png"), ("normal", "png"), ("depth", "png"), ("edge", "png")];
        assert_eq!(pictures(""), standard);
        assert_eq!(pictures("--passes depth,id --depth 32"), [("depth", "exr"), ("id", "png16")]);
        let mixed = pictures("--passes textured,normal,depth --format webp,normal=exr --depth 16");
        assert_eq!(mixed, [("textured", "webp"), ("normal", "exr"), ("depth", "png16")]);
    }

    #[test]
    fn sizes_are_square_unless_told() {
        assert_eq!(parse_size("512"), Ok([512, 512]));
        assert_eq!(parse_size("1920x1080"), Ok([1920, 1080]));
        for text in ["", "8", "512x", "9000", "1x2x3", "-5"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
