//! The chunks that are not meshes, and the way every chunk begins: the length of its head, the head
//! as CBOR (RFC 8949), then arrays or bytes.

use scene::{
    Animation, AnimationChannel, AnimationTarget, Authored, Camera, Image, ImageData, Interpolation, Light,
    Material, Node, NodeId, OtherScene, Scene, Skin, Texture,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::arrays::{Arena, Arrays, Span};
use super::container::ALIGNMENT;

/// What the scene consists of, so that what is lost can be named.
#[derive(Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) name: String,
    pub(super) program: String,
    pub(super) n_meshes: u32,
    pub(super) n_images: u32,
    pub(super) n_animations: u32,
    pub(super) authored: Authored,
    pub(super) extras: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Hierarchy {
    pub(super) nodes: Vec<Node>,
    pub(super) roots: Vec<NodeId>,
    pub(super) other_scenes: Vec<OtherScene>,
    pub(super) skins: Vec<Skin>,
    pub(super) cameras: Vec<Camera>,
    pub(super) lights: Vec<Light>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Materials {
    pub(super) materials: Vec<Material>,
    pub(super) textures: Vec<Texture>,
    pub(super) variants: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ImageHead {
    name: String,
    mime_type: String,
    /// What the model named and nobody found.
    missing: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct AnimationHead {
    name: String,
    channels: Vec<ChannelHead>,
}

#[derive(Serialize, Deserialize)]
struct ChannelHead {
    node: NodeId,
    target: AnimationTarget,
    interpolation: Interpolation,
    times: Span,
    values: Span,
}

/// A head and what follows it, which begins aligned.
pub(super) fn join(head: &impl Serialize, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    // Writing to memory cannot fail, and no type here refuses to be written.
    let _ = ciborium::into_writer(head, &mut bytes);
    let n_head = (bytes.len() - 8) as u64;
    bytes[..8].copy_from_slice(&n_head.to_le_bytes());
    if !rest.is_empty() {
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        bytes.extend_from_slice(rest);
    }
    bytes
}

/// CBOR nests; models do not nest deeper than this.
const MAX_DEPTH: usize = 64;

pub(super) fn split<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let n_head = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let head = ciborium::de::from_reader_with_recursion_limit(rest.get(..n_head)?, MAX_DEPTH).ok()?;
    let start = n_head.checked_add(8)?.checked_next_multiple_of(ALIGNMENT)?;
    Some((head, bytes.get(start..).unwrap_or_default()))
}

impl Meta {
    pub(super) fn of(scene: &Scene) -> Self {
        Self {
            name: scene.name.clone(),
            program: concat!("Kiln ", env!("CARGO_PKG_VERSION")).into(),
            n_meshes: scene.meshes.len() as u32,
            n_images: scene.images.len() as u32,
            n_animations: scene.animations.len() as u32,
            authored: scene.authored.clone(),
            extras: scene.extras.clone(),
        }
    }
}

impl Hierarchy {
    pub(super) fn of(scene: &Scene) -> Self {
        Self {
            nodes: scene.nodes.clone(),
            roots: scene.roots.clone(),
            other_scenes: scene.other_scenes.clone(),
            skins: scene.skins.clone(),
            cameras: scene.cameras.clone(),
            lights: scene.lights.clone(),
        }
    }
}

/// `bytes`: of the picture, wherever they lie.
pub(super) fn image_to_bytes(image: &Image, bytes: &[u8]) -> Vec<u8> {
    let missing = match &image.data {
        ImageData::Missing(named) => Some(named.clone()),
        ImageData::Embedded(_) | ImageData::File(_) => None,
    };
    join(&ImageHead { name: image.name.clone(), mime_type: image.mime_type.clone(), missing }, bytes)
}

pub(super) fn image_from_bytes(bytes: &[u8]) -> Option<Image> {
    let (head, bytes): (ImageHead, &[u8]) = split(bytes)?;
    let data = head.missing.map_or_else(|| ImageData::Embedded(bytes.into()), ImageData::Missing);
    Some(Image { name: head.name, mime_type: head.mime_type, data })
}

pub(super) fn animation_to_bytes(animation: &Animation) -> Vec<u8> {
    let mut arena = Arena::new(false);
    let channels = animation.channels.iter().map(|channel| ChannelHead {
        node: channel.node,
        target: channel.target,
        interpolation: channel.interpolation,
        times: arena.add(&channel.key_times_secs),
        values: arena.add(&channel.values),
    });
    let head = AnimationHead { name: animation.name.clone(), channels: channels.collect() };
    join(&head, &arena.bytes)
}

pub(super) fn animation_from_bytes(bytes: &[u8]) -> Option<Animation> {
    let (head, arrays): (AnimationHead, &[u8]) = split(bytes)?;
    let arrays = Arrays(arrays);
    let channel = |channel: ChannelHead| {
        Some(AnimationChannel {
            node: channel.node,
            target: channel.target,
            interpolation: channel.interpolation,
            key_times_secs: arrays.get(channel.times)?,
            values: arrays.get(channel.values)?,
        })
    };
    Some(Animation {
        name: head.name,
        channels: head.channels.into_iter().map(channel).collect::<Option<_>>()?,
    })
}
