//! The shadows of a window's picture on the device.

use std::sync::{Arc, Mutex, PoisonError};

use super::FrameOptions;
use crate::gpu_scene::Casters;
use crate::shadows::{N_MAPS, SIDE, ShadowUniform, Shadows};
use crate::{Gpu, GpuScene, Look, Quality, View, Walls};

pub(super) struct ShadowMaps {
    pub view: wgpu::TextureView,
    pub uniform: wgpu::Buffer,
    made: Mutex<Option<Made>>,
}

struct Made {
    casters: Arc<Casters>,
    seen: (View, Look, Walls),
    shadows: Shadows,
}

impl ShadowMaps {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("shadows"),
            size: wgpu::Extent3d {
                width: SIDE as u32,
                height: (N_MAPS * SIDE) as u32,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::R32Float,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let uniform = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("shadows"),
            size: size_of::<ShadowUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Self { view, uniform, made: Mutex::default() }
    }

    /// While the camera moves the maps stay those of another view: the studio's key follows at rest.
    pub(super) fn write(&self, gpu: &Gpu, scene: &GpuScene, view: &View, frame: &FrameOptions) {
        if !frame.scenery.has_shadow {
            gpu.queue.write_buffer(&self.uniform, 0, bytemuck::bytes_of(&ShadowUniform::NONE));
            return;
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = (*view, frame.look.clone(), frame.walls);
        let is_usable = |made: &Made| {
            let is_same = frame.quality == Quality::Moving || made.seen == seen;
            Arc::ptr_eq(&made.casters, &scene.casters) && is_same
        };
        let made = match made.take().filter(is_usable) {
            Some(usable) => made.insert(usable),
            None => {
                let shadows = Shadows::new(scene, view, &frame.look, frame.walls);
                self.write_maps(gpu, &shadows.maps);
                made.insert(Made { casters: Arc::clone(&scene.casters), seen, shadows })
            }
        };
        let uniform = made.shadows.uniform(scene, view, &frame.look);
        gpu.queue.write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
    }

    fn write_maps(&self, gpu: &Gpu, maps: &[f32]) {
        let texture = self.view.texture();
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * SIDE as u32),
            rows_per_image: None,
        };
        gpu.queue.write_texture(texture.as_image_copy(), bytemuck::cast_slice(maps), layout, texture.size());
    }
}
