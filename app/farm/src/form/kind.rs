//! The kinds of fields, and the values they hold.

use flamenco::wire::{JobSetting, SettingSubtype, SettingType};
use serde_json::Value;

/// How a field is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    Text,
    File,
    Folder,
    FileName,
    Choice(Vec<String>),
    Integer { min: i32, max: i32 },
    Number { min: f64, max: f64 },
    Toggle,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    Text(String),
    Integer(i32),
    Number(f64),
    Toggle(bool),
}

impl FieldKind {
    pub(super) fn of(setting: &JobSetting) -> Self {
        let bound = |name: &str| setting.propargs.as_ref()?.get(name)?.as_f64().filter(|it| it.is_finite());
        match setting.setting_type {
            SettingType::Int32 => Self::Integer {
                // Saturates, which is meant.
                min: bound("min").map_or(i32::MIN, |it| it as i32),
                max: bound("max").map_or(i32::MAX, |it| it as i32),
            },
            SettingType::Float => Self::Number {
                min: bound("min").unwrap_or(f64::NEG_INFINITY),
                max: bound("max").unwrap_or(f64::INFINITY),
            },
            SettingType::Bool => Self::Toggle,
            SettingType::String | SettingType::Unknown => match (&setting.choices, setting.subtype) {
                (Some(choices), _) if !choices.is_empty() => Self::Choice(choices.clone()),
                (_, Some(SettingSubtype::FilePath)) => Self::File,
                (_, Some(SettingSubtype::DirPath | SettingSubtype::HashedFilePath)) => Self::Folder,
                (_, Some(SettingSubtype::FileName)) => Self::FileName,
                _ => Self::Text,
            },
        }
    }

    pub(super) fn empty(&self) -> FieldValue {
        match self {
            Self::Text | Self::File | Self::Folder | Self::FileName => FieldValue::Text(String::new()),
            Self::Choice(choices) => FieldValue::Text(choices.first().cloned().unwrap_or_default()),
            Self::Integer { min, max } => FieldValue::Integer(0.clamp(*min, (*max).max(*min))),
            Self::Number { min, max } => FieldValue::Number(0.0_f64.max(*min).min(max.max(*min))),
            Self::Toggle => FieldValue::Toggle(false),
        }
    }

    /// `None` when a script's or an old job's value has another type.
    pub(super) fn value_of(&self, value: &Value) -> Option<FieldValue> {
        match self {
            Self::Integer { .. } => {
                let number = value.as_f64().filter(|it| it.fract() == 0.0 && it.abs() <= 2_147_483_647.0)?;
                Some(FieldValue::Integer(number as i32))
            }
            Self::Number { .. } => value.as_f64().map(FieldValue::Number),
            Self::Toggle => value.as_bool().map(FieldValue::Toggle),
            _ => value.as_str().map(|text| FieldValue::Text(text.into())),
        }
    }
}

impl std::fmt::Display for FieldValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.pad(text),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Toggle(value) => write!(f, "{value}"),
        }
    }
}

impl FieldValue {
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Toggle(value) => (*value).into(),
        }
    }
}
