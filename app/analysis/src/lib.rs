//! Looks at a scene and says what it is made of and what is wrong with it.
//!
//! [`analyze`] runs every check and cannot fail on a bad model: a bad model *is* the result, a
//! [`Report`] of findings, each with a stable [`Rule`], a sentence for an artist and the places to
//! fly to. [`inspect`] gives the few counts that scripts read.
//!
//! Checks of one mesh work in its own space on vertices welded by position, so that what normals
//! and UVs split is connected again; overlaps are looked for in world space. One file a check.
//! This room reads no files but the heads of pictures that lie beside a model, draws nothing and
//! mends nothing.

mod analyze;
mod options;
mod preset;
mod quantities;
mod report;
mod rules;
mod sentences;
mod severity;
mod spots;
mod verdict;
mod view;

mod edges;
mod faces;
mod shells;
mod surface;

mod borders;
mod clips;
mod copies;
mod degenerate;
mod loose;
mod manifold;
mod materials;
mod needles;
mod normals;
mod overlap;
mod pictures;
mod positions;
mod scale;
mod skins;
mod t_junctions;
mod texels;
mod transforms;
mod uv_layout;
mod uvs;
mod visibility;
mod winding;

pub mod facts;

mod inspection;

#[cfg(test)]
mod test_scenes;
#[cfg(test)]
mod well_made;

pub use analyze::analyze;
pub use options::AnalyzeOptions;
pub use preset::{Preset, PresetError};
pub use report::{
    Clip, Counts, Finding, MAX_FACES, MAX_LISTED_FACES, MAX_PLACES, Mending, Part, Place, Report,
    TexelDensity,
};
pub use rules::{Effect, Mend, Rule};
pub use severity::Severity;
pub use verdict::{Budget, LimitCheck, Verdict};

pub use inspection::{Dimensions, GeometryCounts, Inspection, TopologyCounts, inspect};
