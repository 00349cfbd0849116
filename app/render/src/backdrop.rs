//! The picture of surroundings behind a model.

use std::sync::OnceLock;

use glam::{DVec3, Vec2, Vec3};
use rayon::prelude::*;
use wgpu::util::DeviceExt;

use crate::pipelines::fullscreen;
use crate::{Environment, Gpu, Lens, Look, Renderer, SENSOR_WIDTH_MM, Surroundings, ToneMap, View, frame};

/// Through which lens the surroundings are seen where the model is seen through none.
const ORTHOGRAPHIC_MM: f64 = 50.0;

/// Twin of `Backdrop` in shaders/post/surroundings.wgsl: rays of a picture as directions of its
/// surroundings.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct BackdropUniform {
    /// To the right border of the picture; w: level of the cube.
    pub right: [f32; 4],
    /// To the upper border; w: what multiplies the light.
    pub up: [f32; 4],
    /// w: the tone map's number.
    pub forward: [f32; 4],
    /// Of the picture in pixels.
    pub size: [f32; 2],
    pub pad: [f32; 2],
}

impl BackdropUniform {
    /// `blur`: from 0, as sharp as there is, to 1, the roughest.
    pub(crate) fn new(view: &View, look: &Look, blur: f32, size_px: [u32; 2]) -> Self {
        let [half_width, half_height] = match view.lens {
            Lens::Perspective { .. } => view.half_extent(),
            Lens::Orthographic { .. } => {
                let half_width = 0.5 * SENSOR_WIDTH_MM / ORTHOGRAPHIC_MM;
                [half_width, half_width / view.aspect.max(1e-3)]
            }
        };
        let turned = frame::surroundings_from_view(view, look);
        let axis = |axis: DVec3, w: f32| (turned * axis).as_vec3().extend(w).into();
        let blur = if blur.is_finite() { blur.clamp(0.0, 1.0) } else { 0.0 };
        Self {
            right: axis(DVec3::X * half_width, blur * Environment::roughest_level()),
            up: axis(DVec3::Y * half_height, look.exposure() * look.surroundings_strength()),
            forward: axis(DVec3::NEG_Z, look.tone_map as u32 as f32),
            size: size_px.map(|side| side as f32),
            pad: [0.0; 2],
        }
    }

    /// Light behind the middle of a pixel, exposed.
    fn light(&self, environment: &Environment, x_px: usize, y_px: usize) -> Vec3 {
        let at = (Vec2::new(x_px as f32, y_px as f32) + 0.5) / Vec2::from(self.size) * 2.0 - 1.0;
        let axis = |v: [f32; 4]| Vec3::new(v[0], v[1], v[2]);
        let ray = axis(self.forward) + axis(self.right) * at.x - axis(self.up) * at.y;
        environment.light_from(ray, self.right[3]) * self.up[3]
    }
}

/// The light behind each pixel after `tone_map`, rows from the top; `None` in the studio.
pub(crate) fn on_processor(
    view: &View,
    look: &Look,
    blur: f32,
    size_px: [u32; 2],
    tone_map: ToneMap,
) -> Option<Vec<Vec3>> {
    let Surroundings::Picture(environment) = &look.surroundings else { return None };
    let rays = BackdropUniform::new(view, look, blur, size_px);
    let [width, height] = size_px.map(|side| side as usize);
    let light = |i: usize| tone_map.shown(rays.light(environment, i % width, i / width));
    Some((0..width * height).into_par_iter().with_min_len(4096).map(light).collect())
}

/// Draws it on the device, display-linear.
#[derive(Default)]
pub(crate) struct BackdropPipeline {
    pipeline: OnceLock<wgpu::RenderPipeline>,
    sampler: OnceLock<wgpu::Sampler>,
}

impl BackdropPipeline {
    fn sampler(&self, gpu: &Gpu) -> &wgpu::Sampler {
        self.sampler.get_or_init(|| {
            gpu.device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("backdrop"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                mipmap_filter: wgpu::MipmapFilterMode::Linear,
                ..Default::default()
            })
        })
    }

    fn pipeline(&self, gpu: &Gpu) -> &wgpu::RenderPipeline {
        self.pipeline.get_or_init(|| {
            let targets = [Some(FORMAT.into())];
            fullscreen(gpu, "post/surroundings.wgsl", &[Some(&layout(gpu))], &targets)
        })
    }
}

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;

fn layout(gpu: &Gpu) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    };
    let uniform = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let cube = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: wgpu::TextureViewDimension::Cube,
        multisampled: false,
    };
    let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("backdrop"),
        entries: &[entry(0, uniform), entry(1, cube), entry(2, sampler)],
    })
}

/// A texture for [`on_device`], or one to bind where nothing is drawn.
pub(crate) fn texture(gpu: &Gpu, [width, height]: [u32; 2]) -> wgpu::TextureView {
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("surroundings behind"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Submits the drawing of `look`'s surroundings into `target`; false in the studio.
pub(crate) fn on_device(
    gpu: &Gpu,
    renderer: &Renderer,
    view: &View,
    look: &Look,
    blur: f32,
    target: &wgpu::TextureView,
) -> bool {
    let Surroundings::Picture(environment) = &look.surroundings else { return false };
    let size = target.texture().size();
    let uniform = BackdropUniform::new(view, look, blur, [size.width, size.height]);
    let buffer = gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("backdrop"),
        contents: bytemuck::bytes_of(&uniform),
        usage: wgpu::BufferUsages::UNIFORM,
    });
    let cube = renderer.environments.view(gpu, environment);
    let pipeline = renderer.pipelines.backdrop.pipeline(gpu);
    let resources = [
        buffer.as_entire_binding(),
        wgpu::BindingResource::TextureView(&cube),
        wgpu::BindingResource::Sampler(renderer.pipelines.backdrop.sampler(gpu)),
    ];
    let entries = (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource });
    let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("backdrop"),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries.collect::<Vec<_>>(),
    });
    let mut encoder =
        gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("backdrop") });
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("backdrop"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, &group, &[]);
    pass.draw(0..3, 0..1);
    drop(pass);
    gpu.queue.submit([encoder.finish()]);
    true
}
