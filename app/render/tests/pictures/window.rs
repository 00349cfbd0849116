//! The viewport draws the pictures of a still, and picks what it shows.

use std::sync::Arc;

use glam::{DVec3, Vec3};
use render::{
    Background, Behind, Environment, FrameOptions, Gpu, GpuScene, Look, Pass, Quality, Scenery, StillOptions,
    Surroundings, ToneMap, UploadOptions, View, Viewport, render_still,
};
use scene::{Light, LightKind, Node, Scene};

use crate::gpu_or_skip;
use crate::models::{add, cube, front_view, matte, placed, sphere};

fn two_things() -> Scene {
    let mut scene = Scene::default();
    add(&mut scene, cube(0.3), matte(0.8, 0.2, 0.1), placed(Vec3::new(-0.3, 0.0, 0.0), Vec3::ONE));
    add(&mut scene, sphere(24), matte(0.2, 0.4, 0.8), placed(Vec3::new(0.35, 0.1, 0.2), Vec3::splat(0.3)));
    scene
}

fn read(gpu: &Gpu, view: &wgpu::TextureView) -> image::RgbaImage {
    let texture = view.texture();
    let (width, height) = (texture.width(), texture.height());
    assert_eq!(width * 4 % 256, 0, "choose a width without padding");
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(width * height * 4),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(width * 4),
                rows_per_image: None,
            },
        },
        texture.size(),
    );
    gpu.queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |result| result.unwrap());
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    image::RgbaImage::from_raw(width, height, buffer.get_mapped_range(..).unwrap().to_vec()).unwrap()
}

#[test]
fn a_frame_at_rest_is_the_still_and_picking_is_exact() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let scene = two_things();
    let view = View { eye: DVec3::new(0.8, 0.6, 1.9), ..front_view(2.0) };
    let (on_device, _) = GpuScene::upload(gpu, renderer, &scene, &UploadOptions::default()).unwrap();
    let view = view.with_depth_of(&on_device.bounds());
    let still =
        render_still(gpu, renderer, &on_device, &view, &StillOptions::new(128, 96, &Pass::ALL)).unwrap();
    let mut viewport = Viewport::new(gpu, renderer);
    let rgba = |picture: image::DynamicImage| picture.into_rgba8();
    let expected = [
        (Pass::Textured, rgba(still.textured.clone().unwrap().into()), 3),
        (Pass::Albedo, rgba(still.albedo.clone().unwrap().into()), 1),
        (Pass::Normal, rgba(still.normal.clone().unwrap().into()), 1),
        (Pass::Wireframe, rgba(still.wireframe.clone().unwrap().into()), 1),
        (Pass::Edge, rgba(still.edge.clone().unwrap().into()), 1),
    ];
    for (pass, expected, tolerance) in expected {
        let frame = FrameOptions::new(pass, [128, 96], Quality::Still);
        let picture = read(gpu, viewport.draw(gpu, renderer, &on_device, &view, &frame).unwrap());
        let differs = |(a, b): &(&image::Rgba<u8>, &image::Rgba<u8>)| {
            a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > tolerance)
        };
        let n_different = picture.pixels().zip(expected.pixels()).filter(differs).count();
        assert!(n_different <= 12, "{pass:?}: {n_different} pixels differ");
    }
    assert_eq!(viewport.generation(), 1);
    for (x, y) in [(0, 0), (45, 50), (86, 44), (64, 48), (127, 95)] {
        let seen = viewport.pick(gpu, x, y).wait(gpu);
        assert_eq!(seen.map(|s| s.node), still.node_at(x, y), "at {x}, {y}");
        let depth_m = still.depth_m[(y * 128 + x) as usize];
        assert!(seen.is_none_or(|s| (s.depth_m - depth_m).abs() < 1e-3), "at {x}, {y}: {seen:?}");
    }
}

