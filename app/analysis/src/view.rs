//! One mesh, prepared for the checks that look at a mesh at a time.

use scene::{MeshId, MeshInstance, Primitive, Scene};

use crate::edges::Edges;
use crate::faces::{FaceKind, face_kinds};
use crate::report::MAX_FACES;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::shells::Shells;
use crate::spots::{Spot, Stage, Where};
use crate::surface::Surface;

pub(crate) struct MeshView<'a> {
    pub(crate) stage: &'a Stage<'a>,
    pub(crate) id: MeshId,
    /// As the artist knows it, in quotes.
    pub(crate) name: String,
    pub(crate) surface: Surface<'a>,
    pub(crate) kinds: Vec<FaceKind>,
    /// Faces on the vertices of a face before them, with that one.
    pub(crate) repeats: Vec<(u32, u32)>,
    pub(crate) edges: Edges,
    pub(crate) shells: Shells,
}

impl<'a> MeshView<'a> {
    /// `None` when the mesh is too large to be numbered in 32 bits.
    pub(crate) fn new(stage: &'a Stage<'a>, id: MeshId) -> Option<Self> {
        let surface = Surface::new(&stage.scene.meshes[id])?;
        let (kinds, repeats) = face_kinds(&surface);
        let edges = Edges::new(&surface, &kinds);
        let shells = Shells::new(&surface, &kinds, &edges);
        let name = object_name(stage.scene, id, stage.first_instance(id));
        Some(Self { stage, id, name, surface, kinds, repeats, edges, shells })
    }

    pub(crate) fn faces_of_kind(&self, kind: FaceKind) -> impl Iterator<Item = usize> + Clone {
        self.kinds.iter().enumerate().filter(move |(_, k)| **k == kind).map(|(face, _)| face)
    }

    /// `n` of what the rule counts, at these faces of the surface.
    pub(crate) fn spot(
        &self,
        rule: Rule,
        severity: Severity,
        count: usize,
        faces: impl IntoIterator<Item = usize>,
        label: String,
    ) -> Spot {
        let mut shown = Vec::new();
        let mut primitive = None;
        for face in faces {
            let (of, number) = self.surface.primitive_face(face);
            if *primitive.get_or_insert(of) == of && shown.len() < MAX_FACES {
                shown.push(number);
            }
        }
        shown.sort_unstable();
        let place = Where::Mesh { mesh: self.id, primitive, faces: shown };
        Spot {
            rule,
            severity,
            count,
            subject: self.name.clone(),
            label: format!("{}: {label}", self.name),
            place,
        }
    }

    /// Polygon primitives with their numbers.
    pub(crate) fn primitives(&self) -> impl Iterator<Item = (usize, &'a Primitive)> {
        let all = self.surface.mesh.primitives.iter().enumerate();
        all.filter(|(_, p)| p.topology == scene::Topology::Faces)
    }

    /// Whether the face shows both of its sides.
    pub(crate) fn is_double_sided(&self, face: usize) -> bool {
        let (primitive, face) = self.surface.primitive_face(face);
        material_of(&self.surface.mesh.primitives[primitive], face as usize)
            .and_then(|id| self.stage.scene.materials.get(id))
            .is_some_and(|material| material.double_sided)
    }
}

pub(crate) fn material_of(primitive: &Primitive, face: usize) -> Option<scene::MaterialId> {
    let run = primitive.material_runs.partition_point(|run| run.first_face <= face).checked_sub(1)?;
    primitive.material_runs[run].material
}

/// The node's name, else the mesh's, else a number; in quotes where it is a name.
pub(crate) fn object_name(scene: &Scene, mesh: MeshId, shown_by: Option<&MeshInstance>) -> String {
    let node = shown_by.map(|instance| scene.nodes[instance.node].name.as_str());
    let names = [node, Some(scene.meshes[mesh].name.as_str())];
    match names.into_iter().flatten().find(|name| !name.trim().is_empty()) {
        Some(name) => format!("'{name}'"),
        None => format!("mesh {}", mesh + 1),
    }
}
