use super::*;

#[test]
fn the_stated_scene_is_shown_and_the_others_are_kept() {
    let document = json!({
        "asset": { "version": "2.0", "generator": "Somebody's exporter", "copyright": "CC0" },
        "scene": 1,
        "scenes": [
            { "name": "Parts", "nodes": [0], "extras": { "a": 1 } },
            { "name": "Whole", "nodes": [1, 1, 0], "extras": [2] }
        ],
        "nodes": [{ "name": "Screw" }, { "name": "Case" }]
    });
    let scene = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap().scene;
    assert_eq!((scene.name.as_str(), &scene.roots[..]), ("Whole", &[1, 0][..]));
    assert_eq!(scene.extras.as_deref(), Some("[2]"));
    let parts = OtherScene { name: "Parts".into(), roots: vec![0], extras: Some(r#"{"a":1}"#.into()) };
    assert_eq!(scene.other_scenes, [parts]);
    assert_eq!(
        (scene.authored.program.as_str(), scene.authored.copyright.as_str()),
        ("Somebody's exporter", "CC0")
    );
}

#[test]
fn hidden_nodes_are_kept_and_not_shown() {
    let bytes = document(
        &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
            "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
            "nodes": [
                { "mesh": 0, "children": [1] },
                { "children": [2], "extensions": { "KHR_node_visibility": { "visible": false } } },
                { "mesh": 0, "translation": [9, 0, 0] }
            ]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    let scene = &import.scene;
    assert_eq!((scene.nodes.len(), scene.mesh_instances(&scene.world_transforms()).len()), (3, 1));
    assert_eq!(scene.bounds().max.x, 1.0);
    assert!(
        import.warnings[0].to_string().contains("1 nodes are hidden in the file"),
        "{:?}",
        import.warnings
    );
}

#[test]
fn pointers_at_nodes_move_them_and_others_are_counted() {
    let mut buffer = floats(&[0.0, 1.0]);
    buffer.extend(floats(&[0.0, 0.0, 0.0, 1.0, 2.0, 3.0]));
    let aim = |pointer: &str| {
        json!({ "sampler": 0, "target": { "path": "pointer",
        "extensions": { "KHR_animation_pointer": { "pointer": pointer } } } })
    };
    let bytes = document(
        &buffer,
        json!({
            "extensionsUsed": ["KHR_animation_pointer"],
            "bufferViews": [{ "buffer": 0, "byteLength": 8 }, { "buffer": 0, "byteOffset": 8, "byteLength": 24 }],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "type": "SCALAR", "count": 2 },
                { "bufferView": 1, "componentType": 5126, "type": "VEC3", "count": 2 }
            ],
            "nodes": [{}],
            "animations": [{
                "samplers": [{ "input": 0, "output": 1 }],
                "channels": [aim("/nodes/0/translation"), aim("/materials/0/emissiveFactor")]
            }]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    let channel = &import.scene.animations[0].channels[..];
    assert_eq!(channel.len(), 1);
    assert_eq!((channel[0].node, channel[0].target), (0, AnimationTarget::Translation));
    assert_eq!(channel[0].values, [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
    let text = import.warnings[0].to_string();
    assert!(text.starts_with("1 animated properties left out"), "{text}");
}

#[test]
fn an_unknown_extension_says_what_is_lost_and_ends_the_reading_only_where_nothing_is_left() {
    let required = |extension: &str, meshes: Value| {
        let mut file: Value = serde_json::from_slice(&document(
            &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            json!({
                "extensionsUsed": [extension], "extensionsRequired": [extension],
                "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
                "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }],
                "meshes": meshes
            }),
        ))
        .unwrap();
        file["nodes"] = json!([{}]);
        read_bytes("a.gltf", file.to_string().as_bytes())
    };
    let drawn =
        required("ACME_lights_neon", json!([{ "primitives": [{ "attributes": { "POSITION": 0 } }] }]));
    let text = drawn.unwrap().warnings[0].to_string();
    assert!(text.contains("ACME_lights_neon") && text.contains("some of its lights"), "{text}");
    let message = cause(required("ACME_voxels", json!([])));
    assert!(message.contains("needs ACME_voxels"), "{message}");
}

#[test]
fn a_node_under_two_parents_stands_twice() {
    let bytes = document(
        &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
            "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
            "scenes": [{ "nodes": [0] }],
            "nodes": [
                { "children": [1, 2] },
                { "children": [3] },
                { "children": [3], "translation": [5, 0, 0] },
                { "children": [4] },
                { "mesh": 0 }
            ]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    let scene = &import.scene;
    assert_eq!((scene.nodes.len(), scene.mesh_instances(&scene.world_transforms()).len()), (7, 2));
    assert_eq!(scene.bounds().max.x, 6.0);
    assert!(import.warnings[0].to_string().contains("2 copies"), "{:?}", import.warnings);
}

/// Each level holds the next one twice: the copies would double with every level.
#[test]
fn shares_below_shares_do_not_multiply_without_end() {
    let mut nodes: Vec<Value> = (1..40).map(|i| json!({ "children": [i, i] })).collect();
    nodes.push(json!({}));
    let document = json!({ "asset": { "version": "2.0" }, "scenes": [{ "nodes": [0] }], "nodes": nodes });
    assert!(cause(read_bytes("a.gltf", document.to_string().as_bytes())).contains("two parents"));
}

#[test]
fn what_the_format_allows_is_no_warning() {
    let document = json!({
        "asset": { "version": "2.0" }, "scene": 0.0, "scenes": [{ "name": "Empty" }], "nodes": [{ "camera": 0.0 }],
        "cameras": [{ "type": "perspective", "perspective": { "yfov": 1, "znear": 0.1 } }]
    });
    let import = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap();
    assert_eq!(import.warnings, [ReadWarning::NothingToShow]);
    assert_eq!((import.scene.name.as_str(), import.scene.nodes[0].camera), ("Empty", Some(0)));
}
