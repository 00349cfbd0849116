//! Every pipeline of the house: two geometry shaders over a few fixed states, the wireframe, and the
//! pictures of the viewport.

use std::sync::Arc;

use crate::Gpu;
use crate::gpu_scene::{Cull, PartKind, Shape};
use crate::shader;
use crate::targets::{DEPTH_FORMAT, TARGET_FORMATS};
use crate::vertex::{PlainVertex, TexturedVertex};

pub(crate) struct Layouts {
    pub frame: wgpu::BindGroupLayout,
    pub plain_material: wgpu::BindGroupLayout,
    pub textured_material: wgpu::BindGroupLayout,
    pub objects: wgpu::BindGroupLayout,
    pub wireframe: wgpu::BindGroupLayout,
    /// Group 3 of the pictures: a colour, normals, depth, id.
    pub pictures: wgpu::BindGroupLayout,
}

impl Layouts {
    pub(crate) fn new(gpu: &Gpu) -> Self {
        let both = wgpu::ShaderStages::VERTEX_FRAGMENT;
        let fragment = wgpu::ShaderStages::FRAGMENT;
        let entry =
            |binding, visibility, ty| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None };
        let buffer = |ty| wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None };
        let uniform = buffer(wgpu::BufferBindingType::Uniform);
        let storage = buffer(wgpu::BufferBindingType::Storage { read_only: true });
        let texture = |sample_type| wgpu::BindingType::Texture {
            sample_type,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let filtered = texture(wgpu::TextureSampleType::Float { filterable: true });
        let unfiltered = texture(wgpu::TextureSampleType::Float { filterable: false });
        let integer = texture(wgpu::TextureSampleType::Uint);
        let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let layout = |label, entries: &[wgpu::BindGroupLayoutEntry]| {
            gpu.device
                .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries })
        };
        let mut textured = vec![entry(0, fragment, uniform)];
        textured.extend((1..6).map(|i| entry(i, fragment, filtered)));
        textured.extend((6..11).map(|i| entry(i, fragment, sampler)));
        Self {
            frame: layout("frame", &[entry(0, both, uniform)]),
            plain_material: layout("plain material", &[entry(0, fragment, uniform)]),
            textured_material: layout("textured material", &textured),
            objects: layout("objects", &[entry(0, both, storage)]),
            wireframe: layout(
                "wireframe",
                &[
                    entry(0, both, storage),
                    entry(1, both, storage),
                    entry(2, both, storage),
                    entry(3, both, storage),
                ],
            ),
            pictures: layout(
                "pictures",
                &[
                    entry(0, fragment, unfiltered),
                    entry(1, fragment, integer),
                    entry(2, fragment, unfiltered),
                    entry(3, fragment, integer),
                ],
            ),
        }
    }
}

/// How a geometry pipeline writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// All targets and the depth buffer.
    Everything,
    /// Blends the colours over what is there; leaves data and depth alone.
    BlendedColor,
    /// Data and depth of blended surfaces; leaves the colours alone.
    BlendedData,
}

const WRITES: [Write; 3] = [Write::Everything, Write::BlendedColor, Write::BlendedData];
const CULLS: [Cull; 3] = [Cull::None, Cull::Back, Cull::Front];

pub(crate) struct Pipelines {
    /// By write, then by culling.
    plain: [[wgpu::RenderPipeline; 3]; 3],
    textured: [[wgpu::RenderPipeline; 3]; 3],
    lines: wgpu::RenderPipeline,
    points: wgpu::RenderPipeline,
    pub wireframe: wgpu::RenderPipeline,
    pub post: PostPipelines,
}

/// From targets to a picture of the viewport, on the device.
pub(crate) struct PostPipelines {
    pub color: wgpu::RenderPipeline,
    pub normal: wgpu::RenderPipeline,
    pub depth: wgpu::RenderPipeline,
    pub edge_mark: wgpu::RenderPipeline,
    pub edge: wgpu::RenderPipeline,
}

/// What the viewport shows: gamma-encoded by the shaders, as egui expects.
pub(crate) const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
pub(crate) const MARK_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R8Unorm;

impl Pipelines {
    pub(crate) fn new(gpu: &Gpu, layouts: &Layouts) -> Self {
        let plain = Geometry::new(
            gpu,
            "passes/plain.wgsl",
            &layouts.frame,
            &layouts.plain_material,
            &layouts.objects,
        );
        let textured = Geometry::new(
            gpu,
            "passes/textured.wgsl",
            &layouts.frame,
            &layouts.textured_material,
            &layouts.objects,
        );
        let all = |geometry: &Geometry, is_textured: bool| {
            WRITES.map(|write| {
                CULLS.map(|cull| geometry.pipeline(gpu, is_textured, write, cull, Topology::TriangleList))
            })
        };
        Self {
            plain: all(&plain, false),
            textured: all(&textured, true),
            lines: plain.pipeline(gpu, false, Write::Everything, Cull::None, Topology::LineList),
            points: plain.pipeline(gpu, false, Write::Everything, Cull::None, Topology::PointList),
            wireframe: wireframe(gpu, layouts),
            post: PostPipelines::new(gpu, layouts),
        }
    }

