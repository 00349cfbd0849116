//! WGSL files with `#import "common/x.wgsl"` lines, put together once each. The files are part of the
//! program; paths are relative to `shaders/`.

use std::sync::OnceLock;

use crate::gpu_scene::{n_slots, texture_functions};
use crate::studio_light;
use crate::variant::Variant;

macro_rules! sources {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../shaders/", $path)))),*]
    };
}

static SOURCES: &[(&str, &str)] = sources![
    "common/anisotropy.wgsl",
    "common/environment.wgsl",
    "common/extensions.wgsl",
    "common/floor.wgsl",
    "common/frame.wgsl",
    "common/fullscreen.wgsl",
    "common/heat.wgsl",
    "common/inspection.wgsl",
    "common/iridescence.wgsl",
    "common/layering.wgsl",
    "common/lighting.wgsl",
    "common/material.wgsl",
    "common/object.wgsl",
    "common/octahedral.wgsl",
    "common/picture.wgsl",
    "common/punctual.wgsl",
    "common/rich_surface.wgsl",
    "common/sheen.wgsl",
    "common/see_through.wgsl",
    "common/shadows.wgsl",
    "common/surface_output.wgsl",
    "common/targets.wgsl",
    "common/textured_surface.wgsl",
    "common/thin.wgsl",
    "common/tonemap.wgsl",
    "passes/bend.wgsl",
    "passes/inspect_plain.wgsl",
    "passes/inspect_textured.wgsl",
    "passes/inspect_thin.wgsl",
    "passes/lamp.wgsl",
    "passes/lamp_textured.wgsl",
    "passes/plain.wgsl",
    "passes/rich.wgsl",
    "passes/textured.wgsl",
    "passes/thin.wgsl",
    "passes/wireframe.wgsl",
    "post/backdrop.wgsl",
    "post/color.wgsl",
    "post/depth.wgsl",
    "post/edge.wgsl",
    "post/edge_mark.wgsl",
    "post/halve.wgsl",
    "post/layer_under.wgsl",
    "post/lit.wgsl",
    "post/normal_view.wgsl",
    "post/occlusion.wgsl",
    "post/outline.wgsl",
    "post/outline_mark.wgsl",
    "post/overdraw.wgsl",
    "post/see_through.wgsl",
    "post/surroundings.wgsl",
];

/// The files that are not in `shaders/`.
const GENERATED_LIGHT: &str = "generated/studio_light.wgsl";
const GENERATED_KEY: &str = "generated/key_share.wgsl";
const GENERATED_VARIANT: &str = "generated/variant.wgsl";
const GENERATED_TEXTURES: &str = "generated/extension_textures.wgsl";
static LIGHT: OnceLock<String> = OnceLock::new();

/// The shader at `path` with everything it imports, each file once, imports before importers.
///
/// # Panics
/// When a file is not in the table: a mistake in our own sources, which a test finds.
pub(crate) fn assemble(path: &str, variant: Variant, n_slots: usize) -> String {
    let mut out = String::new();
    append(path, variant, n_slots, &mut Vec::new(), &mut out);
    out
}

fn append(path: &str, variant: Variant, n_slots: usize, seen: &mut Vec<String>, out: &mut String) {
    if seen.iter().any(|s| s == path) {
        return;
    }
    seen.push(path.to_owned());
    if path == GENERATED_LIGHT {
        out.push_str(LIGHT.get_or_init(studio_light::wgsl));
        return;
    }
    if path == GENERATED_KEY {
        out.push_str(&studio_light::key_wgsl());
        return;
    }
    if path == GENERATED_VARIANT {
        out.push_str(&variant.wgsl());
        return;
    }
    if path == GENERATED_TEXTURES {
        out.push_str(&texture_functions(n_slots));
        return;
    }
    let Some((_, source)) = SOURCES.iter().find(|(name, _)| *name == path) else {
        panic!("no shader file named {path}");
    };
    let mut own = String::new();
    for line in source.lines() {
        match line.strip_prefix("#import ") {
            Some(import) => append(import.trim().trim_matches('"'), variant, n_slots, seen, out),
            None => {
                own.push_str(line);
                own.push('\n');
            }
        }
    }
    out.push_str(&own);
}

pub(crate) fn module(device: &wgpu::Device, path: &'static str) -> wgpu::ShaderModule {
    variant_module(device, path, Variant::default())
}

pub(crate) fn variant_module(
    device: &wgpu::Device,
    path: &'static str,
    variant: Variant,
) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(path),
        source: wgpu::ShaderSource::Wgsl(assemble(path, variant, n_slots(&device.limits())).into()),
    })
}

#[cfg(test)]
mod tests {
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    use super::*;
    use crate::ToneMap;
    use crate::gpu_scene::{Extensions, N_SLOTS};

