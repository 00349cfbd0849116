use std::collections::BTreeSet;

use analysis::facts::{Coverage, FaceId, Overlap, OverlapSide, overlaps};
use analysis::{AnalyzeOptions, Rule};
use glam::DVec3;
use scene::{MeshId, NodeId, Scene, Transform};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::retain_faces;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Takes surfaces apart that lie on each other and flicker: what is there twice is deleted, what
/// lies on something larger is lifted off it by a stated distance.
///
/// Lifted faces take along what hangs on their edges, so that no seam opens. An object that is
/// placed more than once gets a mesh of its own where only one of its places is concerned. What
/// moves with a skin or a clip is left alone and said so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SeparateOverlaps {
    /// Metres between the two afterwards. Without it: 1/2000 of the model's diagonal, at least four
    /// times what a 24-bit depth buffer tells apart with the whole model in view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
}

/// Sheets may lie in piles; each round lifts every one of them once.
const ROUNDS: usize = 24;
const SHARE_OF_DIAGONAL: f64 = 5e-4;

impl Apply for SeparateOverlaps {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let mut found = overlaps(scene, &AnalyzeOptions::default(), ctx)?;
        let mut skipped = BTreeSet::new();
        let mut hopeless = BTreeSet::new();
        let is_animated = animated_nodes(scene);
        for _ in 0..ROUNDS {
            let diagonal = 2.0 * scene.bounds().radius();
            let wished = self.distance.filter(|d| d.is_finite() && *d > 0.0);
            let distance = wished.unwrap_or(SHARE_OF_DIAGONAL * diagonal).max(4.0 * found.min_separation);
            let mut trial = scene.clone();
            let mut tried = StepLog::default();
            let mut round = Round {
                scene: &mut trial,
                log: &mut tried,
                skipped: &mut skipped,
                is_animated: &is_animated,
                touched: BTreeSet::new(),
                deleted: Vec::new(),
                lifts: Vec::new(),
            };
            for overlap in &found.list {
                round.delete_what_is_double(overlap);
            }
            if round.touched.is_empty() {
                for overlap in found.list.iter().filter(|overlap| !hopeless.contains(&key(overlap))) {
                    round.part(overlap, distance);
                }
            }
            if round.touched.is_empty() {
                break;
            }
            let lifts = round.finish();
            let after = overlaps(&trial, &AnalyzeOptions::default(), ctx)?;
            let failed = lifts.iter().filter(|lift| lift.has_failed(&found.list, &after.list));
            let n_hopeless = hopeless.len();
            hopeless.extend(failed.map(|lift| lift.key));
            // Those that only push an overlap elsewhere are left alone, and the others tried again.
            if hopeless.len() == n_hopeless {
                tried.changes.iter().for_each(|(what, n)| log.count(what, *n as usize));
                *scene = trial;
                found = after;
            }
        }
        if !found.is_complete {
            log.note("not all overlaps could be looked for: too many faces lie on each other");
        }
        if !skipped.is_empty() {
            let names: Vec<&str> =
                skipped.iter().take(5).map(|&node| scene.nodes[node].name.as_str()).collect();
            log.note(format!("left alone because a clip or skin moves them: {}", names.join(", ")));
        }
        ctx.check_cancelled()
    }
}

struct Round<'a> {
    scene: &'a mut Scene,
    log: &'a mut StepLog,
    skipped: &'a mut BTreeSet<NodeId>,
    /// Of each node.
    is_animated: &'a [bool],
    /// What moved or goes in this round; it is not where the overlaps say any more.
    touched: BTreeSet<(NodeId, FaceId)>,
    /// Deleted when the round is over, since it renumbers.
    deleted: Vec<(MeshId, Vec<FaceId>)>,
    lifts: Vec<Lift>,
}

