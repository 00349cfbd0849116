//! analysis

mod inspection;

pub use inspection::{Dimensions, GeometryCounts, Inspection, TopologyCounts, inspect};