    fn validated(path: &str, variant: Variant) -> naga::Module {
        let source = assemble(path, variant, N_SLOTS);
        let module = match naga::front::wgsl::parse_str(&source) {
            Ok(module) => module,
            Err(error) => panic!("{path}: {}", error.emit_to_string(&source)),
        };
        if let Err(error) = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module) {
            panic!("{path}: {}", error.emit_to_string(&source));
        }
        module
    }

    fn variants() -> impl Iterator<Item = Variant> {
        let tone_maps = ToneMap::ALL.map(|tone_map| Variant { tone_map, ..Variant::default() });
        let lights = [(true, false), (false, true), (true, true)].map(|(has_environment, has_lights)| {
            Variant { has_environment, has_lights, ..Variant::default() }
        });
        let extended = Extensions::each().map(|extensions| Variant {
            has_lights: true,
            extensions,
            ..Variant::default()
        });
        tone_maps.into_iter().chain(lights).chain(extended)
    }

    #[test]
    fn every_entry_point_file_is_valid() {
        let entry_files = SOURCES.iter().filter(|(path, _)| !path.starts_with("common/"));
        for (path, _) in entry_files {
            for variant in variants() {
                assert!(!validated(path, variant).entry_points.is_empty(), "{path} has no entry point");
            }
        }
    }

    #[test]
    fn uniform_twins_have_the_layout_of_the_shader() {
        let size = |path: &str, name: &str| {
            let module = validated(path, Variant::default());
            let found = module.types.iter().find(|(_, t)| t.name.as_deref() == Some(name));
            match found.map(|(_, t)| &t.inner) {
                Some(naga::TypeInner::Struct { span, members }) => {
                    (*span as usize, members.iter().map(|m| m.offset as usize).collect::<Vec<_>>())
                }
                _ => panic!("{path} has no struct {name}"),
            }
        };
        macro_rules! check {
            ($path:literal, $name:literal, $twin:ty, $($field:ident),+) => {
                let offsets = vec![$(std::mem::offset_of!($twin, $field)),+];
                assert_eq!(size($path, $name), (size_of::<$twin>(), offsets), $name);
            };
        }
        use crate::backdrop::BackdropUniform;
        use crate::frame::{FrameUniform, ObjectUniform};
        use crate::gpu_scene::{BendUniform, ExtensionsUniform, MaterialUniform};
        use crate::inspection::InspectionUniform;
        use crate::punctual::{PunctualLight, PunctualLights};
        use crate::see_through::LayeringUniform;
        use crate::shadows::ShadowUniform;
        use crate::still::Edges;
        use crate::viewport::PictureUniform;
        check!(
            "post/layer_under.wgsl",
            "Layering",
            LayeringUniform,
            is_weighted,
            near,
            far,
            n_levels,
            size,
            pad
        );
        check!(
            "passes/plain.wgsl",
            "Frame",
            FrameUniform,
            clip_from_view,
            surroundings_from_view,
            lens,
            look,
            cuts
        );
        check!(
            "passes/rich.wgsl",
            "Extensions",
            ExtensionsUniform,
            specular,
            sheen,
            clearcoat,
            anisotropy,
            iridescence,
            diffuse_transmission,
            reflection,
            slots,
            uv_rows
        );
        check!("passes/plain.wgsl", "PunctualLight", PunctualLight, position, direction, color, cone);
        check!("passes/plain.wgsl", "PunctualLights", PunctualLights, count, lights, clip_from_view);
        check!(
            "passes/bend.wgsl",
            "Bend",
            BendUniform,
            n_vertices,
            base_vertex,
            first_rest,
            first_influence,
            n_sets,
            first_delta,
            n_source_vertices,
            n_delta_kinds,
            first_matrix,
            rigid_matrix,
            first_shape,
            n_shapes,
            flags,
            pad_0,
            pad_1,
            pad_2
        );
        check!(
            "passes/plain.wgsl",
            "Object",
            ObjectUniform,
            view_from_object,
            normal_x,
            normal_y,
            normal_z,
            id,
            flags,
            base_vertex,
            tint
        );
        check!(
            "passes/plain.wgsl",
            "Material",
            MaterialUniform,
            base_color,
            emissive_and_cutoff,
            metallic,
            roughness,
            normal_scale,
            occlusion_strength,
            flags,
            transmission,
            thickness,
            ior,
            absorption,
            reflection,
            uv_rows,
            main_texture_px,
            main_slot,
            tint
        );
        check!(
            "post/color.wgsl",
            "Picture",
            PictureUniform,
            normal_x,
            normal_y,
            normal_z,
            background_center,
            background_rim,
            size,
            samples,
            is_orthographic,
            near,
            far,
            sample_size,
            occlusion_radius,
            ground,
            edges,
            overdraw_hottest,
            pad_0,
            pad_1,
            pad_2
        );
        check!("post/surroundings.wgsl", "Backdrop", BackdropUniform, right, up, forward, size, pad);
        check!("post/occlusion.wgsl", "Shadows", ShadowUniform, rows, lights, rig_x, rig_y, rig_z, sizes);
        check!(
            "post/color.wgsl",
            "Edges",
            Edges,
            crease_cos,
            sharpest_cos,
            flat_cos,
            radius,
            silhouettes,
            material_borders,
            pad_0,
            pad_1
        );
        check!(
            "passes/inspect_plain.wgsl",
            "InspectionOptions",
            InspectionUniform,
            mode,
            checker_repeats,
            target_px_per_m,
            pad_0
        );
    }
}
