//! Where the camera stands, and where points of the world lie in its picture.

use glam::DVec3;
use render::{Lens, SENSOR_WIDTH_MM, View};

/// Height of the full-frame sensor that focal lengths refer to. The window shows that height at any
/// width, so that making it wider shows more.
const SENSOR_HEIGHT_MM: f64 = 24.0;

/// Where the camera stands and looks, world space, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    pub eye: DVec3,
    pub target: DVec3,
    /// Perpendicular to the line of sight.
    pub up: DVec3,
    pub optics: Optics,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optics {
    pub focal_length_mm: f64,
    pub projection: Projection,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    #[default]
    Perspective,
    /// Shows what is at the target at the size that perspective would.
    Orthographic,
}

impl Default for Optics {
    fn default() -> Self {
        Self { focal_length_mm: 50.0, projection: Projection::Perspective }
    }
}

impl Optics {
    pub const SHORTEST_MM: f64 = 10.0;
    pub const LONGEST_MM: f64 = 400.0;

    /// The focal length whose picture is this high, within what a lens can do.
    pub fn of_fov_y(fov_y_radians: f64) -> Self {
        let focal_length_mm = 0.5 * SENSOR_HEIGHT_MM / (0.5 * fov_y_radians).tan();
        Self::default().with_focal_length(focal_length_mm)
    }

    pub fn with_focal_length(self, mm: f64) -> Self {
        let mm = if mm.is_finite() { mm } else { Self::default().focal_length_mm };
        Self { focal_length_mm: mm.clamp(Self::SHORTEST_MM, Self::LONGEST_MM), ..self }
    }

    /// Half the picture's height at a distance of one metre.
    pub fn slope(self) -> f64 {
        0.5 * SENSOR_HEIGHT_MM / self.focal_length_mm
    }

    pub fn fov_y_radians(self) -> f64 {
        2.0 * self.slope().atan()
    }
}

impl Pose {
    /// Unit vectors right, up and towards the eye.
    pub fn axes(&self) -> [DVec3; 3] {
        let back = (self.eye - self.target).normalize_or(DVec3::Z);
        let right = self.up.cross(back).normalize_or(DVec3::X);
        [right, back.cross(right), back]
    }

    /// Metres from the middle of the picture to its upper border, at the target.
    pub fn half_height(&self) -> f64 {
        self.eye.distance(self.target) * self.optics.slope()
    }

    /// For the renderer; near and far are still to be found.
    pub fn view(&self, [width, height]: [u32; 2]) -> View {
        let aspect = f64::from(width.max(1)) / f64::from(height.max(1));
        let half_width = self.optics.slope() * aspect;
        let lens = match self.optics.projection {
            Projection::Perspective => {
                Lens::Perspective { focal_length_mm: 0.5 * SENSOR_WIDTH_MM / half_width }
            }
            Projection::Orthographic => Lens::Orthographic { height: 2.0 * self.half_height() },
        };
        View { eye: self.eye, target: self.target, up: self.up, lens, near: 0.01, far: 100.0, aspect }
    }
}

/// Where points of the world lie in the picture.
pub struct Projector {
    pose: Pose,
    axes: [DVec3; 3],
    size: [f64; 2],
    /// Points on the screen for a metre: at a distance of one metre, or anywhere for an orthographic
    /// picture.
    scale: f64,
}

/// A line of sight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    pub origin: DVec3,
    /// Unit.
    pub direction: DVec3,
}

impl Projector {
    /// `size`: width and height of the picture in points.
    pub fn new(pose: &Pose, size: [f32; 2]) -> Self {
        let size = size.map(f64::from);
        let half_height = match pose.optics.projection {
            Projection::Perspective => pose.optics.slope(),
            Projection::Orthographic => pose.half_height(),
        };
        Self { pose: *pose, axes: pose.axes(), size, scale: 0.5 * size[1] / half_height }
    }

