//! Masks and blends in the colours and in the data.

use glam::{Quat, Vec3, Vec4};
use render::{Background, Lens, Pass, StillOptions, View};
use scene::{AlphaMode, Material, Scene, Transform, Transmission, Volume};

use crate::models::{add, front_view, placed, quad, unlit};
use crate::{assert_close, still, still_of};

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
fn glass_tints_what_is_behind_it_and_stands_in_the_data() {
    // Green glass one metre before a wall, thick enough to halve the red.
    let mut scene = pane_before_wall(1.0, AlphaMode::Opaque);
    scene.materials[1].base_color = Vec4::new(0.5, 0.5, 0.5, 1.0);
    scene.materials[0] = Material {
        base_color: Vec4::new(1.0, 1.0, 0.25, 1.0),
        metallic: 0.0,
        roughness: 0.0,
        transmission: Some(Transmission { factor: 1.0, texture: None }),
        volume: Some(Volume {
            thickness: 0.01,
            attenuation_distance: 0.01,
            attenuation_color: Vec3::new(0.5, 1.0, 1.0),
            ..Volume::default()
        }),
        ..Material::default()
    };
    let Some(still) = still(&scene, &front_view(2.0), 64) else { return };
    assert_eq!(still.node_at(32, 32), Some(0));
    assert_close(still.depth_m[CENTER], 1.0, 1e-4);
    let light = still.textured.unwrap().get_pixel(32, 32).0.map(light_of);
    // Head on, 4 % is mirrored: of the studio, which shows nothing bright there.
    let mirrored = light[2] - 0.96 * 0.25 * 0.5;
    assert!((-0.01..0.05).contains(&mirrored), "{light:?}");
    assert_close(light[0], 0.96 * 0.5 * 0.5 + mirrored, 0.015);
    assert_close(light[1], 0.96 * 0.5 + mirrored, 0.015);
}

fn light_of(code: u8) -> f32 {
    let c = f32::from(code) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Three panes that cross each other in one line along Y, at -40, 0 and 40 degrees.
fn crossing_panes(order: [usize; 3]) -> Scene {
    let mut scene = Scene::default();
    for i in order {
        let material = unlit(PANES[i].0, AlphaMode::Blend);
        let rotation = Quat::from_rotation_y(PANES[i].1.to_radians());
        let turned = Transform::Trs { translation: Vec3::ZERO, rotation, scale: Vec3::ONE };
        add(&mut scene, quad(0.4), Material { double_sided: true, ..material }, turned);
    }
    scene
}

const PANES: [(Vec4, f32); 3] = [
    (Vec4::new(0.9, 0.1, 0.05, 0.35), -40.0),
    (Vec4::new(0.1, 0.8, 0.2, 0.5), 0.0),
    (Vec4::new(0.05, 0.2, 0.95, 0.7), 40.0),
];

#[test]
fn panes_that_cross_are_sorted_at_every_pixel_whatever_their_order_in_the_file() {
    let view = View { lens: Lens::Orthographic { height: 1.0 }, ..front_view(2.0) };
    let options =
        StillOptions { background: Background::Transparent, ..StillOptions::new(64, 64, &[Pass::Albedo]) };
    let mut first = None;
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let Some(still) = still_of(&crossing_panes(order), &view, &options) else { return };
        // The textured picture besides darkens where the panes meet.
        let picture = still.albedo.unwrap();
        for x_px in (8..56).filter(|x| !(30..34).contains(x)) {
            let x = (x_px as f32 + 0.5) / 64.0 - 0.5;
            let mut hit: Vec<(f32, Vec4)> = PANES
                .iter()
                .map(|(color, degrees)| (-x * degrees.to_radians().tan(), *color, degrees))
                .filter(|(_, _, degrees)| x.abs() < 0.4 * degrees.to_radians().cos() - 0.01)
                .map(|(z, color, _)| (z, color))
                .collect();
            // Where the edge of a pane runs through the pixel, nothing simple can be said.
            let at_edge = PANES.iter().any(|(_, d)| (x.abs() - 0.4 * d.to_radians().cos()).abs() < 0.02);
            if at_edge {
                continue;
            }
            hit.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut sum = Vec3::ZERO;
            let mut left = 1.0;
            for (_, color) in hit {
                sum += color.truncate() * (color.w * left);
                left *= 1.0 - color.w;
            }
            let pixel = picture.get_pixel(x_px, 32).0;
            assert_close(f32::from(pixel[3]) / 255.0, 1.0 - left, 0.004);
            let straight = sum / (1.0 - left);
            for (code, expected) in pixel.iter().zip(straight.to_array()) {
                assert_close(light_of(*code), expected, 0.008);
            }
        }
        let first = first.get_or_insert_with(|| picture.clone());
        assert!(*first == picture, "{order:?}");
    }
}

#[test]
fn more_layers_than_are_sorted_still_hide_what_they_hide() {
    // Twelve panes of 20 %: the last four are averaged, and what is left of the wall is exact.
    let mut scene = Scene::default();
    for i in 0..12 {
        let at = placed(Vec3::new(0.0, 0.0, 0.05 * i as f32 + 0.05), Vec3::ONE);
        add(&mut scene, quad(0.2), unlit(Vec4::new(0.0, 1.0, 0.0, 0.2), AlphaMode::Blend), at);
    }
    let wall = unlit(Vec4::new(1.0, 0.0, 0.0, 1.0), AlphaMode::Opaque);
    add(&mut scene, quad(0.5), wall, placed(Vec3::ZERO, Vec3::ONE));
    let Some(still) = still(&scene, &front_view(2.0), 64) else { return };
    let [red, green, blue, _] = still.textured.unwrap().get_pixel(32, 32).0.map(light_of);
    let left = 0.8_f32.powi(12);
    assert_close(red, left, 0.006);
    assert_close(green, 1.0 - left, 0.006);
    assert_eq!(blue, 0.0);
}

#[test]
fn a_blended_surface_that_hides_all_is_as_good_as_an_opaque_one() {
    let picture = |mode| {
        let still = still(&pane_before_wall(1.0, mode), &front_view(2.0), 64)?;
        Some((still.textured.unwrap(), still.albedo.unwrap(), still.ids, still.depth_m))
    };
    assert!(picture(AlphaMode::Blend) == picture(AlphaMode::Opaque));
}

#[test]
fn rough_glass_blurs_what_is_behind_it() {
    // The edge between a black and a white wall, through glass.
    let steepest = |roughness: f32| {
        let mut scene = Scene::default();
        for (x, shade) in [(-1.0, 0.0), (1.0, 0.7)] {
            let wall = unlit(Vec4::new(shade, shade, shade, 1.0), AlphaMode::Opaque);
            add(&mut scene, quad(1.0), wall, placed(Vec3::new(x, 0.0, 0.0), Vec3::ONE));
        }
        let glass = Material {
            roughness,
            metallic: 0.0,
            transmission: Some(Transmission { factor: 1.0, texture: None }),
            ..Material::default()
        };
        add(&mut scene, quad(0.6), glass, placed(Vec3::Z, Vec3::ONE));
        let picture = still(&scene, &front_view(2.0), 64)?.textured.unwrap();
        let row: Vec<f32> = (0..64).map(|x| light_of(picture.get_pixel(x, 32).0[1])).collect();
        Some(row.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max))
    };
    let (Some(smooth), Some(rough)) = (steepest(0.0), steepest(0.6)) else { return };
    assert!(smooth > 0.3 && rough < 0.2 * smooth, "{smooth} {rough}");
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
