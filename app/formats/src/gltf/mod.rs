//! glTF 2.0 (<https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html>), `.glb` and `.gltf`.
//!
//! The JSON is taken from the `gltf` crate as plain data; its typed wrappers index unchecked and
//! are not used. Nothing is converted: a scene's conventions are glTF's.

mod accessor;
mod animation;
mod buffers;
mod container;
mod document;
mod draco;
mod extension;
mod faces;
mod image;
mod instancing;
mod material;
mod mesh;
mod meshopt;
mod node;
mod pointer;
mod primitive;
mod shared_node;
mod specular_glossiness;
mod surface;
mod variant;
mod write;

use scene::{Authored, UpAxis};

use crate::format::Format;
use crate::source::{Parsed, Source};
use crate::{ReadFault, ReadWarning};
use accessor::Accessors;
use buffers::Buffers;

pub use write::{WriteReport, write_glb};

const NAME: &str = "glTF";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["glb", "gltf"], read: Some(read), sniff, hint: "" };

/// How far into a JSON text its `asset` is looked for.
const N_SNIFFED_BYTES: usize = 4096;

fn sniff(bytes: &[u8]) -> bool {
    let head = bytes.get(..N_SNIFFED_BYTES).unwrap_or(bytes);
    let is_object = head.trim_ascii_start().starts_with(b"{");
    bytes.starts_with(b"glTF") || is_object && memchr::memmem::find(head, b"\"asset\"").is_some()
}

/// What the parts of the reader share.
struct Reader<'a> {
    source: &'a Source<'a>,
    root: &'a gltf::json::Root,
    buffers: &'a Buffers<'a>,
    accessors: &'a Accessors<'a>,
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let mut warnings = Vec::new();
    let container = container::split(source.bytes, &mut warnings)?;
    let root = document::parse(container.json, &mut warnings)?;
    extension::check(&root, &mut warnings);
    let buffers = Buffers::open(source, &root, container.bin)?;
    warnings.extend(buffers.repaired(&root));
    let accessors = Accessors::new(&root, &buffers);
    let reader = Reader { source, root: &root, buffers: &buffers, accessors: &accessors };

    let mut parsed = Parsed { warnings, ..Default::default() };
    parsed.scene.authored = authored(&root);
    parsed.scene.variants = reader.variants();
    reader.read_images(&mut parsed);
    reader.read_materials(&mut parsed);
    reader.read_meshes(&mut parsed)?;
    extension::check_shown(&root, &parsed.scene)?;
    reader.read_nodes(&mut parsed);
    reader.read_skins(&mut parsed)?;
    reader.read_animations(&mut parsed);
    reader.read_instances(&mut parsed)?;
    Ok(parsed)
}

fn authored(root: &gltf::json::Root) -> Authored {
    Authored {
        program: root.asset.generator.clone().unwrap_or_default(),
        copyright: root.asset.copyright.clone().unwrap_or_default(),
        meters_per_unit: Some(1.0),
        up: Some(UpAxis::Y),
    }
}

fn extras(extras: &gltf::json::Extras) -> Option<String> {
    extras.as_ref().map(|raw| raw.get().to_owned())
}

fn skipped(what: &'static str, n: usize, reason: &'static str) -> Option<ReadWarning> {
    (n > 0).then_some(ReadWarning::Skipped { what, n, reason })
}

#[cfg(test)]
mod tests;
