//! ufbx's numbers as ours: double to single precision, V turned to a top-left origin.

use glam::{DMat4, DVec4, Mat4, Quat, Vec2, Vec3, Vec4};
use scene::Transform;

pub(super) fn vec3_of(v: ufbx::Vec3) -> Vec3 {
    Vec3::new(v.x as f32, v.y as f32, v.z as f32)
}

pub(super) fn vec4_of(v: ufbx::Vec4) -> Vec4 {
    Vec4::new(v.x as f32, v.y as f32, v.z as f32, v.w as f32)
}

pub(super) fn quat_of(q: ufbx::Quat) -> Quat {
    Quat::from_xyzw(q.x as f32, q.y as f32, q.z as f32, q.w as f32)
}

/// FBX counts V from the bottom, a scene from the top.
pub(super) fn uv_of(v: ufbx::Vec2) -> Vec2 {
    Vec2::new(v.x as f32, 1.0 - v.y as f32)
}

pub(super) fn matrix_of(m: &ufbx::Matrix) -> DMat4 {
    DMat4::from_cols(
        DVec4::new(m.m00, m.m10, m.m20, 0.0),
        DVec4::new(m.m01, m.m11, m.m21, 0.0),
        DVec4::new(m.m02, m.m12, m.m22, 0.0),
        DVec4::new(m.m03, m.m13, m.m23, 1.0),
    )
}

/// `None` when the numbers make no matrix.
pub(super) fn finite_matrix(m: &ufbx::Matrix) -> Option<Mat4> {
    let matrix = matrix_of(m).as_mat4();
    matrix.is_finite().then_some(matrix)
}

/// `None` when the numbers make no transform.
pub(super) fn transform_of(t: &ufbx::Transform) -> Option<Transform> {
    let (translation, rotation, scale) = (vec3_of(t.translation), quat_of(t.rotation), vec3_of(t.scale));
    let is_sound = translation.is_finite() && scale.is_finite() && rotation.length_squared().is_normal();
    is_sound.then_some(Transform::Trs { translation, rotation, scale })
}
