use std::time::{Duration, Instant};

use super::*;
use crate::{FitOptions, Purpose, UploadOptions, bumpy_ball};

const SIDE_PX: u32 = 192;

/// Bytes of the picture's rows, which need no padding at this size.
fn read(gpu: &Gpu, picture: &wgpu::TextureView) -> Vec<u8> {
    let n_bytes = u64::from(4 * SIDE_PX * SIDE_PX);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: n_bytes,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * SIDE_PX), rows_per_image: None };
    encoder.copy_texture_to_buffer(
        picture.texture().as_image_copy(),
        wgpu::TexelCopyBufferInfo { buffer: &buffer, layout },
        picture.texture().size(),
    );
    gpu.queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |result| result.unwrap());
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    buffer.get_mapped_range(..).unwrap().to_vec()
}

#[test]
fn a_picture_drawn_in_steps_is_the_one_drawn_at_once() {
    let Ok(gpu) = Gpu::headless() else { return };
    let renderer = Renderer::new(&gpu).unwrap();
    let options =
        UploadOptions { purpose: Purpose::Frames { stand_in_above: 1000 }, ..UploadOptions::default() };
    let (scene, _) = GpuScene::upload(&gpu, &renderer, &bumpy_ball(160, 256), &options).unwrap();
    let view = View::fit_bounds(&scene.bounds(), &FitOptions::default());
    let frame = FrameOptions::new(Pass::Textured, [SIDE_PX; 2], Quality::Still);
    let draw = |is_slow: bool| {
        let mut viewport = Viewport::new(&gpu, &renderer);
        viewport.pace.pretend(is_slow);
        let mut n_steps = 0;
        let began = Instant::now();
        loop {
            viewport.draw(&gpu, &renderer, &scene, &view, &frame).unwrap();
            gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
            n_steps += 1;
            // Whoever sees that a step is done is a thread that has to get its turn.
            std::thread::yield_now();
            assert!(began.elapsed() < Duration::from_secs(120), "{n_steps} steps and no end");
            if !viewport.is_refining() {
                return (n_steps, read(&gpu, viewport.picture()));
            }
        }
    };
    let (n_at_once, at_once) = draw(false);
    let (n_steps, in_steps) = draw(true);
    assert_eq!(n_at_once, 1);
    assert!(n_steps > 4, "{n_steps}");
    assert!(at_once == in_steps);
    // In another order of the triangles, and in clusters.
    scene.refine(&gpu).unwrap();
    assert!(scene.detail().is_some());
    assert!(draw(true).1 == at_once);
}
