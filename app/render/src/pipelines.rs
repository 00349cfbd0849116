//! Every pipeline of the house: two geometry shaders over a few fixed states, the wireframe, and the
//! pictures of the viewport.

mod layouts;
mod post;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wgpu::PrimitiveTopology as Topology;

pub(crate) use self::layouts::Layouts;
pub(crate) use self::post::{MARK_FORMAT, PICTURE_FORMAT, PostPipelines, fullscreen};
use crate::Gpu;
use crate::backdrop::BackdropPipeline;
use crate::gpu_scene::{Cull, PartKind, Shape};
use crate::inspection::Inspections;
use crate::lamp_shadows::LampPipelines;
use crate::see_through;
use crate::shader;
use crate::targets::{DEPTH_FORMAT, LIT, TARGET_FORMATS};
use crate::thin::ThinPipelines;
use crate::variant::Variant;
use crate::vertex::{PlainVertex, TexturedVertex};

/// How a geometry pipeline writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Write {
    /// All targets and the depth buffer.
    Everything,
    /// Data and depth of blended surfaces; leaves the colours alone.
    BlendedData,
    /// Adds to the lit colour's alpha, in front of and behind everything.
    Layers,
    /// The nearest fragments of those that [`crate::see_through`] allows.
    Sorted,
    /// All of them, added up.
    Weighted,
}

impl Write {
    fn is_seen_through(self) -> bool {
        matches!(self, Self::Sorted | Self::Weighted)
    }
}

/// Pipelines are made when they are first asked for: software Vulkan takes some 5 ms for each, and a
/// model needs few of them. Whoever must not wait asks early ([`Pipelines::prepare`]).
pub(crate) struct Pipelines {
    shaders: Made<(&'static str, Variant), Geometry>,
    geometry: Made<GeometryKey, wgpu::RenderPipeline>,
    wireframe: OnceLock<wgpu::RenderPipeline>,
    post: OnceLock<PostPipelines>,
    bend: OnceLock<wgpu::ComputePipeline>,
    pub inspections: Inspections,
    pub see_through: see_through::Pipelines,
    pub thin: ThinPipelines,
    pub lamps: LampPipelines,
    pub backdrop: BackdropPipeline,
}

impl Pipelines {
    pub(crate) fn new() -> Self {
        Self {
            shaders: Made::default(),
            geometry: Made::default(),
            wireframe: OnceLock::new(),
            post: OnceLock::new(),
            bend: OnceLock::new(),
            inspections: Inspections::default(),
            see_through: see_through::Pipelines::default(),
            thin: ThinPipelines::default(),
            lamps: LampPipelines::default(),
            backdrop: BackdropPipeline::default(),
        }
    }

    /// Makes what drawing parts of this kind will ask for.
    pub(crate) fn prepare(&self, gpu: &Gpu, layouts: &Layouts, kind: PartKind, variant: Variant) {
        self.geometry(gpu, layouts, kind, Write::Everything, variant);
        if kind.is_blended {
            self.geometry(gpu, layouts, kind, Write::Sorted, variant);
            self.geometry(gpu, layouts, kind, Write::BlendedData, variant);
        }
    }

    pub(crate) fn geometry(
        &self,
        gpu: &Gpu,
        layouts: &Layouts,
        kind: PartKind,
        write: Write,
        variant: Variant,
    ) -> Arc<wgpu::RenderPipeline> {
        let PartKind { shape, cull, extensions, .. } = kind;
        let variant = Variant { extensions, ..variant };
        self.geometry.get_or_make((shape, write, cull, variant), || {
            let (topology, is_textured) = match shape {
                Shape::PlainFaces => (Topology::TriangleList, false),
                Shape::TexturedFaces | Shape::RichFaces => (Topology::TriangleList, true),
                Shape::Lines => (Topology::LineList, false),
                Shape::Points => (Topology::PointList, false),
            };
            let (path, material) = match shape {
                Shape::RichFaces => ("passes/rich.wgsl", &layouts.rich_material),
                Shape::TexturedFaces => ("passes/textured.wgsl", &layouts.textured_material),
                _ => ("passes/plain.wgsl", &layouts.plain_material),
            };
            let shader = self
                .shaders
                .get_or_make((path, variant), || Geometry::new(gpu, path, variant, layouts, material));
            shader.pipeline(gpu, is_textured, write, cull, topology)
        })
    }

    pub(crate) fn wireframe(&self, gpu: &Gpu, layouts: &Layouts) -> &wgpu::RenderPipeline {
        self.wireframe.get_or_init(|| wireframe(gpu, layouts))
    }

    pub(crate) fn bend(&self, gpu: &Gpu, layouts: &Layouts) -> &wgpu::ComputePipeline {
        self.bend.get_or_init(|| {
            let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some("bend"),
                bind_group_layouts: &[Some(&layouts.bend)],
                immediate_size: 0,
            });
            gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some("bend"),
                layout: Some(&layout),
                module: &shader::module(&gpu.device, "passes/bend.wgsl"),
                entry_point: Some("bend_vertices"),
                compilation_options: Default::default(),
                cache: None,
            })
        })
    }

    pub(crate) fn post(&self, gpu: &Gpu, layouts: &Layouts) -> &PostPipelines {
        self.post.get_or_init(|| PostPipelines::new(gpu, layouts))
    }
}

