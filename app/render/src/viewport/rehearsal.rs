//! Makes what pictures ask for before they are drawn.

use super::panel::Panel;
use super::{FrameOptions, Quality, Viewport, encode_at_once, surfaces_of};
use crate::cull::Rows;
use crate::draw_list::{DrawList, Fidelity};
use crate::targets::FrameBindings;
use crate::{FitOptions, Gpu, GpuScene, RenderError, Renderer, View};

/// Nothing is drawn, so the size does not matter.
const SIDE_PX: u32 = 8;

impl Viewport {
    /// Makes every pipeline that pictures of a scene like `frame` ask for, of any size and quality. A
    /// card takes up to some hundred milliseconds for each: call this off the thread that draws, and
    /// [`Viewport::draw`] waits for none of them. Nothing is drawn.
    ///
    /// # Errors
    /// Too little memory.
    pub fn rehearse(
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        frame: &FrameOptions,
    ) -> Result<(), RenderError> {
        let size_px = [SIDE_PX; 2];
        let view = View::fit_bounds(&scene.bounds(), &FitOptions::default());
        let mut bindings = FrameBindings::new(gpu, renderer);
        bindings.write(gpu, renderer, scene, &view, (&frame.look, frame.walls))?;
        let panel = Panel::new(gpu, renderer, size_px, 1)?;
        let list = DrawList::of(scene, &view, surfaces_of(frame), Rows::ALL, Fidelity::Full);
        for quality in [Quality::Moving, Quality::Still] {
            let frame = FrameOptions { quality, size_px, ..frame.clone() };
            drop(encode_at_once((gpu, renderer, scene), &view, &frame, &list, &bindings, &panel));
        }
        Ok(())
    }
}
