use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{SettingSubtype, SettingType, SettingVisibility, null_is_empty};

/// `GET /jobs/types`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobTypes {
    #[serde(default, deserialize_with = "null_is_empty")]
    pub job_types: Vec<JobType>,
}

/// `GET /jobs/type/{name}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobType {
    pub name: String,
    #[serde(default)]
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Changes with label and settings, not with the script's body.
    #[serde(default)]
    pub etag: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub settings: Vec<JobSetting>,
}

/// One setting of a job type, as its script declares it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobSetting {
    pub key: String,
    #[serde(rename = "type")]
    pub setting_type: SettingType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtype: Option<SettingSubtype>,
    /// Allowed values of a string setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    /// Arguments for a Blender property: `min`, `max`, `soft_min`, `step`, `precision`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propargs: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// A Python expression for Blender; never evaluated here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eval: Option<String>,
    #[serde(rename = "evalInfo", default, skip_serializing_if = "Option::is_none")]
    pub eval_info: Option<EvalInfo>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<SettingVisibility>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Missing counts as true, as in the Blender add-on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editable: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvalInfo {
    #[serde(rename = "showLinkButton", default)]
    pub show_link_button: bool,
    #[serde(default)]
    pub description: String,
}
