use glam::{Mat4, Vec3};
use scene::{MorphTarget, Primitive, Skin, SkinId};
use ufbx::SkinningMethod;

use super::convert::{finite_matrix, vec3_of};
use super::document::Document;
use crate::source::Parsed;

/// Two sets of four.
const MAX_WEIGHTS: usize = 8;

impl Document<'_> {
    /// The joints that move the mesh; made once, however often the mesh is placed.
    pub(super) fn skin_id(&mut self, mesh: &ufbx::Mesh, parsed: &mut Parsed) -> Option<SkinId> {
        let deformers = mesh.skin_deformers.as_ref();
        let deformer = deformers.first()?;
        let number = deformer.element.typed_id;
        if let Some(&id) = self.skin_ids.get(&number) {
            return id;
        }
        self.losses.extra_skins += deformers.len() - 1;
        let bends = matches!(
            deformer.skinning_method,
            SkinningMethod::DualQuaternion | SkinningMethod::BlendedDqLinear
        );
        self.losses.bent_skins += usize::from(bends);
        let skin = self.skin(deformer);
        let id = (!skin.joints.is_empty()).then_some(parsed.scene.skins.len());
        parsed.scene.skins.extend(id.map(|_| skin));
        self.skin_ids.insert(number, id);
        id
    }

    fn skin(&mut self, deformer: &ufbx::SkinDeformer) -> Skin {
        let mut skin = Skin { name: deformer.element.name.to_string(), ..Default::default() };
        // Every cluster keeps its number, since weights name it; one without bone stands still.
        for cluster in deformer.clusters.as_ref().iter().take(usize::from(u16::MAX)) {
            let joint = cluster.bone_node.as_ref().and_then(|bone| self.node_id(bone));
            let matrix = finite_matrix(&cluster.geometry_to_bone);
            self.losses.bad_transforms += usize::from(matrix.is_none());
            skin.joints.push(joint.unwrap_or(0));
            skin.inverse_bind_matrices.push(matrix.unwrap_or(Mat4::IDENTITY));
        }
        skin
    }

    /// The heaviest bones of each vertex, at most eight, with weights that sum to 1.
    pub(super) fn read_weights(&mut self, mesh: &ufbx::Mesh, primitive: &mut Primitive) {
        let Some(deformer) = mesh.skin_deformers.as_ref().first() else { return };
        let n_vertices = primitive.vertex_positions.len();
        let most = deformer.max_weights_per_vertex.min(MAX_WEIGHTS);
        let n_sets = most.div_ceil(4);
        let mut joints = vec![vec![[0u16; 4]; n_vertices]; n_sets];
        let mut weights = vec![vec![[0.0f32; 4]; n_vertices]; n_sets];
        let mut own: Vec<(u16, f32)> = Vec::new();
        for (v, vertex) in deformer.vertices.as_ref().iter().enumerate().take(n_vertices) {
            let begin = vertex.weight_begin as usize;
            let all = begin..begin.saturating_add(vertex.num_weights as usize);
            let Some(all) = deformer.weights.as_ref().get(all) else { continue };
            own.clear();
            own.extend(all.iter().filter_map(|w| {
                let weight = w.weight as f32;
                let joint = u16::try_from(w.cluster_index).ok().filter(|&joint| joint != u16::MAX)?;
                (weight.is_finite() && weight > 0.0).then_some((joint, weight))
            }));
            own.sort_by(|a, b| b.1.total_cmp(&a.1));
            self.losses.weights_beyond_eight += own.len().saturating_sub(MAX_WEIGHTS);
            own.truncate(MAX_WEIGHTS);
            let total: f32 = own.iter().map(|(_, weight)| weight).sum();
            for (i, (joint, weight)) in own.iter().enumerate().filter(|_| total.is_normal()) {
                if let (Some(joints), Some(weights)) = (joints.get_mut(i / 4), weights.get_mut(i / 4)) {
                    joints[v][i % 4] = *joint;
                    weights[v][i % 4] = weight / total;
                }
            }
        }
        primitive.joints = joints;
        primitive.weights = weights;
    }

    /// Blend shapes in the order of [`channels_of`]; returns their default weights.
    pub(super) fn read_shapes(&mut self, mesh: &ufbx::Mesh, primitive: &mut Primitive) -> Vec<f32> {
        let n_vertices = primitive.vertex_positions.len();
        let mut default_weights = Vec::new();
        for (channel, full) in channels_of(mesh) {
            self.losses.in_between_shapes += channel.keyframes.len().saturating_sub(1);
            let shape = &full.shape;
            let has_normals = shape.normal_offsets.as_ref().iter().any(|n| vec3_of(*n) != Vec3::ZERO);
            let name =
                Some(&channel.element.name).filter(|name| !name.is_empty()).unwrap_or(&shape.element.name);
            let mut target = MorphTarget { name: name.to_string(), ..Default::default() };
            // Left empty, a target that is too large still keeps the others' numbers.
            if self.budget.take::<Vec3>(n_vertices * if has_normals { 2 } else { 1 }) {
                target.positions = dense(shape, &shape.position_offsets, n_vertices);
                if has_normals {
                    target.normals = dense(shape, &shape.normal_offsets, n_vertices);
                }
            } else {
                self.losses.shapes_beyond_memory += 1;
            }
            primitive.morph_targets.push(target);
            default_weights.push(weight_of(channel.weight, full));
        }
        default_weights
    }
}

/// The blend shape channels of a mesh that have a form, each with its last one.
pub(super) fn channels_of(mesh: &ufbx::Mesh) -> Vec<(&ufbx::BlendChannel, &ufbx::BlendKeyframe)> {
    let deformers = mesh.blend_deformers.as_ref().iter();
    let channels = deformers.flat_map(|deformer| deformer.channels.as_ref());
    channels.filter_map(|channel| Some((&**channel, channel.keyframes.as_ref().last()?))).collect()
}

/// A channel's weight as the share of its last form.
pub(super) fn weight_of(weight: f64, full: &ufbx::BlendKeyframe) -> f32 {
    let share = weight / if full.target_weight.is_normal() { full.target_weight } else { 1.0 };
    if share.is_finite() { share as f32 } else { 0.0 }
}

fn dense(shape: &ufbx::BlendShape, offsets: &[ufbx::Vec3], n_vertices: usize) -> Vec<Vec3> {
    let mut all = vec![Vec3::ZERO; n_vertices];
    for (&v, offset) in shape.offset_vertices.as_ref().iter().zip(offsets) {
        let offset = vec3_of(*offset);
        if let Some(place) = all.get_mut(v as usize).filter(|_| offset.is_finite()) {
            *place = offset;
        }
    }
    all
}
