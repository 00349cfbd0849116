//! The viewport's camera: three-d's camera and orbit control, spoken to in glam.
//!
//! The only file that knows cgmath. Positions inside are relative to `origin`, the middle of the
//! model, so that a model far from the world's origin turns as smoothly as one that sits on it.

use std::time::{Duration, Instant};

use glam::{DVec3, Vec2, Vec3};
use scene::Aabb;
use three_d::{Camera, Event, InnerSpace, Modifiers, MouseButton, OrbitControl, Radians, Viewport};

/// Vertical field of view of a 50 mm lens on a 36 mm wide sensor seen at 3:2.
const FOV_Y_RADIANS: f32 = 0.47;
const FLIGHT: Duration = Duration::from_millis(260);

/// Where the camera stands and looks, world space, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    pub eye: DVec3,
    pub target: DVec3,
    pub fov_y_radians: f64,
}

impl Pose {
    /// Unit vectors right, up and towards the eye.
    pub fn axes(&self) -> [DVec3; 3] {
        let back = (self.eye - self.target).normalize_or(DVec3::Z);
        let right = DVec3::Y.cross(back).normalize_or(DVec3::X);
        [right, back.cross(right), back]
    }
}

/// Where points of the world lie in the picture.
pub struct Projector {
    eye: DVec3,
    axes: [DVec3; 3],
    size: [f64; 2],
    /// Points on the screen for a metre at a distance of one metre.
    focal: f64,
}

impl Projector {
    /// `size`: width and height of the picture in points.
    pub fn new(pose: &Pose, size: [f32; 2]) -> Self {
        let size = size.map(f64::from);
        let focal = 0.5 * size[1] / (0.5 * pose.fov_y_radians).tan();
        Self { eye: pose.eye, axes: pose.axes(), size, focal }
    }

    /// From the picture's top left corner; `None` behind the eye.
    pub fn project(&self, point: DVec3) -> Option<[f32; 2]> {
        let [right, up, back] = self.axes;
        let offset = point - self.eye;
        let distance = -offset.dot(back);
        if distance <= 1e-9 || !distance.is_finite() {
            return None;
        }
        let x = 0.5 * self.size[0] + self.focal * offset.dot(right) / distance;
        let y = 0.5 * self.size[1] - self.focal * offset.dot(up) / distance;
        Some([x as f32, y as f32])
    }

    /// How large a metre at `point` is in the picture; 0 behind the eye.
    pub fn points_per_metre(&self, point: DVec3) -> f64 {
        let distance = -(point - self.eye).dot(self.axes[2]);
        if distance > 1e-9 { self.focal / distance } else { 0.0 }
    }
}

/// The views that have a key: looking from there at the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardView {
    Home,
    Front,
    Right,
    Top,
}

impl StandardView {
    /// From the target towards the eye.
    fn direction(self) -> Vec3 {
        match self {
            Self::Home => Vec3::new(0.62, 0.42, 1.0),
            Self::Front => Vec3::Z,
            Self::Right => Vec3::X,
            // Not straight down: an orbit control with a fixed up cannot stand on the pole.
            Self::Top => Vec3::new(0.0, 1.0, 0.035),
        }
    }
}

pub struct OrbitCamera {
    camera: Camera,
    control: OrbitControl,
    origin: DVec3,
    model_radius: f32,
    flight: Option<Flight>,
    /// Somebody has chosen the view; before that, it follows the model.
    is_chosen: bool,
}

/// From where, to where, since when.
struct Flight {
    from: Stand,
    to: Stand,
    started: Instant,
}

/// Where the camera is, in the terms one flies in.
#[derive(Clone, Copy)]
struct Stand {
    target: Vec3,
    direction: Vec3,
    distance: f32,
}

impl Default for OrbitCamera {
    fn default() -> Self {
        let (eye, target, up) = (cg(Vec3::new(2.0, 1.5, 3.0)), cg(Vec3::ZERO), cg(Vec3::Y));
        let viewport = Viewport::new_at_origo(4, 3);
        Self {
            camera: Camera::new_perspective(
                viewport,
                eye,
                target,
                up,
                Radians { 0: FOV_Y_RADIANS },
                0.01,
                100.0,
            ),
            control: OrbitControl::new(target, 0.001, 1000.0),
            origin: DVec3::ZERO,
            model_radius: 1.0,
            flight: None,
            is_chosen: false,
        }
    }
}