    /// From the picture's top left corner; `None` behind the eye.
    pub fn project(&self, point: DVec3) -> Option<[f32; 2]> {
        let [right, up, _] = self.axes;
        let offset = point - self.pose.eye;
        let scale = self.points_per_metre(point);
        if scale <= 0.0 || !scale.is_finite() || !offset.is_finite() {
            return None;
        }
        let x = 0.5 * self.size[0] + scale * offset.dot(right);
        let y = 0.5 * self.size[1] - scale * offset.dot(up);
        Some([x as f32, y as f32])
    }

    /// How large a metre at `point` is in the picture; 0 behind the eye.
    pub fn points_per_metre(&self, point: DVec3) -> f64 {
        match self.pose.optics.projection {
            Projection::Orthographic => self.scale,
            Projection::Perspective => {
                let distance = -(point - self.pose.eye).dot(self.axes[2]);
                if distance > 1e-9 { self.scale / distance } else { 0.0 }
            }
        }
    }

    /// What is seen at a place of the picture, in points from its top left corner.
    pub fn sight(&self, at: [f32; 2]) -> Sight {
        let [right, up, back] = self.axes;
        let x = (f64::from(at[0]) - 0.5 * self.size[0]) / self.scale;
        let y = (0.5 * self.size[1] - f64::from(at[1])) / self.scale;
        let aside = x * right + y * up;
        match self.pose.optics.projection {
            Projection::Perspective => {
                Sight { origin: self.pose.eye, direction: (aside - back).normalize_or(-back) }
            }
            Projection::Orthographic => Sight { origin: self.pose.eye + aside, direction: -back },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose(projection: Projection) -> Pose {
        Pose {
            eye: DVec3::new(3.0, 4.0, 5.0),
            target: DVec3::new(1.0, 0.5, -1.0),
            up: DVec3::Y,
            optics: Optics { focal_length_mm: 35.0, projection },
        }
    }

    #[test]
    fn both_projections_show_the_target_at_the_same_size() {
        let [perspective, orthographic] = [Projection::Perspective, Projection::Orthographic]
            .map(|projection| Projector::new(&pose(projection), [900.0, 600.0]));
        let target = pose(Projection::Perspective).target;
        let scales = [&perspective, &orthographic].map(|p| p.points_per_metre(target));
        assert!((scales[0] - scales[1]).abs() < 1e-9 * scales[0], "{scales:?}");
        assert_eq!(perspective.project(target), orthographic.project(target));
    }

    #[test]
    fn a_line_of_sight_leads_to_what_is_projected_there() {
        for projection in [Projection::Perspective, Projection::Orthographic] {
            let projector = Projector::new(&pose(projection), [900.0, 600.0]);
            for point in [DVec3::ZERO, DVec3::new(0.3, 1.0, -2.0), DVec3::new(2.0, 0.0, 1.0)] {
                let sight = projector.sight(projector.project(point).unwrap());
                let along = (point - sight.origin).dot(sight.direction);
                let miss = point.distance(sight.origin + along * sight.direction);
                assert!(miss < 1e-5, "{projection:?} {point}: {miss}");
            }
        }
    }

    #[test]
    fn the_renderer_sees_what_the_overlay_draws_on() {
        for projection in [Projection::Perspective, Projection::Orthographic] {
            let (size, pose) = ([900, 600], pose(projection));
            let projector = Projector::new(&pose, size.map(|side| side as f32));
            let view = pose.view(size);
            for point in [DVec3::ZERO, DVec3::new(0.3, 1.0, -2.0)] {
                let ndc = view.clip_from_world().project_point3(point);
                let expected = [450.0 * (1.0 + ndc.x), 300.0 * (1.0 - ndc.y)];
                let got = projector.project(point).unwrap().map(f64::from);
                assert!((got[0] - expected[0]).abs() < 1e-2 && (got[1] - expected[1]).abs() < 1e-2);
            }
        }
    }

    #[test]
    fn fifty_millimetres_are_the_normal_lens() {
        let normal = Optics::of_fov_y(Optics::default().fov_y_radians());
        assert!((normal.focal_length_mm - 50.0).abs() < 1e-9);
        assert_eq!(Optics::of_fov_y(f64::NAN).focal_length_mm, 50.0);
        assert_eq!(Optics::of_fov_y(3.1).focal_length_mm, Optics::SHORTEST_MM);
    }
}
