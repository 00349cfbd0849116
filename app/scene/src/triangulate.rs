//! Polygons to triangles, for drawing and for writers that know triangles only.

use std::collections::HashMap;

use glam::{DVec2, DVec3};

use crate::{FaceSizes, Primitive, Topology, has_no_area};

impl Primitive {
    /// Triangles as corner numbers (indices into `Faces::corner_vertices`), face after face, wound
    /// like their face. An n-gon gives n - 2 of them; faces with fewer than three corners give none.
    ///
    /// Convex polygons are fanned; concave ones are cut ear by ear in the plane of their Newell
    /// normal (Meisters 1975), which is right for simple planar polygons and never loses area by
    /// folding outside of them. Corners in the middle of a straight side are no reason for triangles
    /// without area where there is another way.
    pub fn triangle_corners(&self) -> Vec<[u32; 3]> {
        if self.topology != Topology::Faces {
            return Vec::new();
        }
        if self.faces.sizes == FaceSizes::Uniform(3) {
            let n_triangles = self.faces.corner_vertices.len() as u32 / 3;
            return (0..n_triangles).map(|t| [3 * t, 3 * t + 1, 3 * t + 2]).collect();
        }
        let mut triangles = Vec::with_capacity(self.faces.corner_vertices.len());
        let (mut polygon, mut of_polygon) = (Vec::new(), Vec::new());
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
                    of_polygon.clear();
                    cut(&polygon, &mut of_polygon);
                    triangles.extend(of_polygon.iter().map(|triangle| triangle.map(|c| first + c)));
                }
            }
        }
        triangles
    }
}

/// Appends the local corner numbers of each triangle of one polygon.
fn cut(polygon: &[DVec3], triangles: &mut Vec<[u32; 3]>) {
    let flat = Flattened { polygon, points: project(polygon) };
    let n = polygon.len();
    if (0..n).all(|i| flat.turn(i, (i + 1) % n, (i + 2) % n) >= 0.0) {
        // From the first corner, as Blender and nearly every exporter do: a bent quad then folds as it
        // did where it was modelled and its normal map was baked. From another one where that would
        // give triangles without area.
        let is_straight = |i: usize| flat.has_no_area([i, (i + 1) % n, (i + 2) % n]);
        let fan = |start: usize| (1..n - 1).map(move |i| [start, (start + i) % n, (start + i + 1) % n]);
        let has_area = |start: &usize| !fan(*start).any(|triangle| flat.has_no_area(triangle));
        let start = if (0..n).any(is_straight) { (0..n).find(has_area) } else { Some(0) };
        triangles.extend(fan(start.unwrap_or(0)).map(|triangle| triangle.map(|c| c as u32)));
        if start.is_none() {
            give_area(&flat, triangles);
        }
        return;
    }
    cut_ears(&flat, triangles);
    give_area(&flat, triangles);
}

/// One polygon in space and in its plane.
struct Flattened<'a> {
    polygon: &'a [DVec3],
    points: Vec<DVec2>,
}

impl Flattened<'_> {
    /// Twice the area in the plane; below 0 where it turns right.
    fn turn(&self, a: usize, b: usize, c: usize) -> f64 {
        let [a, b, c] = [a, b, c].map(|i| self.points[i]);
        (b - a).perp_dot(c - b)
    }

    /// As the checks see it, or folded over.
    fn has_no_area(&self, [a, b, c]: [usize; 3]) -> bool {
        self.turn(a, b, c) <= 0.0 || has_no_area(3, |i| self.polygon[[a, b, c][i]])
    }

    fn side_squared(&self, from: u32, to: u32) -> f64 {
        self.points[from as usize].distance_squared(self.points[to as usize])
    }
}

