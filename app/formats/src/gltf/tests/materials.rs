use super::*;

/// The one material of a document with two textures.
fn read_material(material: Value) -> (Material, Vec<ReadWarning>) {
    let document = json!({
        "asset": { "version": "2.0" },
        "images": [{ "uri": "data:image/png;base64,iVBORw0KGgo=" }],
        "textures": [{ "source": 0 }, { "source": 0 }],
        "materials": [material]
    });
    let import = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap();
    let warnings = import.warnings.into_iter().filter(|w| *w != ReadWarning::NothingToShow).collect();
    (import.scene.materials.into_iter().next().unwrap(), warnings)
}

fn with_extension(name: &str, members: Value) -> Material {
    read_material(json!({ "extensions": { name: members } })).0
}

fn slot(texture: usize, uv_set: usize) -> Option<MaterialTexture> {
    Some(MaterialTexture { texture, uv_set, uv_transform: UvTransform::default() })
}

#[test]
fn every_material_extension_is_read_with_its_textures() {
    let m = with_extension("KHR_materials_ior", json!({ "ior": 1.33 }));
    assert_eq!(m.ior, 1.33);
    let m = with_extension("KHR_materials_dispersion", json!({ "dispersion": 0.5 }));
    assert_eq!(m.dispersion, 0.5);
    let m = with_extension(
        "KHR_materials_specular",
        json!({ "specularFactor": 0.5, "specularColorFactor": [1, 0.5, 2], "specularColorTexture": { "index": 1 } }),
    );
    let specular = m.specular.unwrap();
    assert_eq!((specular.factor, specular.color), (0.5, Vec3::new(1.0, 0.5, 2.0)));
    assert_eq!((specular.texture, specular.color_texture), (None, slot(1, 0)));
    let m = with_extension(
        "KHR_materials_clearcoat",
        json!({ "clearcoatFactor": 1, "clearcoatRoughnessFactor": 0.25,
            "clearcoatNormalTexture": { "index": 1, "texCoord": 2, "scale": 0.5 } }),
    );
    let clearcoat = m.clearcoat.unwrap();
    assert_eq!((clearcoat.factor, clearcoat.roughness, clearcoat.normal_scale), (1.0, 0.25, 0.5));
    assert_eq!(clearcoat.normal_texture, slot(1, 2));
    let m = with_extension(
        "KHR_materials_sheen",
        json!({ "sheenColorFactor": [0.5, 0, 0], "sheenRoughnessFactor": 0.25 }),
    );
    assert_eq!(m.sheen.unwrap().color, Vec3::new(0.5, 0.0, 0.0));
    let m = with_extension("KHR_materials_transmission", json!({ "transmissionTexture": { "index": 0 } }));
    assert_eq!(m.transmission, Some(Transmission { factor: 0.0, texture: slot(0, 0) }));
    let m =
        with_extension("KHR_materials_diffuse_transmission", json!({ "diffuseTransmissionFactor": 0.25 }));
    assert_eq!(m.diffuse_transmission.map(|d| (d.factor, d.color)), Some((0.25, Vec3::ONE)));
    let m = with_extension("KHR_materials_volume", json!({ "thicknessFactor": 2 }));
    assert_eq!(m.volume, Some(Volume { thickness: 2.0, ..Default::default() }));
    let m = with_extension("KHR_materials_anisotropy", json!({ "anisotropyRotation": 1.5 }));
    assert_eq!(m.anisotropy.map(|a| (a.strength, a.rotation_radians)), Some((0.0, 1.5)));
    let m = with_extension("KHR_materials_iridescence", json!({ "iridescenceThicknessMaximum": 500 }));
    assert_eq!(m.iridescence, Some(Iridescence { thickness_max_nm: 500.0, ..Default::default() }));
}

