//! Whether two triangles lie in one plane, on top of each other.

use glam::{DVec2, DVec3, Vec3};

use super::soup::{Owner, Triangle};

#[derive(Clone, Copy)]
pub(crate) struct Tolerance {
    /// Metres between two surfaces that a depth buffer cannot tell apart.
    pub(crate) separation: f64,
}

impl Tolerance {
    /// Overlaps narrower than this are a matter of how far from each other two surfaces are.
    fn narrowest(&self) -> f64 {
        2.0 * self.separation
    }

    /// Whether a triangle is too narrow for any overlap that counts.
    pub(super) fn excludes(&self, triangle: &Triangle) -> bool {
        let [a, b, c] = triangle.points;
        let sides = [b - a, c - b, a - c].map(Vec3::length_squared);
        let longest = sides.into_iter().fold(0.0, f32::max).sqrt();
        // Twice the area over the longest side: the least width.
        f64::from((b - a).cross(c - a).length()) < self.narrowest() * f64::from(longest)
    }
}

/// Two triangles of the soup that overlap, by their indices.
#[derive(Clone, Copy)]
pub(crate) struct Contact {
    pub(crate) one: u32,
    pub(crate) other: u32,
    pub(crate) overlap: Overlap,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Overlap {
    /// Square metres.
    pub(crate) area: f32,
    /// Largest distance between the two over the overlap, metres.
    pub(crate) separation: f32,
    /// In the middle of the overlap, relative to the soup's origin.
    pub(crate) center: Vec3,
    /// Whether both look the same way.
    pub(crate) is_same_facing: bool,
}

/// Beyond 1.8° two planes part within a short distance; what overlaps there is a crease.
const PARALLEL: f32 = 0.9995;

/// Less of the smaller triangle than this is an accident of rounding along shared borders.
const SMALLEST_SHARE: f64 = 0.01;

/// The overlap of two triangles, unless it is none, or nobody can see it: back to back with both
/// backs culled or looking alike, a sliver as narrow as the tolerance, or a face that is simply there twice in one
/// object (which has a rule of its own).
pub(crate) fn touch(a: &Triangle, b: &Triangle, tolerance: &Tolerance, owners: &[Owner]) -> Option<Overlap> {
    let cosine = a.normal.dot(b.normal);
    if cosine.abs() < PARALLEL || misses(a, b, tolerance) || misses(b, a, tolerance) {
        return None;
    }
    let [of_a, of_b] = [a, b].map(|t| &owners[t.owner as usize]);
    let is_same_facing = cosine > 0.0;
    if !is_same_facing && (!(of_a.is_double_sided || of_b.is_double_sided) || of_a.looks_like(of_b)) {
        return None;
    }
    let is_same_object = of_a.instance == of_b.instance;
    if is_same_object && (is_same_face(a, b, of_a, of_b) || b.points.iter().all(|p| a.points.contains(p))) {
        return None;
    }
    let plane = Plane::of(a);
    let [flat_a, flat_b] = [a, b].map(|t| plane.flatten(t));
    let smaller = area(&flat_a).min(area(&flat_b));
    let narrowest = (0.05 * width(&flat_a).min(width(&flat_b))).max(tolerance.narrowest());
    if is_apart(&flat_a, &flat_b, narrowest) || is_apart(&flat_b, &flat_a, narrowest) {
        return None;
    }
    let polygon = clip(&flat_b, &flat_a);
    let overlap = area(polygon.points());
    if overlap < SMALLEST_SHARE * smaller || width(polygon.points()) < narrowest {
        return None;
    }
    let separation = plane.separation(b, polygon.points());
    let middle = polygon.points().iter().sum::<DVec2>() / polygon.n as f64;
    (separation <= tolerance.separation).then(|| Overlap {
        area: overlap as f32,
        separation: separation as f32,
        center: plane.lift(middle).as_vec3(),
        is_same_facing,
    })
}

fn is_same_face(a: &Triangle, b: &Triangle, of_a: &Owner, of_b: &Owner) -> bool {
    a.face == b.face && of_a.primitive == of_b.primitive
}

/// Whether `b` lies on one side of the plane of `a`, out of reach.
fn misses(a: &Triangle, b: &Triangle, tolerance: &Tolerance) -> bool {
    let reach = tolerance.separation as f32;
    let heights = b.points.map(|p| (p - a.points[0]).dot(a.normal));
    heights.iter().all(|&h| h > reach) || heights.iter().all(|&h| h < -reach)
}

/// The plane of a triangle with axes in it.
struct Plane {
    origin: DVec3,
    u: DVec3,
    v: DVec3,
    normal: DVec3,
}

impl Plane {
    fn of(triangle: &Triangle) -> Self {
        let [origin, b, c] = triangle.points.map(|p| p.as_dvec3());
        let normal = (b - origin).cross(c - origin).normalize_or(DVec3::Z);
        let (u, v) = normal.any_orthonormal_pair();
        Self { origin, u, v, normal }
    }

