//! Overlaps and orientation from ten thousand to a million triangles.

use super::example;
use crate::shell::run;

/// # Errors
/// When the example cannot be built or run.
pub(super) fn bench() -> Result<(), String> {
    run(&mut example("scaling")?)
}
