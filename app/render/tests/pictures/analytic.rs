//! Depth, normals and ids against geometry worked out by hand, at every pixel.

use glam::{DVec3, Quat, Vec3};
use render::{Lens, Normals, Still, StillOptions, View};
use scene::{Scene, Transform};

use crate::models::{add, cube, front_view, matte, placed, quad, scene_of, sphere};
use crate::{still, still_of};

const SIZE: u32 = 96;

/// The line of sight through the point of a pixel where its data are taken, not of unit length: one
/// metre along the camera's axis.
fn ray(view: &View, i: usize) -> DVec3 {
    let Lens::Perspective { focal_length_mm } = view.lens else { panic!("a perspective lens") };
    let [x, y] = [i % SIZE as usize, i / SIZE as usize];
    let [sample_x, sample_y] = Still::DATA_SAMPLE;
    let half = 0.5 * render::SENSOR_WIDTH_MM / focal_length_mm;
    let at = |px: usize, sample: f64| (px as f64 + sample) / f64::from(SIZE) * 2.0 - 1.0;
    let rotation = view.view_from_world_rotation().transpose();
    rotation * DVec3::new(at(x, sample_x) * half, -at(y, sample_y) * half, -1.0)
}

#[test]
fn depth_of_a_tilted_quad_is_exact_to_single_precision() {
    let tilt = Quat::from_rotation_y(0.7) * Quat::from_rotation_x(-0.4);
    let transform =
        Transform::Trs { translation: Vec3::new(0.1, -0.05, 0.2), rotation: tilt, scale: Vec3::ONE };
    let mut scene = Scene::default();
    add(&mut scene, quad(0.5), matte(1.0, 1.0, 1.0), transform);
    let view = front_view(2.0);
    let Some(still) = still(&scene, &view, SIZE) else { return };
    let (point, normal) = (DVec3::new(0.1, -0.05, 0.2), (tilt * Vec3::Z).as_dvec3());
    let mut n_seen = 0;
    let mut worst = 0.0_f64;
    for (i, &depth) in still.depth_m.iter().enumerate().filter(|(_, d)| d.is_finite()) {
        let ray = ray(&view, i);
        let expected = (point - view.eye).dot(normal) / ray.dot(normal);
        worst = worst.max((f64::from(depth) - expected).abs() / expected);
        n_seen += 1;
    }
    assert!(n_seen > 1500, "{n_seen}");
    // A few units in the last place: interpolating the reciprocal costs that.
    assert!(worst < 8.0 * f64::from(f32::EPSILON), "{worst:e} is {} eps", worst / f64::from(f32::EPSILON));
}

#[test]
fn normals_of_a_sphere_are_right_to_half_a_degree_up_to_its_rim() {
    let scene = scene_of(sphere(320), matte(1.0, 1.0, 1.0));
    let view = View { eye: DVec3::new(1.5, 1.0, 2.5), ..front_view(3.0) };
    let options = StillOptions { normals: Normals::World, ..StillOptions::new(SIZE, SIZE, &[]) };
    let Some(still) = still_of(&scene, &view, &options) else { return };
    let mut n_seen = 0;
    let mut worst = 0.0_f64;
    for (i, normal) in still.normals.iter().enumerate().filter(|(i, _)| still.ids[*i] != 0) {
        let along = ray(&view, i).normalize();
        let nearest = -view.eye.dot(along);
        let half_chord = (1.0 - (view.eye + nearest * along).length_squared()).max(0.0).sqrt();
        let expected = view.eye + (nearest - half_chord) * along;
        let angle = Vec3::from(*normal).as_dvec3().angle_between(expected).to_degrees();
        worst = worst.max(angle);
        n_seen += 1;
    }
    assert!(n_seen > 2000, "{n_seen}");
    assert!(worst < 0.5, "{worst} degrees");
}

/// Boxes whose sides lie on borders of pixels, through an orthographic lens: as many pixels as
/// worked out, to the last one.
#[test]
fn ids_of_two_boxes_cover_exactly_their_pixels() {
    let px = 1.0 / SIZE as f32;
    let view = View { lens: Lens::Orthographic { height: 1.0 }, ..front_view(2.0) };
    let mut scene = Scene::default();
    // 30 by 20 pixels, and before it 16 by 40, which hides 10 by 20 of it.
    let behind = placed(Vec3::new(0.0, 0.0, -0.3), Vec3::new(30.0 * px, 20.0 * px, 0.1));
    let before = placed(Vec3::new(-13.0 * px, 0.0, 0.3), Vec3::new(16.0 * px, 40.0 * px, 0.1));
    add(&mut scene, cube(0.5), matte(1.0, 0.0, 0.0), behind);
    add(&mut scene, cube(0.5), matte(0.0, 1.0, 0.0), before);
    let Some(still) = still(&scene, &view, SIZE) else { return };
    let count = |id: u32| still.ids.iter().filter(|&&i| i == id).count();
    assert_eq!(count(2), 16 * 40);
    // The one before reaches from -21 to -5 pixels, the one behind from -15 to 15.
    assert_eq!(count(1), 30 * 20 - 10 * 20);
    assert_eq!(count(0), (SIZE * SIZE) as usize - count(1) - count(2));
    for (id, depth) in still.ids.iter().zip(&still.depth_m) {
        let expected = [f32::INFINITY, 2.25, 1.65][*id as usize];
        assert!(*depth == expected || (depth - expected).abs() < 1e-5, "{id}: {depth}");
    }
}
