//! What only eyes can judge, kept as small pictures from the software rasteriser. `UPDATE_GOLDEN=1`
//! rewrites those that fail; look at them before they are committed.

use std::path::PathBuf;

use glam::{Vec2, Vec3, Vec4};
use image::{ImageFormat, RgbImage};
use render::{FitOptions, Gpu, View};
use scene::{AlphaMode, Image, ImageData, Layer, Material, MaterialTexture, Scene, Texture, UvTransform};

use crate::models::{add, cube, matte, placed, sphere};
use crate::{gpu_or_skip, still};

/// Codes by which a pixel may differ, and how many pixels may differ by more.
const TOLERANCE: u8 = 2;
const MAX_OUTLIERS: usize = 10;
/// On any other adapter than the one the pictures come from, edges may fall a sample aside.
const MAX_OUTLIERS_ELSEWHERE: usize = 400;

/// A glossy metal ball, a matte ball, a checked box and a pane of glass.
fn still_life() -> Scene {
    let mut scene = Scene::default();
    let gold = Material {
        base_color: Vec4::new(1.0, 0.77, 0.34, 1.0),
        metallic: 1.0,
        roughness: 0.18,
        ..Material::default()
    };
    add(&mut scene, sphere(32), gold, placed(Vec3::new(-0.9, 0.6, 0.2), Vec3::splat(0.6)));
    add(
        &mut scene,
        sphere(32),
        matte(0.75, 0.12, 0.08),
        placed(Vec3::new(0.35, 0.35, 0.9), Vec3::splat(0.35)),
    );
    let mut checked = cube(0.5);
    checked.uvs = vec![Layer::PerVertex(
        checked.vertex_positions.iter().map(|p| Vec2::new(p.x + p.z, p.y + p.z)).collect(),
    )];
    scene.images.push(Image {
        name: "checks".into(),
        mime_type: "image/png".into(),
        data: ImageData::Embedded(checks().into()),
    });
    scene.textures.push(Texture {
        image: 0,
        fallback: None,
        wrap_u: Default::default(),
        wrap_v: Default::default(),
        mag_filter: Default::default(),
        min_filter: Default::default(),
    });
    let slot = MaterialTexture { texture: 0, uv_set: 0, uv_transform: UvTransform::default() };
    let wood =
        Material { base_color_texture: Some(slot), metallic: 0.0, roughness: 0.5, ..Material::default() };
    add(&mut scene, checked, wood, placed(Vec3::new(0.7, 0.5, -0.3), Vec3::ONE));
    let glass = Material {
        base_color: Vec4::new(0.5, 0.8, 0.9, 0.35),
        alpha_mode: AlphaMode::Blend,
        double_sided: true,
        metallic: 0.0,
        roughness: 0.05,
        ..Material::default()
    };
    add(&mut scene, cube(0.5), glass, placed(Vec3::new(-0.1, 0.5, 1.4), Vec3::new(1.2, 1.0, 0.05)));
    scene
}

fn checks() -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 64, |x, y| {
        image::Rgb(if (x / 8 + y / 8) % 2 == 0 { [196, 158, 110] } else { [70, 48, 34] })
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn check(gpu: &Gpu, name: &str, picture: &RgbImage) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let golden_path = folder.join(format!("{name}.png"));
    let golden = image::open(&golden_path).map(image::DynamicImage::into_rgb8).ok();
    let max_outliers = if gpu.is_software() { MAX_OUTLIERS } else { MAX_OUTLIERS_ELSEWHERE };
    let n_outliers = golden.as_ref().filter(|g| g.dimensions() == picture.dimensions()).map(|golden| {
        let differs = |(a, b): &(&image::Rgb<u8>, &image::Rgb<u8>)| {
            a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > TOLERANCE)
        };
        picture.pixels().zip(golden.pixels()).filter(differs).count()
    });
    if n_outliers.is_some_and(|n| n <= max_outliers) {
        return;
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(&folder).unwrap();
        picture.save(&golden_path).unwrap();
        return;
    }
    let new_path = folder.join(format!("{name}.new.png"));
    picture.save(&new_path).unwrap();
    panic!(
        "{name}: {n_outliers:?} pixels differ; compare {} with {}",
        new_path.display(),
        golden_path.display()
    );
}

#[test]
fn the_studio_and_its_lines() {
    let Some((gpu, _)) = gpu_or_skip() else { return };
    let scene = still_life();
    let view = View::fit(&scene, &FitOptions::default());
    let Some(still) = still(&scene, &view, 112) else { return };
    check(gpu, "studio", &image::DynamicImage::from(still.textured.unwrap()).into_rgb8());
    check(gpu, "edges", &image::DynamicImage::from(still.edge.unwrap()).into_rgb8());
}
