//! The value of one animated property at a moment (glTF 2.0 §3.11 and appendix C).

use glam::{Quat, Vec3};

use crate::{Animation, AnimationChannel, AnimationTarget, Interpolation};

impl Animation {
    /// From the first key of any channel to the last; `None` without keys.
    pub fn time_range_secs(&self) -> Option<(f32, f32)> {
        let of_channel = |c: &AnimationChannel| Some((*c.key_times_secs.first()?, *c.key_times_secs.last()?));
        let ranges = self.channels.iter().filter_map(of_channel);
        ranges.reduce(|(start, end), (first, last)| (start.min(first), end.max(last)))
    }

    /// How long the clip plays from time 0, which is where players begin, to its last key.
    pub fn duration_secs(&self) -> f32 {
        self.time_range_secs().map_or(0.0, |(_, end)| end.max(0.0))
    }
}

impl AnimationChannel {
    /// Numbers in one value: 3, 4, or as many as there are weights.
    fn value_len(&self) -> usize {
        match self.target {
            AnimationTarget::Translation | AnimationTarget::Scale => 3,
            AnimationTarget::Rotation => 4,
            AnimationTarget::Weights => {
                let n_values = self.key_times_secs.len() * self.values_a_key();
                self.values.len().checked_div(n_values).unwrap_or(0)
            }
        }
    }

    fn values_a_key(&self) -> usize {
        if self.interpolation == Interpolation::CubicSpline { 3 } else { 1 }
    }

    /// The value of a key; with splines `part` 0 is the in-tangent, 1 the value, 2 the out-tangent.
    fn key(&self, key: usize, part: usize) -> Option<&[f32]> {
        let n = self.value_len();
        let first = (key * self.values_a_key() + part) * n;
        self.values.get(first..first + n)
    }

    fn key_value(&self, key: usize) -> Option<&[f32]> {
        self.key(key, if self.interpolation == Interpolation::CubicSpline { 1 } else { 0 })
    }

    /// The value at a time; before the first key and after the last those hold. `None` where keys
    /// or values are missing.
    pub fn sample(&self, time_secs: f32) -> Option<Vec<f32>> {
        let times = &self.key_times_secs;
        let after = times.partition_point(|&time| time <= time_secs);
        let before = after.saturating_sub(1);
        let (Some(&start), Some(&end)) = (times.get(before), times.get(after)) else {
            return Some(self.key_value(before)?.to_vec());
        };
        if after == 0 || self.interpolation == Interpolation::Step {
            return Some(self.key_value(before)?.to_vec());
        }
        let (from, to) = (self.key_value(before)?, self.key_value(after)?);
        let span = end - start;
        let share = (time_secs - start) / span;
        match (self.interpolation, self.target) {
            (Interpolation::CubicSpline, _) => {
                let (leaving, arriving) = (self.key(before, 2)?, self.key(after, 0)?);
                Some(hermite([from, leaving, to, arriving], span, share, self.target))
            }
            (_, AnimationTarget::Rotation) => Some(slerp(from, to, share)),
            _ => Some(from.iter().zip(to).map(|(a, b)| a + share * (b - a)).collect()),
        }
    }
}

/// Cubic Hermite spline; tangents are per second.
fn hermite(
    [from, leaving, to, arriving]: [&[f32]; 4],
    span: f32,
    share: f32,
    target: AnimationTarget,
) -> Vec<f32> {
    let (t, t2, t3) = (share, share * share, share * share * share);
    let (at_from, at_to) = (2.0 * t3 - 3.0 * t2 + 1.0, 3.0 * t2 - 2.0 * t3);
    let (at_leaving, at_arriving) = (span * (t3 - 2.0 * t2 + t), span * (t3 - t2));
    let sum = |((v, b), (w, a)): ((&f32, &f32), (&f32, &f32))| {
        at_from * v + at_leaving * b + at_to * w + at_arriving * a
    };
    let value: Vec<f32> = from.iter().zip(leaving).zip(to.iter().zip(arriving)).map(sum).collect();
    match target {
        AnimationTarget::Rotation => unit_quat(&value).to_array().to_vec(),
        _ => value,
    }
}

/// The shorter way round, at even speed.
fn slerp(from: &[f32], to: &[f32], share: f32) -> Vec<f32> {
    unit_quat(from).slerp(unit_quat(to), share).to_array().to_vec()
}

/// Identity for what is no rotation.
pub(crate) fn unit_quat(value: &[f32]) -> Quat {
    let quat = match *value {
        [x, y, z, w] => Quat::from_xyzw(x, y, z, w),
        _ => Quat::IDENTITY,
    };
    let length = quat.length();
    if length.is_normal() { quat / length } else { Quat::IDENTITY }
}

