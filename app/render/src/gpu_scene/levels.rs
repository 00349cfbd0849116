//! Coarser versions of a dense surface over the same vertices (Garland and Heckbert, "Surface
//! Simplification Using Quadric Error Metrics", 1997, as meshoptimizer does it).

use meshopt::{SimplifyOptions, VertexDataAdapter};

use crate::vertex::PlainVertex;

/// Triangles of a surface at some coarseness.
pub(crate) struct Simplified {
    pub indices: Vec<u32>,
    /// How far the surface may have moved, in the units of the positions.
    pub error: f32,
}

/// Each level has about this part of the triangles of the one before.
const RATIO: usize = 4;
/// What is coarser still costs nothing anyway.
const FEWEST_TRIANGLES: usize = 64;
/// A level that saves less is not worth its memory.
const WORTH_KEEPING: f64 = 0.7;
/// Of the surface's size; beyond it nobody would know the thing again.
const LARGEST_ERROR: f32 = 0.1;

/// From fine to coarse. `borders_matter`: open borders meet another surface and stay where they are,
/// so that no gap opens between the materials of one mesh.
pub(crate) fn simplify(vertices: &[PlainVertex], indices: &[u32], borders_matter: bool) -> Vec<Simplified> {
    let bytes: &[u8] = bytemuck::cast_slice(vertices);
    let Ok(adapter) = VertexDataAdapter::new(bytes, size_of::<PlainVertex>(), 0) else {
        return Vec::new();
    };
    let size = meshopt::simplify_scale(&adapter);
    let mut options = SimplifyOptions::ErrorAbsolute | SimplifyOptions::Sparse;
    if borders_matter {
        options |= SimplifyOptions::LockBorder;
    } else {
        options |= SimplifyOptions::Prune;
    }
    let mut levels: Vec<Simplified> = Vec::new();
    loop {
        let (finer, error_so_far) =
            levels.last().map_or((indices, 0.0), |level| (level.indices.as_slice(), level.error));
        let target = 3 * (finer.len() / 3 / RATIO);
        if target < 3 * FEWEST_TRIANGLES {
            return levels;
        }
        let mut error = 0.0;
        let coarser =
            meshopt::simplify(finer, &adapter, target, LARGEST_ERROR * size, options, Some(&mut error));
        let is_worth_it = (coarser.len() as f64) < WORTH_KEEPING * finer.len() as f64;
        if coarser.is_empty() || !is_worth_it || !error.is_finite() {
            return levels;
        }
        levels.push(Simplified { indices: coarser, error: error_so_far + error });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::{Vec3, Vec4};

    #[test]
    fn a_flat_sheet_loses_its_triangles_and_keeps_its_place_and_border() {
        const SIDE: u32 = 200;
        let vertices: Vec<PlainVertex> = (0..SIDE * SIDE)
            .map(|i| {
                PlainVertex::new(Vec3::new((i % SIDE) as f32, (i / SIDE) as f32, 0.0), Vec3::Z, Vec4::ONE)
            })
            .collect();
        let indices: Vec<u32> = (0..SIDE - 1)
            .flat_map(|y| (0..SIDE - 1).map(move |x| y * SIDE + x))
            .flat_map(|a| [a, a + 1, a + SIDE + 1, a, a + SIDE + 1, a + SIDE])
            .collect();
        let area = |indices: &[u32]| -> f32 {
            let at = |v: u32| Vec3::from(vertices[v as usize].position);
            indices
                .chunks_exact(3)
                .map(|t| 0.5 * (at(t[1]) - at(t[0])).cross(at(t[2]) - at(t[0])).length())
                .sum()
        };
        for borders_matter in [false, true] {
            let levels = simplify(&vertices, &indices, borders_matter);
            assert!(levels.len() >= 2, "{}", levels.len());
            for level in &levels {
                assert!((area(&level.indices) - area(&indices)).abs() < 1.0);
                assert!(level.error < 0.001 * SIDE as f32, "{}", level.error);
            }
            let border = levels.last().unwrap().indices.iter().filter(|&&v| v < SIDE).count();
            assert!(!borders_matter || border >= SIDE as usize, "{border}");
        }
    }
}
