//! What separating overlaps is for: which surface a pixel shows must not depend on the last bit of a
//! depth buffer. Told by ray casting: 14 views, 24 bits of depth, two near planes.

use analysis::Rule;
use glam::{DVec3, Mat4, Quat, Vec3};
use scene::{Mesh, Node, Scene, Transform};

use super::SeparateOverlaps;
use crate::Step;
use crate::test_scenes::{colored, cube, join, n_found, quad, run, scene};

const SIZE: usize = 48;
const DEPTH_STEPS: f64 = (1u64 << 24) as f64;

/// A triangle that looks at whoever sees it, and whose it is.
struct Target {
    points: [DVec3; 3],
    id: (usize, usize),
}

/// What each pixel of all views shows, and whether a step of depth more or less changes that.
struct Ids {
    shown: Vec<Option<(usize, usize)>>,
    is_unsteady: Vec<bool>,
}

impl Ids {
    fn n_unsteady(&self) -> usize {
        self.is_unsteady.iter().filter(|unsteady| **unsteady).count()
    }

    /// Pixels that were steady and show something else.
    fn n_changed(&self, after: &Self) -> usize {
        let both = self.shown.iter().zip(&after.shown).zip(&self.is_unsteady);
        both.filter(|((one, other), unsteady)| one != other && !**unsteady).count()
    }

    fn n_seen(&self) -> usize {
        self.shown.iter().flatten().count()
    }
}

fn targets(scene: &Scene) -> Vec<Target> {
    let transforms = scene.world_transforms();
    let mut targets = Vec::new();
    for instance in scene.mesh_instances(&transforms) {
        for primitive in &scene.meshes[instance.mesh].primitives {
            let points = scene.world_positions(&instance, primitive, &transforms);
            let is_mirrored = instance.world_from_mesh.determinant() < 0.0;
            for (face, vertices) in primitive.faces.iter().enumerate() {
                let run = primitive
                    .material_runs
                    .iter()
                    .find(|run| (run.first_face..run.first_face + run.n_faces).contains(&face));
                let material = run.and_then(|run| run.material).unwrap_or(usize::MAX);
                let [a, b, c] = [0, 1, 2].map(|i| points[vertices[i] as usize]);
                let points = if is_mirrored { [a, c, b] } else { [a, b, c] };
                targets.push(Target { points, id: (instance.node, material) });
            }
        }
    }
    targets
}

/// Directions to the corners and sides of a cube.
fn views() -> impl Iterator<Item = DVec3> {
    let steps = [-1.0, 0.0, 1.0];
    let all = steps.into_iter().flat_map(move |x| {
        steps.into_iter().flat_map(move |y| steps.into_iter().map(move |z| DVec3::new(x, y, z)))
    });
    all.filter(|way| matches!(way.abs().element_sum() as i32, 1 | 3)).map(|way| way.normalize_or(DVec3::Z))
}

fn ids(scene: &Scene, near_share: f64) -> Ids {
    let bounds = scene.bounds();
    let (middle, radius) = (bounds.center(), bounds.radius());
    let fov_y = 40_f64.to_radians();
    let far_away = radius / (0.5 * fov_y).sin();
    let near = near_share * far_away;
    let targets = targets(scene);
    let mut ids = Ids { shown: Vec::new(), is_unsteady: Vec::new() };
    for way in views() {
        // Off the axes by a little, as cameras are.
        let way = (way + 0.01 * DVec3::new(0.3, 0.7, -0.5)).normalize_or(DVec3::Z);
        let eye = middle + far_away * way;
        let (u, v) = way.any_orthonormal_pair();
        for pixel in 0..SIZE * SIZE {
            let at = |i: usize| (2.0 * (i as f64 + 0.5) / SIZE as f64 - 1.0) * (0.5 * fov_y).tan();
            // One unit along the view for each unit of depth.
            let direction = -way + at(pixel % SIZE) * u + at(pixel / SIZE) * v;
            let mut hits: Vec<(f64, (usize, usize))> =
                targets.iter().filter_map(|target| Some((target.hit(eye, direction)?, target.id))).collect();
            hits.sort_by(|a, b| a.0.total_cmp(&b.0));
            let stored = |depth: f64| (DEPTH_STEPS * (1.0 - near / depth)).floor();
            let first = hits.first();
            let others = hits.iter().skip(1).filter(|hit| first.is_some_and(|first| hit.1 != first.1));
            let is_near = |hit: &(f64, _)| first.is_some_and(|first| stored(hit.0) - stored(first.0) <= 1.0);
            ids.is_unsteady.push(others.into_iter().any(is_near));
            ids.shown.push(first.map(|hit| hit.1));
        }
    }
    ids
}

impl Target {
    /// Möller & Trumbore 1997, from the front only.
    fn hit(&self, origin: DVec3, direction: DVec3) -> Option<f64> {
        let [a, b, c] = self.points;
        let across = direction.cross(c - a);
        let determinant = (b - a).dot(across);
        if determinant <= 0.0 {
            return None;
        }
        let from_a = origin - a;
        let u = from_a.dot(across) / determinant;
        let turned = from_a.cross(b - a);
        let v = direction.dot(turned) / determinant;
        (u >= 0.0 && v >= 0.0 && u + v <= 1.0).then(|| (c - a).dot(turned) / determinant)
    }
}