    pub(crate) fn geometry(&self, kind: PartKind, write: Write) -> &wgpu::RenderPipeline {
        match kind.shape {
            Shape::PlainFaces => &self.plain[write as usize][kind.cull as usize],
            Shape::TexturedFaces => &self.textured[write as usize][kind.cull as usize],
            Shape::Lines => &self.lines,
            Shape::Points => &self.points,
        }
    }
}

use wgpu::PrimitiveTopology as Topology;

/// A geometry shader and its layout.
struct Geometry {
    label: &'static str,
    module: Arc<wgpu::ShaderModule>,
    layout: wgpu::PipelineLayout,
}

impl Geometry {
    fn new(
        gpu: &Gpu,
        path: &'static str,
        frame: &wgpu::BindGroupLayout,
        material: &wgpu::BindGroupLayout,
        objects: &wgpu::BindGroupLayout,
    ) -> Self {
        let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(path),
            bind_group_layouts: &[Some(frame), Some(material), Some(objects)],
            immediate_size: 0,
        });
        Self { label: path, module: Arc::new(shader::module(&gpu.device, path)), layout }
    }

    fn pipeline(
        &self,
        gpu: &Gpu,
        is_textured: bool,
        write: Write,
        cull: Cull,
        topology: Topology,
    ) -> wgpu::RenderPipeline {
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
        gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(self.label),
            layout: Some(&self.layout),
            vertex: wgpu::VertexState {
                module: &self.module,
                entry_point: Some("vs_main"),
                compilation_options: Default::default(),
                buffers: if is_textured { &buffers } else { &buffers[..1] },
            },
            primitive: wgpu::PrimitiveState {
                topology,
                cull_mode: match cull {
                    Cull::None => None,
                    Cull::Back => Some(wgpu::Face::Back),
                    Cull::Front => Some(wgpu::Face::Front),
                },
                ..Default::default()
            },
            depth_stencil: Some(depth_state(write != Write::BlendedColor)),
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &self.module,
                entry_point: Some(if write == Write::BlendedData { "fs_data" } else { "fs_main" }),
                compilation_options: Default::default(),
                targets: &color_states(write),
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

/// Reversed Z: nearer is greater.
fn depth_state(writes: bool) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: DEPTH_FORMAT,
        depth_write_enabled: Some(writes),
        depth_compare: Some(wgpu::CompareFunction::GreaterEqual),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

fn color_states(write: Write) -> [Option<wgpu::ColorTargetState>; 5] {
    std::array::from_fn(|i| {
        let is_color = i < 2;
        let writes = match write {
            Write::Everything => true,
            Write::BlendedColor => is_color,
            Write::BlendedData => !is_color,
        };
        let blends = is_color && write == Write::BlendedColor;
        Some(wgpu::ColorTargetState {
            format: TARGET_FORMATS[i],
            blend: blends.then_some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
            write_mask: if writes { wgpu::ColorWrites::ALL } else { wgpu::ColorWrites::empty() },
        })
    })
}

fn wireframe(gpu: &Gpu, layouts: &Layouts) -> wgpu::RenderPipeline {
    let module = shader::module(&gpu.device, "passes/wireframe.wgsl");
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("wireframe"),
        bind_group_layouts: &[Some(&layouts.frame), None, Some(&layouts.wireframe)],
        immediate_size: 0,
    });
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("wireframe"),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_main"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: Some(depth_state(true)),
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
}

impl PostPipelines {
    fn new(gpu: &Gpu, layouts: &Layouts) -> Self {
        let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("pictures"),
            bind_group_layouts: &[Some(&layouts.frame), None, None, Some(&layouts.pictures)],
            immediate_size: 0,
        });
        let pipeline = |path: &'static str, format: wgpu::TextureFormat| {
            let module = shader::module(&gpu.device, path);
            gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(path),
                layout: Some(&layout),
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
                    targets: &[Some(format.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        Self {
            color: pipeline("post/color.wgsl", PICTURE_FORMAT),
            normal: pipeline("post/normal_view.wgsl", PICTURE_FORMAT),
            depth: pipeline("post/depth.wgsl", PICTURE_FORMAT),
            edge_mark: pipeline("post/edge_mark.wgsl", MARK_FORMAT),
            edge: pipeline("post/edge.wgsl", PICTURE_FORMAT),
        }
    }
}
