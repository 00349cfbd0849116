//! The shapes that USD states by their measures, as meshes.

use std::f64::consts::{PI, TAU};

use glam::{DVec3, Vec3};
use scene::{FaceSizes, Faces, Primitive};

use super::object::Object;

/// Around a round shape, and from pole to pole of a ball.
const N_AROUND: usize = 32;
const N_RINGS: usize = 16;

pub(super) fn primitive(object: &Object) -> Option<Primitive> {
    let length = |name: &str, fallback: f64| object.number(name).unwrap_or(fallback);
    let axis = object.token("axis").unwrap_or_else(|| "Z".into());
    let mut shape = match object.type_name.as_str() {
        "Cube" => cuboid(length("size", 2.0)),
        "Plane" => plane(length("width", 2.0), length("length", 2.0)),
        "Sphere" => {
            let radius = length("radius", 1.0);
            let ring = |i: usize| {
                let angle = PI * i as f64 / N_RINGS as f64;
                (radius * angle.sin(), -radius * angle.cos())
            };
            lathe(&(0..=N_RINGS).map(ring).collect::<Vec<_>>())
        }
        "Cylinder" | "Cylinder_1" => {
            let half = 0.5 * length("height", 2.0);
            let radius = length("radius", 1.0);
            let bottom = length("radiusBottom", radius);
            let top = length("radiusTop", radius);
            lathe(&[(0.0, -half), (bottom, -half), (top, half), (0.0, half)])
        }
        "Cone" => {
            let (half, radius) = (0.5 * length("height", 2.0), length("radius", 1.0));
            lathe(&[(0.0, -half), (radius, -half), (0.0, half)])
        }
        "Capsule" | "Capsule_1" => {
            let (half, radius) = (0.5 * length("height", 1.0), length("radius", 0.5));
            let bottom = length("radiusBottom", radius);
            let top = length("radiusTop", radius);
            let arc = |i: usize| 0.5 * PI * i as f64 / (N_RINGS / 2) as f64;
            let below = (0..=N_RINGS / 2).map(|i| (bottom * arc(i).sin(), -half - bottom * arc(i).cos()));
            let above = (0..=N_RINGS / 2).map(|i| (top * arc(i).cos(), half + top * arc(i).sin()));
            lathe(&below.chain(above).collect::<Vec<_>>())
        }
        _ => return None,
    };
    for position in &mut shape.vertex_positions {
        // Round shapes are made along Z.
        *position = match axis.as_str() {
            "X" => Vec3::new(position.z, position.x, position.y),
            "Y" => Vec3::new(position.y, position.z, position.x),
            _ => *position,
        };
    }
    Some(shape)
}

fn cuboid(size: f64) -> Primitive {
    let corner = |i: usize| {
        let side = |bit: usize| if i & bit == 0 { -0.5 * size } else { 0.5 * size };
        DVec3::new(side(1), side(2), side(4)).as_vec3()
    };
    let quads = [0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5];
    Primitive {
        vertex_positions: (0..8).map(corner).collect(),
        faces: Faces { corner_vertices: quads.to_vec(), sizes: FaceSizes::Uniform(4) },
        ..Default::default()
    }
}

fn plane(width: f64, length: f64) -> Primitive {
    let corner = |(x, y): (f64, f64)| DVec3::new(0.5 * x * width, 0.5 * y * length, 0.0).as_vec3();
    Primitive {
        vertex_positions: [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(corner).to_vec(),
        faces: Faces { corner_vertices: vec![0, 1, 2, 3], sizes: FaceSizes::Uniform(4) },
        ..Default::default()
    }
}

/// Turns a profile of (radius, height) pairs, from below to above, around Z; a radius of zero is a
/// single vertex.
fn lathe(profile: &[(f64, f64)]) -> Primitive {
    let mut vertex_positions = Vec::new();
    let mut rings: Vec<(u32, bool)> = Vec::new();
    for &(radius, height) in profile {
        let is_pole = radius.abs() < 1e-12;
        rings.push((vertex_positions.len() as u32, is_pole));
        let n = if is_pole { 1 } else { N_AROUND };
        vertex_positions.extend((0..n).map(|i| {
            let angle = TAU * i as f64 / N_AROUND as f64;
            DVec3::new(radius * angle.cos(), radius * angle.sin(), height).as_vec3()
        }));
    }
    let mut corner_vertices = Vec::new();
    let mut starts = vec![0];
    for pair in rings.windows(2) {
        let [(low, low_is_pole), (high, high_is_pole)] = *pair else { continue };
        if low_is_pole && high_is_pole {
            continue;
        }
        for i in 0..N_AROUND as u32 {
            let next = (i + 1) % N_AROUND as u32;
            match (low_is_pole, high_is_pole) {
                (true, _) => corner_vertices.extend([low, high + next, high + i]),
                (_, true) => corner_vertices.extend([low + i, low + next, high]),
                _ => corner_vertices.extend([low + i, low + next, high + next, high + i]),
            }
            starts.push(corner_vertices.len() as u32);
        }
    }
    let faces = Faces { corner_vertices, sizes: FaceSizes::Starts(starts) };
    Primitive { vertex_positions, faces, ..Default::default() }
}
