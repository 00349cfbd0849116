//! The light a model is shown in, as the window offers it, and the picture of surroundings behind it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use render::{Behind, Environment, Look, Scenery, Surroundings, ToneMap};
use serde::{Deserialize, Serialize};
use work::{Lane, Pool};

use crate::model::{Model, Request, Severity};

/// What is set about the light; kept from start to start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LightView {
    /// A picture of surroundings; `None`: the studio.
    pub surroundings: Option<PathBuf>,
    /// They stand behind the model too.
    pub shows_surroundings: bool,
    /// From 0 to 1.
    pub surroundings_blur: f32,
    pub rotation_degrees: f32,
    pub strength: f32,
    pub exposure_ev: f32,
    pub tone_map: ToneMapChoice,
    pub file_lights: bool,
    pub shadow: bool,
    pub occlusion: bool,
    pub behind: BehindChoice,
    /// sRGB.
    pub plain_color: [u8; 3],
}

impl Default for LightView {
    fn default() -> Self {
        Self {
            surroundings: None,
            shows_surroundings: false,
            surroundings_blur: 0.0,
            rotation_degrees: 0.0,
            strength: 1.0,
            exposure_ev: 0.0,
            tone_map: ToneMapChoice::default(),
            file_lights: true,
            shadow: true,
            occlusion: true,
            behind: BehindChoice::default(),
            plain_color: [96, 98, 102],
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToneMapChoice {
    #[default]
    Neutral,
    Agx,
    Linear,
}

impl ToneMapChoice {
    pub const ALL: [Self; 3] = [Self::Neutral, Self::Agx, Self::Linear];

    pub fn label(self) -> &'static str {
        match self {
            Self::Neutral => "Neutral",
            Self::Agx => "AgX",
            Self::Linear => "None",
        }
    }

    pub fn explained(self) -> &'static str {
        match self {
            Self::Neutral => "Khronos PBR Neutral: base colours come out as they are",
            Self::Agx => "Soft highlights, bright colours fade to white, as on film",
            Self::Linear => "Light as it is, cut off at white",
        }
    }

    fn tone_map(self) -> ToneMap {
        match self {
            Self::Neutral => ToneMap::Neutral,
            Self::Agx => ToneMap::Agx,
            Self::Linear => ToneMap::Linear,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BehindChoice {
    #[default]
    Studio,
    Plain,
    Checker,
}

impl BehindChoice {
    pub const ALL: [Self; 3] = [Self::Studio, Self::Plain, Self::Checker];

    pub fn label(self) -> &'static str {
        match self {
            Self::Studio => "Studio",
            Self::Plain => "Plain",
            Self::Checker => "Checker",
        }
    }

    pub fn explained(self) -> &'static str {
        match self {
            Self::Studio => "A soft grey gradient",
            Self::Plain => "One colour of your own",
            Self::Checker => "Squares where the picture is transparent",
        }
    }
}

impl LightView {
    pub fn is_default(&self) -> bool {
        *self == Self { plain_color: self.plain_color, ..Self::default() }
    }

    /// `environment` is that of `surroundings`, once it is read; until then the studio shines.
    pub(crate) fn look(&self, environment: Option<Arc<Environment>>) -> Look {
        Look {
            surroundings: environment.map_or(Surroundings::Studio, Surroundings::Picture),
            rotation_radians: self.rotation_degrees.to_radians(),
            strength: self.strength,
            exposure_ev: self.exposure_ev,
            tone_map: self.tone_map.tone_map(),
            uses_file_lights: self.file_lights,
        }
    }

    /// Whether the picture of surroundings stands behind the model.
    pub(crate) fn is_before_surroundings(&self) -> bool {
        self.shows_surroundings && self.surroundings.is_some()
    }

    pub(crate) fn scenery(&self) -> Scenery {
        let linear = |code: u8| egui::ecolor::linear_f32_from_gamma_u8(code);
        Scenery {
            behind: match self.behind {
                _ if self.is_before_surroundings() => Behind::Surroundings { blur: self.surroundings_blur },
                BehindChoice::Studio => Behind::Studio,
                BehindChoice::Plain => Behind::Plain(self.plain_color.map(linear)),
                BehindChoice::Checker => Behind::Checker,
            },
            has_shadow: self.shadow,
            has_occlusion: self.occlusion,
        }
    }

    /// Numbers from a file that a person may have written.
    pub(crate) fn sane(mut self) -> Self {
        let default = Self::default();
        let within = |x: f32, low: f32, high: f32, otherwise: f32| {
            if x.is_finite() { x.clamp(low, high) } else { otherwise }
        };
        self.rotation_degrees = within(self.rotation_degrees, -180.0, 180.0, default.rotation_degrees);
        self.strength = within(self.strength, 0.0, 10.0, default.strength);
        self.surroundings_blur = within(self.surroundings_blur, 0.0, 1.0, default.surroundings_blur);
        self.exposure_ev = within(self.exposure_ev, -10.0, 10.0, default.exposure_ev);
        self
    }
}

/// Whether a file's name says that it is a picture of surroundings.
pub(crate) fn is_surroundings(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["hdr", "exr"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Reads pictures of surroundings off the window's thread.
#[derive(Default)]
pub(crate) struct LightRoom {
    /// What `environment` was asked for.
    path: Option<PathBuf>,
    environment: Request<Arc<Environment>>,
}

impl LightRoom {
    /// Starts reading what `view` newly asks for and takes in what is read. A picture that cannot be
    /// read is told of, and the studio comes back.
    pub(crate) fn advance(&mut self, view: &mut LightView, model: &mut Model, pool: &Pool) {
        if self.path != view.surroundings {
            self.path.clone_from(&view.surroundings);
            self.environment = Request::Idle;
            if let Some(path) = self.path.clone() {
                self.environment.start(
                    pool.spawn(Lane::Interactive, "read surroundings", move |_| read(&path).map(Arc::new)),
                );
            }
        }
        self.environment.poll();
        if let (Some(reason), Some(path)) = (self.environment.failure(), &self.path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            model.notify(Severity::Error, format!("{name} cannot light the model: {reason}"));
            (self.path, view.surroundings) = (None, None);
            self.environment = Request::Idle;
        }
    }

    pub(crate) fn environment(&self) -> Option<Arc<Environment>> {
        self.environment.value().cloned()
    }
}

#[derive(Debug, thiserror::Error)]
enum SurroundingsError {
    #[error("the file cannot be opened ({0})")]
    File(#[from] std::io::Error),
    #[error(transparent)]
    Picture(#[from] render::EnvironmentError),
}

fn read(path: &Path) -> Result<Environment, SurroundingsError> {
    let bytes = std::fs::read(path)?;
    let is_hdr = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("hdr"));
    let mime_type = if is_hdr { "image/vnd.radiance" } else { "image/x-exr" };
    Ok(Environment::decode(&bytes, mime_type)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_reaches_the_renderer_and_nonsense_does_not() {
        let view = LightView {
            rotation_degrees: 90.0,
            exposure_ev: f32::NAN,
            strength: -3.0,
            behind: BehindChoice::Plain,
            plain_color: [255, 0, 0],
            shadow: false,
            ..LightView::default()
        }
        .sane();
        let look = view.look(None);
        assert_eq!(look.surroundings, Surroundings::Studio);
        assert_eq!((look.strength, look.exposure_ev), (0.0, 0.0));
        assert!((look.rotation_radians - std::f32::consts::FRAC_PI_2).abs() < 1e-6);
        let scenery = view.scenery();
        assert_eq!(scenery.behind, Behind::Plain([1.0, 0.0, 0.0]));
        assert!(!scenery.has_shadow && scenery.has_occlusion);
        let shown = LightView { shows_surroundings: true, surroundings_blur: 7.0, ..view };
        assert_eq!(shown.scenery().behind, scenery.behind, "there are none");
        let lit = LightView { surroundings: Some("a.hdr".into()), ..shown }.sane();
        assert_eq!(lit.scenery().behind, Behind::Surroundings { blur: 1.0 });
        assert!(is_surroundings(Path::new("a/Sunset.HDR")) && !is_surroundings(Path::new("hdr")));
    }

    #[test]
    fn defaults_are_those_of_the_renderer() {
        assert_eq!(LightView::default().look(None), Look::default());
        assert_eq!(LightView::default().scenery(), Scenery::default());
    }
}
