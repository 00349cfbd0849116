//! What the geometry shaders are compiled for. A processor pays for a branch it does not take, so
//! these choices are constants of the shader and no numbers it reads.

use crate::gpu_scene::Extensions;
use crate::{GpuScene, Look, Surroundings, ToneMap};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    pub tone_map: ToneMap,
    pub has_environment: bool,
    pub has_lights: bool,
    /// Of the material.
    pub extensions: Extensions,
}

impl Variant {
    pub(crate) fn of(look: &Look, scene: &GpuScene) -> Self {
        Self {
            tone_map: look.tone_map,
            has_environment: matches!(look.surroundings, Surroundings::Picture(_)),
            has_lights: scene.is_lit_by_file(look),
            extensions: Extensions::default(),
        }
    }

    /// The constants as WGSL, in place of "generated/variant.wgsl".
    pub(crate) fn wgsl(self) -> String {
        let Self { tone_map, has_environment, has_lights, extensions } = self;
        let tone_map = tone_map as u32;
        format!(
            "const TONE_MAP: u32 = {tone_map}u;\n\
             const HAS_ENVIRONMENT: bool = {has_environment};\n\
             const HAS_LIGHTS: bool = {has_lights};\n{}",
            extensions.wgsl()
        )
    }
}
