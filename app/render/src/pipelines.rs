//! Every pipeline of the house: two geometry shaders over a few fixed states, the wireframe, and the
//! pictures of the viewport.

use std::sync::OnceLock;

use wgpu::PrimitiveTopology as Topology;

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
    /// The shadow on the floor.
    pub floor: wgpu::BindGroupLayout,
    /// Group 3 of the pictures: a colour, normals, depth, id, occlusion.
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
            floor: layout("floor", &[entry(0, fragment, unfiltered)]),
            pictures: layout(
                "pictures",
                &[
                    entry(0, fragment, unfiltered),
                    entry(1, fragment, integer),
                    entry(2, fragment, unfiltered),
                    entry(3, fragment, integer),
                    entry(4, fragment, unfiltered),
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

/// Pipelines are made when they are first asked for: software Vulkan takes some 5 ms for each, and a
/// model needs few of them. Whoever must not wait asks early ([`Pipelines::prepare`]).
pub(crate) struct Pipelines {
    plain: OnceLock<Geometry>,
    textured: OnceLock<Geometry>,
    /// By shape, write and culling.
    geometry: [[[OnceLock<wgpu::RenderPipeline>; 3]; 3]; 4],
    wireframe: OnceLock<wgpu::RenderPipeline>,
    post: OnceLock<PostPipelines>,
}

/// From targets to a picture of the viewport, on the device.
pub(crate) struct PostPipelines {
    pub occlusion: wgpu::RenderPipeline,
    pub lit: wgpu::RenderPipeline,
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
    pub(crate) fn new() -> Self {
        Self {
            plain: OnceLock::new(),
            textured: OnceLock::new(),
            geometry: Default::default(),
            wireframe: OnceLock::new(),
            post: OnceLock::new(),
        }
    }

    /// Makes what drawing parts of this kind will ask for.
    pub(crate) fn prepare(&self, gpu: &Gpu, layouts: &Layouts, kind: PartKind) {
        if kind.is_blended {
            self.geometry(gpu, layouts, kind, Write::BlendedColor);
            self.geometry(gpu, layouts, kind, Write::BlendedData);
        } else {
            self.geometry(gpu, layouts, kind, Write::Everything);
        }
    }

    pub(crate) fn geometry(
        &self,
        gpu: &Gpu,
        layouts: &Layouts,
        kind: PartKind,
        write: Write,
    ) -> &wgpu::RenderPipeline {
        self.geometry[kind.shape as usize][write as usize][kind.cull as usize].get_or_init(|| {
            match kind.shape {
                Shape::PlainFaces => {
                    self.plain(gpu, layouts).pipeline(gpu, false, write, kind.cull, Topology::TriangleList)
                }
                Shape::TexturedFaces => {
                    self.textured(gpu, layouts).pipeline(gpu, true, write, kind.cull, Topology::TriangleList)
                }
                Shape::Lines => {
                    self.plain(gpu, layouts).pipeline(gpu, false, write, kind.cull, Topology::LineList)
                }
                Shape::Points => {
                    self.plain(gpu, layouts).pipeline(gpu, false, write, kind.cull, Topology::PointList)
                }
            }
        })
    }

    fn plain(&self, gpu: &Gpu, layouts: &Layouts) -> &Geometry {
        self.plain.get_or_init(|| {
            Geometry::new(gpu, "passes/plain.wgsl", &layouts.frame, &layouts.plain_material, &layouts.objects)
        })
    }

    fn textured(&self, gpu: &Gpu, layouts: &Layouts) -> &Geometry {
        self.textured.get_or_init(|| {
            Geometry::new(
                gpu,
                "passes/textured.wgsl",
                &layouts.frame,
                &layouts.textured_material,
                &layouts.objects,
            )
        })
    }

    pub(crate) fn wireframe(&self, gpu: &Gpu, layouts: &Layouts) -> &wgpu::RenderPipeline {
        self.wireframe.get_or_init(|| wireframe(gpu, layouts))
    }

    pub(crate) fn post(&self, gpu: &Gpu, layouts: &Layouts) -> &PostPipelines {
        self.post.get_or_init(|| PostPipelines::new(gpu, layouts))
    }
}

/// A geometry shader and its layout.
struct Geometry {
    label: &'static str,
    module: wgpu::ShaderModule,
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
        Self { label: path, module: shader::module(&gpu.device, path), layout }
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
            bind_group_layouts: &[Some(&layouts.frame), Some(&layouts.floor), None, Some(&layouts.pictures)],
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
            occlusion: pipeline("post/occlusion.wgsl", MARK_FORMAT),
            lit: pipeline("post/lit.wgsl", PICTURE_FORMAT),
            color: pipeline("post/color.wgsl", PICTURE_FORMAT),
            normal: pipeline("post/normal_view.wgsl", PICTURE_FORMAT),
            depth: pipeline("post/depth.wgsl", PICTURE_FORMAT),
            edge_mark: pipeline("post/edge_mark.wgsl", MARK_FORMAT),
            edge: pipeline("post/edge.wgsl", PICTURE_FORMAT),
        }
    }
}
