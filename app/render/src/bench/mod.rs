//! How long the viewport takes for its frames, measured on the window's own path.

mod ball;

use std::f64::consts::TAU;
use std::time::{Duration, Instant};

pub use ball::bumpy_ball;

use crate::{Angle, FitOptions, FrameOptions, Gpu, GpuScene, Pass, Quality, RenderError, Renderer};
use crate::{View, Viewport};

/// What is drawn for the measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrbitOptions {
    pub size_px: [u32; 2],
    /// Frames of one turn around the model, the camera moving all the time.
    pub n_moving: usize,
    /// Pictures in full quality, from as many sides.
    pub n_resting: usize,
}

/// Times in milliseconds, from the call to the picture being there.
#[derive(Clone, Debug, Default)]
pub struct OrbitTimes {
    /// The very first frame, shader compilation included.
    pub first_ms: f64,
    pub moving_ms: Vec<f64>,
    /// Each from the camera's standing still to the finished picture.
    pub resting_ms: Vec<f64>,
    /// The longest that one step on the way to a picture at rest kept the device.
    pub longest_step_ms: f64,
}

/// Turns once around the scene, waiting for the device after each frame, then rests here and there.
///
/// # Errors
/// What [`Viewport::draw`] says, and a lost device.
pub fn orbit_times(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    options: &OrbitOptions,
) -> Result<OrbitTimes, RenderError> {
    renderer.prepare_viewport(gpu);
    let viewport = Viewport::new(gpu, renderer);
    let mut orbit = Orbit { gpu, renderer, scene, options, viewport, longest_step_ms: 0.0 };
    let mut times = OrbitTimes { first_ms: orbit.frame(0.0, Quality::Moving)?, ..OrbitTimes::default() };
    for i in 0..options.n_moving {
        times.moving_ms.push(orbit.frame(i as f64 / options.n_moving as f64, Quality::Moving)?);
    }
    // The shaders of resting frames are compiled by one that does not count.
    if options.n_resting > 0 {
        orbit.frame(0.01, Quality::Still)?;
        orbit.longest_step_ms = 0.0;
    }
    for i in 0..options.n_resting {
        times.resting_ms.push(orbit.frame(i as f64 / options.n_resting as f64, Quality::Still)?);
    }
    times.longest_step_ms = orbit.longest_step_ms;
    Ok(times)
}

struct Orbit<'a> {
    gpu: &'a Gpu,
    renderer: &'a Renderer,
    scene: &'a GpuScene,
    options: &'a OrbitOptions,
    viewport: Viewport,
    longest_step_ms: f64,
}

impl Orbit<'_> {
    /// `turn`: part of the way round.
    fn frame(&mut self, turn: f64, quality: Quality) -> Result<f64, RenderError> {
        let [width_px, height_px] = self.options.size_px.map(f64::from);
        let angle = Angle { azimuth_radians: TAU * turn, ..Angle::THREE_QUARTER };
        let fit = FitOptions { angle, aspect: width_px / height_px.max(1.0), ..FitOptions::default() };
        let view = View::fit_bounds(&self.scene.bounds(), &fit);
        let frame = FrameOptions::new(Pass::Textured, self.options.size_px, quality);
        let start = Instant::now();
        loop {
            let step = Instant::now();
            self.viewport.draw(self.gpu, self.renderer, self.scene, &view, &frame)?;
            wait(self.gpu)?;
            self.longest_step_ms = self.longest_step_ms.max(milliseconds(step.elapsed()));
            if !self.viewport.is_refining() {
                return Ok(milliseconds(start.elapsed()));
            }
        }
    }
}

fn wait(gpu: &Gpu) -> Result<(), RenderError> {
    let done = gpu.device.poll(wgpu::PollType::wait_indefinitely());
    done.map(drop).map_err(|error| RenderError::Device(error.to_string()))
}

fn milliseconds(duration: Duration) -> f64 {
    1000.0 * duration.as_secs_f64()
}
