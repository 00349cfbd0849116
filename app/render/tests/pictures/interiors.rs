//! Closed rooms show their inside.

use glam::Vec3;
use render::{FitOptions, GpuScene, Pass, StillOptions, UploadOptions, View, Walls};
use scene::Scene;

use crate::models::{add, cube, matte, placed};
use crate::{gpu_or_skip, still_of};

/// Thick walls around four boxes; the boxes are the last four nodes.
fn furnished_room() -> Scene {
    let mut scene = Scene::default();
    let inside_out = || {
        let mut walls = cube(0.5);
        walls.faces.corner_vertices.as_chunks_mut::<3>().0.iter_mut().for_each(|t| t.swap(1, 2));
        walls
    };
    add(&mut scene, cube(0.5), matte(0.6, 0.5, 0.4), placed(Vec3::ZERO, Vec3::new(4.4, 2.8, 4.4)));
    add(&mut scene, inside_out(), matte(0.8, 0.8, 0.8), placed(Vec3::ZERO, Vec3::new(4.0, 2.4, 4.0)));
    for (x, z) in [(-1.0, -0.8), (0.4, 0.9), (1.1, -0.2), (-0.4, 0.3)] {
        let place = placed(Vec3::new(x, -0.6, z), Vec3::new(0.7, 1.2, 0.7));
        add(&mut scene, cube(0.5), matte(0.7, 0.2, 0.1), place);
    }
    scene
}

#[test]
fn a_closed_room_shows_what_is_in_it_unless_its_walls_are_kept() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let scene = furnished_room();
    let (uploaded, _) = GpuScene::upload(gpu, renderer, &scene, &UploadOptions::default()).unwrap();
    let air = uploaded.interior().unwrap();
    assert!(air.max.distance(glam::DVec3::new(2.0, 1.2, 2.0)) < 1e-3, "{air:?}");
    let view = View::fit(&scene, &FitOptions::default());
    for (walls, n_things) in [(Walls::Auto, 4), (Walls::CutAway, 4), (Walls::Kept, 0)] {
        let options = StillOptions { walls, ..StillOptions::new(96, 96, &[Pass::Textured]) };
        let Some(still) = still_of(&scene, &view, &options) else { return };
        let is_seen = |node: u32| still.ids.iter().filter(|&&id| id == node + 1).count() > 20;
        assert_eq!((2..6).filter(|&node| is_seen(node)).count(), n_things, "{walls:?}");
        // The far walls stay.
        assert_eq!(is_seen(1), walls != Walls::Kept, "{walls:?}");
        assert!(still.ids.iter().any(|&id| id != 0));
    }
}

#[test]
fn an_ordinary_thing_is_no_interior_and_loses_nothing() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let mut scene = Scene::default();
    add(&mut scene, cube(0.5), matte(0.7, 0.2, 0.1), placed(Vec3::ZERO, Vec3::ONE));
    let (uploaded, _) = GpuScene::upload(gpu, renderer, &scene, &UploadOptions::default()).unwrap();
    assert_eq!(uploaded.interior(), None);
    let view = View::fit(&scene, &FitOptions::default());
    let depths = [Walls::Auto, Walls::Kept].map(|walls| {
        let options = StillOptions { walls, ..StillOptions::new(64, 64, &[Pass::Depth]) };
        still_of(&scene, &view, &options).map(|still| still.depth_m)
    });
    assert_eq!(depths[0], depths[1]);
}
