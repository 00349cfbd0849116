use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Audience, FarmStatus};

/// `GET /version`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlamencoVersion {
    pub version: String,
    /// What the Blender add-on compares with its own version, letter by letter.
    #[serde(default)]
    pub shortversion: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub git: String,
}

/// `GET /configuration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Where job files lie, as the Manager sees it.
    #[serde(rename = "storageLocation")]
    pub storage_location: String,
    #[serde(rename = "shamanEnabled", default)]
    pub shaman_enabled: bool,
    /// No shared storage is set yet: nothing can be submitted.
    #[serde(rename = "isFirstRun", default)]
    pub is_first_run: bool,
}

/// `GET /configuration/shared-storage/{audience}/{platform}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedStorageLocation {
    pub location: String,
    pub audience: Audience,
    pub platform: String,
    #[serde(rename = "shamanEnabled", default)]
    pub shaman_enabled: bool,
}

/// `GET /configuration/variables/{audience}/{platform}`: by name, without braces.
pub type Variables = BTreeMap<String, Variable>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    pub value: String,
    #[serde(default)]
    pub is_twoway: bool,
}

/// `GET /status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarmStatusReport {
    pub status: FarmStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathCheckInput {
    pub path: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathCheckResult {
    pub path: String,
    pub is_usable: bool,
    pub cause: String,
}

/// Body of a refusal by a handler.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// The HTTP status once more.
    pub code: i32,
    pub message: String,
}

/// Body of a refusal before any handler: bad credentials, or a request that breaks the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityError {
    pub message: String,
}
