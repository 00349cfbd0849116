//! Dense surfaces of a scene for stills that a processor draws: their triangles stay in memory, and
//! each still sends those that it can show (`crate::still::visible`).

use std::collections::BTreeMap;

use scene::Topology;

use super::Part;
use super::arena::Place;
use super::geometry::Geometry;
use crate::vertex::PlainVertex;

/// Smaller surfaces are drawn as they are.
const FEWEST_TRIANGLES: usize = 4096;

#[derive(Default)]
pub(crate) struct DenseSurfaces {
    /// By arena and first vertex there.
    by_place: BTreeMap<(usize, u32), Geometry>,
}

/// The triangles of one part.
#[derive(Clone, Copy)]
pub(crate) struct DenseSurface<'a> {
    pub vertices: &'a [PlainVertex],
    /// Three a triangle, into `vertices`.
    pub indices: &'a [u32],
    /// Like [`super::Arena::edge_flags`].
    pub edge_flags: &'a [u8],
}

impl DenseSurface<'_> {
    pub(crate) const NONE: Self = Self { vertices: &[], indices: &[], edge_flags: &[] };
}

pub(super) fn is_dense(geometry: &Geometry) -> bool {
    geometry.topology == Topology::Faces && geometry.indices.len() / 3 >= FEWEST_TRIANGLES
}

impl DenseSurfaces {
    pub(super) fn of(geometries: Vec<Geometry>, places: &[Place]) -> Self {
        let placed = places.iter().map(|place| (place.arena, place.base_vertex));
        let dense = placed.zip(geometries).filter(|(_, geometry)| is_dense(geometry));
        let dense = dense.map(|(place, geometry)| (place, Geometry { textured: Vec::new(), ..geometry }));
        Self { by_place: dense.collect() }
    }

    /// `None` when the part's indices are in its arena.
    pub(crate) fn surface(&self, part: &Part) -> Option<DenseSurface<'_>> {
        let geometry = self.by_place.get(&(part.arena, part.base_vertex))?;
        let [start, end] = [part.indices.start as usize, part.indices.end as usize];
        Some(DenseSurface {
            vertices: &geometry.vertices,
            indices: geometry.indices.get(start..end)?,
            edge_flags: geometry.edge_flags.get(start / 3..end / 3)?,
        })
    }
}
