//! Which lamps throw shadows, and from where their maps look.

use glam::{DMat3, DVec3};
use scene::Aabb;

use crate::punctual::{PlacedLight, Shining};
use crate::{Lens, SENSOR_WIDTH_MM, View};

/// Of all lamps together; a lamp that shines all around has six. Twin of `MAX_LAMP_MAPS` in
/// shaders/common/punctual.wgsl.
pub(crate) const MAX_MAPS: usize = 12;
/// Triangles that a processor draws into all maps together.
const MAX_TRIANGLES_IN_SOFTWARE: usize = 4_000_000;
/// How much wider than a right angle each of six maps is, so that taps at its border find what is there.
const OVERLAP: f64 = 1.02;
/// Part of the scene around a lamp that throws no shadow of it: its bulb.
const BULB: f64 = 0.01;
/// Wider cones are cut.
const WIDEST_RADIANS: f64 = 1.4;

/// The maps of one lamp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seat {
    pub first: usize,
    pub n: usize,
    /// Metres that a texel covers at distance 1, or at any distance of a lamp without a place.
    pub texel: f64,
}

pub(crate) struct Seats {
    pub views: Vec<View>,
    /// In the order of the lights.
    pub of_lights: Vec<Option<Seat>>,
}

impl Seats {
    /// The brightest first, as `lights` are ordered, as long as there is room.
    pub(crate) fn of(lights: &[PlacedLight], bounds: &Aabb, n_triangles: usize, is_software: bool) -> Self {
        let room = if is_software { MAX_TRIANGLES_IN_SOFTWARE / n_triangles.max(1) } else { MAX_MAPS };
        let room = room.clamp(1, MAX_MAPS);
        let mut seats = Self { views: Vec::new(), of_lights: Vec::new() };
        for light in lights {
            let views = views_of(light, bounds);
            let fits = !views.is_empty() && seats.views.len() + views.len() <= room;
            seats.of_lights.push(fits.then_some(Seat {
                first: seats.views.len(),
                n: views.len(),
                texel: 0.0,
            }));
            if fits {
                seats.views.extend(views);
            }
        }
        let side = f64::from(seats.side_px());
        for seat in seats.of_lights.iter_mut().flatten() {
            seat.texel = seats.views.get(seat.first).map_or(0.0, |view| 2.0 * view.half_extent()[0] / side);
        }
        seats
    }

    /// Of each map.
    pub(crate) fn side_px(&self) -> u32 {
        if self.views.len() <= 4 { 1024 } else { 512 }
    }

    /// Of each map: from a place of the view to the lamp's clip space.
    pub(crate) fn clip_from_view(&self, view: &View) -> [[[f32; 4]; 4]; MAX_MAPS] {
        let world_from_view = view.view_from_world().inverse();
        let mut clip_from_view = [[[0.0; 4]; 4]; MAX_MAPS];
        for (matrix, lamp) in clip_from_view.iter_mut().zip(&self.views) {
            *matrix = (lamp.clip_from_world() * world_from_view).as_mat4().to_cols_array_2d();
        }
        clip_from_view
    }
}

fn views_of(light: &PlacedLight, bounds: &Aabb) -> Vec<View> {
    let size = bounds.size().length();
    if bounds.is_empty() || !size.is_finite() || size <= 0.0 {
        return Vec::new();
    }
    let (eye, ahead) = (light.position(), light.direction());
    let up = ahead.any_orthonormal_vector();
    let through = |ahead: DVec3, up: DVec3, slope: f64| View {
        eye,
        target: eye + ahead,
        up,
        lens: Lens::Perspective { focal_length_mm: 0.5 * SENSOR_WIDTH_MM / slope },
        near: BULB * size,
        far: 2.0 * size,
        aspect: 1.0,
    };
    match light.shining() {
        Shining::Along => vec![along(ahead, up, bounds, size)],
        Shining::Within { half_angle } => {
            vec![through(ahead, up, half_angle.min(WIDEST_RADIANS).tan() * OVERLAP)]
        }
        Shining::Around => {
            let axes = DMat3::IDENTITY;
            let sides = [axes.x_axis, axes.y_axis, axes.z_axis].into_iter().flat_map(|axis| [axis, -axis]);
            sides.map(|ahead| through(ahead, ahead.any_orthonormal_vector(), OVERLAP)).collect()
        }
    }
}

/// All of the scene as a lamp without a place sees it.
fn along(ahead: DVec3, up: DVec3, bounds: &Aabb, size: f64) -> View {
    let target = bounds.center();
    let right = ahead.cross(up);
    let reach =
        |axis: DVec3| bounds.corners().map(|p| (p - target).dot(axis).abs()).into_iter().fold(0.0, f64::max);
    let height = 2.02 * reach(right).max(reach(up)).max(1e-3 * size);
    View {
        eye: target - ahead * size,
        target,
        up,
        lens: Lens::Orthographic { height },
        near: 0.4 * size,
        far: 1.6 * size,
        aspect: 1.0,
    }
}
