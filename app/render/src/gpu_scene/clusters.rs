//! Triangles in an order that suits a device: neighbours together, cut into clusters that are culled
//! one by one, each ordered for the vertex cache and against overdraw (meshoptimizer's algorithms:
//! Sander, Nehab and Barczak, "Fast Triangle Reordering for Vertex Locality and Reduced Overdraw", 2007).

use std::collections::HashMap;
use std::ops::Range;

use glam::Vec3;
use meshopt::VertexDataAdapter;
use rayon::prelude::*;

use crate::cull::ObjectBox;
use crate::vertex::PlainVertex;

/// Triangles of a cluster: few enough that culling saves something, enough that calls stay few.
const CLUSTER_TRIANGLES: usize = 4096;
/// Overdraw may cost this much of the vertex cache's use.
const OVERDRAW_THRESHOLD: f32 = 1.05;
const ALL_EDGES: u8 = 0b111;

/// Some triangles and the box around them.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub indices: Range<u32>,
    pub bounds: ObjectBox,
}

/// Reorders `indices` and, alike, `edge_flags` (a byte a triangle, or none). Ranges of the clusters
/// count from the start of `indices`.
pub(crate) fn sort_into_clusters(
    vertices: &[PlainVertex],
    indices: &mut [u32],
    edge_flags: &mut [u8],
) -> Vec<Cluster> {
    let order = along_a_curve(vertices, indices);
    let old_indices = indices.to_vec();
    let has_flags = edge_flags.iter().any(|&flags| flags != ALL_EDGES);
    let old_flags = if has_flags { edge_flags.to_vec() } else { Vec::new() };
    let mut no_flags = Vec::new();
    let flags = if has_flags { edge_flags } else { no_flags.as_mut_slice() };
    let flag_chunks: Vec<&mut [u8]> = flags.chunks_mut(CLUSTER_TRIANGLES).collect();
    let mut flag_chunks = flag_chunks.into_iter().map(Some).collect::<Vec<_>>();
    flag_chunks.resize_with(order.len().div_ceil(CLUSTER_TRIANGLES), || None);
    let work = order.par_chunks(CLUSTER_TRIANGLES).zip(indices.par_chunks_mut(3 * CLUSTER_TRIANGLES));
    work.zip(flag_chunks)
        .enumerate()
        .map(|(c, ((members, indices), flags))| {
            let triangle = |t: u32| {
                let first = 3 * t as usize;
                [old_indices[first], old_indices[first + 1], old_indices[first + 2]]
            };
            for (slot, &t) in indices.chunks_exact_mut(3).zip(members) {
                slot.copy_from_slice(&triangle(t));
            }
            let bounds = order_for_the_caches(vertices, indices);
            if let Some(flags) = flags {
                let of_triangle: HashMap<[u32; 3], u8> = members
                    .iter()
                    .map(|&t| (triangle(t), old_flags.get(t as usize).copied().unwrap_or(ALL_EDGES)))
                    .collect();
                for (flag, corners) in flags.iter_mut().zip(indices.chunks_exact(3)) {
                    *flag = of_triangle.get(corners).copied().unwrap_or(ALL_EDGES);
                }
            }
            let start = (3 * CLUSTER_TRIANGLES * c) as u32;
            Cluster { indices: start..start + indices.len() as u32, bounds }
        })
        .collect()
}

/// Triangles by the place of their middle on a Morton curve.
fn along_a_curve(vertices: &[PlainVertex], indices: &[u32]) -> Vec<u32> {
    let position = |v: u32| vertices.get(v as usize).map_or(Vec3::ZERO, |v| Vec3::from(v.position));
    let middles: Vec<Vec3> = indices
        .par_chunks_exact(3)
        .map(|t| (position(t[0]) + position(t[1]) + position(t[2])) / 3.0)
        .collect();
    let (low, high) =
        middles.iter().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(l, h), m| (l.min(*m), h.max(*m)));
    // One scale for all sides, so that clusters come out as round as they can.
    let cells = 1023.0 / (high - low).max_element().max(f32::MIN_POSITIVE);
    let mut keyed: Vec<u64> = middles
        .par_iter()
        .zip(0_u32..middles.len() as u32)
        .map(|(middle, t)| u64::from(morton((*middle - low) * cells)) << 32 | u64::from(t))
        .collect();
    keyed.par_sort_unstable();
    keyed.into_iter().map(|key| key as u32).collect()
}

