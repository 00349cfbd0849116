use rayon::prelude::*;
use scene::{MeshId, Scene};
use work::{Cancelled, WorkCtx};

use super::FaceId;
use crate::analyze::views;
use crate::faces::FaceKind;
use crate::loose;
use crate::spots::Stage;
use crate::view::MeshView;

/// Faces and vertices of one mesh that a clean one would not have. Vertices count as one where their
/// positions are equal bit for bit, whatever normals and UVs split.
#[derive(Clone, Debug)]
pub struct SurfaceFacts {
    pub mesh: MeshId,
    /// Faces that are there a second time, ascending.
    pub duplicates: Vec<DuplicateFace>,
    /// Distinct corners on one line, ascending. One of them may close a T-junction: dissolve it where
    /// its longest edge has a neighbour, or delete it and accept the seam.
    pub zero_area: Vec<FaceId>,
    /// Fewer than three distinct corners, or without area and there twice, ascending; safe to delete.
    pub collapsed: Vec<FaceId>,
    /// With a corner that is not a number or infinite, ascending.
    pub non_finite: Vec<FaceId>,
    /// Faces with a twin on the same vertices that faces the other way, as cards are made; the second
    /// of each pair, ascending. No fault.
    pub back_twins: Vec<DuplicateFace>,
    /// Of each primitive, the vertices that nothing uses, ascending.
    pub unreferenced: Vec<Vec<u32>>,
    /// Part of each primitive's faces, numbered from 0 in the order of their first face; parts share
    /// no vertex. `u32::MAX` for faces that take no part.
    pub part_of_face: Vec<Vec<u32>>,
    pub n_parts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DuplicateFace {
    pub face: FaceId,
    /// The first face on the same vertices.
    pub of: FaceId,
}

/// The facts of every mesh, in the order of the scene; meshes with more corners than can be numbered
/// are left out. Linear.
///
/// # Errors
/// When `ctx` was cancelled.
pub fn surfaces(scene: &Scene, ctx: &WorkCtx) -> Result<Vec<SurfaceFacts>, Cancelled> {
    let stage = Stage::new(scene);
    let views = views(&stage, ctx);
    ctx.check_cancelled()?;
    Ok(views.par_iter().flatten().map(of_mesh).collect())
}

fn of_mesh(view: &MeshView) -> SurfaceFacts {
    let id = |face: usize| {
        let (primitive, face) = view.surface.primitive_face(face);
        FaceId { primitive, face }
    };
    let of_kind = |kind: FaceKind| view.faces_of_kind(kind).map(id).collect();
    let twice = |kind: FaceKind| {
        let pairs = view.repeats.iter().filter(|(face, _)| view.kinds[*face as usize] == kind);
        let mut pairs: Vec<DuplicateFace> =
            pairs.map(|&(face, of)| DuplicateFace { face: id(face as usize), of: id(of as usize) }).collect();
        pairs.sort_unstable();
        pairs
    };
    let parts = loose::parts(view);
    let n_primitives = view.surface.mesh.primitives.len();
    let part_of_face = (0..n_primitives).map(|p| {
        let shells = &view.shells.of_face[view.surface.faces_of_primitive(p)];
        shells.iter().map(|&shell| parts.of_shell.get(shell as usize).copied().unwrap_or(u32::MAX)).collect()
    });
    SurfaceFacts {
        mesh: view.id,
        duplicates: twice(FaceKind::Duplicate),
        zero_area: of_kind(FaceKind::ZeroArea),
        collapsed: of_kind(FaceKind::Collapsed),
        non_finite: of_kind(FaceKind::NonFinite),
        back_twins: twice(FaceKind::BackTwin),
        unreferenced: view.surface.mesh.primitives.iter().map(loose::unreferenced).collect(),
        part_of_face: part_of_face.collect(),
        n_parts: parts.n,
    }
}
