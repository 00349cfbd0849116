//! One primitive as vertices and indices for the device.

use std::ops::Range;

use glam::{Vec2, Vec3, Vec4};
use rayon::prelude::*;
use scene::{FaceSizes, MaterialId, Primitive, Topology};

use super::coarse::coarse;
use super::corners::Corners;
use super::spacing::spacing;
use super::{OBJECT_FLAT, OBJECT_HAS_COLORS, OBJECT_HAS_TANGENTS, OBJECT_HAS_UVS, OBJECT_UNLIT};
use crate::cull::ObjectBox;
use crate::vertex::{PlainVertex, TexturedVertex};

pub(crate) struct Geometry {
    pub topology: Topology,
    pub vertices: Vec<PlainVertex>,
    /// As long as `vertices` when some run is textured, else empty.
    pub textured: Vec<TexturedVertex>,
    pub indices: Vec<u32>,
    /// A byte a triangle: bit i is set when the edge from corner i to the next is one of the polygon.
    pub edge_flags: Vec<u8>,
    /// Triangles of the stand-in; empty when the geometry is small enough to be its own.
    pub coarse_indices: Vec<u32>,
    pub runs: Vec<Run>,
    /// Bits of `Object` in shaders/common/object.wgsl.
    pub flags: u32,
    /// Subtracted from the positions, so that they are small numbers.
    pub center: Vec3,
    /// Of points; 0 for all else.
    pub point_radius: f32,
    /// Vertex and corner of the primitive of each of `vertices`; empty unless asked for.
    pub sources: Vec<[u32; 2]>,
    /// Around the vertices, relative to `center`.
    pub bounds: ObjectBox,
    pub n_dropped_triangles: usize,
}

/// Vertices that one task makes.
const CHUNK: usize = 16_384;
/// Radius of points in parts of their spacing: neighbours overlap, so that a dense cloud closes.
const DISC: f32 = 0.72;

pub(crate) struct Run {
    pub indices: Range<u32>,
    /// Into `Geometry::coarse_indices`.
    pub coarse: Range<u32>,
    pub material: Option<MaterialId>,
}

impl Geometry {
    pub(crate) fn of(primitive: &Primitive, needs_uvs: bool, stand_in_above: usize) -> Self {
        let corners = Corners::of(primitive);
        let n_vertices = corners.n_vertices(primitive);
        let (center, half, all_finite) = extent_of_used(primitive);
        let white = Vec4::ONE;
        let vertices = (0..n_vertices)
            .into_par_iter()
            .with_min_len(CHUNK)
            .map(|i| {
                let (vertex, corner) = corners.source(i);
                let position = primitive.vertex_positions[vertex as usize] - center;
                let position = if position.is_finite() { position } else { Vec3::ZERO };
                let normal =
                    primitive.normals.as_ref().and_then(|l| l.at(corner, vertex)).unwrap_or_default();
                let color = primitive.colors.first().and_then(|l| l.at(corner, vertex)).unwrap_or(white);
                PlainVertex::new(position, normal, color)
            })
            .collect();
        let textured =
            if needs_uvs { textured_vertices(primitive, &corners, n_vertices) } else { Vec::new() };
        let runs = runs(primitive, &corners);
        let edge_flags = edge_flags(primitive, &corners);
        let flags = flags(primitive);
        let mut geometry = Self {
            topology: primitive.topology,
            vertices,
            textured,
            indices: corners.indices,
            edge_flags,
            coarse_indices: Vec::new(),
            runs,
            flags,
            center,
            point_radius: 0.0,
            sources: Vec::new(),
            bounds: ObjectBox { center: Vec3::ZERO, half },
            n_dropped_triangles: 0,
        };
        if !all_finite {
            geometry.flatten_broken(|v| {
                let vertex = corners.vertices.as_ref().map_or(v, |map| map[v as usize]);
                primitive.vertex_positions[vertex as usize].is_finite()
            });
        }
        if geometry.topology == Topology::Points {
            geometry.point_radius = DISC * spacing(&geometry.vertices);
        }
        if geometry.topology == Topology::Faces && geometry.indices.len() / 3 > stand_in_above {
            let runs: Vec<_> = geometry.runs.iter().map(|run| run.indices.clone()).collect();
            let (indices, ranges) = coarse(&geometry.vertices, &geometry.indices, &runs);
            geometry.coarse_indices = indices;
            geometry.runs.iter_mut().zip(ranges).for_each(|(run, range)| run.coarse = range);
        }
        geometry
    }

