use serde_json::{Map, Value};
use ufbx::{PropFlags, PropType};

/// What a person or pipeline added to an element, as JSON text; `None` when there is nothing.
pub(super) fn extras_of(element: &ufbx::Element) -> Option<String> {
    let own = element.props.props.as_ref().iter().filter(|p| p.flags.has_any(PropFlags::USER_DEFINED));
    let values: Map<String, Value> =
        own.filter_map(|prop| Some((prop.name.to_string(), value_of(prop)?))).collect();
    (!values.is_empty()).then(|| Value::Object(values).to_string())
}

/// `None` for what JSON has no form for.
fn value_of(prop: &ufbx::Prop) -> Option<Value> {
    let vector = prop.value_vec4;
    match prop.type_ {
        PropType::Boolean => Some((prop.value_int != 0).into()),
        PropType::Integer => Some(prop.value_int.into()),
        PropType::Number | PropType::Distance => Some(vector.x.into()),
        PropType::Vector
        | PropType::Color
        | PropType::Translation
        | PropType::Rotation
        | PropType::Scaling => Some(vec![vector.x, vector.y, vector.z].into()),
        PropType::ColorWithAlpha => Some(vec![vector.x, vector.y, vector.z, vector.w].into()),
        PropType::String | PropType::DateTime => Some(prop.value_str.as_ref().into()),
        PropType::Unknown if !prop.value_str.is_empty() => Some(prop.value_str.as_ref().into()),
        PropType::Unknown | PropType::Compound | PropType::Blob | PropType::Reference => None,
    }
}
