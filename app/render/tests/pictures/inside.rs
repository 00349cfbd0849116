//! Every vertex that is drawn lies inside the frame, whatever the scene: projected with the still's
//! camera, and seen from what the device drew, which leaves the frame's border empty.

use glam::{DMat4, DVec3, DVec4, Mat4, Quat, Vec3};
use render::{Angle, FitOptions, Lens, LookAt, Pass, StillOptions, View};
use scene::{
    Animation, AnimationChannel, AnimationTarget, FaceSizes, Faces, Interpolation, Primitive, Scene, Skin,
    Topology, Transform,
};

use crate::models::{add, cube, matte, placed, quad, scene_of, sphere};
use crate::still_of;

fn thin(topology: Topology, positions: Vec<Vec3>) -> Primitive {
    let corners_per_face = if topology == Topology::Lines { 2 } else { 1 };
    Primitive {
        topology,
        faces: Faces {
            corner_vertices: (0..positions.len() as u32).collect(),
            sizes: FaceSizes::Uniform(corners_per_face),
        },
        vertex_positions: positions,
        ..Default::default()
    }
}

fn one(primitive: Primitive, transform: Transform) -> Scene {
    let mut scene = Scene::default();
    add(&mut scene, primitive, matte(0.8, 0.8, 0.8), transform);
    scene
}

/// A cloud with a stray point far from the others.
fn cloud() -> Vec<Vec3> {
    let mut points: Vec<Vec3> = (0..500)
        .map(|i| {
            let (sin, cos) = (i as f32 * 2.4).sin_cos();
            Vec3::new(cos, 0.004 * i as f32 - 1.0, sin) * (1.0 + 0.3 * (i as f32 * 0.7).sin())
        })
        .collect();
    points.push(Vec3::new(40.0, -3.0, 7.0));
    points
}

/// A room seen from outside: walls that face inwards, and a table in it.
fn room() -> Scene {
    let mut walls = cube(0.5);
    walls.faces.corner_vertices.as_chunks_mut::<3>().0.iter_mut().for_each(|t| t.swap(1, 2));
    let mut scene = one(walls, placed(Vec3::new(20.0, 1.3, -8.0), Vec3::new(7.0, 2.6, 4.0)));
    add(&mut scene, cube(0.5), matte(0.3, 0.2, 0.1), placed(Vec3::new(21.0, 0.4, -7.5), Vec3::splat(0.8)));
    scene
}

/// A mast that a bone swings by half a turn within two seconds, held at `time_secs`: out of the box
/// that its resting vertices fill.
fn swung_mast(time_secs: f32) -> Scene {
    let mut mast = cube(0.5);
    mast.vertex_positions.iter_mut().for_each(|p| *p = Vec3::new(0.1 * p.x, p.y + 0.5, 0.1 * p.z) * 8.0);
    mast.joints = vec![vec![[1, 0, 0, 0]; 8]];
    mast.weights = vec![vec![[1.0, 0.0, 0.0, 0.0]; 8]];
    let mut scene = scene_of(mast, matte(0.8, 0.8, 0.8));
    let bone = scene.nodes.len();
    scene.nodes.extend([scene::Node::default(), scene::Node::default()]);
    scene.roots.extend([bone, bone + 1]);
    scene.nodes[0].skin = Some(0);
    scene.skins.push(Skin {
        name: "bones".into(),
        joints: vec![bone, bone + 1],
        inverse_bind_matrices: vec![Mat4::IDENTITY; 2],
        skeleton: None,
    });
    let half_turn = Quat::from_rotation_z(std::f32::consts::PI * 0.999);
    scene.animations.push(Animation {
        name: "swing".into(),
        channels: vec![AnimationChannel {
            node: bone + 1,
            target: AnimationTarget::Rotation,
            interpolation: Interpolation::Linear,
            key_times_secs: vec![0.0, 2.0],
            values: [Quat::IDENTITY, half_turn].iter().flat_map(|q| q.to_array()).collect(),
        }],
    });
    let pose = scene.pose(&scene.animations[0], time_secs);
    scene.hold(&pose);
    scene
}

