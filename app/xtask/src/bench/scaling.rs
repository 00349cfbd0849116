//! Overlaps and orientation from ten thousand to a million triangles.

use crate::shell::{cargo, run};

/// # Errors
/// When the example cannot be built or run.
pub(super) fn bench() -> Result<(), String> {
    run(cargo().args(["run", "--quiet", "--workspace", "--example", "scaling"]))
}
