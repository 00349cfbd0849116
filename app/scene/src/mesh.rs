use glam::{Vec2, Vec3, Vec4};
use serde::{Deserialize, Serialize};

use crate::MaterialId;

/// A shape that nodes place in the scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    pub name: String,
    pub primitives: Vec<Primitive>,
    /// Default weights of the morph targets.
    pub morph_weights: Vec<f32>,
    /// Application data of the file as JSON text, kept for writing back.
    pub extras: Option<String>,
}

/// One set of vertices with what is built on them.
///
/// glTF gives one primitive per material, OBJ and STL one per object with several material runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Primitive {
    pub topology: Topology,
    pub vertex_positions: Vec<Vec3>,
    /// Polygons, line segments (sizes of 2) or points (sizes of 1), by `topology`.
    pub faces: Faces,
    /// Unit length as authored; not normalised on the way in.
    pub normals: Option<Layer<Vec3>>,
    /// xyz and handedness in w (glTF 2.0 §3.7.2.1).
    pub tangents: Option<Layer<Vec4>>,
    pub uvs: Vec<Layer<Vec2>>,
    /// Linear RGBA, straight alpha.
    pub colors: Vec<Layer<Vec4>>,
    /// Up to four joints a vertex and set; equal in length to `weights`, each as long as the vertices.
    pub joints: Vec<Vec<[u16; 4]>>,
    pub weights: Vec<Vec<[f32; 4]>>,
    pub morph_targets: Vec<MorphTarget>,
    /// In face order, covering every face once; empty: all faces have no material.
    pub material_runs: Vec<MaterialRun>,
    /// Materials that replace those of all runs while a variant is chosen.
    pub variant_materials: Vec<VariantMaterial>,
    /// Application data of the file as JSON text, kept for writing back.
    pub extras: Option<String>,
}

/// `variant` counts in `Scene::variants`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantMaterial {
    pub variant: usize,
    pub material: MaterialId,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Topology {
    #[default]
    Faces,
    Lines,
    Points,
}

/// Faces as corner lists into the vertices, wound counter-clockwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faces {
    /// Vertex of each corner, face after face. Every index is below the vertex count.
    pub corner_vertices: Vec<u32>,
    pub sizes: FaceSizes,
}

/// How many corners each face has.
#[derive(Clone, Debug, PartialEq)]
pub enum FaceSizes {
    /// Every face has this many, 3 for a triangle mesh.
    Uniform(u32),
    /// Face `i` has the corners `starts[i]..starts[i + 1]`; one entry more than faces.
    Starts(Vec<u32>),
}

impl Default for FaceSizes {
    fn default() -> Self {
        Self::Uniform(3)
    }
}

impl Faces {
    pub fn triangles(corner_vertices: Vec<u32>) -> Self {
        Self { corner_vertices, sizes: FaceSizes::Uniform(3) }
    }

    pub fn n_faces(&self) -> usize {
        match &self.sizes {
            FaceSizes::Uniform(size) => self.corner_vertices.len() / (*size).max(1) as usize,
            FaceSizes::Starts(starts) => starts.len().saturating_sub(1),
        }
    }

    /// The corners of face `i` as a range into `corner_vertices`; empty beyond the last face.
    pub fn corners(&self, i: usize) -> std::ops::Range<usize> {
        let n_corners = self.corner_vertices.len();
        match &self.sizes {
            FaceSizes::Uniform(size) => {
                let size = *size as usize;
                let start = i.saturating_mul(size).min(n_corners);
                start..start.saturating_add(size).min(n_corners)
            }
            FaceSizes::Starts(starts) => match starts.get(i..i + 2) {
                Some(&[start, end]) => (start as usize).min(n_corners)..(end as usize).min(n_corners),
                _ => 0..0,
            },
        }
    }

    /// Vertex indices of each face in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.n_faces()).map(|i| self.corner_vertices.get(self.corners(i)).unwrap_or_default())
    }
}

/// One attribute over a primitive, as the file spreads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer<T> {
    /// One value a vertex.
    PerVertex(Vec<T>),
    /// One value a corner, equal in length to `Faces::corner_vertices`.
    PerCorner(Vec<T>),
    /// OBJ's way: corners point into a list; `u32::MAX` marks a corner without value.
    Indexed { values: Vec<T>, corner_values: Vec<u32> },
}

impl<T: Copy> Layer<T> {
    /// The value at a corner, which stands on `vertex`; `None` when the layer has none there.
    pub fn at(&self, corner: usize, vertex: u32) -> Option<T> {
        match self {
            Self::PerVertex(values) => values.get(vertex as usize).copied(),
            Self::PerCorner(values) => values.get(corner).copied(),
            Self::Indexed { values, corner_values } => {
                values.get(*corner_values.get(corner)? as usize).copied()
            }
        }
    }

    pub fn is_per_vertex(&self) -> bool {
        matches!(self, Self::PerVertex(_))
    }
}

/// Offsets added to the vertices by weight; each list is empty or as long as the vertices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MorphTarget {
    pub name: String,
    pub positions: Vec<Vec3>,
    pub normals: Vec<Vec3>,
    pub tangents: Vec<Vec3>,
}

/// Consecutive faces of one material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialRun {
    pub first_face: usize,
    pub n_faces: usize,
    /// `None`: glTF's default material.
    pub material: Option<MaterialId>,
}

impl Primitive {
    /// Runs that cover all faces: the stated ones, or a single one without material.
    pub fn runs(&self) -> Vec<MaterialRun> {
        if self.material_runs.is_empty() {
            vec![MaterialRun { first_face: 0, n_faces: self.faces.n_faces(), material: None }]
        } else {
            self.material_runs.clone()
        }
    }
}
