//! Skins and morphs, which stand between a node and its geometry.

use glam::{DMat4, Mat4};
use scene::{Mesh, MorphTarget, NodeId, Skin};

use super::accessor::{Table, input_of, inputs, names};
use super::document::{Document, Element, child, is, name_of};
use super::geometry::positions;
use super::tree::Tree;
use crate::ReadWarning;

/// What an `instance_controller` or `instance_geometry` leads to.
pub(super) struct Controlled<'a> {
    pub(super) geometry: Element<'a>,
    pub(super) skin: Option<Element<'a>>,
    pub(super) morph: Option<Element<'a>>,
}

/// Follows controllers of controllers to the geometry; `None` if there is none.
pub(super) fn resolve<'a>(document: &Document<'a>, instance: Element<'a>) -> Option<Controlled<'a>> {
    let mut target = document.get(instance.attribute("url")?.trim())?;
    let (mut skin, mut morph) = (None, None);
    // A skin over a morph is all there is; what is longer runs in a circle.
    for _ in 0..4 {
        if is(target, "geometry") {
            return Some(Controlled { geometry: target, skin, morph });
        }
        let deformer = ["skin", "morph"].iter().find_map(|tag| child(target, tag))?;
        if is(deformer, "skin") {
            skin = skin.or(Some(deformer));
        } else {
            morph = morph.or(Some(deformer));
        }
        target = document.get(deformer.attribute("source")?.trim())?;
    }
    None
}

/// Joints of one vertex, strongest first.
type Influences = Vec<(u16, f32)>;

/// Gives the mesh its joints and weights, and makes the skin. `None` (with a warning) if nothing of
/// it can be used.
pub(super) fn skin<'a>(
    document: &Document<'a>,
    tree: &Tree<'a>,
    skin: Element<'a>,
    skeletons: &[Element<'a>],
    mesh: &mut Mesh,
    warnings: &mut Vec<ReadWarning>,
) -> Option<Skin> {
    let joints = child(skin, "joints")?;
    let joint_names = names(document, input_of(document, joints, "JOINT")?);
    let bind = child(skin, "bind_shape_matrix").map(|e| document.floats(e)).unwrap_or_default();
    let bind_shape = bind.first_chunk::<16>().map_or(DMat4::IDENTITY, row_major);
    let inverse_bind = input_of(document, joints, "INV_BIND_MATRIX")
        .and_then(|source| Table::read(document, source))
        .map(|table| table.rows::<16>(Mat4::IDENTITY.to_cols_array()))
        .unwrap_or_default();
    let mut made = Skin { name: mesh.name.clone(), ..Default::default() };
    let mut n_missing = 0;
    // A joint that does not exist keeps its number, for the weights count them.
    let stand_in = joint_names.iter().find_map(|name| tree.joint(name, skeletons))?;
    for (j, name) in joint_names.iter().take(usize::from(u16::MAX)).enumerate() {
        let node: Option<NodeId> = tree.joint(name, skeletons);
        n_missing += usize::from(node.is_none());
        made.joints.push(node.unwrap_or(stand_in));
        let inverse = inverse_bind.get(j).map_or(DMat4::IDENTITY, row_major);
        made.inverse_bind_matrices.push((inverse * bind_shape).as_mat4());
    }
    if n_missing > 0 {
        let reason = "the scene has no node of their name; what hangs on them may stand wrong";
        warnings.push(ReadWarning::Skipped { what: "joints", n: n_missing, reason });
    }
    made.skeleton = skeletons.first().and_then(|s| tree.nodes_of(*s).first().copied());
    let influences = influences(document, skin, made.joints.len(), warnings);
    for primitive in &mut mesh.primitives {
        let n_vertices = primitive.vertex_positions.len();
        let n_sets = if influences.iter().take(n_vertices).any(|all| all.len() > 4) { 2 } else { 1 };
        for set in 0..n_sets {
            let four = |v: usize| influences.get(v).and_then(|all| all.get(4 * set..)).unwrap_or_default();
            let pick = |v: usize, i: usize| four(v).get(i).copied().unwrap_or_default();
            let vertices = 0..n_vertices;
            primitive.joints.push(vertices.clone().map(|v| std::array::from_fn(|i| pick(v, i).0)).collect());
            primitive.weights.push(vertices.map(|v| std::array::from_fn(|i| pick(v, i).1)).collect());
        }
    }
    Some(made)
}

