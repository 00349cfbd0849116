use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use scene::NodeId;

use crate::Gpu;

/// A question about one pixel, answered when the device has come to it.
pub struct PickRequest {
    pending: Option<Pending>,
}

struct Pending {
    buffer: wgpu::Buffer,
    mapped: Receiver<bool>,
    node_of_id: Arc<[NodeId]>,
}

impl PickRequest {
    /// Answered already: the background.
    pub(super) fn nothing() -> Self {
        Self { pending: None }
    }

    pub(super) fn start(gpu: &Gpu, ids: &wgpu::Texture, sample: [u32; 2], node_of_id: Arc<[NodeId]>) -> Self {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("pick"),
            size: 4,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("pick") });
        let mut source = ids.as_image_copy();
        source.origin = wgpu::Origin3d { x: sample[0], y: sample[1], z: 0 };
        encoder.copy_texture_to_buffer(
            source,
            wgpu::TexelCopyBufferInfo { buffer: &buffer, layout: wgpu::TexelCopyBufferLayout::default() },
            wgpu::Extent3d { width: 1, height: 1, depth_or_array_layers: 1 },
        );
        gpu.queue.submit([encoder.finish()]);
        let (send, mapped) = sync_channel(1);
        // The asker may be gone; then nobody misses the answer.
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            let _ = send.send(result.is_ok());
        });
        Self { pending: Some(Pending { buffer, mapped, node_of_id }) }
    }

    /// Never waits. `None`: not known yet; `Some(None)`: the background.
    pub fn poll(&self, gpu: &Gpu) -> Option<Option<NodeId>> {
        let Some(pending) = &self.pending else {
            return Some(None);
        };
        // A lost device answers nothing; the channel tells.
        let _ = gpu.device.poll(wgpu::PollType::Poll);
        match pending.mapped.try_recv() {
            Ok(true) => Some(pending.node()),
            Ok(false) | Err(TryRecvError::Disconnected) => Some(None),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// Waits for the answer.
    pub fn wait(self, gpu: &Gpu) -> Option<NodeId> {
        let pending = self.pending?;
        let _ = gpu.device.poll(wgpu::PollType::wait_indefinitely());
        if pending.mapped.recv().ok()? { pending.node() } else { None }
    }
}

impl Pending {
    fn node(&self) -> Option<NodeId> {
        let view = self.buffer.get_mapped_range(..).ok()?;
        let id = bytemuck::pod_read_unaligned::<u32>(view.get(..4)?);
        self.node_of_id.get((id as usize).checked_sub(1)?).copied()
    }
}