fn odd_scenes() -> Vec<(&'static str, Scene)> {
    let far = Vec3::new(4.0e6, -9.0e5, 2.0e6);
    let mut two_sizes = one(sphere(12), placed(Vec3::ZERO, Vec3::splat(1e-4)));
    add(
        &mut two_sizes,
        sphere(12),
        matte(0.5, 0.5, 0.5),
        placed(Vec3::new(0.0, 300.0, 0.0), Vec3::splat(40.0)),
    );
    let mut unused = cube(0.5);
    unused.vertex_positions.push(Vec3::splat(1e9));
    vec![
        ("flat", one(cube(0.5), placed(Vec3::ZERO, Vec3::new(1.0, 0.0, 1.0)))),
        ("upright and flat", one(quad(3.0), placed(Vec3::ZERO, Vec3::ONE))),
        ("as a line", one(cube(0.5), placed(Vec3::ZERO, Vec3::new(1e-6, 50.0, 1e-6)))),
        ("lines", one(thin(Topology::Lines, cloud()[1..].to_vec()), Transform::IDENTITY)),
        ("points", one(thin(Topology::Points, cloud()), Transform::IDENTITY)),
        ("a single point", one(thin(Topology::Points, vec![Vec3::new(3.0, 4.0, 5.0)]), Transform::IDENTITY)),
        ("far from the origin", one(sphere(16), placed(far, Vec3::splat(5.0)))),
        ("tiny", one(sphere(16), placed(Vec3::new(0.02, 0.0, 0.01), Vec3::splat(1e-4)))),
        ("huge", one(sphere(16), placed(Vec3::new(-1e6, 0.0, 3e5), Vec3::splat(1e6)))),
        ("tiny beside large", two_sizes),
        ("an unused vertex", one(unused, Transform::IDENTITY)),
        ("a room", room()),
        ("swung at the start", swung_mast(0.0)),
        ("swung half way", swung_mast(0.9)),
        ("swung around", swung_mast(2.0)),
        ("nothing", Scene::default()),
    ]
}

/// The vertices that faces, lines and points use, as the scene places them.
fn drawn_vertices(scene: &Scene) -> Vec<DVec3> {
    let transforms = scene.world_transforms();
    let mut all = Vec::new();
    for instance in scene.mesh_instances(&transforms) {
        for primitive in &scene.meshes[instance.mesh].primitives {
            let positions = scene.world_positions(&instance, primitive, &transforms);
            all.extend(primitive.faces.corner_vertices.iter().map(|&v| positions[v as usize]));
        }
    }
    all
}

fn cameras() -> impl Iterator<Item = FitOptions> {
    let lenses = [
        Lens::NORMAL,
        Lens::Perspective { focal_length_mm: 14.0 },
        Lens::Perspective { focal_length_mm: 300.0 },
        Lens::Orthographic { height: 1.0 },
    ];
    let angles = [
        Angle::THREE_QUARTER,
        Angle { azimuth_radians: 0.0, elevation_radians: 0.0 },
        Angle { azimuth_radians: 2.5, elevation_radians: -0.4 },
        Angle { azimuth_radians: 0.0, elevation_radians: std::f64::consts::FRAC_PI_2 },
    ];
    let frames = [(1.0, LookAt::BoxCenter), (2.2, LookAt::BoxCenter), (0.5, LookAt::PictureCenter)];
    lenses.into_iter().flat_map(move |lens| {
        angles.into_iter().flat_map(move |angle| {
            frames.into_iter().map(move |(aspect, look_at)| FitOptions {
                lens,
                angle,
                aspect,
                look_at,
                ..FitOptions::default()
            })
        })
    })
}

#[test]
fn every_vertex_of_odd_scenes_projects_into_the_frame() {
    for (name, scene) in odd_scenes() {
        scene.validate().unwrap();
        let vertices = drawn_vertices(&scene);
        for options in cameras() {
            let view = View::fit(&scene, &options);
            let clip_from_world: DMat4 = view.clip_from_world();
            for &vertex in &vertices {
                let clip: DVec4 = clip_from_world * vertex.extend(1.0);
                // What lies beside the frame by rounding alone is inside.
                let most = (1.0 - options.margin + 1e-6) * clip.w;
                let is_inside = clip.w > 0.0 && clip.x.abs() <= most && clip.y.abs() <= most;
                // Reversed depth: 1 is near.
                let is_before_near = clip.z > clip.w * (1.0 + 1e-9);
                assert!(is_inside && !is_before_near, "{name}, {options:?}: {vertex} is at {clip}");
            }
        }
    }
}

#[test]
fn the_border_of_the_frame_stays_empty() {
    const SIZE: u32 = 64;
    for (name, scene) in odd_scenes() {
        let view = View::fit(&scene, &FitOptions::default());
        let Some(still) = still_of(&scene, &view, &StillOptions::new(SIZE, SIZE, &[Pass::Depth])) else {
            return;
        };
        let is_border = |i: &usize| {
            let (x, y) = (*i as u32 % SIZE, *i as u32 / SIZE);
            x == 0 || y == 0 || x == SIZE - 1 || y == SIZE - 1
        };
        let n_on_border = (0..still.ids.len()).filter(is_border).filter(|&i| still.ids[i] != 0).count();
        assert_eq!(n_on_border, 0, "{name}");
        // A line of a micrometre is thinner than any sample.
        let shows_nothing = ["nothing", "as a line"].contains(&name);
        assert!(shows_nothing || still.ids.iter().any(|&id| id != 0), "{name} shows nothing");
    }
}
