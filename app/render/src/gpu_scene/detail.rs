//! Levels of detail and clusters of a large scene. Made after its first picture, off the drawing
//! thread, because it takes longer than that picture may.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use scene::Topology;

use super::arena::{self, Place};
use super::clusters::{Cluster, sort_into_clusters};
use super::geometry::Geometry;
use super::levels::{Simplified, simplify};
use super::{GpuScene, Part};
use crate::draw_list::IndexSource;
use crate::{Gpu, RenderError};

/// Smaller surfaces are always drawn whole.
const FEWEST_TRIANGLES: usize = 1024;

/// The detail of a scene, once it is there.
#[derive(Default)]
pub(crate) struct DetailSlot {
    source: Mutex<Option<DetailSource>>,
    made: OnceLock<Detail>,
}

/// What the levels are made of: dense geometries, with where they lie.
pub(crate) struct DetailSource {
    geometries: Vec<(Geometry, Place)>,
}

pub(crate) struct Detail {
    /// Of each arena: indices of all levels but the finest.
    pub arenas: Vec<Option<IndexBuffers>>,
    /// By arena and first index of a part.
    surfaces: BTreeMap<(usize, u32), Arc<[Level]>>,
}

/// Indices beside an arena's.
#[derive(Clone, Debug)]
pub(crate) struct IndexBuffers {
    pub indices: wgpu::Buffer,
    /// Like [`super::Arena::edge_flags`].
    pub edge_flags: wgpu::Buffer,
}

/// A surface at one coarseness.
pub(crate) struct Level {
    /// How far it is off, in object space; 0 for the finest, whose indices are those of the arena.
    pub error: f32,
    pub clusters: Vec<Cluster>,
}

impl Level {
    pub(crate) fn indices(&self) -> Range<u32> {
        let start = self.clusters.first().map_or(0, |c| c.indices.start);
        start..self.clusters.last().map_or(start, |c| c.indices.end)
    }
}

impl DetailSlot {
    /// Keeps what is dense of `geometries` when all of them together have more triangles than
    /// `above`.
    pub(crate) fn new(geometries: Vec<Geometry>, places: &[Place], above: usize) -> Self {
        let n_triangles = |g: &Geometry| if g.topology == Topology::Faces { g.indices.len() / 3 } else { 0 };
        if geometries.iter().map(n_triangles).sum::<usize>() <= above {
            return Self::default();
        }
        let dense = geometries.into_iter().zip(places.iter().copied());
        let dense = dense.filter(|(geometry, _)| n_triangles(geometry) >= FEWEST_TRIANGLES);
        let dense = dense.map(|(geometry, place)| {
            let (textured, coarse_indices) = (Vec::new(), Vec::new());
            (Geometry { textured, coarse_indices, ..geometry }, place)
        });
        let source = DetailSource { geometries: dense.collect() };
        Self { source: Mutex::new(Some(source)), made: OnceLock::new() }
    }
}

impl Detail {
    /// Of a part, from fine to coarse; `None` when it is always drawn whole.
    pub(crate) fn levels(&self, part: &Part) -> Option<&[Level]> {
        self.surfaces.get(&(part.arena, part.indices.start)).map(AsRef::as_ref)
    }
}

impl GpuScene {
    pub(crate) fn detail(&self) -> Option<&Detail> {
        self.detail.made.get()
    }

    /// Indices and edge flags, where the scene has them.
    pub(crate) fn index_buffers(
        &self,
        arena: usize,
        source: IndexSource,
    ) -> Option<(&wgpu::Buffer, &wgpu::Buffer)> {
        match source {
            IndexSource::Arena => self.arenas.get(arena).map(|a| (&a.indices, &a.edge_flags)),
            IndexSource::Levels => {
                let buffers = self.detail()?.arenas.get(arena)?.as_ref()?;
                Some((&buffers.indices, &buffers.edge_flags))
            }
            IndexSource::Dense | IndexSource::Own => None,
        }
    }

    /// Makes large scenes quick to move around: triangles ordered for the device and culled in
    /// clusters, and coarser levels for frames that must be quick. Takes seconds for millions of
    /// triangles; call it off the drawing thread, once the first picture is there. Frames drawn
    /// meanwhile are as before. Does nothing for small scenes and when called again.
    ///
    /// # Errors
    /// [`RenderError::OutOfMemory`], [`RenderError::TooLarge`]; the scene can be drawn as before.
    pub fn refine(&self, gpu: &Gpu) -> Result<(), RenderError> {
        let source = self.detail.source.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(source) = source else { return Ok(()) };
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let detail = self.make_detail(gpu, source);
        if crate::gpu::ready(scope.pop()).is_some() {
            return Err(RenderError::OutOfMemory);
        }
        // Whoever draws from now on knows the new order; what was submitted before has the old one.
        let _ = self.detail.made.set(detail?);
        Ok(())
    }

