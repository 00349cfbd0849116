//! Light held against what physics says: even surroundings, single lamps, exposure and tone maps.

use std::sync::{Arc, OnceLock};

use glam::{DVec3, Quat, Vec3, Vec4};
use render::{Background, Environment, Look, Pass, Still, StillOptions, Surroundings, ToneMap, View};
use scene::{
    Anisotropy, Clearcoat, DiffuseTransmission, Iridescence, Light, LightKind, Material, Node, Scene, Sheen,
    Specular, Transform, Transmission,
};

use crate::models::{add, front_view, placed, quad, scene_of, sphere};
use crate::{assert_close, still_of};

const SIZE: u32 = 48;

/// Light of the sharp picture, without a curve.
fn linear_look() -> Look {
    Look { tone_map: ToneMap::Linear, ..Look::default() }
}

/// Half of white from everywhere: a furnace.
fn furnace() -> Look {
    static EVEN: OnceLock<Arc<Environment>> = OnceLock::new();
    let even = EVEN.get_or_init(|| Arc::new(Environment::from_light(2, 1, &[[0.5; 3]; 2]).unwrap()));
    Look { surroundings: Surroundings::Picture(Arc::clone(even)), ..linear_look() }
}

/// Light from within about 25 degrees of +X.
fn lamp_at_x() -> Arc<Environment> {
    static LAMP: OnceLock<Arc<Environment>> = OnceLock::new();
    Arc::clone(LAMP.get_or_init(|| Arc::new(new_lamp_at_x())))
}

fn new_lamp_at_x() -> Environment {
    const WIDTH: usize = 64;
    let light: Vec<[f32; 3]> = (0..WIDTH * WIDTH / 2)
        .map(|i| {
            let (x, y) = (i % WIDTH, i / WIDTH);
            let is_lamp = (28..36).contains(&x) && (12..20).contains(&y);
            if is_lamp { [4.0; 3] } else { [0.0; 3] }
        })
        .collect();
    Environment::from_light(WIDTH as u32, WIDTH as u32 / 2, &light).unwrap()
}

fn shown(scene: &Scene, look: &Look) -> Option<Still> {
    let options = StillOptions { look: look.clone(), ..StillOptions::new(SIZE, SIZE, &[Pass::Textured]) };
    still_of(scene, &front_view(4.0), &options)
}

fn ball(material: Material) -> Scene {
    scene_of(sphere(48), material)
}

fn dielectric(base: f32, roughness: f32) -> Material {
    Material { base_color: Vec3::splat(base).extend(1.0), metallic: 0.0, roughness, ..Material::default() }
}