/// Finds `n` overlaps, takes them apart, and looks before and after. Returns the share of the steady
/// pixels that show something else now.
#[track_caller]
fn check(what: &str, mut model: Scene, n: usize) -> f64 {
    let n_overlaps = |scene: &Scene| {
        [Rule::ZFighting, Rule::ZFightingNear, Rule::ObjectDuplicate]
            .map(|rule| n_found(scene, rule))
            .iter()
            .sum()
    };
    let found: usize = n_overlaps(&model);
    assert_eq!(found, n, "{what}: found");
    let near_planes = [0.01, 0.1];
    let before = near_planes.map(|near| ids(&model, near));
    assert!(before[0].n_unsteady() > 0, "{what}: nothing flickers");
    run(&mut model, Step::SeparateOverlaps(SeparateOverlaps::default()));
    let left: usize = n_overlaps(&model);
    assert_eq!(left, 0, "{what}: left");
    let after = near_planes.map(|near| ids(&model, near));
    assert_eq!(after.each_ref().map(Ids::n_unsteady), [0, 0], "{what}: still flickers");
    let (n_changed, n_seen) = (before[0].n_changed(&after[0]), before[0].n_seen());
    println!("{what}: {} unsteady, {n_changed} of {n_seen} others changed", before[0].n_unsteady());
    n_changed as f64 / n_seen as f64
}

fn wall() -> Mesh {
    quad("wall", [-3.0, 3.0], [-2.0, 2.0], 0.0)
}

fn poster(x: f32, z: f32) -> Mesh {
    quad("poster", [x, x + 1.0], [-0.5, 0.6], z)
}

fn turn(scene: &mut Scene, by: Mat4) {
    for node in &mut scene.nodes {
        node.transform = Transform::Matrix(by * node.transform.matrix().as_mat4());
    }
}

#[test]
fn planted_pairs_are_found_and_steady_afterwards() {
    let pair = |other: Mesh| colored(scene(vec![wall(), other]));
    let turned = |mut model: Scene| {
        let axis = Vec3::new(0.3, 0.8, -0.5).normalize_or(Vec3::Y);
        turn(&mut model, Mat4::from_quat(Quat::from_axis_angle(axis, 0.9)));
        model
    };
    let scaled = |mut model: Scene, by: f32| {
        turn(&mut model, Mat4::from_scale(Vec3::splat(by)));
        model
    };
    let planted = [
        ("coplanar, inside", pair(poster(0.2, 0.0)), 1),
        ("10 µm off", pair(poster(0.2, 1e-5)), 1),
        ("10 µm behind", pair(poster(0.2, -1e-5)), 1),
        ("partial", pair(poster(2.6, 0.0)), 1),
        ("rotated", turned(pair(poster(0.2, 0.0))), 1),
        ("rotated, partial, 10 µm off", turned(pair(poster(-3.4, 1e-5))), 1),
        ("small scale", scaled(pair(poster(0.2, 0.0)), 0.01), 1),
        ("large scale", scaled(turned(pair(poster(2.6, 0.0))), 300.0), 1),
        ("the same wall twice", pair(wall()), 1),
        ("boxes sunk into each other", colored(scene(vec![cube(1.0), lifted(cube(1.0), 0.4)])), 4),
    ];
    for (what, model, n) in planted {
        let changed = check(what, model, n);
        assert!(changed < 0.005, "{what}: {changed}");
    }
}

fn lifted(mut mesh: Mesh, y: f32) -> Mesh {
    mesh.primitives[0].vertex_positions.iter_mut().for_each(|p| p.y += y);
    mesh
}

#[test]
fn within_one_mesh_nested_and_instanced() {
    // A poster on a poster on a wall, all of one mesh, in three materials.
    let mut nested =
        colored(scene(vec![wall(), poster(0.2, 0.0), quad("note", [0.4, 0.6], [0.0, 0.2], 0.0)]));
    let runs: Vec<_> =
        (0..3).map(|i| scene::MaterialRun { first_face: 2 * i, n_faces: 2, material: Some(i) }).collect();
    let mut one = join(&nested.meshes);
    one.primitives[0].material_runs = runs;
    nested = Scene { materials: nested.materials, ..scene(vec![one]) };
    check("nested in one mesh", nested, 1);
    // Two walls, two posters: each pair instances of the same two meshes, one turned and mirrored.
    let mut hung = colored(scene(vec![wall(), poster(0.2, 0.0)]));
    let place = Mat4::from_scale_rotation_translation(
        Vec3::new(-1.0, 1.0, 1.0),
        Quat::from_rotation_y(1.1),
        Vec3::new(1.0, 0.5, 5.0),
    );
    for mesh in 0..2 {
        hung.roots.push(hung.nodes.len());
        hung.nodes.push(Node {
            name: format!("second {mesh}"),
            mesh: Some(mesh),
            transform: Transform::Matrix(place),
            ..Node::default()
        });
    }
    check("instanced", hung, 2);
}

#[test]
fn the_caster_sees_what_it_should() {
    let model = scene(vec![cube(1.0)]);
    let seen = ids(&model, 0.01);
    assert_eq!(seen.n_unsteady(), 0);
    let share = seen.n_seen() as f64 / seen.shown.len() as f64;
    assert!((0.2..0.5).contains(&share), "{share}");
}
