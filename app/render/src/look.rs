use std::sync::Arc;

use crate::Environment;

/// The light a model is shown in, and how that light becomes the colours of a screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    pub surroundings: Surroundings,
    /// Turns the surroundings about +Y, counter-clockwise seen from above.
    pub rotation_radians: f32,
    /// Multiplies the light of the surroundings; 0 leaves emission and the file's own lights.
    pub strength: f32,
    /// Doublings of all light before it is tone-mapped, as a camera's exposure.
    pub exposure_ev: f32,
    pub tone_map: ToneMap,
    /// Whether the file's own lights shine, when it has some.
    pub uses_file_lights: bool,
}

/// What stands around a model.
#[derive(Clone, Debug, Default)]
pub enum Surroundings {
    /// A photographer's studio that turns with the camera.
    #[default]
    Studio,
    /// A picture of all directions, fixed to the world.
    Picture(Arc<Environment>),
}

/// From light to what a screen can show. None of them touches unlit materials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ToneMap {
    /// Khronos PBR Neutral: base colours come out as they are, highlights turn white.
    #[default]
    Neutral,
    /// A film-like curve after AgX: soft highlights, bright colours fade to white.
    Agx,
    /// Cut off at white.
    Linear,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            surroundings: Surroundings::Studio,
            rotation_radians: 0.0,
            strength: 1.0,
            exposure_ev: 0.0,
            tone_map: ToneMap::Neutral,
            uses_file_lights: true,
        }
    }
}

/// Pictures are the same when they are one object.
impl PartialEq for Surroundings {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Studio, Self::Studio) => true,
            (Self::Picture(a), Self::Picture(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl ToneMap {
    pub const ALL: [Self; 3] = [Self::Neutral, Self::Agx, Self::Linear];

    /// Lower case, as options are named.
    pub fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Agx => "agx",
            Self::Linear => "linear",
        }
    }
}

/// Beyond these, a picture is black or white.
const MAX_EV: f32 = 24.0;
const MAX_STRENGTH: f32 = 1e6;

impl Look {
    /// What multiplies all light.
    pub(crate) fn exposure(&self) -> f32 {
        if self.exposure_ev.is_nan() { 1.0 } else { self.exposure_ev.clamp(-MAX_EV, MAX_EV).exp2() }
    }

    pub(crate) fn surroundings_strength(&self) -> f32 {
        if self.strength.is_nan() { 1.0 } else { self.strength.clamp(0.0, MAX_STRENGTH) }
    }

    pub(crate) fn rotation(&self) -> f64 {
        if self.rotation_radians.is_finite() { f64::from(self.rotation_radians) } else { 0.0 }
    }
}
