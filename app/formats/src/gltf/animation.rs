//! Skins and animations.

use glam::Mat4;
use gltf::json::animation::{Channel, Interpolation as StatedInterpolation, Property, Sampler};
use gltf::json::validation::Checked;
use gltf::json::{animation, skin};
use scene::{Animation, AnimationChannel, AnimationTarget, Interpolation, Skin};

use super::accessor::Rows;
use super::container::damaged;
use super::{Reader, skipped};
use crate::source::Parsed;
use crate::{ReadFault, ReadWarning};

impl Reader<'_> {
    /// # Errors
    /// A joint that does not exist.
    pub(super) fn read_skins(&self, parsed: &mut Parsed) -> Result<(), ReadFault> {
        for (s, stated) in self.root.skins.iter().enumerate() {
            let n_nodes = self.root.nodes.len();
            if let Some(joint) = stated.joints.iter().find(|joint| joint.value() >= n_nodes) {
                return Err(damaged(format!(
                    "skin {s} names the joint {}, which does not exist",
                    joint.value()
                )));
            }
            let skin = self.skin(s, stated, &mut parsed.warnings);
            parsed.scene.skins.push(skin);
        }
        Ok(())
    }

    fn skin(&self, s: usize, stated: &skin::Skin, warnings: &mut Vec<ReadWarning>) -> Skin {
        let joints: Vec<_> = stated.joints.iter().map(|joint| joint.value()).collect();
        let matrices = stated.inverse_bind_matrices.map(|accessor| {
            let matrices = self.accessors.get(accessor)?.floats::<16>(Rows::All, [0.0; 16])?;
            if matrices.len() < joints.len() { Err("they are too few".to_owned()) } else { Ok(matrices) }
        });
        let mut inverse_bind_matrices: Vec<Mat4> = match matrices {
            Some(Ok(matrices)) => matrices.iter().map(Mat4::from_cols_array).collect(),
            Some(Err(cause)) => {
                let text =
                    format!("the bind pose of skin {s} cannot be read ({cause}); its joints may stand wrong");
                warnings.push(ReadWarning::Repaired(text));
                Vec::new()
            }
            None => Vec::new(),
        };
        inverse_bind_matrices.resize(joints.len(), Mat4::IDENTITY);
        let skeleton = stated.skeleton.map(|node| node.value()).filter(|&node| node < self.root.nodes.len());
        Skin { name: stated.name.clone().unwrap_or_default(), joints, inverse_bind_matrices, skeleton }
    }

    /// Channels that make no sense are left out with a warning; the others still move.
    pub(super) fn read_animations(&self, parsed: &mut Parsed) {
        let mut n_left_out = 0;
        for stated in &self.root.animations {
            let channels = stated.channels.iter().map(|channel| self.channel(stated, channel));
            let channels: Vec<Option<AnimationChannel>> = channels.collect();
            n_left_out += channels.iter().filter(|channel| channel.is_none()).count();
            parsed.scene.animations.push(Animation {
                name: stated.name.clone().unwrap_or_default(),
                channels: channels.into_iter().flatten().collect(),
            });
        }
        parsed.warnings.extend(skipped("animation channels", n_left_out, "their keys cannot be used"));
    }

    fn channel(&self, animation: &animation::Animation, stated: &Channel) -> Option<AnimationChannel> {
        let node = stated.target.node.value();
        if node >= self.root.nodes.len() {
            return None;
        }
        let sampler = animation.samplers.get(stated.sampler.value())?;
        let (target, values) = self.sampled_values(sampler, stated.target.path)?;
        let times =
            self.accessors.get(sampler.input).ok()?.floats::<1>(Rows::All, [0.0]).ok()?.into_flattened();
        let is_ascending = times.windows(2).all(|pair| pair[0] < pair[1]);
        if times.is_empty() || !is_ascending || !times.iter().chain(&values).all(|v| v.is_finite()) {
            return None;
        }
        let interpolation = match sampler.interpolation {
            Checked::Valid(StatedInterpolation::Step) => Interpolation::Step,
            Checked::Valid(StatedInterpolation::CubicSpline) => Interpolation::CubicSpline,
            _ => Interpolation::Linear,
        };
        let n_per_key = match target {
            AnimationTarget::Translation | AnimationTarget::Scale => Some(3),
            AnimationTarget::Rotation => Some(4),
            AnimationTarget::Weights => None,
        };
        let n_times = times.len() * if interpolation == Interpolation::CubicSpline { 3 } else { 1 };
        let fits = match n_per_key {
            Some(n) => values.len() == n_times * n,
            None => values.len() % n_times == 0 && !values.is_empty(),
        };
        fits.then_some(AnimationChannel { node, target, interpolation, key_times_secs: times, values })
    }

    fn sampled_values(
        &self,
        sampler: &Sampler,
        path: Checked<Property>,
    ) -> Option<(AnimationTarget, Vec<f32>)> {
        let output = self.accessors.get(sampler.output).ok()?;
        let Checked::Valid(property) = path else { return None };
        let three = || output.floats::<3>(Rows::All, [0.0; 3]).map(Vec::into_flattened);
        let (target, values) = match property {
            Property::Translation => (AnimationTarget::Translation, three()),
            Property::Scale => (AnimationTarget::Scale, three()),
            Property::Rotation => {
                (AnimationTarget::Rotation, output.floats::<4>(Rows::All, [0.0; 4]).map(Vec::into_flattened))
            }
            Property::MorphTargetWeights => {
                (AnimationTarget::Weights, output.floats::<1>(Rows::All, [0.0]).map(Vec::into_flattened))
            }
        };
        Some((target, values.ok()?))
    }
}
