//! Skeletons as trees of joint nodes (UsdSkelSkeleton), and how they move (UsdSkelAnimation).

use std::collections::HashMap;

use glam::{DMat4, Quat, Vec3};
use openusd::sdf;
use scene::{AnimationTarget, Node, NodeId};

use super::object::Object;
use super::stage::{Inherited, Walk};
use super::value;
use super::xform::decompose;

pub(super) struct Skeleton {
    pub(super) node: NodeId,
    /// Of the joint nodes, by joint name and in the skeleton's order.
    pub(super) joints: Vec<(String, NodeId)>,
    /// `world_from_joint` as bound; the skeleton's order.
    pub(super) bind: Vec<DMat4>,
    pub(super) animation: Option<sdf::Path>,
}

impl Walk<'_, '_> {
    pub(super) fn add_skeleton(&mut self, object: &Object, inherited: &Inherited) {
        let names = object.tokens("joints").unwrap_or_default();
        let n_joints = names.len();
        let parents = parents_of(&names);
        let matrices = |name: &str| {
            let list = object.value(name).and_then(value::matrices).unwrap_or_default();
            (list.len() >= n_joints).then_some(list)
        };
        let bind = matrices("bindTransforms");
        let rest = matrices("restTransforms");
        // Either tells the other: at rest as bound, or bound as at rest.
        let local_of = |bind: &[DMat4], j: usize| match parents[j] {
            Some(parent) => bind[parent].inverse() * bind[j],
            None => bind[j],
        };
        let local: Vec<DMat4> = match (&rest, &bind) {
            (Some(rest), _) => rest[..n_joints].to_vec(),
            (None, Some(bind)) => (0..n_joints).map(|j| local_of(bind, j)).collect(),
            (None, None) => vec![DMat4::IDENTITY; n_joints],
        };
        let bind = bind.unwrap_or_else(|| worlds_of(&local, &parents));
        let mut joints = Vec::with_capacity(n_joints);
        for (name, local) in names.iter().zip(&local) {
            joints.push((name.clone(), self.scene.nodes.len()));
            let short = name.rsplit('/').next().unwrap_or(name).to_owned();
            self.scene.nodes.push(Node { name: short, transform: decompose(*local), ..Default::default() });
        }
        for (j, parent) in parents.iter().enumerate() {
            let parent = parent.map_or(inherited.parent, |parent| joints[parent].1);
            self.scene.nodes[parent].children.push(joints[j].1);
        }
        let animation = inherited.animation.clone();
        if let Some(path) = &animation {
            self.pose(path, &joints);
        }
        let skeleton = Skeleton { node: inherited.parent, joints, bind, animation };
        self.skeletons.insert(object.path().as_str().to_owned(), skeleton);
    }

    /// Puts the joints where the animation has them at the moment that is shown, and adds its
    /// channels.
    fn pose(&mut self, animation: &sdf::Path, joints: &[(String, NodeId)]) {
        let animation = Object::new(&self.stage, animation, self.time);
        let nodes: HashMap<&str, NodeId> = joints.iter().map(|(name, node)| (name.as_str(), *node)).collect();
        let names = animation.tokens("joints").unwrap_or_default();
        let nodes: Vec<Option<NodeId>> = names.iter().map(|name| nodes.get(name.as_str()).copied()).collect();
        let translations = animation.value("translations").and_then(value::vec3s).unwrap_or_default();
        let rotations = animation.value("rotations").and_then(value::quats).unwrap_or_default();
        let scales = animation.value("scales").and_then(value::vec3s).unwrap_or_default();
        for (j, node) in nodes.iter().enumerate() {
            let Some(node) = *node else { continue };
            let scene::Transform::Trs { translation, rotation, scale } =
                &mut self.scene.nodes[node].transform
            else {
                continue;
            };
            *translation = translations.get(j).copied().unwrap_or(*translation);
            *rotation = rotations.get(j).map_or(*rotation, |r| r.normalize());
            *scale = scales.get(j).copied().unwrap_or(*scale);
        }
        self.add_joint_channels(&animation, &nodes);
    }

    fn add_joint_channels(&mut self, animation: &Object, nodes: &[Option<NodeId>]) {
        let vectors = |value| Some(value::vec3s(value)?.iter().map(Vec3::to_array).collect::<Vec<_>>());
        let n = nodes.len();
        let spread = |name: &str, width: usize| -> Option<(Vec<f64>, Vec<Vec<f32>>)> {
            let mut frames = Vec::new();
            let mut by_joint = vec![Vec::new(); n];
            let mut last = vec![Quat::IDENTITY; n];
            for (frame, value) in animation.samples(name)? {
                let mut add = |j: usize, numbers: &[f32]| by_joint[j].extend_from_slice(numbers);
                if width == 4 {
                    let Some(quats) = value::quats(value).filter(|quats| quats.len() >= n) else { continue };
                    for (j, quat) in quats[..n].iter().enumerate() {
                        let quat = quat.normalize();
                        // A rotation and its negative are the same; blends between them are not.
                        let quat = if quat.dot(last[j]) < 0.0 { -quat } else { quat };
                        last[j] = quat;
                        add(j, &quat.to_array());
                    }
                } else {
                    let Some(list) = vectors(value).filter(|list| list.len() >= n) else { continue };
                    list[..n].iter().enumerate().for_each(|(j, numbers)| add(j, numbers));
                }
                frames.push(frame);
            }
            Some((frames, by_joint))
        };
        let targets = [
            ("translations", AnimationTarget::Translation, 3),
            ("rotations", AnimationTarget::Rotation, 4),
            ("scales", AnimationTarget::Scale, 3),
        ];
        for (name, target, width) in targets {
            let Some((frames, by_joint)) = spread(name, width) else { continue };
            for (node, values) in nodes.iter().zip(&by_joint) {
                if let Some(node) = *node {
                    self.timeline.add(node, target, &frames, width, values);
                }
            }
        }
    }
}

/// A joint's parent is the one that its path leads through, if it comes before it.
fn parents_of(names: &[String]) -> Vec<Option<usize>> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut parents = Vec::with_capacity(names.len());
    for (j, name) in names.iter().enumerate() {
        let mut above = name.as_str();
        let mut parent = None;
        while let Some((shorter, _)) = above.rsplit_once('/') {
            above = shorter;
            parent = known.get(above).copied();
            if parent.is_some() {
                break;
            }
        }
        parents.push(parent);
        known.entry(name).or_insert(j);
    }
    parents
}

fn worlds_of(local: &[DMat4], parents: &[Option<usize>]) -> Vec<DMat4> {
    let mut worlds: Vec<DMat4> = Vec::with_capacity(local.len());
    for (matrix, parent) in local.iter().zip(parents) {
        worlds.push(parent.map_or(*matrix, |parent| worlds[parent] * *matrix));
    }
    worlds
}
