use glam::Mat4;
use serde::{Deserialize, Serialize};

use crate::NodeId;

/// Joints that move a mesh (glTF 2.0 §3.7.3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Skin {
    pub name: String,
    pub joints: Vec<NodeId>,
    /// `joint_from_mesh` in the bind pose, equal in length to `joints`.
    pub inverse_bind_matrices: Vec<Mat4>,
    pub skeleton: Option<NodeId>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Animation {
    pub name: String,
    pub channels: Vec<AnimationChannel>,
}

/// One animated property of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct AnimationChannel {
    pub node: NodeId,
    pub target: AnimationTarget,
    pub interpolation: Interpolation,
    /// Strictly increasing.
    pub key_times_secs: Vec<f32>,
    /// Flattened: `key_times_secs.len()` values of 3 (translation, scale), 4 (rotation, xyzw) or n
    /// (weights) floats; with cubic splines three such values a key: in-tangent, value, out-tangent.
    pub values: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnimationTarget {
    Translation,
    Rotation,
    Scale,
    Weights,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolation {
    Linear,
    Step,
    CubicSpline,
}
