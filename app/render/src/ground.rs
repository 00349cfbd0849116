//! Where the floor is in a picture. Twin of `Ground` in shaders/common/picture.wgsl, with the same
//! look-up for pictures that are put together on the processor.

use glam::{Vec2, Vec3};

use crate::View;
use crate::gpu_scene::{Floor, N_FLOOR_CELLS};

/// Rays of the picture relative to the middle of the floor's map, world axes, in half sides of it.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct Ground {
    /// w: 1 for an orthographic lens.
    pub eye: [f32; 4],
    /// To the right border of the picture.
    pub right: [f32; 4],
    /// To the upper border.
    pub up: [f32; 4],
    /// w: how dark the floor may become, 0 to leave it alone.
    pub forward: [f32; 4],
}

/// What the floor's darkness takes from the background at most.
const STRENGTH: f32 = 0.92;

impl Ground {
    pub(crate) const NONE: Self = Self { eye: [0.0; 4], right: [0.0; 4], up: [0.0; 4], forward: [0.0; 4] };

    pub(crate) fn new(view: &View, floor: &Floor) -> Self {
        let rows = view.view_from_world_rotation().transpose();
        let [half_width, half_height] = view.half_extent();
        let is_orthographic = view.is_orthographic();
        // A ray's direction has no length; a place has.
        let scale = if is_orthographic { 1.0 / floor.half_side } else { 1.0 };
        let eye = ((view.eye - floor.center) / floor.half_side).as_vec3();
        if !eye.is_finite() {
            return Self::NONE;
        }
        Self {
            eye: eye.extend(f32::from(u8::from(is_orthographic))).into(),
            right: (rows.x_axis * half_width * scale).as_vec3().extend(0.0).into(),
            up: (rows.y_axis * half_height * scale).as_vec3().extend(0.0).into(),
            forward: (-rows.z_axis).as_vec3().extend(STRENGTH).into(),
        }
    }

    /// What is left of the background's light at a point of the picture, -1..1 to the right and up.
    pub(crate) fn light(&self, at: Vec2, darkness: &[u8]) -> f32 {
        let [eye, right, up, forward] =
            [self.eye, self.right, self.up, self.forward].map(|v| Vec3::new(v[0], v[1], v[2]));
        let aside = right * at.x + up * at.y;
        let is_orthographic = self.eye[3] > 0.5;
        let (origin, direction) =
            if is_orthographic { (eye + aside, forward) } else { (eye, forward + aside) };
        let steepness = -direction.y * direction.length_recip();
        if self.forward[3] == 0.0 || origin.y <= 0.0 || steepness < 0.02 {
            return 1.0;
        }
        let hit = origin - direction * (origin.y / direction.y);
        let cell = (Vec2::new(hit.x, hit.z) * 0.5 + 0.5) * N_FLOOR_CELLS as f32 - 0.5;
        let t = ((steepness - 0.02) / 0.16).clamp(0.0, 1.0);
        1.0 - self.forward[3] * t * t * (3.0 - 2.0 * t) * bilinear(darkness, cell)
    }
}

fn bilinear(darkness: &[u8], cell: Vec2) -> f32 {
    let first = cell.floor();
    let part = cell - first;
    let at = |dx: f32, dy: f32| {
        let (x, z) = (first.x + dx, first.y + dy);
        let last = N_FLOOR_CELLS as f32 - 1.0;
        if !(0.0..=last).contains(&x) || !(0.0..=last).contains(&z) {
            return 0.0;
        }
        darkness.get(z as usize * N_FLOOR_CELLS + x as usize).map_or(0.0, |&d| f32::from(d) / 255.0)
    };
    let upper = at(0.0, 0.0) * (1.0 - part.x) + at(1.0, 0.0) * part.x;
    let lower = at(0.0, 1.0) * (1.0 - part.x) + at(1.0, 1.0) * part.x;
    upper * (1.0 - part.y) + lower * part.y
}
