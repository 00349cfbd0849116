use std::f64::consts::{FRAC_PI_2, PI};

use render::Angle;

/// The views that have a key: looking from there at the model, named as in Blender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardView {
    Home,
    Front,
    Back,
    Right,
    Left,
    Top,
    Bottom,
}

impl StandardView {
    pub fn angle(self) -> Angle {
        let (azimuth_radians, elevation_radians) = match self {
            Self::Home => return Angle::THREE_QUARTER,
            Self::Front => (0.0, 0.0),
            Self::Back => (PI, 0.0),
            Self::Right => (FRAC_PI_2, 0.0),
            Self::Left => (-FRAC_PI_2, 0.0),
            Self::Top => (0.0, FRAC_PI_2),
            Self::Bottom => (0.0, -FRAC_PI_2),
        };
        Angle { azimuth_radians, elevation_radians }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Home => "Three quarters",
            Self::Front => "Front",
            Self::Back => "Back",
            Self::Right => "Right",
            Self::Left => "Left",
            Self::Top => "Top",
            Self::Bottom => "Bottom",
        }
    }
}
