//! KHR_animation_pointer: animation of any property by its place in the JSON. What points at a
//! node's transform or weights becomes a plain channel; the rest has no place in a scene.

use serde_json::{Map, Value, json};

pub(super) const EXTENSION: &str = "KHR_animation_pointer";

/// Rewrites or removes the channels that aim by pointer. Returns how many were removed.
pub(super) fn resolve(root: &mut Map<String, Value>) -> usize {
    let mut n_lost = 0;
    for animation in root.get_mut("animations").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(channels) = animation.get_mut("channels").and_then(Value::as_array_mut) else { continue };
        channels.retain_mut(|channel| {
            let Some(target) = channel.get_mut("target") else { return true };
            let pointer = target.get("extensions").and_then(|e| e.get(EXTENSION)?.get("pointer")?.as_str());
            let Some(pointer) = pointer else { return true };
            let plain = plain_target(pointer);
            n_lost += usize::from(plain.is_none());
            let is_plain = plain.is_some();
            *target = plain.unwrap_or_default();
            is_plain
        });
    }
    n_lost
}

/// Of `/nodes/7/rotation` and the like.
fn plain_target(pointer: &str) -> Option<Value> {
    let (node, property) = pointer.strip_prefix("/nodes/")?.split_once('/')?;
    let node: u32 = node.parse().ok()?;
    let is_plain = matches!(property, "translation" | "rotation" | "scale" | "weights");
    is_plain.then(|| json!({ "node": node, "path": property }))
}
