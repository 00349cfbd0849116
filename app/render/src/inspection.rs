//! What is asked of surfaces beside how they look: sides, layers, layout of UVs, numbers of the
//! material. Shaders of their own, so that the picture's stay as quick as they are; drawn with the
//! same buffers, and compiled when first asked for.

use std::sync::OnceLock;

use crate::gpu_scene::{PartKind, Shape};
use crate::pipelines::{Geometry, Layouts, Write};
use crate::variant::Variant;
use crate::{Gpu, ModeOptions, checker, thin};

/// Numbers as in shaders/common/inspection.wgsl.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inspection {
    Clay = 0,
    UvChecker = 1,
    VertexColor = 2,
    Roughness = 3,
    Metallic = 4,
    Occlusion = 5,
    ObjectId = 6,
    MaterialId = 7,
    FaceOrientation = 8,
    TexelDensity = 9,
    /// Counted in the alpha of the lit target, without any test of depth.
    Overdraw = 10,
}

impl Inspection {
    /// What is drawn, in this order: layers over the data of what lies in front, or both at once.
    pub(crate) fn writes(self) -> &'static [Write] {
        match self {
            Self::Overdraw => &[Write::BlendedData, Write::Layers],
            _ => &[Write::Everything],
        }
    }
}

/// Twin of `InspectionOptions` in shaders/common/inspection.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct InspectionUniform {
    pub mode: u32,
    pub checker_repeats: f32,
    pub target_px_per_m: f32,
    pub pad_0: u32,
}

impl InspectionUniform {
    pub(crate) fn new(inspection: Inspection, options: &ModeOptions) -> Self {
        let positive = |x: f32, otherwise: f32| if x.is_finite() && x > 0.0 { x } else { otherwise };
        Self {
            mode: inspection as u32,
            checker_repeats: positive(options.checker.repeats, 1.0),
            target_px_per_m: positive(options.density.target_px_per_m, 1024.0),
            pad_0: 0,
        }
    }
}

/// Layout, textures and pipelines of the inspections; empty until the first.
#[derive(Default)]
pub(crate) struct Inspections {
    tools: OnceLock<Tools>,
    /// By shape and culling.
    surfaces: PipelineTable,
    data: PipelineTable,
    layers: PipelineTable,
}

type PipelineTable = [[OnceLock<wgpu::RenderPipeline>; 3]; Shape::Points as usize + 1];

struct Tools {
    layout: wgpu::BindGroupLayout,
    checker: wgpu::TextureView,
    sampler: wgpu::Sampler,
    plain: Geometry,
    textured: Geometry,
}

impl Inspections {
    /// Group 3 of the inspection shaders.
    pub(crate) fn bind(&self, gpu: &Gpu, layouts: &Layouts, uniform: &InspectionUniform) -> wgpu::BindGroup {
        let tools = self.tools(gpu, layouts);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("inspection"),
            size: size_of::<InspectionUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        gpu.queue.write_buffer(&buffer, 0, bytemuck::bytes_of(uniform));
        let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("inspection"),
            layout: &tools.layout,
            entries: &[
                entry(0, buffer.as_entire_binding()),
                entry(1, wgpu::BindingResource::TextureView(&tools.checker)),
                entry(2, wgpu::BindingResource::Sampler(&tools.sampler)),
            ],
        })
    }

    /// For parts of `kind`; surfaces that have UVs are drawn as textured ones, whatever their material.
    /// Lines and points take the group of the wireframe in place of that of the objects.
    pub(crate) fn pipeline(
        &self,
        gpu: &Gpu,
        layouts: &Layouts,
        write: Write,
        kind: PartKind,
        has_uvs: bool,
    ) -> (&wgpu::RenderPipeline, Shape) {
        let shape = match kind.shape {
            Shape::Lines | Shape::Points => kind.shape,
            _ if has_uvs => Shape::TexturedFaces,
            _ => Shape::PlainFaces,
        };
        let pipelines = match write {
            Write::Layers => &self.layers,
            Write::BlendedData => &self.data,
            Write::Everything | Write::Sorted | Write::Weighted => &self.surfaces,
        };
        let pipeline = pipelines[shape as usize][kind.cull as usize].get_or_init(|| {
            let tools = self.tools(gpu, layouts);
            let faces = wgpu::PrimitiveTopology::TriangleList;
            match shape {
                Shape::TexturedFaces => tools.textured.pipeline(gpu, true, write, kind.cull, faces),
                Shape::PlainFaces | Shape::RichFaces => {
                    tools.plain.pipeline(gpu, false, write, kind.cull, faces)
                }
                Shape::Lines | Shape::Points => {
                    let groups = [&layouts.frame, &layouts.plain_material, &layouts.wireframe, &tools.layout];
                    let shader = ("passes/inspect_thin.wgsl", Variant::default());
                    thin::pipeline(gpu, shader, &groups.map(Some), shape, write)
                }
            }
        });
        (pipeline, shape)
    }

    fn tools(&self, gpu: &Gpu, layouts: &Layouts) -> &Tools {
        self.tools.get_or_init(|| {
            let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::FRAGMENT,
                ty,
                count: None,
            };
            let layout = gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("inspection"),
                entries: &[
                    entry(0, UNIFORM),
                    entry(1, TEXTURE),
                    entry(2, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering)),
                ],
            });
            let geometry = |path, material| {
                let groups = [&layouts.frame, material, &layouts.objects, &layout];
                Geometry::with_groups(gpu, path, Variant::default(), &groups.map(Some))
            };
            Tools {
                plain: geometry("passes/inspect_plain.wgsl", &layouts.plain_material),
                textured: geometry("passes/inspect_textured.wgsl", &layouts.textured_material),
                checker: checker::upload(gpu),
                sampler: checker::sampler(gpu),
                layout,
            }
        })
    }
}

const UNIFORM: wgpu::BindingType = wgpu::BindingType::Buffer {
    ty: wgpu::BufferBindingType::Uniform,
    has_dynamic_offset: false,
    min_binding_size: None,
};
const TEXTURE: wgpu::BindingType = wgpu::BindingType::Texture {
    sample_type: wgpu::TextureSampleType::Float { filterable: true },
    view_dimension: wgpu::TextureViewDimension::D2,
    multisampled: false,
};
