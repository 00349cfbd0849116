//! Whether two triangles pass through each other.
//!
//! Those that lie on one side of each other's plane are told apart first (Möller, "A Fast
//! Triangle-Triangle Intersection Test", 1997); of the rest, an edge of one must go through the
//! inside of the other. Coordinates are rounded to single precision long before they come here, so
//! touching within that rounding is no crossing, and exact predicates would only be exact about
//! noise.

use glam::{DVec3, Vec3};

use super::soup::Triangle;

/// How far an edge must go through, in rounding steps of the scene's size.
const STEPS: f64 = 16.0;

/// From the border of a triangle, as a share of it.
const INSIDE: f64 = 1e-4;

/// `radius`: of the scene, metres.
pub(crate) fn cross(a: &Triangle, b: &Triangle, radius: f32) -> bool {
    let reach = (STEPS * f64::from(f32::EPSILON)) as f32 * radius;
    let below = |of: &Triangle, other: &Triangle| {
        let heights = other.points.map(|p| (p - of.points[0]).dot(of.normal));
        heights.iter().all(|&h| h > -reach) || heights.iter().all(|&h| h < reach)
    };
    if below(a, b) || below(b, a) {
        return false;
    }
    // Neighbours across an edge cannot cross without lying on each other.
    let shared = a.points.iter().filter(|p| b.points.contains(p)).count();
    shared < 2 && (goes_through(&a.points, &b.points, reach) || goes_through(&b.points, &a.points, reach))
}

/// Whether an edge of `a` goes through the inside of `b`.
fn goes_through(a: &[Vec3; 3], b: &[Vec3; 3], reach: f32) -> bool {
    let [p, q, r] = b.map(|p| p.as_dvec3());
    let normal = (q - p).cross(r - p);
    let length = normal.length();
    if length == 0.0 {
        return false;
    }
    let normal = normal / length;
    let corners = a.map(|p| p.as_dvec3());
    let heights = corners.map(|corner| (corner - p).dot(normal));
    let reach = f64::from(reach);
    (0..3).any(|i| {
        let [from, to] = [i, (i + 1) % 3];
        let [h, k] = [heights[from], heights[to]];
        let is_through = (h > reach && k < -reach) || (h < -reach && k > reach);
        is_through && holds([p, q, r], corners[from].lerp(corners[to], h / (h - k)), normal)
    })
}

fn holds(triangle: [DVec3; 3], point: DVec3, normal: DVec3) -> bool {
    let part = |i: usize| {
        let [from, to] = [triangle[i], triangle[(i + 1) % 3]];
        (to - from).cross(point - from).dot(normal)
    };
    let parts = [part(0), part(1), part(2)];
    let least = INSIDE * parts.iter().sum::<f64>();
    least > 0.0 && parts.iter().all(|&part| part > least)
}
