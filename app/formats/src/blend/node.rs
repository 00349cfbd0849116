//! Objects and where they stand. Blender counts Z upward; what comes out is Y up.

use glam::{DMat4, DQuat, DVec3, Mat4, Vec3};
use scene::Transform;

use super::record::Record;

/// `yup_from_zup`.
pub(super) const Y_UP: DMat4 = DMat4::from_cols_array(&[
    1.0, 0.0, 0.0, 0.0, //
    0.0, 0.0, -1.0, 0.0, //
    0.0, 1.0, 0.0, 0.0, //
    0.0, 0.0, 0.0, 1.0,
]);

pub(super) fn y_up(point: Vec3) -> Vec3 {
    Vec3::new(point.x, point.z, -point.y)
}

/// Chains of parents longer than this are circles.
const MAX_PARENTS: usize = 1000;

const PARENTED_TO_BONE: i64 = 7;

/// `world_from_object` in Blender's axes, worked out from the object's own values and its parents'.
/// What constraints did to it only the file remembers, as far as its Blender wrote that down.
pub(super) fn world_from_object(object: &Record<'_>) -> DMat4 {
    let mut chain = Vec::new();
    let mut at = Some(*object);
    let mut world = DMat4::IDENTITY;
    while let Some(object) = at {
        if object.list("constraints").next().is_some()
            && let Some(remembered) = remembered(&object)
        {
            world = remembered;
            break;
        }
        chain.push(object);
        at = object.follow("parent").filter(|_| chain.len() < MAX_PARENTS);
    }
    chain.iter().rev().fold(world, |world, object| world * parent_from_object(object))
}

/// Written with the object until 4.0.
fn remembered(object: &Record<'_>) -> Option<DMat4> {
    let matrix = matrix(object, "obmat")?;
    (matrix.is_finite() && matrix.w_axis.w != 0.0).then_some(matrix)
}

pub(super) fn matrix(record: &Record<'_>, name: &str) -> Option<DMat4> {
    record.floats::<16>(name).map(|values| Mat4::from_cols_array(&values).as_dmat4())
}

fn parent_from_object(object: &Record<'_>) -> DMat4 {
    let vector =
        |name, default: DVec3| object.floats::<3>(name).map_or(default, |v| DVec3::from(v.map(f64::from)));
    let translation = vector("loc", DVec3::ZERO) + vector("dloc", DVec3::ZERO);
    let scale = vector("size", DVec3::ONE) * vector("dscale", DVec3::ONE);
    let local = DMat4::from_scale_rotation_translation(scale, rotation(object), translation);
    if object.address("parent") == 0 {
        return local;
    }
    let inverse = matrix(object, "parentinv").filter(DMat4::is_finite).unwrap_or(DMat4::IDENTITY);
    let bone = if object.int("partype") == Some(PARENTED_TO_BONE) { parent_bone(object) } else { None };
    bone.unwrap_or(DMat4::IDENTITY) * inverse * local
}

fn rotation(object: &Record<'_>) -> DQuat {
    let turn = |axis: char, angle: f64| match axis {
        'x' => DQuat::from_rotation_x(angle),
        'y' => DQuat::from_rotation_y(angle),
        _ => DQuat::from_rotation_z(angle),
    };
    let order = match object.int("rotmode").unwrap_or(1) {
        0 => {
            let quat = |name| {
                let [w, x, y, z] = object.floats::<4>(name)?.map(f64::from);
                let quat = DQuat::from_xyzw(x, y, z, w);
                (quat.length_squared() > 1e-12 && quat.is_finite()).then(|| quat.normalize())
            };
            return quat("dquat").unwrap_or_default() * quat("quat").unwrap_or_default();
        }
        -1 => {
            let axis = DVec3::from(object.floats::<3>("rotAxis").unwrap_or_default().map(f64::from));
            let angle = f64::from(object.float("rotAngle").unwrap_or(0.0));
            return axis.try_normalize().map_or(DQuat::IDENTITY, |axis| DQuat::from_axis_angle(axis, angle));
        }
        2 => "xzy",
        3 => "yxz",
        4 => "yzx",
        5 => "zxy",
        6 => "zyx",
        _ => "xyz",
    };
    let euler = |name| {
        let angles = object.floats::<3>(name).unwrap_or_default().map(f64::from);
        // The axis named first turns first.
        order.chars().fold(DQuat::IDENTITY, |all, axis| {
            let angle = angles[axis as usize - 'x' as usize];
            turn(axis, if angle.is_finite() { angle } else { 0.0 }) * all
        })
    };
    euler("drot") * euler("rot")
}

/// `parent_from_bone` at the tail of the bone, where a child of a bone hangs.
fn parent_bone(object: &Record<'_>) -> Option<DMat4> {
    let name = object.text("parsubstr");
    let pose = object.follow("parent")?.follow("pose")?;
    let channel = pose.list("chanbase").find(|channel| channel.text("name") == name)?;
    let posed = matrix(&channel, "pose_mat").filter(|m| m.is_finite() && m.determinant() != 0.0);
    let (mut at_head, tail) = match posed {
        Some(posed) => (posed, channel.floats::<3>("pose_tail")?),
        // Never posed yet.
        None => {
            let bone = channel.follow("bone")?;
            (matrix(&bone, "arm_mat")?, bone.floats::<3>("arm_tail")?)
        }
    };
    at_head.w_axis = DVec3::from(tail.map(f64::from)).extend(1.0);
    Some(at_head)
}

/// A node's transform relative to its parent; none can be found below a parent of size zero.
pub(super) fn relative(world_from_parent: DMat4, world_from_node: DMat4) -> Option<Transform> {
    let parent_from_world = world_from_parent.inverse();
    let parent_from_node = Y_UP * parent_from_world * world_from_node * Y_UP.inverse();
    let is_sound = world_from_parent.determinant().abs() > 1e-18 && parent_from_node.is_finite();
    is_sound.then(|| transform(parent_from_node))
}

/// Taken apart where that loses nothing.
fn transform(matrix: DMat4) -> Transform {
    let (scale, rotation, translation) = matrix.to_scale_rotation_translation();
    let again = DMat4::from_scale_rotation_translation(scale, rotation, translation);
    let size = matrix.to_cols_array().iter().fold(0.0, |max: f64, v| max.max(v.abs()));
    if rotation.is_finite() && again.abs_diff_eq(matrix, 1e-6 * size.max(1e-6)) {
        let [translation, scale] = [translation, scale].map(|v| v.as_vec3());
        return Transform::Trs { translation, rotation: rotation.as_quat(), scale };
    }
    Transform::Matrix(matrix.as_mat4())
}
