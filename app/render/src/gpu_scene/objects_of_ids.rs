//! Which object each id belongs to: ids tell materials of one object apart, lines need not.

use std::sync::Arc;

use scene::NodeId;

use crate::{Gpu, Renderer};

/// Ids in a row of the texture. Twin: `object_at` in shaders/post/edge_mark.wgsl.
const ROW: usize = 1024;

#[derive(Clone)]
pub(crate) struct ObjectsOfIds {
    /// By id; the background, which is id 0, first.
    pub list: Arc<[u32]>,
    /// The same on the device.
    pub group: wgpu::BindGroup,
}

impl ObjectsOfIds {
    pub(crate) fn new(gpu: &Gpu, renderer: &Renderer, node_of_id: &[NodeId]) -> Self {
        let mut list = vec![u32::MAX];
        list.extend(node_of_id.iter().map(|&node| node as u32));
        let largest = gpu.device.limits().max_texture_dimension_2d as usize;
        let n_rows = list.len().div_ceil(ROW).min(largest);
        let mut rows = list.clone();
        rows.resize(n_rows * ROW, u32::MAX);
        let size = wgpu::Extent3d { width: ROW as u32, height: n_rows as u32, depth_or_array_layers: 1 };
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("objects of ids"),
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::R32Uint,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * ROW as u32),
            rows_per_image: None,
        };
        gpu.queue.write_texture(texture.as_image_copy(), bytemuck::cast_slice(&rows), layout, size);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("objects of ids"),
            layout: &renderer.layouts.objects_of_ids,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&view),
            }],
        });
        Self { list: list.into(), group }
    }
}
