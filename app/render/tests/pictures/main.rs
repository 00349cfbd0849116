//! What is drawn, held against numbers; no picture is compared by eye.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod analytic;
mod blending;
mod dense;
mod framing;
mod golden;
mod inside;
mod interiors;
mod light;
mod models;
mod modes;
mod numbers;
mod packed;
mod shadows;
mod thin;
mod window;

use std::sync::OnceLock;

use render::{Gpu, GpuScene, Pass, Renderer, Still, StillOptions, UploadOptions, View, render_still};
use scene::Scene;

/// One device for all tests; `None` where there is no adapter, unless `REQUIRE_GPU=1`.
pub(crate) fn gpu_or_skip() -> Option<&'static (Gpu, Renderer)> {
    static GPU: OnceLock<Option<(Gpu, Renderer)>> = OnceLock::new();
    let made = GPU.get_or_init(|| match Gpu::headless() {
        Ok(gpu) => {
            let renderer = Renderer::new(&gpu).unwrap();
            Some((gpu, renderer))
        }
        Err(error) if std::env::var_os("REQUIRE_GPU").is_some_and(|v| v == "1") => panic!("{error}"),
        Err(_) => None,
    });
    if made.is_none() {
        println!("SKIPPED: no wgpu adapter");
    }
    made.as_ref()
}

/// The passes that have a field of their own, in a picture of `size` pixels a side.
pub(crate) fn still(scene: &Scene, view: &View, size: u32) -> Option<Still> {
    let passes = [Pass::Textured, Pass::Albedo, Pass::Normal, Pass::Depth, Pass::Edge, Pass::Wireframe];
    still_of(scene, view, &StillOptions::new(size, size, &passes))
}

pub(crate) fn still_of(scene: &Scene, view: &View, options: &StillOptions) -> Option<Still> {
    let (gpu, renderer) = gpu_or_skip()?;
    scene.validate().unwrap();
    let (on_device, _) = GpuScene::upload(gpu, renderer, scene, &UploadOptions::default()).unwrap();
    Some(render_still(gpu, renderer, &on_device, view, options).unwrap())
}

pub(crate) fn assert_close(a: f32, b: f32, tolerance: f32) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b} ± {tolerance}");
}
