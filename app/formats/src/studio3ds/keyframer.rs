use glam::{DMat4, DQuat, DVec3, Vec3};

use super::chunk::{Chunk, Values};

const OBJECT_NODE: u16 = 0xB002;
const NODE_ID: u16 = 0xB030;
const HEADER: u16 = 0xB010;
const INSTANCE_NAME: u16 = 0xB011;
const PIVOT: u16 = 0xB013;
const POSITION_TRACK: u16 = 0xB020;
const ROTATION_TRACK: u16 = 0xB021;
const SCALE_TRACK: u16 = 0xB022;

/// What the name of an object without mesh is.
pub(super) const DUMMY: &str = "$$$DUMMY";

/// An object's place in the hierarchy, as it stands in the first frame.
pub(super) struct Placing {
    pub(super) object: String,
    /// Tells several placings of one object apart; empty for the only one.
    pub(super) instance: String,
    pub(super) id: u16,
    /// `id` of another placing.
    pub(super) parent: Option<u16>,
    pub(super) pivot: DVec3,
    pub(super) parent_from_node: DMat4,
    pub(super) is_animated: bool,
}

pub(super) fn placings(keyframer: Chunk<'_>) -> Vec<Placing> {
    let nodes = keyframer.chunks().filter(|chunk| chunk.id == OBJECT_NODE);
    nodes.enumerate().filter_map(|(i, chunk)| placing(chunk, i)).collect()
}

fn placing(chunk: Chunk<'_>, position: usize) -> Option<Placing> {
    let mut header = chunk.child(HEADER)?.values();
    let object = header.text();
    let parent = header.u32().and_then(|_flags| header.u16()).filter(|&parent| parent != u16::MAX);
    // Old files number by order.
    let by_order = u16::try_from(position).ok();
    let id = chunk.child(NODE_ID).and_then(|c| c.values().u16()).or(by_order)?;
    let pivot = chunk.child(PIVOT).and_then(|c| c.values().vec3()).filter(|p| p.is_finite());
    let translation = chunk.child(POSITION_TRACK).and_then(|c| Track::read(c, |v| v.vec3()));
    let scale = chunk.child(SCALE_TRACK).and_then(|c| Track::read(c, |v| v.vec3()));
    let rotation = chunk.child(ROTATION_TRACK).and_then(|c| Track::read(c, |v| Some((v.f32()?, v.vec3()?))));
    let n_keys = [
        translation.as_ref().map(|t| t.n_keys),
        scale.as_ref().map(|t| t.n_keys),
        rotation.as_ref().map(|t| t.n_keys),
    ];
    let vector = |track: Option<Track<Vec3>>, default: DVec3| {
        track.map(|t| t.first.as_dvec3()).filter(|v| v.is_finite()).unwrap_or(default)
    };
    let turned = rotation.map_or(DQuat::IDENTITY, |track| turn(track.first));
    Some(Placing {
        object,
        instance: chunk.child(INSTANCE_NAME).map(|c| c.values().text()).unwrap_or_default(),
        id,
        parent,
        pivot: pivot.unwrap_or_default().as_dvec3(),
        parent_from_node: DMat4::from_scale_rotation_translation(
            vector(scale, DVec3::ONE),
            turned,
            vector(translation, DVec3::ZERO),
        ),
        is_animated: n_keys.into_iter().flatten().any(|n| n > 1),
    })
}

/// The format turns clockwise about its axis.
fn turn((angle, axis): (f32, Vec3)) -> DQuat {
    match axis.as_dvec3().try_normalize() {
        Some(axis) if angle.is_finite() => DQuat::from_axis_angle(axis, -f64::from(angle)),
        _ => DQuat::IDENTITY,
    }
}

/// The first key of a track, and how many there are.
struct Track<T> {
    first: T,
    n_keys: u32,
}

impl<T> Track<T> {
    fn read(chunk: Chunk<'_>, value: impl Fn(&mut Values<'_>) -> Option<T>) -> Option<Self> {
        let mut values = chunk.values();
        values.u16()?;
        values.u32()?;
        values.u32()?;
        let n_keys = values.u32()?;
        values.u32()?;
        // Tension, continuity, bias and the two eases stand there if their bit is set.
        let spline = values.u16()?;
        for _ in 0..(spline & 0x1F).count_ones() {
            values.f32()?;
        }
        Some(Self { first: value(&mut values)?, n_keys })
    }
}
