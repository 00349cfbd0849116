//! Environments on the device.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::cube::Cube;
use super::{Environment, ROUGHEST};
use crate::Gpu;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// Those that were drawn with, as long as somebody holds them.
#[derive(Default)]
pub(crate) struct EnvironmentTextures(Mutex<Vec<(Weak<Environment>, wgpu::TextureView)>>);

impl EnvironmentTextures {
    pub(crate) fn view(&self, gpu: &Gpu, environment: &Arc<Environment>) -> wgpu::TextureView {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(owner, _)| owner.strong_count() > 0);
        let same = |owner: &Weak<Environment>| std::ptr::eq(owner.as_ptr(), Arc::as_ptr(environment));
        if let Some((_, view)) = kept.iter().find(|(owner, _)| same(owner)) {
            return view.clone();
        }
        let view = upload(gpu, "environment", &environment.levels);
        kept.push((Arc::downgrade(environment), view.clone()));
        view
    }
}

/// What is bound where no picture of surroundings is looked at.
pub(crate) fn black(gpu: &Gpu) -> wgpu::TextureView {
    upload(gpu, "no environment", &[Cube { side: 1, light: vec![glam::Vec3::ZERO; 6] }])
}

fn upload(gpu: &Gpu, label: &str, levels: &[Cube]) -> wgpu::TextureView {
    let side = levels.first().map_or(1, |cube| cube.side) as u32;
    let size = |side: u32| wgpu::Extent3d { width: side, height: side, depth_or_array_layers: 6 };
    debug_assert!(levels.len() <= ROUGHEST + 2);
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: size(side),
        mip_level_count: levels.len() as u32,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (mip_level, cube) in levels.iter().enumerate() {
        let texels: Vec<[u16; 4]> =
            cube.light.iter().map(|l| [half(l.x), half(l.y), half(l.z), half(1.0)]).collect();
        let destination = wgpu::TexelCopyTextureInfo {
            texture: &texture,
            mip_level: mip_level as u32,
            origin: wgpu::Origin3d::ZERO,
            aspect: wgpu::TextureAspect::All,
        };
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(8 * cube.side as u32),
            rows_per_image: Some(cube.side as u32),
        };
        gpu.queue.write_texture(destination, bytemuck::cast_slice(&texels), layout, size(cube.side as u32));
    }
    texture.create_view(&wgpu::TextureViewDescriptor {
        dimension: Some(wgpu::TextureViewDimension::Cube),
        ..Default::default()
    })
}

/// IEEE half of a number from 0 to 65504.
fn half(x: f32) -> u16 {
    // Scaled by 2^-112, the exponents of both formats start at the same bit.
    let scaled = x.clamp(0.0, 65_504.0) * f32::from_bits(0x0780_0000);
    ((scaled.to_bits() + 0x1000) >> 13) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_known_numbers() {
        assert_eq!([0.0, 1.0, 0.5, 65_504.0, 1e9].map(half), [0, 0x3c00, 0x3800, 0x7bff, 0x7bff]);
        // The least number above zero, and pi.
        assert_eq!([5.960_464_5e-8, std::f32::consts::PI].map(half), [1, 0x4248]);
    }
}
