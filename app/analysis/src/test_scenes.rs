//! Small scenes for the tests of the checks.

use glam::{Mat4, Vec3};
use scene::{Faces, Material, MaterialRun, Mesh, Node, Primitive, Scene, Transform};
use work::WorkCtx;

use crate::{AnalyzeOptions, Report, Rule, analyze};

/// What small scenes have by their making: no normals, copies of each other, all of their parts in
/// one place.
const INCIDENTAL: [Rule; 7] = [
    Rule::NormalsMissing,
    Rule::MeshesCopied,
    Rule::NodesMirrored,
    Rule::UvsCollapsed,
    Rule::PartsIntersecting,
    Rule::FacesNeedle,
    Rule::TJunctions,
];

/// Asserts what is found; of what is incidental, only what is expected.
#[track_caller]
pub(crate) fn check(scene: &Scene, expected: &[(Rule, usize)]) -> Report {
    let report = report(scene);
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.rule, f.count))
        .filter(|found| !INCIDENTAL.contains(&found.0) || expected.iter().any(|(rule, _)| *rule == found.0))
        .collect();
    assert_eq!(found, expected);
    report
}

pub(crate) fn report(scene: &Scene) -> Report {
    assert_eq!(scene.validate(), Ok(()));
    analyze(scene, &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap()
}

pub(crate) fn rules(scene: &Scene) -> Vec<Rule> {
    report(scene).findings.iter().map(|finding| finding.rule).collect()
}

#[track_caller]
pub(crate) fn check_mesh(mesh: Mesh, expected: &[(Rule, usize)]) -> Report {
    check(&scene(vec![mesh]), expected)
}

/// Each mesh on a node of its own.
pub(crate) fn scene(meshes: Vec<Mesh>) -> Scene {
    let nodes: Vec<_> = (0..meshes.len()).map(|id| Node { mesh: Some(id), ..Node::default() }).collect();
    Scene { roots: (0..nodes.len()).collect(), nodes, meshes, ..Scene::default() }
}

/// Wears the materials in turn, one a mesh.
pub(crate) fn with_materials(mut scene: Scene, materials: Vec<Material>) -> Scene {
    for (i, primitive) in scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives).enumerate() {
        let material = Some(i % materials.len());
        primitive.material_runs =
            vec![MaterialRun { first_face: 0, n_faces: primitive.faces.n_faces(), material }];
    }
    scene.materials = materials;
    scene
}

/// In a colour that goes with the name.
pub(crate) fn material(name: &str) -> Material {
    let hash = name.bytes().fold(7u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let base_color = glam::Vec3::from_array([0, 8, 16].map(|shift| (hash >> shift & 255) as f32 / 255.0));
    Material { name: name.into(), base_color: base_color.extend(1.0), ..Material::default() }
}

pub(crate) fn mesh(name: &str, points: Vec<Vec3>, triangles: &[[u32; 3]]) -> Mesh {
    let primitive = Primitive {
        vertex_positions: points,
        faces: Faces::triangles(triangles.concat()),
        ..Primitive::default()
    };
    Mesh { name: name.into(), primitives: vec![primitive], ..Mesh::default() }
}

pub(crate) const CUBE: [[u32; 3]; 12] = [
    [0, 2, 1],
    [1, 2, 3],
    [4, 5, 6],
    [5, 7, 6],
    [0, 1, 4],
    [1, 5, 4],
    [2, 6, 3],
    [3, 6, 7],
    [0, 4, 2],
    [2, 4, 6],
    [1, 3, 5],
    [3, 7, 5],
];

/// Looks outwards.
pub(crate) fn cube(center: Vec3, size: f32) -> Mesh {
    let corner = |i: u32| Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2 & 1) as f32) - 0.5;
    mesh("cube", (0..8).map(|i| center + size * corner(i)).collect(), &CUBE)
}

/// Looks along +Z; `x` and `y` are its ranges.
pub(crate) fn quad(x: [f32; 2], y: [f32; 2], z: f32) -> Mesh {
    let points = vec![
        Vec3::new(x[0], y[0], z),
        Vec3::new(x[1], y[0], z),
        Vec3::new(x[1], y[1], z),
        Vec3::new(x[0], y[1], z),
    ];
    mesh("quad", points, &[[0, 1, 2], [0, 2, 3]])
}

/// An octahedron whose faces are cut in four `n_cuts` times: 8 · 4ⁿ faces that look outwards.
pub(crate) fn sphere(n_cuts: usize) -> Mesh {
    let mut points = vec![Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z];
    let mut triangles =
        vec![[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]];
    for _ in 0..n_cuts {
        let mut middles = std::collections::HashMap::new();
        let mut middle = |a: u32, b: u32| {
            *middles.entry((a.min(b), a.max(b))).or_insert_with(|| {
                points.push((points[a as usize] + points[b as usize]).normalize_or_zero());
                points.len() as u32 - 1
            })
        };
        triangles = triangles
            .into_iter()
            .flat_map(|[a, b, c]| {
                let [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
                [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
            })
            .collect();
    }
    mesh("sphere", points, &triangles)
}

pub(crate) fn flip(mesh: &mut Mesh, faces: &[usize]) {
    for &face in faces {
        mesh.primitives[0].faces.corner_vertices.swap(3 * face, 3 * face + 1);
    }
}

/// Every corner its own vertex, as normals and UVs split them.
pub(crate) fn split(mesh: &mut Mesh) {
    let primitive = &mut mesh.primitives[0];
    let corners = &mut primitive.faces.corner_vertices;
    primitive.vertex_positions = corners.iter().map(|&v| primitive.vertex_positions[v as usize]).collect();
    *corners = (0..corners.len() as u32).collect();
}

pub(crate) fn remove_faces(mesh: &mut Mesh, first: usize, n: usize) {
    mesh.primitives[0].faces.corner_vertices.drain(3 * first..3 * (first + n));
}

pub(crate) fn join(mut mesh: Mesh, other: Mesh) -> Mesh {
    let (into, from) = (&mut mesh.primitives[0], &other.primitives[0]);
    let first = into.vertex_positions.len() as u32;
    into.vertex_positions.extend(&from.vertex_positions);
    into.faces.corner_vertices.extend(from.faces.corner_vertices.iter().map(|v| first + v));
    mesh
}

pub(crate) fn place(scene: &mut Scene, node: usize, transform: Mat4) {
    scene.nodes[node].transform = Transform::Matrix(transform);
}