fn cut_ears(flat: &Flattened, triangles: &mut Vec<[u32; 3]>) {
    let points = &flat.points;
    let mut ring: Vec<usize> = (0..points.len()).collect();
    let mut position = 0;
    let mut tried = 0;
    while ring.len() > 3 {
        let m = ring.len();
        let [a, b, c] = [position % m, (position + 1) % m, (position + 2) % m].map(|i| ring[i]);
        // One without area is taken when there is no other left.
        let is_wanted = flat.turn(a, b, c) > 0.0 && (tried >= m || !flat.has_no_area([a, b, c]));
        let is_ear = is_wanted
            && ring.iter().all(|&p| {
                let corner = points[p] == points[a] || points[p] == points[b] || points[p] == points[c];
                corner || !inside(points[p], [points[a], points[b], points[c]])
            });
        // A self-crossing polygon may run out of ears; then any corner will do, so that it ends.
        if is_ear || tried >= 2 * m {
            triangles.push([a as u32, b as u32, c as u32]);
            ring.remove((position + 1) % m);
            tried = 0;
            // Going on from the corner before keeps slivers away and the walk linear in practice.
            position = position.saturating_sub(1);
        } else {
            position = (position + 1) % m;
            tried += 1;
        }
    }
    triangles.push([ring[0] as u32, ring[1] as u32, ring[2] as u32]);
}

/// A triangle without area has a corner in the middle of its longest side: the triangle on that side's
/// other flank is cut through this corner instead.
fn give_area(flat: &Flattened, triangles: &mut [[u32; 3]]) {
    let is_flat = |t: [u32; 3]| flat.has_no_area(t.map(|c| c as usize));
    let flat_ones: Vec<usize> = (0..triangles.len()).filter(|&t| is_flat(triangles[t])).collect();
    if flat_ones.is_empty() {
        return;
    }
    let sides = |t: [u32; 3]| [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])];
    let mut of_side: HashMap<(u32, u32), usize> = HashMap::with_capacity(3 * triangles.len());
    for (t, &triangle) in triangles.iter().enumerate() {
        of_side.extend(sides(triangle).map(|side| (side, t)));
    }
    // One behind the other along a straight side: each round frees at least the last of a row.
    for _ in 0..flat_ones.len() {
        let mut is_done = true;
        for &t in &flat_ones {
            let triangle = triangles[t];
            if !is_flat(triangle) {
                continue;
            }
            let length = |(from, to): (u32, u32)| flat.side_squared(from, to);
            let longest = (0..3).fold(0, |best, i| {
                let sides = sides(triangle);
                if length(sides[i]) > length(sides[best]) { i } else { best }
            });
            let [c, a, b] = [0, 1, 2].map(|i| triangle[(longest + i) % 3]);
            let Some(&other) = of_side.get(&(a, c)).filter(|&&other| other != t) else { continue };
            let Some(&d) = triangles[other].iter().find(|&&corner| corner != a && corner != c) else {
                continue;
            };
            let pair = [[a, b, d], [b, c, d]];
            if pair.into_iter().all(is_flat) {
                continue;
            }
            triangles[t] = pair[0];
            triangles[other] = pair[1];
            of_side.extend(sides(pair[0]).map(|side| (side, t)));
            of_side.extend(sides(pair[1]).map(|side| (side, other)));
            is_done = false;
        }
        if is_done {
            break;
        }
    }
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
    fn corners_on_straight_sides_cost_no_area() {
        let has_area = |points: &[(f32, f32)], area: f32| {
            check(points, area);
            let primitive = polygon(points);
            for triangle in primitive.triangle_corners() {
                let [a, b, c] = triangle.map(|i| primitive.vertex_positions[i as usize]);
                assert!((b - a).cross(c - a).z > 1e-3, "{triangle:?}");
            }
        };
        // A first corner from which the fan would begin with nothing.
        has_area(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)], 4.0);
        // Two corners on every side: no fan will do.
        let square =
            [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3), (2, 3), (1, 3), (0, 3), (0, 2), (0, 1)];
        has_area(&square.map(|(x, y)| (x as f32, y as f32)), 9.0);
        // An L with corners all along.
        let l =
            [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (2, 1), (1, 1), (1, 2), (1, 3), (0, 3), (0, 2), (0, 1)];
        has_area(&l.map(|(x, y)| (x as f32, y as f32)), 5.0);
        // A quad keeps its first corner.
        assert_eq!(
            polygon(&[(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0)]).triangle_corners()[1],
            [0, 2, 3]
        );
    }

    #[test]
    fn collinear_polygon_ends() {
        let primitive = polygon(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (1.5, 0.0)]);
        assert_eq!(primitive.triangle_corners().len(), 3);
    }
}
