//! What of a scene can be in the picture.

use glam::{DMat4, DVec4, Vec3, Vec4};

use crate::View;

/// A box in object space. An infinite one is never culled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ObjectBox {
    pub center: Vec3,
    /// Half its sides.
    pub half: Vec3,
}

impl ObjectBox {
    pub(crate) const EVERYWHERE: Self = Self { center: Vec3::ZERO, half: Vec3::INFINITY };

    pub(crate) fn around(points: impl Iterator<Item = Vec3>) -> Self {
        let (low, high) = points.fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(l, h), p| (l.min(p), h.max(p)));
        if low.x > high.x {
            return Self { center: Vec3::ZERO, half: Vec3::ZERO };
        }
        // Halved first: the sum of two large floats may be infinite.
        Self { center: 0.5 * low + 0.5 * high, half: 0.5 * high - 0.5 * low }
    }

    /// Of the sphere around it.
    pub(crate) fn radius(&self) -> f32 {
        self.half.length()
    }
}

/// Rows of a picture as parts of its height, from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rows {
    pub top: f64,
    pub bottom: f64,
}

impl Rows {
    pub(crate) const ALL: Self = Self { top: 0.0, bottom: 1.0 };
}

/// The planes around what `rows` of a view show; world space, positive inside.
pub(crate) struct Frustum {
    planes: [DVec4; 5],
}

impl Frustum {
    pub(crate) fn of(view: &View, rows: Rows) -> Self {
        let clip = view.clip_from_world();
        let [x, y, z, w] = [clip.row(0), clip.row(1), clip.row(2), clip.row(3)];
        let [high, low] = [1.0 - 2.0 * rows.top, 1.0 - 2.0 * rows.bottom];
        // Reversed Z: what is nearer than `near` has z above w. Nothing is too far.
        Self { planes: [w + x, w - x, w * high - y, y - w * low, w - z] }
    }

    pub(crate) fn in_object(&self, world_from_object: &DMat4) -> ObjectFrustum {
        let object_from_plane = world_from_object.transpose();
        ObjectFrustum { planes: self.planes.map(|plane| (object_from_plane * plane).as_vec4()) }
    }
}

pub(crate) struct ObjectFrustum {
    planes: [Vec4; 5],
}

impl ObjectFrustum {
    /// False only when the whole box lies outside of one plane. True for whatever is not a number.
    pub(crate) fn sees(&self, bounds: &ObjectBox) -> bool {
        !self.planes.iter().any(|plane| {
            let normal = plane.truncate();
            let reach = normal.abs().dot(bounds.half);
            // A part in a million for what floats lose.
            normal.dot(bounds.center) + plane.w + reach * 1.000_001 < 0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lens;
    use glam::DVec3;

    fn view(lens: Lens) -> View {
        View {
            eye: DVec3::new(0.0, 0.0, 5.0),
            target: DVec3::ZERO,
            up: DVec3::Y,
            lens,
            near: 0.1,
            far: 10.0,
            aspect: 1.0,
        }
    }

    #[test]
    fn boxes_are_seen_in_the_picture_and_not_beside_it() {
        let lenses = [Lens::NORMAL, Lens::Orthographic { height: 3.6 }];
        for lens in lenses {
            let sees = |rows: Rows, center: DVec3| {
                let frustum = Frustum::of(&view(lens), rows);
                let object = frustum.in_object(&DMat4::from_translation(center));
                object.sees(&ObjectBox { center: Vec3::ZERO, half: Vec3::splat(0.1) })
            };
            assert!(sees(Rows::ALL, DVec3::ZERO));
            // At the target the picture is 3.6 metres wide.
            assert!(sees(Rows::ALL, 1.85 * DVec3::X) && !sees(Rows::ALL, 2.1 * DVec3::X));
            assert!(sees(Rows::ALL, -1.85 * DVec3::Y) && !sees(Rows::ALL, -2.1 * DVec3::Y));
            assert!(!sees(Rows::ALL, 6.0 * DVec3::Z), "behind the eye");
            let upper = Rows { top: 0.0, bottom: 0.25 };
            assert!(sees(upper, 1.5 * DVec3::Y) && !sees(upper, 0.5 * DVec3::Y));
            let frustum = Frustum::of(&view(lens), upper).in_object(&DMat4::IDENTITY);
            assert!(frustum.sees(&ObjectBox::EVERYWHERE));
        }
    }
}
