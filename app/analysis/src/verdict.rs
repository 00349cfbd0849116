//! What came of holding a report against a preset, and what a preset can limit.

use serde::{Deserialize, Serialize};

use crate::rules::Rule;

/// What can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// As drawn.
    Triangles,
    /// As drawn.
    Vertices,
    DrawCalls,
    Materials,
    /// Millions of bytes on a graphics card, without compression.
    TextureMegabytes,
    /// Of the longer side.
    LargestTexturePx,
    /// Millions of bytes on the disk, with everything that belongs to the model.
    FileMegabytes,
    /// Joints that a vertex follows.
    Influences,
    Joints,
    MorphTargets,
}

/// What came of holding a report against a preset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    pub preset: String,
    /// Every limit of the preset, in the order of [`Budget`].
    pub limits: Vec<LimitCheck>,
    /// Rules whose findings are as grave as the preset does not allow.
    pub failed_rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitCheck {
    pub limit: Budget,
    pub allowed: u64,
    pub actual: f64,
    pub is_broken: bool,
}

impl Verdict {
    /// Whether the model is what the preset asks for.
    pub fn is_kept(&self) -> bool {
        self.failed_rules.is_empty() && self.limits.iter().all(|limit| !limit.is_broken)
    }
}

impl Budget {
    /// For people: `draw calls`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Triangles => "triangles",
            Self::Vertices => "vertices",
            Self::DrawCalls => "draw calls",
            Self::Materials => "materials",
            Self::TextureMegabytes => "MB of textures",
            Self::LargestTexturePx => "pixels of the largest texture",
            Self::FileMegabytes => "MB of files",
            Self::Influences => "joints a vertex",
            Self::Joints => "joints",
            Self::MorphTargets => "shapes",
        }
    }
}
