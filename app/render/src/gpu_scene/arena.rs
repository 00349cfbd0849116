//! Many geometries in one buffer each for vertices and indices, so that drawing rarely changes them.

use super::geometry::Geometry;
use crate::vertex::{PlainVertex, TexturedVertex};
use crate::{Gpu, RenderError};

/// Buffers of the device that hold several geometries. A clone shares them.
#[derive(Clone)]
pub(crate) struct Arena {
    pub vertices: wgpu::Buffer,
    /// As many as `vertices`, when the geometries are textured.
    pub textured: Option<wgpu::Buffer>,
    pub indices: wgpu::Buffer,
    /// A byte a triangle, padded to words.
    pub edge_flags: wgpu::Buffer,
    /// Whether a shader may read the vertices as storage, as the wireframe does.
    pub is_bindable: bool,
}

/// Where a geometry lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub arena: usize,
    pub base_vertex: u32,
    /// A multiple of 12, so that triangle `first_index / 3` starts a word of edge flags.
    pub first_index: u32,
    pub first_coarse_index: u32,
}

/// Arenas and the place of each geometry in them. The indices of those that `stays_here` picks are left
/// out and count from 0.
pub(crate) fn fill(
    gpu: &Gpu,
    geometries: &[Geometry],
    stays_here: impl Fn(&Geometry) -> bool,
) -> Result<(Vec<Arena>, Vec<Place>), RenderError> {
    let limits = gpu.device.limits();
    let largest_binding = limits.max_storage_buffer_binding_size;
    let mut plans: Vec<Plan> = Vec::new();
    let mut places = Vec::with_capacity(geometries.len());
    for (g, geometry) in geometries.iter().enumerate() {
        let is_textured = !geometry.textured.is_empty();
        let is_bent = !geometry.sources.is_empty();
        let suits = |p: &Plan| (p.is_textured, p.is_bent) == (is_textured, is_bent);
        let n_indices = if stays_here(geometry) { 0 } else { n_indices(geometry) };
        let fits = |p: &Plan| p.has_room(geometry.vertices.len(), n_indices, largest_binding);
        let open = plans.iter().rposition(|p| suits(p) && fits(p));
        let arena = open.unwrap_or_else(|| {
            plans.push(Plan { is_textured, is_bent, ..Plan::default() });
            plans.len() - 1
        });
        let plan = &mut plans[arena];
        let first_index = if n_indices == 0 { 0 } else { plan.n_indices as u32 };
        let first_coarse_index = first_index + padded(geometry.indices.len()) as u32;
        places.push(Place { arena, base_vertex: plan.n_vertices as u32, first_index, first_coarse_index });
        plan.members.push(g);
        plan.has_indices.push(n_indices > 0);
        plan.n_vertices += geometry.vertices.len();
        plan.n_indices += n_indices;
    }
    let arenas = plans.iter().map(|plan| plan.build(gpu, geometries, &limits));
    Ok((arenas.collect::<Result<_, _>>()?, places))
}

#[derive(Default)]
struct Plan {
    is_textured: bool,
    /// Copied before the device bends it.
    is_bent: bool,
    members: Vec<usize>,
    /// As long as `members`.
    has_indices: Vec<bool>,
    n_vertices: usize,
    n_indices: usize,
}

/// Of a triangle of a stand-in.
pub(super) const ALL_EDGES: u8 = 0b111;

/// Rounded up to whole words of edge flags.
fn padded(n_indices: usize) -> usize {
    n_indices.next_multiple_of(12)
}

/// Of a geometry and its stand-in.
fn n_indices(geometry: &Geometry) -> usize {
    padded(geometry.indices.len()) + padded(geometry.coarse_indices.len())
}

impl Plan {
    fn has_room(&self, n_vertices: usize, n_indices: usize, largest_binding: u64) -> bool {
        let vertices = size_of::<PlainVertex>() * (self.n_vertices + n_vertices);
        let indices = 4 * (self.n_indices + n_indices);
        vertices.max(indices) as u64 <= largest_binding
    }

