//! One step a file: its options, and what it does.

mod center;
mod degenerate;
mod duplicates;
mod instance;
mod lighting;
mod loose;
mod merge_materials;
mod normals;
mod order;
mod orient;
mod overlaps;
mod placing;
mod prune;
mod quantize;
mod references;
mod silhouette;
mod simplify;
mod tangents;
mod textures;
mod triangulate;
mod units;
mod unreferenced;
mod weld;

pub use center::{Center, Origin};
pub use degenerate::RemoveDegenerate;
pub use duplicates::RemoveDuplicates;
pub use instance::Instance;
pub use lighting::{Lighting, LightingPreset};
pub use loose::RemoveLoose;
pub use merge_materials::MergeMaterials;
pub use normals::{Normals, WhichNormals};
pub use order::{Order, OrderGoal};
pub use orient::{Orient, Undecidable};
pub use overlaps::SeparateOverlaps;
pub use prune::Prune;
pub use quantize::{DirectionPrecision, Quantize};
pub use simplify::Simplify;
pub use tangents::{Tangents, WhichTangents};
pub use textures::{TextureEncoding, Textures};
pub use triangulate::Triangulate;
pub use units::{Axis, Units};
pub use unreferenced::RemoveUnreferenced;
pub use weld::Weld;

use placing::largest_scales;

#[cfg(test)]
mod flicker_tests;
#[cfg(test)]
mod optimise_tests;
#[cfg(test)]
mod tests;
