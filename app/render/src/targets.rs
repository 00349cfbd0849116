//! What the geometry pass draws into, and the data each drawing of a frame needs.

use std::sync::OnceLock;

use wgpu::TextureFormat as Format;

use glam::DVec4;

use crate::frame::{FrameUniform, ObjectUniform};
use crate::gpu_scene::{Arena, GpuScene};
use crate::lamp_shadows::LampShadows;
use crate::punctual::PunctualLights;
use crate::see_through::Layers;
use crate::{Gpu, Look, RenderError, Renderer, Surroundings, View, Walls};

/// Lit colour, base colour, normals, depth and id; with WebGPU's rules 32 bytes a sample, which is
/// the portable limit. Twin of `Targets` in shaders/common/targets.wgsl.
pub(crate) const TARGET_FORMATS: [Format; 5] =
    [Format::Rgba8UnormSrgb, Format::Rgba8UnormSrgb, Format::Rgba16Uint, Format::R32Float, Format::R32Uint];
/// Of lit colours that are kept as light.
pub(crate) const SCENE_LINEAR_FORMAT: Format = Format::Rgba16Float;
pub(crate) const DEPTH_FORMAT: Format = Format::Depth32Float;

/// Names of the targets by position.
pub(crate) const LIT: usize = 0;
pub(crate) const ALBEDO: usize = 1;
pub(crate) const NORMALS: usize = 2;
pub(crate) const DEPTH: usize = 3;
pub(crate) const ID: usize = 4;

/// The textures of one size.
pub(crate) struct Targets {
    pub size: [u32; 2],
    pub textures: [wgpu::Texture; 5],
    pub views: [wgpu::TextureView; 5],
    pub depth_buffer: wgpu::TextureView,
    layers: OnceLock<Layers>,
}

impl Targets {
    /// # Errors
    /// A side of zero or beyond the device's limit; `size` is in samples.
    pub(crate) fn new(gpu: &Gpu, size: [u32; 2], lit_format: Format) -> Result<Self, RenderError> {
        let limit = gpu.device.limits().max_texture_dimension_2d;
        if size.iter().any(|side| !(1..=limit).contains(side)) {
            return Err(RenderError::PictureSize { width_px: size[0], height_px: size[1], limit_px: limit });
        }
        let make = |label: &'static str, format: Format| {
            let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING;
            gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some(label),
                size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: if format == DEPTH_FORMAT { usage } else { usage | wgpu::TextureUsages::COPY_SRC },
                view_formats: &[],
            })
        };
        let labels = ["lit", "albedo", "normals", "depth", "id"];
        let textures: [wgpu::Texture; 5] = std::array::from_fn(|i| {
            let format = if i == LIT { lit_format } else { TARGET_FORMATS[i] };
            make(labels[i], format)
        });
        let view = |texture: &wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
        let views = std::array::from_fn(|i| view(&textures[i]));
        let depth_buffer = view(&make("depth buffer", DEPTH_FORMAT));
        Ok(Self { size, textures, views, depth_buffer, layers: OnceLock::new() })
    }

    /// Without padding.
    pub(crate) fn row_n_bytes(&self, target: usize) -> u32 {
        // Every format has blocks of one pixel.
        self.size[0] * self.textures[target].format().block_copy_size(None).unwrap_or_default()
    }

    /// Gives the memory of [`Targets::layers`] back.
    pub(crate) fn forget_layers(&mut self) {
        self.layers = OnceLock::new();
    }

    /// For what is seen through.
    pub(crate) fn layers(&self, gpu: &Gpu, renderer: &Renderer) -> &Layers {
        let lit_format = self.textures[LIT].format();
        self.layers.get_or_init(|| Layers::new(gpu, renderer, (self.size, lit_format), &self.depth_buffer))
    }
}

impl Targets {
    /// The textures and the depth buffer.
    pub(crate) fn n_attachments(&self) -> usize {
        self.views.len() + 1
    }

    /// Clears some of them, as a first step does; the last one is the depth buffer.
    pub(crate) fn clear(&self, encoder: &mut wgpu::CommandEncoder, which: std::ops::Range<usize>) {
        for i in which {
            let color = self.views.get(i).map(|view| wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                    store: wgpu::StoreOp::Store,
                },
            });
            let depth = wgpu::RenderPassDepthStencilAttachment {
                view: &self.depth_buffer,
                depth_ops: Some(wgpu::Operations {
                    load: wgpu::LoadOp::Clear(0.0),
                    store: wgpu::StoreOp::Store,
                }),
                stencil_ops: None,
            };
            drop(encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("clear"),
                depth_stencil_attachment: color.is_none().then_some(depth),
                color_attachments: &[color],
                ..Default::default()
            }));
        }
    }
}

/// Uniforms of one drawing; kept from frame to frame and written anew.
pub(crate) struct FrameBindings {
    frame: wgpu::Buffer,
    lights: wgpu::Buffer,
    lamp_shadows: LampShadows,
    surroundings_sampler: wgpu::Sampler,
    /// The views that `frame_group` was made with.
    environment: wgpu::TextureView,
    lamp_depths: wgpu::Buffer,
    pub frame_group: wgpu::BindGroup,
    objects: wgpu::Buffer,
    pub objects_group: wgpu::BindGroup,
}

