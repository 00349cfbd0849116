//! What the geometry shaders are compiled for. A processor pays for a branch it does not take, so
//! these choices are constants of the shader and no numbers it reads.

use crate::{Look, Surroundings, ToneMap};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    pub tone_map: ToneMap,
    pub has_environment: bool,
}

impl Variant {
    pub(crate) fn of(look: &Look) -> Self {
        Self {
            tone_map: look.tone_map,
            has_environment: matches!(look.surroundings, Surroundings::Picture(_)),
        }
    }

    /// The constants as WGSL, in place of "generated/variant.wgsl".
    pub(crate) fn wgsl(self) -> String {
        format!(
            "const TONE_MAP: u32 = {}u;\nconst HAS_ENVIRONMENT: bool = {};\n",
            self.tone_map as u32, self.has_environment
        )
    }
}
