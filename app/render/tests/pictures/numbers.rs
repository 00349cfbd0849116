//! Distances, normals, ids, culling: exact.

use glam::{Quat, Vec3, Vec4};
use render::{Background, Lens, Normals, Pass, StillOptions, View};
use scene::{AlphaMode, Layer, Material, Transform};

use crate::models::{add, cube, front_view, matte, placed, quad, scene_of, unlit};
use crate::{assert_close, still, still_of};

const CENTER: usize = 32 * 64 + 32;

#[test]
fn depth_is_distance_along_the_line_of_sight_in_metres() {
    let Some(still) = still(&scene_of(quad(0.3), matte(1.0, 1.0, 1.0)), &front_view(2.0), 64) else { return };
    assert_close(still.depth_m[CENTER], 2.0, 1e-4);
    // A plane across the line of sight is equally far everywhere.
    for depth in still.depth_m.iter().filter(|d| d.is_finite()) {
        assert_close(*depth, 2.0, 1e-4);
    }
    assert_eq!(still.depth_m[0], f32::INFINITY);
    assert_eq!(still.ids[0], 0);
    assert_eq!(still.node_at(32, 32), Some(0));
    assert_eq!(still.node_at(0, 0), None);
    let [near, far] = still.depth_range.unwrap();
    assert!(near <= 2.0 + 1e-4 && far > near);
}

#[test]
fn depth_is_right_through_an_orthographic_lens() {
    let view = View { lens: Lens::Orthographic { height: 1.0 }, ..front_view(2.0) };
    let Some(still) = still(&scene_of(quad(0.25), matte(1.0, 1.0, 1.0)), &view, 64) else { return };
    assert_close(still.depth_m[CENTER], 2.0, 1e-4);
    // Half a metre in a picture one metre high: half the pixels on each side.
    assert_eq!(still.ids.iter().filter(|id| **id == 1).count(), 32 * 32);
}

#[test]
fn a_plane_that_faces_the_camera_has_normal_z() {
    let scene = scene_of(quad(0.3), matte(1.0, 1.0, 1.0));
    let Some(still) = still(&scene, &front_view(2.0), 64) else { return };
    assert_eq!(still.normals[CENTER], [0.0, 0.0, 1.0]);
    assert_eq!(still.normals[0], [0.0; 3]);
    let picture = still.normal.unwrap();
    assert_eq!(picture.get_pixel(32, 32).0, [128, 128, 255]);
    assert_eq!(picture.get_pixel(0, 0).0, [128, 128, 128]);
}

#[test]
fn world_normals_do_not_turn_with_the_camera() {
    let mut from_the_side = front_view(2.0);
    from_the_side.eye = glam::DVec3::new(1.0, 0.7, 1.5);
    let scene = scene_of(quad(0.3), matte(1.0, 1.0, 1.0));
    for (normals, expected) in [(Normals::World, Vec3::Z), (Normals::WorldZUp, Vec3::NEG_Y)] {
        let options = StillOptions { normals, ..StillOptions::new(64, 64, &[]) };
        let Some(still) = still_of(&scene, &from_the_side, &options) else { return };
        assert!(Vec3::from(still.normals[CENTER]).distance(expected) < 1e-3, "{:?}", still.normals[CENTER]);
    }
}

#[test]
fn background_values_of_every_picture() {
    let Some(still) = still(&scene_of(quad(0.1), matte(1.0, 1.0, 1.0)), &front_view(2.0), 64) else { return };
    assert_eq!(still.depth.as_ref().unwrap().get_pixel(0, 0).0, [255]);
    assert_eq!(still.edge.as_ref().unwrap().get_pixel(0, 0).0, [255]);
    assert_eq!(still.textured.as_ref().unwrap().get_pixel(0, 0).0[3], 255);
    let options =
        StillOptions { background: Background::Transparent, ..StillOptions::new(64, 64, &[Pass::Textured]) };
    let Some(still) = still_of(&scene_of(quad(0.1), matte(1.0, 1.0, 1.0)), &front_view(2.0), &options) else {
        return;
    };
    let picture = still.textured.unwrap();
    assert_eq!(picture.get_pixel(0, 0).0, [0; 4]);
    assert_eq!(picture.get_pixel(32, 32).0[3], 255);
}

#[test]
fn base_colour_of_an_unlit_surface_comes_out_as_it_is() {
    let scene = scene_of(quad(0.3), unlit(Vec4::new(0.5, 0.25, 0.05, 1.0), AlphaMode::Opaque));
    let Some(still) = still(&scene, &front_view(2.0), 64) else { return };
    for picture in [still.textured.unwrap(), still.albedo.unwrap()] {
        let pixel = picture.get_pixel(32, 32).0;
        // sRGB codes of the linear values; the device may round the other way.
        let is_close = pixel.iter().zip([188, 137, 63, 255]).all(|(a, b)| a.abs_diff(b) <= 1);
        assert!(is_close, "{pixel:?}");
    }
}

