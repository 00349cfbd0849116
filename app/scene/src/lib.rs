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
mod evaluate;
mod material;
mod mesh;
mod node;
mod triangulate;
mod validate;

pub use aabb::Aabb;
pub use animation::{Animation, AnimationChannel, AnimationTarget, Interpolation, Skin};
pub use evaluate::{MeshInstance, WorldTransforms};
pub use material::{
    AlphaMode, Filter, Image, ImageData, Material, MaterialTexture, Texture, UvTransform, Wrap,
};
pub use mesh::{FaceSizes, Faces, Layer, MaterialRun, Mesh, MorphTarget, Primitive, Topology};
pub use node::{
    Camera, CameraId, Light, LightId, LightKind, MeshId, Node, NodeId, Projection, SkinId, Transform,
};
pub use validate::SceneError;

pub type MaterialId = usize;
pub type TextureId = usize;
pub type ImageId = usize;

/// One model: a forest of nodes over shared meshes, materials, textures and images.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    pub nodes: Vec<Node>,
    /// The nodes without parent that belong to the default scene, in file order.
    pub roots: Vec<NodeId>,
    pub meshes: Vec<Mesh>,
    pub materials: Vec<Material>,
    pub textures: Vec<Texture>,
    pub images: Vec<Image>,
    pub skins: Vec<Skin>,
    pub animations: Vec<Animation>,
    pub cameras: Vec<Camera>,
    pub lights: Vec<Light>,
}
