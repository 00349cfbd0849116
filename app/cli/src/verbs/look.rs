use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use render::{Environment, Look, Surroundings, ToneMap};

/// The light that models are shown in.
#[derive(Args)]
pub(crate) struct LookArgs {
    /// A picture of all directions (.hdr or .exr) to light the model, instead of the studio
    #[arg(long, value_name = "FILE")]
    environment: Option<PathBuf>,
    /// Turns the light around the model, in degrees
    #[arg(long, value_name = "DEGREES", default_value_t = 0.0, allow_negative_numbers = true)]
    light_rotation: f32,
    /// Makes all light so many stops brighter
    #[arg(long, value_name = "EV", default_value_t = 0.0, allow_negative_numbers = true)]
    exposure: f32,
    /// How light becomes colours
    #[arg(long, value_enum, default_value_t = Curve::Neutral)]
    tone_map: Curve,
}

#[derive(Clone, Copy, ValueEnum)]
enum Curve {
    /// Base colours as they are, white highlights (Khronos PBR Neutral)
    Neutral,
    /// As film: soft highlights, paler colours
    Agx,
    /// Cut off at white
    Linear,
}

impl LookArgs {
    pub(crate) fn look(&self) -> Result<Look> {
        let surroundings = match &self.environment {
            None => Surroundings::Studio,
            Some(path) => {
                let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                let environment = Environment::decode(&bytes, "")
                    .with_context(|| format!("this picture cannot light a model: {}", path.display()))?;
                Surroundings::Picture(Arc::new(environment))
            }
        };
        Ok(Look {
            surroundings,
            rotation_radians: self.light_rotation.to_radians(),
            exposure_ev: self.exposure,
            tone_map: match self.tone_map {
                Curve::Neutral => ToneMap::Neutral,
                Curve::Agx => ToneMap::Agx,
                Curve::Linear => ToneMap::Linear,
            },
            ..Look::default()
        })
    }
}
