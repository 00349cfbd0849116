//! The solid surfaces before the background, with mip levels: what rough and thick glass shows.

use crate::{Gpu, Renderer};

pub(super) struct Backdrop {
    pub view: wgpu::TextureView,
    levels: Vec<wgpu::TextureView>,
    /// Of each level but the last, to make the next one from.
    groups: Vec<wgpu::BindGroup>,
}

impl Backdrop {
    /// `size` is in pixels; `format` that of lit colours.
    pub(super) fn new(gpu: &Gpu, renderer: &Renderer, size: [u32; 2], format: wgpu::TextureFormat) -> Self {
        let [width, height] = size.map(|side| side.max(1));
        let n_levels = width.max(height).ilog2() + 1;
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("backdrop"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: n_levels,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let level = |base_mip_level| {
            texture.create_view(&wgpu::TextureViewDescriptor {
                base_mip_level,
                mip_level_count: Some(1),
                ..Default::default()
            })
        };
        let levels: Vec<_> = (0..n_levels).map(level).collect();
        let layouts = &renderer.layouts.see_through;
        let bind = |view: &wgpu::TextureView| {
            gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("backdrop level"),
                layout: &layouts.level,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(view) },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::Sampler(&layouts.sampler),
                    },
                ],
            })
        };
        let groups = levels.split_last().map_or_else(Vec::new, |(_, above)| above.iter().map(bind).collect());
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Self { view, levels, groups }
    }

    pub(super) fn n_levels(&self) -> u32 {
        self.levels.len() as u32
    }

    /// From the lit target, `solid`, before the background of `picture`.
    pub(super) fn encode(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        gpu: &Gpu,
        renderer: &Renderer,
        (picture, floor, solid): (&wgpu::BindGroup, &wgpu::BindGroup, &wgpu::BindGroup),
    ) {
        let Renderer { layouts, pipelines, .. } = renderer;
        let format = self.view.texture().format();
        let mut levels = self.levels.iter();
        if let Some(first) = levels.next() {
            let mut pass = begin(encoder, first);
            pass.set_pipeline(&pipelines.see_through.backdrop(gpu, layouts, format));
            pass.set_bind_group(0, picture, &[]);
            pass.set_bind_group(1, floor, &[]);
            pass.set_bind_group(3, solid, &[]);
            pass.draw(0..3, 0..1);
        }
        for (level, above) in levels.zip(&self.groups) {
            let mut pass = begin(encoder, level);
            pass.set_pipeline(&pipelines.see_through.halve(gpu, layouts, format));
            pass.set_bind_group(3, above, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

fn begin<'a>(encoder: &'a mut wgpu::CommandEncoder, view: &wgpu::TextureView) -> wgpu::RenderPass<'a> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("backdrop"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    })
}
