use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use scene::NodeId;

use crate::Gpu;

/// A question about one pixel, answered when the device has come to it.
pub struct PickRequest {
    pending: Option<Pending>,
}

/// What the picture shows at a pixel of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    pub node: NodeId,
    /// Distance along the line of sight in metres.
    pub depth_m: f32,
    /// sRGB, as in the picture.
    pub color: [u8; 3],
}

struct Pending {
    buffer: wgpu::Buffer,
    mapped: Receiver<bool>,
    node_of_id: Arc<[NodeId]>,
}

/// Where a pixel's texels are read, four bytes each.
pub(super) struct Texels<'a> {
    pub ids: &'a wgpu::Texture,
    pub depths: &'a wgpu::Texture,
    pub sample: [u32; 2],
    pub picture: &'a wgpu::Texture,
    pub pixel: [u32; 2],
}

impl PickRequest {
    /// Answered already: the background.
    pub(super) fn nothing() -> Self {
        Self { pending: None }
    }

    pub(super) fn start(gpu: &Gpu, texels: &Texels<'_>, node_of_id: Arc<[NodeId]>) -> Self {
        let Texels { ids, depths, sample, picture, pixel } = *texels;
        let copies = [(ids, sample), (depths, sample), (picture, pixel)];
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("pick"),
            size: 4 * copies.len() as u64,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("pick") });
        for (i, (texture, [x, y])) in copies.into_iter().enumerate() {
            let mut source = texture.as_image_copy();
            source.origin = wgpu::Origin3d { x, y, z: 0 };
            let layout = wgpu::TexelCopyBufferLayout { offset: 4 * i as u64, ..Default::default() };
            encoder.copy_texture_to_buffer(
                source,
                wgpu::TexelCopyBufferInfo { buffer: &buffer, layout },
                wgpu::Extent3d { width: 1, height: 1, depth_or_array_layers: 1 },
            );
        }
        gpu.queue.submit([encoder.finish()]);
        let (send, mapped) = sync_channel(1);
        // The asker may be gone; then nobody misses the answer.
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            let _ = send.send(result.is_ok());
        });
        Self { pending: Some(Pending { buffer, mapped, node_of_id }) }
    }

    /// Never waits. `None`: not known yet; `Some(None)`: the background.
    pub fn poll(&self, gpu: &Gpu) -> Option<Option<Seen>> {
        let Some(pending) = &self.pending else {
            return Some(None);
        };
        // A lost device answers nothing; the channel tells.
        let _ = gpu.device.poll(wgpu::PollType::Poll);
        match pending.mapped.try_recv() {
            Ok(true) => Some(pending.seen()),
            Ok(false) | Err(TryRecvError::Disconnected) => Some(None),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// Waits for the answer.
    pub fn wait(self, gpu: &Gpu) -> Option<Seen> {
        let pending = self.pending?;
        let _ = gpu.device.poll(wgpu::PollType::wait_indefinitely());
        if pending.mapped.recv().ok()? { pending.seen() } else { None }
    }
}

impl Pending {
    fn seen(&self) -> Option<Seen> {
        let view = self.buffer.get_mapped_range(..).ok()?;
        let [id, depth, color] = [0, 4, 8].map(|at| view.get(at..at + 4));
        let id = bytemuck::pod_read_unaligned::<u32>(id?);
        let [r, g, b, _] = bytemuck::pod_read_unaligned::<[u8; 4]>(color?);
        Some(Seen {
            node: self.node_of_id.get((id as usize).checked_sub(1)?).copied()?,
            depth_m: bytemuck::pod_read_unaligned::<f32>(depth?),
            color: [r, g, b],
        })
    }
}
