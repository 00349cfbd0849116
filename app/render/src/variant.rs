//! What the geometry shaders are compiled for. A processor pays for a branch it does not take, so
//! these choices are constants of the shader and no numbers it reads.

use crate::gpu_scene::Extensions;
use crate::targets::{LIT, SCENE_LINEAR_FORMAT, TARGET_FORMATS};
use crate::{GpuScene, Look, Surroundings, ToneMap};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    pub tone_map: ToneMap,
    pub has_environment: bool,
    pub has_lights: bool,
    /// Light is written as it is, into half floats.
    pub is_scene_linear: bool,
    /// Of the material.
    pub extensions: Extensions,
}

impl Variant {
    pub(crate) fn of(look: &Look, scene: &GpuScene) -> Self {
        Self {
            tone_map: look.tone_map,
            has_environment: matches!(look.surroundings, Surroundings::Picture(_)),
            has_lights: scene.is_lit_by_file(look),
            is_scene_linear: false,
            extensions: Extensions::default(),
        }
    }

    /// The same without a tone curve, for targets of half floats.
    pub(crate) fn scene_linear(self) -> Self {
        Self { tone_map: ToneMap::Linear, is_scene_linear: true, ..self }
    }

    /// Of the target of lit colours.
    pub(crate) fn lit_format(self) -> wgpu::TextureFormat {
        if self.is_scene_linear { SCENE_LINEAR_FORMAT } else { TARGET_FORMATS[LIT] }
    }

    /// The constants as WGSL, in place of "generated/variant.wgsl".
    pub(crate) fn wgsl(self) -> String {
        let Self { tone_map, has_environment, has_lights, extensions, .. } = self;
        let tone_map = tone_map as u32;
        format!(
            "const TONE_MAP: u32 = {tone_map}u;\n\
             const HAS_ENVIRONMENT: bool = {has_environment};\n\
             const HAS_LIGHTS: bool = {has_lights};\n{}",
            extensions.wgsl()
        )
    }
}
