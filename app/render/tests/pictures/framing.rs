//! Every vertex of a fitted scene is inside the picture, at any size and place.

use glam::{DVec3, Vec3};
use render::{Angle, FitOptions, Lens, LookAt, View};
use scene::Scene;

use crate::models::{add, cube, matte, placed, sphere};

fn vertices(scene: &Scene) -> Vec<DVec3> {
    let transforms = scene.world_transforms();
    let instances = scene.mesh_instances(&transforms);
    let of_instance = |i: &scene::MeshInstance| {
        let primitives = &scene.meshes[i.mesh].primitives;
        primitives.iter().flat_map(|p| scene.world_positions(i, p, &transforms)).collect::<Vec<_>>()
    };
    instances.iter().flat_map(of_instance).collect()
}

/// The largest |x| or |y| in clip space; nearest and farthest distance.
fn reach(scene: &Scene, view: &View) -> (f64, f64, f64) {
    let clip_from_world = view.clip_from_world();
    let view_from_world = view.view_from_world();
    vertices(scene).into_iter().fold((0.0, f64::INFINITY, 0.0), |(reach, near, far), p| {
        let ndc = clip_from_world.project_point3(p);
        let depth = -view_from_world.transform_point3(p).z;
        (reach.max(ndc.x.abs()).max(ndc.y.abs()), near.min(depth), far.max(depth))
    })
}

#[test]
fn every_vertex_is_inside_with_the_margin_at_any_size_and_place() {
    let shapes =
        [Vec3::ONE, Vec3::new(1000.0, 0.01, 3.0), Vec3::new(0.001, 40.0, 0.001), Vec3::new(1.0, 0.0, 1.0)];
    let places = [Vec3::ZERO, Vec3::new(1.0e6, -3.0e5, 2.0e6)];
    let lenses =
        [Lens::NORMAL, Lens::Perspective { focal_length_mm: 18.0 }, Lens::Orthographic { height: 1.0 }];
    for size in [1e-3_f32, 1.0, 1e5] {
        for shape in shapes {
            for place in places {
                let mut scene = Scene::default();
                add(&mut scene, cube(0.5), matte(1.0, 1.0, 1.0), placed(place, shape * size));
                add(&mut scene, sphere(6), matte(1.0, 1.0, 1.0), placed(place, shape * size * 0.6));
                for lens in lenses {
                    for aspect in [0.5, 1.0, 2.4] {
                        let options = FitOptions { lens, aspect, ..FitOptions::default() };
                        let view = View::fit(&scene, &options);
                        let (reach, near, far) = reach(&scene, &view);
                        let case =
                            format!("size {size} shape {shape} place {place} {lens:?} aspect {aspect}");
                        assert!(reach <= 1.0 - options.margin + 1e-6, "{case}: reach {reach}");
                        assert!(reach > 0.5, "{case}: small in its frame, {reach}");
                        assert!(
                            view.near > 0.0 && view.near <= near && far <= view.far,
                            "{case}: {near} {far} {view:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_camera_looks_at_the_centre_of_the_box_from_the_asked_angle() {
    let mut scene = Scene::default();
    add(&mut scene, cube(0.5), matte(1.0, 1.0, 1.0), placed(Vec3::new(3.0, 2.0, 1.0), Vec3::ONE));
    for azimuth_radians in [0.0, 0.7, 3.0, -2.0] {
        for elevation_radians in [-1.4, 0.0, 0.4, std::f64::consts::FRAC_PI_2] {
            let angle = Angle { azimuth_radians, elevation_radians };
            let view = View::fit(&scene, &FitOptions { angle, ..FitOptions::default() });
            assert!(view.target.distance(DVec3::new(3.0, 2.0, 1.0)) < 1e-9);
            assert!((view.eye - view.target).normalize().distance(angle.direction()) < 1e-9);
        }
    }
}

#[test]
fn near_and_far_follow_the_camera() {
    let mut scene = Scene::default();
    add(&mut scene, cube(0.5), matte(1.0, 1.0, 1.0), placed(Vec3::ZERO, Vec3::ONE));
    let fitted = View::fit(&scene, &FitOptions::default());
    let bounds = scene.bounds();
    for distance in [0.2, 1.0, 5.0, 500.0] {
        let view = View { eye: fitted.target + distance * DVec3::Z, ..fitted }.with_depth_of(&bounds);
        assert!(view.near > 0.0 && view.far > view.near, "{view:?}");
        assert!(view.far >= distance + 0.5, "{view:?}");
        if distance > 0.6 {
            assert!(view.near <= distance - 0.5, "{view:?}");
        }
    }
}

#[test]
fn a_view_of_the_picture_centre_touches_the_margin_on_both_sides() {
    let mut scene = Scene::default();
    add(
        &mut scene,
        cube(0.5),
        matte(1.0, 1.0, 1.0),
        placed(Vec3::new(0.0, 0.5, 0.0), Vec3::new(3.0, 1.0, 1.0)),
    );
    add(&mut scene, sphere(8), matte(1.0, 1.0, 1.0), placed(Vec3::new(1.2, 1.8, -0.3), Vec3::splat(0.4)));
    for lens in [Lens::NORMAL, Lens::Orthographic { height: 1.0 }] {
        for azimuth_radians in [0.0, 0.7, 2.0, -1.1] {
            for elevation_radians in [-1.0, 0.4, std::f64::consts::FRAC_PI_2] {
                let angle = Angle { azimuth_radians, elevation_radians };
                let options =
                    FitOptions { angle, lens, look_at: LookAt::PictureCenter, ..FitOptions::default() };
                let view = View::fit(&scene, &options);
                let clip_from_world = view.clip_from_world();
                let seen: Vec<_> =
                    vertices(&scene).into_iter().map(|p| clip_from_world.project_point3(p)).collect();
                let sides = [0, 1].map(|axis| {
                    let low = seen.iter().map(|p| p[axis]).fold(f64::INFINITY, f64::min);
                    let high = seen.iter().map(|p| p[axis]).fold(f64::NEG_INFINITY, f64::max);
                    (-low, high)
                });
                let inner = 1.0 - options.margin;
                let widest = sides.into_iter().find(|(low, high)| low.max(*high) > inner - 1e-6);
                let (low, high) = widest.unwrap_or_else(|| panic!("{sides:?} leave room, {options:?}"));
                assert!((low - high).abs() < 1e-6 && high <= inner + 1e-6, "{sides:?}, {options:?}");
                assert!(sides.iter().all(|(low, high)| low.max(*high) <= inner + 1e-6), "{sides:?}");
                let centered = View::fit(&scene, &FitOptions { look_at: LookAt::BoxCenter, ..options });
                let distance = |view: &View| view.eye.distance(view.target);
                assert!(distance(&view) <= distance(&centered) + 1e-9);
            }
        }
    }
}
