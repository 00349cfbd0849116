//! What mending needs to know: everything the checks found, complete and by its numbers, where a
//! [`crate::Report`] shows a selection for people.
//!
//! Both come from the same computation. Ask again after each step that renumbers faces or vertices.
//! All functions expect a validated scene ([`scene::Scene::validate`]); faces and vertices are
//! numbered as their primitive stores them.

mod orientation;
mod overlaps;
mod surfaces;

pub use crate::winding::Evidence;
pub use orientation::{NO_PATCH, Orientation, Patch, PatchShape, Turn, orientation};
pub use overlaps::{Coverage, Overlap, OverlapSide, Overlaps, overlaps};
pub use surfaces::{DuplicateFace, SurfaceFacts, surfaces};

/// A face of a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId {
    pub primitive: usize,
    /// In the order of the primitive.
    pub face: u32,
}

#[cfg(test)]
mod tests;
