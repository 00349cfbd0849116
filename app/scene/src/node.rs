use glam::{DMat4, Mat4, Quat, Vec3};
use serde::{Deserialize, Serialize};

pub type NodeId = usize;
pub type MeshId = usize;
pub type SkinId = usize;
pub type CameraId = usize;
pub type LightId = usize;

/// One place in the scene's hierarchy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub name: String,
    pub children: Vec<NodeId>,
    /// `parent_from_node`.
    pub transform: Transform,
    pub mesh: Option<MeshId>,
    pub skin: Option<SkinId>,
    pub camera: Option<CameraId>,
    pub light: Option<LightId>,
    /// Weights that replace the mesh's own; empty: the mesh's own hold.
    pub morph_weights: Vec<f32>,
    /// Kept in the model, shown neither itself nor what is below it (KHR_node_visibility).
    pub is_hidden: bool,
    /// Application data of the file as JSON text, kept for writing back.
    pub extras: Option<String>,
}

/// Where a node stands relative to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Transform {
    /// Applied to a point in the order scale, rotation, translation; what animations move.
    Trs {
        translation: Vec3,
        rotation: Quat,
        scale: Vec3,
    },
    Matrix(Mat4),
}

impl Transform {
    pub const IDENTITY: Self =
        Self::Trs { translation: Vec3::ZERO, rotation: Quat::IDENTITY, scale: Vec3::ONE };

    /// Composed in double precision, as deep hierarchies and far-away origins need.
    pub fn matrix(&self) -> DMat4 {
        match *self {
            Self::Trs { translation, rotation, scale } => DMat4::from_scale_rotation_translation(
                scale.as_dvec3(),
                rotation.as_dquat().normalize(),
                translation.as_dvec3(),
            ),
            Self::Matrix(matrix) => matrix.as_dmat4(),
        }
    }
}

impl Default for Transform {
    fn default() -> Self {
        Self::IDENTITY
    }
}

/// Looks along its node's -Z, up is +Y (glTF 2.0 §3.10).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    pub name: String,
    pub projection: Projection,
    pub near: f32,
    /// `None`: infinitely far.
    pub far: Option<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Projection {
    Perspective {
        fov_y_radians: f32,
        /// Width over height; `None`: whatever the picture has.
        aspect: Option<f32>,
    },
    /// Half the width and half the height of the view, in metres.
    Orthographic { x_mag: f32, y_mag: f32 },
}

/// A punctual light; spot and directional ones shine along their node's -Z (KHR_lights_punctual).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Light {
    pub name: String,
    pub kind: LightKind,
    pub color_linear: Vec3,
    /// Candela for point and spot, lux for directional.
    pub intensity: f32,
    /// Metres; `None`: unlimited.
    pub range: Option<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum LightKind {
    Directional,
    Point,
    Spot { inner_cone_radians: f32, outer_cone_radians: f32 },
}
