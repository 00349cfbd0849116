//! Points and curves.

use glam::{Vec3, Vec4};
use scene::{FaceSizes, Faces, Primitive, Topology};

use super::object::Object;
use super::value;

pub(super) fn points(object: &Object) -> Option<Primitive> {
    let vertex_positions = object.value("points").and_then(value::vec3s)?;
    let n_points = u32::try_from(vertex_positions.len()).ok()?;
    let faces = Faces { corner_vertices: (0..n_points).collect(), sizes: FaceSizes::Uniform(1) };
    Some(Primitive { topology: Topology::Points, vertex_positions, faces, ..Default::default() })
}

/// Segments of a cubic span.
const N_SEGMENTS: usize = 8;

/// Cubic curves as polylines; NURBS as their control polygons.
pub(super) fn lines(object: &Object) -> Option<Primitive> {
    let points = object.value("points").and_then(value::vec3s)?;
    let counts = object.value("curveVertexCounts").and_then(value::indices)?;
    let is_cubic = object.type_name == "BasisCurves" && object.token("type").is_none_or(|t| t == "cubic");
    let basis = object.token("basis").unwrap_or_else(|| "bezier".into());
    let wrap = object.token("wrap").unwrap_or_default();
    let mut primitive = Primitive { topology: Topology::Lines, ..Default::default() };
    let mut corners = Vec::new();
    let mut start = 0_usize;
    for count in counts {
        let end = start.saturating_add(count as usize);
        let Some(curve) = points.get(start..end) else { break };
        start = end;
        let smooth = if is_cubic { cubic(curve, &basis, &wrap) } else { curve.to_vec() };
        let first = primitive.vertex_positions.len() as u32;
        let n = smooth.len() as u32;
        corners.extend((1..n).flat_map(|i| [first + i - 1, first + i]));
        if wrap == "periodic" && n > 2 {
            corners.extend([first + n - 1, first]);
        }
        primitive.vertex_positions.extend(smooth);
    }
    primitive.faces = Faces { corner_vertices: corners, sizes: FaceSizes::Uniform(2) };
    Some(primitive)
}

fn cubic(points: &[Vec3], basis: &str, wrap: &str) -> Vec<Vec3> {
    let n = points.len();
    let step = if basis == "bezier" { 3 } else { 1 };
    let is_periodic = wrap == "periodic";
    let mut points = points.to_vec();
    if wrap == "pinned" && step == 1 && n >= 2 {
        // Phantom points at both ends make the curve begin and end on its own points.
        points.insert(0, 2.0 * points[0] - points[1]);
        points.push(2.0 * points[n] - points[n - 1]);
    }
    let n = points.len();
    if n < 4 && !(is_periodic && n >= 3) {
        return points;
    }
    let n_spans = if is_periodic { n / step } else { (n - 4) / step + 1 };
    let mut smooth = Vec::with_capacity(n_spans * N_SEGMENTS + 1);
    for span in 0..n_spans {
        let control: [Vec3; 4] = std::array::from_fn(|i| points[(span * step + i) % n]);
        let is_last = span + 1 == n_spans && !is_periodic;
        for segment in 0..N_SEGMENTS + usize::from(is_last) {
            let weights = weights(basis, segment as f32 / N_SEGMENTS as f32).to_array();
            smooth.push(control.iter().zip(weights).map(|(point, weight)| *point * weight).sum());
        }
    }
    smooth
}

fn weights(basis: &str, t: f32) -> Vec4 {
    let (t2, t3, s) = (t * t, t * t * t, 1.0 - t);
    match basis {
        "bspline" => {
            Vec4::new(s * s * s, 3.0 * t3 - 6.0 * t2 + 4.0, -3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0, t3) / 6.0
        }
        "catmullRom" => {
            0.5 * Vec4::new(-t3 + 2.0 * t2 - t, 3.0 * t3 - 5.0 * t2 + 2.0, -3.0 * t3 + 4.0 * t2 + t, t3 - t2)
        }
        _ => Vec4::new(s * s * s, 3.0 * s * s * t, 3.0 * s * t2, t3),
    }
}