    /// For vertices that the device is going to bend: says where each comes from.
    pub(crate) fn with_sources(mut self, primitive: &Primitive) -> Self {
        let corners = Corners::of(primitive);
        let source = |i| {
            let (vertex, corner) = corners.source(i);
            [vertex, corner as u32]
        };
        self.sources = (0..corners.n_vertices(primitive)).map(source).collect();
        self
    }

    /// Makes points of the triangles and lines that have a corner nowhere; nothing of them is drawn.
    fn flatten_broken(&mut self, is_finite: impl Fn(u32) -> bool) {
        let n_corners = match self.topology {
            Topology::Faces => 3,
            Topology::Lines => 2,
            Topology::Points => 1,
        };
        for corners in self.indices.chunks_mut(n_corners) {
            if !corners.iter().all(|&v| is_finite(v)) {
                corners.fill(corners[0]);
                self.n_dropped_triangles += 1;
            }
        }
    }
}

/// [`extent`], where vertices that nothing uses count only as long as they lie near the others: one
/// far away would take the precision from all.
fn extent_of_used(primitive: &Primitive) -> (Vec3, Vec3, bool) {
    const N_TRIED: usize = 1024;
    const FAR: f32 = 64.0;
    let positions = &primitive.vertex_positions;
    let corners = &primitive.faces.corner_vertices;
    let used = |step: usize| corners.iter().step_by(step).filter_map(|&v| positions.get(v as usize));
    let (center, half, all_finite) = extent(positions.iter());
    let (_, tried, _) = extent(used((corners.len() / N_TRIED).max(1)));
    if half.max_element() <= FAR * tried.max_element() {
        return (center, half, all_finite);
    }
    let (center, half, _) = extent(used(1));
    (center, half, all_finite)
}

/// Middle and half the sides of the box around the finite positions, and whether all are finite.
fn extent<'a>(positions: impl Iterator<Item = &'a Vec3>) -> (Vec3, Vec3, bool) {
    let mut low = Vec3::INFINITY;
    let mut high = Vec3::NEG_INFINITY;
    let mut all_finite = true;
    for p in positions {
        if p.is_finite() {
            low = low.min(*p);
            high = high.max(*p);
        } else {
            all_finite = false;
        }
    }
    if low.x > high.x {
        return (Vec3::ZERO, Vec3::ZERO, all_finite);
    }
    // Halved first: the sum of two large floats may be infinite.
    let center = 0.5 * low + 0.5 * high;
    // Positions are rounded when the centre is taken off.
    (center, (0.5 * high - 0.5 * low) * 1.000_01, all_finite)
}

fn textured_vertices(primitive: &Primitive, corners: &Corners, n_vertices: usize) -> Vec<TexturedVertex> {
    (0..n_vertices)
        .into_par_iter()
        .with_min_len(CHUNK)
        .map(|i| {
            let (vertex, corner) = corners.source(i);
            let uv =
                |set: usize| primitive.uvs.get(set).and_then(|l| l.at(corner, vertex)).unwrap_or(Vec2::ZERO);
            let tangent = primitive.tangents.as_ref().and_then(|l| l.at(corner, vertex)).unwrap_or(Vec4::X);
            TexturedVertex::new(tangent, [uv(0), uv(1)])
        })
        .collect()
}

fn flags(primitive: &Primitive) -> u32 {
    let mut flags = 0;
    if primitive.normals.is_none() {
        flags |= OBJECT_FLAT;
    }
    if primitive.tangents.is_some() && primitive.normals.is_some() {
        flags |= OBJECT_HAS_TANGENTS;
    }
    let has_sides = match primitive.topology {
        Topology::Faces => true,
        Topology::Lines => false,
        Topology::Points => primitive.normals.is_some(),
    };
    if !has_sides {
        flags |= OBJECT_UNLIT;
    }
    if !primitive.colors.is_empty() {
        flags |= OBJECT_HAS_COLORS;
    }
    if !primitive.uvs.is_empty() {
        flags |= OBJECT_HAS_UVS;
    }
    flags
}

