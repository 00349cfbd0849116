use formats::{Bridge, ReadOptions};

/// Reading with the Blender of this machine, its answers kept in our cache.
pub(crate) fn read_options() -> ReadOptions {
    let home = farm::Home::find().ok();
    ReadOptions { bridge: home.and_then(|home| Bridge::find(home.cache())), ..Default::default() }
}
