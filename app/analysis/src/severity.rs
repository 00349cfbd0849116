use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing looks wrong.
    Info,
    /// Looks wrong from some view or in some program.
    Warning,
    /// Looks wrong nearly everywhere, or cannot be drawn.
    Error,
}
