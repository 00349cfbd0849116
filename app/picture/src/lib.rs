//! Encoded pictures to pixels: what model files carry as textures.
//!
//! [`decode`] makes 8-bit RGBA of every encoding that [`unshown_encoding`] does not name, and
//! [`decode_light`] floating-point light; [`probe`] says how large a picture is without decoding it. Sizes are held against [`DecodeOptions`] before
//! anything is allocated, and no decoder's panic gets out.
//!
//! This room knows no model and no GPU.

mod dds;
mod decode;
mod error;
mod ktx;
mod options;
mod pixels;
mod probe;
mod psd;
mod raster;
mod sniff;

#[cfg(test)]
mod tests;

pub use decode::{decode, decode_light, to_png};
pub use error::PictureError;
pub use options::{Codes, DecodeOptions};
pub use probe::{PictureInfo, probe};
pub use sniff::{sniff, type_of, unshown_encoding};
