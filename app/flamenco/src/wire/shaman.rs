use serde::{Deserialize, Serialize};

use super::{ShamanFileStatus, null_is_empty};

/// A file by content, and where it lies in the checkout (relative, slashes).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShamanFile {
    /// SHA-256 in lower-case hex, 64 characters.
    pub sha: String,
    pub size: u64,
    pub path: String,
}

/// Body of `POST /shaman/checkout/requirements`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShamanRequirements {
    pub files: Vec<ShamanFile>,
}

/// Only what the Manager does not hold yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShamanRequirementsAnswer {
    #[serde(default, deserialize_with = "null_is_empty")]
    pub files: Vec<ShamanFileWithStatus>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShamanFileWithStatus {
    pub sha: String,
    pub size: u64,
    pub path: String,
    pub status: ShamanFileStatus,
}

/// `GET /shaman/files/{sha}/{size}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShamanSingleFileStatus {
    pub status: ShamanFileStatus,
}

/// Body of `POST /shaman/checkout/create`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShamanCheckout {
    pub files: Vec<ShamanFile>,
    #[serde(rename = "checkoutPath")]
    pub checkout_path: String,
}

/// The path actually made; it may differ from the wish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShamanCheckoutResult {
    #[serde(rename = "checkoutPath")]
    pub checkout_path: String,
}
