//! The JSON of a glTF, read strictly at first and leniently where exporters are known to slip.

use gltf::json::Root;
use serde_json::{Map, Value, json};

use super::container::damaged;
use super::{pointer, skipped};
use crate::{ReadFault, ReadWarning};

/// # Errors
/// Text that is no JSON or no glTF 2.0, with the place.
pub(super) fn parse(json: &[u8], warnings: &mut Vec<ReadWarning>) -> Result<Root, ReadFault> {
    // Some exporters fill the JSON chunk up with zeros instead of spaces.
    let n_zeros = json.iter().rev().take_while(|&&b| b == 0).count();
    let json = &json[..json.len() - n_zeros];
    let strict = match serde_json::from_slice::<Root>(json) {
        Ok(root) => return check_version(root),
        Err(error) => error,
    };
    let text = String::from_utf8_lossy(json);
    if text.trim_start().starts_with('<') {
        return Err(damaged("it is a web page, not a model; download the model itself".into()));
    }
    let mut document: Value = serde_json::from_str(&text)
        .map_err(|error| damaged(format!("its JSON cannot be read ({error}); copy or export it again")))?;
    let Some(root) = document.as_object_mut() else {
        return Err(damaged("its JSON is not an object; export it again".into()));
    };
    if let Some(version) = root.get("asset").and_then(|a| a.get("version")).and_then(Value::as_str)
        && version.starts_with('1')
    {
        return Err(damaged(format!("it is glTF {version}; convert it to glTF 2.0 first")));
    }
    let n_lost = allow(root);
    let reason = "they move materials, lights or cameras, not nodes";
    warnings.extend(skipped("animated properties", n_lost, reason));
    if let Ok(root) = from_value(&Value::Object(root.clone())) {
        return check_version(root);
    }
    repair(root);
    let repaired = from_value(&document).or_else(|_| {
        strip_extensions(&mut document, 0);
        from_value(&document)
    });
    match repaired {
        Ok(root) => {
            let text = format!("the JSON does not keep to glTF 2.0 ({strict}); read as well as can be");
            warnings.push(ReadWarning::Repaired(text));
            check_version(root)
        }
        Err(error) => Err(damaged(format!("its JSON is not glTF 2.0 ({error}); export it again"))),
    }
}

fn check_version(root: Root) -> Result<Root, ReadFault> {
    match root.asset.version.split('.').next() {
        Some("2") => Ok(root),
        _ => Err(damaged(format!("it is glTF {}; convert it to glTF 2.0 first", root.asset.version))),
    }
}

/// Through text, because raw values (extras) can only be taken from text.
fn from_value(document: &Value) -> Result<Root, serde_json::Error> {
    serde_json::from_str(&document.to_string())
}

/// What the format allows and the JSON types do not know. Returns how many animated properties
/// were given up.
fn allow(root: &mut Map<String, Value>) -> usize {
    root.values_mut().for_each(|value| write_whole_numbers(value, 0));
    fill_in(root, "scenes", &["nodes"]);
    pointer::resolve(root)
}

fn repair(root: &mut Map<String, Value>) {
    for value in root.values_mut() {
        tidy(value, 0);
    }
    root.retain(|_, value| !value.is_null());
    root.entry("asset").or_insert_with(|| json!({ "version": "2.0" }));
    fill_in(root, "meshes", &["primitives"]);
    fill_in(root, "skins", &["joints"]);
    fill_in(root, "animations", &["channels", "samplers"]);
    for animation in root.get_mut("animations").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(channels) = animation.get_mut("channels").and_then(Value::as_array_mut) {
            channels.retain(|channel| channel.get("target").is_some_and(|t| t.get("node").is_some()));
        }
    }
}

/// Lists that the format requires and that a writer left out because they are empty.
fn fill_in(root: &mut Map<String, Value>, list: &str, required: &[&str]) {
    for object in root.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(object) = object.as_object_mut() {
            for name in required {
                object.entry(*name).or_insert_with(|| json!([]));
            }
        }
    }
}

/// Deeper than any glTF; serde_json itself stops at 128.
const MAX_DEPTH: usize = 128;

/// 3.0 becomes 3.
fn write_whole_numbers(value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|value| write_whole_numbers(value, depth + 1));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| write_whole_numbers(value, depth + 1)),
        Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64())
                && float.fract() == 0.0
                && float.abs() < 9e15
            {
                *value = Value::from(float as i64);
            }
        }
        _ => {}
    }
}

/// Members that are null or a negative reference go.
fn tidy(value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(object) => {
            object.retain(|name, value| {
                let is_negative = value.as_f64().is_some_and(|value| value < 0.0);
                !(value.is_null() || is_negative && REFERENCES.contains(&name.as_str()))
            });
            object.values_mut().for_each(|value| tidy(value, depth + 1));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| tidy(value, depth + 1)),
        _ => {}
    }
}

const REFERENCES: &[&str] = &[
    "bufferView",
    "camera",
    "indices",
    "material",
    "mesh",
    "sampler",
    "scene",
    "skeleton",
    "skin",
    "source",
];

fn strip_extensions(value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(object) => {
            object.remove("extensions");
            object.values_mut().for_each(|value| strip_extensions(value, depth + 1));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| strip_extensions(value, depth + 1)),
        _ => {}
    }
}
