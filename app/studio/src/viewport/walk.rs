//! Walking through a model, as one does in interiors.

use glam::{DVec3, Vec2, Vec3};
use render::{Angle, EYE_HEIGHT};
use scene::Aabb;

use super::stand::Stand;

/// How much faster Shift goes.
const HURRY: f32 = 4.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// Metres a second.
    speed: f32,
    slowest: f32,
    fastest: f32,
}

/// What a frame of walking asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    pub seconds: f32,
    /// To the right, up and ahead: -1, 0 or 1 each.
    pub direction: Vec3,
    pub is_hurried: bool,
    /// In points, as the pointer moved.
    pub look: Vec2,
}

impl Walk {
    /// A tenth of the place a second; what is as large as a house is crossed at a walker's pace.
    pub(crate) fn in_a_place_of(bounds: &Aabb) -> Self {
        let size = bounds.size().length() as f32;
        let size = if size.is_finite() && size > 0.0 { size } else { 10.0 };
        Self { speed: 0.1 * size, slowest: 2e-3 * size, fastest: 2.0 * size }
    }

    /// Metres a second.
    pub fn speed(&self) -> f32 {
        self.speed
    }

    pub(crate) fn change_speed(&mut self, steps: f32) {
        self.speed = (self.speed * (0.004 * steps).exp()).clamp(self.slowest, self.fastest);
    }

    /// Metres to the right, up and ahead.
    pub(crate) fn moved(&self, step: &Step) -> Vec3 {
        let hurry = if step.is_hurried { HURRY } else { 1.0 };
        // A window that was busy must not throw the walker through the wall.
        step.direction.normalize_or_zero() * self.speed * hurry * step.seconds.clamp(0.0, 0.1)
    }
}

/// Inside a room, back against the wall that the eye comes from, looking along its longer side.
pub(crate) fn stand_in(room: &Aabb, azimuth_radians: f64) -> Stand {
    let size = room.size();
    let height = EYE_HEIGHT.min(0.55 * size.y);
    let middle = room.center().with_y(room.min.y + height);
    // Along the longer side, towards where one is already looking.
    let (sin, cos) = azimuth_radians.sin_cos();
    let back = if size.x > size.z { DVec3::X * sin.signum() } else { DVec3::Z * cos.signum() };
    let reach = 0.42 * size.x.max(size.z);
    let angle = Angle { azimuth_radians: back.x.atan2(back.z), elevation_radians: 0.0 };
    Stand { target: middle, angle, roll_radians: 0.0, distance: reach }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheel_sets_the_speed_within_reason_and_shift_hurries() {
        let mut walk = Walk::in_a_place_of(&Aabb { min: DVec3::ZERO, max: DVec3::new(6.0, 3.0, 6.0) });
        let before = walk.speed();
        assert!((0.5..1.5).contains(&before));
        walk.change_speed(100.0);
        assert!(walk.speed() > 1.3 * before);
        walk.change_speed(-1e6);
        assert!(walk.speed() > 0.0);
        let step = Step { seconds: 0.05, direction: Vec3::new(1.0, 0.0, 1.0), ..Step::default() };
        let moved = walk.moved(&step);
        assert!((moved.length() - 0.05 * walk.speed()).abs() < 1e-6);
        let hurried = walk.moved(&Step { is_hurried: true, ..step });
        assert!((hurried.length() / moved.length() - HURRY).abs() < 1e-3);
        assert!(walk.moved(&Step { seconds: 1e9, ..step }).length() <= 0.11 * walk.speed());
    }

    #[test]
    fn one_stands_inside_and_sees_the_length_of_the_room() {
        let room = Aabb { min: DVec3::new(10.0, 0.0, -4.0), max: DVec3::new(18.0, 2.6, 0.0) };
        let stand = stand_in(&room, 0.6);
        let eye = stand.pose(Default::default()).eye;
        assert!(eye.cmpgt(room.min).all() && eye.cmplt(room.max).all(), "{eye}");
        assert!((eye.y - EYE_HEIGHT.min(0.55 * 2.6)).abs() < 1e-9);
        assert!(eye.x > 17.0);
    }
}
