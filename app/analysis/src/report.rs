use glam::DVec3;
use scene::{Aabb, MeshId, NodeId};
use serde::{Serialize, Serializer};

use crate::rules::{Effect, Mend, Rule};
use crate::severity::Severity;
use crate::verdict::Verdict;

/// What a model is made of and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub counts: Counts,
    /// World space, metres, of the finite vertices that the default scene shows.
    #[serde(serialize_with = "aabb")]
    pub bounds: Aabb,
    /// How fine the textures are; `None` without textured surface.
    pub texel_density: Option<TexelDensity>,
    /// The animations, in the file's order; a model without any is static.
    pub clips: Vec<Clip>,
    /// At most one a rule, the gravest first, then in the order of [`Rule`].
    pub findings: Vec<Finding>,
    /// What a preset says of it ([`crate::Preset::judge`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// As stored in the file, each mesh once; what is drawn, and `instances`, count every placing in the
/// default scene.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub vertices: usize,
    pub triangles: usize,
    pub quads: usize,
    pub ngons: usize,
    pub meshes: usize,
    pub instances: usize,
    pub drawn_triangles: usize,
    pub drawn_vertices: usize,
    /// Meshes that are placed more than once.
    pub shared_meshes: usize,
    /// What an engine draws one after the other, at least: each material of each primitive of each
    /// placing.
    pub draw_calls: usize,
    pub materials: usize,
    pub textures: usize,
    pub images: usize,
    /// Of the pictures that materials show, on a graphics card: RGBA, 8 bits each, with all smaller
    /// levels.
    pub texture_bytes: u64,
    /// The longer side of the largest picture that a material shows, pixels.
    pub largest_texture_px: u32,
    pub joints: usize,
    /// The most joints that any vertex follows.
    pub influences: usize,
    pub morph_targets: usize,
}

/// Texels a metre of surface, over the objects that cover at least a hundredth of what is textured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TexelDensity {
    pub least: f64,
    pub median: f64,
    pub most: f64,
}

/// One animation and the room it takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clip {
    pub name: String,
    pub duration_secs: f32,
    /// Nodes it moves or whose shape it changes.
    pub nodes: usize,
    /// As `Report::bounds`, over the whole clip ([`scene::Scene::bounds_over`]).
    #[serde(serialize_with = "aabb")]
    pub bounds: Aabb,
}

/// One kind of trouble with all the places where it shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    pub rule: Rule,
    pub severity: Severity,
    /// Of what the rule counts: faces, edges, holes, objects.
    pub count: usize,
    /// A few words for a list: `1,272 flipped faces`.
    pub title: String,
    /// What mends it, where a conversion can.
    pub mend: Option<Mending>,
    /// What, where, and what to do now, for an artist.
    pub sentence: String,
    /// The worst first; at most [`MAX_PLACES`].
    pub places: Vec<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mending {
    pub step: Mend,
    pub effect: Effect,
}

/// Somewhere to look at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// First node that shows the mesh; `None` when the default scene does not show it.
    pub node: Option<NodeId>,
    pub mesh: Option<MeshId>,
    pub primitive: Option<usize>,
    /// Faces of the primitive, ascending; at most [`MAX_FACES`] of them, the first
    /// [`MAX_LISTED_FACES`] when written as JSON.
    #[serde(serialize_with = "first_faces")]
    pub faces: Vec<u32>,
    /// For trouble between two parts: the second one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Part>,
    /// Where to fly, world space, metres.
    #[serde(serialize_with = "point")]
    pub point: DVec3,
    /// How much to have in view around the point, metres.
    pub radius: f64,
    /// How much of the finding's count lies here.
    pub count: usize,
    /// One line for a list: `sphere: 1,272 of 5,120 faces`.
    pub label: String,
}

/// Faces of one placed mesh.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    pub node: NodeId,
    pub mesh: MeshId,
    pub primitive: usize,
    /// As [`Place::faces`].
    #[serde(serialize_with = "first_faces")]
    pub faces: Vec<u32>,
}

/// A report stays small, however broken the model.
pub const MAX_PLACES: usize = 64;
/// Enough to colour them all in a picture.
pub const MAX_FACES: usize = 16_384;
pub const MAX_LISTED_FACES: usize = 256;

impl Report {
    pub fn finding(&self, rule: Rule) -> Option<&Finding> {
        self.findings.iter().find(|f| f.rule == rule)
    }

    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|f| f.severity).max()
    }
}

fn first_faces<S: Serializer>(faces: &[u32], serializer: S) -> Result<S::Ok, S::Error> {
    faces[..faces.len().min(MAX_LISTED_FACES)].serialize(serializer)
}

fn point<S: Serializer>(point: &DVec3, serializer: S) -> Result<S::Ok, S::Error> {
    point.to_array().serialize(serializer)
}

/// `null` when empty, since JSON has no infinities.
fn aabb<S: Serializer>(aabb: &Aabb, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Corners {
        min: [f64; 3],
        max: [f64; 3],
    }
    let corners = Corners { min: aabb.min.to_array(), max: aabb.max.to_array() };
    (!aabb.is_empty()).then_some(corners).serialize(serializer)
}
