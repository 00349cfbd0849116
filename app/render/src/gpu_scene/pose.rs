//! Skins and morphs, evaluated here: the device draws the default pose.

use std::borrow::Cow;

use glam::{DMat3, DMat4, DVec3, Vec3, Vec4};
use scene::{Layer, MeshInstance, MorphTarget, Primitive, Scene, WorldTransforms};

/// The primitive as one instance shows it, near the origin of its own object space.
pub(crate) struct Posed<'a> {
    pub primitive: Cow<'a, Primitive>,
    pub world_from_object: DMat4,
    /// In object space, faces are wound the other way than the file has them.
    pub is_mirrored: bool,
}

/// Whether the instance bends the mesh rather than only placing it.
pub(crate) fn is_deformed(scene: &Scene, instance: &MeshInstance, primitive: &Primitive) -> bool {
    let weights = morph_weights(scene, instance);
    is_skinned(scene, instance, primitive)
        || (!primitive.morph_targets.is_empty() && weights.iter().any(|&w| w != 0.0))
}

/// Whether some pose would bend it.
pub(crate) fn is_deformable(scene: &Scene, instance: &MeshInstance, primitive: &Primitive) -> bool {
    is_skinned(scene, instance, primitive) || !primitive.morph_targets.is_empty()
}

fn is_skinned(scene: &Scene, instance: &MeshInstance, primitive: &Primitive) -> bool {
    scene.nodes[instance.node].skin.is_some() && !primitive.joints.is_empty()
}

fn morph_weights<'a>(scene: &'a Scene, instance: &MeshInstance) -> &'a [f32] {
    let own = &scene.nodes[instance.node].morph_weights;
    if own.is_empty() { &scene.meshes[instance.mesh].morph_weights } else { own }
}

/// Positions, normals and tangents: of a skin in world space, around the centre of what they span; of
/// morphs alone in the mesh's own space.
pub(crate) fn deform(
    scene: &Scene,
    instance: &MeshInstance,
    source: &Primitive,
    transforms: &WorldTransforms,
) -> Posed<'static> {
    let is_skinned = is_skinned(scene, instance, source);
    let world_from_object = |center| {
        if is_skinned { DMat4::from_translation(center) } else { instance.world_from_mesh }
    };
    let placed =
        if is_skinned { *instance } else { MeshInstance { world_from_mesh: DMat4::IDENTITY, ..*instance } };
    let positions = scene.world_positions(&placed, source, transforms);
    let center = if is_skinned { center_of(&positions) } else { DVec3::ZERO };
    let rotations = VertexRotations::new(scene, &placed, source, transforms);
    let mut primitive = Primitive {
        vertex_positions: positions.iter().map(|p| (*p - center).as_vec3()).collect(),
        ..source.clone()
    };
    let vertex_of_corner = &source.faces.corner_vertices;
    let shapes: Vec<_> = source.morph_targets.iter().zip(morph_weights(scene, instance)).collect();
    let shaped = |v: usize, offsets: fn(&MorphTarget) -> &[Vec3]| -> Vec3 {
        shapes.iter().filter_map(|(target, weight)| Some(**weight * *offsets(target).get(v)?)).sum()
    };
    if let Some(normals) = &mut primitive.normals {
        for_each_value(normals, vertex_of_corner, |v, n| {
            *n = rotations.normal(v, *n + shaped(v, |target| &target.normals));
        });
    }
    if let Some(tangents) = &mut primitive.tangents {
        for_each_value(tangents, vertex_of_corner, |v, t| {
            *t = rotations.tangent(v, *t + shaped(v, |target| &target.tangents).extend(0.0));
        });
    }
    Posed {
        primitive: Cow::Owned(primitive),
        world_from_object: world_from_object(center),
        is_mirrored: rotations.mirrors(),
    }
}

