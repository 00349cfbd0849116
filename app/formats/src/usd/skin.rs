//! How joints and blend shapes move a mesh (UsdSkelBindingAPI, UsdSkelBlendShape).

use std::collections::HashMap;

use glam::{DMat4, Vec3};
use openusd::sdf;
use scene::{AnimationTarget, MorphTarget, NodeId, Primitive, Skin};

use super::object::Object;
use super::primvar::{Interpolation, Primvar};
use super::stage::{Inherited, Walk};
use super::value;

/// A skinned node whose skeleton may not have been met yet.
pub(super) struct PendingSkin {
    pub(super) node: NodeId,
    skeleton: sdf::Path,
    /// The joints that the mesh counts in, where they are not the skeleton's own.
    joints: Option<Vec<String>>,
    /// `world_from_mesh` as bound.
    bind: DMat4,
}

/// Two sets of four are what a vertex can carry.
const MAX_N_INFLUENCES: usize = 8;

/// Offsets of all blend shapes of one mesh, at twelve bytes each; a file may name one shape often.
const MAX_N_OFFSETS: usize = 64 << 20;

impl Walk<'_, '_> {
    pub(super) fn add_skin(
        &mut self,
        object: &Object,
        node: NodeId,
        primitive: &mut Primitive,
        inherited: &Inherited,
    ) {
        let Some(skeleton) = inherited.skeleton.clone() else { return };
        let Some(influences) = Influences::read(object, primitive.vertex_positions.len()) else { return };
        let n_lost = influences.spread(primitive);
        self.lost.add("joint weights", n_lost, "a vertex keeps its eight strongest");
        let bind = object.value("primvars:skel:geomBindTransform").as_ref().and_then(value::matrix);
        self.skins.push(PendingSkin {
            node,
            skeleton,
            joints: object.tokens("skel:joints"),
            bind: bind.unwrap_or(DMat4::IDENTITY),
        });
    }

    /// Once all skeletons are there.
    pub(super) fn bind_skins(&mut self) {
        for pending in std::mem::take(&mut self.skins) {
            let Some(skeleton) = self.skeletons.get(pending.skeleton.as_str()) else {
                self.lost.add("skins", 1, "their skeletons are not in the stage");
                self.forget_skin(pending.node);
                continue;
            };
            let by_name: HashMap<&str, usize> =
                skeleton.joints.iter().enumerate().map(|(j, (name, _))| (name.as_str(), j)).collect();
            let order: Option<Vec<usize>> = match &pending.joints {
                Some(names) => names.iter().map(|name| by_name.get(name.as_str()).copied()).collect(),
                None => Some((0..skeleton.joints.len()).collect()),
            };
            let Some(order) = order.filter(|order| order.len() <= usize::from(u16::MAX)) else {
                self.lost.add("skins", 1, "they name joints that their skeletons do not have");
                self.forget_skin(pending.node);
                continue;
            };
            let inverse = |j: usize| {
                let inverse = skeleton.bind[j].inverse() * pending.bind;
                if inverse.is_finite() { inverse.as_mat4() } else { glam::Mat4::IDENTITY }
            };
            let skin = Skin {
                name: pending.skeleton.name().unwrap_or_default().to_owned(),
                joints: order.iter().map(|&j| skeleton.joints[j].1).collect(),
                inverse_bind_matrices: order.iter().map(|&j| inverse(j)).collect(),
                skeleton: Some(skeleton.node),
            };
            self.scene.nodes[pending.node].skin = Some(self.scene.skins.len());
            self.scene.skins.push(skin);
        }
    }

    fn forget_skin(&mut self, node: NodeId) {
        if let Some(mesh) = self.scene.nodes[node].mesh {
            for primitive in &mut self.scene.meshes[mesh].primitives {
                primitive.joints.clear();
                primitive.weights.clear();
            }
        }
    }

    /// Returns the weights at the moment that is shown, one for each shape.
    pub(super) fn add_blend_shapes(
        &mut self,
        object: &Object,
        node: NodeId,
        primitive: &mut Primitive,
        inherited: &Inherited,
    ) -> Vec<f32> {
        let names = object.tokens("skel:blendShapes").unwrap_or_default();
        let targets = object.targets("skel:blendShapeTargets");
        let n_vertices = primitive.vertex_positions.len();
        for (name, path) in names.iter().zip(&targets) {
            if (primitive.morph_targets.len() + 1).saturating_mul(n_vertices) > MAX_N_OFFSETS {
                self.lost.add("blend shapes", 1, "there are more of them than memory should hold");
                continue;
            }
            let shape = Object::new(&self.stage, path, self.time);
            if shape.properties.iter().any(|p| p.as_str().starts_with("inbetweens:")) {
                self.lost.add("in-between shapes", 1, "blend shapes move straight");
            }
            let points = shape.value("pointIndices").and_then(value::indices);
            let spread = |list: Vec<Vec3>| spread_offsets(list, points.as_deref(), n_vertices);
            primitive.morph_targets.push(MorphTarget {
                name: name.clone(),
                positions: shape.value("offsets").and_then(value::vec3s).map(spread).unwrap_or_default(),
                normals: shape.value("normalOffsets").and_then(value::vec3s).map(spread).unwrap_or_default(),
                tangents: Vec::new(),
            });
        }
        let n_shapes = primitive.morph_targets.len();
        if n_shapes == 0 {
            return Vec::new();
        }
        let animation = inherited.animation.clone().or_else(|| {
            let skeleton = inherited.skeleton.as_ref()?;
            match self.skeletons.get(skeleton.as_str()) {
                Some(skeleton) => skeleton.animation.clone(),
                None => Object::new(&self.stage, skeleton, self.time).targets("skel:animationSource").pop(),
            }
        });
        let weights = animation.and_then(|path| self.shape_weights(&path, node, &names[..n_shapes]));
        weights.unwrap_or_else(|| vec![0.0; n_shapes])
    }

