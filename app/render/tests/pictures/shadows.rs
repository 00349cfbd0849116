//! Things throw shadows on each other; what is no light of the studio's is not darkened.

use std::sync::Arc;

use glam::{DVec3, Vec3, Vec4};
use render::{Environment, Look, Pass, Still, StillOptions, Surroundings, View};
use scene::{AlphaMode, Material, Scene};

use crate::models::{add, cube, front_view, matte, placed, unlit};
use crate::still_of;

const SIZE: u32 = 96;

/// From above, so that the key stands at the upper left behind the camera: unit (-0.54, 0.56, 0.63).
fn from_above() -> View {
    View { eye: DVec3::new(0.0, 7.0, 7.0), far: 30.0, ..front_view(1.0) }
}

/// A floor with its top at height 0, and a plate a metre above it.
fn floor_below_a_plate(floor: Material, has_plate: bool) -> Scene {
    let mut scene = Scene::default();
    add(&mut scene, cube(0.5), floor, placed(Vec3::new(0.0, -0.1, 0.0), Vec3::new(5.0, 0.2, 5.0)));
    if has_plate {
        let place = placed(Vec3::new(-0.6, 1.0, 0.6), Vec3::new(1.2, 0.06, 1.2));
        add(&mut scene, cube(0.5), matte(0.5, 0.5, 0.5), place);
    }
    scene
}

/// Mean light of the pixels around a place of the world, linear.
fn light_at(still: &Still, view: &View, place: DVec3) -> f32 {
    let ndc = view.clip_from_world().project_point3(place);
    let [x, y] = [0.5 + 0.5 * ndc.x, 0.5 - 0.5 * ndc.y].map(|c| (c * f64::from(SIZE)) as u32);
    let picture = still.textured.as_ref().unwrap();
    let around = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)));
    let light = |(x, y): (u32, u32)| (f32::from(picture.get_pixel(x, y).0[1]) / 255.0).powf(2.2);
    around.map(light).sum::<f32>() / 9.0
}

/// What the plate leaves of the floor's light in its shadow, and away from it.
fn left(floor: &Material) -> Option<[f32; 2]> {
    let view = from_above();
    let options = StillOptions::new(SIZE, SIZE, &[Pass::Textured]);
    let [without, with] = [false, true]
        .map(|has_plate| still_of(&floor_below_a_plate(floor.clone(), has_plate), &view, &options));
    let (without, with) = (without?, with?);
    // The plate's middle, along the key's light down to the floor; and far on the other side.
    let places = [DVec3::new(0.37, 0.0, -0.53), DVec3::new(-1.8, 0.0, 1.9)];
    Some(places.map(|place| light_at(&with, &view, place) / light_at(&without, &view, place)))
}

#[test]
fn a_plate_shades_the_floor_where_the_key_is_behind_it() {
    let Some([shaded, open]) = left(&matte(0.5, 0.5, 0.5)) else { return };
    assert!((0.2..0.72).contains(&shaded), "{shaded}");
    assert!((0.95..=1.02).contains(&open), "{open}");
}

/// Even light with a sun of 12 degrees at `to_sun`.
fn sunny(to_sun: Vec3) -> Look {
    const WIDTH: usize = 128;
    let light: Vec<[f32; 3]> = (0..WIDTH * WIDTH / 2)
        .map(|i| {
            let u = (i % WIDTH) as f32 / WIDTH as f32 - 0.5;
            let v = (i / WIDTH) as f32 / WIDTH as f32 * 2.0;
            let (sin, cos) = (u * std::f32::consts::TAU).sin_cos();
            let (around, y) = (v * std::f32::consts::PI).sin_cos();
            let d = Vec3::new(around * cos, y, around * sin);
            if d.dot(to_sun.normalize_or_zero()) > 0.9945 { [120.0; 3] } else { [0.4; 3] }
        })
        .collect();
    let picture = Environment::from_light(WIDTH as u32, WIDTH as u32 / 2, &light).unwrap();
    Look { surroundings: Surroundings::Picture(Arc::new(picture)), ..Look::default() }
}

#[test]
fn the_sun_of_a_picture_throws_the_shadow_to_its_other_side() {
    let view = from_above();
    let scenes = [false, true].map(|has_plate| floor_below_a_plate(matte(0.5, 0.5, 0.5), has_plate));
    for x in [-1.0, 1.0] {
        let look = sunny(Vec3::new(x, 1.0, 0.0));
        let options = StillOptions { look, ..StillOptions::new(SIZE, SIZE, &[Pass::Textured]) };
        let [without, with] = scenes.each_ref().map(|scene| still_of(scene, &view, &options));
        let (Some(without), Some(with)) = (without, with) else { return };
        // A metre below the plate's middle, its shadow lies a metre further.
        let [shaded, open] = [-1.0, 1.0].map(|side| {
            let place = DVec3::new(-0.6 + side * f64::from(x), 0.0, 0.6);
            light_at(&with, &view, place) / light_at(&without, &view, place)
        });
        assert!(shaded < 0.75 && open > 0.85, "{x}: {shaded} {open}");
    }
}

#[test]
fn what_shines_by_itself_takes_no_shadow() {
    let grey = Vec4::new(0.4, 0.4, 0.4, 1.0);
    let lamp = Material { emissive: Vec3::splat(0.4), ..matte(0.0, 0.0, 0.0) };
    for (name, floor, least) in [("unlit", unlit(grey, AlphaMode::Opaque), 0.999), ("a lamp", lamp, 0.93)] {
        let Some(left) = left(&floor) else { return };
        assert!(left.iter().all(|part| (least..1.01).contains(part)), "{name}: {left:?}");
    }
}
