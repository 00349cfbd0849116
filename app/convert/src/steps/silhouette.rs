//! How much the outline of a mesh changed, counted in pixels.

use glam::{DMat4, DQuat, DVec2, DVec3};
use rayon::prelude::*;
use scene::{Mesh, Topology};

/// Pixels that the model's diagonal is drawn over.
const SIZE: usize = 512;

/// The largest number of pixels covered by one and not the other, seen from six sides and eight
/// corners without perspective. `diagonal`: of the whole model, which fills the picture.
pub(super) fn silhouette_difference(
    before: &Mesh,
    after: &Mesh,
    world_from_mesh: DMat4,
    diagonal: f64,
) -> usize {
    if !(diagonal > 0.0 && diagonal.is_finite()) {
        return 0;
    }
    let center = center_of(before, world_from_mesh);
    let of_views = views().into_par_iter().map(|view| {
        let to_pixels = |p: DVec3| {
            let seen = view * (world_from_mesh.transform_point3(p) - center);
            (seen.truncate() / diagonal + 0.5) * SIZE as f64
        };
        let [one, other] = [before, after].map(|mesh| coverage(mesh, to_pixels));
        one.iter().zip(&other).map(|(a, b)| (a ^ b).count_ones() as usize).sum()
    });
    of_views.max().unwrap_or(0)
}

fn center_of(mesh: &Mesh, world_from_mesh: DMat4) -> DVec3 {
    let mut bounds = scene::Aabb::EMPTY;
    for position in mesh.primitives.iter().flat_map(|p| &p.vertex_positions).filter(|p| p.is_finite()) {
        bounds.add(world_from_mesh.transform_point3(position.as_dvec3()));
    }
    if bounds.is_empty() { DVec3::ZERO } else { bounds.center() }
}

fn views() -> Vec<DQuat> {
    let steps = [-1.0, 0.0, 1.0];
    let directions = steps.into_iter().flat_map(move |x| {
        steps.into_iter().flat_map(move |y| steps.into_iter().map(move |z| DVec3::new(x, y, z)))
    });
    let chosen = directions.filter(|d| d.length_squared() == 1.0 || d.length_squared() == 3.0);
    chosen.map(|d| DQuat::from_rotation_arc(d.normalize_or_zero(), DVec3::Z)).collect()
}

/// A bit a pixel, set where its middle is covered.
fn coverage(mesh: &Mesh, to_pixels: impl Fn(DVec3) -> DVec2) -> Vec<u64> {
    let mut bits = vec![0u64; SIZE * SIZE / 64];
    for primitive in mesh.primitives.iter().filter(|p| p.topology == Topology::Faces) {
        let points: Vec<DVec2> = primitive.vertex_positions.iter().map(|p| to_pixels(p.as_dvec3())).collect();
        for face in primitive.faces.iter() {
            for pair in face.windows(2).skip(1) {
                let triangle = [face[0], pair[0], pair[1]].map(|v| points[v as usize]);
                if triangle.iter().all(|p| p.is_finite()) {
                    cover(&mut bits, triangle);
                }
            }
        }
    }
    bits
}

/// Row by row between the edges.
fn cover(bits: &mut [u64], triangle: [DVec2; 3]) {
    let [top, bottom] =
        [f64::min, f64::max].map(|pick| triangle.iter().map(|p| p.y).reduce(pick).unwrap_or(0.0));
    let first = (top - 0.5).ceil().clamp(0.0, SIZE as f64) as usize;
    let end = ((bottom - 0.5).floor() + 1.0).clamp(0.0, SIZE as f64) as usize;
    for row in first..end {
        let y = row as f64 + 0.5;
        let (mut left, mut right) = (f64::INFINITY, f64::NEG_INFINITY);
        for i in 0..3 {
            let [a, b] = [triangle[i], triangle[(i + 1) % 3]];
            if (a.y <= y) != (b.y <= y) {
                let x = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
                (left, right) = (left.min(x), right.max(x));
            }
        }
        let from = (left - 0.5).ceil().clamp(0.0, SIZE as f64) as usize;
        let to = ((right - 0.5).floor() + 1.0).clamp(0.0, SIZE as f64) as usize;
        for x in from..to {
            let pixel = row * SIZE + x;
            bits[pixel / 64] |= 1 << (pixel % 64);
        }
    }
}
