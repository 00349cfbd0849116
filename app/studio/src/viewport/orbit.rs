//! The viewport's camera. It stands where a [`Stand`] says; three-d's camera and controls, spoken to
//! in glam, carry what they can: lines of sight, coming closer, walking. Turning is done here, because
//! three-d's orbit control cannot stand on the poles.
//!
//! The only file that knows cgmath. Positions given to three-d are relative to `origin`, the middle of
//! the model, so that a model far from the world's origin turns as smoothly as one that sits on it.

mod framing;
mod walking;

use std::sync::Arc;
use std::time::Instant;

use glam::{DVec3, Vec2, Vec3};
use scene::Aabb;
use three_d::{Camera, Event, FlyControl, Modifiers, OrbitControl, PhysicalPoint, Radians, Viewport};

use self::framing::Subject;
use super::stand::{Flight, Stand};
use super::walk::{Step, Walk};
use super::{FileCamera, Optics, Pose, Projection, StandardView};

/// Half a turn takes about the width of the picture.
const TURN_PER_POINT: f64 = 0.006;

pub struct OrbitCamera {
    camera: Camera,
    zooming: OrbitControl,
    walking: FlyControl,
    origin: DVec3,
    subject: Subject,
    stand: Stand,
    optics: Optics,
    /// Width and height of the picture in points.
    size: [f32; 2],
    flight: Option<Flight>,
    /// Somebody has chosen the view; before that, it follows the model.
    is_chosen: bool,
    /// A standard view took perspective away; turning gives it back.
    is_flat_for_now: bool,
    walk: Option<Walk>,
    /// The lens that rooms were given a wider one for; other models get it back.
    lens_outdoors_mm: Option<f64>,
    through: Option<Through>,
}

/// A camera of the file that is looked through, as long as nobody moves.
#[derive(Clone, Copy)]
struct Through {
    number: usize,
    stand: Stand,
    optics: Optics,
    /// Width over height of its picture, and half its height at a distance of one.
    aspect: Option<f64>,
    slope: f64,
}

impl Default for OrbitCamera {
    fn default() -> Self {
        let angle = StandardView::Home.angle();
        let stand = Stand { target: DVec3::ZERO, angle, roll_radians: 0.0, distance: 4.0 };
        let viewport = Viewport::new_at_origo(4, 3);
        let (eye, up) = (cg(Vec3::Z), cg(Vec3::Y));
        let fov = Radians { 0: Optics::default().fov_y_radians() as f32 };
        Self {
            camera: Camera::new_perspective(viewport, eye, cg(Vec3::ZERO), up, fov, 0.01, 100.0),
            zooming: OrbitControl::new(cg(Vec3::ZERO), 0.001, 1000.0),
            walking: FlyControl::new(1.0),
            origin: DVec3::ZERO,
            subject: Subject::new(Aabb::EMPTY, Arc::new([])),
            stand,
            optics: Optics::default(),
            size: [4.0, 3.0],
            flight: None,
            is_chosen: false,
            is_flat_for_now: false,
            walk: None,
            lens_outdoors_mm: None,
            through: None,
        }
    }
}

impl OrbitCamera {
    /// Tells what is looked at: its box and its outermost points. Jumps there, from the home direction.
    pub fn set_model(&mut self, bounds: Aabb, outline: Arc<[DVec3]>) {
        self.origin = bounds.center();
        self.subject = Subject::new(bounds, outline);
        self.flight = None;
        self.walk = None;
        self.is_chosen = false;
        self.flatten_for_now(false);
        if let Some(mm) = self.lens_outdoors_mm.take() {
            self.optics = self.optics.with_focal_length(mm);
        }
        self.stand = self.framing_all(StandardView::Home.angle());
    }

    /// After a reload: new bounds, and the same place if somebody has chosen it.
    pub fn keep_place(&mut self, bounds: Aabb, outline: Arc<[DVec3]>) {
        if !self.is_chosen {
            return self.set_model(bounds, outline);
        }
        self.subject = Subject::new(bounds, outline);
    }

    /// Width and height of the picture in points. A view that nobody has chosen stays fitted.
    pub fn resize(&mut self, size: Vec2) {
        let size = size.to_array().map(|side| side.clamp(1.0, 16384.0));
        if size == self.size {
            return;
        }
        self.size = size;
        let whole = |v: f32| v.round() as u32;
        self.camera.set_viewport(Viewport::new_at_origo(whole(size[0]), whole(size[1])));
        if !self.is_chosen && self.flight.is_none() {
            self.stand = self.framing_all(self.stand.angle);
        }
    }

