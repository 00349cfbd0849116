//! The line around what is selected.

use std::sync::{Arc, Mutex, PoisonError};

use scene::NodeId;

use super::post::texture;
use crate::pipelines::MARK_FORMAT;
use crate::{Gpu, GpuScene, Renderer};

/// Ids in a row of the texture that says which are selected; as in shaders/post/outline_mark.wgsl.
const ROW: usize = 1024;

pub(super) struct Outline {
    /// How much of each pixel shows what is selected.
    pub coverage: wgpu::TextureView,
    /// The same as a colour of the pictures.
    pub covered: wgpu::BindGroup,
    selection: Mutex<Option<Selection>>,
}

/// Which ids are selected, on the device.
struct Selection {
    nodes: Arc<[NodeId]>,
    node_of_id: Arc<[NodeId]>,
    group: wgpu::BindGroup,
}

impl Outline {
    /// `bind`: a colour and an occlusion to read, with the other targets.
    pub(super) fn new(
        gpu: &Gpu,
        size_px: [u32; 2],
        bind: impl Fn(&wgpu::TextureView, &wgpu::TextureView) -> wgpu::BindGroup,
    ) -> Self {
        let coverage = texture(gpu, "selected coverage", size_px, MARK_FORMAT)
            .create_view(&wgpu::TextureViewDescriptor::default());
        let covered = bind(&coverage, &coverage);
        Self { coverage, covered, selection: Mutex::default() }
    }

    /// For each id whether it belongs to these nodes; `None` when there are none.
    pub(super) fn selected(
        &self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        nodes: &Arc<[NodeId]>,
    ) -> Option<wgpu::BindGroup> {
        if nodes.is_empty() {
            return None;
        }
        let mut known = self.selection.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = known.as_ref().is_some_and(|selection| {
            Arc::ptr_eq(&selection.node_of_id, &scene.node_of_id) && selection.nodes == *nodes
        });
        if !is_known {
            *known = Some(Selection::new(gpu, renderer, nodes, &scene.node_of_id));
        }
        known.as_ref().map(|selection| selection.group.clone())
    }
}

impl Selection {
    fn new(gpu: &Gpu, renderer: &Renderer, nodes: &Arc<[NodeId]>, node_of_id: &Arc<[NodeId]>) -> Self {
        let n_rows = (node_of_id.len() + 1).div_ceil(ROW);
        let mut is_selected = vec![0_u8; n_rows * ROW];
        let mut sorted = nodes.to_vec();
        sorted.sort_unstable();
        // Ids count from 1.
        for (flag, node) in is_selected.iter_mut().skip(1).zip(node_of_id.iter()) {
            *flag = u8::from(sorted.binary_search(node).is_ok());
        }
        let size = wgpu::Extent3d { width: ROW as u32, height: n_rows as u32, depth_or_array_layers: 1 };
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("selected ids"),
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::R8Uint,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(ROW as u32), rows_per_image: None };
        gpu.queue.write_texture(texture.as_image_copy(), &is_selected, layout, size);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("selected ids"),
            layout: &renderer.layouts.objects_of_ids,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&view),
            }],
        });
        Self { nodes: Arc::clone(nodes), node_of_id: Arc::clone(node_of_id), group }
    }
}
