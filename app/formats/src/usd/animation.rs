//! What moves: transforms, joints and blend shapes, as one animation of the whole stage.

use scene::{Animation, AnimationChannel, AnimationTarget, Interpolation, NodeId, Scene, Transform};

use super::xform::{Xform, decompose};

/// Turns the stage's frames into seconds and gathers the channels.
pub(super) struct Timeline {
    /// Frame of second zero.
    start: f64,
    frames_per_sec: f64,
    channels: Vec<AnimationChannel>,
}

impl Timeline {
    pub(super) fn new(start: f64, frames_per_sec: f64) -> Self {
        // 24 is the specification's own default.
        let is_sensible = frames_per_sec.is_finite() && frames_per_sec > 0.0;
        Self { start, frames_per_sec: if is_sensible { frames_per_sec } else { 24.0 }, channels: Vec::new() }
    }

    /// What the samples at `frames` become: their numbers, in order and none twice in the same
    /// moment, and their seconds. Samples before the start are kept, at negative seconds, until
    /// [`Timeline::finish`] moves everything.
    fn keys(&self, frames: impl Iterator<Item = f64>) -> (Vec<usize>, Vec<f32>) {
        let mut kept = Vec::new();
        let mut secs: Vec<f32> = Vec::new();
        for (i, frame) in frames.enumerate() {
            let sec = ((frame - self.start) / self.frames_per_sec) as f32;
            if sec.is_finite() && secs.last().is_none_or(|last| sec > *last) {
                kept.push(i);
                secs.push(sec);
            }
        }
        (kept, secs)
    }

    /// One value of `width` numbers for each frame.
    pub(super) fn add(
        &mut self,
        node: NodeId,
        target: AnimationTarget,
        frames: &[f64],
        width: usize,
        values: &[f32],
    ) {
        if width == 0 || values.len() < frames.len() * width {
            return;
        }
        let (kept, key_times_secs) = self.keys(frames.iter().copied());
        let values: Vec<f32> = kept.iter().flat_map(|&i| &values[i * width..][..width]).copied().collect();
        let moves = values.chunks_exact(width).any(|value| value != &values[..width]);
        if moves && values.iter().all(|v| v.is_finite()) {
            let interpolation = Interpolation::Linear;
            self.channels.push(AnimationChannel { node, target, interpolation, key_times_secs, values });
        }
    }

    pub(super) fn add_xform(&mut self, node: NodeId, xform: &Xform, scene: &mut Scene) {
        let frames = xform.times();
        if frames.len() < 2 {
            return;
        }
        let n_channels = self.channels.len();
        let poses: Vec<_> = frames.iter().map(|&frame| decompose(xform.matrix(frame))).collect();
        self.add_poses(node, &frames, &poses);
        if self.channels.len() > n_channels {
            let place = &mut scene.nodes[node].transform;
            *place = decompose(place.matrix());
        }
    }

    /// Adds what changes of translation, rotation and scale.
    pub(super) fn add_poses(&mut self, node: NodeId, frames: &[f64], poses: &[Transform]) {
        let mut lists: [Vec<f32>; 3] = Default::default();
        let mut last = glam::Quat::IDENTITY;
        for pose in poses {
            let Transform::Trs { translation, mut rotation, scale } = *pose else { return };
            // A rotation and its negative are the same; blends between them are not.
            if rotation.dot(last) < 0.0 {
                rotation = -rotation;
            }
            last = rotation;
            lists[0].extend(translation.to_array());
            lists[1].extend(rotation.to_array());
            lists[2].extend(scale.to_array());
        }
        let [translations, rotations, scales] = lists;
        self.add(node, AnimationTarget::Translation, frames, 3, &translations);
        self.add(node, AnimationTarget::Rotation, frames, 4, &rotations);
        self.add(node, AnimationTarget::Scale, frames, 3, &scales);
    }

    /// Hands the channels over as one animation that begins at second zero.
    pub(super) fn finish(&mut self, name: String, scene: &mut Scene) {
        if self.channels.is_empty() {
            return;
        }
        let mut channels = std::mem::take(&mut self.channels);
        let firsts = channels.iter().filter_map(|channel| channel.key_times_secs.first());
        let earliest = firsts.fold(0.0_f32, |earliest, sec| earliest.min(*sec));
        for sec in channels.iter_mut().flat_map(|channel| &mut channel.key_times_secs) {
            *sec -= earliest;
        }
        // Two moments may fall together once they are moved.
        channels.retain(|channel| channel.key_times_secs.is_sorted_by(|a, b| a < b));
        scene.animations.push(Animation { name, channels });
    }
}
