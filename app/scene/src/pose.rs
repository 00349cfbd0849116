//! A moment of a clip: where it puts the nodes it moves, and the bounds over all of it.

use std::collections::BTreeMap;

use glam::{Quat, Vec3};

use crate::sample::{finite_vec3, unit_quat};
use crate::{
    Aabb, Animation, AnimationTarget, MeshInstance, NodeId, Primitive, Scene, Transform, WorldTransforms,
};

/// What differs from the file's default pose; empty, it is the default pose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pose {
    /// `parent_from_node` of the nodes that are moved.
    pub transforms: BTreeMap<NodeId, Transform>,
    pub morph_weights: BTreeMap<NodeId, Vec<f32>>,
}

impl Pose {
    pub(crate) fn transform_of<'a>(&'a self, node: NodeId, scene: &'a Scene) -> &'a Transform {
        self.transforms.get(&node).unwrap_or(&scene.nodes[node].transform)
    }

    /// The node's own weights, else its mesh's.
    pub fn morph_weights_of<'a>(&'a self, instance: &MeshInstance, scene: &'a Scene) -> &'a [f32] {
        let own = self.morph_weights.get(&instance.node).unwrap_or(&scene.nodes[instance.node].morph_weights);
        if own.is_empty() { &scene.meshes[instance.mesh].morph_weights } else { own }
    }
}

/// Moments a second at which [`Scene::bounds_over`] looks, besides the keys.
pub const BOUNDS_SAMPLES_PER_SEC: f32 = 30.0;
/// At most this many moments, and at most this many vertices moved for all of them together.
const MAX_SAMPLES: usize = 2000;
const MAX_MOVED_VERTICES: usize = 20_000_000;

impl Scene {
    /// The local transforms and morph weights of a clip at a time (seconds). Before the first key
    /// and after the last those hold. Values that are no numbers are passed over.
    pub fn pose(&self, animation: &Animation, time_secs: f32) -> Pose {
        let mut pose = Pose::default();
        for channel in &animation.channels {
            let Some(node) = self.nodes.get(channel.node) else { continue };
            let Some(value) = channel.sample(time_secs) else { continue };
            if channel.target == AnimationTarget::Weights {
                if value.iter().all(|weight| weight.is_finite()) {
                    pose.morph_weights.insert(channel.node, value);
                }
                continue;
            }
            let moved = pose.transforms.entry(channel.node).or_insert_with(|| as_trs(&node.transform));
            let Transform::Trs { translation, rotation, scale } = moved else { continue };
            match channel.target {
                AnimationTarget::Translation => *translation = finite_vec3(&value).unwrap_or(*translation),
                AnimationTarget::Rotation => *rotation = unit_quat(&value),
                AnimationTarget::Scale => *scale = finite_vec3(&value).unwrap_or(*scale),
                AnimationTarget::Weights => {}
            }
        }
        pose
    }

    /// The clip a person means: by its name, else by its number from 1.
    pub fn find_clip(&self, name_or_number: &str) -> Option<&Animation> {
        let by_name = self.animations.iter().find(|clip| clip.name == name_or_number);
        let number = || name_or_number.trim().parse::<usize>().ok()?.checked_sub(1);
        by_name.or_else(|| self.animations.get(number()?))
    }

    /// Makes a pose the default one: whoever draws, measures or frames the scene from now on sees it.
    pub fn hold(&mut self, pose: &Pose) {
        for (&node, transform) in &pose.transforms {
            if let Some(node) = self.nodes.get_mut(node) {
                node.transform = *transform;
            }
        }
        for (&node, weights) in &pose.morph_weights {
            if let Some(node) = self.nodes.get_mut(node) {
                node.morph_weights.clone_from(weights);
            }
        }
    }

    /// World bounds of everything the default scene shows while the clip plays: at its keys and at
    /// [`BOUNDS_SAMPLES_PER_SEC`] between them; at fewer, evenly chosen moments where a clip is long
    /// or a model large. What the clip does not move is looked at once.
    pub fn bounds_over(&self, animation: &Animation) -> Aabb {
        let rest = self.world_transforms();
        let instances = self.mesh_instances(&rest);
        let moving = self.moving_nodes(animation, &rest);
        let (moving, still): (Vec<_>, Vec<_>) =
            instances.into_iter().partition(|instance| self.is_moved(instance, &moving));
        let mut bounds = self.bounds_of(&still, &rest, &Pose::default());
        if moving.is_empty() {
            return bounds;
        }
        let primitives = moving.iter().flat_map(|instance| &self.meshes[instance.mesh].primitives);
        let n_vertices: usize = primitives.map(|p| p.vertex_positions.len()).sum();
        let n_most = (MAX_MOVED_VERTICES / n_vertices.max(1)).clamp(2, MAX_SAMPLES);
        for time in sample_times(animation, n_most) {
            let pose = self.pose(animation, time);
            let transforms = self.world_transforms_at(&pose);
            let placed: Vec<_> = moving
                .iter()
                .map(|i| MeshInstance { world_from_mesh: transforms.world_from_node[i.node], ..*i })
                .collect();
            bounds = bounds.union(self.bounds_of(&placed, &transforms, &pose));
        }
        bounds
    }

