//! Polygons to triangles, for drawing and for writers that know triangles only.

use glam::{DVec2, DVec3};

use crate::{FaceSizes, Primitive, Topology};

impl Primitive {
    /// Triangles as corner numbers (indices into `Faces::corner_vertices`), face after face, wound
    /// like their face. An n-gon gives n - 2 of them; faces with fewer than three corners give none.
    ///
    /// Convex polygons are fanned; concave ones are cut ear by ear in the plane of their Newell
    /// normal (Meisters 1975), which is right for simple planar polygons and never loses area by
    /// folding outside of them.
    pub fn triangle_corners(&self) -> Vec<[u32; 3]> {
        if self.topology != Topology::Faces {
            return Vec::new();
        }
        if self.faces.sizes == FaceSizes::Uniform(3) {
            let n_triangles = self.faces.corner_vertices.len() as u32 / 3;
            return (0..n_triangles).map(|t| [3 * t, 3 * t + 1, 3 * t + 2]).collect();
        }
        let mut triangles = Vec::with_capacity(self.faces.corner_vertices.len());
        let mut polygon = Vec::new();
        for face in 0..self.faces.n_faces() {
            let corners = self.faces.corners(face);
            let first = corners.start as u32;
            match corners.len() {
                0..=2 => {}
                3 => triangles.push([first, first + 1, first + 2]),
                _ => {
                    polygon.clear();
                    let vertices = self.faces.corner_vertices[corners].iter();
                    polygon.extend(vertices.map(|&v| self.vertex_positions[v as usize].as_dvec3()));
                    cut(&polygon, |[a, b, c]| triangles.push([first + a, first + b, first + c]));
                }
            }
        }
        triangles
    }
}

/// Calls `emit` with the local corner numbers of each triangle of one polygon.
fn cut(polygon: &[DVec3], mut emit: impl FnMut([u32; 3])) {
    let flat = project(polygon);
    let n = flat.len();
    let turn = |a: usize, b: usize, c: usize| (flat[b] - flat[a]).perp_dot(flat[c] - flat[b]);
    let convex = (0..n).all(|i| turn(i, (i + 1) % n, (i + 2) % n) >= 0.0);
    if convex {
        // From the first corner, as Blender and nearly every exporter do: a bent quad then folds as it
        // did where it was modelled and its normal map was baked.
        for i in 1..n - 1 {
            emit([0, i, i + 1].map(|c| c as u32));
        }
        return;
    }
    let mut ring: Vec<usize> = (0..n).collect();
    let mut position = 0;
    let mut tried = 0;
    while ring.len() > 3 {
        let m = ring.len();
        let [a, b, c] = [position % m, (position + 1) % m, (position + 2) % m].map(|i| ring[i]);
        let is_ear = turn(a, b, c) > 0.0
            && ring.iter().all(|&p| {
                let corner = flat[p] == flat[a] || flat[p] == flat[b] || flat[p] == flat[c];
                corner || !inside(flat[p], [flat[a], flat[b], flat[c]])
            });
        // A self-crossing polygon may run out of ears; then any corner will do, so that it ends.
        if is_ear || tried >= m {
            emit([a as u32, b as u32, c as u32]);
            ring.remove((position + 1) % m);
            tried = 0;
            // Going on from the corner before keeps slivers away and the walk linear in practice.
            position = position.saturating_sub(1);
        } else {
            position = (position + 1) % m;
            tried += 1;
        }
    }
    emit([ring[0] as u32, ring[1] as u32, ring[2] as u32]);
}

/// Into the plane of the polygon's Newell normal, seen from its front.
fn project(polygon: &[DVec3]) -> Vec<DVec2> {
    let n = polygon.len();
    let newell: DVec3 =
        (0..n).map(|i| (polygon[i] - polygon[0]).cross(polygon[(i + 1) % n] - polygon[0])).sum();
    let normal = newell.normalize_or(DVec3::Z);
    let (u, v) = normal.any_orthonormal_pair();
    polygon.iter().map(|p| DVec2::new((*p - polygon[0]).dot(u), (*p - polygon[0]).dot(v))).collect()
}

fn inside(p: DVec2, [a, b, c]: [DVec2; 3]) -> bool {
    let side = |from: DVec2, to: DVec2| (to - from).perp_dot(p - from);
    side(a, b) >= 0.0 && side(b, c) >= 0.0 && side(c, a) >= 0.0
}

#[cfg(test)]
mod tests {
    use crate::{FaceSizes, Faces, Primitive};
    use glam::Vec3;

    fn polygon(points: &[(f32, f32)]) -> Primitive {
        let n = points.len() as u32;
        Primitive {
            vertex_positions: points.iter().map(|&(x, y)| Vec3::new(x, y, 0.0)).collect(),
            faces: Faces { corner_vertices: (0..n).collect(), sizes: FaceSizes::Starts(vec![0, n]) },
            ..Default::default()
        }
    }

    /// Signed area of the triangulation; equals the polygon's only if nothing folds over.
    fn check(points: &[(f32, f32)], area: f32) {
        let primitive = polygon(points);
        let triangles = primitive.triangle_corners();
        assert_eq!(triangles.len(), points.len() - 2);
        let areas: Vec<f32> = triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|i| primitive.vertex_positions[i as usize]);
                0.5 * (b - a).cross(c - a).z
            })
            .collect();
        assert!(areas.iter().all(|&a| a >= 0.0), "a triangle is flipped: {areas:?}");
        assert!((areas.iter().sum::<f32>() - area).abs() < 1e-5, "{areas:?}");
    }

    #[test]
    fn quad_gives_two_triangles() {
        check(&[(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0)], 2.0);
    }

    #[test]
    fn a_bent_quad_folds_from_its_first_corner() {
        let mut bent = polygon(&[(0.0, 0.0), (1.0, 0.0), (1.2, 1.2), (0.0, 1.0)]);
        bent.vertex_positions[2].z = 0.3;
        assert_eq!(bent.triangle_corners(), [[0, 1, 2], [0, 2, 3]]);
    }

    #[test]
    fn concave_arrow_keeps_its_notch() {
        check(&[(0.0, 0.0), (2.0, 1.0), (0.0, 2.0), (1.0, 1.0)], 1.0);
    }

    #[test]
    fn comb_with_many_reflex_corners() {
        let mut points = vec![(0.0, 0.0), (8.0, 0.0)];
        for tooth in (0..4).rev() {
            let x = 2.0 * tooth as f32;
            points.extend([(x + 2.0, 3.0), (x + 1.0, 3.0), (x + 1.0, 1.0), (x, 1.0)]);
        }
        points.dedup();
        check(&points, 8.0 + 4.0 * 2.0);
    }

    #[test]
    fn collinear_polygon_ends() {
        let primitive = polygon(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (1.5, 0.0)]);
        assert_eq!(primitive.triangle_corners().len(), 3);
    }
}