impl Round<'_> {
    fn delete_what_is_double(&mut self, overlap: &Overlap) {
        match (overlap.rule, overlap.coverage) {
            (Rule::ObjectDuplicate, _) if self.may_change(overlap) => self.delete_object(&overlap.other),
            (Rule::OverlapSameLook, Coverage::Both | Coverage::Other) if self.may_change(overlap) => {
                self.delete_faces(&overlap.other);
            }
            (Rule::OverlapSameLook, Coverage::One) if self.may_change(overlap) => {
                self.delete_faces(&overlap.one);
            }
            _ => {}
        }
    }

    /// The same colour in the same plane looks the same whichever is in front, and what is back to back
    /// is how things stand on each other: both stay.
    fn part(&mut self, overlap: &Overlap, distance: f64) {
        if !flickers(overlap) || !self.may_change(overlap) {
            return;
        }
        let lifts_one = match overlap.coverage {
            Coverage::One => true,
            Coverage::Other | Coverage::Both => false,
            Coverage::Partial => overlap.one.area < overlap.other.area,
        };
        let (side, base) =
            if lifts_one { (&overlap.one, &overlap.other) } else { (&overlap.other, &overlap.one) };
        let moved = self.lift(side, overlap.normal * (distance + overlap.separation));
        let lifted = side.faces.iter().copied().collect();
        self.lifts.push(Lift { key: key(overlap), node: side.node, base: base.node, lifted, moved });
    }

    fn may_change(&mut self, overlap: &Overlap) -> bool {
        let sides = [&overlap.one, &overlap.other];
        if sides.iter().any(|side| self.is_touched(side)) {
            return false;
        }
        let moved_by_others = sides.into_iter().find(|side| self.is_moved_by_others(side));
        self.skipped.extend(moved_by_others.map(|side| side.node));
        moved_by_others.is_none()
    }

    fn is_touched(&self, side: &OverlapSide) -> bool {
        side.faces.iter().any(|face| self.touched.contains(&(side.node, *face)))
    }

    fn touch(&mut self, side: &OverlapSide) {
        self.touched.extend(side.faces.iter().map(|face| (side.node, *face)));
    }

    fn is_moved_by_others(&self, side: &OverlapSide) -> bool {
        let has_morphs = self.scene.meshes[side.mesh].primitives.iter().any(|p| !p.morph_targets.is_empty());
        self.scene.nodes[side.node].skin.is_some() || has_morphs || self.is_animated[side.node]
    }

    fn delete_object(&mut self, side: &OverlapSide) {
        self.touch(side);
        self.scene.nodes[side.node].mesh = None;
        self.log.count("duplicate objects removed", 1);
    }

    fn delete_faces(&mut self, side: &OverlapSide) {
        self.touch(side);
        let mesh = self.own_mesh(side);
        self.log.count("covered faces removed", side.faces.len());
        self.deleted.push((mesh, side.faces.clone()));
    }

    /// What was lifted.
    fn finish(self) -> Vec<Lift> {
        for (m, mesh) in self.scene.meshes.iter_mut().enumerate() {
            let doomed: BTreeSet<FaceId> = self
                .deleted
                .iter()
                .filter(|(of, _)| *of == m)
                .flat_map(|(_, faces)| faces)
                .copied()
                .collect();
            if doomed.is_empty() {
                continue;
            }
            for (p, primitive) in mesh.primitives.iter_mut().enumerate() {
                retain_faces(primitive, |face| !doomed.contains(&FaceId { primitive: p, face: face as u32 }));
            }
        }
        self.lifts
    }

    /// `by`: metres, world space. Returns every face that moved, if only with a corner.
    fn lift(&mut self, side: &OverlapSide, by: DVec3) -> BTreeSet<FaceId> {
        self.touch(side);
        let transforms = self.scene.world_transforms();
        let world_from_node = transforms.world_from_node[side.node];
        let mesh = self.own_mesh(side);
        let n_faces: usize = self.scene.meshes[mesh].primitives.iter().map(|p| p.faces.n_faces()).sum();
        let node = &mut self.scene.nodes[side.node];
        self.log.count("faces lifted off others", side.faces.len());
        if side.faces.len() == n_faces
            && node.children.is_empty()
            && let Transform::Trs { rotation, scale, translation } = node.transform
        {
            // The object as a whole: its mesh stays as it was modelled.
            let parent_from_world = (world_from_node * node.transform.matrix().inverse()).inverse();
            let moved = translation.as_dvec3() + parent_from_world.transform_vector3(by);
            node.transform = Transform::Trs { rotation, scale, translation: moved.as_vec3() };
            return side.faces.iter().copied().collect();
        }
        let by = world_from_node.inverse().transform_vector3(by);
        let mesh = &mut self.scene.meshes[mesh];
        // What is one point of several vertices has to stay one.
        let points = crate::edit::weld_points(mesh).of_vertices;
        let mut lifted = BTreeSet::new();
        for id in &side.faces {
            let primitive = &mesh.primitives[id.primitive];
            let vertices = &primitive.faces.corner_vertices[primitive.faces.corners(id.face as usize)];
            lifted.extend(vertices.iter().map(|&v| points[id.primitive][v as usize]));
        }
        let mut moved = BTreeSet::new();
        for ((p, primitive), points) in mesh.primitives.iter_mut().enumerate().zip(&points) {
            for (position, point) in primitive.vertex_positions.iter_mut().zip(points) {
                if lifted.contains(point) {
                    *position = (position.as_dvec3() + by).as_vec3();
                }
            }
            let faces = primitive.faces.iter().zip(0..);
            let has_moved = |face: &[u32]| face.iter().any(|&v| lifted.contains(&points[v as usize]));
            moved.extend(
                faces.filter(|(face, _)| has_moved(face)).map(|(_, face)| FaceId { primitive: p, face }),
            );
        }
        moved
    }

    /// The mesh of the side's node, which no other node uses from now on.
    fn own_mesh(&mut self, side: &OverlapSide) -> MeshId {
        let n_users = self.scene.nodes.iter().filter(|node| node.mesh == Some(side.mesh)).count();
        let Some(mesh) = self.scene.nodes[side.node].mesh else { return side.mesh };
        if n_users > 1 && mesh == side.mesh {
            let copy = self.scene.meshes[mesh].clone();
            self.scene.meshes.push(copy);
            self.scene.nodes[side.node].mesh = Some(self.scene.meshes.len() - 1);
            self.log.count("meshes made single", 1);
        }
        self.scene.nodes[side.node].mesh.unwrap_or(mesh)
    }
}

