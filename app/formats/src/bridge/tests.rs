//! With the real Blender. Where there is none the tests say so and pass; `REQUIRE_BLENDER` forbids that.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use work::WorkCtx;

use super::{Bridge, find_blender};
use crate::{Import, ReadError, ReadOptions, read_with};

fn blender() -> Option<PathBuf> {
    let found = find_blender();
    if found.is_none() {
        assert!(std::env::var_os("REQUIRE_BLENDER").is_none(), "no Blender was found");
        eprintln!("SKIPPED: no Blender");
    }
    found
}

fn read(model: &Path, program: PathBuf, cache: &Path, ctx: &WorkCtx) -> Result<Import, ReadError> {
    let bridge = Bridge { program, cache: cache.into() };
    read_with(model, &ReadOptions { bridge: Some(bridge), ..Default::default() }, ctx)
}

fn walls() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/walls.blend")
}

#[test]
fn blender_works_out_modifiers_and_polygons_stay_polygons() {
    let Some(program) = blender() else { return };
    let cache = tempfile::tempdir().unwrap();
    let import = read(&walls(), program, cache.path(), &WorkCtx::quiet()).unwrap();
    let sizes = |name: &str| {
        let mesh = import.scene.meshes.iter().find(|mesh| mesh.name == name).unwrap();
        let [primitive] = mesh.primitives.as_slice() else { panic!("{name} is one primitive") };
        let sizes: Vec<usize> = primitive.faces.iter().map(<[u32]>::len).collect();
        (primitive.vertex_positions.len(), sizes)
    };
    assert_eq!(sizes("Cube"), (8, vec![4; 6]));
    assert_eq!(sizes("Wall"), (16, vec![5, 4, 3, 5, 4, 3]));
    assert!(import.scene.authored.program.starts_with("Blender "));
    let text: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    assert!(text.iter().any(|t| t.contains("disabled in renders")), "{text:?}");
    assert!(text.iter().any(|t| t.contains("textures/wood.png is missing")), "{text:?}");
    let endings = std::fs::read_dir(cache.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.path().extension().unwrap_or_default().to_string_lossy().into_owned());
    let mut endings: Vec<String> = endings.collect();
    endings.sort();
    assert_eq!(endings, ["glb", "json", "py"], "nothing else stays behind");
}

/// A program that would say so if it ran: the second reading takes what the first one left.
#[test]
fn two_at_once_run_blender_once() {
    let Some(program) = blender() else { return };
    let cache = tempfile::tempdir().unwrap();
    let n_runs = Arc::new(Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (program, n_runs, cache) = (program.clone(), Arc::clone(&n_runs), cache.path());
            scope.spawn(move || {
                let ctx = WorkCtx::new(move |progress| {
                    *n_runs.lock().unwrap() += usize::from(progress.stage == "starting Blender");
                });
                read(&walls(), program, cache, &ctx).unwrap();
            });
        }
    });
    assert_eq!(*n_runs.lock().unwrap(), 1);
}

#[test]
fn a_cancel_ends_blender() {
    let Some(program) = blender() else { return };
    let cache = tempfile::tempdir().unwrap();
    let own: Arc<Mutex<Option<WorkCtx>>> = Arc::default();
    let ctx = WorkCtx::new({
        let own = Arc::clone(&own);
        move |progress| {
            if progress.stage.starts_with("Blender: ")
                && let Some(ctx) = own.lock().unwrap().as_ref()
            {
                ctx.cancel();
            }
        }
    });
    *own.lock().unwrap() = Some(ctx.clone());
    let error = read(&walls(), program, cache.path(), &ctx).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    let has_answer = std::fs::read_dir(cache.path())
        .unwrap()
        .flatten()
        .any(|e| e.path().extension().is_some_and(|ending| ending == "glb"));
    assert!(!has_answer, "Blender went on");
}

#[test]
fn a_scene_that_only_blender_opens_comes_through_it() {
    let Some(program) = blender() else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("corner.wrl");
    let text = "#VRML V2.0 utf8\nShape { geometry IndexedFaceSet {\n coord Coordinate { point \
                [0 0 0, 1 0 0, 1 1 0, 0 1 0, 0 0 1] }\n coordIndex [0 1 2 3 -1 0 1 4 -1] } }\n";
    std::fs::write(&model, text).unwrap();
    let outcome = read(&model, program, &folder.path().join("cache"), &WorkCtx::quiet());
    match outcome {
        Ok(import) => {
            let meshes = import.scene.meshes.iter().flat_map(|mesh| &mesh.primitives);
            let sizes: Vec<usize> = meshes.flat_map(|p| p.faces.iter().map(<[u32]>::len)).collect();
            assert_eq!(sizes, [4, 3]);
        }
        // Blender 4.2 and later leave X3D and VRML to an extension.
        Err(error) => assert!(error.to_string().contains("does not import .wrl files"), "{error}"),
    }
}

#[test]
fn without_blender_the_way_to_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("cloth.abc");
    std::fs::write(&model, b"Ogawa\xff\0\x01").unwrap();
    let error = crate::read(&model, &WorkCtx::quiet()).unwrap_err().to_string();
    assert!(error.starts_with("Alembic files are opened with Blender"), "{error}");
    assert!(error.contains("apt install blender") && error.contains("KILN_BLENDER"), "{error}");
}
