//! Targets of a still, and the way back from the device.

use std::sync::mpsc::sync_channel;

use crate::targets::{FrameBindings, NORMALS, Targets};
use crate::{Gpu, RenderError, Renderer};

pub(crate) struct StillTargets {
    pub targets: Targets,
    pub bindings: FrameBindings,
    /// One for each target, made when it is first read.
    buffers: [Option<wgpu::Buffer>; 5],
}

/// Rows of a copied texture start at multiples of this many bytes.
const ROW_ALIGNMENT: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

impl StillTargets {
    pub(crate) fn new(
        gpu: &Gpu,
        renderer: &Renderer,
        size: [u32; 2],
        lit_format: wgpu::TextureFormat,
    ) -> Result<Self, RenderError> {
        let targets = Targets::new(gpu, size, lit_format)?;
        let row_bytes = targets.row_n_bytes(NORMALS).next_multiple_of(ROW_ALIGNMENT);
        let n_bytes = u64::from(row_bytes) * u64::from(size[1]);
        let limit = gpu.device.limits().max_buffer_size;
        if n_bytes > limit {
            return Err(RenderError::TooLarge { what: "the picture", n_bytes, limit });
        }
        Ok(Self { targets, bindings: FrameBindings::new(gpu, renderer), buffers: [const { None }; 5] })
    }

    pub(crate) fn size(&self) -> [u32; 2] {
        self.targets.size
    }

    /// Copies the `wanted` targets to memory and waits for them.
    pub(crate) fn read(&mut self, gpu: &Gpu, wanted: &[usize]) -> Result<Readback<'_>, RenderError> {
        let size = self.size();
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("readback") });
        for &target in wanted {
            let stride = self.targets.row_n_bytes(target).next_multiple_of(ROW_ALIGNMENT);
            let buffer = self.buffers[target].get_or_insert_with(|| {
                gpu.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("readback"),
                    size: u64::from(stride) * u64::from(size[1]),
                    usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                    mapped_at_creation: false,
                })
            });
            encoder.copy_texture_to_buffer(
                self.targets.textures[target].as_image_copy(),
                wgpu::TexelCopyBufferInfo {
                    buffer,
                    layout: wgpu::TexelCopyBufferLayout {
                        offset: 0,
                        bytes_per_row: Some(stride),
                        rows_per_image: None,
                    },
                },
                wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
            );
        }
        let submission = gpu.queue.submit([encoder.finish()]);
        let (send, mapped) = sync_channel(wanted.len());
        for buffer in wanted.iter().filter_map(|&t| self.buffers[t].as_ref()) {
            let send = send.clone();
            // The receiver outlives the poll below.
            buffer.map_async(wgpu::MapMode::Read, .., move |result| drop(send.send(result)));
        }
        drop(send);
        gpu.device
            .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None })
            .map_err(|error| RenderError::Device(error.to_string()))?;
        for result in mapped {
            result.map_err(|error| RenderError::Device(error.to_string()))?;
        }
        let mapped = wanted.to_vec();
        Ok(Readback { buffers: &self.buffers, targets: &self.targets, mapped })
    }
}

/// Mapped targets; unmapped when dropped.
pub(crate) struct Readback<'a> {
    buffers: &'a [Option<wgpu::Buffer>; 5],
    targets: &'a Targets,
    mapped: Vec<usize>,
}

/// The rows of a target without padding.
pub(crate) enum TargetBytes {
    Mapped(wgpu::BufferView),
    Copied(Vec<u8>),
}

impl std::ops::Deref for TargetBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(view) => view,
            Self::Copied(bytes) => bytes,
        }
    }
}

impl Readback<'_> {
    pub(crate) fn bytes(&self, target: usize) -> Result<TargetBytes, RenderError> {
        let lost = || RenderError::Device("a picture could not be read back".into());
        let buffer = self.buffers[target].as_ref().ok_or_else(lost)?;
        let view = buffer.get_mapped_range(..).map_err(|_| lost())?;
        let row = self.targets.row_n_bytes(target) as usize;
        let stride = row.next_multiple_of(ROW_ALIGNMENT as usize);
        if row == stride {
            return Ok(TargetBytes::Mapped(view));
        }
        Ok(TargetBytes::Copied(
            view.chunks_exact(stride).flat_map(|padded| &padded[..row]).copied().collect(),
        ))
    }
}

impl Drop for Readback<'_> {
    fn drop(&mut self) {
        for buffer in self.mapped.iter().filter_map(|&t| self.buffers[t].as_ref()) {
            buffer.unmap();
        }
    }
}
