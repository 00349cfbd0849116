//! What the shaders are given of each material.

use scene::{Material, Scene};

use super::extensions::{
    Extensions, ExtensionsUniform, FIRST_SAMPLER_BINDING, FIRST_TEXTURE_BINDING, UNIFORM_BINDING, n_slots,
};
use super::material::{MaterialUniform, is_solid, may_be_solid};
use super::textures::Textures;
use super::upload::has_textures;
use super::{MaterialBindings, UploadOptions};
use crate::{Gpu, Renderer, heat};

pub(super) fn bind(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &Scene,
    materials: &[&Material],
    textures: &Textures,
    options: &UploadOptions,
) -> Vec<MaterialBindings> {
    let n_slots = n_slots(&gpu.device.limits());
    let common = materials.iter().enumerate().map(|(i, material)| MaterialUniform {
        tint: heat::packed(heat::id_color(i)),
        ..MaterialUniform::new(material, textures.main(scene, material))
    });
    let common: Vec<_> = common.collect();
    let common = Records::upload(gpu, "materials", &common);
    let is_rich = |material: &&&Material| !Extensions::of(material).is_none();
    let extended: Vec<_> =
        materials.iter().filter(is_rich).map(|material| ExtensionsUniform::new(material, n_slots)).collect();
    let extended = Records::upload(gpu, "material extensions", &extended);
    let layouts = &renderer.layouts;
    let group = |label, layout, entries: &[wgpu::BindGroupEntry<'_>]| {
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries })
    };
    let mut n_rich = 0;
    let bind_one = |(i, material): (usize, &&Material)| {
        let uniform = common.entry(0, i);
        let plain = group("plain material", &layouts.plain_material, std::slice::from_ref(&uniform));
        let is_rich = is_rich(&material);
        let mut entries = vec![uniform];
        let is_textured = options.all_uvs || has_textures(material);
        if is_rich || is_textured {
            let (views, samplers) = textures.bindings(scene, material, &renderer.fallbacks);
            entries.extend(views_from(1, &views));
            entries.extend(samplers_from(6, &samplers));
        }
        let textured = is_textured.then(|| group("textured material", &layouts.textured_material, &entries));
        let rich = is_rich.then(|| {
            let (views, samplers) = textures.extension_bindings(scene, material, &renderer.fallbacks);
            entries.push(extended.entry(UNIFORM_BINDING, n_rich));
            entries.extend(views_from(FIRST_TEXTURE_BINDING, &views[..n_slots]));
            entries.extend(samplers_from(FIRST_SAMPLER_BINDING, &samplers));
            n_rich += 1;
            group("rich material", &layouts.rich_material, &entries)
        });
        let (may_be_solid, is_solid) = (may_be_solid(material), is_solid(material));
        MaterialBindings { plain, textured, rich, may_be_solid, is_solid }
    };
    materials.iter().enumerate().map(bind_one).collect()
}

fn views_from<'a>(
    first: u32,
    views: &[&'a wgpu::TextureView],
) -> impl Iterator<Item = wgpu::BindGroupEntry<'a>> {
    (first..).zip(views.to_vec()).map(|(binding, view)| wgpu::BindGroupEntry {
        binding,
        resource: wgpu::BindingResource::TextureView(view),
    })
}

fn samplers_from<'a>(
    first: u32,
    samplers: &[&'a wgpu::Sampler],
) -> impl Iterator<Item = wgpu::BindGroupEntry<'a>> {
    (first..).zip(samplers.to_vec()).map(|(binding, sampler)| wgpu::BindGroupEntry {
        binding,
        resource: wgpu::BindingResource::Sampler(sampler),
    })
}

/// Records of one kind in a uniform buffer, each where a binding may begin.
struct Records {
    buffer: wgpu::Buffer,
    stride: usize,
    n_bytes: usize,
}

impl Records {
    fn upload<T: bytemuck::Pod>(gpu: &Gpu, label: &'static str, records: &[T]) -> Self {
        let n_bytes = size_of::<T>();
        let stride = n_bytes.next_multiple_of(256);
        let mut bytes = vec![0_u8; stride * records.len().max(1)];
        for (slot, record) in bytes.chunks_exact_mut(stride).zip(records) {
            slot[..n_bytes].copy_from_slice(bytemuck::bytes_of(record));
        }
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes.len() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        gpu.queue.write_buffer(&buffer, 0, &bytes);
        Self { buffer, stride, n_bytes }
    }

    fn entry(&self, binding: u32, i: usize) -> wgpu::BindGroupEntry<'_> {
        wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &self.buffer,
                offset: (i * self.stride) as u64,
                size: wgpu::BufferSize::new(self.n_bytes as u64),
            }),
        }
    }
}
