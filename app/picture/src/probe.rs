use work::guarded;

use crate::decode::Encoding;
use crate::{PictureError, dds, ktx, psd, raster};

/// What the header of a picture says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureInfo {
    pub width: u32,
    pub height: u32,
    pub n_channels: u8,
    /// For people: "PNG", "KTX2, Basis ETC1S", "DDS, BC7".
    pub encoding: String,
}

/// Reads the header alone. `mime_type` as for [`crate::decode`].
///
/// # Errors
/// An encoding that is unknown or not decoded, a damaged header.
pub fn probe(bytes: &[u8], mime_type: &str) -> Result<PictureInfo, PictureError> {
    let encoding = Encoding::of(bytes, mime_type)?;
    let probe = || match encoding {
        Encoding::Raster(format) => raster::probe(bytes, format),
        Encoding::Ktx2 => ktx::probe(bytes),
        Encoding::Dds => dds::probe(bytes),
        Encoding::Psd => psd::probe(bytes),
    };
    guarded(probe).map_err(|cause| PictureError::damaged(encoding.name(), cause))?
}
