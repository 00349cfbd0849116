//! Small models for the tests of the steps.

use analysis::{AnalyzeOptions, Report, Rule, analyze};
use glam::Vec3;
use scene::{Faces, Material, MaterialRun, Mesh, Node, Primitive, Scene, Transform};
use work::WorkCtx;

use crate::{Step, StepReceipt};

pub(crate) fn mesh(name: &str, points: Vec<Vec3>, triangles: &[[u32; 3]]) -> Mesh {
    let primitive = Primitive {
        vertex_positions: points,
        faces: Faces::triangles(triangles.concat()),
        ..Default::default()
    };
    Mesh { name: name.into(), primitives: vec![primitive], ..Default::default() }
}

/// A node a mesh, in their order.
pub(crate) fn scene(meshes: Vec<Mesh>) -> Scene {
    let node =
        |(i, mesh): (usize, &Mesh)| Node { name: mesh.name.clone(), mesh: Some(i), ..Default::default() };
    Scene {
        nodes: meshes.iter().enumerate().map(node).collect(),
        roots: (0..meshes.len()).collect(),
        meshes,
        ..Default::default()
    }
}

pub(crate) fn place(scene: &mut Scene, node: usize, translation: Vec3) {
    let (rotation, scale) = (glam::Quat::IDENTITY, Vec3::ONE);
    scene.nodes[node].transform = Transform::Trs { translation, rotation, scale };
}

/// Twelve triangles around the origin.
pub(crate) fn cube(size: f32) -> Mesh {
    let corner = |i: u32| size * (Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2) as f32) - 0.5);
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles: Vec<[u32; 3]> = quads.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    mesh("cube", (0..8).map(corner).collect(), &triangles)
}

/// Seen from +Z; two triangles.
pub(crate) fn quad(name: &str, [x0, x1]: [f32; 2], [y0, y1]: [f32; 2], z: f32) -> Mesh {
    let points = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|(x, y)| Vec3::new(x, y, z)).to_vec();
    mesh(name, points, &[[0, 1, 2], [0, 2, 3]])
}

pub(crate) fn sphere(n: u32) -> Mesh {
    let at = |u: u32, v: u32| {
        let (across, down) =
            (std::f32::consts::TAU * u as f32 / (2 * n) as f32, std::f32::consts::PI * v as f32 / n as f32);
        Vec3::new(down.sin() * across.cos(), down.cos(), -down.sin() * across.sin())
    };
    let ring = |v: u32, u: u32| 1 + (v - 1) * 2 * n + u % (2 * n);
    let mut points = vec![Vec3::Y];
    points.extend((1..n).flat_map(|v| (0..2 * n).map(move |u| at(u, v))));
    points.push(-Vec3::Y);
    let last = points.len() as u32 - 1;
    let mut triangles = Vec::new();
    for u in 0..2 * n {
        triangles.push([0, ring(1, u), ring(1, u + 1)]);
        for v in 1..n - 1 {
            triangles.push([ring(v, u), ring(v + 1, u), ring(v + 1, u + 1)]);
            triangles.push([ring(v, u), ring(v + 1, u + 1), ring(v, u + 1)]);
        }
        triangles.push([last, ring(n - 1, u + 1), ring(n - 1, u)]);
    }
    mesh("sphere", points, &triangles)
}

pub(crate) fn flip(mesh: &mut Mesh, faces: &[usize]) {
    for &face in faces {
        mesh.primitives[0].faces.corner_vertices[3 * face..3 * face + 3].swap(1, 2);
    }
}

/// All in one primitive.
pub(crate) fn join(meshes: &[Mesh]) -> Mesh {
    let mut joined = Primitive::default();
    for primitive in meshes.iter().flat_map(|mesh| &mesh.primitives) {
        let first = joined.vertex_positions.len() as u32;
        joined.vertex_positions.extend(&primitive.vertex_positions);
        joined.faces.corner_vertices.extend(primitive.faces.corner_vertices.iter().map(|v| first + v));
    }
    Mesh { name: "joined".into(), primitives: vec![joined], ..Default::default() }
}

/// Gives each mesh a material of its own, told apart by colour.
pub(crate) fn colored(mut scene: Scene) -> Scene {
    for (i, mesh) in scene.meshes.iter_mut().enumerate() {
        let shade = i as f32 / 8.0;
        let base_color = glam::Vec4::new(shade, 1.0 - shade, 0.5, 1.0);
        scene.materials.push(Material { name: format!("color {i}"), base_color, ..Default::default() });
        let primitive = &mut mesh.primitives[0];
        let n_faces = primitive.faces.n_faces();
        primitive.material_runs = vec![MaterialRun { first_face: 0, n_faces, material: Some(i) }];
    }
    scene
}

/// Runs one step and checks that the scene is sound, and that the step leaves its own result alone.
pub(crate) fn run(scene: &mut Scene, step: Step) -> StepReceipt {
    let ctx = WorkCtx::quiet();
    let receipt = step.apply(scene, &ctx).unwrap();
    scene.validate().unwrap();
    let again = step.apply(scene, &ctx).unwrap();
    assert!(again.changes.is_empty(), "a second time: {again:?}");
    receipt
}

pub(crate) fn report(scene: &Scene) -> Report {
    analyze(scene, &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap()
}

pub(crate) fn n_found(scene: &Scene, rule: Rule) -> usize {
    report(scene).finding(rule).map_or(0, |finding| finding.count)
}
