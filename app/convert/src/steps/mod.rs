//! One step a file: its options, and what it does.

mod center;
mod degenerate;
mod duplicates;
mod loose;
mod normals;
mod orient;
mod overlaps;
mod placing;
mod triangulate;
mod units;
mod unreferenced;
mod weld;

pub use center::{Center, Origin};
pub use degenerate::RemoveDegenerate;
pub use duplicates::RemoveDuplicates;
pub use loose::RemoveLoose;
pub use normals::{Normals, WhichNormals};
pub use orient::{Orient, Undecidable};
pub use overlaps::SeparateOverlaps;
pub use triangulate::Triangulate;
pub use units::{Axis, Units};
pub use unreferenced::RemoveUnreferenced;
pub use weld::Weld;

use placing::largest_scales;

#[cfg(test)]
mod tests;