    fn shape_weights(&mut self, animation: &sdf::Path, node: NodeId, shapes: &[String]) -> Option<Vec<f32>> {
        let animation = Object::new(&self.stage, animation, self.time);
        let names = animation.tokens("blendShapes")?;
        let places: Vec<Option<usize>> =
            shapes.iter().map(|shape| names.iter().position(|name| name == shape)).collect();
        let pick = |list: &[f32]| -> Vec<f32> {
            places.iter().map(|place| place.and_then(|i| list.get(i)).copied().unwrap_or(0.0)).collect()
        };
        if let Some(samples) = animation.samples("blendShapeWeights") {
            let mut frames = Vec::new();
            let mut values = Vec::new();
            for (frame, value) in samples {
                let Some(list) = value::floats(value) else { continue };
                frames.push(frame);
                values.extend(pick(&list));
            }
            self.timeline.add(node, AnimationTarget::Weights, &frames, shapes.len(), &values);
        }
        animation.value("blendShapeWeights").and_then(value::floats).map(|list| pick(&list))
    }
}

fn spread_offsets(offsets: Vec<Vec3>, points: Option<&[u32]>, n_vertices: usize) -> Vec<Vec3> {
    let mut spread = vec![Vec3::ZERO; n_vertices];
    for (i, offset) in offsets.into_iter().enumerate() {
        let point = points.map_or(Some(i), |points| points.get(i).map(|&point| point as usize));
        if let Some(place) = point.and_then(|point| spread.get_mut(point)) {
            *place = offset;
        }
    }
    spread
}

/// `width` joints with their weights for each vertex.
struct Influences {
    joints: Vec<u32>,
    weights: Vec<f32>,
    width: usize,
    /// The same for all vertices.
    is_rigid: bool,
}

impl Influences {
    fn read(object: &Object, n_vertices: usize) -> Option<Self> {
        let (joints, weights) = ("primvars:skel:jointIndices", "primvars:skel:jointWeights");
        let stated = object.metadata(joints, "elementSize").as_ref().and_then(value::number);
        let is_constant = Primvar::read(object, joints, Interpolation::Vertex, value::indices)?;
        let is_rigid = is_constant.constant().is_some();
        let joints = object.value(joints).and_then(value::indices)?;
        let weights = object.value(weights).and_then(value::floats)?;
        let n_elements = if is_rigid { 1 } else { n_vertices };
        // Some writers leave the element size out.
        let guessed = joints.len().checked_div(n_elements).unwrap_or(0);
        let width = stated.map_or(guessed, |v| v as usize).clamp(1, 1 << 12);
        let fits = joints.len() >= n_elements.checked_mul(width)? && weights.len() >= joints.len();
        fits.then_some(Self { joints, weights, width, is_rigid })
    }

    /// Returns how many weights did not find room.
    fn spread(&self, primitive: &mut Primitive) -> usize {
        let n_vertices = primitive.vertex_positions.len();
        let n_sets = self.width.min(MAX_N_INFLUENCES).div_ceil(4);
        primitive.joints = vec![vec![[0; 4]; n_vertices]; n_sets];
        primitive.weights = vec![vec![[0.0; 4]; n_vertices]; n_sets];
        let mut n_lost = 0;
        let mut strongest: Vec<(f32, u16)> = Vec::with_capacity(self.width);
        for v in 0..n_vertices {
            let first = if self.is_rigid { 0 } else { v * self.width };
            let range = first..first + self.width;
            strongest.clear();
            for (&joint, &weight) in self.joints[range.clone()].iter().zip(&self.weights[range]) {
                if let (Ok(joint), true) = (u16::try_from(joint), weight.is_finite() && weight != 0.0) {
                    strongest.push((weight, joint));
                }
            }
            if strongest.len() > MAX_N_INFLUENCES {
                strongest.sort_by(|a, b| b.0.total_cmp(&a.0));
                n_lost += strongest.len() - MAX_N_INFLUENCES;
                strongest.truncate(MAX_N_INFLUENCES);
            }
            for (i, &(weight, joint)) in strongest.iter().enumerate() {
                primitive.joints[i / 4][v][i % 4] = joint;
                primitive.weights[i / 4][v][i % 4] = weight;
            }
        }
        n_lost
    }
}
