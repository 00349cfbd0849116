use rayon::prelude::*;
use scene::{Aabb, MeshId, Scene};
use work::{Cancelled, WorkCtx};

use super::FaceId;
use crate::analyze::views;
use crate::options::AnalyzeOptions;
use crate::overlap::Space;
use crate::shells::{NO_SHELL, Shell};
use crate::spots::Stage;
use crate::view::MeshView;
use crate::visibility;
use crate::winding::{self, Evidence, Verdict};

/// Which faces of a mesh are to be turned around.
#[derive(Clone, Debug)]
pub struct Orientation {
    pub mesh: MeshId,
    /// Of each primitive's faces; empty for lines and points.
    pub turns: Vec<Vec<Turn>>,
    /// Patch of each primitive's faces, [`NO_PATCH`] for those that take no part: collapsed or
    /// duplicate faces and such with vertices that are nowhere.
    pub patch_of_face: Vec<Vec<u32>>,
    pub patches: Vec<Patch>,
}

pub const NO_PATCH: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    #[default]
    Keep,
    /// Reverse the face's corners; negate its normals, unless they agree with the new side.
    Flip,
    /// Either side may be meant: leave it, and show both.
    Undecidable,
}

/// Faces that hang together across edges of exactly two faces.
#[derive(Clone, Debug)]
pub struct Patch {
    pub shape: PatchShape,
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// From 0, a guess, to 1.
    pub confidence: f64,
    pub n_faces: usize,
    /// Faces whose turn is [`Turn::Flip`].
    pub n_flips: usize,
    /// Its first face, to name it by.
    pub first_face: FaceId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchShape {
    /// Encloses a volume.
    Closed,
    Open,
    /// Has one side only; no winding is consistent.
    OneSided,
}

/// The orientation of every mesh, in the order of the scene; meshes with more corners than can be
/// numbered are left out. A patch is made consistent with itself, then faces outwards, towards
/// whoever looks at it, or into the room it encloses. An undecided patch with mixed winding is still
/// made consistent: the smaller part flips, the rest is [`Turn::Undecidable`].
///
/// Node transforms decide what is seen, mirroring ones included; the turns are those of the mesh
/// itself. Near-linear in the triangles.
///
/// # Errors
/// When `ctx` was cancelled.
pub fn orientation(
    scene: &Scene,
    options: &AnalyzeOptions,
    ctx: &WorkCtx,
) -> Result<Vec<Orientation>, Cancelled> {
    let stage = Stage::new(scene);
    let views = views(&stage, ctx);
    ctx.check_cancelled()?;
    let bounds = stage.boxes.iter().copied().fold(Aabb::EMPTY, Aabb::union);
    let is_open = |view: &MeshView| view.shells.list.iter().any(Shell::may_look_inwards);
    let has_open = views.iter().flatten().any(is_open);
    let space = has_open.then(|| Space::new(&stage, &bounds, options)).flatten();
    let seen = match &space {
        Some(space) => visibility::look(&stage, &views, space.soup(), space.radius(), ctx),
        None => vec![Vec::new(); views.len()],
    };
    let premises = winding::Premises::new(&views, &seen);
    ctx.check_cancelled()?;
    let views = views.par_iter().zip(&seen);
    let of_meshes = views.filter_map(|(view, seen)| {
        let view = view.as_ref()?;
        Some(of_mesh(view, &winding::verdicts(view, seen, premises)))
    });
    Ok(of_meshes.collect())
}

fn of_mesh(view: &MeshView, verdicts: &[Verdict]) -> Orientation {
    let n_primitives = view.surface.mesh.primitives.len();
    let n_faces = |p: usize| view.surface.faces_of_primitive(p).len();
    let mut turns: Vec<Vec<Turn>> = (0..n_primitives).map(|p| vec![Turn::Keep; n_faces(p)]).collect();
    let of_face = |p: usize| view.shells.of_face[view.surface.faces_of_primitive(p)].to_vec();
    let patch_of_face: Vec<Vec<u32>> = (0..n_primitives).map(of_face).collect();
    debug_assert_eq!(NO_PATCH, NO_SHELL);
    let mut patches = Vec::with_capacity(verdicts.len());
    for (shell, verdict) in view.shells.list.iter().zip(verdicts) {
        let id = |face: usize| {
            let (primitive, face) = view.surface.primitive_face(face);
            FaceId { primitive, face }
        };
        if !verdict.evidence.is_decisive() {
            for FaceId { primitive, face } in view.shells.faces(shell).map(id) {
                turns[primitive][face as usize] = Turn::Undecidable;
            }
        }
        let flips = winding::faces_to_turn(view, shell, verdict);
        for FaceId { primitive, face } in flips.iter().copied().map(id) {
            turns[primitive][face as usize] = Turn::Flip;
        }
        patches.push(Patch {
            shape: match shell.outward() {
                _ if shell.is_one_sided => PatchShape::OneSided,
                Some(_) => PatchShape::Closed,
                None => PatchShape::Open,
            },
            evidence: verdict.evidence,
            confidence: verdict.confidence,
            n_faces: shell.n_faces(),
            n_flips: flips.len(),
            first_face: id(view.shells.faces(shell).next().unwrap_or(0)),
        });
    }
    Orientation { mesh: view.id, turns, patch_of_face, patches }
}
