//! Which samples a triangle may touch.

use glam::{Mat4, UVec2, Vec2, Vec3};
use rayon::prelude::*;

use super::CHUNK;
use crate::View;
use crate::gpu_scene::{Cull, Part};
use crate::vertex::PlainVertex;

/// Rasterisers round corners to at least this part of a sample.
const SNAP: f32 = 1.0 / 128.0;
/// Roundings on the way from a corner's position to its place in the picture, ours and the device's.
const N_ROUNDINGS: f32 = 24.0;
/// A margin that would keep most triangles anyway.
const LARGEST_MARGIN: f32 = 0.5;
/// Samples along a side from which on a triangle is drawn without a second look.
const MANY: u32 = 6;

/// A part as the picture shows it.
pub(super) struct Sieve {
    /// To places in the picture times w, w, and the distance along the line of sight.
    picture_from_object: Mat4,
    near: f32,
    /// In samples.
    size: Vec2,
    /// How far a corner may be from where it was computed, in samples.
    margin: f32,
    cull: Cull,
}

/// Of vertices: samples from the upper left corner, and the distance along the line of sight. NaN in
/// front of the near plane.
pub(super) struct Places(Vec<Vec3>);

impl Places {
    #[inline]
    pub(super) fn corners(&self, [a, b, c]: [u32; 3]) -> [Vec3; 3] {
        match (self.0.get(a as usize), self.0.get(b as usize), self.0.get(c as usize)) {
            (Some(a), Some(b), Some(c)) => [*a, *b, *c],
            _ => [Vec3::NAN; 3],
        }
    }
}

/// The samples that a triangle may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footprint {
    None,
    Few,
    /// Many, or nobody knows.
    Any,
}

impl Sieve {
    /// `None` when floats cannot tell the part's corners apart.
    pub(super) fn new(view: &View, size: [u32; 2], part: &Part, cull: Cull) -> Option<Self> {
        let size = UVec2::from(size).as_vec2();
        let half = 0.5 * size.as_dvec2();
        let view_from_object = view.view_from_world() * part.world_from_object;
        let clip = view.clip_from_view() * view_from_object;
        let [x, y, w] = [clip.row(0), clip.row(1), clip.row(3)];
        let rows = [half.x * (w + x), half.y * (w - y), w, -view_from_object.row(2)];
        // The largest numbers that meet on the way of a corner.
        let bounds = &part.bounds;
        let reach = (bounds.center.abs() + bounds.half).as_dvec3().extend(1.0);
        let of_places = rows[..2].iter().map(|row| row.abs().dot(reach)).fold(0.0, f64::max);
        let of_w = 2.0 * half.max_element() * w.abs().dot(reach);
        let least_w = if view.is_orthographic() { 1.0 } else { view.near };
        let rounding = f64::from(f32::EPSILON * N_ROUNDINGS) * of_places.max(of_w) / least_w;
        let margin = SNAP + rounding as f32;
        (margin < LARGEST_MARGIN).then(|| Self {
            picture_from_object: Mat4::from_cols_array_2d(&rows.map(|row| row.as_vec4().to_array()))
                .transpose(),
            near: (view.near * 1.0001) as f32,
            size,
            margin,
            cull,
        })
    }

    pub(super) fn places(&self, vertices: &[PlainVertex]) -> Places {
        let place = |vertex: &PlainVertex| {
            let position = Vec3::from(vertex.position).extend(1.0);
            let [x, y, w, distance] = (self.picture_from_object * position).to_array();
            if distance > self.near { Vec3::new(x / w, y / w, distance) } else { Vec3::NAN }
        };
        Places(vertices.par_iter().with_min_len(CHUNK).map(place).collect())
    }

    /// Of few samples `touch` is told column, row, and whether the triangle covers it for certain.
    #[inline]
    pub(super) fn footprint(&self, corners: [Vec3; 3], mut touch: impl FnMut(u32, u32, bool)) -> Footprint {
        let [a, b, c] = corners.map(Vec3::truncate);
        let area = (b - a).perp_dot(c - a);
        // Cut by the near plane, or broken.
        if !area.is_finite() {
            return Footprint::Any;
        }
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        let margin = self.margin;
        let unsure = margin * (3.0 * (high.x - low.x + high.y - low.y) + 4.0 * margin);
        // Rows run down, so that what is wound counter-clockwise has a negative area.
        let is_turned_away = match self.cull {
            Cull::None => false,
            Cull::Back => area > unsure,
            Cull::Front => area < -unsure,
        };
        if is_turned_away {
            return Footprint::None;
        }
        // Cut by the picture's border and rounded anew there.
        if low.x < 1.0 || low.y < 1.0 || high.x > self.size.x - 1.0 || high.y > self.size.y - 1.0 {
            let is_outside = high.x < -margin
                || high.y < -margin
                || low.x > self.size.x + margin
                || low.y > self.size.y + margin;
            return if is_outside { Footprint::None } else { Footprint::Any };
        }
        // Samples lie in the middle of their squares. All numbers are positive: a cast rounds down.
        let [left, top] = [low.x, low.y].map(|low| (low + (0.5 - margin)) as u32);
        let [right, bottom] = [high.x, high.y].map(|high| (high + (0.5 + margin)) as u32);
        if left == right || top == bottom {
            return Footprint::None;
        }
        if right - left > MANY || bottom - top > MANY || area.abs() <= unsure {
            return Footprint::Any;
        }
        let turned = area.signum();
        let edges = [(a, b), (b, c), (c, a)].map(|(from, to)| {
            let along = (to - from) * turned;
            (from, along, 2.0 * margin * (along.x.abs() + along.y.abs()))
        });
        let mut found = Footprint::None;
        for row in top..bottom {
            for column in left..right {
                let sample = Vec2::new(column as f32 + 0.5, row as f32 + 0.5);
                let (mut may_touch, mut covers) = (true, true);
                for (from, along, unsure) in edges {
                    let inside = along.perp_dot(sample - from);
                    may_touch &= inside >= -unsure;
                    covers &= inside > unsure;
                }
                if may_touch {
                    found = Footprint::Few;
                    touch(column, row, covers);
                }
            }
        }
        found
    }
}
