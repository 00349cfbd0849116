//! Looks at a scene and says what it is made of and what is wrong with it.
//!
//! [`analyze`] runs every check and cannot fail on a bad model: a bad model *is* the result, a
//! [`Report`] of findings, each with a stable [`Rule`], a sentence for an artist and the places to
//! fly to. [`inspect`] gives the few counts that scripts read.
//!
//! Checks of one mesh work in its own space on vertices welded by position, so that what normals
//! and UVs split is connected again; overlaps are looked for in world space. One file a check.
//! This room reads no files, draws nothing and mends nothing.

mod analyze;
mod options;
mod report;
mod sentences;
mod spots;
mod view;

mod edges;
mod faces;
mod shells;
mod surface;

mod borders;
mod clips;
mod degenerate;
mod loose;
mod manifold;
mod materials;
mod normals;
mod overlap;
mod positions;
mod scale;
mod uvs;
mod visibility;
mod winding;

pub mod facts;

mod inspection;

#[cfg(test)]
mod test_scenes;

pub use analyze::analyze;
pub use options::AnalyzeOptions;
pub use report::{Clip, Counts, Finding, MAX_FACES, MAX_PLACES, Part, Place, Report, Rule, Severity};

pub use inspection::{Dimensions, GeometryCounts, Inspection, TopologyCounts, inspect};
