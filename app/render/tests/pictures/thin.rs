//! Points and lines: wide enough to be seen, exact in the data.

use glam::{Vec2, Vec3, Vec4};
use render::{Background, Lens, Pass, StillOptions};
use scene::{FaceSizes, Faces, Layer, Primitive, Scene, Topology};

use crate::models::{add, front_view, matte, placed};
use crate::{assert_close, still, still_of};

fn points(positions: Vec<Vec3>, colors: Option<Vec<Vec4>>) -> Primitive {
    let n = positions.len() as u32;
    Primitive {
        topology: Topology::Points,
        vertex_positions: positions,
        faces: Faces { corner_vertices: (0..n).collect(), sizes: FaceSizes::Uniform(1) },
        colors: colors.into_iter().map(Layer::PerVertex).collect(),
        ..Default::default()
    }
}

fn scene_with(primitive: Primitive) -> Scene {
    let mut scene = Scene::default();
    add(&mut scene, primitive, matte(0.5, 0.5, 0.5), placed(Vec3::ZERO, Vec3::ONE));
    scene
}

#[test]
fn a_dense_cloud_closes_and_keeps_its_distance() {
    // A sheet of 60 by 60 points, a centimetre apart, fills the middle of the picture.
    let sheet = (0..3600).map(|i| (Vec2::new((i % 60) as f32, (i / 60) as f32) - 29.5) * 0.01);
    let scene = scene_with(points(sheet.map(|p| p.extend(0.0)).collect(), None));
    let view = render::View { lens: Lens::Orthographic { height: 0.5 }, ..front_view(2.0) };
    let Some(still) = still(&scene, &view, 128) else { return };
    let middle = 8..120;
    let holes = middle.clone().flat_map(|y| middle.clone().map(move |x| y * 128 + x));
    assert_eq!(holes.filter(|&i| still.ids[i] != 1).count(), 0);
    assert!(still.depth_m.iter().all(|d| (d - 2.0).abs() < 1e-4));
    assert_eq!(still.normals[64 * 128 + 64], [0.0, 0.0, 1.0]);
    assert_eq!(still.node_at(64, 64), Some(0));
}

#[test]
fn a_few_points_are_discs_of_their_colours_and_not_blots() {
    let colors = vec![Vec4::new(1.0, 0.0, 0.0, 1.0), Vec4::new(0.0, 1.0, 0.0, 1.0)];
    let positions = vec![Vec3::new(-0.25, 0.0, 0.0), Vec3::new(0.25, 0.0, 0.3)];
    let mut scene = scene_with(points(positions, Some(colors)));
    scene.materials[0].base_color = Vec4::ONE;
    let Some(still) = still(&scene, &front_view(2.0), 256) else { return };
    let n_seen = still.ids.iter().filter(|id| **id == 1).count();
    // Two discs of the largest radius, 1.6 % of the height.
    let expected = 2.0 * std::f32::consts::PI * (0.016 * 256.0_f32).powi(2);
    assert_close(n_seen as f32, expected, 0.3 * expected);
    let picture = still.textured.unwrap();
    assert!(picture.pixels().any(|p| p.0 == [255, 0, 0, 255]));
    assert!(picture.pixels().any(|p| p.0 == [0, 255, 0, 255]));
    let near = still.depth_m.iter().copied().fold(f32::INFINITY, f32::min);
    assert_close(near, 1.7, 1e-4);
}

#[test]
fn a_line_is_more_than_a_pixel_wide_whatever_its_direction() {
    for (from, to) in [((-0.3, 0.0), (0.3, 0.0)), ((0.0, -0.3), (0.0, 0.3)), ((-0.2, -0.2), (0.2, 0.2))] {
        let line = Primitive {
            topology: Topology::Lines,
            vertex_positions: vec![Vec3::new(from.0, from.1, 0.0), Vec3::new(to.0, to.1, 0.0)],
            faces: Faces { corner_vertices: vec![0, 1], sizes: FaceSizes::Uniform(2) },
            ..Default::default()
        };
        let view = render::View { lens: Lens::Orthographic { height: 1.0 }, ..front_view(2.0) };
        let Some(still) = still(&scene_with(line), &view, 128) else { return };
        let covered: f32 = still.depth_m.iter().filter(|d| d.is_finite()).count() as f32;
        let length_px = Vec2::new(to.0 - from.0, to.1 - from.1).length() * 128.0;
        assert_close(covered / length_px, 1.6, 0.45);
        assert!(still.depth_m.iter().filter(|d| d.is_finite()).all(|d| (d - 2.0).abs() < 1e-4));
    }
}

#[test]
fn points_and_lines_are_as_wide_in_every_mode() {
    let colors = vec![Vec4::new(1.0, 0.0, 0.0, 1.0); 2];
    let positions = vec![Vec3::new(-0.25, 0.2, 0.0), Vec3::new(0.25, 0.2, 0.0)];
    let mut scene = scene_with(points(positions.clone(), Some(colors)));
    let line = Primitive {
        topology: Topology::Lines,
        vertex_positions: positions.iter().map(|p| *p - 0.4 * Vec3::Y).collect(),
        faces: Faces { corner_vertices: vec![0, 1], sizes: FaceSizes::Uniform(2) },
        ..Default::default()
    };
    add(&mut scene, line, matte(0.5, 0.5, 0.5), placed(Vec3::ZERO, Vec3::ONE));
    scene.materials[0].base_color = Vec4::ONE;
    let modes = [Pass::Textured, Pass::Wireframe, Pass::ObjectId, Pass::VertexColor];
    let options = StillOptions { background: Background::Transparent, ..StillOptions::new(200, 200, &modes) };
    let Some(still) = still_of(&scene, &front_view(2.0), &options) else { return };
    let n_covered = |pass: Pass| {
        let picture = still.picture(pass).unwrap().into_rgba8();
        picture.pixels().filter(|pixel| pixel.0[3] > 127).count()
    };
    let expected = n_covered(Pass::Textured);
    assert!(expected > 100, "{expected}");
    for mode in modes {
        assert_close(n_covered(mode) as f32, expected as f32, 0.12 * expected as f32);
    }
    let colored = still.picture(Pass::VertexColor).unwrap().into_rgba8();
    assert!(colored.pixels().any(|pixel| pixel.0 == [255, 0, 0, 255]));
}