impl OrbitCamera {
    /// Tells the size of what is looked at. Jumps there, from the home direction.
    pub fn set_model(&mut self, bounds: Aabb) {
        self.origin = bounds.center();
        self.model_radius = radius_of(bounds);
        self.control.min_distance = self.model_radius * 0.002;
        self.control.max_distance = self.model_radius * 60.0;
        self.flight = None;
        self.is_chosen = false;
        self.stand_at(self.framing(bounds, StandardView::Home.direction()));
    }

    /// After a reload: new bounds, and the same place if somebody has chosen it.
    pub fn keep_place(&mut self, bounds: Aabb) {
        if !self.is_chosen {
            return self.set_model(bounds);
        }
        self.model_radius = radius_of(bounds);
        self.control.min_distance = self.model_radius * 0.002;
        self.control.max_distance = self.model_radius * 60.0;
    }

    /// Stands where somebody stood before, world space.
    pub fn take_place(&mut self, eye: DVec3, target: DVec3) {
        let [eye, target] = [eye, target].map(|p| (p - self.origin).as_vec3());
        let offset = eye - target;
        if !offset.is_finite() || offset == Vec3::ZERO {
            return;
        }
        self.take_over();
        let distance = offset.length().clamp(self.control.min_distance, self.control.max_distance);
        self.stand_at(Stand { target, direction: offset.normalize_or(Vec3::Z), distance });
    }

    /// Width and height of the picture in points.
    pub fn resize(&mut self, size: Vec2) {
        let whole = |v: f32| v.round().clamp(1.0, 16384.0) as u32;
        self.camera.set_viewport(Viewport::new_at_origo(whole(size.x), whole(size.y)));
    }

    /// Flies until `bounds` fill the picture, keeping the direction.
    pub fn frame(&mut self, bounds: Aabb, now: Instant) {
        let direction = self.stand().direction;
        self.fly_to(self.framing(bounds, direction), now);
    }

    pub fn look_from(&mut self, view: StandardView, bounds: Aabb, now: Instant) {
        self.fly_to(self.framing(bounds, view.direction()), now);
    }

    fn take_over(&mut self) {
        self.flight = None;
        self.is_chosen = true;
    }

    /// `delta` in points, as the pointer moved.
    pub fn orbit(&mut self, delta: Vec2) {
        self.take_over();
        // A third of three-d's speed: half a turn takes about the width of the picture.
        let delta = 0.6 * delta;
        self.control.handle_events(
            &mut self.camera,
            &mut [Event::MouseMotion {
                button: Some(MouseButton::Left),
                delta: (delta.x, delta.y),
                position: (0.0, 0.0).into(),
                modifiers: Modifiers::default(),
                handled: false,
            }],
        );
    }

    /// Moves the picture with the pointer: what was under it stays under it.
    pub fn pan(&mut self, delta: Vec2) {
        self.take_over();
        let Stand { target, direction, distance } = self.stand();
        let right = Vec3::Y.cross(direction).normalize_or(Vec3::X);
        let up = direction.cross(right);
        let height = self.camera.viewport().height.max(1) as f32;
        let per_point = 2.0 * distance * (0.5 * FOV_Y_RADIANS).tan() / height;
        let moved = (delta.y * up - delta.x * right) * per_point;
        self.stand_at(Stand { target: target + moved, direction, distance });
    }

    /// `steps` of the wheel in points, positive to come closer; `at` in points from the picture's
    /// top left corner stays where it is.
    pub fn zoom(&mut self, steps: f32, at: Vec2) {
        self.take_over();
        let distance = self.stand().distance;
        let height = self.camera.viewport().height as f32;
        let ray = self.camera.view_direction_at_pixel((at.x, height - at.y));
        let along = ray.dot(self.camera.view_direction()).max(0.1);
        self.control.target = self.camera.position() + ray * (distance / along);
        self.control.handle_events(
            &mut self.camera,
            &mut [Event::MouseWheel {
                delta: (0.0, 0.35 * steps),
                position: (0.0, 0.0).into(),
                modifiers: Modifiers::default(),
                handled: false,
            }],
        );
        self.control.target = self.camera.target();
    }

