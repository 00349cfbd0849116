//! The walker's part of the camera: three-d's fly control, told in metres.

use glam::{DVec3, Vec2};
use render::INDOORS_MM;
use scene::Aabb;
use three_d::{Event, Modifiers, MouseButton, PhysicalPoint};

use super::{OrbitCamera, Pose, Projection, Stand, Step, Walk, glam};
use crate::viewport::walk;

impl OrbitCamera {
    pub fn walk(&self) -> Option<&Walk> {
        self.walk.as_ref()
    }

    /// Begins to walk from where the eye is.
    pub fn start_walking(&mut self) {
        self.walk_in(self.subject.bounds);
    }

    /// Begins to walk in a room, at a place of it.
    pub(crate) fn start_walking_in(&mut self, room: &Aabb, place: Option<Stand>) {
        let azimuth = self.stand.angle.azimuth_radians;
        self.walk_in(*room);
        self.stand = place.unwrap_or_else(|| walk::stand_in(room, azimuth));
        self.lens_outdoors_mm.get_or_insert(self.optics.focal_length_mm);
        self.optics = self.optics.with_focal_length(INDOORS_MM);
    }

    pub(crate) fn is_within(&self, room: &Aabb) -> bool {
        let eye = self.pose().eye;
        eye.cmpge(room.min).all() && eye.cmple(room.max).all()
    }

    fn walk_in(&mut self, place: Aabb) {
        self.take_over();
        self.flatten_for_now(false);
        self.optics.projection = Projection::Perspective;
        self.walk = Some(Walk::in_a_place_of(&place));
    }

    pub fn stop_walking(&mut self) -> bool {
        self.walk.take().is_some()
    }

    pub fn change_walking_speed(&mut self, steps: f32) {
        if let Some(walk) = &mut self.walk {
            walk.change_speed(steps);
        }
    }

    /// One frame of walking.
    pub fn walk_on(&mut self, step: &Step) {
        let Some(walk) = &self.walk else { return };
        let moved = walk.moved(step);
        self.tell_three_d();
        let motion = |button, delta: Vec2| Event::MouseMotion {
            button: Some(button),
            delta: (delta.x, delta.y),
            position: PhysicalPoint { x: 0.0, y: 0.0 },
            modifiers: Modifiers::default(),
            handled: false,
        };
        // three-d drags the world; a walker turns the head.
        let mut events = [
            motion(MouseButton::Left, -step.look),
            motion(MouseButton::Right, Vec2::new(-moved.x, moved.y)),
            Event::MouseWheel {
                delta: (0.0, moved.z),
                position: PhysicalPoint { x: 0.0, y: 0.0 },
                modifiers: Modifiers::default(),
                handled: false,
            },
        ];
        self.walking.handle_events(&mut self.camera, &mut events);
        let [eye, target] =
            [self.camera.position(), self.camera.target()].map(|p| self.origin + glam(p).as_dvec3());
        self.stand = Stand::of(&Pose { eye, target, up: DVec3::Y, optics: self.optics });
    }
}
