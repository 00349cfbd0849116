//! Channels on single transforms of a node, sampled into keys of its translation, rotation, scale.

use std::collections::BTreeMap;

use glam::{DQuat, DVec3};
use scene::{Animation, AnimationChannel, AnimationTarget, Interpolation, NodeId, Transform};

use super::curve::Curve;
use super::document::{Document, Element, is};
use super::transform::{Step, StepKind, compose, decompose, steps};
use super::tree::Tree;
use crate::ReadWarning;

/// Curved stretches between two keys are sampled this often a second, up to so many a stretch.
const SAMPLES_PER_SEC: f64 = 30.0;
const MAX_SAMPLES: usize = 32;
/// Samples between keys that a file may ask for in all, besides an eighth of its length.
const MIN_ALLOWANCE: usize = 200_000;
/// Copies of one animated node that move with it.
const MAX_COPIES: usize = 16;

/// One curve and the numbers of the node's transforms that it moves.
struct Channel {
    step: usize,
    first_value: usize,
    curve: Curve,
}

/// All animations as one: COLLADA's are mere groups, often one a node.
pub(super) fn read<'a>(
    document: &Document<'a>,
    tree: &mut Tree<'a>,
    warnings: &mut Vec<ReadWarning>,
) -> Vec<Animation> {
    let mut by_node: BTreeMap<NodeId, (Element<'a>, Vec<Step<'a>>, Vec<Channel>)> = BTreeMap::new();
    let mut n_lost = 0;
    let mut name = None;
    for stated in document.library("library_animations", "animation").flat_map(|a| a.descendants()) {
        if is(stated, "animation") && name.is_none() {
            name = Some(stated.attribute("name").or(stated.attribute("id")).unwrap_or_default());
        }
        if !is(stated, "channel") {
            continue;
        }
        let Some((node, channel)) = channel(document, stated) else {
            n_lost += 1;
            continue;
        };
        let Some(&first) = tree.nodes_of(node).first() else { continue };
        let entry = by_node.entry(first).or_insert_with(|| (node, steps(document, node), Vec::new()));
        entry.2.push(channel);
    }
    if n_lost > 0 {
        let reason = "they move something that is no node of the scene, or have no keys";
        warnings.push(ReadWarning::Skipped { what: "animation channels", n: n_lost, reason });
    }
    let n_clips = document.library("library_animation_clips", "animation_clip").count();
    if n_clips > 1 {
        let text =
            format!("the file's {n_clips} animation clips are played as one; those of one joint overlap");
        warnings.push(ReadWarning::Repaired(text));
    }
    let mut channels = Vec::new();
    let n_bytes = document.root.document().input_text().len();
    let mut allowance = MIN_ALLOWANCE + n_bytes / 8;
    for (node, steps, moved) in by_node.into_values() {
        let sampled = sample(&steps, &moved, &mut allowance);
        let copies: Vec<_> = tree.nodes_of(node).iter().copied().take(MAX_COPIES).collect();
        for id in copies {
            let rest = make_animatable(&mut tree.nodes[id].transform);
            channels.extend(sampled.channels(id, rest));
        }
    }
    if channels.is_empty() {
        return Vec::new();
    }
    vec![Animation { name: name.unwrap_or_default().to_owned(), channels }]
}

/// Only translation, rotation and scale can be moved. The pose that the file stands in.
fn make_animatable(transform: &mut Transform) -> Pose {
    let pose = decompose(&transform.matrix());
    *transform =
        Transform::Trs { translation: pose.2.as_vec3(), rotation: pose.1.as_quat(), scale: pose.0.as_vec3() };
    pose
}

/// Resolves `node/transform.MEMBER`, `node/transform(i)` or `node/transform`.
fn channel<'a>(document: &Document<'a>, stated: Element<'a>) -> Option<(Element<'a>, Channel)> {
    let (node, path) = stated.attribute("target")?.trim().split_once('/')?;
    let node = document.get(node).filter(|e| is(*e, "node"))?;
    let end = path.find(['.', '(']).unwrap_or(path.len());
    let (sid, member) = path.split_at(end);
    let steps = steps(document, node);
    // 3ds Max's old exporter has the member in the scoped id itself.
    let exact = steps.iter().position(|step| step.sid == path);
    let (step, member) = match exact {
        Some(step) if !member.is_empty() => {
            (step, if steps[step].kind == StepKind::Rotate { ".ANGLE" } else { "" })
        }
        _ => (steps.iter().position(|step| step.sid == sid)?, member),
    };
    let first_value = first_value(member)?;
    let sampler = document.target(stated, "source", "sampler")?;
    let curve = Curve::read(document, sampler)?;
    let n_values = steps[step].values.len();
    (first_value < n_values).then_some((node, Channel { step, first_value, curve }))
}

