//! Shapes as artists make them, with nothing wrong: no check may call any of them broken.

use glam::{Mat4, Quat, Vec3};
use scene::{Layer, Mesh, Scene};

use crate::Severity;
use crate::test_scenes::{
    cube, flip, join, material, mesh, place, quad, remove_faces, report, scene, sphere, with_materials,
};

#[track_caller]
fn expect_nothing(what: &str, scene: &Scene) {
    let graver = report(scene).findings.into_iter().filter(|finding| finding.severity > Severity::Info);
    let found: Vec<String> = graver.map(|f| format!("{} {}: {}", f.count, f.rule, f.sentence)).collect();
    assert_eq!(found, Vec::<String>::new(), "{what}");
}

fn inside_out(mut mesh: Mesh) -> Mesh {
    let n = mesh.primitives[0].faces.n_faces();
    flip(&mut mesh, &(0..n).collect::<Vec<_>>());
    mesh
}

fn moved(mut mesh: Mesh, by: Vec3, scale: f32) -> Mesh {
    mesh.primitives[0].vertex_positions.iter_mut().for_each(|p| *p = by + scale * *p);
    mesh
}

fn all(parts: impl IntoIterator<Item = Mesh>) -> Mesh {
    parts.into_iter().reduce(join).unwrap()
}

/// A grid of n × n quads over the unit square, lifted by `height`; looks up.
fn sheet(n: u32, height: impl Fn(f32, f32) -> f32) -> Mesh {
    let at = |i: u32| i as f32 / n as f32;
    let rows = (0..=n).flat_map(|i| (0..=n).map(move |k| (at(i), at(k))));
    let points = rows.map(|(x, z)| Vec3::new(x, height(x, z), z)).collect();
    let corner = |i: u32, k: u32| i * (n + 1) + k;
    let cells = (0..n).flat_map(|i| (0..n).map(move |k| (i, k)));
    let faces: Vec<[u32; 3]> = cells
        .flat_map(|(i, k)| {
            let [a, b, c, d] = [corner(i, k), corner(i, k + 1), corner(i + 1, k + 1), corner(i + 1, k)];
            [[a, b, c], [a, c, d]]
        })
        .collect();
    mesh("sheet", points, &faces)
}

/// Evenly spread turns and places; the same at each call.
fn turned(i: usize) -> Mat4 {
    let at = |step: f32| (0.5 + step * i as f32).fract();
    let axis = Vec3::new(at(0.618) - 0.5, at(0.755), at(0.57) - 0.5).normalize_or(Vec3::Y);
    let place = 4.0 * Vec3::new(at(0.819), 0.3 * at(0.671), at(0.55));
    Mat4::from_rotation_translation(Quat::from_axis_angle(axis, std::f32::consts::TAU * at(0.38)), place)
}

fn transformed(mut mesh: Mesh, by: Mat4) -> Mesh {
    mesh.primitives[0].vertex_positions.iter_mut().for_each(|p| *p = by.transform_point3(*p));
    mesh
}

fn bowl() -> Mesh {
    let mut bowl = sphere(3);
    remove_faces(&mut bowl, 256, 256);
    bowl
}

#[test]
fn closed_open_and_hollow_bodies() {
    expect_nothing("ball", &scene(vec![sphere(4)]));
    expect_nothing("dome", &scene(vec![bowl()]));
    expect_nothing("cloth", &scene(vec![sheet(24, |x, z| 0.05 * (9.0 * x).sin() * (7.0 * z).cos())]));
    expect_nothing("terrain", &scene(vec![sheet(24, |x, z| 0.3 * (3.0 * x + z).sin())]));
    expect_nothing("card", &scene(vec![quad([0.0, 1.0], [0.0, 2.0], 0.0)]));
    expect_nothing("hollow", &scene(vec![join(cube(Vec3::ZERO, 2.0), inside_out(cube(Vec3::ZERO, 1.5)))]));
    let cup = join(bowl(), inside_out(moved(bowl(), Vec3::ZERO, 0.9)));
    expect_nothing("cup of two walls", &scene(vec![cup]));
}

#[test]
fn bubbles_in_glass_of_which_one_pokes_out() {
    let places = [[0.2, 0.1, 0.3], [-0.4, 0.2, 0.0], [0.0, -0.5, 0.2], [0.1, 0.4, -0.3], [0.0, 0.0, 0.985]];
    let bubbles = places.map(|at| inside_out(moved(sphere(2), Vec3::from_array(at), 0.08)));
    expect_nothing("bubbles", &scene(vec![all([sphere(4)].into_iter().chain(bubbles))]));
}

