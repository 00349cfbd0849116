//! Normals where Blender keeps none: corners share one as far as the shading between them is smooth.

use glam::Vec3;
use scene::Faces;

use super::WorkCtx;
use crate::ReadFault;

pub(super) struct Shading<'a> {
    /// One a face.
    pub(super) is_smooth: &'a [bool],
    /// Sorted, the smaller vertex first.
    pub(super) sharp_edges: Vec<[u32; 2]>,
    /// Faces that meet at a sharper angle do not blend.
    pub(super) max_angle_radians: Option<f32>,
}

/// One side of an edge: its ends in order, and the corners of its face at them.
#[derive(Clone, Copy)]
struct Side {
    ends: [u32; 2],
    corners: [u32; 2],
    face: u32,
}

/// One unit vector a corner: the sum of the faces around its vertex, weighted by their angle there
/// (Thürmer & Wüthrich 1998), up to the next sharp edge.
///
/// # Errors
/// Only a cancel.
pub(super) fn corner_normals(
    positions: &[Vec3],
    faces: &Faces,
    shading: &Shading<'_>,
    ctx: &WorkCtx,
) -> Result<Vec<Vec3>, ReadFault> {
    let n_corners = faces.corner_vertices.len();
    let mut face_normals = Vec::with_capacity(faces.n_faces());
    let mut weights = vec![0.0_f32; n_corners];
    let mut sides = Vec::new();
    for face in 0..faces.n_faces() {
        if face % 65_536 == 0 {
            ctx.check_cancelled()?;
        }
        let corners = faces.corners(face);
        let n = corners.len();
        let at = |i: usize| positions[faces.corner_vertices[corners.start + i % n] as usize];
        let newell: Vec3 = (1..n.saturating_sub(1)).map(|i| (at(i) - at(0)).cross(at(i + 1) - at(0))).sum();
        face_normals.push(newell.normalize_or_zero());
        let is_smooth = shading.is_smooth.get(face).copied().unwrap_or(false);
        for i in 0..n {
            let (before, after) = (at(i + n - 1) - at(i), at(i + 1) - at(i));
            weights[corners.start + i] = before.angle_between(after);
            if is_smooth {
                let pair = [i, (i + 1) % n].map(|i| (corners.start + i) as u32);
                let vertices = pair.map(|c| faces.corner_vertices[c as usize]);
                let is_turned = vertices[0] > vertices[1];
                let order = if is_turned { [1, 0] } else { [0, 1] };
                sides.push(Side {
                    ends: order.map(|k| vertices[k]),
                    corners: order.map(|k| pair[k]),
                    face: face as u32,
                });
            }
        }
    }
    sides.sort_unstable_by_key(|side| (side.ends, side.face));
    ctx.check_cancelled()?;
    let mut groups = Groups((0..n_corners as u32).collect());
    let min_cosine = shading.max_angle_radians.map(f32::cos);
    for around in sides.chunk_by(|a, b| a.ends == b.ends) {
        let [first, second] = around else { continue };
        let [a, b] = [first, second].map(|side| face_normals[side.face as usize]);
        let is_blended = min_cosine.is_none_or(|min| a.dot(b) >= min);
        if is_blended && shading.sharp_edges.binary_search(&first.ends).is_err() {
            groups.join(first.corners[0], second.corners[0]);
            groups.join(first.corners[1], second.corners[1]);
        }
    }
    let mut sums = vec![Vec3::ZERO; n_corners];
    for (face, normal) in face_normals.iter().enumerate() {
        for corner in faces.corners(face) {
            let weight = if weights[corner].is_finite() { weights[corner] } else { 0.0 };
            sums[groups.root(corner as u32) as usize] += *normal * weight;
        }
    }
    let mut normals = vec![Vec3::Y; n_corners];
    for (face, own) in face_normals.iter().enumerate() {
        for corner in faces.corners(face) {
            let sum = sums[groups.root(corner as u32) as usize];
            normals[corner] = sum.try_normalize().or_else(|| own.try_normalize()).unwrap_or(Vec3::Y);
        }
    }
    Ok(normals)
}

/// Corners that share a normal (union-find with path halving).
struct Groups(Vec<u32>);

impl Groups {
    fn root(&mut self, mut corner: u32) -> u32 {
        while self.0[corner as usize] != corner {
            let up = self.0[self.0[corner as usize] as usize];
            self.0[corner as usize] = up;
            corner = up;
        }
        corner
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::FaceSizes;

    /// A roof: two quads that meet at a right angle along the edge 1–2.
    fn ridge(shading: &Shading<'_>) -> Vec<Vec3> {
        let points = [[-1., 0., 0.], [0., 1., 0.], [0., 1., 1.], [-1., 0., 1.], [1., 0., 0.], [1., 0., 1.]]
            .map(Vec3::from);
        let faces = Faces { corner_vertices: vec![0, 3, 2, 1, 1, 2, 5, 4], sizes: FaceSizes::Uniform(4) };
        corner_normals(&points, &faces, shading, &WorkCtx::quiet()).unwrap()
    }

    #[test]
    fn a_sharp_edge_parts_what_is_smooth() {
        let smooth = Shading { is_smooth: &[true, true], sharp_edges: vec![], max_angle_radians: None };
        assert!(ridge(&smooth)[2].abs_diff_eq(Vec3::Y, 1e-6));
        let tilted = Vec3::new(-1.0, 1.0, 0.0).normalize_or_zero();
        let sharp = Shading { sharp_edges: vec![[1, 2]], ..smooth };
        assert!(ridge(&sharp)[2].abs_diff_eq(tilted, 1e-6));
        let angled = Shading { sharp_edges: vec![], max_angle_radians: Some(1.0), ..sharp };
        assert!(ridge(&angled)[2].abs_diff_eq(tilted, 1e-6));
        let flat = Shading { is_smooth: &[false, false], max_angle_radians: None, ..angled };
        assert!(ridge(&flat)[2].abs_diff_eq(tilted, 1e-6));
    }
}
