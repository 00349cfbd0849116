//! Where a prim stands: its stack of transform operations (UsdGeomXformable).

use glam::{DMat4, DQuat, DVec3};
use openusd::sdf::{TimeSampleMap, Value};
use scene::Transform;

use super::object::Object;
use super::value;

/// The operations of one prim, outermost first.
pub(super) struct Xform {
    ops: Vec<Op>,
    /// The prim stands in the world, wherever its parent is.
    pub(super) resets: bool,
}

struct Op {
    kind: Kind,
    is_inverted: bool,
    /// Sorted by time; one without time where nothing moves.
    samples: Vec<(f64, Operand)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Translate,
    Scale,
    Orient,
    /// Axes in the order in which they are applied.
    Rotate([Axis; 3]),
    Transform,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    X,
    Y,
    Z,
}

#[derive(Clone, Copy)]
enum Operand {
    Vector(DVec3),
    Quat(DQuat),
    Matrix(DMat4),
}

impl Xform {
    /// Operations that are named in the order but not there, or of no known kind, do nothing, as
    /// the specification says.
    pub(super) fn read(object: &Object) -> Self {
        let order = object.tokens("xformOpOrder").unwrap_or_default();
        let resets = order.first().is_some_and(|op| op == "!resetXformStack!");
        Self { ops: order.iter().filter_map(|name| Op::read(object, name)).collect(), resets }
    }

    pub(super) fn matrix(&self, time: f64) -> DMat4 {
        self.ops.iter().fold(DMat4::IDENTITY, |matrix, op| matrix * op.matrix(time))
    }

    /// Moments between which the transform may be blended; fewer than two where nothing moves.
    /// Turns of more than a quarter are split, because a blend of two rotations takes the short
    /// way round.
    pub(super) fn times(&self) -> Vec<f64> {
        let mut times: Vec<f64> = Vec::new();
        for op in self.ops.iter().filter(|op| op.samples.len() > 1) {
            times.extend(op.samples.iter().map(|(time, _)| *time));
            for pair in op.samples.windows(2) {
                let [(from, a), (to, b)] = pair else { continue };
                if let (Kind::Rotate(_), Operand::Vector(a), Operand::Vector(b)) = (op.kind, a, b) {
                    let n = ((*b - *a).abs().max_element() / 90.0).ceil().clamp(1.0, 64.0) as usize;
                    times.extend((1..n).map(|i| from + (to - from) * i as f64 / n as f64));
                }
            }
        }
        times.retain(|time| time.is_finite());
        times.sort_by(f64::total_cmp);
        times.dedup();
        times
    }
}

impl Op {
    fn read(object: &Object, name: &str) -> Option<Self> {
        let (is_inverted, name) = match name.strip_prefix("!invert!") {
            Some(name) => (true, name),
            None => (false, name),
        };
        let word = name.strip_prefix("xformOp:")?.split(':').next()?;
        let (kind, axis) = kind_of(word)?;
        let operand = |value: &Value| operand_of(kind, axis, value);
        let samples: TimeSampleMap = match object.samples(name) {
            Some(samples) => samples,
            None => vec![(0.0, object.value(name)?)],
        };
        let samples: Vec<_> = samples.iter().filter_map(|(time, v)| Some((*time, operand(v)?))).collect();
        (!samples.is_empty()).then_some(Self { kind, is_inverted, samples })
    }

    fn matrix(&self, time: f64) -> DMat4 {
        let matrix = match self.at(time) {
            Operand::Matrix(matrix) => matrix,
            Operand::Quat(quat) => DMat4::from_quat(quat.normalize()),
            Operand::Vector(v) => match self.kind {
                Kind::Translate => DMat4::from_translation(v),
                Kind::Scale => DMat4::from_scale(v),
                Kind::Rotate(axes) => axes.iter().fold(DMat4::IDENTITY, |matrix, axis| {
                    let rotation = match axis {
                        Axis::X => DMat4::from_rotation_x(v.x.to_radians()),
                        Axis::Y => DMat4::from_rotation_y(v.y.to_radians()),
                        Axis::Z => DMat4::from_rotation_z(v.z.to_radians()),
                    };
                    rotation * matrix
                }),
                Kind::Orient | Kind::Transform => DMat4::IDENTITY,
            },
        };
        if !self.is_inverted {
            return matrix;
        }
        let inverse = matrix.inverse();
        if inverse.is_finite() { inverse } else { DMat4::IDENTITY }
    }