type GeometryKey = (Shape, Write, Cull, Variant);

/// Things made when they are first asked for, each once. Whoever asks for one that is being made
/// waits for that one alone.
pub(crate) struct Made<K, V>(Mutex<BTreeMap<K, Arc<OnceLock<Arc<V>>>>>);

impl<K, V> Default for Made<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, V> Made<K, V> {
    pub(crate) fn get_or_make(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let place = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(key).or_default())
        };
        Arc::clone(place.get_or_init(|| Arc::new(make())))
    }
}

/// A geometry shader and its layout.
pub(crate) struct Geometry {
    label: &'static str,
    module: wgpu::ShaderModule,
    layout: wgpu::PipelineLayout,
    layer_layout: Option<wgpu::PipelineLayout>,
    lit_format: wgpu::TextureFormat,
}

pub(crate) fn pipeline_layout(
    gpu: &Gpu,
    label: &'static str,
    groups: &[Option<&wgpu::BindGroupLayout>],
) -> wgpu::PipelineLayout {
    gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: groups,
        immediate_size: 0,
    })
}

impl Geometry {
    fn new(
        gpu: &Gpu,
        path: &'static str,
        variant: Variant,
        layouts: &Layouts,
        material: &wgpu::BindGroupLayout,
    ) -> Self {
        let layer = &layouts.see_through.layer;
        let groups = [Some(&layouts.frame), Some(material), Some(&layouts.objects), Some(layer)];
        let solid = Self::with_groups(gpu, path, variant, &groups[..3]);
        Self { layer_layout: Some(pipeline_layout(gpu, path, &groups)), ..solid }
    }

    pub(crate) fn with_groups(
        gpu: &Gpu,
        path: &'static str,
        variant: Variant,
        groups: &[Option<&wgpu::BindGroupLayout>],
    ) -> Self {
        Self {
            label: path,
            module: shader::variant_module(&gpu.device, path, variant),
            layout: pipeline_layout(gpu, path, groups),
            layer_layout: None,
            lit_format: variant.lit_format(),
        }
    }

    pub(crate) fn pipeline(
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
        let (surface, layer, weighted) =
            (color_states(write, self.lit_format), see_through::replacing(), see_through::gathering());
        gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(self.label),
            layout: Some(
                self.layer_layout.as_ref().filter(|_| write.is_seen_through()).unwrap_or(&self.layout),
            ),
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
            depth_stencil: (write != Write::Weighted).then(|| depth_state(write)),
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &self.module,
                entry_point: Some(match write {
                    Write::Everything => "fs_main",
                    Write::BlendedData => "fs_data",
                    Write::Layers => "fs_layers",
                    Write::Sorted | Write::Weighted => "fs_layer",
                }),
                compilation_options: Default::default(),
                targets: match write {
                    Write::Sorted => &layer,
                    Write::Weighted => &weighted,
                    Write::Everything | Write::BlendedData | Write::Layers => &surface,
                },
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

/// Reversed Z: nearer is greater.
pub(crate) fn depth_state(write: Write) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: DEPTH_FORMAT,
        depth_write_enabled: Some(write != Write::Layers),
        depth_compare: Some(match write {
            Write::Layers => wgpu::CompareFunction::Always,
            _ => wgpu::CompareFunction::GreaterEqual,
        }),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

const SUM: wgpu::BlendComponent = wgpu::BlendComponent {
    src_factor: wgpu::BlendFactor::One,
    dst_factor: wgpu::BlendFactor::One,
    operation: wgpu::BlendOperation::Add,
};

pub(crate) fn color_states(
    write: Write,
    lit_format: wgpu::TextureFormat,
) -> [Option<wgpu::ColorTargetState>; 5] {
    std::array::from_fn(|i| {
        let is_color = i < 2;
        let writes = match write {
            Write::BlendedData if is_color => wgpu::ColorWrites::empty(),
            Write::Layers if i == LIT => wgpu::ColorWrites::ALPHA,
            Write::Layers => wgpu::ColorWrites::empty(),
            _ => wgpu::ColorWrites::ALL,
        };
        let sum = wgpu::BlendState { color: SUM, alpha: SUM };
        let blend = (write == Write::Layers && i == LIT).then_some(sum);
        let format = if i == LIT { lit_format } else { TARGET_FORMATS[i] };
        Some(wgpu::ColorTargetState { format, blend, write_mask: writes })
    })
}

fn wireframe(gpu: &Gpu, layouts: &Layouts) -> wgpu::RenderPipeline {
    let module = shader::module(&gpu.device, "passes/wireframe.wgsl");
    let layout = pipeline_layout(gpu, "wireframe", &[Some(&layouts.frame), None, Some(&layouts.wireframe)]);
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
        depth_stencil: Some(depth_state(Write::Everything)),
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_main"),
            compilation_options: Default::default(),
            targets: &color_states(Write::Everything, TARGET_FORMATS[LIT]),
        }),
        multiview_mask: None,
        cache: None,
    })
}
