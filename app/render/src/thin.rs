//! Pipelines of points and lines.

use std::sync::Arc;

use crate::Gpu;
use crate::gpu_scene::Shape;
use crate::pipelines::{Layouts, Made, Write, color_states, depth_state, pipeline_layout};
use crate::shader;
use crate::variant::Variant;

#[derive(Default)]
pub(crate) struct ThinPipelines(Made<(Shape, Variant), wgpu::RenderPipeline>);

impl ThinPipelines {
    /// `shape` is points or lines.
    pub(crate) fn pipeline(
        &self,
        gpu: &Gpu,
        layouts: &Layouts,
        shape: Shape,
        variant: Variant,
    ) -> Arc<wgpu::RenderPipeline> {
        self.0.get_or_make((shape, variant), || {
            let groups = [&layouts.frame, &layouts.plain_material, &layouts.wireframe];
            pipeline(gpu, ("passes/thin.wgsl", variant), &groups.map(Some), shape, Write::Everything)
        })
    }
}

/// `shape` is points or lines; `groups` are laid out as the shader expects.
pub(crate) fn pipeline(
    gpu: &Gpu,
    (path, variant): (&'static str, Variant),
    groups: &[Option<&wgpu::BindGroupLayout>],
    shape: Shape,
    write: Write,
) -> wgpu::RenderPipeline {
    let module = shader::variant_module(&gpu.device, path, variant);
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(path),
        layout: Some(&pipeline_layout(gpu, path, groups)),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some(if shape == Shape::Lines { "vs_lines" } else { "vs_points" }),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: Some(depth_state(write)),
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some(match write {
                Write::Layers => "fs_layers",
                Write::BlendedData => "fs_data",
                Write::Everything | Write::Sorted | Write::Weighted => "fs_main",
            }),
            compilation_options: Default::default(),
            targets: &color_states(write, variant.lit_format()),
        }),
        multiview_mask: None,
        cache: None,
    })
}
