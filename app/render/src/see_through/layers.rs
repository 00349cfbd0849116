//! The textures in which layers are drawn and summed up, and the passes over them.

use std::sync::OnceLock;
use std::sync::mpsc::sync_channel;

use wgpu::TextureFormat as Format;

use super::LayeringUniform;
use super::backdrop::Backdrop;
use crate::draw::{self, Drawing};
use crate::pipelines::Write;
use crate::targets::{ALBEDO, DEPTH_FORMAT, LIT};
use crate::{Gpu, RenderError, Renderer, View};

/// Colour, light let through, bend and base colour: 28 bytes a sample, 32 by WebGPU's count. Twin of
/// `Layer` in shaders/common/layering.wgsl.
pub(crate) const LAYER_FORMATS: [Format; 4] =
    [Format::Rgba16Float, Format::Rgb10a2Unorm, Format::Rgba16Float, Format::Rgba16Float];

const NOTHING: [wgpu::Color; 4] =
    [wgpu::Color::TRANSPARENT, wgpu::Color::WHITE, wgpu::Color::TRANSPARENT, wgpu::Color::TRANSPARENT];

/// Made when a scene first has something to see through.
pub(crate) struct Layers {
    layer: [wgpu::TextureView; 4],
    sum: [wgpu::TextureView; 4],
    /// A layer's depth buffer and the last one's, by turns.
    depths: [wgpu::TextureView; 2],
    /// The solid surfaces' colours: what the lit target holds before anything is seen through.
    solid: wgpu::Texture,
    solid_view: wgpu::TextureView,
    solid_group: wgpu::BindGroup,
    /// Made when a scene first refracts.
    backdrop: OnceLock<Backdrop>,
    /// For sorted and for weighted layers.
    uniforms: [wgpu::Buffer; 2],
    /// By those two, and by the depth buffer that holds the last layer.
    layer_groups: [[wgpu::BindGroup; 2]; 2],
    under_groups: [wgpu::BindGroup; 2],
    query: wgpu::QuerySet,
    n_drawn: wgpu::Buffer,
    n_drawn_read: wgpu::Buffer,
}

const SORTED: usize = 0;
const WEIGHTED: usize = 1;

