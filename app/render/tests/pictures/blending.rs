//! Masks and blends in the colours and in the data.

use glam::{Vec3, Vec4};
use render::{Background, Pass, StillOptions};
use scene::{AlphaMode, Scene, Transmission};

use crate::models::{add, front_view, placed, quad, unlit};
use crate::{still, still_of};

const CENTER: usize = 32 * 64 + 32;

/// A pane one metre before a red wall.
fn pane_before_wall(alpha: f32, mode: AlphaMode) -> Scene {
    let mut scene = Scene::default();
    add(&mut scene, quad(0.1), unlit(Vec4::new(0.0, 0.0, 1.0, alpha), mode), placed(Vec3::Z, Vec3::ONE));
    add(
        &mut scene,
        quad(0.5),
        unlit(Vec4::new(1.0, 0.0, 0.0, 1.0), AlphaMode::Opaque),
        placed(Vec3::ZERO, Vec3::ONE),
    );
    scene
}

#[test]
fn a_blended_surface_enters_the_data_from_half_its_alpha() {
    for (alpha, node) in [(0.3, 1), (0.7, 0)] {
        let Some(still) = still(&pane_before_wall(alpha, AlphaMode::Blend), &front_view(2.0), 64) else {
            return;
        };
        assert_eq!(still.node_at(32, 32), Some(node), "alpha {alpha}");
        let expected = if node == 0 { 1.0 } else { 2.0 };
        assert!((still.depth_m[CENTER] - expected).abs() < 1e-4);
        // Half the light is the wall's, by alpha; the picture is sRGB.
        let [red, _, blue, _] = still.textured.unwrap().get_pixel(32, 32).0;
        let light = |code: u8| ((f32::from(code) / 255.0 + 0.055) / 1.055).powf(2.4);
        assert!((light(red) - (1.0 - alpha)).abs() < 0.02, "red {red} at alpha {alpha}");
        assert!((light(blue) - alpha).abs() < 0.02, "blue {blue} at alpha {alpha}");
    }
}

#[test]
fn glass_shows_what_is_behind_it_and_stands_in_the_data() {
    let mut scene = pane_before_wall(1.0, AlphaMode::Opaque);
    scene.materials[0].transmission = Some(Transmission { factor: 1.0, texture: None });
    scene.materials[0].metallic = 0.0;
    let Some(still) = still(&scene, &front_view(2.0), 64) else { return };
    assert_eq!(still.node_at(32, 32), Some(0));
    assert!((still.depth_m[CENTER] - 1.0).abs() < 1e-4);
    // Head on, the mirror image takes 4 % and the glass itself a fifth of the rest.
    let [red, _, blue, _] = still.textured.unwrap().get_pixel(32, 32).0;
    let light = |code: u8| ((f32::from(code) / 255.0 + 0.055) / 1.055).powf(2.4);
    assert!((light(red) - 0.768).abs() < 0.02, "red {red}");
    assert!((light(blue) - 0.232).abs() < 0.02, "blue {blue}");
}

#[test]
fn a_mask_is_all_or_nothing() {
    for (alpha, node) in [(0.3, 1), (0.7, 0)] {
        let scene = pane_before_wall(alpha, AlphaMode::Mask { cutoff: 0.5 });
        let Some(still) = still(&scene, &front_view(2.0), 64) else { return };
        assert_eq!(still.node_at(32, 32), Some(node), "alpha {alpha}");
        let pixel = still.textured.unwrap().get_pixel(32, 32).0;
        assert_eq!(pixel, if node == 0 { [0, 0, 255, 255] } else { [255, 0, 0, 255] });
    }
}

#[test]
fn blended_surfaces_are_drawn_from_back_to_front() {
    let blend = |color: Vec4| unlit(color, AlphaMode::Blend);
    let layers = [(0.5, Vec4::new(0.0, 1.0, 0.0, 0.5)), (0.0, Vec4::new(1.0, 0.0, 0.0, 0.5))];
    let pixel_of = |order: [usize; 2]| {
        let mut scene = Scene::default();
        for i in order {
            let (z, color) = layers[i];
            add(&mut scene, quad(0.3), blend(color), placed(Vec3::new(0.0, 0.0, z), Vec3::ONE));
        }
        let options = StillOptions {
            background: Background::Transparent,
            ..StillOptions::new(64, 64, &[Pass::Textured])
        };
        still_of(&scene, &front_view(2.0), &options).map(|s| s.textured.unwrap().get_pixel(32, 32).0)
    };
    let Some(near_first) = pixel_of([0, 1]) else { return };
    assert_eq!(Some(near_first), pixel_of([1, 0]));
    let [red, green, _, alpha] = near_first;
    assert!(green > red && alpha.abs_diff(191) <= 1, "{near_first:?}");
}
