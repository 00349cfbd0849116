//! The crate's values as plain numbers and `glam` types, whatever precision they were written in.

use glam::{DMat4, DQuat, DVec3, Quat, Vec2, Vec3, Vec4};
use openusd::sdf::Value;

pub(super) fn number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Double(v) => *v,
        Value::Float(v) => f64::from(*v),
        Value::Half(v) => v.to_f64(),
        Value::Int(v) => f64::from(*v),
        Value::Uint(v) => f64::from(*v),
        Value::Int64(v) => *v as f64,
        Value::Uint64(v) => *v as f64,
        Value::Uchar(v) => f64::from(*v),
        Value::Bool(v) => f64::from(u8::from(*v)),
        Value::TimeCode(v) => v.0,
        _ => return None,
    })
}

/// The numbers of a vector, or a single one.
pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    Some(match value {
        Value::Vec2f(v) => vec![v.x.into(), v.y.into()],
        Value::Vec2d(v) => vec![v.x, v.y],
        Value::Vec2h(v) => vec![v.x.to_f64(), v.y.to_f64()],
        Value::Vec3f(v) => vec![v.x.into(), v.y.into(), v.z.into()],
        Value::Vec3d(v) => vec![v.x, v.y, v.z],
        Value::Vec3h(v) => vec![v.x.to_f64(), v.y.to_f64(), v.z.to_f64()],
        Value::Vec4f(v) => vec![v.x.into(), v.y.into(), v.z.into(), v.w.into()],
        Value::Vec4d(v) => vec![v.x, v.y, v.z, v.w],
        Value::Vec4h(v) => vec![v.x.to_f64(), v.y.to_f64(), v.z.to_f64(), v.w.to_f64()],
        _ => vec![number(value)?],
    })
}

/// A colour or direction; of four numbers the first three, a single one thrice.
pub(super) fn vec3(value: &Value) -> Option<DVec3> {
    match *numbers(value)? {
        [x, y, z, ..] => Some(DVec3::new(x, y, z)),
        [x] => Some(DVec3::splat(x)),
        _ => None,
    }
}

pub(super) fn quat(value: &Value) -> Option<DQuat> {
    Some(match value {
        Value::Quatd(q) => DQuat::from_xyzw(q.x, q.y, q.z, q.w),
        Value::Quatf(q) => DQuat::from_xyzw(q.x.into(), q.y.into(), q.z.into(), q.w.into()),
        Value::Quath(q) => DQuat::from_xyzw(q.x.to_f64(), q.y.to_f64(), q.z.to_f64(), q.w.to_f64()),
        _ => return None,
    })
}

/// Row vectors there, column vectors here: the same sixteen numbers in the same order.
pub(super) fn matrix(value: &Value) -> Option<DMat4> {
    match value {
        Value::Matrix4d(m) => Some(DMat4::from_cols_array(&m.0)),
        _ => None,
    }
}

pub(super) fn matrices(value: Value) -> Option<Vec<DMat4>> {
    match value {
        Value::Matrix4dVec(list) => Some(list.iter().map(|m| DMat4::from_cols_array(&m.0)).collect()),
        _ => None,
    }
}

pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Token(v) => Some(v.as_str()),
        Value::String(v) => Some(v),
        Value::AssetPath(v) => Some(v.as_str()),
        _ => None,
    }
}

pub(super) fn tokens(value: Value) -> Option<Vec<String>> {
    match value {
        Value::TokenVec(list) => Some(list.into_iter().map(Into::into).collect()),
        Value::StringVec(list) => Some(list),
        _ => None,
    }
}

pub(super) fn ints(value: Value) -> Option<Vec<i64>> {
    match value {
        Value::IntVec(list) => Some(list.into_iter().map(i64::from).collect()),
        Value::UintVec(list) => Some(list.into_iter().map(i64::from).collect()),
        Value::Int64Vec(list) => Some(list),
        Value::Uint64Vec(list) => Some(list.into_iter().map(|v| v as i64).collect()),
        Value::UcharVec(list) => Some(list.into_iter().map(i64::from).collect()),
        _ => None,
    }
}

/// Indices; a negative one becomes one that is beyond every list.
pub(super) fn indices(value: Value) -> Option<Vec<u32>> {
    match value {
        Value::IntVec(list) => Some(list.into_iter().map(|i| u32::try_from(i).unwrap_or(u32::MAX)).collect()),
        other => Some(ints(other)?.into_iter().map(|i| u32::try_from(i).unwrap_or(u32::MAX)).collect()),
    }
}

pub(super) fn floats(value: Value) -> Option<Vec<f32>> {
    match value {
        Value::FloatVec(list) => Some(list),
        Value::DoubleVec(list) => Some(list.into_iter().map(|v| v as f32).collect()),
        Value::HalfVec(list) => Some(list.into_iter().map(|v| v.to_f32()).collect()),
        other => Some(vec![number(&other)? as f32]),
    }
}

pub(super) fn vec2s(value: Value) -> Option<Vec<Vec2>> {
    match value {
        Value::Vec2fVec(list) => Some(list.into_iter().map(|v| Vec2::new(v.x, v.y)).collect()),
        Value::Vec2dVec(list) => Some(list.into_iter().map(|v| Vec2::new(v.x as f32, v.y as f32)).collect()),
        Value::Vec2hVec(list) => {
            Some(list.into_iter().map(|v| Vec2::new(v.x.to_f32(), v.y.to_f32())).collect())
        }
        _ => None,
    }
}

pub(super) fn vec3s(value: Value) -> Option<Vec<Vec3>> {
    match value {
        Value::Vec3fVec(list) => Some(list.into_iter().map(|v| Vec3::new(v.x, v.y, v.z)).collect()),
        Value::Vec3dVec(list) => {
            Some(list.into_iter().map(|v| DVec3::new(v.x, v.y, v.z).as_vec3()).collect())
        }
        Value::Vec3hVec(list) => {
            Some(list.into_iter().map(|v| Vec3::new(v.x.to_f32(), v.y.to_f32(), v.z.to_f32())).collect())
        }
        other => Some(vec![vec3(&other)?.as_vec3()]),
    }
}

pub(super) fn vec4s(value: Value) -> Option<Vec<Vec4>> {
    match value {
        Value::Vec4fVec(list) => Some(list.into_iter().map(|v| Vec4::new(v.x, v.y, v.z, v.w)).collect()),
        other => Some(vec3s(other)?.into_iter().map(|v| v.extend(1.0)).collect()),
    }
}

pub(super) fn quats(value: Value) -> Option<Vec<Quat>> {
    match value {
        Value::QuatfVec(list) => {
            Some(list.into_iter().map(|q| Quat::from_xyzw(q.x, q.y, q.z, q.w)).collect())
        }
        Value::QuathVec(list) => {
            let quat = |q: openusd::gf::Quath| {
                Quat::from_xyzw(q.x.to_f32(), q.y.to_f32(), q.z.to_f32(), q.w.to_f32())
            };
            Some(list.into_iter().map(quat).collect())
        }
        Value::QuatdVec(list) => {
            Some(list.into_iter().map(|q| DQuat::from_xyzw(q.x, q.y, q.z, q.w).as_quat()).collect())
        }
        _ => None,
    }
}
