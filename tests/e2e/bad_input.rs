//! Files that cannot be read end with 1 and a sentence that names them; nothing panics or hangs.

use tests::{Finished, TestHome, sample};

/// Each broken file with a word that its message must hold.
fn broken_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = std::fs::read(sample("table_long_decorated_C.glb")).unwrap();
    vec![
        ("empty.glb", Vec::new(), "empty"),
        ("text.glb", b"this is a letter, not a model".to_vec(), "text.glb"),
        ("cut.glb", whole[..whole.len() / 2].to_vec(), "cut.glb"),
        ("scene.max", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 3ds Max".to_vec(), "max"),
        ("loop.gltf", LOOP.as_bytes().to_vec(), "loop.gltf"),
        ("far.gltf", FAR_INDEX.as_bytes().to_vec(), "far.gltf"),
        ("nowhere.gltf", MISSING_BIN.as_bytes().to_vec(), "gone.bin"),
    ]
}

const LOOP: &str = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],
"nodes":[{"children":[1]},{"children":[0]}]}"#;

/// Three vertices, and an index that asks for the 200th.
const FAR_INDEX: &str = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],
"meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1}]}],
"buffers":[{"byteLength":40,"uri":"data:application/octet-stream;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAAAAHIAA=="}],
"bufferViews":[{"buffer":0,"byteLength":36},{"buffer":0,"byteOffset":36,"byteLength":3}],
"accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3"},
{"bufferView":1,"componentType":5121,"count":3,"type":"SCALAR"}]}"#;

const MISSING_BIN: &str = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],
"meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],"buffers":[{"byteLength":36,"uri":"gone.bin"}],
"bufferViews":[{"buffer":0,"byteLength":36}],
"accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3"}]}"#;

#[test]
fn every_verb_refuses_what_cannot_be_read_and_names_it() {
    let home = TestHome::new();
    for (name, bytes, word) in broken_files() {
        let path = home.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let commands = [
            Finished::of(home.kiln(["inspect"]).arg(&path)),
            Finished::of(home.kiln(["thumbs"]).arg(&path).arg(home.out(name))),
            Finished::of(home.kiln(["convert"]).arg(&path).arg(home.out("result.glb"))),
        ];
        for output in commands {
            assert_eq!(output.code, Some(1), "{name}: {} {}", output.stdout, output.stderr);
            assert!(
                output.stderr.contains(word) && output.stderr.contains(name),
                "{name}: {}",
                output.stderr
            );
            assert!(!output.stderr.contains("panicked"), "{name}: {}", output.stderr);
            assert_eq!(output.stdout, "", "{name}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name} was touched");
        assert!(!home.out("result.glb").exists(), "{name} left half a result");
    }
}

#[test]
fn an_unknown_format_says_which_ones_are_read() {
    let home = TestHome::new();
    let path = home.path().join("notes.txt");
    std::fs::write(&path, "bring milk").unwrap();
    let output = Finished::of(home.kiln(["inspect"]).arg(&path));
    assert_eq!(output.code, Some(1));
    for known in ["glb", "obj", "stl"] {
        assert!(output.stderr.to_lowercase().contains(known), "{}", output.stderr);
    }
}

#[test]
fn an_stl_that_promises_too_much_is_read_as_far_as_it_goes() {
    let home = TestHome::new();
    let path = home.path().join("lying.stl");
    let mut bytes = vec![b' '; 80];
    bytes.extend(4_000_000_000_u32.to_le_bytes());
    for triangle in 0..3_u8 {
        let normal_and_corners = [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, triangle];
        bytes.extend(normal_and_corners.iter().flat_map(|&n| f32::from(n).to_le_bytes()));
        bytes.extend([0, 0]);
    }
    std::fs::write(&path, &bytes).unwrap();
    let output = Finished::of(home.kiln(["inspect"]).arg(&path)).ok();
    let value: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(value["topology"]["triangles"], 3);
    assert!(output.stderr.contains("4000000000"), "{}", output.stderr);
}

#[test]
fn a_missing_texture_is_a_warning() {
    let home = TestHome::new();
    let model = home.path().join("building.glb");
    std::fs::copy(sample("building-small-c.glb"), &model).unwrap();
    let output = Finished::of(home.kiln(["inspect"]).arg(&model)).ok();
    assert!(output.stderr.contains("colormap.png"), "{}", output.stderr);
    Finished::of(home.kiln(["thumbs"]).arg(&model).arg(home.out("thumbs"))).ok();
}