/// Ten bits of each coordinate, interleaved. A cast from NaN gives 0.
fn morton(cell: Vec3) -> u32 {
    let spread = |x: f32| {
        let x = (x as u32).min(1023);
        let x = (x | x << 16) & 0x030000ff;
        let x = (x | x << 8) & 0x0300f00f;
        let x = (x | x << 4) & 0x030c30c3;
        (x | x << 2) & 0x09249249
    };
    spread(cell.x) | spread(cell.y) << 1 | spread(cell.z) << 2
}

/// Reorders the triangles of one cluster; returns the box around them. The corners of each triangle
/// stay in their order.
fn order_for_the_caches(vertices: &[PlainVertex], indices: &mut [u32]) -> ObjectBox {
    // The few vertices of the cluster alone: meshoptimizer's tables are as long as the vertices.
    let mut used = indices.to_vec();
    used.sort_unstable();
    used.dedup();
    let positions: Vec<[f32; 3]> =
        used.iter().map(|&v| vertices.get(v as usize).map_or([0.0; 3], |v| v.position)).collect();
    let mut local: Vec<u32> =
        indices.iter().map(|v| used.binary_search(v).unwrap_or_default() as u32).collect();
    meshopt::optimize_vertex_cache_in_place(&mut local, used.len());
    if let Ok(adapter) = VertexDataAdapter::new(bytemuck::cast_slice(&positions), 12, 0) {
        meshopt::optimize_overdraw_in_place(&mut local, &adapter, OVERDRAW_THRESHOLD);
    }
    for (index, local) in indices.iter_mut().zip(&local) {
        *index = used.get(*local as usize).copied().unwrap_or_default();
    }
    ObjectBox::around(positions.into_iter().map(Vec3::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec4;

    #[test]
    fn every_triangle_stays_with_its_edges_and_lies_in_the_box_of_its_cluster() {
        const SIDE: u32 = 120;
        let vertices: Vec<PlainVertex> = (0..SIDE * SIDE)
            .map(|i| {
                PlainVertex::new(Vec3::new((i % SIDE) as f32, (i / SIDE) as f32, 0.0), Vec3::Z, Vec4::ONE)
            })
            .collect();
        let mut indices: Vec<u32> = (0..SIDE - 1)
            .flat_map(|y| (0..SIDE - 1).map(move |x| y * SIDE + x))
            .flat_map(|a| [a, a + 1, a + SIDE + 1, a, a + SIDE + 1, a + SIDE])
            .collect();
        // A flag that can be told from the triangle itself.
        let flag = |t: &[u32]| if t[1] == t[0] + 1 { 0b011 } else { 0b110 };
        let mut flags: Vec<u8> = indices.chunks_exact(3).map(flag).collect();
        let sorted = |indices: &[u32]| {
            let mut list: Vec<Vec<u32>> = indices.chunks_exact(3).map(<[u32]>::to_vec).collect();
            list.sort();
            list
        };
        let before = sorted(&indices);
        let clusters = sort_into_clusters(&vertices, &mut indices, &mut flags);
        assert_eq!(sorted(&indices), before);
        assert!(indices.chunks_exact(3).zip(&flags).all(|(t, f)| *f == flag(t)));
        assert!(clusters.len() == 7 && clusters.last().unwrap().indices.end == indices.len() as u32);
        let mut covered = 0.0;
        for cluster in &clusters {
            let range = cluster.indices.start as usize..cluster.indices.end as usize;
            let ObjectBox { center, half } = cluster.bounds;
            let is_inside = |v: &u32| {
                let p = Vec3::from(vertices[*v as usize].position);
                (p - center).abs().cmple(half + 1e-3).all()
            };
            assert!(indices[range].iter().all(is_inside));
            covered += 4.0 * half.x * half.y;
        }
        assert!(covered < 2.5 * (SIDE * SIDE) as f32, "compact: {covered}");
    }
}