    /// Counter-clockwise, whichever way the triangle looks.
    fn flatten(&self, triangle: &Triangle) -> [DVec2; 3] {
        let mut flat = triangle.points.map(|p| {
            let from_origin = p.as_dvec3() - self.origin;
            DVec2::new(from_origin.dot(self.u), from_origin.dot(self.v))
        });
        if (flat[1] - flat[0]).perp_dot(flat[2] - flat[0]) < 0.0 {
            flat.swap(1, 2);
        }
        flat
    }

    fn lift(&self, point: DVec2) -> DVec3 {
        self.origin + point.x * self.u + point.y * self.v
    }

    /// Largest height of `other`'s plane over this one at some points of this one.
    fn separation(&self, other: &Triangle, at: &[DVec2]) -> f64 {
        let [foot, b, c] = other.points.map(|p| p.as_dvec3());
        let normal = (b - foot).cross(c - foot);
        let rise = normal.dot(self.normal);
        at.iter().map(|&p| ((foot - self.lift(p)).dot(normal) / rise).abs()).fold(0.0, f64::max)
    }
}

/// Whether an edge of `a` leaves all of `b` outside, up to a strip of `margin`. Both
/// counter-clockwise.
fn is_apart(a: &[DVec2; 3], b: &[DVec2; 3], margin: f64) -> bool {
    (0..3).any(|i| {
        let edge = a[(i + 1) % 3] - a[i];
        let reach = margin * edge.length();
        b.iter().all(|&p| edge.perp_dot(p - a[i]) <= reach)
    })
}

fn area(polygon: &[DVec2]) -> f64 {
    let Some((&first, rest)) = polygon.split_first() else { return 0.0 };
    0.5 * rest.windows(2).map(|w| (w[0] - first).perp_dot(w[1] - first)).sum::<f64>()
}

/// Area over the longest distance within: how broad a shape is at least, within a factor of two.
fn width(polygon: &[DVec2]) -> f64 {
    let longest = polygon.iter().flat_map(|a| polygon.iter().map(move |b| a.distance_squared(*b)));
    let longest = longest.fold(0.0, f64::max).sqrt();
    if longest > 0.0 { area(polygon) / longest } else { 0.0 }
}

/// Two triangles meet in at most six corners; one more may appear while clipping.
struct Polygon {
    corners: [DVec2; 8],
    n: usize,
}

impl Polygon {
    fn points(&self) -> &[DVec2] {
        &self.corners[..self.n]
    }

    fn push(&mut self, point: DVec2) {
        if let Some(slot) = self.corners.get_mut(self.n) {
            *slot = point;
            self.n += 1;
        }
    }
}

/// The part of `subject` inside `by`, both counter-clockwise (Sutherland & Hodgman 1974).
fn clip(subject: &[DVec2; 3], by: &[DVec2; 3]) -> Polygon {
    let mut polygon = Polygon { corners: [DVec2::ZERO; 8], n: 3 };
    polygon.corners[..3].copy_from_slice(subject);
    for i in 0..3 {
        let edge = by[(i + 1) % 3] - by[i];
        let side = |p: DVec2| edge.perp_dot(p - by[i]);
        let mut kept = Polygon { corners: [DVec2::ZERO; 8], n: 0 };
        for k in 0..polygon.n {
            let [from, to] = [polygon.corners[k], polygon.corners[(k + 1) % polygon.n]];
            let [s, t] = [side(from), side(to)];
            if s >= 0.0 {
                kept.push(from);
            }
            if (s > 0.0 && t < 0.0) || (s < 0.0 && t > 0.0) {
                kept.push(from.lerp(to, s / (s - t)));
            }
        }
        polygon = kept;
    }
    polygon
}
