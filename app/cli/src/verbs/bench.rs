use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, Subcommand};
use render::{Gpu, GpuScene, OrbitOptions, OrbitTimes, Renderer, UploadOptions};
use serde::Serialize;
use work::WorkCtx;

use crate::Outcome;

#[derive(Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Turn a model in the window's viewport, without a window, and print the frame times
    Viewport(ViewportBench),
}

#[derive(Args)]
struct ViewportBench {
    /// The model to turn; without one, a ball of 1.31 million triangles
    model: Option<PathBuf>,
    /// Frames of one turn
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    frames: u32,
    /// Width and height of the picture in pixels
    #[arg(long, default_value = "1920x1080", value_name = "WxH", value_parser = size)]
    size: [u32; 2],
    /// Leave out the pictures at rest
    #[arg(long)]
    moving: bool,
    #[arg(long)]
    json: bool,
}

/// Rows and columns of the built-in ball.
const BALL: [u32; 2] = [640, 1024];
/// A picture at rest takes long where the processor draws; a few of them tell enough.
const MOVING_FRAMES_PER_RESTING: u32 = 6;

fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    let fits = |sides: &[u32; 2]| sides.iter().all(|side| (1..=16_384).contains(side));
    sides.filter(fits).ok_or_else(|| "a size is written like 1920x1080, each side 1 to 16384".into())
}

impl Bench {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let What::Viewport(bench) = &self.what;
        bench.run()
    }
}

/// What is printed, in milliseconds.
#[derive(Serialize)]
struct Report {
    adapter: String,
    is_software: bool,
    model: String,
    triangles: usize,
    size_px: [u32; 2],
    read_ms: f64,
    upload_ms: f64,
    /// Ordering, clusters and levels of detail, made behind the first picture.
    refine_ms: f64,
    first_frame_ms: f64,
    moving: Spread,
    #[serde(skip_serializing_if = "Option::is_none")]
    resting: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longest_step_ms: Option<f64>,
}

/// Of frame times.
#[derive(Serialize)]
struct Spread {
    frames: usize,
    min_ms: f64,
    median_ms: f64,
    p95_ms: f64,
    max_ms: f64,
    /// Of the median.
    fps: f64,
}

impl ViewportBench {
    fn run(&self) -> Result<Outcome> {
        let gpu = Gpu::headless()?;
        let renderer = Renderer::new(&gpu)?;
        let Uploaded { name, read_ms, upload_ms, on_device } = self.upload(&gpu, &renderer)?;
        let start = Instant::now();
        on_device.refine(&gpu)?;
        let refine_ms = milliseconds_since(start);
        let n_resting = if self.moving { 0 } else { (self.frames / MOVING_FRAMES_PER_RESTING).max(1) };
        let options = OrbitOptions {
            size_px: self.size,
            n_moving: self.frames as usize,
            n_resting: n_resting as usize,
        };
        let times = render::orbit_times(&gpu, &renderer, &on_device, &options)?;
        let OrbitTimes { first_ms, moving_ms, resting_ms, longest_step_ms } = times;
        let report = Report {
            adapter: gpu.description(),
            is_software: gpu.is_software(),
            model: name,
            triangles: on_device.n_triangles(),
            size_px: self.size,
            read_ms,
            upload_ms,
            refine_ms,
            first_frame_ms: first_ms,
            moving: Spread::of(moving_ms),
            resting: (n_resting > 0).then(|| Spread::of(resting_ms)),
            longest_step_ms: (n_resting > 0).then_some(longest_step_ms),
        };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            report.print();
        }
        Ok(Outcome::Done)
    }

    fn upload(&self, gpu: &Gpu, renderer: &Renderer) -> Result<Uploaded> {
        let mut start = Instant::now();
        let (name, scene) = match &self.model {
            None => ("built-in ball".into(), render::bumpy_ball(BALL[0], BALL[1])),
            Some(path) => {
                let import = formats::read(path, &WorkCtx::quiet())?;
                import.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
                (path.display().to_string(), import.scene)
            }
        };
        let read_ms = milliseconds_since(start);
        start = Instant::now();
        let (on_device, warnings) = GpuScene::upload(gpu, renderer, &scene, &UploadOptions::default())?;
        warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
        Ok(Uploaded { name, read_ms, upload_ms: milliseconds_since(start), on_device })
    }
}

struct Uploaded {
    name: String,
    read_ms: f64,
    upload_ms: f64,
    on_device: GpuScene,
}

fn milliseconds_since(start: Instant) -> f64 {
    1000.0 * start.elapsed().as_secs_f64()
}

impl Report {
    fn print(&self) {
        let [width, height] = self.size_px;
        println!("adapter    {}", self.adapter);
        println!("model      {}, {} triangles", self.model, self.triangles);
        println!("size       {width} x {height} pixels");
        println!("read       {:8.1} ms", self.read_ms);
        println!("upload     {:8.1} ms", self.upload_ms);
        println!("refine     {:8.1} ms", self.refine_ms);
        println!("first      {:8.1} ms", self.first_frame_ms);
        println!("             min   median      p95      max ms");
        self.moving.print("moving");
        if let Some(resting) = &self.resting {
            resting.print("resting");
        }
        if let Some(longest_step_ms) = self.longest_step_ms {
            println!("longest step on the way to a picture at rest: {longest_step_ms:.1} ms");
        }
    }
}

impl Spread {
    fn of(mut times_ms: Vec<f64>) -> Self {
        times_ms.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let i = (part * times_ms.len().saturating_sub(1) as f64).round() as usize;
            times_ms.get(i).copied().unwrap_or(f64::NAN)
        };
        let median_ms = at(0.5);
        Self {
            frames: times_ms.len(),
            min_ms: at(0.0),
            median_ms,
            p95_ms: at(0.95),
            max_ms: at(1.0),
            fps: 1000.0 / median_ms,
        }
    }

    fn print(&self, name: &str) {
        let Self { frames, min_ms, median_ms, p95_ms, max_ms, fps } = self;
        println!(
            "{name:8} {min_ms:7.1}  {median_ms:7.1}  {p95_ms:7.1}  {max_ms:7.1}     {fps:.1} frames a second ({frames} drawn)"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spreads() {
        assert_eq!(size("1920x1080"), Ok([1920, 1080]));
        assert!(size("1920").is_err() && size("0x10").is_err() && size("9x99999").is_err());
        let spread = Spread::of(vec![5.0, 1.0, 3.0, 2.0, 4.0]);
        assert_eq!((spread.min_ms, spread.median_ms, spread.max_ms, spread.frames), (1.0, 3.0, 5.0, 5));
    }
}
