use scene::{AnimationChannel, AnimationTarget, Interpolation, NodeId, Skin};
use serde_json::{Map, Value, json};

use super::binary::Use;
use super::{Numbers, Writer, insert_list, insert_name};
use crate::{WriteError, WriteWarning};

impl Writer<'_> {
    pub(super) fn skins(&mut self, root: &mut Map<String, Value>) -> Numbers {
        let parents = self.parents();
        let mut skins = Vec::new();
        let mut ids = Numbers::with_capacity(self.scene.skins.len());
        for skin in &self.scene.skins {
            // glTF knows no skin without joints.
            ids.push((!skin.joints.is_empty()).then_some(skins.len()));
            if !skin.joints.is_empty() {
                skins.push(self.skin(skin, &parents));
            }
        }
        insert_list(root, "skins", skins);
        ids
    }

    fn skin(&mut self, skin: &Skin, parents: &[Option<NodeId>]) -> Value {
        let matrices: Vec<[f32; 16]> = skin
            .inverse_bind_matrices
            .iter()
            .map(|matrix| {
                let mut columns = matrix.to_cols_array().map(|v| if v.is_finite() { v } else { 0.0 });
                [columns[3], columns[7], columns[11], columns[15]] = [0.0, 0.0, 0.0, 1.0];
                columns
            })
            .collect();
        let mut object = Map::new();
        insert_name(&mut object, &skin.name);
        object.insert("joints".into(), skin.joints.clone().into());
        object.insert("inverseBindMatrices".into(), self.binary.add_floats(&matrices, Use::Other).into());
        let above = |node: NodeId| std::iter::successors(Some(node), |&node| parents[node]);
        let holds_all =
            |skeleton: &NodeId| skin.joints.iter().all(|&j| above(j).any(|node| node == *skeleton));
        if let Some(skeleton) = skin.skeleton.filter(holds_all) {
            object.insert("skeleton".into(), skeleton.into());
        }
        Value::Object(object)
    }

    fn parents(&self) -> Vec<Option<NodeId>> {
        let mut parents = vec![None; self.scene.nodes.len()];
        for (parent, node) in self.scene.nodes.iter().enumerate() {
            for &child in &node.children {
                parents[child] = Some(parent);
            }
        }
        parents
    }

    pub(super) fn animations(
        &mut self,
        meshes: &Numbers,
        root: &mut Map<String, Value>,
    ) -> Result<(), WriteError> {
        let mut animations = Vec::new();
        let scene = self.scene;
        for animation in &scene.animations {
            self.ctx.check_cancelled()?;
            let (mut channels, mut samplers, mut moved) = (Vec::new(), Vec::new(), Vec::new());
            for channel in &animation.channels {
                // One animation may move one property of one node once.
                if moved.contains(&(channel.node, channel.target)) || !self.can_move(channel, meshes) {
                    continue;
                }
                moved.push((channel.node, channel.target));
                let target = json!({ "node": channel.node, "path": path(channel.target) });
                channels.push(json!({ "sampler": samplers.len(), "target": target }));
                samplers.push(self.sampler(channel));
            }
            let n_channels = animation.channels.len() - channels.len();
            if n_channels > 0 {
                let animation = animation.name.clone();
                self.warnings.push(WriteWarning::ChannelsLeftOut { animation, n_channels });
            }
            if channels.is_empty() {
                continue;
            }
            let mut object = Map::new();
            insert_name(&mut object, &animation.name);
            object.insert("channels".into(), channels.into());
            object.insert("samplers".into(), samplers.into());
            animations.push(Value::Object(object));
        }
        insert_list(root, "animations", animations);
        Ok(())
    }

    fn can_move(&self, channel: &AnimationChannel, meshes: &Numbers) -> bool {
        let n_times = channel.key_times_secs.len() * if is_spline(channel) { 3 } else { 1 };
        let is_sound = channel.key_times_secs.iter().chain(&channel.values).all(|v| v.is_finite());
        let n_per_key = match channel.target {
            AnimationTarget::Translation | AnimationTarget::Scale => 3,
            AnimationTarget::Rotation => 4,
            AnimationTarget::Weights => {
                let mesh = self.scene.nodes[channel.node].mesh.filter(|&mesh| meshes[mesh].is_some());
                let primitives = mesh.map_or(&[][..], |mesh| &self.scene.meshes[mesh].primitives);
                primitives.iter().map(|p| p.morph_targets.len()).max().unwrap_or(0)
            }
        };
        is_sound && n_times > 0 && n_per_key > 0 && channel.values.len() == n_times * n_per_key
    }

    fn sampler(&mut self, channel: &AnimationChannel) -> Value {
        let times: Vec<[f32; 1]> = channel.key_times_secs.iter().map(|&time| [time]).collect();
        let input = self.binary.add_bounded_floats(&times, Use::Other);
        let output = match channel.target {
            AnimationTarget::Translation | AnimationTarget::Scale => {
                self.binary.add_floats(channel.values.as_chunks::<3>().0, Use::Other)
            }
            AnimationTarget::Rotation => {
                let rotations = channel.values.as_chunks::<4>().0;
                // Of a spline only the middle of each three is a rotation, the others are its tangents.
                let is_rotation = |i: usize| !is_spline(channel) || i % 3 == 1;
                let rotations: Vec<[f32; 4]> = rotations
                    .iter()
                    .enumerate()
                    .map(|(i, q)| if is_rotation(i) { unit(*q) } else { *q })
                    .collect();
                self.binary.add_floats(&rotations, Use::Other)
            }
            AnimationTarget::Weights => self.binary.add_floats(channel.values.as_chunks::<1>().0, Use::Other),
        };
        let interpolation = match channel.interpolation {
            Interpolation::Linear => "LINEAR",
            Interpolation::Step => "STEP",
            Interpolation::CubicSpline => "CUBICSPLINE",
        };
        json!({ "input": input, "output": output, "interpolation": interpolation })
    }
}

fn is_spline(channel: &AnimationChannel) -> bool {
    channel.interpolation == Interpolation::CubicSpline
}

fn unit(rotation: [f32; 4]) -> [f32; 4] {
    let length = rotation.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
    if (length - 1.0).abs() < 1e-6 {
        rotation
    } else if length > 0.0 {
        rotation.map(|v| (f64::from(v) / length) as f32)
    } else {
        [0.0, 0.0, 0.0, 1.0]
    }
}

fn path(target: AnimationTarget) -> &'static str {
    match target {
        AnimationTarget::Translation => "translation",
        AnimationTarget::Rotation => "rotation",
        AnimationTarget::Scale => "scale",
        AnimationTarget::Weights => "weights",
    }
}