/// Of the box around all that are finite.
fn center_of(positions: &[DVec3]) -> DVec3 {
    let (low, high) = positions
        .iter()
        .filter(|p| p.is_finite())
        .fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(lo, hi), p| (lo.min(*p), hi.max(*p)));
    if low.x <= high.x { 0.5 * (low + high) } else { DVec3::ZERO }
}

/// Calls `change` with the vertex of each value. A value that several vertices share would need a
/// value for each, so an indexed layer is spread over its corners first.
fn for_each_value<T: Copy + Default>(
    layer: &mut Layer<T>,
    vertex_of_corner: &[u32],
    mut change: impl FnMut(usize, &mut T),
) {
    if let Layer::Indexed { values, corner_values } = layer {
        let spread = corner_values.iter().map(|&i| values.get(i as usize).copied().unwrap_or_default());
        *layer = Layer::PerCorner(spread.collect());
    }
    match layer {
        Layer::PerVertex(values) => values.iter_mut().enumerate().for_each(|(v, value)| change(v, value)),
        Layer::PerCorner(values) => {
            let corners = values.iter_mut().zip(vertex_of_corner);
            corners.for_each(|(value, &v)| change(v as usize, value));
        }
        Layer::Indexed { .. } => {}
    }
}

/// `world_from_mesh` without translation, vertex by vertex.
enum VertexRotations {
    Rigid(DMat3),
    Skinned(Vec<DMat3>),
}

impl VertexRotations {
    fn new(scene: &Scene, instance: &MeshInstance, source: &Primitive, transforms: &WorldTransforms) -> Self {
        let rigid = DMat3::from_mat4(instance.world_from_mesh);
        let skin = scene.nodes[instance.node].skin.map(|id| &scene.skins[id]);
        let Some(skin) = skin.filter(|_| !source.joints.is_empty()) else {
            return Self::Rigid(rigid);
        };
        let joints: Vec<DMat3> = skin
            .joints
            .iter()
            .zip(&skin.inverse_bind_matrices)
            .map(|(&joint, inverse)| DMat3::from_mat4(transforms.world_from_node[joint] * inverse.as_dmat4()))
            .collect();
        let mut rotations = vec![DMat3::ZERO; source.vertex_positions.len()];
        for (sets, weights) in source.joints.iter().zip(&source.weights) {
            for ((rotation, set), weight) in rotations.iter_mut().zip(sets).zip(weights) {
                for (&joint, &weight) in set.iter().zip(weight) {
                    if let Some(matrix) = joints.get(joint as usize) {
                        *rotation += *matrix * f64::from(weight);
                    }
                }
            }
        }
        rotations.iter_mut().filter(|r| **r == DMat3::ZERO).for_each(|r| *r = rigid);
        Self::Skinned(rotations)
    }

    fn at(&self, vertex: usize) -> DMat3 {
        match self {
            Self::Rigid(rotation) => *rotation,
            Self::Skinned(rotations) => rotations.get(vertex).copied().unwrap_or(DMat3::IDENTITY),
        }
    }

    /// Whether most vertices are turned inside out.
    fn mirrors(&self) -> bool {
        match self {
            Self::Rigid(rotation) => rotation.determinant() < 0.0,
            Self::Skinned(rotations) => {
                2 * rotations.iter().filter(|r| r.determinant() < 0.0).count() > rotations.len()
            }
        }
    }

    fn normal(&self, vertex: usize, normal: Vec3) -> Vec3 {
        let m = self.at(vertex);
        let n = normal.as_dvec3();
        let turned =
            m.y_axis.cross(m.z_axis) * n.x + m.z_axis.cross(m.x_axis) * n.y + m.x_axis.cross(m.y_axis) * n.z;
        (turned * m.determinant().signum()).normalize_or_zero().as_vec3()
    }

    fn tangent(&self, vertex: usize, tangent: Vec4) -> Vec4 {
        let turned = self.at(vertex) * tangent.truncate().as_dvec3();
        turned.normalize_or_zero().as_vec3().extend(tangent.w)
    }
}