#[test]
fn a_mirrored_cube_is_not_seen_inside_out() {
    let view = View { eye: glam::DVec3::new(2.0, 1.5, 3.0), ..front_view(4.0) };
    let depths = |scale: Vec3| {
        let mut scene = scene::Scene::default();
        add(&mut scene, cube(0.5), matte(1.0, 1.0, 1.0), placed(Vec3::ZERO, scale));
        still(&scene, &view, 64).map(|still| (still.depth_m, still.normals))
    };
    let Some((plain, plain_normals)) = depths(Vec3::ONE) else { return };
    let (mirrored, mirrored_normals) = depths(Vec3::new(-1.0, 1.0, 1.0)).unwrap();
    assert!(plain.iter().any(|d| d.is_finite()));
    for (a, b) in plain.iter().zip(&mirrored) {
        assert!(a == b || (a - b).abs() < 1e-4, "{a} {b}");
    }
    for (a, b) in plain_normals.iter().zip(&mirrored_normals) {
        assert!(Vec3::from(*a).distance(Vec3::from(*b)) < 1e-3, "{a:?} {b:?}");
    }
}

#[test]
fn single_sided_faces_vanish_from_behind_and_double_sided_ones_turn_their_normal() {
    let around = Transform::Trs {
        translation: Vec3::ZERO,
        rotation: Quat::from_rotation_y(std::f32::consts::PI),
        scale: Vec3::ONE,
    };
    let seen = |double_sided: bool| {
        let mut scene = scene::Scene::default();
        add(&mut scene, quad(0.3), Material { double_sided, ..matte(1.0, 1.0, 1.0) }, around);
        still(&scene, &front_view(2.0), 64)
    };
    let Some(single) = seen(false) else { return };
    assert!(single.ids.iter().all(|id| *id == 0));
    let double = seen(true).unwrap();
    assert_eq!(double.ids[CENTER], 1);
    assert!(double.normals[CENTER][2] > 0.999);
}

#[test]
fn ids_name_the_node_of_each_instance() {
    let mut scene = scene_of(quad(0.1), matte(1.0, 1.0, 1.0));
    // Three nodes share one mesh.
    for x in [-0.4, 0.4] {
        let mut node = scene.nodes[0].clone();
        node.transform = placed(Vec3::new(x, 0.0, 0.0), Vec3::ONE);
        scene.roots.push(scene.nodes.len());
        scene.nodes.push(node);
    }
    let Some(still) = still(&scene, &front_view(2.0), 64) else { return };
    assert_eq!(
        [still.node_at(32, 32), still.node_at(14, 32), still.node_at(50, 32)],
        [Some(0), Some(1), Some(2)]
    );
}

#[test]
fn a_far_away_origin_changes_nothing() {
    let view = front_view(2.0);
    let Some(here) = still(&scene_of(cube(0.3), matte(0.8, 0.2, 0.2)), &view, 64) else { return };
    let far_away = Vec3::new(4.0e6, -2.0e6, 1.0e6);
    let mut scene = scene::Scene::default();
    add(&mut scene, cube(0.3), matte(0.8, 0.2, 0.2), placed(far_away, Vec3::ONE));
    let moved = View { eye: view.eye + far_away.as_dvec3(), target: far_away.as_dvec3(), ..view };
    let there = still(&scene, &moved, 64).unwrap();
    assert_eq!(here.ids, there.ids);
    for (a, b) in here.depth_m.iter().zip(&there.depth_m) {
        assert!(a == b || (a - b).abs() < 1e-4, "{a} {b}");
    }
}

#[test]
fn the_same_scene_gives_the_same_bytes() {
    let mut scene = scene_of(cube(0.3), matte(0.8, 0.3, 0.2));
    add(&mut scene, quad(0.5), matte(0.2, 0.3, 0.9), placed(Vec3::new(0.1, 0.0, 0.2), Vec3::ONE));
    let view = View { eye: glam::DVec3::new(1.0, 0.8, 1.8), ..front_view(2.0) };
    let Some(first) = still(&scene, &view, 96) else { return };
    let second = still(&scene, &view, 96).unwrap();
    assert_eq!(first.textured, second.textured);
    assert_eq!(first.wireframe, second.wireframe);
    assert_eq!(first.normal, second.normal);
    assert_eq!(first.edge, second.edge);
    assert_eq!(first.depth_m, second.depth_m);
}

#[test]
fn nothing_and_nonsense_are_drawn_as_nothing() {
    let mut nowhere = quad(0.3);
    nowhere.vertex_positions.fill(Vec3::NAN);
    nowhere.normals = Some(Layer::PerVertex(vec![Vec3::splat(f32::INFINITY); 4]));
    let flat = placed(Vec3::ZERO, Vec3::new(0.0, 1.0, 1.0));
    let mut flattened = scene::Scene::default();
    add(&mut flattened, cube(0.5), matte(1.0, 1.0, 1.0), flat);
    for scene in [scene::Scene::default(), scene_of(nowhere, matte(1.0, 1.0, 1.0)), flattened] {
        let view = View::fit(&scene, &render::FitOptions::default());
        assert!(view.eye.is_finite() && view.near > 0.0 && view.far > view.near, "{view:?}");
        let Some(still) = still(&scene, &view, 32) else { return };
        assert_eq!(still.textured.unwrap().dimensions(), (32, 32));
        assert!(still.normals.iter().flatten().all(|n| n.is_finite()));
    }
}