/// Linear light where the shading normal is within about 60 degrees of the eye, with that normal.
fn lit_pixels(still: &Still) -> Vec<(Vec3, Vec3)> {
    let picture = still.textured.as_ref().unwrap();
    let light = |code: u8| {
        let c = f32::from(code) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let normals = still.normals.iter().map(|n| Vec3::from_array(*n));
    let pixels = picture.pixels().map(|p| Vec3::new(light(p.0[0]), light(p.0[1]), light(p.0[2])));
    normals.zip(pixels).filter(|(n, _)| n.z > 0.5).collect()
}

fn center(still: &Still) -> Vec3 {
    let near = |n: &Vec3| n.z > 0.995;
    let middle: Vec<Vec3> = lit_pixels(still).into_iter().filter(|(n, _)| near(n)).map(|(_, l)| l).collect();
    middle.iter().sum::<Vec3>() / middle.len().max(1) as f32
}

#[test]
fn white_surfaces_vanish_in_a_furnace() {
    let coat = Clearcoat { factor: 1.0, roughness: 0.1, ..Clearcoat::default() };
    let sheen = Sheen { color: Vec3::ONE, roughness: 0.5, ..Sheen::default() };
    let brush = Anisotropy { strength: 0.8, ..Anisotropy::default() };
    let through = DiffuseTransmission { factor: 0.4, ..DiffuseTransmission::default() };
    let metal = |roughness: f32| Material { metallic: 1.0, ..dielectric(1.0, roughness) };
    let whites = [
        ("matte", dielectric(1.0, 1.0)),
        ("glossy", dielectric(1.0, 0.1)),
        ("mirror", metal(0.05)),
        ("satin metal", metal(0.5)),
        ("rough metal", metal(1.0)),
        ("lacquer", Material { clearcoat: Some(coat), ..dielectric(1.0, 0.6) }),
        ("lacquered metal", Material { clearcoat: Some(coat), ..metal(0.4) }),
        ("cloth", Material { sheen: Some(sheen), ..dielectric(1.0, 0.8) }),
        ("brushed metal", Material { anisotropy: Some(brush), ..metal(0.3) }),
        ("lampshade", Material { diffuse_transmission: Some(through), ..dielectric(1.0, 0.8) }),
    ];
    for (name, material) in whites {
        let Some(still) = shown(&ball(material), &furnace()) else { return };
        for (normal, light) in lit_pixels(&still) {
            assert!((light - 0.5).abs().max_element() < 0.015, "{name} at {normal}: {light}");
        }
    }
}

#[test]
fn nothing_gives_more_than_it_gets() {
    let film = Iridescence { factor: 1.0, ior: 1.8, ..Iridescence::default() };
    let sheen = Sheen { color: Vec3::ONE, roughness: 0.2, ..Sheen::default() };
    let coat = Clearcoat { factor: 1.0, ..Clearcoat::default() };
    let all = Material {
        iridescence: Some(film),
        sheen: Some(sheen),
        clearcoat: Some(coat),
        anisotropy: Some(Anisotropy { strength: 1.0, ..Anisotropy::default() }),
        ..dielectric(1.0, 0.3)
    };
    for material in [all.clone(), Material { metallic: 1.0, ..all }] {
        let Some(still) = shown(&ball(material), &furnace()) else { return };
        for (normal, light) in lit_pixels(&still) {
            assert!(light.max_element() < 0.515 && light.min_element() > 0.1, "{normal}: {light}");
        }
    }
}

#[test]
fn the_index_of_refraction_sets_the_head_on_reflection() {
    // Half of white times ((n - 1) / (n + 1))^2.
    for (ior, expected) in [(1.5, 0.02), (2.0, 0.0556), (1.0, 0.0)] {
        let Some(still) = shown(&ball(Material { ior, ..dielectric(0.0, 0.3) }), &furnace()) else { return };
        assert_close(center(&still).x, expected, 0.006);
    }
    let dull = Specular { factor: 0.0, ..Specular::default() };
    let Some(still) = shown(&ball(Material { specular: Some(dull), ..dielectric(0.0, 0.3) }), &furnace())
    else {
        return;
    };
    for (_, light) in lit_pixels(&still) {
        assert_close(light.max_element(), 0.0, 1e-3);
    }
    let red = Specular { color: Vec3::new(2.0, 0.0, 0.0), ..Specular::default() };
    let Some(still) = shown(&ball(Material { specular: Some(red), ..dielectric(0.0, 0.3) }), &furnace())
    else {
        return;
    };
    assert_close(center(&still).x, 0.04, 0.006);
    assert_close(center(&still).y, 0.0, 0.004);
}

#[test]
fn surroundings_stand_where_the_picture_says_and_turn() {
    let look = |rotation_radians| Look {
        surroundings: Surroundings::Picture(lamp_at_x()),
        rotation_radians,
        ..linear_look()
    };
    let side = |still: &Still, towards: Vec3| -> f32 {
        let near = |n: &Vec3| n.dot(towards) > 0.97;
        let lit = lit_pixels(still).into_iter().filter(|(n, _)| near(n)).map(|(_, l)| l.x);
        let lit: Vec<f32> = lit.collect();
        lit.iter().sum::<f32>() / lit.len().max(1) as f32
    };
    let [right, front] = [Vec3::new(0.8, 0.0, 0.6), Vec3::Z];
    let left = Vec3::new(-0.8, 0.0, 0.6);
    let matte = ball(dielectric(0.8, 1.0));
    let Some(as_it_is) = shown(&matte, &look(0.0)) else { return };
    assert!(side(&as_it_is, right) > 3.0 * side(&as_it_is, front), "lit from the right");
    assert!(side(&as_it_is, left) < 0.02, "dark on the left");
    // Clockwise by a quarter, +X comes to +Z, where the camera is.
    let Some(turned) = shown(&matte, &look(-std::f32::consts::FRAC_PI_2)) else { return };
    assert!(side(&turned, front) > 1.2 * side(&turned, right), "lit from the front");
    let Some(around) = shown(&matte, &look(std::f32::consts::PI)) else { return };
    assert_close(side(&around, left), side(&as_it_is, right), 0.03);
}

#[test]
fn exposure_doubles_and_tone_maps_keep_middle_grey() {
    let glow = Material { emissive: Vec3::splat(0.18), ..dielectric(0.0, 1.0) };
    let scene = scene_of(quad(2.0), glow);
    let dark = Look { strength: 0.0, ..linear_look() };
    let Some(still) = shown(&scene, &dark) else { return };
    assert_close(center(&still).x, 0.18, 0.003);
    let Some(still) = shown(&scene, &Look { exposure_ev: 1.0, ..dark.clone() }) else { return };
    assert_close(center(&still).x, 0.36, 0.005);
    let Some(still) = shown(&scene, &Look { tone_map: ToneMap::Agx, ..dark.clone() }) else { return };
    assert_close(center(&still).x, 0.18, 0.005);
    // Neutral takes the head-on reflection of a dielectric off.
    let Some(still) = shown(&scene, &Look { tone_map: ToneMap::Neutral, ..dark.clone() }) else { return };
    assert_close(center(&still).x, 0.14, 0.003);
    for tone_map in [ToneMap::Agx, ToneMap::Neutral] {
        let mut last = 0.0;
        for exposure_ev in [-6.0, -2.0, 0.0, 2.0, 4.0, 6.0, 10.0, f32::INFINITY] {
            let Some(still) = shown(&scene, &Look { tone_map, exposure_ev, ..dark.clone() }) else { return };
            let light = center(&still).x;
            assert!(light >= last, "{tone_map:?} falls at {exposure_ev} EV");
            last = light;
        }
        assert!(last > 0.95, "{tone_map:?} ends at {last}");
    }
}

fn lit_by(kind: LightKind, intensity: f32, position: Vec3, mut scene: Scene) -> Scene {
    scene.roots.push(scene.nodes.len());
    scene.nodes.push(Node {
        transform: placed(position, Vec3::ONE),
        light: Some(scene.lights.len()),
        ..Node::default()
    });
    scene.lights.push(Light { name: String::new(), kind, color_linear: Vec3::ONE, intensity, range: None });
    scene
}

#[test]
fn lamps_are_exposed_for_what_they_light() {
    let dull = Specular { factor: 0.0, ..Specular::default() };
    let wall = || scene_of(quad(2.0), Material { specular: Some(dull), ..dielectric(0.5, 1.0) });
    let look = Look { strength: 0.0, ..linear_look() };
    // The sun of a wall that faces it makes white 0.9, and half of white half of that.
    for intensity in [1e-3, 3.0, 120_000.0] {
        let scene = lit_by(LightKind::Directional, intensity, Vec3::ZERO, wall());
        let Some(still) = shown(&scene, &look) else { return };
        assert_close(center(&still).x, 0.45, 0.01);
    }
    let candle = lit_by(LightKind::Point, 1.0, Vec3::new(0.0, 0.0, 3.0), wall());
    let Some(still) = shown(&candle, &look) else { return };
    assert!(center(&still).x > 0.3);
    let Some(still) = shown(&candle, &Look { uses_file_lights: false, ..look.clone() }) else { return };
    assert_close(center(&still).x, 0.0, 1e-3);
    // Behind the wall, or a lamp that is no number, there is nothing to be exposed for.
    for (intensity, z) in [(1.0, -3.0), (f32::NAN, 3.0), (-5.0, 3.0)] {
        let scene = lit_by(LightKind::Point, intensity, Vec3::new(0.0, 0.0, z), wall());
        let Some(still) = shown(&scene, &look) else { return };
        assert_close(center(&still).x, 0.0, 1e-3);
    }
}

#[test]
fn a_spot_lights_its_cone_alone() {
    let mut wall = scene_of(quad(2.0), dielectric(0.5, 1.0));
    add(&mut wall, quad(0.2), dielectric(0.5, 1.0), placed(Vec3::new(0.0, 0.0, 0.01), Vec3::ONE));
    let kind = LightKind::Spot { inner_cone_radians: 0.05, outer_cone_radians: 0.12 };
    let mut scene = lit_by(kind, 10.0, Vec3::new(0.0, 0.0, 3.0), wall);
    let look = Look { strength: 0.0, ..linear_look() };
    let middle = |still: &Still| still.textured.as_ref().unwrap().get_pixel(SIZE / 2, SIZE / 2).0[0];
    let border = |still: &Still| still.textured.as_ref().unwrap().get_pixel(2, SIZE / 2).0[0];
    let Some(still) = shown(&scene, &look) else { return };
    assert!(middle(&still) > 60 && border(&still) < 4, "{} {}", middle(&still), border(&still));
    // Turned to look away.
    scene.nodes.last_mut().unwrap().transform = Transform::Trs {
        translation: Vec3::new(0.0, 0.0, 3.0),
        rotation: Quat::from_rotation_y(std::f32::consts::PI),
        scale: Vec3::ONE,
    };
    let Some(still) = shown(&scene, &look) else { return };
    assert_eq!(middle(&still), 0);
}

#[test]
fn light_is_kept_as_it_is_for_who_asks_for_it() {
    let glowing = Material { emissive: Vec3::new(12.0, 3.0, 0.5), ..dielectric(0.0, 1.0) };
    let options = StillOptions {
        look: Look { strength: 0.0, exposure_ev: 1.0, ..Look::default() },
        background: Background::Transparent,
        wants_light: true,
        ..StillOptions::new(SIZE, SIZE, &[Pass::Textured])
    };
    let Some(still) = still_of(&scene_of(quad(0.5), glowing), &front_view(4.0), &options) else { return };
    let light = still.light.unwrap();
    let at = |x: u32, y: u32| light[(y * SIZE + x) as usize];
    let middle = at(SIZE / 2, SIZE / 2);
    for (channel, expected) in [24.0, 6.0, 1.0, 1.0].into_iter().enumerate() {
        assert!((middle[channel] / expected - 1.0).abs() < 2e-3, "{middle:?}");
    }
    assert_eq!(at(0, 0), [0.0; 4]);
    // Glass in front of what glows lets the light through that is brighter than white.
    let mut scene = scene_of(quad(0.5), Material { emissive: Vec3::splat(8.0), ..dielectric(0.0, 1.0) });
    let clear = Material {
        transmission: Some(Transmission { factor: 1.0, ..Transmission::default() }),
        ior: 1.0,
        ..dielectric(1.0, 0.0)
    };
    add(&mut scene, quad(0.4), clear, placed(Vec3::new(0.0, 0.0, 0.2), Vec3::ONE));
    let Some(still) = still_of(&scene, &front_view(4.0), &options) else { return };
    let behind_glass = still.light.unwrap()[(SIZE / 2 * SIZE + SIZE / 2) as usize];
    assert!((behind_glass[0] / 16.0 - 1.0).abs() < 0.02, "{behind_glass:?}");
}

#[test]
fn a_white_ball_vanishes_before_the_surroundings_that_light_it() {
    for tone_map in ToneMap::ALL {
        let options = StillOptions {
            look: Look { tone_map, ..furnace() },
            background: Background::Surroundings { blur: 0.3 },
            ..StillOptions::new(SIZE, SIZE, &[Pass::Textured])
        };
        // Clay without mirror image: what it scatters is all it gets.
        let dull = Specular { factor: 0.0, ..Specular::default() };
        let white = Material { specular: Some(dull), ..dielectric(1.0, 1.0) };
        let Some(still) = still_of(&ball(white), &front_view(4.0), &options) else { return };
        let picture = still.textured.unwrap();
        let (ball, behind) = (picture.get_pixel(SIZE / 2, SIZE / 2), picture.get_pixel(1, 1));
        let differs = ball.0.into_iter().zip(behind.0).map(|(a, b)| a.abs_diff(b)).max();
        assert!(differs <= Some(4), "{tone_map:?}: {ball:?} {behind:?}");
    }
}

#[test]
fn the_backdrop_stands_where_its_light_comes_from() {
    // Looking to +X one sees the lamp, looking away from it nothing.
    for (x, is_bright) in [(-4.0, true), (4.0, false)] {
        let view = View { eye: DVec3::new(x, 0.0, 0.0), ..front_view(4.0) };
        let options = StillOptions {
            look: Look { surroundings: Surroundings::Picture(lamp_at_x()), ..linear_look() },
            background: Background::Surroundings { blur: 0.0 },
            ..StillOptions::new(SIZE, SIZE, &[Pass::Textured])
        };
        let Some(still) = still_of(&scene_of(quad(0.01), dielectric(0.0, 1.0)), &view, &options) else {
            return;
        };
        let picture = still.textured.unwrap();
        assert_eq!(picture.get_pixel(SIZE / 2, SIZE / 2 - 4).0[0] > 200, is_bright);
    }
}

/// A wall of 4 metres, and half a metre before its left upper quarter a plate that hides the lamp.
fn wall_with_a_plate(kind: LightKind, position: Vec3) -> Scene {
    let dull = Specular { factor: 0.0, ..Specular::default() };
    let plaster = || Material { specular: Some(dull), ..dielectric(0.5, 1.0) };
    let mut scene = scene_of(quad(4.0), plaster());
    add(&mut scene, quad(0.5), plaster(), placed(Vec3::new(-0.5, 0.5, 0.5), Vec3::ONE));
    lit_by(kind, 10.0, position, scene)
}

#[test]
fn lamps_throw_the_shadows_that_geometry_says() {
    let look = Look { strength: 0.0, ..linear_look() };
    let spot = LightKind::Spot { inner_cone_radians: 0.6, outer_cone_radians: 0.9 };
    // The sun shines straight on: its shadow lies behind the plate. From a lamp three metres before the
    // wall's middle, it is 3 / 2.5 times as far from the middle and as large.
    for (kind, position, scale) in [
        (LightKind::Directional, Vec3::ZERO, 1.0_f32),
        (spot, Vec3::new(0.0, 0.0, 3.0), 1.2),
        (LightKind::Point, Vec3::new(0.0, 0.0, 3.0), 1.2),
    ] {
        let scene = wall_with_a_plate(kind, position);
        // Seen from below, so that the plate does not stand before its shadow.
        let view = View { eye: DVec3::new(0.0, -6.0, 4.0), target: DVec3::ZERO, ..front_view(4.0) };
        let options = StillOptions { look: look.clone(), ..StillOptions::new(96, 96, &[Pass::Textured]) };
        let Some(still) = still_of(&scene, &view, &options) else { return };
        let light_at = |x: f32, y: f32| {
            let clip = view.clip_from_world() * DVec3::new(x.into(), y.into(), 0.0).extend(1.0);
            let [u, v] =
                [0.5 + 0.5 * clip.x / clip.w, 0.5 - 0.5 * clip.y / clip.w].map(|c| (96.0 * c) as u32);
            still.textured.as_ref().unwrap().get_pixel(u, v).0[0]
        };
        let (near, far) = (0.3 * scale, 0.7 * scale);
        for at in [[near, near], [near, far], [far, near], [far, far], [0.5 * scale, 0.5 * scale]] {
            assert!(light_at(-at[0], at[1]) < 8, "{kind:?} {at:?}: {}", light_at(-at[0], at[1]));
            assert!(light_at(at[0], at[1]) > 60, "{kind:?} {at:?}: {}", light_at(at[0], at[1]));
        }
        let beyond = 1.15 * scale;
        assert!(light_at(-beyond, beyond) > 60 && light_at(-0.2, -0.2) > 60, "{kind:?}");
    }
}

#[test]
fn brushed_metal_stretches_what_it_mirrors() {
    let metal = Material { base_color: Vec4::ONE, metallic: 1.0, roughness: 0.25, ..Material::default() };
    let brush = Anisotropy { strength: 1.0, ..Anisotropy::default() };
    let look =
        Look { surroundings: Surroundings::Picture(lamp_at_x()), rotation_radians: -1.2, ..linear_look() };
    let bright = |scene: &Scene| -> Option<usize> {
        let still = shown(scene, &look)?;
        Some(lit_pixels(&still).iter().filter(|(_, l)| l.x > 0.25).count())
    };
    let Some(round) = bright(&ball(metal.clone())) else { return };
    let Some(long) = bright(&ball(Material { anisotropy: Some(brush), ..metal })) else { return };
    assert!(2 * long > 3 * round, "{long} pixels of {round}");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let rich = Material {
        clearcoat: Some(Clearcoat { factor: 0.5, ..Clearcoat::default() }),
        iridescence: Some(Iridescence { factor: 0.5, ..Iridescence::default() }),
        ..dielectric(0.4, 0.4)
    };
    let scene = lit_by(LightKind::Point, 5.0, Vec3::new(2.0, 2.0, 3.0), ball(rich));
    let look = Look { surroundings: Surroundings::Picture(lamp_at_x()), ..Look::default() };
    let Some(first) = shown(&scene, &look) else { return };
    let look = Look { surroundings: Surroundings::Picture(Arc::new(new_lamp_at_x())), ..Look::default() };
    let Some(second) = shown(&scene, &look) else { return };
    assert_eq!(first.textured, second.textured);
}

#[test]
fn absurd_materials_and_looks_are_drawn() {
    let wild = Material {
        ior: f32::NAN,
        clearcoat: Some(Clearcoat { factor: f32::INFINITY, roughness: -3.0, ..Clearcoat::default() }),
        sheen: Some(Sheen { color: Vec3::splat(1e30), roughness: f32::NAN, ..Sheen::default() }),
        anisotropy: Some(Anisotropy { strength: 9.0, rotation_radians: f32::NAN, texture: None }),
        iridescence: Some(Iridescence {
            factor: 2.0,
            ior: 0.0,
            thickness_max_nm: f32::NAN,
            ..Iridescence::default()
        }),
        ..dielectric(0.5, f32::NAN)
    };
    let look = Look { rotation_radians: f32::NAN, strength: f32::NAN, exposure_ev: f32::NAN, ..furnace() };
    let Some(still) = shown(&ball(wild), &look) else { return };
    assert!(lit_pixels(&still).iter().all(|(_, l)| l.max_element() > 0.0));
}
