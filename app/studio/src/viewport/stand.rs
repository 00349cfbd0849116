//! Where the camera is in the terms in which one moves about: a target, a direction, a distance.

use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::time::{Duration, Instant};

use glam::DVec3;
use render::{Angle, Standpoint};

use super::{Optics, Pose};

const FLIGHT: Duration = Duration::from_millis(260);

/// World space, metres. It may stand on the poles: seen from straight above, the azimuth still says
/// which way the picture is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stand {
    pub target: DVec3,
    /// From the target towards the eye.
    pub angle: Angle,
    /// Around the line of sight; only cameras of a file lean.
    pub roll_radians: f64,
    pub distance: f64,
}

impl Stand {
    pub(crate) fn of(pose: &Pose) -> Self {
        let [right, up, back] = pose.axes();
        let elevation_radians = back.y.clamp(-1.0, 1.0).asin();
        // Near a pole the direction no longer tells the azimuth; the picture's right does.
        let azimuth_radians =
            if back.y.abs() < 0.9999 { back.x.atan2(back.z) } else { (-right.z).atan2(right.x) };
        let angle = Angle { azimuth_radians, elevation_radians };
        let [level_right, level_up, _] = angle.axes();
        let roll_radians = up.dot(level_right).atan2(up.dot(level_up));
        let roll_radians = if roll_radians.abs() < 1e-6 { 0.0 } else { roll_radians };
        Self { target: pose.target, angle, roll_radians, distance: pose.eye.distance(pose.target) }
    }

    /// Of somebody who stands in a room.
    pub(crate) fn at(place: Standpoint) -> Self {
        let back = place.eye - place.target;
        let angle = Angle { azimuth_radians: back.x.atan2(back.z), elevation_radians: 0.0 };
        Self { target: place.target, angle, roll_radians: 0.0, distance: back.length() }
    }

    /// Unit vectors right, up and towards the eye.
    pub(crate) fn axes(&self) -> [DVec3; 3] {
        let [right, up, back] = self.angle.axes();
        let (sin, cos) = self.roll_radians.sin_cos();
        [cos * right - sin * up, sin * right + cos * up, back]
    }

    pub(crate) fn pose(&self, optics: Optics) -> Pose {
        let [_, up, back] = self.axes();
        Pose { eye: self.target + self.distance * back, target: self.target, up, optics }
    }

    /// Turned by this much, upright, and never beyond the poles.
    pub(crate) fn turned(self, azimuth: f64, elevation: f64) -> Self {
        let Angle { azimuth_radians, elevation_radians } = self.angle;
        let angle = Angle {
            azimuth_radians: (azimuth_radians + azimuth).rem_euclid(TAU),
            elevation_radians: (elevation_radians + elevation).clamp(-FRAC_PI_2, FRAC_PI_2),
        };
        Self { angle, roll_radians: 0.0, ..self }
    }

    pub(crate) fn opposite(self) -> Self {
        let Angle { azimuth_radians, elevation_radians } = self.angle;
        // From above to below the picture keeps its right hand side, as when one turns a thing over.
        let is_on_pole = elevation_radians.abs() > FRAC_PI_2 - 1e-6;
        let azimuth_radians = if is_on_pole { azimuth_radians } else { azimuth_radians + PI };
        let angle = Angle { azimuth_radians, elevation_radians: -elevation_radians };
        Self { angle, ..self }
    }
}

/// From where, to where, since when.
pub(crate) struct Flight {
    pub from: Stand,
    pub to: Stand,
    pub started: Instant,
}

impl Flight {
    /// Where it has come to, and whether that is the end.
    pub(crate) fn at(&self, now: Instant) -> (Stand, bool) {
        let elapsed = now.saturating_duration_since(self.started);
        let t = (elapsed.as_secs_f64() / FLIGHT.as_secs_f64()).min(1.0);
        if t >= 1.0 {
            return (self.to, true);
        }
        let eased = t * t * (3.0 - 2.0 * t);
        let turn = |from: f64, to: f64| from + eased * ((to - from + PI).rem_euclid(TAU) - PI);
        let (from, to) = (&self.from, &self.to);
        let angle = Angle {
            azimuth_radians: turn(from.angle.azimuth_radians, to.angle.azimuth_radians),
            elevation_radians: from.angle.elevation_radians
                + eased * (to.angle.elevation_radians - from.angle.elevation_radians),
        };
        let stand = Stand {
            target: from.target.lerp(to.target, eased),
            angle,
            roll_radians: turn(from.roll_radians, to.roll_radians),
            distance: from.distance.powf(1.0 - eased) * to.distance.powf(eased),
        };
        (stand, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(azimuth_radians: f64, elevation_radians: f64, roll_radians: f64) -> Stand {
        let angle = Angle { azimuth_radians, elevation_radians };
        Stand { target: DVec3::new(1.0, 2.0, 3.0), angle, roll_radians, distance: 4.0 }
    }

    #[test]
    fn a_pose_leads_back_to_its_stand_even_on_the_poles() {
        for azimuth in [0.0, 0.7, -2.0, 3.0] {
            for elevation in [-FRAC_PI_2, -1.2, 0.0, 0.5, FRAC_PI_2] {
                for roll in [0.0, 0.4, -1.0] {
                    let pose = stand(azimuth, elevation, roll).pose(Optics::default());
                    let again = Stand::of(&pose).pose(Optics::default());
                    let case = format!("{azimuth} {elevation} {roll}");
                    assert!(pose.eye.distance(again.eye) < 1e-6, "{case}");
                    assert!(pose.up.distance(again.up) < 1e-6, "{case}: {} {}", pose.up, again.up);
                }
            }
        }
    }

    #[test]
    fn turning_stops_straight_above_and_goes_on_from_there() {
        let above = stand(0.3, 1.4, 0.0).turned(0.0, 1.0);
        assert_eq!(above.angle.elevation_radians, FRAC_PI_2);
        let [right, up, back] = above.axes();
        assert!(back.distance(DVec3::Y) < 1e-12);
        assert!(right.dot(up).abs() < 1e-12 && right.y.abs() < 1e-12);
        let spun = above.turned(0.5, 0.0).axes()[0];
        assert!((right.dot(spun) - 0.5_f64.cos()).abs() < 1e-12);
        assert_eq!(above.turned(0.0, -0.2).angle.elevation_radians, FRAC_PI_2 - 0.2);
    }

    #[test]
    fn the_opposite_looks_back_and_the_opposite_of_that_is_the_first() {
        for (azimuth, elevation) in [(0.2, 0.5), (1.0, 0.0), (0.0, FRAC_PI_2)] {
            let first = stand(azimuth, elevation, 0.0);
            let back = first.axes()[2];
            assert!(first.opposite().axes()[2].distance(-back) < 1e-9);
            assert!(first.opposite().opposite().axes()[2].distance(back) < 1e-9);
        }
    }

    #[test]
    fn a_flight_takes_the_short_way_round() {
        let (from, to) = (stand(3.0, 0.0, 0.0), stand(-3.0, 0.0, 0.0));
        let started = Instant::now();
        let flight = Flight { from, to, started };
        let (halfway, is_over) = flight.at(started + FLIGHT / 2);
        assert!(!is_over);
        assert!((halfway.angle.azimuth_radians - PI).abs() < 1e-6);
        assert_eq!(flight.at(started + FLIGHT), (to, true));
    }
}