fn first_value(member: &str) -> Option<usize> {
    if let Some(places) = member.strip_prefix('(') {
        let places: Option<Vec<usize>> =
            places.trim_end_matches(')').split(")(").map(|place| place.trim().parse().ok()).collect();
        return match places?[..] {
            [place] => Some(place),
            [row, column] if row < 4 && column < 4 => Some(4 * row + column),
            _ => None,
        };
    }
    Some(match member.to_ascii_uppercase().as_str() {
        "" | ".X" | ".R" | ".U" => 0,
        ".Y" | ".G" | ".V" => 1,
        ".Z" | ".B" => 2,
        ".ANGLE" | ".W" => 3,
        _ => return None,
    })
}

/// Scale, rotation, translation.
type Pose = (DVec3, DQuat, DVec3);

/// The poses of a node over time.
struct Sampled {
    times_secs: Vec<f32>,
    poses: Vec<Pose>,
    is_stepped: bool,
}

fn sample(steps: &[Step<'_>], channels: &[Channel], allowance: &mut usize) -> Sampled {
    let mut times: Vec<f64> = channels.iter().flat_map(|c| c.curve.times()).copied().collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let mut dense = Vec::with_capacity(times.len());
    for (i, &time) in times.iter().enumerate() {
        dense.push(time);
        let Some(&next) = times.get(i + 1) else { break };
        let n = n_samples(steps, channels, time, next).min(*allowance + 1);
        *allowance -= n - 1;
        dense.extend((1..n).map(|s| time + (next - time) * s as f64 / n as f64));
    }
    let mut steps = steps.to_vec();
    let mut sampled = Sampled {
        times_secs: Vec::with_capacity(dense.len()),
        poses: Vec::with_capacity(dense.len()),
        is_stepped: channels.iter().all(|c| c.curve.is_stepped()),
    };
    for time in dense {
        let time_secs = time as f32;
        if sampled.times_secs.last().is_some_and(|&last| time_secs <= last) {
            continue;
        }
        for channel in channels {
            let values = &mut steps[channel.step].values;
            channel.curve.at(time, values.get_mut(channel.first_value..).unwrap_or_default());
        }
        let (scale, mut rotation, translation) = decompose(&compose(&steps));
        // The nearer of the two quaternions that mean the same, so that nothing spins between.
        if sampled.poses.last().is_some_and(|(_, last, _)| last.dot(rotation) < 0.0) {
            rotation = -rotation;
        }
        if !(scale.is_finite() && translation.is_finite()) {
            continue;
        }
        sampled.times_secs.push(time_secs);
        sampled.poses.push((scale, rotation, translation));
    }
    sampled
}

/// How many pieces a stretch between two keys needs: curves their rate, turns one for 10 degrees.
fn n_samples(steps: &[Step<'_>], channels: &[Channel], from: f64, to: f64) -> usize {
    let of_channel = |channel: &Channel| {
        if channel.curve.is_curved() {
            return (to - from) * SAMPLES_PER_SEC;
        }
        if steps[channel.step].kind != StepKind::Rotate || channel.curve.is_stepped() {
            return 1.0;
        }
        let angle = |time: f64| {
            let mut values = steps[channel.step].values.clone();
            channel.curve.at(time, values.get_mut(channel.first_value..).unwrap_or_default());
            values.get(3).copied().unwrap_or_default()
        };
        (angle(to) - angle(from)).abs() / 10.0
    };
    let most = channels.iter().map(of_channel).fold(1.0, f64::max);
    (most.ceil() as usize).clamp(1, MAX_SAMPLES)
}

impl Sampled {
    /// Those of the three that ever leave `rest`.
    fn channels(&self, node: NodeId, rest: Pose) -> impl Iterator<Item = AnimationChannel> {
        let vectors =
            |of: fn(&Pose) -> DVec3| self.poses.iter().flat_map(move |p| of(p).as_vec3().to_array());
        let turn = |pose: &Pose| pose.1.as_quat().to_array();
        let rows: [(AnimationTarget, Vec<f32>, Vec<f32>); 3] = [
            (
                AnimationTarget::Translation,
                rest.2.as_vec3().to_array().into(),
                vectors(|pose| pose.2).collect(),
            ),
            (AnimationTarget::Rotation, turn(&rest).into(), self.poses.iter().flat_map(turn).collect()),
            (AnimationTarget::Scale, rest.0.as_vec3().to_array().into(), vectors(|pose| pose.0).collect()),
        ];
        let moving = rows.into_iter().filter(|(_, rest, values)| leaves(values, rest));
        moving.map(move |(target, _, values)| AnimationChannel {
            node,
            target,
            interpolation: if self.is_stepped { Interpolation::Step } else { Interpolation::Linear },
            key_times_secs: self.times_secs.clone(),
            values,
        })
    }
}

fn leaves(values: &[f32], rest: &[f32]) -> bool {
    let differs = |row: &[f32]| row.iter().zip(rest).any(|(a, b)| (a - b).abs() > 1e-6 * (1.0 + b.abs()));
    values.chunks_exact(rest.len()).any(differs)
}
