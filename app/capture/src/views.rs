//! From which sides a set shows its model.

use std::f64::consts::{FRAC_PI_2, TAU};
use std::fmt;
use std::str::FromStr;

use render::{Angle, FitOptions, Lens, View};
use scene::Scene;

/// More views of one model are an orbit, which is a video's business.
pub const MAX_VIEWS: u32 = 1000;

/// From which sides a model is seen. All views of a set are equally far away, so that the model
/// keeps its size from one to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Views {
    /// From the front right, a little above.
    #[default]
    Single,
    /// That many around the model, counter-clockwise seen from above, from the single view on.
    Ring(u32),
    /// Front right, back right, back left and front left, each from above.
    ThreeQuarter,
    /// The four of `ThreeQuarter`, then the same four from below.
    Corners,
    /// Front, right, back, left, top, bottom.
    Sides,
}

impl Views {
    /// Azimuth and elevation of each view, in order.
    pub(crate) fn angles(self) -> Vec<Angle> {
        let start = Angle::THREE_QUARTER;
        let around = |n: u32, elevation_radians: f64| {
            (0..n).map(move |i| Angle {
                azimuth_radians: start.azimuth_radians + TAU * f64::from(i) / f64::from(n),
                elevation_radians,
            })
        };
        let side = |quarters: f64, elevation_radians: f64| Angle {
            azimuth_radians: quarters * FRAC_PI_2,
            elevation_radians,
        };
        let above = start.elevation_radians;
        match self {
            Self::Single => vec![start],
            Self::Ring(n) => around(n.clamp(1, MAX_VIEWS), above).collect(),
            Self::ThreeQuarter => around(4, above).collect(),
            Self::Corners => around(4, above).chain(around(4, -above)).collect(),
            Self::Sides => {
                let level = [0.0, 1.0, 2.0, 3.0].map(|quarters| side(quarters, 0.0));
                [level.as_slice(), &[side(0.0, FRAC_PI_2), side(0.0, -FRAC_PI_2)]].concat()
            }
        }
    }

    /// The cameras, in order.
    pub(crate) fn fit(self, scene: &Scene, aspect: f64) -> Vec<View> {
        let fit = |angle| View::fit(scene, &FitOptions { angle, aspect, ..FitOptions::default() });
        let mut views: Vec<View> = self.angles().into_iter().map(fit).collect();
        let distance = |view: &View| view.eye.distance(view.target);
        let farthest = views.iter().map(distance).fold(0.0, f64::max);
        for view in views.iter_mut().filter(|view| matches!(view.lens, Lens::Perspective { .. })) {
            let back = farthest - distance(view);
            view.eye -= view.forward() * back;
            view.near += back;
            view.far += back;
        }
        views
    }
}

impl fmt::Display for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single => write!(f, "1"),
            Self::Ring(n) => write!(f, "{n}"),
            Self::ThreeQuarter => write!(f, "three-quarter"),
            Self::Corners => write!(f, "corners"),
            Self::Sides => write!(f, "sides"),
        }
    }
}

/// Why a text is no [`Views`].
#[derive(Debug, thiserror::Error)]
#[error("views are a number from 1 to {MAX_VIEWS}, three-quarter, corners or sides")]
pub struct UnknownViews;

impl FromStr for Views {
    type Err = UnknownViews;

    fn from_str(text: &str) -> Result<Self, UnknownViews> {
        match text {
            "1" => Ok(Self::Single),
            "three-quarter" | "3/4" => Ok(Self::ThreeQuarter),
            "corners" => Ok(Self::Corners),
            "sides" => Ok(Self::Sides),
            _ => match text.parse() {
                Ok(n) if (1..=MAX_VIEWS).contains(&n) => Ok(Self::Ring(n)),
                _ => Err(UnknownViews),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for views in [Views::Single, Views::Ring(12), Views::ThreeQuarter, Views::Corners, Views::Sides] {
            assert_eq!(views.to_string().parse::<Views>().unwrap(), views);
        }
        for text in ["0", "1001", "-3", "all", ""] {
            assert!(text.parse::<Views>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_ring_is_evenly_spaced_and_equally_far() {
        let views = Views::Ring(8).fit(&Scene::default(), 1.0);
        let distances: Vec<f64> = views.iter().map(|v| v.eye.distance(v.target)).collect();
        assert!(distances.iter().all(|d| (d - distances[0]).abs() < 1e-9), "{distances:?}");
        for pair in views.windows(2) {
            let [a, b] = [pair[0].eye, pair[1].eye].map(|eye| glam::DVec2::new(eye.x, eye.z).normalize());
            assert!((a.dot(b) - (TAU / 8.0).cos()).abs() < 1e-9);
            assert!(pair[0].near < pair[0].far);
        }
        let sides = Views::Sides.fit(&Scene::default(), 1.0);
        assert!(
            sides[0].eye.z > 1.0 && sides[1].eye.x > 1.0 && sides[4].eye.y > 1.0 && sides[5].eye.y < -1.0
        );
    }
}
