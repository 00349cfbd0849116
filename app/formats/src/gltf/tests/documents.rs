use super::*;

#[test]
fn trees_that_are_none_are_refused() {
    let message = |nodes: Value| {
        let document = json!({ "asset": { "version": "2.0" }, "scenes": [{ "nodes": [0] }], "nodes": nodes });
        cause(read_bytes("a.gltf", document.to_string().as_bytes()))
    };
    assert!(message(json!([{ "children": [1] }, { "children": [0] }])).contains("its own ancestor"));
    assert!(message(json!([{ "children": [9] }])).contains("does not exist"));
}

#[test]
fn slips_of_exporters_are_read_with_a_warning() {
    let document = json!({
        "scenes": [{}],
        "nodes": [{ "mesh": -1, "name": null, "camera": 0.0, "rotation": [0, 0, 0, 0] }],
        "cameras": [{ "type": "perspective", "perspective": { "yfov": 1, "znear": 0.1 } }],
        "animations": [{ "channels": [{ "sampler": 0, "target": { "path": "pointer" } }], "samplers": [] }]
    });
    let mut bytes = b"\xEF\xBB\xBF".to_vec();
    bytes.extend(document.to_string().bytes());
    let import = read_bytes("a.gltf", &bytes).unwrap();
    assert_eq!(import.scene.nodes[0].camera, Some(0));
    assert_eq!(import.scene.nodes[0].transform, Transform::IDENTITY);
    assert!(matches!(import.warnings[0], ReadWarning::Repaired(_)), "{:?}", import.warnings);
}

#[test]
fn a_missing_texture_is_a_warning_and_a_missing_buffer_an_error() {
    let document = json!({
        "asset": { "version": "2.0" },
        "images": [{ "uri": "wood%20grain.png" }],
        "textures": [{ "source": 0 }],
        "materials": [{ "pbrMetallicRoughness": { "baseColorTexture": { "index": 0 } } }]
    });
    let import = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap();
    assert!(import.files[1].ends_with("wood grain.png"), "{:?}", import.files);
    assert!(
        matches!(&import.warnings[0], ReadWarning::MissingPicture { named, .. } if named == "wood%20grain.png")
    );
    let document =
        json!({ "asset": { "version": "2.0" }, "buffers": [{ "byteLength": 4, "uri": "shape.bin" }] });
    let error = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap_err();
    assert!(matches!(&error.fault, ReadFault::MissingFile(path) if path.ends_with("shape.bin")), "{error}");
}

#[test]
fn files_beside_the_model_are_found_by_their_decoded_name() {
    let folder = tempfile::tempdir().unwrap();
    save(&folder, "größe №1.bin", &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
    save(&folder, "Wood.PNG", b"\x89PNG");
    let document = json!({
        "asset": { "version": "2.0" },
        "buffers": [{ "byteLength": 36, "uri": "gr%C3%B6%C3%9Fe%20%E2%84%961.bin" }],
        "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
        "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
        "nodes": [{ "mesh": 0 }],
        "images": [{ "uri": "textures/wood.png" }]
    });
    let import = read(&save(&folder, "a.gltf", document.to_string().as_bytes()), &WorkCtx::quiet()).unwrap();
    assert_eq!(import.scene.roots, [0]);
    assert_eq!(import.warnings, []);
    assert!(matches!(&import.scene.images[0].data, ImageData::File(path) if path.is_file()));
}

#[test]
fn an_instanced_node_places_its_mesh_once_for_each_instance() {
    let mut buffer = floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    buffer.extend(floats(&[5.0, 0.0, 0.0, -5.0, 0.0, 0.0]));
    let bytes = document(
        &buffer,
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 60 }],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 },
                { "bufferView": 0, "byteOffset": 36, "componentType": 5126, "type": "VEC3", "count": 2 }
            ],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
            "nodes": [{ "mesh": 0, "extensions": { "EXT_mesh_gpu_instancing": { "attributes": { "TRANSLATION": 1 } } } }]
        }),
    );
    let scene = read_bytes("a.gltf", &bytes).unwrap().scene;
    assert_eq!(scene.mesh_instances(&scene.world_transforms()).len(), 2);
    assert_eq!(scene.bounds().size().x, 11.0);
}
