//! A dense model made in code, so that everybody measures the same.

use glam::Vec3;
use scene::{Faces, Layer, Mesh, Node, Primitive, Scene};

/// A bumpy ball of `2 * rows * columns` triangles, shared vertices and normals, as a sculpt would be.
pub fn bumpy_ball(rows: u32, columns: u32) -> Scene {
    let at = |row: u32, column: u32| -> Vec3 {
        let (polar, around) = (
            std::f32::consts::PI * row as f32 / rows as f32,
            std::f32::consts::TAU * column as f32 / columns as f32,
        );
        let direction = Vec3::new(polar.sin() * around.cos(), polar.cos(), polar.sin() * around.sin());
        direction * (1.0 + bumps(direction))
    };
    let stride = columns + 1;
    let mut positions = Vec::with_capacity((stride * (rows + 1)) as usize);
    let mut normals = Vec::with_capacity(positions.capacity());
    for row in 0..=rows {
        for column in 0..=columns {
            let here = at(row, column);
            let across = at(row, (column + 1) % columns) - at(row, (column + columns - 1) % columns);
            let down = at((row + 1).min(rows), column) - at(row.saturating_sub(1), column);
            positions.push(here);
            normals.push(across.cross(down).try_normalize().unwrap_or(here.normalize_or(Vec3::Y)));
        }
    }
    let mut corners = Vec::with_capacity((6 * rows * columns) as usize);
    for row in 0..rows {
        for column in 0..columns {
            let [a, b] = [row * stride + column, (row + 1) * stride + column];
            corners.extend([a, a + 1, b + 1, a, b + 1, b]);
        }
    }
    let primitive = Primitive {
        vertex_positions: positions,
        faces: Faces::triangles(corners),
        normals: Some(Layer::PerVertex(normals)),
        ..Primitive::default()
    };
    Scene {
        nodes: vec![Node { name: "ball".into(), mesh: Some(0), ..Node::default() }],
        roots: vec![0],
        meshes: vec![Mesh { name: "ball".into(), primitives: vec![primitive], ..Mesh::default() }],
        ..Scene::default()
    }
}

/// Waves of four sizes over one another.
fn bumps(direction: Vec3) -> f32 {
    let waves = [(2.0_f32, 0.10_f32), (5.0, 0.05), (13.0, 0.02), (41.0, 0.006)];
    let wave = |(frequency, height): (f32, f32)| {
        let p = direction * frequency;
        height * (p.x + 0.7 * p.y.sin()).sin() * (p.y + 1.3 * p.z.cos()).cos() * (p.z + 0.4).sin()
    };
    waves.into_iter().map(wave).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ball_is_a_sound_scene() {
        let ball = bumpy_ball(8, 16);
        assert!(ball.validate().is_ok());
        let bounds = ball.bounds();
        assert!(bounds.size().min_element() > 1.5 && bounds.size().max_element() < 2.5, "{bounds:?}");
    }
}