    fn make_detail(&self, gpu: &Gpu, source: DetailSource) -> Result<Detail, RenderError> {
        let surfaces: Vec<Surfaces> = source
            .geometries
            .into_par_iter()
            .map(|(geometry, place)| Surfaces::of(geometry, place))
            .collect();
        let mut by_start = BTreeMap::new();
        let mut arenas = Vec::with_capacity(self.arenas.len());
        for (a, arena) in self.arenas.iter().enumerate() {
            let mut coarse_indices: Vec<u32> = Vec::new();
            for surfaces in surfaces.iter().filter(|s| s.place.arena == a) {
                let first = surfaces.place.first_index;
                let indices = bytemuck::cast_slice(&surfaces.geometry.indices);
                gpu.queue.write_buffer(&arena.indices, 4 * u64::from(first), indices);
                write_flags(gpu, arena, first, &surfaces.geometry.edge_flags);
                for (start, levels) in &surfaces.runs {
                    let levels = levels.iter().map(|level| level.placed(first, &mut coarse_indices));
                    by_start.insert((a, start + first), levels.collect::<Vec<_>>().into());
                }
            }
            let flags = vec![arena::ALL_EDGES; coarse_indices.len() / 3];
            let buffers = (!coarse_indices.is_empty())
                .then(|| IndexBuffers::new(gpu, "levels", &[coarse_indices], &[flags]));
            arenas.push(buffers.transpose()?);
        }
        Ok(Detail { arenas, surfaces: by_start })
    }
}

/// A byte a triangle; geometries start at whole words.
fn write_flags(gpu: &Gpu, arena: &arena::Arena, first_index: u32, flags: &[u8]) {
    let mut padded = flags.to_vec();
    padded.resize(flags.len().next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT as usize), 0);
    gpu.queue.write_buffer(&arena.edge_flags, u64::from(first_index / 3), &padded);
}

impl IndexBuffers {
    /// Of pieces one after the other. Edge flags are a byte a triangle, or none at all.
    pub(crate) fn new(
        gpu: &Gpu,
        label: &'static str,
        indices: &[Vec<u32>],
        edge_flags: &[Vec<u8>],
    ) -> Result<Self, RenderError> {
        let storage = wgpu::BufferUsages::STORAGE;
        let n_indices: usize = indices.iter().map(Vec::len).sum();
        let n_flags = edge_flags.iter().map(Vec::len).sum::<usize>().max(4);
        let usage = wgpu::BufferUsages::INDEX | storage;
        Ok(Self {
            indices: arena::buffer(gpu, label, 4 * n_indices as u64, usage, |put| {
                indices.iter().for_each(|piece| put.append(bytemuck::cast_slice(piece)));
            })?,
            edge_flags: arena::buffer(gpu, "edge flags", n_flags as u64, storage, |put| {
                edge_flags.iter().for_each(|piece| put.append(piece));
            })?,
        })
    }
}

/// The material runs of one geometry, reordered, with their levels.
struct Surfaces {
    geometry: Geometry,
    place: Place,
    /// First index of each run, and its levels from fine to coarse.
    runs: Vec<(u32, Vec<NewLevel>)>,
}

/// A level before it has its place in a buffer; ranges of its clusters count from its own start.
struct NewLevel {
    /// `None`: the indices of the geometry, from here on.
    indices: Result<Vec<u32>, u32>,
    error: f32,
    clusters: Vec<Cluster>,
}

impl Surfaces {
    fn of(mut geometry: Geometry, place: Place) -> Self {
        let borders_matter = geometry.runs.len() > 1;
        let ranges: Vec<Range<u32>> = geometry.runs.iter().map(|run| run.indices.clone()).collect();
        let runs = ranges.into_iter().map(|range| {
            let Geometry { vertices, indices, edge_flags, .. } = &mut geometry;
            let [start, end] = [range.start as usize, range.end as usize];
            let (Some(indices), Some(flags)) =
                (indices.get_mut(start..end), edge_flags.get_mut(start / 3..end / 3))
            else {
                return (range.start, Vec::new());
            };
            let clusters = sort_into_clusters(vertices, indices, flags);
            let mut levels = vec![NewLevel { indices: Err(range.start), error: 0.0, clusters }];
            levels.extend(simplify(vertices, indices, borders_matter).into_iter().map(|level| {
                let Simplified { mut indices, error } = level;
                let clusters = sort_into_clusters(vertices, &mut indices, &mut []);
                NewLevel { indices: Ok(indices), error, clusters }
            }));
            (range.start, levels)
        });
        let runs = runs.collect();
        Self { geometry, place, runs }
    }
}

impl NewLevel {
    fn placed(&self, first_index: u32, coarse_indices: &mut Vec<u32>) -> Level {
        let start = match &self.indices {
            Err(start_of_run) => first_index + start_of_run,
            Ok(indices) => {
                let start = coarse_indices.len() as u32;
                coarse_indices.extend_from_slice(indices);
                start
            }
        };
        let clusters = self
            .clusters
            .iter()
            .map(|c| Cluster { indices: c.indices.start + start..c.indices.end + start, bounds: c.bounds });
        Level { error: self.error, clusters: clusters.collect() }
    }
}
