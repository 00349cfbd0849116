//! What a model is: the plain data every other room of the house works on.
//!
//! A [`Scene`] is what a reader makes of a file and what the renderer, the checks and the writers
//! take in. It knows no file format, no GPU and no thread, does no I/O, and cannot fail.
//!
//! Conventions, fixed here once (glTF 2.0 §3.3): right-handed, +Y up, metres, counter-clockwise
//! front faces, column vectors, UV origin at the top left. Factors are linear light; the pixels
//! of an [`Image`] stay as they are encoded in the file. A reader or writer that converts says so.
//!
//! Indices between the arrays of a scene (`NodeId` and friends) are checked by the readers with
//! [`Scene::validate`]; whoever builds a scene by hand runs it too.

mod aabb;
mod animation;
mod area;
mod evaluate;
mod material;
mod mesh;
mod node;
mod pose;
mod ray;
mod sample;
mod split;
mod surface;
mod triangulate;
mod validate;

pub use aabb::Aabb;
pub use animation::{Animation, AnimationChannel, AnimationTarget, Interpolation, Skin};
pub use area::has_no_area;
pub use evaluate::{MeshInstance, WorldTransforms};
pub use material::{
    AlphaMode, Filter, Image, ImageData, Material, MaterialTexture, Texture, UvTransform, Wrap,
};
pub use mesh::{
    FaceSizes, Faces, Layer, MaterialRun, Mesh, MorphTarget, Primitive, Topology, VariantMaterial,
};
pub use node::{
    Camera, CameraId, Light, LightId, LightKind, MeshId, Node, NodeId, Projection, SkinId, Transform,
};
pub use pose::{BOUNDS_SAMPLES_PER_SEC, Pose};
pub use ray::{Ray, RayHit, Unseen};
pub use split::Split;
pub use surface::{
    Anisotropy, Clearcoat, DiffuseTransmission, Iridescence, Sheen, Specular, Transmission, Volume,
};
pub use validate::SceneError;

use serde::{Deserialize, Serialize};

pub type MaterialId = usize;
pub type TextureId = usize;
pub type ImageId = usize;

/// One model: a forest of nodes over shared meshes, materials, textures and images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    pub nodes: Vec<Node>,
    /// Name of the default scene.
    pub name: String,
    /// The nodes without parent that belong to the default scene, in file order.
    pub roots: Vec<NodeId>,
    /// The file's scenes that are not shown by default.
    pub other_scenes: Vec<OtherScene>,
    pub meshes: Vec<Mesh>,
    pub materials: Vec<Material>,
    pub textures: Vec<Texture>,
    pub images: Vec<Image>,
    pub skins: Vec<Skin>,
    pub animations: Vec<Animation>,
    pub cameras: Vec<Camera>,
    pub lights: Vec<Light>,
    /// Names of the material variants (KHR_materials_variants) that primitives offer.
    pub variants: Vec<String>,
    /// Where the model comes from, before a reader brought it into our conventions.
    pub authored: Authored,
    /// Application data of the default scene as JSON text, kept for writing back.
    pub extras: Option<String>,
}

/// A further selection of nodes in the same file (glTF 2.0 §3.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherScene {
    pub name: String,
    pub roots: Vec<NodeId>,
    pub extras: Option<String>,
}

/// What the file says of its making.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Authored {
    /// The program that wrote it, in its own words; empty when it does not say.
    pub program: String,
    /// Copyright line of the file; empty when there is none.
    pub copyright: String,
    /// Length of the file's unit; `None` when it does not say.
    pub meters_per_unit: Option<f64>,
    pub up: Option<UpAxis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpAxis {
    X,
    Y,
    Z,
}