/// `None` for anything but three finite numbers.
pub(crate) fn finite_vec3(value: &[f32]) -> Option<Vec3> {
    match *value {
        [x, y, z] => Some(Vec3::new(x, y, z)).filter(|v| v.is_finite()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(
        target: AnimationTarget,
        interpolation: Interpolation,
        times: &[f32],
        values: &[f32],
    ) -> AnimationChannel {
        AnimationChannel {
            node: 0,
            target,
            interpolation,
            key_times_secs: times.to_vec(),
            values: values.to_vec(),
        }
    }

    fn check(channel: &AnimationChannel, time: f32, expected: &[f32]) {
        let value = channel.sample(time).unwrap();
        assert_eq!(value.len(), expected.len());
        for (a, b) in value.iter().zip(expected) {
            assert!((a - b).abs() < 1e-5, "at {time}: {value:?}, expected {expected:?}");
        }
    }

    #[test]
    fn linear_goes_straight_and_holds_at_both_ends() {
        let c = channel(
            AnimationTarget::Translation,
            Interpolation::Linear,
            &[1.0, 3.0],
            &[0.0, 0.0, 0.0, 4.0, -2.0, 8.0],
        );
        check(&c, 0.0, &[0.0, 0.0, 0.0]);
        check(&c, 1.5, &[1.0, -0.5, 2.0]);
        check(&c, 9.0, &[4.0, -2.0, 8.0]);
    }

    #[test]
    fn step_jumps_at_its_keys() {
        let c = channel(AnimationTarget::Weights, Interpolation::Step, &[0.0, 1.0], &[0.1, 0.2, 0.3, 0.4]);
        check(&c, 0.999, &[0.1, 0.2]);
        check(&c, 1.0, &[0.3, 0.4]);
    }

    #[test]
    fn rotations_take_the_shorter_way_at_even_speed() {
        let to = Quat::from_rotation_z(270f32.to_radians());
        let values = [Quat::IDENTITY.to_array(), to.to_array()].concat();
        let c = channel(AnimationTarget::Rotation, Interpolation::Linear, &[0.0, 1.0], &values);
        for share in [0.25f32, 0.5, 0.9] {
            let expected = Quat::from_rotation_z(-share * 90f32.to_radians());
            let value = unit_quat(&c.sample(share).unwrap());
            assert!(value.dot(expected).abs() > 1.0 - 1e-6, "{value:?}");
        }
    }

    #[test]
    fn a_spline_follows_the_cubic_that_its_tangents_come_from() {
        // x(t) = t³ - 2t² + 3, so x'(t) = 3t² - 4t, on uneven keys.
        let (x, slope) = (|t: f32| t * t * t - 2.0 * t * t + 3.0, |t: f32| 3.0 * t * t - 4.0 * t);
        let times = [0.0f32, 0.5, 2.0];
        let values: Vec<f32> = times
            .iter()
            .flat_map(|&t| [[slope(t), 0.0, 0.0], [x(t), 0.0, 1.0], [slope(t), 0.0, 0.0]])
            .flatten()
            .collect();
        let c = channel(AnimationTarget::Translation, Interpolation::CubicSpline, &times, &values);
        for i in 0..=40 {
            let t = i as f32 * 0.05;
            check(&c, t, &[x(t), 0.0, 1.0]);
        }
    }

    /// Whatever the interpolation: at a key its value holds, and between two keys of linear ones
    /// nothing leaves the span of them.
    #[test]
    fn keys_are_met_exactly() {
        let times: Vec<f32> = (0..20).map(|i| i as f32 * 0.3 + (i % 3) as f32 * 0.07).collect();
        let number = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
        for interpolation in [Interpolation::Linear, Interpolation::Step, Interpolation::CubicSpline] {
            let parts = if interpolation == Interpolation::CubicSpline { 3 } else { 1 };
            let values: Vec<f32> = (0..times.len() * parts * 3).map(number).collect();
            let c = channel(AnimationTarget::Scale, interpolation, &times, &values);
            for (i, &time) in times.iter().enumerate() {
                check(&c, time, c.key_value(i).unwrap());
            }
        }
    }

    #[test]
    fn broken_channels_have_no_value() {
        let target = AnimationTarget::Translation;
        assert_eq!(channel(target, Interpolation::Linear, &[], &[]).sample(0.0), None);
        assert_eq!(channel(target, Interpolation::Linear, &[0.0, 1.0], &[1.0, 2.0, 3.0]).sample(0.5), None);
        assert_eq!(
            channel(AnimationTarget::Weights, Interpolation::Linear, &[0.0], &[]).sample(0.5),
            Some(vec![])
        );
        let clip = Animation::default();
        assert_eq!((clip.time_range_secs(), clip.duration_secs()), (None, 0.0));
    }
}
