//! Which extensions are understood, and what the others cost.

use std::collections::BTreeSet;

use gltf::json::Root;

use crate::ReadWarning;

/// Whose effect is read.
const UNDERSTOOD: &[&str] = &[
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_texture_avif",
    "EXT_texture_webp",
    "FB_ngon_encoding",
    "KHR_draco_mesh_compression",
    "KHR_lights_punctual",
    "KHR_materials_emissive_strength",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "MSFT_texture_dds",
];

/// Without effect on what a model looks like or counts.
const HARMLESS: &[&str] = &[
    "AGI_articulations",
    "CESIUM_RTC",
    "EXT_mesh_features",
    "EXT_structural_metadata",
    "KHR_materials_variants",
    "KHR_xmp",
    "KHR_xmp_json_ld",
    "MSFT_lod",
];

pub(super) fn check(root: &Root, warnings: &mut Vec<ReadWarning>) {
    let stated: BTreeSet<_> = root.extensions_used.iter().chain(&root.extensions_required).collect();
    for extension in stated {
        let name = extension.as_str();
        if !(UNDERSTOOD.contains(&name) || HARMLESS.contains(&name)) {
            warnings.push(ReadWarning::ExtensionIgnored { extension: extension.clone() });
        }
    }
}