    fn at(&self, time: f64) -> Operand {
        let after = self.samples.partition_point(|(t, _)| *t <= time);
        let before = self.samples[after.saturating_sub(1)];
        let Some(&(to, next)) = self.samples.get(after).filter(|_| after > 0) else { return before.1 };
        let part = (time - before.0) / (to - before.0);
        match (before.1, next) {
            (Operand::Vector(a), Operand::Vector(b)) => Operand::Vector(a.lerp(b, part)),
            (Operand::Quat(a), Operand::Quat(b)) => Operand::Quat(a.normalize().slerp(b.normalize(), part)),
            (Operand::Matrix(a), Operand::Matrix(b)) => Operand::Matrix(a * (1.0 - part) + b * part),
            (a, _) => a,
        }
    }
}

/// The kind, and the one axis of kinds such as `rotateX`.
fn kind_of(word: &str) -> Option<(Kind, Option<Axis>)> {
    use Axis::{X, Y, Z};
    Some(match word {
        "translate" => (Kind::Translate, None),
        "translateX" => (Kind::Translate, Some(X)),
        "translateY" => (Kind::Translate, Some(Y)),
        "translateZ" => (Kind::Translate, Some(Z)),
        "scale" => (Kind::Scale, None),
        "scaleX" => (Kind::Scale, Some(X)),
        "scaleY" => (Kind::Scale, Some(Y)),
        "scaleZ" => (Kind::Scale, Some(Z)),
        "orient" => (Kind::Orient, None),
        "transform" => (Kind::Transform, None),
        "rotateX" => (Kind::Rotate([X, Y, Z]), Some(X)),
        "rotateY" => (Kind::Rotate([X, Y, Z]), Some(Y)),
        "rotateZ" => (Kind::Rotate([X, Y, Z]), Some(Z)),
        "rotateXYZ" => (Kind::Rotate([X, Y, Z]), None),
        "rotateXZY" => (Kind::Rotate([X, Z, Y]), None),
        "rotateYXZ" => (Kind::Rotate([Y, X, Z]), None),
        "rotateYZX" => (Kind::Rotate([Y, Z, X]), None),
        "rotateZXY" => (Kind::Rotate([Z, X, Y]), None),
        "rotateZYX" => (Kind::Rotate([Z, Y, X]), None),
        _ => return None,
    })
}

fn operand_of(kind: Kind, axis: Option<Axis>, value: &Value) -> Option<Operand> {
    match (kind, axis) {
        (Kind::Transform, _) => value::matrix(value).map(Operand::Matrix),
        (Kind::Orient, _) => value::quat(value).map(Operand::Quat),
        (_, None) => value::vec3(value).map(Operand::Vector),
        (_, Some(axis)) => {
            let number = value::number(value)?;
            let mut vector = if kind == Kind::Scale { DVec3::ONE } else { DVec3::ZERO };
            match axis {
                Axis::X => vector.x = number,
                Axis::Y => vector.y = number,
                Axis::Z => vector.z = number,
            }
            Some(Operand::Vector(vector))
        }
    }
}

/// As translation, rotation and scale where that loses nothing, as animation and editing want it.
pub(super) fn transform_of(matrix: DMat4) -> Transform {
    let trs = decompose(matrix);
    let loss = (trs.matrix().as_mat4() - matrix.as_mat4()).abs_diff_eq(
        glam::Mat4::ZERO,
        1e-5 * (1.0 + matrix.as_mat4().to_cols_array().iter().fold(0.0_f32, |m, v| m.max(v.abs()))),
    );
    if loss { trs } else { Transform::Matrix(matrix.as_mat4()) }
}

/// The nearest translation, rotation and scale; what shear there is gets lost.
pub(super) fn decompose(matrix: DMat4) -> Transform {
    let (scale, rotation, translation) = matrix.to_scale_rotation_translation();
    if !(scale.is_finite() && rotation.is_finite() && translation.is_finite()) {
        let translation = if translation.is_finite() { translation.as_vec3() } else { glam::Vec3::ZERO };
        // A scale of zero has no rotation to find.
        let scale = if scale.is_finite() { scale.as_vec3() } else { glam::Vec3::ZERO };
        return Transform::Trs { translation, rotation: glam::Quat::IDENTITY, scale };
    }
    Transform::Trs {
        translation: translation.as_vec3(),
        rotation: rotation.as_quat().normalize(),
        scale: scale.as_vec3(),
    }
}
