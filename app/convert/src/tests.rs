use std::path::PathBuf;

use formats::kscene::{Attachment, attachments, write_kscene};
use formats::{Target, WriteOptions, write};
use tempfile::TempDir;

use super::*;
use crate::test_scenes::{colored, cube, flip, join, n_found, quad, scene, sphere};

fn folder_with(scene: &Scene, name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let target = Target::of(&path).unwrap();
    write(scene, &path, target, &WriteOptions::default(), &WorkCtx::quiet()).unwrap();
    (folder, path)
}

fn run(input: &Path, output: &Path, plan: &str) -> Result<Receipt, ConvertError> {
    convert(input, output, &Plan::find(plan).unwrap(), &ReadOptions::default(), &WorkCtx::quiet())
}

/// Flipped faces, a doubled face, a poster in its wall, a crumb, unused vertices.
fn broken() -> Scene {
    let mut ball = sphere(12);
    flip(&mut ball, &[3, 50, 51, 99]);
    let again = ball.primitives[0].faces.corner_vertices[30..33].to_vec();
    ball.primitives[0].faces.corner_vertices.extend(again);
    ball.primitives[0].vertex_positions.push(glam::Vec3::splat(0.5));
    let mut crumb = cube(1e-4);
    crumb.primitives[0].vertex_positions.iter_mut().for_each(|p| p.y += 1.2);
    let wall = quad("wall", [-3.0, 3.0], [-2.0, 2.0], -2.0);
    let poster = quad("poster", [0.0, 1.0], [0.0, 1.0], -2.0);
    colored(scene(vec![join(&[ball, crumb]), wall, poster]))
}

#[test]
fn a_broken_model_comes_out_clean_and_a_second_time_unchanged() {
    use analysis::Rule;
    let (folder, model) = folder_with(&broken(), "broken.glb");
    let [first, second] = ["first.glb", "second.glb"].map(|name| folder.path().join(name));
    for plan in ["clean", "web", "film", "print"] {
        let receipt = run(&model, &first, plan).unwrap();
        let changed =
            |what: &str| receipt.steps.iter().filter_map(|step| step.changes.get(what)).sum::<u64>();
        assert_eq!((changed("faces turned"), changed("parts removed")), (4, 1), "{plan}");
        assert_eq!((changed("vertices removed"), changed("faces lifted off others")), (1 + 8, 2), "{plan}");
        let clean = formats::read(&first, &WorkCtx::quiet()).unwrap().scene;
        for rule in
            [Rule::WindingInconsistent, Rule::FacesDuplicate, Rule::ZFighting, Rule::VerticesUnreferenced]
        {
            assert_eq!(n_found(&clean, rule), 0, "{plan}: {rule}");
        }
        let receipt = run(&first, &second, plan).unwrap();
        let did = |step: &&StepReceipt| !step.changes.is_empty();
        assert_eq!(
            receipt.steps.iter().filter(did).collect::<Vec<_>>(),
            Vec::<&StepReceipt>::new(),
            "{plan}"
        );
        assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap(), "{plan}");
    }
}

#[test]
fn a_scene_file_carries_its_receipt_and_what_others_put_there() {
    let (folder, _) = folder_with(&broken(), "broken.glb");
    let ctx = WorkCtx::quiet();
    let model = folder.path().join("a.kscene");
    let foreign = Attachment { tag: *b"STUD", bytes: b"a studio's own".to_vec() };
    let old = Attachment { tag: Attachment::RECEIPT, bytes: b"{}".to_vec() };
    write_kscene(&broken(), &model, Default::default(), &[foreign.clone(), old], &ctx).unwrap();
    let out = folder.path().join("b.kscene");
    let receipt = run(&model, &out, "clean").unwrap();
    let [kept, new] = &attachments(&out).unwrap()[..] else { panic!("two of them") };
    assert_eq!(*kept, foreign);
    let told: serde_json::Value = serde_json::from_slice(&new.bytes).unwrap();
    assert_eq!(told["input"]["sha256"], receipt.input.sha256);
    assert_eq!(told["steps"][0]["do"], "remove-duplicates");
    assert!(told["output"].is_null());
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    let (folder, model) = folder_with(&broken(), "broken.glb");
    let receipt = run(&model, &folder.path().join("a.stl"), "as-is").unwrap();
    assert_eq!(receipt.warnings, [".stl leaves out everything but the shape"]);
    let unknown = run(&model, &folder.path().join("a.dwg"), "as-is").unwrap_err().to_string();
    assert!(unknown.starts_with("Kiln writes .glb, .kscene, .obj, .ply and .stl;"), "{unknown}");
}

#[test]
fn the_original_is_never_written_to() {
    let (folder, model) = folder_with(&broken(), "broken.glb");
    let before = std::fs::read(&model).unwrap();
    assert!(matches!(run(&model, &model, "clean"), Err(ConvertError::WouldReplaceOriginal(_))));
    // A level's name is made of the result's.
    let mut plan = Plan::as_is();
    plan.output.levels = vec![0.5];
    let lod = folder.path().join("chair_lod1.glb");
    std::fs::copy(&model, &lod).unwrap();
    let chair = folder.path().join("chair.glb");
    let refused = convert(&lod, &chair, &plan, &ReadOptions::default(), &WorkCtx::quiet());
    assert!(matches!(refused, Err(ConvertError::WouldReplaceOriginal(path)) if path == lod));
    assert!(!chair.exists());
    let round_about = folder.path().join(".").join("broken.glb");
    assert!(matches!(run(&model, &round_about, "clean"), Err(ConvertError::WouldReplaceOriginal(_))));
    assert_eq!(std::fs::read(&model).unwrap(), before);
}