/// Index ranges of the material runs. Triangles come in face order, so each run is one range.
fn runs(primitive: &Primitive, corners: &Corners) -> Vec<Run> {
    let n_indices = corners.indices.len() as u32;
    if primitive.material_runs.is_empty() {
        return vec![Run { indices: 0..n_indices, coarse: 0..0, material: None }];
    }
    let first_index = |face: usize| -> u32 {
        if face >= primitive.faces.n_faces() {
            return n_indices;
        }
        let corner = primitive.faces.corners(face).start as u32;
        match &corners.index_corners {
            None => corner,
            // A triangle's smallest corner tells its face.
            Some(index_corners) => {
                let n_triangles = index_corners.len() / 3;
                let (mut low, mut high) = (0, n_triangles);
                while low < high {
                    let middle = (low + high) / 2;
                    let of_triangle = &index_corners[3 * middle..3 * middle + 3];
                    if of_triangle.iter().all(|&c| c < corner) { low = middle + 1 } else { high = middle }
                }
                3 * low as u32
            }
        }
    };
    let ranges = primitive.material_runs.iter().map(|run| Run {
        indices: first_index(run.first_face)..first_index(run.first_face + run.n_faces),
        coarse: 0..0,
        material: run.material,
    });
    ranges.filter(|run| !run.indices.is_empty()).collect()
}

fn edge_flags(primitive: &Primitive, corners: &Corners) -> Vec<u8> {
    const ALL: u8 = 0b111;
    if primitive.topology != Topology::Faces {
        return Vec::new();
    }
    let Some(index_corners) = &corners.index_corners else {
        return vec![ALL; corners.indices.len() / 3];
    };
    let faces = &primitive.faces;
    let mut face = 0;
    index_corners
        .chunks_exact(3)
        .map(|triangle| {
            let lowest = triangle.iter().copied().min().unwrap_or(0) as usize;
            let face_corners = match &faces.sizes {
                FaceSizes::Uniform(size) => faces.corners(lowest / (*size).max(1) as usize),
                FaceSizes::Starts(_) => {
                    while faces.corners(face).end <= lowest && face < faces.n_faces() {
                        face += 1;
                    }
                    faces.corners(face)
                }
            };
            let is_edge = |a: u32, b: u32| {
                let follows = |a: u32, b: u32| {
                    b == a + 1 || (a as usize + 1 == face_corners.end && b as usize == face_corners.start)
                };
                follows(a, b) || follows(b, a)
            };
            (0..3).fold(0, |flags, i| flags | u8::from(is_edge(triangle[i], triangle[(i + 1) % 3])) << i)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Faces, MaterialRun};

    #[test]
    fn diagonals_of_quads_are_no_edges_and_runs_keep_their_triangles() {
        let quads = Primitive {
            vertex_positions: (0..8).map(|i| Vec3::new((i / 2) as f32, (i % 2) as f32, 0.0)).collect(),
            faces: Faces { corner_vertices: vec![0, 2, 3, 1, 2, 4, 5, 3], sizes: FaceSizes::Uniform(4) },
            material_runs: vec![
                MaterialRun { first_face: 0, n_faces: 1, material: None },
                MaterialRun { first_face: 1, n_faces: 1, material: None },
            ],
            ..Default::default()
        };
        let geometry = Geometry::of(&quads, false, usize::MAX);
        assert_eq!(geometry.indices.len(), 12);
        assert!(geometry.edge_flags.iter().all(|f| f.count_ones() == 2), "{:?}", geometry.edge_flags);
        let ranges: Vec<_> = geometry.runs.iter().map(|r| r.indices.clone()).collect();
        assert_eq!(ranges, [0..6, 6..12]);
    }

    #[test]
    fn a_triangle_with_a_corner_nowhere_is_dropped() {
        let mut triangles = Primitive {
            vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::splat(f32::NAN)],
            faces: Faces::triangles(vec![0, 1, 2, 0, 1, 3]),
            ..Default::default()
        };
        triangles.vertex_positions[2].y = 4.0;
        let geometry = Geometry::of(&triangles, false, usize::MAX);
        assert_eq!(geometry.n_dropped_triangles, 1);
        assert_eq!(geometry.indices, [0, 1, 2, 0, 0, 0]);
        assert_eq!(geometry.center, Vec3::new(0.5, 2.0, 0.0));
    }
}