fn row_major(values: &[f32; 16]) -> DMat4 {
    Mat4::from_cols_array(values).transpose().as_dmat4()
}

/// The eight strongest influences of each vertex. A joint of -1 means the bind shape, which no
/// weight says; it is left out.
fn influences<'a>(
    document: &Document<'a>,
    skin: Element<'a>,
    n_joints: usize,
    warnings: &mut Vec<ReadWarning>,
) -> Vec<Influences> {
    let Some(stated) = child(skin, "vertex_weights") else { return Vec::new() };
    let list = |tag| child(stated, tag).map(|e| document.indices(e)).unwrap_or_default();
    let (counts, pairs) = (list("vcount"), list("v"));
    let all = inputs(document, stated);
    let stride = all.iter().map(|input| input.offset).max().unwrap_or(0).saturating_add(1);
    let offset = |semantic: &str| all.iter().find(|i| i.semantic == semantic).map(|i| i.offset);
    let (joint_at, weight_at) = (offset("JOINT").unwrap_or(0), offset("WEIGHT").unwrap_or(1));
    let weights: Vec<[f32; 1]> = all
        .iter()
        .find(|input| input.semantic == "WEIGHT")
        .and_then(|input| Table::read(document, input.source))
        .map(|table| table.rows([0.0]))
        .unwrap_or_default();
    let mut pairs = pairs.chunks_exact(stride);
    let mut n_cut = 0;
    let of_vertex = |count: u32| {
        let influence = |pair: &[u32]| {
            let joint = u16::try_from(*pair.get(joint_at)?).ok().filter(|&j| usize::from(j) < n_joints)?;
            let [weight] = *weights.get(*pair.get(weight_at)? as usize)?;
            (weight.is_finite() && weight > 0.0).then_some((joint, weight))
        };
        let mut influences: Influences = pairs.by_ref().take(count as usize).filter_map(influence).collect();
        if influences.len() > 8 {
            influences.sort_by(|a, b| b.1.total_cmp(&a.1));
            influences.truncate(8);
            let total: f32 = influences.iter().map(|(_, weight)| weight).sum();
            influences.iter_mut().for_each(|(_, weight)| *weight /= total);
            n_cut += 1;
        }
        influences
    };
    let influences = counts.into_iter().map(of_vertex).collect();
    if n_cut > 0 {
        let text = format!("{n_cut} vertices hang on more than 8 joints; the 8 strongest were kept");
        warnings.push(ReadWarning::Repaired(text));
    }
    influences
}

/// Gives the mesh its morph targets. Targets with other vertices are left out.
pub(super) fn morph<'a>(
    document: &Document<'a>,
    morph: Element<'a>,
    geometry: Element<'a>,
    mesh: &mut Mesh,
    warnings: &mut Vec<ReadWarning>,
) {
    let Some(targets) = child(morph, "targets") else { return };
    let Some(named) = input_of(document, targets, "MORPH_TARGET").map(|source| names(document, source))
    else {
        return;
    };
    let weights: Vec<[f32; 1]> = input_of(document, targets, "MORPH_WEIGHT")
        .and_then(|source| Table::read(document, source))
        .map(|table| table.rows([0.0]))
        .unwrap_or_default();
    let base = positions(document, geometry).unwrap_or_default();
    let is_relative = morph.attribute("method") == Some("RELATIVE");
    let mut n_other = 0;
    for (t, name) in named.iter().enumerate() {
        let target = document.get(name);
        let Some(mut offsets) = target.and_then(|t| positions(document, t)).filter(|p| p.len() == base.len())
        else {
            n_other += 1;
            continue;
        };
        if !is_relative {
            offsets.iter_mut().zip(&base).for_each(|(offset, base)| *offset -= *base);
        }
        mesh.morph_weights.push(weights.get(t).map_or(0.0, |[weight]| *weight));
        let name = target.map(name_of).unwrap_or_default().to_owned();
        for primitive in mesh.primitives.iter_mut().filter(|p| p.vertex_positions.len() == offsets.len()) {
            let positions = offsets.clone();
            primitive.morph_targets.push(MorphTarget { name: name.clone(), positions, ..Default::default() });
        }
    }
    if n_other > 0 {
        let reason = "they are not there, or have other vertices than the mesh";
        warnings.push(ReadWarning::Skipped { what: "morph targets", n: n_other, reason });
    }
}
