//! Holds JSON against a JSON schema, as far as ours go: types, enums, references, required and
//! further properties, items and lengths.

use serde_json::Value;

/// Where `value` is not what `schema` asks for; empty when it is. `root` holds what is referred to.
pub fn violations(value: &Value, schema: &Value, root: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(value, schema, root, "$", &mut found);
    found
}

fn check(value: &Value, schema: &Value, root: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return check(value, target, root, at, found);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        if !choices.iter().any(|choice| violations(value, choice, root).is_empty()) {
            found.push(format!("{at} fits none of the choices"));
        }
        return;
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        found.push(format!("{at} is {value}"));
    }
    if let Some(kind) = schema["type"].as_str()
        && !is_a(value, kind)
    {
        found.push(format!("{at} is no {kind}"));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        found.push(format!("{at} is below {least}"));
    }
    if let Value::Object(fields) = value {
        let properties = &schema["properties"];
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(format!("{at} lacks {name}"));
            }
        }
        for (name, field) in fields {
            match properties.get(name) {
                Some(property) => check(field, property, root, &format!("{at}.{name}"), found),
                None if schema["additionalProperties"] == false => found.push(format!("{at} has {name}")),
                None => {}
            }
        }
    }
    if let Value::Array(items) = value {
        let n = items.len() as u64;
        if schema["minItems"].as_u64().is_some_and(|least| n < least)
            || schema["maxItems"].as_u64().is_some_and(|most| n > most)
        {
            found.push(format!("{at} has {n} items"));
        }
        for (i, item) in items.iter().enumerate() {
            check(item, &schema["items"], root, &format!("{at}[{i}]"), found);
        }
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
