//! Pipelines that draw nothing but depth.

use std::sync::Arc;

use crate::Gpu;
use crate::gpu_scene::Cull;
use crate::pipelines::{Layouts, Made, Write, depth_state, pipeline_layout};
use crate::shader;
use crate::vertex::{PlainVertex, TexturedVertex};

/// What decides whether a place of a surface throws a shadow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CasterKind {
    /// Nothing: all of it does.
    Solid,
    /// Its colour's alpha and the walls that are cut.
    Plain,
    /// Its texture's alpha as well.
    Textured,
}

#[derive(Default)]
pub(crate) struct LampPipelines(Made<(CasterKind, Cull), wgpu::RenderPipeline>);

impl LampPipelines {
    pub(crate) fn pipeline(
        &self,
        gpu: &Gpu,
        layouts: &Layouts,
        kind: CasterKind,
        cull: Cull,
    ) -> Arc<wgpu::RenderPipeline> {
        self.0.get_or_make((kind, cull), || pipeline(gpu, layouts, kind, cull))
    }
}

fn pipeline(gpu: &Gpu, layouts: &Layouts, kind: CasterKind, cull: Cull) -> wgpu::RenderPipeline {
    let (path, material) = match kind {
        CasterKind::Textured => ("passes/lamp_textured.wgsl", &layouts.textured_material),
        CasterKind::Plain | CasterKind::Solid => ("passes/lamp.wgsl", &layouts.plain_material),
    };
    let module = shader::module(&gpu.device, path);
    let plain = wgpu::VertexBufferLayout {
        array_stride: size_of::<PlainVertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &PlainVertex::ATTRIBUTES,
    };
    let textured = wgpu::VertexBufferLayout {
        array_stride: size_of::<TexturedVertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &TexturedVertex::ATTRIBUTES,
    };
    let buffers = [Some(plain), Some(textured)];
    let groups = [&layouts.frame, material, &layouts.objects].map(Some);
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(path),
        layout: Some(&pipeline_layout(gpu, path, &groups)),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_main"),
            compilation_options: Default::default(),
            buffers: if kind == CasterKind::Textured { &buffers } else { &buffers[..1] },
        },
        primitive: wgpu::PrimitiveState {
            cull_mode: match cull {
                Cull::None => None,
                Cull::Back => Some(wgpu::Face::Back),
                Cull::Front => Some(wgpu::Face::Front),
            },
            ..Default::default()
        },
        depth_stencil: Some(depth_state(Write::Everything)),
        multisample: wgpu::MultisampleState::default(),
        fragment: (kind != CasterKind::Solid).then(|| wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_main"),
            compilation_options: Default::default(),
            targets: &[],
        }),
        multiview_mask: None,
        cache: None,
    })
}
