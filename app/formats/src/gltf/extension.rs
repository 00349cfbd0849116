//! Which extensions are understood, and what the others cost.

use std::collections::BTreeSet;

use gltf::json::Root;
use scene::Scene;

use crate::{ReadFault, ReadWarning};

/// Whose effect is read.
const UNDERSTOOD: &[&str] = &[
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_texture_avif",
    "EXT_texture_webp",
    "FB_ngon_encoding",
    "KHR_animation_pointer",
    "KHR_draco_mesh_compression",
    "KHR_lights_punctual",
    "KHR_materials_anisotropy",
    "KHR_materials_clearcoat",
    "KHR_materials_diffuse_transmission",
    "KHR_materials_dispersion",
    "KHR_materials_emissive_strength",
    "KHR_materials_ior",
    "KHR_materials_iridescence",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_sheen",
    "KHR_materials_specular",
    "KHR_materials_transmission",
    "KHR_materials_unlit",
    "KHR_materials_variants",
    "KHR_materials_volume",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_node_visibility",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "MSFT_texture_dds",
];

/// Without effect on what a model looks like or counts.
const HARMLESS: &[&str] = &[
    "AGI_articulations",
    "AGI_stk_metadata",
    "CESIUM_RTC",
    "EXT_feature_metadata",
    "EXT_mesh_features",
    "EXT_structural_metadata",
    "KHR_xmp",
    "KHR_xmp_json_ld",
    "MSFT_lod",
    "VRM",
    "VRMC_materials_mtoon",
    "VRMC_springBone",
    "VRMC_vrm",
];

/// What a model lacks without them, where that can be said.
const LOST: &[(&str, &str)] = &[
    ("ADOBE_materials_clearcoat", "the lacquer of some materials"),
    ("CESIUM_primitive_outline", "the outlines of its edges"),
    ("EXT_lights_ies", "how its lamps spread their light"),
    ("EXT_lights_image_based", "the surroundings that light it"),
    ("EXT_mesh_manifold", "how its parts make one solid"),
    ("KHR_audio_emitter", "its sounds"),
    ("KHR_gaussian_splatting", "its splats, which show as points"),
    ("KHR_interactivity", "what it does when touched"),
    ("KHR_physics_rigid_bodies", "its physics"),
    ("KHR_techniques_webgl", "the shaders of its materials"),
    ("MSFT_audio_emitter", "its sounds"),
    ("MSFT_packing_normalRoughnessMetallic", "textures packed in another order"),
    ("MSFT_packing_occlusionRoughnessMetallic", "textures packed in another order"),
    ("MX_materials_pbr", "the looks of some materials"),
];

pub(super) fn check(root: &Root, warnings: &mut Vec<ReadWarning>) {
    let stated: BTreeSet<_> = root.extensions_used.iter().chain(&root.extensions_required).collect();
    for extension in stated.into_iter().filter(|name| !is_known(name)) {
        warnings.push(ReadWarning::ExtensionIgnored { extension: extension.clone(), lost: lost(extension) });
    }
}

/// A file that shows nothing because of an extension it cannot do without.
///
/// # Errors
/// The first such extension.
pub(super) fn check_shown(root: &Root, scene: &Scene) -> Result<(), ReadFault> {
    let shows = scene.meshes.iter().any(|mesh| !mesh.primitives.is_empty());
    match root.extensions_required.iter().find(|name| !is_known(name)) {
        Some(extension) if !shows => Err(ReadFault::NeedsExtension {
            extension: extension.clone(),
            hint: "export it again without that extension",
        }),
        _ => Ok(()),
    }
}

fn is_known(name: &str) -> bool {
    UNDERSTOOD.contains(&name) || HARMLESS.contains(&name)
}

fn lost(name: &str) -> &'static str {
    let stated = LOST.iter().find(|(known, _)| *known == name).map(|(_, lost)| *lost);
    let by_kind = [
        ("_materials_", "a part of the looks of its materials"),
        ("_texture_", "some of its textures"),
        ("_lights_", "some of its lights"),
        ("_animation_", "some of its animation"),
    ];
    let by_kind = || by_kind.iter().find(|(kind, _)| name.contains(kind)).map(|(_, lost)| *lost);
    stated.or_else(by_kind).unwrap_or("whatever that extension adds")
}
