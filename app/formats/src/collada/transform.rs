use glam::{DMat4, DQuat, DVec3};
use scene::Transform;

use super::document::{Document, Element};

/// One of the transforms that a node lists; they apply from the last to the first.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    /// What animations call it.
    pub(super) sid: &'a str,
    pub(super) kind: StepKind,
    /// As many as the kind has, as the file has them (degrees, row-major matrices).
    pub(super) values: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    Matrix,
    Translate,
    /// Axis and angle.
    Rotate,
    Scale,
    /// Eye, point of interest, up.
    LookAt,
    /// Angle, axis of rotation, axis of translation.
    Skew,
}

impl StepKind {
    fn of(tag: &str) -> Option<(Self, &'static [f64])> {
        const IDENTITY: [f64; 16] = DMat4::IDENTITY.to_cols_array();
        Some(match tag {
            "matrix" => (Self::Matrix, &IDENTITY),
            "translate" => (Self::Translate, &[0.0; 3]),
            "rotate" => (Self::Rotate, &[0.0, 0.0, 1.0, 0.0]),
            "scale" => (Self::Scale, &[1.0; 3]),
            "lookat" => (Self::LookAt, &[0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0]),
            "skew" => (Self::Skew, &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            _ => return None,
        })
    }
}

/// The transforms of one node, in file order.
pub(super) fn steps<'a>(document: &Document<'a>, node: Element<'a>) -> Vec<Step<'a>> {
    let step = |element: Element<'a>| {
        let (kind, default) = StepKind::of(element.tag_name().name()).filter(|_| element.is_element())?;
        let stated: Vec<f64> = document.floats(element).into_iter().map(f64::from).collect();
        let is_sound = stated.len() >= default.len() && stated.iter().all(|v| v.is_finite());
        let values = if is_sound { stated[..default.len()].to_vec() } else { default.to_vec() };
        Some(Step { sid: element.attribute("sid").unwrap_or_default(), kind, values })
    };
    node.children().filter_map(step).collect()
}

pub(super) fn compose(steps: &[Step<'_>]) -> DMat4 {
    steps.iter().fold(DMat4::IDENTITY, |matrix, step| matrix * step.matrix())
}

impl Step<'_> {
    fn matrix(&self) -> DMat4 {
        let v = |i: usize| self.values.get(i).copied().unwrap_or_default();
        let vector = |i: usize| DVec3::new(v(i), v(i + 1), v(i + 2));
        match self.kind {
            StepKind::Matrix => DMat4::from_cols_array(&std::array::from_fn(v)).transpose(),
            StepKind::Translate => DMat4::from_translation(vector(0)),
            StepKind::Rotate => match vector(0).try_normalize() {
                Some(axis) => DMat4::from_axis_angle(axis, v(3).to_radians()),
                None => DMat4::IDENTITY,
            },
            StepKind::Scale => DMat4::from_scale(vector(0)),
            StepKind::LookAt => look_at(vector(0), vector(3), vector(6)),
            StepKind::Skew => skew(v(0).to_radians(), vector(1), vector(4)),
        }
    }
}

/// `parent_from_node` of a node that looks along its -Z.
fn look_at(eye: DVec3, interest: DVec3, up: DVec3) -> DMat4 {
    let z = (eye - interest).normalize_or(DVec3::Z);
    let x = up.cross(z).try_normalize().unwrap_or_else(|| z.any_orthonormal_vector());
    let y = z.cross(x);
    DMat4::from_cols(x.extend(0.0), y.extend(0.0), z.extend(0.0), eye.extend(1.0))
}

/// RenderMan's skew: turns the first axis towards the second.
fn skew(angle: f64, from: DVec3, to: DVec3) -> DMat4 {
    let to = to.normalize_or(DVec3::Y);
    let along = from.dot(to);
    let across = (from - along * to).normalize_or(to.any_orthonormal_vector());
    let depth = from.dot(across);
    let (sin, cos) = angle.sin_cos();
    let turned = depth * cos - along * sin;
    if depth == 0.0 || turned.abs() < 1e-9 {
        return DMat4::IDENTITY;
    }
    let shear = (depth * sin + along * cos) / turned - along / depth;
    let column = |i: usize| (DVec3::AXES[i] + shear * across[i] * to).extend(0.0);
    DMat4::from_cols(column(0), column(1), column(2), DVec3::ZERO.extend(1.0))
}

/// Scale, rotation and translation, whether or not they say all of the matrix. A collapsed axis
/// keeps its direction from the others.
pub(super) fn decompose(matrix: &DMat4) -> (DVec3, DQuat, DVec3) {
    let (scale, rotation, translation) = matrix.to_scale_rotation_translation();
    let rotation = if rotation.is_finite() { rotation.normalize() } else { DQuat::IDENTITY };
    (scale, rotation, translation)
}

/// TRS where that is all of the matrix; the matrix where it shears.
pub(super) fn to_transform(matrix: &DMat4) -> Transform {
    if !matrix.is_finite() {
        return Transform::IDENTITY;
    }
    let (scale, rotation, translation) = decompose(matrix);
    let again = DMat4::from_scale_rotation_translation(scale, rotation, translation);
    let largest = matrix.to_cols_array().iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
    if again.abs_diff_eq(*matrix, 1e-5 * largest) {
        Transform::Trs {
            translation: translation.as_vec3(),
            rotation: rotation.as_quat(),
            scale: scale.as_vec3(),
        }
    } else {
        Transform::Matrix(matrix.as_mat4())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: StepKind, values: &[f64]) -> Step<'static> {
        Step { sid: "", kind, values: values.to_vec() }
    }

    #[test]
    fn the_last_transform_applies_first() {
        let steps =
            [step(StepKind::Translate, &[1.0, 0.0, 0.0]), step(StepKind::Rotate, &[0.0, 0.0, 1.0, 90.0])];
        let point = compose(&steps).transform_point3(DVec3::X);
        assert!(point.abs_diff_eq(DVec3::new(1.0, 1.0, 0.0), 1e-12), "{point}");
    }

    #[test]
    fn matrices_are_row_major() {
        let mut values = DMat4::IDENTITY.to_cols_array();
        values[3] = 5.0;
        let point = step(StepKind::Matrix, &values).matrix().transform_point3(DVec3::ZERO);
        assert_eq!(point, DVec3::new(5.0, 0.0, 0.0));
    }

    #[test]
    fn a_look_at_faces_its_point() {
        let matrix = look_at(DVec3::new(0.0, 0.0, 5.0), DVec3::new(5.0, 0.0, 5.0), DVec3::Y);
        assert!(matrix.transform_vector3(DVec3::NEG_Z).abs_diff_eq(DVec3::X, 1e-12));
        assert!(matrix.transform_vector3(DVec3::Y).abs_diff_eq(DVec3::Y, 1e-12));
    }

    #[test]
    fn a_skew_of_45_degrees_shifts_by_the_depth() {
        let matrix = skew(45_f64.to_radians(), DVec3::X, DVec3::Y);
        let point = matrix.transform_point3(DVec3::X);
        assert!(point.abs_diff_eq(DVec3::new(1.0, 1.0, 0.0), 1e-12), "{point}");
        assert!(matches!(to_transform(&matrix), Transform::Matrix(_)), "no TRS says a shear");
    }

    #[test]
    fn mirrored_matrices_stay_mirrored() {
        let matrix = DMat4::from_scale(DVec3::new(1.0, -2.0, 1.0));
        assert!(to_transform(&matrix).matrix().abs_diff_eq(matrix, 1e-6));
    }
}