    /// Moves along a running flight. True while there is more to come.
    pub fn step(&mut self, now: Instant) -> bool {
        let Some(Flight { from, to, started }) = &self.flight else { return false };
        let t = (now.saturating_duration_since(*started).as_secs_f32() / FLIGHT.as_secs_f32()).min(1.0);
        let eased = t * t * (3.0 - 2.0 * t);
        let stand = Stand {
            target: from.target.lerp(to.target, eased),
            direction: from.direction.lerp(to.direction, eased).normalize_or(to.direction),
            distance: from.distance.powf(1.0 - eased) * to.distance.powf(eased),
        };
        self.stand_at(stand);
        if t >= 1.0 {
            self.flight = None;
        }
        self.flight.is_some()
    }

    pub fn pose(&self) -> Pose {
        Pose {
            eye: self.origin + glam(self.camera.position()).as_dvec3(),
            target: self.origin + glam(self.camera.target()).as_dvec3(),
            fov_y_radians: f64::from(FOV_Y_RADIANS),
        }
    }

    fn fly_to(&mut self, to: Stand, now: Instant) {
        self.is_chosen = true;
        self.flight = Some(Flight { from: self.stand(), to, started: now });
    }

    /// The nearest stand from which every corner of `bounds` is in the picture, with a margin.
    fn framing(&self, bounds: Aabb, direction: Vec3) -> Stand {
        const MARGIN: f32 = 1.12;
        let direction = direction.normalize_or(Vec3::Z);
        let right = Vec3::Y.cross(direction).normalize_or(Vec3::X);
        let up = direction.cross(right);
        let tan_y = (0.5 * FOV_Y_RADIANS).tan() / MARGIN;
        let tan_x = tan_y * self.camera.viewport().aspect();
        let reach = |corner: DVec3| {
            let p = (corner - bounds.center()).as_vec3();
            (p.dot(right).abs() / tan_x).max(p.dot(up).abs() / tan_y) + p.dot(direction)
        };
        let corners = if bounds.is_empty() { [DVec3::ZERO; 8] } else { bounds.corners() };
        let distance = corners.into_iter().map(reach).fold(0.5 * radius_of(bounds), f32::max);
        let target = (bounds.center() - self.origin).as_vec3();
        let distance = distance.clamp(self.control.min_distance, self.control.max_distance);
        Stand { target, direction, distance }
    }

    fn stand(&self) -> Stand {
        let (eye, target) = (glam(self.camera.position()), glam(self.camera.target()));
        Stand { target, direction: (eye - target).normalize_or(Vec3::Z), distance: eye.distance(target) }
    }

    fn stand_at(&mut self, stand: Stand) {
        let eye = stand.target + stand.direction * stand.distance;
        self.camera.set_view(cg(eye), cg(stand.target), cg(Vec3::Y));
        self.control.target = cg(stand.target);
    }
}

/// Never zero, so that a point or an empty model still has a camera.
fn radius_of(bounds: Aabb) -> f32 {
    let radius = bounds.radius() as f32;
    if radius.is_finite() && radius > 1e-6 { radius } else { 1.0 }
}

fn cg(v: Vec3) -> three_d::Vec3 {
    three_d::vec3(v.x, v.y, v.z)
}