/// What one lift moved, and off what.
struct Lift {
    key: Key,
    node: NodeId,
    base: NodeId,
    lifted: BTreeSet<FaceId>,
    /// With the neighbours that hang on the lifted ones.
    moved: BTreeSet<FaceId>,
}

impl Lift {
    /// Whether it lies on the same object as before, or brought its neighbours there: slanted ones may
    /// come to cross what they were clear of.
    fn has_failed(&self, before: &[Overlap], after: &[Overlap]) -> bool {
        let [before, after] = [before, after].map(|overlaps| self.faces_on_base(overlaps));
        after
            .iter()
            .any(|face| self.lifted.contains(face) || (self.moved.contains(face) && !before.contains(face)))
    }

    fn faces_on_base(&self, overlaps: &[Overlap]) -> BTreeSet<FaceId> {
        let mut faces = BTreeSet::new();
        for overlap in overlaps.iter().filter(|overlap| flickers(overlap)) {
            for (side, base) in [(&overlap.one, &overlap.other), (&overlap.other, &overlap.one)] {
                // What was lifted together may lie in a pile, to be taken apart in the next round.
                let is_lifted_too =
                    base.node == self.node && base.faces.iter().all(|face| self.lifted.contains(face));
                if side.node == self.node && base.node == self.base && !is_lifted_too {
                    faces.extend(&side.faces);
                }
            }
        }
        faces
    }
}

fn flickers(overlap: &Overlap) -> bool {
    matches!(overlap.rule, Rule::ZFighting | Rule::ZFightingNear | Rule::ObjectDuplicate)
}

/// What an overlap is known by from round to round.
type Key = [Option<(NodeId, FaceId)>; 2];

fn key(overlap: &Overlap) -> Key {
    [&overlap.one, &overlap.other].map(|side| Some((side.node, *side.faces.first()?)))
}

/// For each node whether a clip moves it, or something it hangs on.
fn animated_nodes(scene: &Scene) -> Vec<bool> {
    let mut is_animated = vec![false; scene.nodes.len()];
    let channels = scene.animations.iter().flat_map(|animation| &animation.channels);
    let mut open: Vec<NodeId> = channels.map(|channel| channel.node).collect();
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut is_animated[node], true) {
            open.extend(&scene.nodes[node].children);
        }
    }
    is_animated
}