    pub fn pose(&self) -> Pose {
        self.stand.pose(self.optics)
    }

    /// Width and height of the picture in points.
    pub fn size(&self) -> [f32; 2] {
        self.size
    }

    pub fn optics(&self) -> Optics {
        self.optics
    }

    /// Whether somebody has chosen the view, and it is at rest.
    pub fn has_settled(&self) -> bool {
        self.is_chosen && self.flight.is_none()
    }

    /// Another lens; what is at the target keeps its size.
    pub fn set_optics(&mut self, optics: Optics) {
        let optics = optics.with_focal_length(optics.focal_length_mm);
        if self.walk.is_none() {
            let wanted = self.pose().half_height() / optics.slope();
            self.stand.distance = wanted.max(1e-9);
        }
        self.optics = optics;
        self.lens_outdoors_mm = None;
        self.is_flat_for_now = false;
        self.is_chosen = true;
    }

    pub fn toggle_projection(&mut self) {
        let projection = match self.optics.projection {
            Projection::Perspective => Projection::Orthographic,
            Projection::Orthographic => Projection::Perspective,
        };
        self.set_optics(Optics { projection, ..self.optics });
    }

    /// Flies to a side of the whole model. The sides are seen without perspective, as in a drawing,
    /// until the view is turned.
    pub fn look_from(&mut self, view: StandardView, now: Instant) {
        self.flatten_for_now(view != StandardView::Home);
        self.fly_to(self.framing_all(view.angle()), now);
    }

    /// Flies around the target, by radians to the right and up.
    pub fn turn(&mut self, azimuth: f64, elevation: f64, now: Instant) {
        self.flatten_for_now(false);
        let from = self.destination();
        self.fly_to(from.turned(azimuth, elevation), now);
    }

    pub fn look_from_opposite(&mut self, now: Instant) {
        let from = self.destination();
        self.fly_to(from.opposite(), now);
    }

    /// Comes closer to a point, which becomes what is turned around.
    pub fn focus(&mut self, point: DVec3, now: Instant) {
        let nearer = 0.5 * self.stand.distance.min(self.pose().eye.distance(point));
        let distance = nearer.clamp(self.nearest(), self.farthest());
        self.fly_to(Stand { target: point, distance, ..self.stand }, now);
    }

    /// Flies to a camera of the file or a saved view.
    pub fn take_pose(&mut self, pose: &Pose, now: Instant) {
        self.optics = pose.optics;
        self.is_flat_for_now = false;
        self.fly_to(Stand::of(pose), now);
    }

    /// As [`OrbitCamera::take_pose`], at once.
    pub fn jump_to(&mut self, pose: &Pose) {
        self.optics = pose.optics;
        self.is_flat_for_now = false;
        self.flight = None;
        self.is_chosen = true;
        self.stand = Stand::of(pose);
    }

    /// Flies to a camera of the file; all of its picture is seen, with a margin around it.
    pub fn look_through(&mut self, number: usize, camera: &FileCamera, now: Instant) {
        const MARGIN: f64 = 0.04;
        let mut pose = camera.pose;
        let slope = pose.optics.slope();
        let window = f64::from(self.size[0]) / f64::from(self.size[1]);
        if let Some(aspect) = camera.aspect {
            let widening = (aspect / window).max(1.0) * (1.0 + MARGIN);
            match pose.optics.projection {
                Projection::Perspective => {
                    pose.optics = pose.optics.with_focal_length(pose.optics.focal_length_mm / widening);
                }
                Projection::Orthographic => pose.eye = pose.target + widening * (pose.eye - pose.target),
            }
        }
        self.take_pose(&pose, now);
        let (stand, optics) = (self.destination(), pose.optics);
        let distance = camera.pose.eye.distance(camera.pose.target);
        let slope = slope * distance / stand.distance.max(f64::MIN_POSITIVE);
        self.through = Some(Through { number, stand, optics, aspect: camera.aspect, slope });
    }

    /// Number of the file's camera that is looked through.
    pub fn looks_through(&self) -> Option<usize> {
        let through = self.through.as_ref()?;
        let is_there = self.destination() == through.stand && self.optics == through.optics;
        is_there.then_some(through.number)
    }

    /// Half the width and height of that camera's picture, as parts of the window's height; once the
    /// camera has arrived.
    pub fn file_frame(&self) -> Option<[f32; 2]> {
        let through = self.through.as_ref().filter(|_| self.flight.is_none())?;
        self.looks_through()?;
        let half_height = 0.5 * through.slope / self.optics.slope();
        Some([(half_height * through.aspect?) as f32, half_height as f32])
    }