#[test]
fn texture_transforms_are_read_on_every_slot() {
    let info = json!({ "index": 1, "extensions": { "KHR_texture_transform":
        { "offset": [0.25, 0.5], "rotation": 0.5, "scale": [2, 3], "texCoord": 1 } } });
    let (m, warnings) = read_material(json!({
        "pbrMetallicRoughness": { "baseColorTexture": info, "metallicRoughnessTexture": info },
        "normalTexture": info, "occlusionTexture": info, "emissiveTexture": info,
        "extensions": { "KHR_materials_sheen": { "sheenRoughnessTexture": info } }
    }));
    let expected = MaterialTexture {
        texture: 1,
        uv_set: 1,
        uv_transform: UvTransform {
            offset: Vec2::new(0.25, 0.5),
            rotation_radians: 0.5,
            scale: Vec2::new(2.0, 3.0),
        },
    };
    let slots: Vec<_> = m.textures().map(|(_, texture)| *texture).collect();
    assert_eq!(slots, [expected; 6]);
    assert_eq!(warnings, []);
}

#[test]
fn a_texture_that_does_not_exist_is_left_out_of_an_extension() {
    let (m, warnings) = read_material(json!({
        "extensions": { "KHR_materials_clearcoat": { "clearcoatTexture": { "index": 9 }, "clearcoatFactor": "much" } }
    }));
    assert_eq!(m.clearcoat, Some(Clearcoat::default()));
    assert!(matches!(warnings[..], [ReadWarning::Skipped { n: 1, .. }]), "{warnings:?}");
}

#[test]
fn specular_glossiness_becomes_metal_or_a_dielectric_of_the_same_reflection() {
    let convert =
        |members| read_material(json!({ "extensions": { "KHR_materials_pbrSpecularGlossiness": members } }));
    // Gold as that model states it: nothing diffuse, a coloured reflection.
    let (gold, _) = convert(json!({
        "diffuseFactor": [0, 0, 0, 1], "specularFactor": [1.0, 0.77, 0.34], "glossinessFactor": 0.75
    }));
    assert!(gold.metallic > 0.99, "{}", gold.metallic);
    assert!(gold.base_color.abs_diff_eq(Vec4::new(1.0, 0.77, 0.34, 1.0), 0.02), "{}", gold.base_color);
    assert_eq!((gold.roughness, gold.ior), (0.25, 1.5));
    // Common plastic: 4 % reflected is an index of 1.5.
    let (plastic, _) =
        convert(json!({ "diffuseFactor": [0.5, 0.1, 0.1, 0.5], "specularFactor": [0.04, 0.04, 0.04] }));
    assert_eq!((plastic.metallic, plastic.roughness), (0.0, 0.0));
    assert_eq!(plastic.base_color, Vec4::new(0.5, 0.1, 0.1, 0.5));
    assert!((plastic.ior - 1.5).abs() < 1e-3 && plastic.specular.is_none(), "{plastic:?}");
    // A textured one keeps its specular picture; the gloss in its alpha is said to be lost.
    let (textured, warnings) = convert(json!({
        "diffuseTexture": { "index": 0 }, "specularGlossinessTexture": { "index": 1 }
    }));
    assert_eq!((textured.metallic, textured.base_color_texture), (0.0, slot(0, 0)));
    assert_eq!(textured.specular.unwrap().color_texture, slot(1, 0));
    let [ReadWarning::Repaired(text)] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(text.contains("gloss"), "{text}");
}

#[test]
fn variants_and_the_materials_they_choose_are_read() {
    let bytes = document(
        &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        json!({
            "extensions": { "KHR_materials_variants": { "variants": [{ "name": "Oak" }, { "name": "Walnut" }] } },
            "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
            "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }],
            "materials": [{}, {}],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "extensions": {
                "KHR_materials_variants": { "mappings": [
                    { "material": 1, "variants": [1, 7] }, { "material": 5, "variants": [0] }
                ] }
            } }] }]
        }),
    );
    let scene = read_bytes("a.gltf", &bytes).unwrap().scene;
    assert_eq!(scene.variants, ["Oak", "Walnut"]);
    let chosen = &scene.meshes[0].primitives[0].variant_materials;
    assert_eq!(chosen[..], [VariantMaterial { variant: 1, material: 1 }]);
}
