//! USD: text (usda), crates (usdc) and packages (usdz), composed by the `openusd` crate.
//!
//! What is read follows the UsdGeom, UsdShade, UsdSkel and UsdLux schemas of OpenUSD. Points keep
//! the file's own axes and unit; one node above all roots turns them into ours. A stage that
//! moves is shown as it stands at its first frame.

mod animation;
mod binding;
mod camera;
mod crate_check;
mod curve;
mod instancer;
mod layer_files;
mod light;
mod material;
mod mesh;
mod object;
mod package;
mod path_check;
mod polygons;
mod primvar;
mod resolver;
mod shader;
mod shape;
mod skeleton;
mod skin;
mod stage;
mod text_check;
mod texture;
mod value;
mod xform;

#[cfg(test)]
mod tests;

use std::sync::mpsc::sync_channel;

use work::guarded;

use crate::ReadFault;
use crate::format::Format;
use crate::source::{Parsed, Source};

use layer_files::LayerFiles;
use resolver::LayerResolver;

pub(crate) const FORMAT: Format = Format {
    name: "USD",
    extensions: &["usd", "usda", "usdc", "usdz"],
    read: Some(read),
    sniff: |bytes| {
        bytes.starts_with(layer_files::CRATE_MAGIC)
            || bytes.starts_with(b"#usda ")
            || package::looks_like_package(bytes)
    },
    hint: "",
};

/// Composition recurses by the depth of the namespace and by the length of chains of references;
/// [`text_check`] and [`crate_check`] bound the first, this the second.
const STACK_N_BYTES: usize = 512 << 20;

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let files = LayerFiles::new(source)?;
    // The resolver has to outlive every borrow, so it asks for files through a channel; one slot
    // is enough, for there is one asker, who waits for each answer.
    let (asks, requests) = sync_channel(1);
    std::thread::scope(|scope| {
        let files = &files;
        let compose = move || guarded(|| stage::read(files, LayerResolver::new(asks)));
        let thread = std::thread::Builder::new().name("usd".into()).stack_size(STACK_N_BYTES);
        let thread = thread.spawn_scoped(scope, compose)?;
        while let Ok(request) = requests.recv() {
            files.answer(request);
        }
        let result = thread.join().unwrap_or_else(|_| Err("the decoder gave up".into()));
        result.unwrap_or_else(|cause| Err(damaged(cause)))
    })
}

fn damaged(cause: impl Into<String>) -> ReadFault {
    ReadFault::Damaged { format: FORMAT.name, cause: cause.into() }
}
