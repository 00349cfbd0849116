//! Where things stand, in the file's default pose or in another: world transforms, skins and morphs
//! applied.

use glam::{DMat4, DVec3, Vec3};

use crate::{Aabb, MeshId, NodeId, Pose, Primitive, Scene};

/// `world_from_node` of every node, in double precision.
#[derive(Clone, Debug)]
pub struct WorldTransforms {
    /// Indexed by `NodeId`.
    pub world_from_node: Vec<DMat4>,
    /// Whether the default scene shows the node: reaches it, and nothing on the way is hidden.
    pub in_scene: Vec<bool>,
}

/// One placing of one mesh in the scene.
#[derive(Clone, Copy, Debug)]
pub struct MeshInstance {
    pub node: NodeId,
    pub mesh: MeshId,
    pub world_from_mesh: DMat4,
}

impl Scene {
    /// Linear in the number of nodes. Expects a validated scene; nodes outside the default scene
    /// are placed too, and marked.
    pub fn world_transforms(&self) -> WorldTransforms {
        self.world_transforms_at(&Pose::default())
    }

    /// [`Scene::world_transforms`] of another pose than the default one.
    pub fn world_transforms_at(&self, pose: &Pose) -> WorldTransforms {
        let mut world_from_node = vec![DMat4::IDENTITY; self.nodes.len()];
        let mut in_scene = vec![false; self.nodes.len()];
        let mut has_parent = vec![false; self.nodes.len()];
        for node in &self.nodes {
            for &child in &node.children {
                has_parent[child] = true;
            }
        }
        for &root in &self.roots {
            in_scene[root] = !self.nodes[root].is_hidden;
        }
        let mut stack: Vec<_> = (0..self.nodes.len()).filter(|&i| !has_parent[i]).collect();
        for &root in &stack {
            world_from_node[root] = pose.transform_of(root, self).matrix();
        }
        while let Some(i) = stack.pop() {
            for &child in &self.nodes[i].children {
                world_from_node[child] = world_from_node[i] * pose.transform_of(child, self).matrix();
                in_scene[child] = in_scene[i] && !self.nodes[child].is_hidden;
                stack.push(child);
            }
        }
        WorldTransforms { world_from_node, in_scene }
    }

    /// Every mesh the default scene shows, once per node that places it, in node order.
    pub fn mesh_instances(&self, transforms: &WorldTransforms) -> Vec<MeshInstance> {
        let nodes = self.nodes.iter().enumerate().filter(|(i, _)| transforms.in_scene[*i]);
        nodes
            .filter_map(|(i, node)| {
                let world_from_mesh = transforms.world_from_node[i];
                Some(MeshInstance { node: i, mesh: node.mesh?, world_from_mesh })
            })
            .collect()
    }

    /// The vertices of one primitive as `instance` shows them: morphed, then skinned or placed by
    /// its node. World space, metres. A skinned mesh ignores its own node (glTF 2.0 §3.7.3.3).
    pub fn world_positions(
        &self,
        instance: &MeshInstance,
        primitive: &Primitive,
        transforms: &WorldTransforms,
    ) -> Vec<DVec3> {
        self.world_positions_at(instance, primitive, transforms, &Pose::default())
    }

    /// [`Scene::world_positions`] of another pose than the default one; `transforms` are those of
    /// the same pose.
    pub fn world_positions_at(
        &self,
        instance: &MeshInstance,
        primitive: &Primitive,
        transforms: &WorldTransforms,
        pose: &Pose,
    ) -> Vec<DVec3> {
        let positions = self.morphed_positions(instance, primitive, pose);
        let node = &self.nodes[instance.node];
        let skin = node.skin.map(|id| &self.skins[id]).filter(|_| !primitive.joints.is_empty());
        let Some(skin) = skin else {
            return positions
                .iter()
                .map(|p| instance.world_from_mesh.transform_point3(p.as_dvec3()))
                .collect();
        };
        let joint_matrices: Vec<DMat4> = skin
            .joints
            .iter()
            .zip(&skin.inverse_bind_matrices)
            .map(|(&joint, inverse)| transforms.world_from_node[joint] * inverse.as_dmat4())
            .collect();
        let skinned = |(v, position): (usize, &Vec3)| {
            let mut matrix = DMat4::ZERO;
            let mut total = 0.0;
            for (joints, weights) in primitive.joints.iter().zip(&primitive.weights) {
                for (&joint, &weight) in joints[v].iter().zip(&weights[v]) {
                    if let Some(joint_matrix) = joint_matrices.get(joint as usize)
                        && weight != 0.0
                    {
                        matrix += *joint_matrix * f64::from(weight);
                        total += f64::from(weight);
                    }
                }
            }
            if total == 0.0 {
                return instance.world_from_mesh.transform_point3(position.as_dvec3());
            }
            (matrix * (1.0 / total)).transform_point3(position.as_dvec3())
        };
        positions.iter().enumerate().map(skinned).collect()
    }

    fn morphed_positions<'a>(
        &self,
        instance: &MeshInstance,
        primitive: &'a Primitive,
        pose: &Pose,
    ) -> std::borrow::Cow<'a, [Vec3]> {
        let weights = pose.morph_weights_of(instance, self);
        let active: Vec<_> = primitive
            .morph_targets
            .iter()
            .zip(weights)
            .filter(|(target, weight)| **weight != 0.0 && !target.positions.is_empty())
            .collect();
        if active.is_empty() {
            return primitive.vertex_positions.as_slice().into();
        }
        let mut positions = primitive.vertex_positions.clone();
        for (target, weight) in active {
            for (position, offset) in positions.iter_mut().zip(&target.positions) {
                *position += *weight * *offset;
            }
        }
        positions.into()
    }

    /// World bounds of everything the default scene shows, from the vertices that faces, lines or
    /// points use; exact, in double precision.
    pub fn bounds(&self) -> Aabb {
        let transforms = self.world_transforms();
        self.bounds_of(&self.mesh_instances(&transforms), &transforms, &Pose::default())
    }
}
