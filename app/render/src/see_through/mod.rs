//! Surfaces that show what is behind them, in the right order whatever their order in the file.
//!
//! After the solid surfaces, layers are drawn from front to back: each pass finds, sample by sample,
//! the nearest fragment behind the last one (depth peeling: Everitt, "Interactive Order-Independent
//! Transparency", 2001) and puts it under those before it. What crosses or overlaps itself is right,
//! because fragments are sorted and not surfaces. Beyond [`MAX_LAYERS`], and while a window's camera
//! moves, the fragments that are left are averaged by weight instead (McGuire and Bavoil, "Weighted
//! Blended Order-Independent Transparency", JCGT 2(2) 2013).
//!
//! A layer is a colour and, for each of red, green and blue, the light that it lets through, so that
//! glass tints whatever stands behind it, other glass included. Refraction and roughness of all
//! layers add up and bend the look at the solid surfaces, which are kept as a backdrop with mip
//! levels. A blended surface behind glass is therefore seen straight and sharp.
//!
//! All of it adds up in display-linear light, after the tone curve. A scene without such surfaces
//! costs nothing of it.

mod backdrop;
mod layers;
mod pipelines;

pub(crate) use layers::Layers;
pub(crate) use pipelines::{Layouts, Pipelines, gathering, replacing};

use crate::draw::{self, Drawing};
use crate::{RenderError, View};

/// Layers that are sorted exactly; those behind are averaged.
pub(crate) const MAX_LAYERS: u32 = 8;

/// Twin of `Layering` in shaders/common/layering.wgsl.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct LayeringUniform {
    pub is_weighted: u32,
    pub near: f32,
    pub far: f32,
    pub n_levels: u32,
    pub size: [f32; 2],
    pub pad: [f32; 2],
}

/// How the layers of a frame are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// So many from the front, then the rest by weight.
    Sorted(u32),
    Weighted,
}

impl Order {
    fn n_sorted(self) -> u32 {
        match self {
            Self::Sorted(n) => n,
            Self::Weighted => 0,
        }
    }
}

/// Draws what is seen through over the solid surfaces in the colour targets, without waiting for the
/// device. `picture` holds the `Picture` uniform, for the background.
pub(crate) fn encode(
    encoder: &mut wgpu::CommandEncoder,
    drawing: &Drawing<'_>,
    view: &View,
    picture: &wgpu::BindGroup,
    order: Order,
) {
    (0..n_steps(order)).for_each(|step| encode_step(encoder, drawing, view, picture, order, step));
}

/// Steps of [`encode`] that may be submitted one by one.
pub(crate) fn n_steps(order: Order) -> u32 {
    order.n_sorted() + 2
}

pub(crate) fn encode_step(
    encoder: &mut wgpu::CommandEncoder,
    drawing: &Drawing<'_>,
    view: &View,
    picture: &wgpu::BindGroup,
    order: Order,
    step: u32,
) {
    let layers = drawing.targets.layers(drawing.gpu, drawing.renderer);
    let n_sorted = order.n_sorted();
    if step == 0 {
        layers.begin(encoder, drawing, view, picture);
    }
    if step < n_sorted {
        layers.sorted(encoder, drawing, step, false);
    } else if step == n_sorted {
        layers.weighted(encoder, drawing, n_sorted);
    } else {
        layers.finish(encoder, drawing);
        draw::encode_data(encoder, drawing);
    }
}

/// The same, with as many passes as there are layers. Submits, and waits for the device after each
/// pass to learn whether it was the last.
///
/// # Errors
/// A lost device.
pub(crate) fn draw_exactly(
    drawing: &Drawing<'_>,
    view: &View,
    picture: &wgpu::BindGroup,
) -> Result<(), RenderError> {
    let gpu = drawing.gpu;
    let layers = drawing.targets.layers(gpu, drawing.renderer);
    let encoder =
        || gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("see through") });
    let mut commands = encoder();
    layers.begin(&mut commands, drawing, view, picture);
    let mut n_layers = 0;
    let is_done = loop {
        layers.sorted(&mut commands, drawing, n_layers, true);
        n_layers += 1;
        gpu.queue.submit([commands.finish()]);
        commands = encoder();
        if !layers.was_anything_drawn(gpu)? {
            break true;
        }
        if n_layers == MAX_LAYERS {
            break false;
        }
    };
    if !is_done {
        layers.weighted(&mut commands, drawing, n_layers);
    }
    layers.finish(&mut commands, drawing);
    draw::encode_data(&mut commands, drawing);
    gpu.queue.submit([commands.finish()]);
    Ok(())
}