    /// Of the vertices that faces, lines or points use.
    pub(crate) fn bounds_of(
        &self,
        instances: &[MeshInstance],
        transforms: &WorldTransforms,
        pose: &Pose,
    ) -> Aabb {
        let mut bounds = Aabb::EMPTY;
        for instance in instances {
            for primitive in &self.meshes[instance.mesh].primitives {
                let used = used_vertices(primitive);
                let world = self.world_positions_at(instance, primitive, transforms, pose);
                for (position, _) in world.into_iter().zip(used).filter(|(_, used)| *used) {
                    bounds.add(position);
                }
            }
        }
        bounds
    }

    /// The nodes a clip moves, with everything below them.
    fn moving_nodes(&self, animation: &Animation, rest: &WorldTransforms) -> Vec<bool> {
        let mut is_moving = vec![false; rest.world_from_node.len()];
        let (weights, moved): (Vec<_>, Vec<_>) =
            animation.channels.iter().partition(|c| c.target == AnimationTarget::Weights);
        let mut stack: Vec<NodeId> = moved.iter().map(|channel| channel.node).collect();
        while let Some(node) = stack.pop() {
            if let Some(flag) = is_moving.get_mut(node).filter(|flag| !**flag) {
                *flag = true;
                stack.extend(&self.nodes[node].children);
            }
        }
        for channel in weights {
            if let Some(flag) = is_moving.get_mut(channel.node) {
                *flag = true;
            }
        }
        is_moving
    }

    fn is_moved(&self, instance: &MeshInstance, moving: &[bool]) -> bool {
        let is_moving = |node: &NodeId| moving.get(*node) == Some(&true);
        let joints = self.nodes[instance.node].skin.map_or(&[][..], |skin| &self.skins[skin].joints);
        is_moving(&instance.node) || joints.iter().any(is_moving)
    }
}

fn used_vertices(primitive: &Primitive) -> Vec<bool> {
    let mut used = vec![false; primitive.vertex_positions.len()];
    for &v in &primitive.faces.corner_vertices {
        used[v as usize] = true;
    }
    used
}

/// Keys and an even grid between the clip's ends, ascending; evenly thinned to `n_most`.
fn sample_times(animation: &Animation, n_most: usize) -> Vec<f32> {
    let Some((start, end)) = animation.time_range_secs() else { return Vec::new() };
    let mut keys: Vec<f32> = animation
        .channels
        .iter()
        .flat_map(|c| &c.key_times_secs)
        .copied()
        .filter(|t| t.is_finite())
        .collect();
    keys.sort_by(f32::total_cmp);
    keys.dedup();
    let n_grid = ((end - start) * BOUNDS_SAMPLES_PER_SEC).clamp(0.0, n_most as f32) as usize;
    let mut times = keys;
    times.extend((1..n_grid).map(|i| start + (end - start) * i as f32 / n_grid as f32));
    times.sort_by(f32::total_cmp);
    times.dedup();
    if times.len() <= n_most {
        return times;
    }
    (0..n_most).map(|i| times[i * (times.len() - 1) / (n_most - 1)]).collect()
}