    fn build(&self, gpu: &Gpu, geometries: &[Geometry], limits: &wgpu::Limits) -> Result<Arena, RenderError> {
        let members = || self.members.iter().filter_map(|&g| geometries.get(g));
        let drawn_from_here =
            || members().zip(&self.has_indices).filter_map(|(geometry, has)| has.then_some(geometry));
        let n_vertices = self.n_vertices.max(1);
        let n_indices = self.n_indices.max(12);
        let vertex_bytes = (n_vertices * size_of::<PlainVertex>()) as u64;
        let index_bytes = 4 * n_indices as u64;
        let storage = wgpu::BufferUsages::STORAGE;
        let is_bindable = vertex_bytes.max(index_bytes) <= limits.max_storage_buffer_binding_size;
        let shared = if is_bindable { storage } else { wgpu::BufferUsages::empty() };
        let copied = if self.is_bent { wgpu::BufferUsages::COPY_SRC } else { wgpu::BufferUsages::empty() };
        let of_vertices = wgpu::BufferUsages::VERTEX | copied;
        let vertices = buffer(gpu, "vertices", vertex_bytes, of_vertices | shared, |put| {
            members().for_each(|g| put.append(bytemuck::cast_slice(&g.vertices)));
        })?;
        let textured_bytes = (n_vertices * size_of::<TexturedVertex>()) as u64;
        let textured = self.is_textured.then(|| {
            buffer(gpu, "textured vertices", textured_bytes, of_vertices, |put| {
                members().for_each(|g| put.append(bytemuck::cast_slice(&g.textured)));
            })
        });
        let writable = wgpu::BufferUsages::COPY_DST;
        let index_usage = wgpu::BufferUsages::INDEX | writable | shared;
        let indices = buffer(gpu, "indices", index_bytes, index_usage, |put| {
            for g in drawn_from_here() {
                for indices in [&g.indices, &g.coarse_indices] {
                    put.append(bytemuck::cast_slice(indices));
                    put.skip(4 * (padded(indices.len()) - indices.len()));
                }
            }
        })?;
        let edge_flags = buffer(gpu, "edge flags", (n_indices / 3) as u64, storage | writable, |put| {
            for g in drawn_from_here() {
                put.append(&g.edge_flags);
                put.skip(padded(g.indices.len()) / 3 - g.edge_flags.len());
                put.append(&vec![ALL_EDGES; padded(g.coarse_indices.len()) / 3]);
            }
        })?;
        Ok(Arena { vertices, textured: textured.transpose()?, indices, edge_flags, is_bindable })
    }
}

/// Writes one piece after the other into a mapped buffer.
pub(super) struct Put<'a> {
    view: &'a mut wgpu::BufferViewMut,
    at: usize,
}

impl Put<'_> {
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        self.view.slice(self.at..end).copy_from_slice(bytes);
        self.at = end;
    }

    fn skip(&mut self, n_bytes: usize) {
        self.at += n_bytes;
    }
}

pub(super) fn buffer(
    gpu: &Gpu,
    label: &'static str,
    n_bytes: u64,
    usage: wgpu::BufferUsages,
    write: impl FnOnce(&mut Put<'_>),
) -> Result<wgpu::Buffer, RenderError> {
    let limit = gpu.device.limits().max_buffer_size;
    if n_bytes > limit {
        return Err(RenderError::TooLarge { what: "the model", n_bytes, limit });
    }
    // Mapped at creation, wgpu writes through a staging copy unless the buffer itself can be mapped.
    let mappable =
        if gpu.maps_primary_buffers() { wgpu::BufferUsages::MAP_WRITE } else { wgpu::BufferUsages::empty() };
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: n_bytes.next_multiple_of(4),
        usage: usage | mappable,
        mapped_at_creation: true,
    });
    let mut view = buffer.get_mapped_range_mut(..).map_err(|_| RenderError::OutOfMemory)?;
    write(&mut Put { view: &mut view, at: 0 });
    drop(view);
    buffer.unmap();
    Ok(buffer)
}
