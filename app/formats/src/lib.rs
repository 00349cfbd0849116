//! Bytes to [`scene::Scene`] and back: one file or folder per format, and a table of them.
//!
//! [`read`] opens a model by its content, tells what it had to put right as [`ReadWarning`]s, and
//! names every file that belongs to the model. [`write`] makes a file of any scene in each
//! format of [`Target`].
//! What comes out of `read` has passed [`scene::Scene::validate`], so its indices can be followed.
//!
//! Files are hostile until read: every count is checked against the bytes that are there before
//! memory is taken for it, and nothing here panics, recurses by the file's wishes or waits.
//! This room knows no GPU, decodes no pictures on the way in, and judges no model.

mod archive;
mod blend;
mod bridge;
mod collada;
mod dependency;
mod error;
mod fbx;
mod file_bytes;
mod files;
mod foreign;
mod format;
mod gltf;
mod import;
pub mod kscene;
mod neighbors;
mod obj;
mod off;
mod options;
mod packed;
mod placed;
mod plain_material;
mod ply;
pub mod precision;
mod preview;
mod registry;
pub mod relink;
mod render_setup;
mod source;
mod srgb;
mod stl;
mod studio3ds;
mod target;
mod threemf;
mod udim;
mod unfinished;
mod usd;
mod warning;
mod write_error;

pub use archive::{ArchiveFault, split_path as split_archive_path};
pub use bridge::{
    BLENDER_VARIABLE, BlenderFault, Bridge, blender_version, end_blenders, find_blender, gains_from_blender,
    needs_blender,
};
pub use dependency::{Dependency, DependencyKind, DependencyState, TreeRow, dependency_tree};
pub use error::{ReadError, ReadFault};
pub use file_bytes::{FileBytes, image_bytes};
pub use format::Format;
pub use gltf::{WriteReport, write_glb};
pub use import::{Import, Opened, read, read_bytes, read_with};
pub use options::{Clips, ReadOptions};
pub use preview::{Preview, preview};
pub use registry::{FORMATS, format_of};
pub use render_setup::{RenderSetup, render_setup};
pub use target::{Compression, Target, WriteOptions, write};
pub use warning::ReadWarning;
pub use write_error::{WriteError, WriteWarning};
