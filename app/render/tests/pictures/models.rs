//! Small scenes made in code.

use glam::{DVec3, Quat, Vec2, Vec3, Vec4};
use render::{Lens, View};
use scene::{AlphaMode, Faces, Layer, Material, MaterialRun, Mesh, Node, Primitive, Scene, Transform};

/// A camera on +Z that looks at the origin from `distance` metres.
pub(crate) fn front_view(distance: f64) -> View {
    View {
        eye: DVec3::new(0.0, 0.0, distance),
        target: DVec3::ZERO,
        up: DVec3::Y,
        lens: Lens::NORMAL,
        near: 0.1 * distance,
        far: 10.0 * distance,
        aspect: 1.0,
    }
}

/// A square of `half` metres around the origin that faces +Z.
pub(crate) fn quad(half: f32) -> Primitive {
    Primitive {
        vertex_positions: [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(x, y)| Vec3::new(x * half, y * half, 0.0))
            .to_vec(),
        faces: Faces::triangles(vec![0, 1, 2, 0, 2, 3]),
        normals: Some(Layer::PerVertex(vec![Vec3::Z; 4])),
        uvs: vec![Layer::PerVertex(vec![Vec2::Y, Vec2::ONE, Vec2::X, Vec2::ZERO])],
        ..Default::default()
    }
}

/// The eight corners and twelve triangles of a cube, without normals.
pub(crate) fn cube(half: f32) -> Primitive {
    let corner = |i: u32| Vec3::new(bit(i, 0), bit(i, 1), bit(i, 2)) * half;
    let sides = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = sides.iter().flat_map(|[a, b, c, d]| [*a, *b, *c, *a, *c, *d]).collect();
    Primitive {
        vertex_positions: (0..8).map(corner).collect(),
        faces: Faces::triangles(triangles),
        ..Default::default()
    }
}

fn bit(i: u32, n: u32) -> f32 {
    if i >> n & 1 == 1 { 1.0 } else { -1.0 }
}

/// A ball of radius 1 with smooth normals.
pub(crate) fn sphere(n_rings: u32) -> Primitive {
    let n_sectors = 2 * n_rings;
    let point = |ring: u32, sector: u32| {
        let (sin, cos) = (std::f32::consts::PI * ring as f32 / n_rings as f32).sin_cos();
        let (s, c) = (std::f32::consts::TAU * sector as f32 / n_sectors as f32).sin_cos();
        Vec3::new(sin * s, cos, sin * c)
    };
    let positions: Vec<Vec3> =
        (0..=n_rings).flat_map(|r| (0..=n_sectors).map(move |s| point(r, s))).collect();
    let at = |r: u32, s: u32| r * (n_sectors + 1) + s;
    let triangles = (0..n_rings)
        .flat_map(|r| (0..n_sectors).map(move |s| (r, s)))
        .flat_map(|(r, s)| {
            [at(r, s), at(r + 1, s), at(r + 1, s + 1), at(r, s), at(r + 1, s + 1), at(r, s + 1)]
        })
        .collect();
    Primitive {
        normals: Some(Layer::PerVertex(positions.clone())),
        vertex_positions: positions,
        faces: Faces::triangles(triangles),
        ..Default::default()
    }
}

/// A single node that shows the primitive with the material.
pub(crate) fn scene_of(primitive: Primitive, material: Material) -> Scene {
    let mut scene = Scene::default();
    add(&mut scene, primitive, material, Transform::IDENTITY);
    scene
}

/// Adds a root node with its own mesh and material.
pub(crate) fn add(scene: &mut Scene, mut primitive: Primitive, material: Material, transform: Transform) {
    primitive.material_runs = vec![MaterialRun {
        first_face: 0,
        n_faces: primitive.faces.n_faces(),
        material: Some(scene.materials.len()),
    }];
    scene.materials.push(material);
    scene.roots.push(scene.nodes.len());
    scene.nodes.push(Node { mesh: Some(scene.meshes.len()), transform, ..Default::default() });
    scene.meshes.push(Mesh { primitives: vec![primitive], ..Default::default() });
}

pub(crate) fn placed(translation: Vec3, scale: Vec3) -> Transform {
    Transform::Trs { translation, rotation: Quat::IDENTITY, scale }
}

pub(crate) fn matte(r: f32, g: f32, b: f32) -> Material {
    Material { base_color: Vec4::new(r, g, b, 1.0), metallic: 0.0, ..Default::default() }
}

pub(crate) fn unlit(color: Vec4, alpha_mode: AlphaMode) -> Material {
    Material { base_color: color, alpha_mode, unlit: true, metallic: 0.0, ..Default::default() }
}
