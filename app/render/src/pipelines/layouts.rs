//! What the shaders find in their groups.

use crate::gpu_scene::{FIRST_SAMPLER_BINDING, FIRST_TEXTURE_BINDING, N_SAMPLERS, UNIFORM_BINDING, n_slots};
use crate::{Gpu, see_through};

pub(crate) struct Layouts {
    /// The frame's uniform, the surroundings, the file's lights and their shadows.
    pub frame: wgpu::BindGroupLayout,
    /// The one uniform of the pictures, and what is behind the model where that is a picture.
    pub picture: wgpu::BindGroupLayout,
    pub plain_material: wgpu::BindGroupLayout,
    pub textured_material: wgpu::BindGroupLayout,
    pub rich_material: wgpu::BindGroupLayout,
    pub objects: wgpu::BindGroupLayout,
    pub wireframe: wgpu::BindGroupLayout,
    /// The shadow on the floor.
    pub floor: wgpu::BindGroupLayout,
    pub bend: wgpu::BindGroupLayout,
    /// Group 2 of the pictures.
    pub objects_of_ids: wgpu::BindGroupLayout,
    /// Group 3 of the pictures: a colour, normals, depth, id, occlusion, maps of shadows and their places.
    pub pictures: wgpu::BindGroupLayout,
    pub see_through: see_through::Layouts,
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
        let mut rich = textured.clone();
        rich.push(entry(UNIFORM_BINDING, fragment, uniform));
        let n_slots = n_slots(&gpu.device.limits()) as u32;
        rich.extend((0..n_slots).map(|i| entry(FIRST_TEXTURE_BINDING + i, fragment, filtered)));
        rich.extend((0..N_SAMPLERS as u32).map(|i| entry(FIRST_SAMPLER_BINDING + i, fragment, sampler)));
        let cube = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: true },
            view_dimension: wgpu::TextureViewDimension::Cube,
            multisampled: false,
        };
        Self {
            frame: layout(
                "frame",
                &[
                    entry(0, both, uniform),
                    entry(1, fragment, cube),
                    entry(2, fragment, sampler),
                    entry(3, fragment, uniform),
                    entry(4, fragment, storage),
                ],
            ),
            picture: layout("picture", &[entry(0, both, uniform), entry(1, fragment, unfiltered)]),
            plain_material: layout("plain material", &[entry(0, fragment, uniform)]),
            textured_material: layout("textured material", &textured),
            rich_material: layout("rich material", &rich),
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
            bend: bend_layout(gpu),
            objects_of_ids: layout("objects of ids", &[entry(0, fragment, integer)]),
            pictures: layout(
                "pictures",
                &[
                    entry(0, fragment, unfiltered),
                    entry(1, fragment, integer),
                    entry(2, fragment, unfiltered),
                    entry(3, fragment, integer),
                    entry(4, fragment, unfiltered),
                    entry(5, fragment, unfiltered),
                    entry(6, fragment, uniform),
                ],
            ),
            see_through: see_through::Layouts::new(gpu),
        }
    }
}

/// What shaders/passes/bend.wgsl reads and writes.
fn bend_layout(gpu: &Gpu) -> wgpu::BindGroupLayout {
    let entry = |binding, ty, has_dynamic_offset| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
        count: None,
    };
    let storage = |binding, read_only| entry(binding, wgpu::BufferBindingType::Storage { read_only }, false);
    let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform, true)];
    entries.extend((1..3).map(|i| storage(i, false)));
    entries.extend((3..8).map(|i| storage(i, true)));
    gpu.device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some("bend"), entries: &entries })
}
