//! Which faces meet at each edge of a surface.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::faces::FaceKind;
use crate::surface::Surface;

/// What lies across each edge. An edge has the number of the corner where it starts.
pub(crate) struct Edges {
    across: Vec<u32>,
    /// Edges with more than two faces, each as the corners that start it, in vertex order.
    pub(crate) non_manifold: Vec<Vec<u32>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Across {
    /// The one other face that has this edge, by its corner.
    Face {
        corner: usize,
        same_direction: bool,
    },
    Border,
    NonManifold,
    /// Both ends on one vertex, or a face that takes no part.
    NoEdge,
}

const NO_EDGE: u32 = u32::MAX;
const BORDER: u32 = u32::MAX - 1;
const NON_MANIFOLD: u32 = u32::MAX - 2;

/// Vertices handled as one piece of parallel work.
const BLOCK: usize = 8192;

impl Edges {
    /// Linear in the corners but for a sort within the edges of one vertex.
    pub(crate) fn new(surface: &Surface, kinds: &[FaceKind]) -> Self {
        let (mut half_edges, ends) = bucket_by_lower_vertex(surface, kinds);
        let across: Vec<AtomicU32> = surface.corners.iter().map(|_| AtomicU32::new(NO_EDGE)).collect();
        let mut blocks = Vec::new();
        let mut rest = half_edges.as_mut_slice();
        let mut taken = 0;
        for (b, block_ends) in ends.chunks(BLOCK).enumerate() {
            let end = block_ends.last().map_or(taken, |&end| end as usize);
            let (block, after) = rest.split_at_mut(end - taken);
            blocks.push((b * BLOCK, taken, block_ends, block));
            rest = after;
            taken = end;
        }
        let non_manifold = blocks
            .into_par_iter()
            .flat_map_iter(|(first_vertex, first, ends, block)| {
                let mut non_manifold = Vec::new();
                let mut start = 0;
                for (i, &end) in ends.iter().enumerate() {
                    let end = end as usize - first;
                    let bucket = &mut block[start..end];
                    start = end;
                    bucket.sort_unstable();
                    for edge in bucket.chunk_by(|a, b| a >> 32 == b >> 32) {
                        let vertex = (first_vertex + i) as u32;
                        connect(surface, vertex, edge, &across, &mut non_manifold);
                    }
                }
                non_manifold
            })
            .collect();
        Self { across: across.into_iter().map(AtomicU32::into_inner).collect(), non_manifold }
    }

    pub(crate) fn across(&self, corner: usize) -> Across {
        match self.across[corner] {
            NO_EDGE => Across::NoEdge,
            BORDER => Across::Border,
            NON_MANIFOLD => Across::NonManifold,
            packed => Across::Face { corner: (packed >> 1) as usize, same_direction: packed & 1 == 1 },
        }
    }

    pub(crate) fn borders(&self) -> impl Iterator<Item = usize> {
        self.across.iter().enumerate().filter(|(_, a)| **a == BORDER).map(|(corner, _)| corner)
    }
}

/// Every edge of every face as `higher vertex << 32 | corner`, ordered by lower vertex, and where
/// each vertex's share ends.
fn bucket_by_lower_vertex(surface: &Surface, kinds: &[FaceKind]) -> (Vec<u64>, Vec<u32>) {
    let mut starts = vec![0u32; surface.points.len() + 1];
    for_each_edge(surface, kinds, |lower, _, _| starts[lower as usize + 1] += 1);
    for v in 1..starts.len() {
        starts[v] += starts[v - 1];
    }
    let mut half_edges = vec![0u64; starts.last().map_or(0, |&n| n as usize)];
    for_each_edge(surface, kinds, |lower, higher, corner| {
        let slot = &mut starts[lower as usize];
        half_edges[*slot as usize] = u64::from(higher) << 32 | corner as u64;
        *slot += 1;
    });
    // Filling moved each start to the end of its share.
    starts.pop();
    (half_edges, starts)
}

/// Lower vertex, higher vertex and starting corner of the edges of all connected faces.
fn for_each_edge(surface: &Surface, kinds: &[FaceKind], mut visit: impl FnMut(u32, u32, usize)) {
    for face in (0..surface.n_faces()).filter(|&f| kinds[f].is_connected()) {
        let range = surface.face_corners(face);
        let vertices = &surface.corners[range.clone()];
        let mut before = vertices[vertices.len() - 1];
        let mut corner = range.end - 1;
        for (i, &vertex) in vertices.iter().enumerate() {
            if before != vertex {
                visit(before.min(vertex), before.max(vertex), corner);
            }
            before = vertex;
            corner = range.start + i;
        }
    }
}

fn connect(
    surface: &Surface,
    vertex: u32,
    edge: &[u64],
    across: &[AtomicU32],
    non_manifold: &mut Vec<Vec<u32>>,
) {
    let corner_of = |half_edge: u64| half_edge as u32;
    let set = |corner: u32, value: u32| across[corner as usize].store(value, Ordering::Relaxed);
    match *edge {
        [one] => set(corner_of(one), BORDER),
        [one, two] => {
            let [one, two] = [one, two].map(corner_of);
            let starts_here = |corner: u32| surface.corners[corner as usize] == vertex;
            let same_direction = starts_here(one) == starts_here(two);
            if same_direction && lie_on_each_other(surface, one, two) {
                set(one, BORDER);
                set(two, BORDER);
            } else {
                set(one, two << 1 | u32::from(same_direction));
                set(two, one << 1 | u32::from(same_direction));
            }
        }
        _ => {
            let corners: Vec<u32> = edge.iter().map(|&half_edge| corner_of(half_edge)).collect();
            for &corner in &corners {
                set(corner, NON_MANIFOLD);
            }
            non_manifold.push(corners);
        }
    }
}

/// Two faces that run along an edge the same way are flipped against each other, unless they lie
/// on the same side of it, one on top of the other: then two borders happen to coincide.
fn lie_on_each_other(surface: &Surface, one: u32, two: u32) -> bool {
    let [one, two] = [one, two].map(|corner| surface.double_area(surface.face_of(corner as usize)));
    one.normalize_or_zero().dot(two.normalize_or_zero()) > 0.999
}
