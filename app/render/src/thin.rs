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
            const PATH: &str = "passes/thin.wgsl";
            let module = shader::variant_module(&gpu.device, PATH, variant);
            let groups = [Some(&layouts.frame), Some(&layouts.plain_material), Some(&layouts.wireframe)];
            gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(PATH),
                layout: Some(&pipeline_layout(gpu, PATH, &groups)),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some(if shape == Shape::Lines { "vs_lines" } else { "vs_points" }),
                    compilation_options: Default::default(),
                    buffers: &[],
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: Some(depth_state(Write::Everything)),
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some("fs_main"),
                    compilation_options: Default::default(),
                    targets: &color_states(Write::Everything),
                }),
                multiview_mask: None,
                cache: None,
            })
        })
    }
}