#[test]
fn surroundings_and_lamps_look_the_same_in_the_window() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let mut scene = two_things();
    scene.roots.push(scene.nodes.len());
    scene.nodes.push(Node {
        transform: placed(Vec3::new(0.0, 0.3, 3.0), Vec3::ONE),
        light: Some(0),
        ..Node::default()
    });
    let kind = LightKind::Spot { inner_cone_radians: 0.2, outer_cone_radians: 0.4 };
    scene.lights.push(Light {
        name: String::new(),
        kind,
        color_linear: Vec3::ONE,
        intensity: 5.0,
        range: None,
    });
    // Brighter to one side and above, in three colours, with a sun.
    let light: Vec<[f32; 3]> = (0..64 * 32)
        .map(|i| {
            let (x, y) = ((i % 64) as f32 / 64.0, (i / 64) as f32 / 32.0);
            if i % 64 == 40 && i / 64 == 8 { [900.0; 3] } else { [0.2 + x, 1.2 - y, 0.5] }
        })
        .collect();
    let picture = Arc::new(Environment::from_light(64, 32, &light).unwrap());
    let (on_device, _) = GpuScene::upload(gpu, renderer, &scene, &UploadOptions::default()).unwrap();
    let view = View { eye: DVec3::new(0.8, 0.6, 1.9), ..front_view(2.0) }.with_depth_of(&on_device.bounds());
    for (tone_map, blur) in [(ToneMap::Neutral, 0.0), (ToneMap::Agx, 0.5), (ToneMap::Linear, 1.0)] {
        let look =
            Look { surroundings: Surroundings::Picture(Arc::clone(&picture)), tone_map, ..Look::default() };
        let options = StillOptions {
            look: look.clone(),
            background: Background::Surroundings { blur },
            ..StillOptions::new(128, 96, &[Pass::Textured])
        };
        let still = render_still(gpu, renderer, &on_device, &view, &options).unwrap().textured.unwrap();
        let frame = FrameOptions {
            look,
            scenery: Scenery { behind: Behind::Surroundings { blur }, ..Scenery::default() },
            ..FrameOptions::new(Pass::Textured, [128, 96], Quality::Still)
        };
        let mut viewport = Viewport::new(gpu, renderer);
        let shown = read(gpu, viewport.draw(gpu, renderer, &on_device, &view, &frame).unwrap());
        let differs = |(a, b): &(&image::Rgba<u8>, &image::Rgba<u8>)| {
            a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 4)
        };
        let n_different = shown.pixels().zip(still.pixels()).filter(differs).count();
        assert!(n_different <= 24, "{tone_map:?}: {n_different} pixels differ");
    }
}

#[test]
fn a_moving_frame_is_drawn_and_picked_at_one_sample() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let (on_device, _) = GpuScene::upload(gpu, renderer, &two_things(), &UploadOptions::default()).unwrap();
    let view = front_view(2.0).with_depth_of(&on_device.bounds());
    let mut viewport = Viewport::new(gpu, renderer);
    let still = render_still(gpu, renderer, &on_device, &view, &StillOptions::new(64, 64, &[])).unwrap();
    for pass in Pass::ALL {
        let frame = FrameOptions::new(pass, [64, 64], Quality::Moving);
        let picture = read(gpu, viewport.draw(gpu, renderer, &on_device, &view, &frame).unwrap());
        let background = *picture.get_pixel(2, 32);
        let n_drawn = (4..60).filter(|&x| *picture.get_pixel(x, 32) != background).count();
        assert!(n_drawn >= 2, "{pass:?}: {n_drawn}");
        let seen = viewport.pick(gpu, 22, 32).wait(gpu).unwrap();
        assert_eq!(Some(seen.node), still.node_at(22, 32), "{pass:?}");
        let [r, g, b, _] = picture.get_pixel(22, 32).0;
        assert_eq!(seen.color, [r, g, b], "{pass:?}");
    }
    let frame = FrameOptions::new(Pass::Textured, [0, 64], Quality::Moving);
    assert!(viewport.draw(gpu, renderer, &on_device, &view, &frame).is_err());
}

#[test]
fn a_scene_is_uploaded_while_another_thread_draws() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let scene = two_things();
    let view = front_view(2.0);
    let (first, _) = GpuScene::upload(gpu, renderer, &scene, &UploadOptions::default()).unwrap();
    let mut viewport = Viewport::new(gpu, renderer);
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            for _ in 0..8 {
                let (other, _) = GpuScene::upload(gpu, renderer, &scene, &UploadOptions::default()).unwrap();
                render_still(gpu, renderer, &other, &view, &StillOptions::new(48, 48, &[Pass::Textured]))
                    .unwrap();
            }
        });
        for _ in 0..8 {
            let frame = FrameOptions::new(Pass::Textured, [64, 64], Quality::Moving);
            viewport.draw(gpu, renderer, &first, &view, &frame).unwrap();
        }
        worker.join().unwrap();
    });
}
