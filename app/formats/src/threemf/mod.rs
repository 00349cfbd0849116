//! 3MF (3MF Core Specification 1.3, with the Production 1.1 and Materials 1.2 extensions):
//! a zip of XML parts that hold triangle meshes, components and a build plate.
//!
//! The build's items are what is shown. A root node turns the file's +Z up and its unit into the
//! scene's +Y up and metres. Base materials become materials, colour groups corner colours,
//! texture groups textured materials with pictures out of the package; composites and
//! multi-properties are passed over with a warning.

mod build;
mod package;
mod paint;
mod part;
mod xml;

use crate::ReadFault;
use crate::archive::entry_names;
use crate::format::Format;
use crate::source::{Parsed, Source};
use package::Package;

const NAME: &str = "3MF";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["3mf"], read: Some(read), sniff, hint: "" };

/// Open Packaging Conventions with a model part.
fn sniff(bytes: &[u8]) -> bool {
    entry_names(bytes).any(|name| name.to_ascii_lowercase().ends_with(b".model"))
}

fn damaged(cause: impl Into<String>) -> ReadFault {
    ReadFault::Damaged { format: NAME, cause: cause.into() }
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let package = Package::open(source)?;
    build::build(source, &package)
}

#[cfg(test)]
mod tests;
