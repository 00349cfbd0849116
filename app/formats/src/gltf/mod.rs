mod write;

use crate::ReadFault;
use crate::import::{Parsed, Source};
use crate::registry::Format;

pub use write::{WriteReport, write_glb};

pub(crate) const FORMAT: Format = Format {
    name: "glTF",
    extensions: &["glb", "gltf"],
    read: Some(read),
    sniff: |b| b.starts_with(b"glTF"),
    hint: "",
};

fn read(_source: &Source<'_>) -> Result<Parsed, ReadFault> {
    Ok(Parsed::default())
}
