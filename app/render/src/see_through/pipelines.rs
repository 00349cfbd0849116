//! Layouts and pipelines of the passes over whole pictures; those that draw surfaces stand with the
//! other geometry pipelines.

use std::sync::{Arc, OnceLock};

use wgpu::{BlendComponent, BlendFactor, BlendOperation, TextureFormat as Format};

use super::layers::LAYER_FORMATS;
use crate::Gpu;
use crate::pipelines::{Made, fullscreen};
use crate::targets::{SCENE_LINEAR_FORMAT, TARGET_FORMATS};

pub(crate) struct Layouts {
    /// Group 3 of surfaces that are drawn as layers: uniform, two depth buffers, the light left.
    pub layer: wgpu::BindGroupLayout,
    /// Group 3: uniform, then the four textures of a layer.
    pub under: wgpu::BindGroupLayout,
    /// The same, then the solid surfaces as samples and as a backdrop with its sampler.
    pub finish: wgpu::BindGroupLayout,
    /// Group 3: a colour.
    pub solid: wgpu::BindGroupLayout,
    /// Group 3: a level of the backdrop and its sampler.
    pub level: wgpu::BindGroupLayout,
    pub sampler: wgpu::Sampler,
}

impl Layouts {
    pub(crate) fn new(gpu: &Gpu) -> Self {
        let entry = |binding: usize, ty| wgpu::BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty,
            count: None,
        };
        let texture = |sample_type| wgpu::BindingType::Texture {
            sample_type,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let uniform = wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let color = texture(wgpu::TextureSampleType::Float { filterable: false });
        let filtered = texture(wgpu::TextureSampleType::Float { filterable: true });
        let depth = texture(wgpu::TextureSampleType::Depth);
        let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let layout = |label, types: &[wgpu::BindingType]| {
            let entries: Vec<_> = types.iter().enumerate().map(|(i, ty)| entry(i, *ty)).collect();
            let descriptor = wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries };
            gpu.device.create_bind_group_layout(&descriptor)
        };
        Self {
            layer: layout("layer", &[uniform, depth, depth, color]),
            under: layout("layer under", &[uniform, color, color, color, color]),
            finish: layout("see through", &[uniform, color, color, color, color, color, filtered, sampler]),
            solid: layout("solid", &[color]),
            level: layout("level", &[filtered, sampler]),
            sampler: gpu.device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("backdrop"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..Default::default()
            }),
        }
    }
}

/// Made when a scene first asks for them.
#[derive(Default)]
pub(crate) struct Pipelines {
    under: OnceLock<wgpu::RenderPipeline>,
    /// By whether lit colours are kept as light.
    finish: Made<bool, wgpu::RenderPipeline>,
    backdrop: Made<bool, wgpu::RenderPipeline>,
    halve: Made<bool, wgpu::RenderPipeline>,
}

const fn blend(src_factor: BlendFactor, dst_factor: BlendFactor) -> BlendComponent {
    BlendComponent { src_factor, dst_factor, operation: BlendOperation::Add }
}

/// Adds up.
pub(super) const SUM: wgpu::BlendState = wgpu::BlendState {
    color: blend(BlendFactor::One, BlendFactor::One),
    alpha: blend(BlendFactor::One, BlendFactor::One),
};
/// Multiplies.
pub(super) const PRODUCT: wgpu::BlendState = wgpu::BlendState {
    color: blend(BlendFactor::Zero, BlendFactor::Src),
    alpha: blend(BlendFactor::Zero, BlendFactor::One),
};

/// Targets of a layer that fragments, or whole layers, are gathered in.
pub(crate) fn gathering() -> [Option<wgpu::ColorTargetState>; 4] {
    let blends = [SUM, PRODUCT, SUM, SUM];
    std::array::from_fn(|i| {
        let (format, blend) = (LAYER_FORMATS[i], Some(blends[i]));
        Some(wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL })
    })
}

/// Targets of a layer of single fragments.
pub(crate) fn replacing() -> [Option<wgpu::ColorTargetState>; 4] {
    LAYER_FORMATS.map(|format| Some(format.into()))
}

impl Pipelines {
    pub(super) fn under(&self, gpu: &Gpu, layouts: &crate::pipelines::Layouts) -> &wgpu::RenderPipeline {
        self.under.get_or_init(|| {
            let groups = [None, None, None, Some(&layouts.see_through.under)];
            fullscreen(gpu, "post/layer_under.wgsl", &groups, &gathering())
        })
    }

    pub(super) fn finish(
        &self,
        gpu: &Gpu,
        layouts: &crate::pipelines::Layouts,
        lit_format: Format,
    ) -> Arc<wgpu::RenderPipeline> {
        self.finish.get_or_make(lit_format == SCENE_LINEAR_FORMAT, || {
            let groups = [None, None, None, Some(&layouts.see_through.finish)];
            let lit = Some(lit_format.into());
            let albedo = Some(wgpu::ColorTargetState {
                format: TARGET_FORMATS[crate::targets::ALBEDO],
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            });
            fullscreen(gpu, "post/see_through.wgsl", &groups, &[lit, albedo])
        })
    }

    pub(super) fn backdrop(
        &self,
        gpu: &Gpu,
        layouts: &crate::pipelines::Layouts,
        format: Format,
    ) -> Arc<wgpu::RenderPipeline> {
        self.backdrop.get_or_make(format == SCENE_LINEAR_FORMAT, || {
            let groups =
                [Some(&layouts.picture), Some(&layouts.floor), None, Some(&layouts.see_through.solid)];
            fullscreen(gpu, "post/backdrop.wgsl", &groups, &[Some(format.into())])
        })
    }

    pub(super) fn halve(
        &self,
        gpu: &Gpu,
        layouts: &crate::pipelines::Layouts,
        format: Format,
    ) -> Arc<wgpu::RenderPipeline> {
        self.halve.get_or_make(format == SCENE_LINEAR_FORMAT, || {
            let groups = [None, None, None, Some(&layouts.see_through.level)];
            fullscreen(gpu, "post/halve.wgsl", &groups, &[Some(format.into())])
        })
    }
}
