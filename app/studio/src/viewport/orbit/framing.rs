//! From where a model, or a part of it, fills the picture.

use std::sync::Arc;
use std::time::Instant;

use glam::DVec3;
use render::{Angle, FitOptions, LookAt, View};
use scene::Aabb;

use super::{OrbitCamera, Pose, Stand};

/// Part of the picture's half that a fitted model leaves free on each side: the bar of modes lies there.
pub(super) const MARGIN: f64 = 0.13;

/// What is looked at.
#[derive(Clone)]
pub(super) struct Subject {
    pub bounds: Aabb,
    /// Outermost points; none: the box's corners stand for them.
    pub outline: Arc<[DVec3]>,
    pub radius: f64,
}

impl Subject {
    pub(super) fn new(bounds: Aabb, outline: Arc<[DVec3]>) -> Self {
        let radius = bounds.radius();
        // Never zero, so that a point or an empty model still has a camera.
        let radius = if radius.is_finite() && radius > 1e-6 { radius } else { 1.0 };
        Self { bounds, outline, radius }
    }
}

impl OrbitCamera {
    /// Flies until `bounds` fill the picture, keeping the direction.
    pub fn frame(&mut self, bounds: Aabb, now: Instant) {
        self.fly_to(self.framing(&bounds, self.stand.angle), now);
    }

    /// As [`OrbitCamera::frame`], seen from another direction: from the box towards the eye.
    pub fn frame_from(&mut self, bounds: Aabb, direction: DVec3, now: Instant) {
        let target = bounds.center();
        let Some(direction) = direction.try_normalize().filter(|_| target.is_finite()) else {
            return self.frame(bounds, now);
        };
        let from = Pose { eye: target + direction, target, up: DVec3::Y, optics: self.optics };
        self.fly_to(self.framing(&bounds, Stand::of(&from).angle), now);
    }

    pub fn frame_all(&mut self, now: Instant) {
        self.fly_to(self.framing_all(self.stand.angle), now);
    }

    /// Where a camera stands to another model as this one stands to its own: what fills the picture of
    /// one fills that of the other.
    pub fn pose_beside(&self, bounds: Aabb, outline: &Arc<[DVec3]>) -> Pose {
        let angle = self.stand.angle;
        let own = self.framing_of(&self.subject, angle);
        let other = self.framing_of(&Subject::new(bounds, Arc::clone(outline)), angle);
        let scale = other.distance / own.distance;
        let target = other.target + scale * (self.stand.target - own.target);
        Stand { target, distance: scale * self.stand.distance, ..self.stand }.pose(self.optics)
    }

    pub(super) fn framing_all(&self, angle: Angle) -> Stand {
        let stand = self.framing_of(&self.subject, angle);
        Stand { distance: stand.distance.clamp(self.nearest(), self.farthest()), ..stand }
    }

    fn framing_of(&self, subject: &Subject, angle: Angle) -> Stand {
        let Subject { bounds, outline, radius } = subject;
        let options = self.fit_options(angle);
        let view = if outline.is_empty() {
            View::fit_bounds(&bounds.union(middle_of(bounds, *radius)), &options)
        } else {
            View::fit_points(outline.iter().copied(), bounds, &options)
        };
        self.stand_of(&view, angle)
    }

    /// The nearest stand from which all of `bounds` is in the picture, with a margin.
    fn framing(&self, bounds: &Aabb, angle: Angle) -> Stand {
        let whole = bounds.union(middle_of(bounds, self.subject.radius));
        let stand = self.stand_of(&View::fit_bounds(&whole, &self.fit_options(angle)), angle);
        Stand { distance: stand.distance.clamp(self.nearest(), self.farthest()), ..stand }
    }

    fn fit_options(&self, angle: Angle) -> FitOptions {
        let aspect = f64::from(self.size[0]) / f64::from(self.size[1]);
        let place = Stand { target: DVec3::ZERO, angle, roll_radians: 0.0, distance: 1.0 };
        let whole = self.size.map(|side| side.round() as u32);
        let lens = place.pose(self.optics).view(whole).lens;
        FitOptions { angle, lens, aspect, margin: MARGIN, look_at: LookAt::PictureCenter }
    }

    fn stand_of(&self, view: &View, angle: Angle) -> Stand {
        let distance = match view.lens {
            render::Lens::Perspective { .. } => view.eye.distance(view.target),
            render::Lens::Orthographic { height } => 0.5 * height / self.optics.slope(),
        };
        Stand { target: view.target, angle, roll_radians: 0.0, distance: distance.max(1e-9) }
    }
}

/// A box in the middle of another, so that nothing has no size at all.
fn middle_of(bounds: &Aabb, radius: f64) -> Aabb {
    let middle = bounds.center();
    Aabb { min: middle - 1e-3 * radius, max: middle + 1e-3 * radius }
}