#[test]
fn rooms_seen_from_within() {
    let furniture = || {
        let chairs = [-1.2f32, 0.0, 1.2].map(|x| cube(Vec3::new(x, -1.5, 0.3), 0.9));
        chairs.into_iter().chain([moved(bowl(), Vec3::new(0.3, -0.9, 0.2), 0.2)])
    };
    let walls = inside_out(cube(Vec3::ZERO, 4.0));
    expect_nothing("closed room", &scene([walls.clone()].into_iter().chain(furniture()).collect()));
    let mut stage = walls;
    remove_faces(&mut stage, 2, 2);
    expect_nothing("stage", &scene([stage].into_iter().chain(furniture()).collect()));
}

#[test]
fn foliage_hair_and_feathers_of_single_cards() {
    let leaf = || quad([-0.15, 0.15], [0.0, 0.4], 0.0);
    let trunk = moved(sphere(3), Vec3::new(2.0, 0.5, 2.0), 0.6);
    let crown = all((0..120).map(|i| transformed(leaf(), turned(i))));
    expect_nothing("tree", &scene(vec![trunk.clone(), crown]));
    // Strands that hang down a head, each bent and over the next.
    let strand = |i: usize| {
        let strand = sheet(6, |x, z| 0.1 * (1.0 - x * x) + 0.02 * (6.0 * z).sin());
        let angle = i as f32 * 0.39;
        let out = 1.02 + 0.01 * (i % 5) as f32;
        let place = Mat4::from_rotation_y(angle) * Mat4::from_translation(Vec3::new(0.0, 0.0, out));
        transformed(strand, place * Mat4::from_rotation_x(std::f32::consts::FRAC_PI_2))
    };
    let hair = all((0..16).map(strand));
    expect_nothing("hair", &scene(vec![sphere(4), hair]));
}

#[test]
fn eyes_in_layers_and_clothes_over_skin() {
    let eye = || sphere(3);
    let layers = scene(vec![eye(), moved(eye(), Vec3::ZERO, 1.02), moved(bowl(), Vec3::ZERO, 1.04)]);
    let layers = with_materials(layers, vec![material("iris"), material("cornea"), material("wet")]);
    expect_nothing("eye", &layers);
    let coat = moved(bowl(), Vec3::ZERO, 1.1);
    let lined = with_materials(scene(vec![sphere(4), coat]), vec![material("skin"), material("coat")]);
    expect_nothing("coat", &lined);
}

#[test]
fn mirrored_scaled_and_repeated_instances() {
    let mut pairs = scene(vec![bowl(), bowl(), cube(Vec3::ZERO, 1.0), cube(Vec3::ZERO, 1.0)]);
    for (node, scale) in
        [Vec3::ONE, Vec3::new(-1.0, 1.0, 1.0), Vec3::new(2.0, -0.5, 1.0), Vec3::ONE].into_iter().enumerate()
    {
        let at = Vec3::new(3.0 * node as f32, 0.0, 0.0);
        place(&mut pairs, node, Mat4::from_scale_rotation_translation(scale, Quat::IDENTITY, at));
    }
    expect_nothing("pairs", &pairs);
}

#[test]
fn things_that_stand_on_and_beside_each_other() {
    // A crate on a floor, another one against it: back to back, never in front of each other.
    let floor = cube(Vec3::new(0.0, -0.5, 0.0), 1.0);
    let placed = [floor, cube(Vec3::new(0.2, 0.1, 0.1), 0.2), cube(Vec3::new(0.4, 0.1, 0.1), 0.2)];
    let wood = ["floor", "crate", "box"].map(material).to_vec();
    expect_nothing("crates", &with_materials(scene(placed.to_vec()), wood.clone()));
    // Tiles of one floor, edge to edge, and a rug well above it.
    let tiles = (0..9).map(|i| {
        let (x, y) = ((i % 3) as f32, (i / 3) as f32);
        quad([x, x + 1.0], [y, y + 1.0], 0.0)
    });
    let rug = quad([0.5, 2.5], [0.5, 2.5], 0.01);
    expect_nothing("tiles", &with_materials(scene(tiles.chain([rug]).collect()), wood));
}

#[test]
fn smooth_normals_over_sharp_edges() {
    let mut ball = sphere(1);
    let normals = ball.primitives[0].vertex_positions.iter().map(|p| p.normalize_or_zero()).collect();
    ball.primitives[0].normals = Some(Layer::PerVertex(normals));
    expect_nothing("coarse ball", &scene(vec![ball]));
}