impl FrameBindings {
    pub(crate) fn new(gpu: &Gpu, renderer: &Renderer) -> Self {
        let frame = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("frame"),
            size: size_of::<FrameUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let lights = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("lights"),
            size: size_of::<PunctualLights>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let surroundings_sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("surroundings"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            mipmap_filter: wgpu::MipmapFilterMode::Linear,
            ..Default::default()
        });
        let environment = renderer.no_environment.clone();
        let lamp_shadows = LampShadows::new(gpu);
        let lamp_depths = lamp_shadows.depths.clone();
        let frame_group = frame_group(
            gpu,
            renderer,
            (&frame, &lights),
            (&environment, &surroundings_sampler),
            &lamp_shadows,
        );
        let (objects, objects_group) = objects(gpu, renderer, 16);
        Self {
            frame,
            lights,
            lamp_shadows,
            surroundings_sampler,
            environment,
            lamp_depths,
            frame_group,
            objects,
            objects_group,
        }
    }

    /// # Errors
    /// More objects than one binding of the device can hold.
    pub(crate) fn write(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        view: &View,
        (look, walls): (&Look, Walls),
    ) -> Result<(), RenderError> {
        self.write_surroundings(gpu, renderer, scene, view, (look, walls))?;
        self.write_place(gpu, renderer, scene, view, look, &scene.room.cuts(view, walls))
    }

    /// Everything but the light. `cuts`: see [`crate::gpu_scene::Room::cuts`].
    ///
    /// # Errors
    /// More objects than one binding of the device can hold.
    pub(crate) fn write_place(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        view: &View,
        look: &Look,
        cuts: &[Option<DVec4>; 3],
    ) -> Result<(), RenderError> {
        let n_bytes = (scene.parts.len() * size_of::<ObjectUniform>()) as u64;
        let limits = gpu.device.limits();
        let limit = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        if n_bytes > limit {
            return Err(RenderError::TooLarge { what: "the list of objects", n_bytes, limit });
        }
        if n_bytes > self.objects.size() {
            (self.objects, self.objects_group) = objects(gpu, renderer, scene.parts.len());
        }
        let uniform = FrameUniform::new(view, look, scene.is_lit_by_file(look), cuts);
        gpu.queue.write_buffer(&self.frame, 0, bytemuck::bytes_of(&uniform));
        let view_from_world = view.view_from_world();
        let records: Vec<_> = scene.parts.iter().map(|p| ObjectUniform::new(p, &view_from_world)).collect();
        gpu.queue.write_buffer(&self.objects, 0, bytemuck::cast_slice(&records));
        Ok(())
    }

    fn write_surroundings(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        view: &View,
        (look, walls): (&Look, Walls),
    ) -> Result<(), RenderError> {
        if scene.is_lit_by_file(look) {
            let seats = self.lamp_shadows.write(gpu, renderer, scene, view, (look, walls))?;
            let lights = PunctualLights::new(&scene.lights, view, seats);
            gpu.queue.write_buffer(&self.lights, 0, bytemuck::bytes_of(&lights));
        }
        let environment = match &look.surroundings {
            Surroundings::Studio => renderer.no_environment.clone(),
            Surroundings::Picture(picture) => renderer.environments.view(gpu, picture),
        };
        if environment != self.environment || self.lamp_shadows.depths != self.lamp_depths {
            self.frame_group = frame_group(
                gpu,
                renderer,
                (&self.frame, &self.lights),
                (&environment, &self.surroundings_sampler),
                &self.lamp_shadows,
            );
            self.environment = environment;
            self.lamp_depths = self.lamp_shadows.depths.clone();
        }
        Ok(())
    }

    /// How finely the drawings to come are sampled: height in samples, and samples of a pixel along each
    /// side. To be told after [`FrameBindings::write`], which forgets it.
    pub(crate) fn set_grid(&self, gpu: &Gpu, height: u32, samples: u32) {
        let grid = [height, samples].map(|n| n as f32);
        let offset = std::mem::offset_of!(FrameUniform, lens) + 2 * size_of::<f32>();
        gpu.queue.write_buffer(&self.frame, offset as u64, bytemuck::cast_slice(&grid));
    }

    /// Objects and the vertices of an arena, for the wireframe. `None` where they are more than a
    /// shader may read.
    pub(crate) fn wireframe_group(
        &self,
        gpu: &Gpu,
        renderer: &Renderer,
        arena: &Arena,
        (indices, edge_flags): (&wgpu::Buffer, &wgpu::Buffer),
    ) -> Option<wgpu::BindGroup> {
        if !arena.is_bindable {
            return None;
        }
        let buffers = [&self.objects, &arena.vertices, indices, edge_flags];
        let entries: [_; 4] = std::array::from_fn(|i| wgpu::BindGroupEntry {
            binding: i as u32,
            resource: buffers[i].as_entire_binding(),
        });
        Some(gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("wireframe"),
            layout: &renderer.layouts.wireframe,
            entries: &entries,
        }))
    }
}

fn frame_group(
    gpu: &Gpu,
    renderer: &Renderer,
    (frame, lights): (&wgpu::Buffer, &wgpu::Buffer),
    (environment, sampler): (&wgpu::TextureView, &wgpu::Sampler),
    lamps: &LampShadows,
) -> wgpu::BindGroup {
    let resources = [
        frame.as_entire_binding(),
        wgpu::BindingResource::TextureView(environment),
        wgpu::BindingResource::Sampler(sampler),
        lights.as_entire_binding(),
        lamps.depths.as_entire_binding(),
    ];
    let entries = (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource });
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("frame"),
        layout: &renderer.layouts.frame,
        entries: &entries.collect::<Vec<_>>(),
    })
}

fn objects(gpu: &Gpu, renderer: &Renderer, capacity: usize) -> (wgpu::Buffer, wgpu::BindGroup) {
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("objects"),
        size: (capacity * size_of::<ObjectUniform>()) as u64,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("objects"),
        layout: &renderer.layouts.objects,
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
    });
    (buffer, group)
}