    /// `delta` in points, as the pointer moved.
    pub fn orbit(&mut self, delta: Vec2) {
        if delta == Vec2::ZERO {
            return;
        }
        self.take_over();
        self.flatten_for_now(false);
        let turn = TURN_PER_POINT * delta.as_dvec2();
        self.stand = self.stand.turned(-turn.x, turn.y);
    }

    /// Moves the picture with the pointer: what was under it stays under it.
    pub fn pan(&mut self, delta: Vec2) {
        if delta == Vec2::ZERO {
            return;
        }
        self.take_over();
        let [right, up, _] = self.stand.axes();
        let per_point = 2.0 * self.pose().half_height() / f64::from(self.size[1]);
        self.stand.target += per_point * (f64::from(delta.y) * up - f64::from(delta.x) * right);
    }

    /// `steps` of the wheel in points, positive to come closer; `at` in points from the picture's
    /// top left corner stays where it is.
    pub fn zoom(&mut self, steps: f32, at: Vec2) {
        self.take_over();
        self.tell_three_d();
        let pixel = PhysicalPoint { x: at.x, y: self.size[1] - at.y };
        let (from, along) =
            (self.camera.position_at_pixel(pixel), self.camera.view_direction_at_pixel(pixel));
        let (from, along) = (glam(from), glam(along));
        let forward = glam(self.camera.view_direction());
        let reach = self.stand.distance as f32 / along.dot(forward).max(0.1);
        self.zooming.target = cg(from + reach * along);
        self.zooming.min_distance = self.nearest() as f32;
        self.zooming.max_distance = self.farthest() as f32;
        let mut events = [Event::MouseWheel {
            delta: (0.0, 0.35 * steps),
            position: pixel,
            modifiers: Modifiers::default(),
            handled: false,
        }];
        self.zooming.handle_events(&mut self.camera, &mut events);
        let (eye, target) = (glam(self.camera.position()), glam(self.camera.target()));
        self.stand.target = self.origin + target.as_dvec3();
        self.stand.distance = f64::from(eye.distance(target)).max(1e-9);
    }

    /// Moves along a running flight. True while there is more to come.
    pub fn step(&mut self, now: Instant) -> bool {
        let Some(flight) = &self.flight else { return false };
        let (stand, is_over) = flight.at(now);
        self.stand = stand;
        if is_over {
            self.flight = None;
        }
        !is_over
    }

    fn take_over(&mut self) {
        self.flight = None;
        self.is_chosen = true;
    }

    fn fly_to(&mut self, to: Stand, now: Instant) {
        self.is_chosen = true;
        self.walk = None;
        self.flight = Some(Flight { from: self.stand, to, started: now });
    }

    /// Where a running flight leads, so that a key pressed twice counts twice.
    fn destination(&self) -> Stand {
        self.flight.as_ref().map_or(self.stand, |flight| flight.to)
    }

    fn flatten_for_now(&mut self, is_flat: bool) {
        match (is_flat, self.optics.projection) {
            (true, Projection::Perspective) => {
                self.optics.projection = Projection::Orthographic;
                self.is_flat_for_now = true;
            }
            (false, Projection::Orthographic) if self.is_flat_for_now => {
                self.optics.projection = Projection::Perspective;
                self.is_flat_for_now = false;
            }
            _ => {}
        }
    }

    fn nearest(&self) -> f64 {
        0.002 * self.subject.radius
    }

    fn farthest(&self) -> f64 {
        60.0 * self.subject.radius
    }

    fn tell_three_d(&mut self) {
        let Pose { eye, target, up, .. } = self.pose();
        let fov = Radians { 0: self.optics.fov_y_radians() as f32 };
        match self.optics.projection {
            Projection::Perspective => self.camera.set_perspective_projection(fov, 0.01, 100.0),
            // three-d states the height at a distance of one.
            Projection::Orthographic => {
                self.camera.set_orthographic_projection(2.0 * self.optics.slope() as f32, 0.01, 100.0);
            }
        }
        let [eye, target] = [eye, target].map(|p| cg((p - self.origin).as_vec3()));
        self.camera.set_view(eye, target, cg(up.as_vec3()));
    }
}

fn cg(v: Vec3) -> three_d::Vec3 {
    three_d::vec3(v.x, v.y, v.z)
}

fn glam(v: three_d::Vec3) -> Vec3 {
    Vec3::new(v.x, v.y, v.z)
}

#[cfg(test)]
mod tests;