impl Layers {
    pub(crate) fn new(
        gpu: &Gpu,
        renderer: &Renderer,
        (size, lit_format): ([u32; 2], Format),
        solid_depth: &wgpu::TextureView,
    ) -> Self {
        let texture = |label: &'static str, format: Format, usage: wgpu::TextureUsages| {
            gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some(label),
                size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: usage | wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            })
        };
        let drawn = wgpu::TextureUsages::RENDER_ATTACHMENT;
        let view = |texture: &wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
        let layer = LAYER_FORMATS.map(|format| view(&texture("layer", format, drawn)));
        let sum = LAYER_FORMATS.map(|format| view(&texture("layers", format, drawn)));
        let depths = [(); 2].map(|()| view(&texture("layer depth", DEPTH_FORMAT, drawn)));
        let solid = texture("solid", lit_format, wgpu::TextureUsages::COPY_DST);
        let solid_view = view(&solid);
        let buffer = |label: &'static str, size: u64, usage: wgpu::BufferUsages| {
            let descriptor =
                wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
            gpu.device.create_buffer(&descriptor)
        };
        let uniform = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let uniforms = [(); 2].map(|()| buffer("layering", size_of::<LayeringUniform>() as u64, uniform));
        let layouts = &renderer.layouts.see_through;
        let layer_groups = [SORTED, WEIGHTED].map(|order| {
            [0, 1].map(|last| {
                let views = [solid_depth, &depths[last], &sum[1]];
                bind(gpu, &layouts.layer, &uniforms[order], &views)
            })
        });
        let under_groups =
            [SORTED, WEIGHTED].map(|order| bind(gpu, &layouts.under, &uniforms[order], &layer.each_ref()));
        let solid_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("solid"),
            layout: &layouts.solid,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&solid_view),
            }],
        });
        let copy = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::QUERY_RESOLVE;
        Self {
            layer,
            sum,
            depths,
            solid,
            solid_view,
            solid_group,
            backdrop: OnceLock::new(),
            uniforms,
            layer_groups,
            under_groups,
            query: gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("layer"),
                ty: wgpu::QueryType::Occlusion,
                count: 1,
            }),
            n_drawn: buffer("samples of a layer", 8, copy),
            n_drawn_read: buffer(
                "samples of a layer",
                8,
                wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            ),
        }
    }

    /// Keeps the solid surfaces aside, and empties the sum.
    pub(super) fn begin(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        drawing: &Drawing<'_>,
        view: &View,
        picture: &wgpu::BindGroup,
    ) {
        let Drawing { gpu, renderer, scene, targets, area, .. } = drawing;
        encoder.copy_texture_to_texture(
            targets.textures[LIT].as_image_copy(),
            self.solid.as_image_copy(),
            wgpu::Extent3d { width: area[0], height: area[1], depth_or_array_layers: 1 },
        );
        let backdrop = scene.refracts.then(|| self.backdrop(drawing));
        if let Some(backdrop) = backdrop {
            let groups = (picture, &scene.floor.group, &self.solid_group);
            backdrop.encode(encoder, gpu, renderer, groups);
        }
        for (is_weighted, buffer) in (0..).zip(&self.uniforms) {
            let uniform = LayeringUniform {
                is_weighted,
                near: view.near as f32,
                far: view.far as f32,
                n_levels: backdrop.map_or(0, Backdrop::n_levels),
                size: area.map(|side| side as f32),
                pad: [0.0; 2],
            };
            gpu.queue.write_buffer(buffer, 0, bytemuck::bytes_of(&uniform));
        }
        // Before the first layer, the last one is the nearest that can be.
        drop(gather(encoder, "no layers", &self.sum, wgpu::LoadOp::Clear(()), Some((&self.depths[0], 1.0))));
    }

    fn backdrop(&self, drawing: &Drawing<'_>) -> &Backdrop {
        let size = drawing.area.map(|side| side / drawing.samples);
        self.backdrop.get_or_init(|| Backdrop::new(drawing.gpu, drawing.renderer, size, self.solid.format()))
    }

    /// The nearest fragments behind layer `i` - 1, and then under those before. `counts`: for
    /// [`Layers::was_anything_drawn`].
    pub(super) fn sorted(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        drawing: &Drawing<'_>,
        i: u32,
        counts: bool,
    ) {
        let last = i as usize % 2;
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("layer"),
            color_attachments: &attachments(&self.layer, wgpu::LoadOp::Clear(())),
            depth_stencil_attachment: Some(depth_attachment(&self.depths[1 - last], 0.0)),
            occlusion_query_set: counts.then_some(&self.query),
            ..Default::default()
        });
        if counts {
            pass.begin_occlusion_query(0);
        }
        draw::layers(&mut pass, drawing, Write::Sorted, &self.layer_groups[SORTED][last]);
        if counts {
            pass.end_occlusion_query();
        }
        drop(pass);
        if counts {
            encoder.resolve_query_set(&self.query, 0..1, &self.n_drawn, 0);
            encoder.copy_buffer_to_buffer(&self.n_drawn, 0, &self.n_drawn_read, 0, 8);
        }
        self.under(encoder, drawing, SORTED);
    }

    /// All fragments behind the first `n_sorted` layers at once.
    pub(super) fn weighted(&self, encoder: &mut wgpu::CommandEncoder, drawing: &Drawing<'_>, n_sorted: u32) {
        let mut pass = gather(encoder, "weighted layers", &self.layer, wgpu::LoadOp::Clear(()), None);
        draw::layers(
            &mut pass,
            drawing,
            Write::Weighted,
            &self.layer_groups[WEIGHTED][n_sorted as usize % 2],
        );
        drop(pass);
        self.under(encoder, drawing, WEIGHTED);
    }

    fn under(&self, encoder: &mut wgpu::CommandEncoder, drawing: &Drawing<'_>, order: usize) {
        let Drawing { gpu, renderer, area, .. } = drawing;
        let mut pass = gather(encoder, "layer under", &self.sum, wgpu::LoadOp::Load, None);
        pass.set_scissor_rect(0, 0, area[0], area[1]);
        pass.set_pipeline(renderer.pipelines.see_through.under(gpu, &renderer.layouts));
        pass.set_bind_group(3, &self.under_groups[order], &[]);
        pass.draw(0..3, 0..1);
    }

    /// The sum over the solid surfaces.
    pub(super) fn finish(&self, encoder: &mut wgpu::CommandEncoder, drawing: &Drawing<'_>) {
        let Drawing { gpu, renderer, targets, area, scene, .. } = drawing;
        let layouts = &renderer.layouts.see_through;
        let backdrop = if scene.refracts { &self.backdrop(drawing).view } else { &self.solid_view };
        let [color, light, bend, albedo] = &self.sum;
        let views = [color, light, bend, albedo, &self.solid_view, backdrop];
        let mut entries =
            vec![wgpu::BindGroupEntry { binding: 0, resource: self.uniforms[0].as_entire_binding() }];
        entries.extend(texture_entries(&views));
        entries.push(wgpu::BindGroupEntry {
            binding: 7,
            resource: wgpu::BindingResource::Sampler(&layouts.sampler),
        });
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("see through"),
            layout: &layouts.finish,
            entries: &entries,
        });
        let attachment = |view| {
            let ops = wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store };
            Some(wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops })
        };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("see through"),
            color_attachments: &[attachment(&targets.views[LIT]), attachment(&targets.views[ALBEDO])],
            ..Default::default()
        });
        pass.set_scissor_rect(0, 0, area[0], area[1]);
        let lit_format = self.solid.format();
        pass.set_pipeline(&renderer.pipelines.see_through.finish(gpu, &renderer.layouts, lit_format));
        pass.set_bind_group(3, &group, &[]);
        pass.draw(0..3, 0..1);
    }

    /// Waits until the last layer that counts was drawn, and tells whether it holds anything.
    pub(super) fn was_anything_drawn(&self, gpu: &Gpu) -> Result<bool, RenderError> {
        let lost = |_| RenderError::Device("a count of samples could not be read back".into());
        let (send, mapped) = sync_channel(1);
        // The receiver outlives the poll below.
        self.n_drawn_read.map_async(wgpu::MapMode::Read, .., move |result| drop(send.send(result)));
        gpu.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| RenderError::Device(error.to_string()))?;
        mapped.recv().map_err(|_| lost(()))?.map_err(|error| RenderError::Device(error.to_string()))?;
        let is_anything = {
            let view = self.n_drawn_read.get_mapped_range(..).map_err(|_| lost(()))?;
            view.iter().any(|byte| *byte != 0)
        };
        self.n_drawn_read.unmap();
        Ok(is_anything)
    }
}

