//! How closed interiors are seen.

use std::f64::consts::FRAC_PI_2;

use glam::DVec3;
use render::{Angle, Standpoint, View, Walls};
use scene::Aabb;

use crate::Views;

/// What a set shows of a scene that has nothing but walls on its outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interior {
    /// From outside, open towards the camera as a doll's house.
    #[default]
    Cut,
    /// The same of any model, be it an interior or not.
    CutAny,
    /// From where a person stands in it, through a lens for rooms. Further views turn on the spot.
    Inside,
    /// From outside, as it is.
    Closed,
}

impl Interior {
    pub const ALL: [Self; 4] = [Self::Cut, Self::CutAny, Self::Inside, Self::Closed];

    /// As options and metadata name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::CutAny => "cut-any",
            Self::Inside => "inside",
            Self::Closed => "closed",
        }
    }

    pub(crate) fn walls(self) -> Walls {
        match self {
            Self::Cut | Self::Inside => Walls::Auto,
            Self::CutAny => Walls::CutAway,
            Self::Closed => Walls::Kept,
        }
    }
}

/// The views of a set from one place, each turned as far from the first as it is outside.
pub(crate) fn views_from(place: &Standpoint, views: Views, bounds: &Aabb, aspect: f64) -> Vec<View> {
    let angles = views.angles();
    let Some(first) = angles.first() else { return Vec::new() };
    let (back, distance) = (place.eye - place.target, place.eye.distance(place.target));
    let straight = back.x.atan2(back.z);
    let looking = angles.iter().map(|angle| {
        let turned = Angle {
            azimuth_radians: straight + angle.azimuth_radians - first.azimuth_radians,
            elevation_radians: (angle.elevation_radians - first.elevation_radians)
                .clamp(-FRAC_PI_2, FRAC_PI_2),
        };
        let [_, up, back]: [DVec3; 3] = turned.axes();
        let target = place.eye - distance * back;
        View { up, ..Standpoint { eye: place.eye, target }.view(bounds, aspect) }
    });
    looking.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_from_within_stay_on_the_spot_and_turn_as_those_from_outside() {
        let place = Standpoint { eye: DVec3::new(1.0, 1.6, 2.0), target: DVec3::new(1.0, 1.6, -1.0) };
        let bounds = Aabb { min: DVec3::splat(-5.0), max: DVec3::splat(5.0) };
        let ring = views_from(&place, Views::Ring(4), &bounds, 1.0);
        let ahead = |view: &View| view.forward().round();
        assert_eq!(
            ring.iter().map(ahead).collect::<Vec<_>>(),
            [DVec3::NEG_Z, DVec3::NEG_X, DVec3::Z, DVec3::X]
        );
        assert!(ring.iter().all(|view| view.eye == place.eye && view.near < 0.1));
        let sides = views_from(&place, Views::Sides, &bounds, 1.0);
        assert_eq!(sides.iter().map(ahead).collect::<Vec<_>>()[4..], [DVec3::NEG_Y, DVec3::Y]);
        assert!(sides.iter().all(|view| view.up.dot(view.forward()).abs() < 1e-9));
    }
}