/// What a channel can move one part of.
fn as_trs(transform: &Transform) -> Transform {
    let Transform::Matrix(matrix) = transform else { return *transform };
    let (scale, rotation, translation): (Vec3, Quat, Vec3) = matrix.to_scale_rotation_translation();
    if rotation.is_finite() && scale.is_finite() && translation.is_finite() {
        Transform::Trs { translation, rotation, scale }
    } else {
        Transform::IDENTITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnimationChannel, Faces, Interpolation, Mesh, MorphTarget, Node, Skin};
    use glam::{DVec3, Mat4};

    const X: Vec3 = Vec3::X;

    /// A thin triangle along +X from the origin on node 1, a child of node 0.
    fn stick() -> Scene {
        let primitive = Primitive {
            vertex_positions: vec![Vec3::ZERO, X, 0.5 * X],
            faces: Faces::triangles(vec![0, 1, 2]),
            ..Default::default()
        };
        Scene {
            nodes: vec![
                Node { children: vec![1], ..Default::default() },
                Node { mesh: Some(0), ..Default::default() },
            ],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
            ..Default::default()
        }
    }

    fn channel(node: NodeId, target: AnimationTarget, times: &[f32], values: &[f32]) -> AnimationChannel {
        let interpolation = Interpolation::Linear;
        let (key_times_secs, values) = (times.to_vec(), values.to_vec());
        AnimationChannel { node, target, interpolation, key_times_secs, values }
    }

    /// Node 0 turns once by 120 degrees and once more, about Z, in two seconds.
    fn turning() -> Animation {
        let turn = |degrees: f32| Quat::from_rotation_z(degrees.to_radians()).to_array();
        let values = [turn(0.0), turn(120.0), turn(240.0)].concat();
        Animation {
            name: "turn".into(),
            channels: vec![channel(0, AnimationTarget::Rotation, &[0.0, 1.0, 2.0], &values)],
        }
    }

    fn close(a: DVec3, b: [f64; 3], epsilon: f64) {
        assert!((a - DVec3::from(b)).abs().max_element() < epsilon, "{a} instead of {b:?}");
    }

    #[test]
    fn a_pose_moves_what_is_below_and_nothing_else() {
        let scene = stick();
        let pose = scene.pose(&turning(), 0.75);
        let transforms = scene.world_transforms_at(&pose);
        close(transforms.world_from_node[1].transform_point3(DVec3::X), [0.0, 1.0, 0.0], 1e-6);
        assert_eq!(pose.transforms.keys().collect::<Vec<_>>(), [&0]);
        assert_eq!(
            scene.world_transforms_at(&Pose::default()).world_from_node,
            scene.world_transforms().world_from_node
        );
    }

    #[test]
    fn a_pose_that_is_held_is_the_default_one() {
        let mut scene = stick();
        scene.animations.push(turning());
        assert!(scene.find_clip("Turn").is_none() && scene.find_clip("0").is_none());
        assert_eq!(
            scene.find_clip("1").map(|clip| &clip.name),
            scene.find_clip("turn").map(|clip| &clip.name)
        );
        let pose = scene.pose(&turning(), 1.5);
        let posed = scene.world_transforms_at(&pose).world_from_node;
        scene.hold(&pose);
        assert_eq!(scene.world_transforms().world_from_node, posed);
    }

    #[test]
    fn bounds_over_a_clip_hold_what_lies_between_its_keys() {
        let scene = stick();
        let bounds = scene.bounds_over(&turning());
        // The top and the left of the circle lie between keys; the samples come close to them.
        close(bounds.min, [-1.0, -(0.75f64.sqrt()), 0.0], 2e-3);
        close(bounds.max, [1.0, 1.0, 0.0], 2e-3);
        assert_eq!(scene.bounds_over(&Animation::default()), scene.bounds());
    }

    #[test]
    fn skins_and_shapes_follow_the_clip() {
        let mut scene = stick();
        let primitive = &mut scene.meshes[0].primitives[0];
        primitive.joints = vec![vec![[0; 4]; 3]];
        primitive.weights = vec![vec![[1.0, 0.0, 0.0, 0.0]; 3]];
        primitive.morph_targets = vec![MorphTarget { positions: vec![Vec3::Z; 3], ..Default::default() }];
        scene.meshes[0].morph_weights = vec![0.0];
        let inverse = Mat4::from_translation(-X);
        scene.skins =
            vec![Skin { joints: vec![2], inverse_bind_matrices: vec![inverse], ..Default::default() }];
        scene.nodes[1].skin = Some(0);
        scene.nodes[0].children.push(2);
        scene.nodes.push(Node::default());
        let clip = Animation {
            name: String::new(),
            channels: vec![
                channel(2, AnimationTarget::Translation, &[0.0, 1.0], &[1.0, 0.0, 0.0, 1.0, 6.0, 0.0]),
                channel(1, AnimationTarget::Weights, &[0.0, 1.0], &[0.0, 2.0]),
            ],
        };
        let pose = scene.pose(&clip, 0.5);
        let transforms = scene.world_transforms_at(&pose);
        let instance = scene.mesh_instances(&transforms)[0];
        let primitive = &scene.meshes[0].primitives[0];
        let world = scene.world_positions_at(&instance, primitive, &transforms, &pose);
        close(world[1], [1.0, 3.0, 1.0], 1e-6);
        let bounds = scene.bounds_over(&clip);
        close(bounds.max, [1.0, 6.0, 2.0], 1e-5);
        close(bounds.min, [0.0, 0.0, 0.0], 1e-5);
    }

    #[test]
    fn a_long_clip_is_looked_at_a_bounded_number_of_times() {
        let clip = Animation {
            name: String::new(),
            channels: vec![channel(0, AnimationTarget::Scale, &[0.0, 1e9], &[1.0, 1.0, 1.0, 3.0, 1.0, 1.0])],
        };
        let times = sample_times(&clip, 500);
        assert_eq!((times.len(), times[0], times[499]), (500, 0.0, 1e9));
        close(stick().bounds_over(&clip).max, [3.0, 0.0, 0.0], 1e-6);
    }

    #[test]
    fn a_matrix_node_keeps_what_the_clip_leaves_alone() {
        let mut scene = stick();
        scene.nodes[0].transform = Transform::Matrix(Mat4::from_scale_rotation_translation(
            Vec3::splat(2.0),
            Quat::from_rotation_z(std::f32::consts::FRAC_PI_2),
            Vec3::ONE,
        ));
        let clip = Animation {
            name: String::new(),
            channels: vec![channel(0, AnimationTarget::Translation, &[0.0], &[5.0, 0.0, 0.0])],
        };
        let transforms = scene.world_transforms_at(&scene.pose(&clip, 0.0));
        close(transforms.world_from_node[1].transform_point3(DVec3::X), [5.0, 2.0, 0.0], 1e-5);
    }
}
