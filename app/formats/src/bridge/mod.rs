//! Blender as a found program: opens what only Blender opens, and hands back a GLB.
//!
//! The GLB stays in a cache, under a name made of everything that could change it. Nothing of the
//! person's Blender is touched: factory settings, no scripts of the file, no saving. This folder is
//! the only place of the room that starts a program.

mod cache;
mod find;
mod polygons;
mod program;

use std::path::{Path, PathBuf};

use scene::{Authored, UpAxis};
use serde::Deserialize;

use crate::files::Folder;
use crate::format::{Format, head};
use crate::source::{Parsed, Source};
use crate::{Import, ReadFault, ReadWarning, foreign, gltf};

pub use find::{BLENDER_VARIABLE, blender_version, find_blender};
pub use program::{BlenderFault, end_blenders};

/// A Blender that may be asked, and where its answers are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Blender, or a Python with the module `bpy`.
    pub program: PathBuf,
    /// Made if need be.
    pub cache: PathBuf,
}

impl Bridge {
    /// The Blender of this machine, if there is one; its answers go below `cache`.
    pub fn find(cache: &Path) -> Option<Self> {
        Some(Self { program: find_blender()?, cache: cache.join("blender") })
    }
}

pub(crate) const ALEMBIC: Format = Format {
    name: "Alembic",
    extensions: &["abc"],
    read: Some(read_alembic),
    sniff: foreign::is_alembic,
    hint: "",
};
pub(crate) const X3D: Format =
    Format { name: "X3D", extensions: &["x3d"], read: Some(read_x3d), sniff: is_x3d, hint: "" };
pub(crate) const VRML: Format =
    Format { name: "VRML", extensions: &["wrl"], read: Some(read_vrml), sniff: is_vrml, hint: "" };

/// Whether a file is, by its name, of a kind that only Blender opens.
pub fn needs_blender(path: &Path) -> bool {
    let names = [ALEMBIC.name, X3D.name, VRML.name];
    crate::format_of(path).is_some_and(|format| names.contains(&format.name))
}

/// Whether a scene that was read as modelled has more to it in Blender.
pub fn gains_from_blender(import: &Import) -> bool {
    import.format == crate::blend::FORMAT.name
}

fn is_x3d(bytes: &[u8]) -> bool {
    head(bytes).contains("<X3D")
}

fn is_vrml(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#VRML V")
}

fn read_alembic(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    read_or_say_what_is_missing(source, ALEMBIC)
}

fn read_x3d(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    read_or_say_what_is_missing(source, X3D)
}

fn read_vrml(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    read_or_say_what_is_missing(source, VRML)
}

fn read_or_say_what_is_missing(source: &Source<'_>, format: Format) -> Result<Parsed, ReadFault> {
    match &source.options.bridge {
        Some(bridge) => read(source, bridge, format.extensions[0]),
        None => Err(ReadFault::NeedsBlender { name: format.name }),
    }
}

/// What the script says of the scene beside the GLB.
#[derive(Debug, Deserialize)]
struct Summary {
    blender: String,
    meters_per_unit: f64,
    n_hidden: usize,
    /// Objects whose modifiers Blender cannot join with their shape keys.
    unapplied: Vec<String>,
}

/// The scene as Blender shows it, polygons kept.
///
/// # Errors
/// [`ReadFault::Blender`] when it cannot be asked or gives no answer, and a cancel.
pub(crate) fn read(source: &Source<'_>, bridge: &Bridge, extension: &str) -> Result<Parsed, ReadFault> {
    let answer = cache::answer(source, bridge, extension)?;
    source.ctx.stage("reading what Blender gave");
    let glb = std::fs::read(&answer.glb)?;
    let inner = Source::new(&answer.glb, &glb, &Folder, source.options, source.ctx);
    let Some(read) = gltf::FORMAT.read else { return Ok(Parsed::default()) };
    let mut parsed = read(&inner)?;
    parsed.scene.validate().map_err(|error| BlenderFault::Answer(error.to_string()))?;
    polygons::restore(&mut parsed.scene, &glb, source.ctx)?;
    let summary: Summary = std::fs::read(&answer.summary)
        .map_err(BlenderFault::Io)
        .and_then(|text| serde_json::from_slice(&text).map_err(|e| BlenderFault::Answer(e.to_string())))?;
    parsed.scene.authored = Authored {
        program: format!("Blender {}", summary.blender),
        meters_per_unit: Some(summary.meters_per_unit).filter(|m| m.is_finite() && *m > 0.0),
        up: Some(UpAxis::Z),
        ..Default::default()
    };
    crate::blend::place_in_meters(&mut parsed.scene);
    parsed.warnings.extend(summary.warnings());
    Ok(parsed)
}

impl Summary {
    fn warnings(&self) -> Vec<ReadWarning> {
        let mut warnings = Vec::new();
        if self.n_hidden > 0 {
            let reason = "they are disabled in renders";
            warnings.push(ReadWarning::Skipped { what: "objects", n: self.n_hidden, reason });
        }
        if let Some(first) = self.unapplied.first() {
            let text = format!(
                "{} objects keep their shape keys and are shown without their modifiers, such as {first}",
                self.unapplied.len()
            );
            warnings.push(ReadWarning::Repaired(text));
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
