//! Textures as blocks look like themselves.

use image::{ImageFormat, Rgba, RgbaImage};
use render::{GpuScene, Pass, RenderWarning, StillOptions, TexturePacking, UploadOptions, render_still};
use scene::{Image, ImageData, Material, MaterialTexture, Scene, Texture, UvTransform};

use crate::gpu_or_skip;
use crate::models::{front_view, matte, quad, scene_of};

/// Soft colours with a hard edge across the blocks and, in the lower half, holes.
fn picture(side: u32) -> RgbaImage {
    RgbaImage::from_fn(side, side, |x, y| {
        let [u, v] = [x, y].map(|c| (255 * c / side) as u8);
        let blue = if (x + y) % 97 < 30 { 220 } else { 40 };
        let is_hole = y > side / 2 && (x / 37 + y / 29) % 3 == 0;
        Rgba([u, v, blue, if is_hole { 0 } else { 255 }])
    })
}

fn textured(side: u32) -> Scene {
    let mut png = std::io::Cursor::new(Vec::new());
    picture(side).write_to(&mut png, ImageFormat::Png).unwrap();
    let base_color_texture =
        Some(MaterialTexture { texture: 0, uv_set: 0, uv_transform: UvTransform::default() });
    let mut scene = scene_of(quad(1.0), Material { base_color_texture, ..matte(1.0, 1.0, 1.0) });
    scene.images = vec![Image {
        name: "colours".into(),
        mime_type: "image/png".into(),
        data: ImageData::Embedded(png.into_inner().into()),
    }];
    scene.textures = vec![Texture {
        image: 0,
        fallback: None,
        wrap_u: Default::default(),
        wrap_v: Default::default(),
        mag_filter: Default::default(),
        min_filter: Default::default(),
    }];
    scene
}

#[test]
fn packed_textures_look_nearly_the_same() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    // The second one does not end with a block and stays as it is.
    for (side, n_packed) in [(512, 1), (510, 0)] {
        let scene = textured(side);
        let draw = |texture_packing| {
            let options = UploadOptions { texture_packing, ..UploadOptions::default() };
            let (on_device, warnings) = GpuScene::upload(gpu, renderer, &scene, &options).unwrap();
            let options = StillOptions::new(400, 400, &[Pass::Albedo]);
            let still = render_still(gpu, renderer, &on_device, &front_view(3.0), &options).unwrap();
            (still.albedo.unwrap(), warnings)
        };
        let (exact, warnings) = draw(TexturePacking::Exact);
        assert_eq!(warnings, []);
        let (few, warnings) = draw(TexturePacking::BlocksAbove(1 << 30));
        assert_eq!((few == exact, warnings.len()), (true, 0));
        let (packed, warnings) = draw(TexturePacking::BlocksAbove(0));
        let told: Vec<_> =
            (n_packed > 0).then_some(RenderWarning::TexturesPacked(n_packed)).into_iter().collect();
        assert_eq!(warnings, told);
        let differences: Vec<u8> = exact.iter().zip(packed.iter()).map(|(a, b)| a.abs_diff(*b)).collect();
        let mean = differences.iter().map(|&d| f64::from(d)).sum::<f64>() / differences.len() as f64;
        assert_eq!(mean > 0.0, n_packed > 0, "blocks round, exact textures do not");
        assert!(mean < 1.0, "{mean}");
        let n_far = differences.iter().filter(|&&d| d > 24).count();
        assert!(n_far * 1000 < differences.len(), "{n_far}");
    }
}
