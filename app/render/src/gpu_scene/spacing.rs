//! How far the points of a cloud lie apart, which tells how large they are drawn.

use std::collections::BTreeMap;

use glam::Vec3;

use crate::vertex::PlainVertex;

/// Cells along the longest side of the box, at first.
const FINEST: u32 = 256;
/// Cells with fewer points than this, on average, tell nothing about their spacing.
const ENOUGH: usize = 6;
/// Points that are looked at; a cloud has more of them than their spacing needs.
const N_LOOKED_AT: usize = 100_000;

/// Mean distance between neighbours of a cloud that lies on surfaces, in its own units: cells of a
/// grid as small as still hold a few points each. 0 for fewer than two points in different places.
pub(super) fn spacing(vertices: &[PlainVertex]) -> f32 {
    let positions = || vertices.iter().map(|v| Vec3::from(v.position));
    let (low, high) =
        positions().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(l, h), p| (l.min(p), h.max(p)));
    let longest = (high - low).max_element();
    if !(longest > 0.0 && longest.is_finite()) {
        return 0.0;
    }
    // A part of the box, because leaving points out would thin the cloud.
    let n_looked_at = vertices.len().min(N_LOOKED_AT);
    let reach = if vertices.len() > N_LOOKED_AT {
        (n_looked_at as f32 / vertices.len() as f32).sqrt().max(0.05)
    } else {
        1.0
    };
    let center = Vec3::from(vertices[vertices.len() / 2].position);
    let near: Vec<Vec3> =
        positions().filter(|p| (*p - center).abs().max_element() <= reach * longest).collect();
    let mut n_cells = FINEST;
    loop {
        let cell = longest * reach / n_cells as f32;
        let mut cells: BTreeMap<[i32; 3], usize> = BTreeMap::new();
        for p in &near {
            *cells.entry(((*p - low) / cell).floor().as_ivec3().to_array()).or_default() += 1;
        }
        if near.len() >= ENOUGH * cells.len() || n_cells <= 1 {
            return cell * (cells.len() as f32 / near.len().max(1) as f32).sqrt();
        }
        n_cells /= 2;
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec4;

    use super::*;

    #[test]
    fn a_square_grid_of_points_is_measured() {
        for (side, step) in [(40, 0.5_f32), (500, 0.01)] {
            let points: Vec<_> = (0..side * side)
                .map(|i| Vec3::new((i % side) as f32 * step, (i / side) as f32 * step, 0.0))
                .map(|p| PlainVertex::new(p, Vec3::ZERO, Vec4::ONE))
                .collect();
            let found = spacing(&points) / step;
            assert!((0.8..1.25).contains(&found), "{side}: {found}");
        }
        assert_eq!(spacing(&[PlainVertex::new(Vec3::ONE, Vec3::ZERO, Vec4::ONE); 9]), 0.0);
        assert_eq!(spacing(&[]), 0.0);
    }
}
