//! Pictures of all directions that light a model.

use picture::{DecodeOptions, PictureError};

/// The light from every direction around a model, from an equirectangular picture: +Y up, -Z in the
/// middle, +X in the middle of the right half. Made once, off the window's thread.
#[derive(Debug)]
pub struct Environment {
    width: u32,
    height: u32,
    light: Vec<[f32; 3]>,
}

/// Why a picture cannot light a model. The texts carry no name: whoever tells them knows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error("it holds no light; choose a picture that is not black")]
    Dark,
}

impl Environment {
    /// From an encoded picture, as of a `.hdr` or `.exr` file. `mime_type` as for [`picture::decode`].
    ///
    /// # Errors
    /// What [`picture::decode_light`] says, or that there is no light in the picture.
    pub fn decode(bytes: &[u8], mime_type: &str) -> Result<Self, EnvironmentError> {
        let picture = picture::decode(bytes, mime_type, &DecodeOptions::default())?;
        let light =
            picture.pixels().map(|p| [p.0[0], p.0[1], p.0[2]].map(|c| f32::from(c) / 255.0)).collect();
        Self::from_light(picture.width(), picture.height(), light)
    }

    /// From linear light, rows from the top; numbers that are none count as black.
    ///
    /// # Errors
    /// A list that is not `width` times `height` long, or nothing but black.
    pub fn from_light(width: u32, height: u32, light: Vec<[f32; 3]>) -> Result<Self, EnvironmentError> {
        if width == 0 || light.len() as u64 != u64::from(width) * u64::from(height) {
            return Err(PictureError::NoPixels.into());
        }
        if !light.iter().flatten().any(|&c| c > 0.0 && c.is_finite()) {
            return Err(EnvironmentError::Dark);
        }
        Ok(Self { width, height, light })
    }
}
