//! Pipelines that draw on the whole of a picture, one fragment a pixel.

use super::{Layouts, pipeline_layout};
use crate::{Gpu, shader};

/// From targets to a picture of the viewport, on the device.
pub(crate) struct PostPipelines {
    pub occlusion: wgpu::RenderPipeline,
    pub lit: wgpu::RenderPipeline,
    pub color: wgpu::RenderPipeline,
    pub normal: wgpu::RenderPipeline,
    pub depth: wgpu::RenderPipeline,
    pub edge_mark: wgpu::RenderPipeline,
    pub edge: wgpu::RenderPipeline,
    pub overdraw: wgpu::RenderPipeline,
    pub outline_mark: wgpu::RenderPipeline,
    pub outline: wgpu::RenderPipeline,
}

/// What the viewport shows: gamma-encoded by the shaders, as egui expects.
pub(crate) const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
pub(crate) const MARK_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R8Unorm;

impl PostPipelines {
    pub(super) fn new(gpu: &Gpu, layouts: &Layouts) -> Self {
        let groups = [&layouts.picture, &layouts.floor, &layouts.objects_of_ids, &layouts.pictures].map(Some);
        let onto = |path, target: wgpu::ColorTargetState| fullscreen(gpu, path, &groups, &[Some(target)]);
        let pipeline = |path, format: wgpu::TextureFormat| onto(path, format.into());
        let over_picture = wgpu::ColorTargetState {
            blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
            ..PICTURE_FORMAT.into()
        };
        Self {
            occlusion: pipeline("post/occlusion.wgsl", MARK_FORMAT),
            lit: pipeline("post/lit.wgsl", PICTURE_FORMAT),
            color: pipeline("post/color.wgsl", PICTURE_FORMAT),
            normal: pipeline("post/normal_view.wgsl", PICTURE_FORMAT),
            depth: pipeline("post/depth.wgsl", PICTURE_FORMAT),
            edge_mark: pipeline("post/edge_mark.wgsl", MARK_FORMAT),
            edge: pipeline("post/edge.wgsl", PICTURE_FORMAT),
            overdraw: pipeline("post/overdraw.wgsl", PICTURE_FORMAT),
            outline_mark: pipeline("post/outline_mark.wgsl", MARK_FORMAT),
            outline: onto("post/outline.wgsl", over_picture),
        }
    }
}

/// Runs `fs_main` of the shader at `path` for each pixel of the targets; `groups` are laid out as it
/// expects.
pub(crate) fn fullscreen(
    gpu: &Gpu,
    path: &'static str,
    groups: &[Option<&wgpu::BindGroupLayout>],
    targets: &[Option<wgpu::ColorTargetState>],
) -> wgpu::RenderPipeline {
    let module = shader::module(&gpu.device, path);
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(path),
        layout: Some(&pipeline_layout(gpu, path, groups)),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_main"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_main"),
            compilation_options: Default::default(),
            targets,
        }),
        multiview_mask: None,
        cache: None,
    })
}
