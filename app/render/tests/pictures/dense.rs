//! What is left out of a dense scene before it is drawn is missed by nobody.

use glam::{DVec3, Vec3, Vec4};
use render::{
    FitOptions, GpuScene, Lens, Pass, Purpose, Still, StillOptions, UploadOptions, View, bumpy_ball,
    render_still,
};
use scene::{AlphaMode, Material, Primitive, Scene};

use crate::gpu_or_skip;
use crate::models::{add, matte, placed};

fn ball() -> Primitive {
    let mut made = bumpy_ball(100, 150);
    made.meshes.pop().and_then(|mut mesh| mesh.primitives.pop()).unwrap()
}

/// Balls with one and two sides, mirrored, seen through and with holes, before and behind each other.
fn balls() -> Scene {
    let mut scene = Scene::default();
    let red = matte(0.7, 0.2, 0.1);
    let glass = Material {
        base_color: Vec4::new(0.2, 0.5, 0.9, 0.4),
        alpha_mode: AlphaMode::Blend,
        double_sided: true,
        ..matte(1.0, 1.0, 1.0)
    };
    let masked = Material {
        base_color: Vec4::new(0.2, 0.8, 0.3, 0.4),
        alpha_mode: AlphaMode::Mask { cutoff: 0.5 },
        ..red.clone()
    };
    let two_sided = Material { double_sided: true, ..matte(0.4, 0.4, 0.5) };
    add(&mut scene, ball(), two_sided, placed(Vec3::ZERO, Vec3::ONE));
    add(&mut scene, ball(), red.clone(), placed(Vec3::new(-1.2, 0.4, -0.8), Vec3::ONE));
    add(&mut scene, ball(), red, placed(Vec3::new(1.3, -0.2, -0.6), Vec3::new(-0.7, 0.9, 0.7)));
    add(&mut scene, ball(), glass, placed(Vec3::new(0.3, 0.3, 0.9), Vec3::splat(0.5)));
    add(&mut scene, ball(), masked, placed(Vec3::new(-0.5, 0.3, 0.9), Vec3::splat(0.5)));
    scene
}

fn numbers(still: &Still) -> impl PartialEq + std::fmt::Debug {
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    (bits(&still.depth_m), bits(still.normals.as_flattened()), still.ids.clone())
}

#[test]
fn leaving_out_hidden_triangles_changes_no_bit() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let scene = balls();
    let upload = |purpose| {
        let options = UploadOptions { purpose, ..UploadOptions::default() };
        GpuScene::upload(gpu, renderer, &scene, &options).unwrap().0
    };
    let whole = upload(Purpose::Frames { stand_in_above: usize::MAX });
    let sifted = upload(Purpose::Stills);
    let fitted = View::fit(&scene, &FitOptions::default());
    let lens = Lens::Orthographic { height: 1.0 };
    let flat = View::fit(&scene, &FitOptions { lens, ..FitOptions::default() });
    // Among the balls, so that some are cut by the near plane and the picture's border.
    let amid = View { eye: DVec3::new(0.6, 0.5, 1.6), target: DVec3::ZERO, near: 0.3, ..fitted };
    let passes = Pass::ALL.map(|pass| [pass]);
    let all = passes.iter().map(|pass| pass.as_slice()).chain([[Pass::Textured, Pass::Edge].as_slice()]);
    for (view, passes) in [fitted, flat, amid].iter().flat_map(|v| all.clone().map(move |p| (v, p))) {
        let options = StillOptions::new(72, 60, passes);
        let [a, b] = [&whole, &sifted].map(|s| render_still(gpu, renderer, s, view, &options).unwrap());
        assert!(numbers(&a) == numbers(&b), "the data of {passes:?} differ");
        for &pass in passes {
            assert!(a.picture(pass).unwrap() == b.picture(pass).unwrap(), "{pass:?} differs");
        }
        assert!(a.ids.iter().any(|&id| id != 0));
    }
}