fn texture_entries<'a>(views: &[&'a wgpu::TextureView]) -> Vec<wgpu::BindGroupEntry<'a>> {
    let entry = |(i, view): (usize, &&'a wgpu::TextureView)| wgpu::BindGroupEntry {
        binding: 1 + i as u32,
        resource: wgpu::BindingResource::TextureView(view),
    };
    views.iter().enumerate().map(entry).collect()
}

fn bind(
    gpu: &Gpu,
    layout: &wgpu::BindGroupLayout,
    uniform: &wgpu::Buffer,
    views: &[&wgpu::TextureView],
) -> wgpu::BindGroup {
    let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: uniform.as_entire_binding() }];
    entries.extend(texture_entries(views));
    let descriptor = wgpu::BindGroupDescriptor { label: Some("layer"), layout, entries: &entries };
    gpu.device.create_bind_group(&descriptor)
}

fn attachments(
    views: &[wgpu::TextureView; 4],
    load: wgpu::LoadOp<()>,
) -> [Option<wgpu::RenderPassColorAttachment<'_>>; 4] {
    std::array::from_fn(|i| {
        let load = match load {
            wgpu::LoadOp::Clear(()) => wgpu::LoadOp::Clear(NOTHING[i]),
            _ => wgpu::LoadOp::Load,
        };
        let ops = wgpu::Operations { load, store: wgpu::StoreOp::Store };
        Some(wgpu::RenderPassColorAttachment {
            view: &views[i],
            depth_slice: None,
            resolve_target: None,
            ops,
        })
    })
}

fn depth_attachment(view: &wgpu::TextureView, clear: f32) -> wgpu::RenderPassDepthStencilAttachment<'_> {
    let ops = wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store };
    wgpu::RenderPassDepthStencilAttachment { view, depth_ops: Some(ops), stencil_ops: None }
}

fn gather<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    label: &'static str,
    views: &[wgpu::TextureView; 4],
    load: wgpu::LoadOp<()>,
    depth: Option<(&wgpu::TextureView, f32)>,
) -> wgpu::RenderPass<'a> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &attachments(views, load),
        depth_stencil_attachment: depth.map(|(view, clear)| depth_attachment(view, clear)),
        ..Default::default()
    })
}