fn glam(v: three_d::Vec3) -> Vec3 {
    Vec3::new(v.x, v.y, v.z)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chair() -> Aabb {
        Aabb { min: DVec3::new(10.0, 0.0, -1.0), max: DVec3::new(11.0, 2.0, 0.0) }
    }

    fn camera() -> OrbitCamera {
        let mut camera = OrbitCamera::default();
        camera.resize(Vec2::new(800.0, 600.0));
        camera.set_model(chair());
        camera
    }

    fn distance(pose: Pose) -> f64 {
        pose.eye.distance(pose.target)
    }

    #[test]
    fn a_chosen_view_stays_and_any_other_follows_the_model() {
        let mut camera = camera();
        let raised = Aabb { min: chair().min + 5.0 * DVec3::Y, max: chair().max + 5.0 * DVec3::Y };
        camera.keep_place(raised);
        assert!(camera.pose().target.distance(raised.center()) < 1e-5);
        camera.orbit(Vec2::new(30.0, 0.0));
        let chosen = camera.pose();
        camera.keep_place(chair());
        assert_eq!(camera.pose(), chosen);
    }

    #[test]
    fn a_place_is_taken_again() {
        let mut camera = camera();
        camera.orbit(Vec2::new(60.0, -20.0));
        camera.zoom(40.0, Vec2::new(300.0, 200.0));
        let place = camera.pose();
        let mut other = OrbitCamera::default();
        other.resize(Vec2::new(800.0, 600.0));
        other.set_model(chair());
        other.take_place(place.eye, place.target);
        assert!(other.pose().eye.distance(place.eye) < 1e-5);
        assert!(other.pose().target.distance(place.target) < 1e-5);
    }

    #[test]
    fn a_new_model_is_looked_at_and_fits() {
        let pose = camera().pose();
        assert!(pose.target.distance(chair().center()) < 1e-5);
        let projector = Projector::new(&pose, [800.0, 600.0]);
        let corners = chair().corners().map(|c| projector.project(c).unwrap());
        let [top, bottom] =
            [f32::min, f32::max].map(|pick| corners.iter().map(|c| c[1]).reduce(pick).unwrap());
        assert!((10.0..80.0).contains(&top) && (520.0..590.0).contains(&bottom), "{top} {bottom}");
    }

    #[test]
    fn what_is_looked_at_lies_in_the_middle_of_the_picture() {
        let pose = camera().pose();
        let projector = Projector::new(&pose, [800.0, 600.0]);
        assert_eq!(projector.project(pose.target).map(|p| p.map(f32::round)), Some([400.0, 300.0]));
        assert_eq!(projector.project(pose.eye + (pose.eye - pose.target)), None);
        for corner in chair().corners() {
            let [x, y] = projector.project(corner).unwrap();
            assert!((0.0..800.0).contains(&x) && (0.0..600.0).contains(&y), "{x} {y}");
        }
    }

    #[test]
    fn orbit_keeps_target_and_distance() {
        let mut camera = camera();
        let before = camera.pose();
        camera.orbit(Vec2::new(120.0, -40.0));
        let after = camera.pose();
        assert!(after.eye.distance(before.eye) > 0.5);
        assert!(after.target.distance(before.target) < 1e-5);
        assert!((distance(after) - distance(before)).abs() < 1e-4);
    }

    #[test]
    fn zoom_in_the_middle_only_changes_the_distance() {
        let mut camera = camera();
        let before = camera.pose();
        camera.zoom(50.0, Vec2::new(400.0, 300.0));
        let after = camera.pose();
        assert!(distance(after) < 0.95 * distance(before));
        assert!(after.target.distance(before.target) < 1e-3);
    }

    #[test]
    fn zoom_stops_before_the_target() {
        let mut camera = camera();
        for _ in 0..200 {
            camera.zoom(400.0, Vec2::new(10.0, 10.0));
        }
        assert!(distance(camera.pose()) > 0.0 && camera.pose().eye.is_finite());
    }

    #[test]
    fn pan_moves_eye_and_target_alike() {
        let mut camera = camera();
        let before = camera.pose();
        camera.pan(Vec2::new(30.0, 10.0));
        let after = camera.pose();
        let moved = after.target - before.target;
        assert!(moved.length() > 0.01);
        assert!((after.eye - before.eye - moved).length() < 1e-5);
    }

    #[test]
    fn framing_flies_and_arrives() {
        let mut camera = camera();
        let corner = Aabb { min: DVec3::new(10.0, 0.0, -0.2), max: DVec3::new(10.2, 0.2, 0.0) };
        let start = Instant::now();
        camera.frame(corner, start);
        assert!(camera.step(start + FLIGHT / 2), "still on the way");
        assert!(!camera.step(start + FLIGHT * 2));
        assert!(camera.pose().target.distance(corner.center()) < 1e-5);
    }
}
