//! Which extensions are understood, and what the others cost.

use std::collections::BTreeSet;

use gltf::json::Root;

use crate::{ReadFault, ReadWarning};

const UNDERSTOOD: &[&str] = &[
    "EXT_mesh_gpu_instancing",
    "EXT_texture_webp",
    "KHR_lights_punctual",
    "KHR_materials_emissive_strength",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_texture_basisu",
    "KHR_texture_transform",
];

/// Without effect on what a model looks like or counts.
const HARMLESS: &[&str] = &[
    "AGI_articulations",
    "CESIUM_RTC",
    "EXT_mesh_features",
    "EXT_structural_metadata",
    "FB_ngon_encoding",
    "KHR_materials_variants",
    "KHR_xmp",
    "KHR_xmp_json_ld",
    "MSFT_lod",
];

/// Those that hold the shape itself: without a decoder there is nothing to see.
const COMPRESSIONS: &[(&str, &str)] = &[
    ("KHR_draco_mesh_compression", "save it without Draco, for instance: gltf-transform copy in.glb out.glb"),
    ("EXT_meshopt_compression", "save it without meshopt, for instance: gltf-transform copy in.glb out.glb"),
    ("KHR_meshopt_compression", "save it without meshopt, for instance: gltf-transform copy in.glb out.glb"),
];

/// # Errors
/// A compression of the shape that the file cannot do without.
pub(super) fn check(root: &Root, warnings: &mut Vec<ReadWarning>) -> Result<(), ReadFault> {
    for &(extension, hint) in COMPRESSIONS {
        if root.extensions_required.iter().any(|required| required == extension) {
            return Err(ReadFault::NeedsExtension { extension: extension.into(), hint });
        }
    }
    let stated: BTreeSet<_> = root.extensions_used.iter().chain(&root.extensions_required).collect();
    for extension in stated {
        let name = extension.as_str();
        let compression = COMPRESSIONS.iter().any(|(compression, _)| *compression == name);
        if !(compression || UNDERSTOOD.contains(&name) || HARMLESS.contains(&name)) {
            warnings.push(ReadWarning::ExtensionIgnored { extension: extension.clone() });
        }
    }
    Ok(())
}
