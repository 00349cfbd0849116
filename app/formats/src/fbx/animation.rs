//! Clips: each animation stack is baked to linear keys of the nodes' own transforms and of the
//! blend shapes' weights, from its first moment on. FBX moves single Euler angles on curves of
//! their own, with layers, so there are no keys that could be taken over as they stand.

use scene::{Animation, AnimationChannel, AnimationTarget, Interpolation, NodeId, Transform};
use ufbx::{BakeOpts, BakedAnim, BakedNode, BakedVec3};

use super::convert::{quat_of, vec3_of};
use super::deform::{channels_of, weight_of};
use super::document::Document;
use super::load::limited;
use crate::ReadFault;
use crate::source::Parsed;

/// Samples a second where curves are no straight lines.
const SAMPLES_PER_SEC: f64 = 30.0;

impl Document<'_> {
    /// Stacks that move nothing are no clips.
    pub(super) fn read_animations(&mut self, parsed: &mut Parsed) -> Result<(), ReadFault> {
        let fbx = self.fbx;
        for stack in fbx.anim_stacks.as_ref() {
            self.source.ctx.check_cancelled()?;
            let options = BakeOpts {
                temp_allocator: limited(self.source.bytes.len()),
                result_allocator: limited(self.source.bytes.len()),
                trim_start_time: true,
                resample_rate: SAMPLES_PER_SEC,
                key_reduction_enabled: true,
                key_reduction_rotation: true,
                ..Default::default()
            };
            let Ok(baked) = ufbx::bake_anim(fbx, &stack.anim, options) else {
                self.losses.clips_beyond_memory += 1;
                continue;
            };
            let mut clip = Animation { name: stack.element.name.to_string(), channels: Vec::new() };
            self.read_motion(&baked, parsed, &mut clip);
            self.read_weight_keys(&baked, parsed, &mut clip);
            if !clip.channels.is_empty() {
                parsed.scene.animations.push(clip);
            }
        }
        Ok(())
    }

    fn read_motion(&self, baked: &BakedAnim, parsed: &Parsed, clip: &mut Animation) {
        for moved in baked.nodes.as_ref() {
            let id = self.node_ids.get(moved.typed_id as usize).copied().flatten();
            let Some(id) = id else { continue };
            let Some(node) = parsed.scene.nodes.get(id) else { continue };
            clip.channels.extend(motion_of(moved, id, &node.transform));
        }
    }

    /// One channel a node, with the weights of all its mesh's shapes at every time one has a key.
    fn read_weight_keys(&mut self, baked: &BakedAnim, parsed: &Parsed, clip: &mut Animation) {
        let fbx = self.fbx;
        for mesh in fbx.meshes.as_ref().iter().filter(|mesh| !mesh.blend_deformers.is_empty()) {
            let channels = channels_of(mesh);
            let keys: Vec<Option<&[BakedVec3]>> =
                channels.iter().map(|(channel, _)| weight_keys(baked, channel.element.element_id)).collect();
            let mut times: Vec<f64> =
                keys.iter().flatten().flat_map(|keys| keys.iter().map(|key| key.time)).collect();
            times.retain(|time| time.is_finite());
            times.sort_by(f64::total_cmp);
            times.dedup_by_key(|time| *time as f32);
            if times.is_empty() {
                continue;
            }
            if !self.budget.take::<f32>(times.len().saturating_mul(channels.len())) {
                self.losses.clips_beyond_memory += 1;
                continue;
            }
            let weight = |time: f64, i: usize| {
                let (channel, full) = channels[i];
                let weight =
                    keys[i].map_or(channel.weight, |keys| 0.01 * ufbx::evaluate_baked_vec3(keys, time).x);
                weight_of(weight, full)
            };
            let values: Vec<f32> = times
                .iter()
                .flat_map(|&time| (0..channels.len()).map(move |i| (time, i)))
                .map(|(time, i)| weight(time, i))
                .collect();
            let instances = mesh.element.instances.as_ref().iter().filter_map(|node| self.node_id(node));
            for node in
                instances.filter(|&node| parsed.scene.nodes.get(node).is_some_and(|n| n.mesh.is_some()))
            {
                clip.channels.push(AnimationChannel {
                    node,
                    target: AnimationTarget::Weights,
                    interpolation: Interpolation::Linear,
                    key_times_secs: times.iter().map(|time| *time as f32).collect(),
                    values: values.clone(),
                });
            }
        }
    }
}

fn weight_keys(baked: &BakedAnim, element_id: u32) -> Option<&[BakedVec3]> {
    let elements = baked.elements.as_ref();
    let at = elements.binary_search_by_key(&element_id, |element| element.element_id).ok()?;
    let prop = elements.get(at)?.props.as_ref().iter().find(|prop| prop.name.as_ref() == "DeformPercent")?;
    Some(prop.keys.as_ref())
}

/// The three channels of a node, without those that hold it where it stands anyway.
fn motion_of(moved: &BakedNode, node: NodeId, rest: &Transform) -> Vec<AnimationChannel> {
    let Transform::Trs { translation, rotation, scale } = *rest else { return Vec::new() };
    let vec3_keys =
        |keys: &[BakedVec3]| keys.iter().map(|key| (key.time, vec3_of(key.value).to_array())).collect();
    let translations: Vec<_> = vec3_keys(&moved.translation_keys);
    let scales: Vec<_> = vec3_keys(&moved.scale_keys);
    let rotations: Vec<_> =
        moved.rotation_keys.as_ref().iter().map(|key| (key.time, quat_of(key.value).to_array())).collect();
    [
        channel(node, AnimationTarget::Translation, &translations, translation.to_array()),
        channel(node, AnimationTarget::Rotation, &rotations, rotation.to_array()),
        channel(node, AnimationTarget::Scale, &scales, scale.to_array()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `None` when every key is the rest value. Of keys that fall together in single precision the
/// last one counts.
fn channel<const N: usize>(
    node: NodeId,
    target: AnimationTarget,
    keys: &[(f64, [f32; N])],
    rest: [f32; N],
) -> Option<AnimationChannel> {
    let is_rest =
        |value: &[f32; N]| value.iter().zip(&rest).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs().max(1.0));
    if keys.iter().all(|(_, value)| is_rest(value)) {
        return None;
    }
    let (mut key_times_secs, mut values) =
        (Vec::with_capacity(keys.len()), Vec::with_capacity(N * keys.len()));
    for (time, value) in keys {
        let time = *time as f32;
        if !time.is_finite() || !value.iter().all(|v| v.is_finite()) {
            continue;
        }
        match key_times_secs.last() {
            Some(&last) if time < last => continue,
            Some(&last) if time == last => values.truncate(values.len() - N),
            _ => key_times_secs.push(time),
        }
        values.extend(value);
    }
    let channel =
        AnimationChannel { node, target, interpolation: Interpolation::Linear, key_times_secs, values };
    (!channel.key_times_secs.is_empty()).then_some(channel)
}
