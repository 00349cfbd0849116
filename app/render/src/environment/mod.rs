//! Pictures of all directions that light a model.

mod cube;
mod device;
mod filter;

use glam::Vec3;
use picture::{DecodeOptions, PictureError};

use cube::Cube;
pub(crate) use device::{EnvironmentTextures, black};
pub(crate) use filter::Sun;

/// The light from every direction around a model, from an equirectangular picture: its top is +Y, its
/// middle +X, and +Z lies a quarter of it further right, as in Blender and three.js once their axes
/// are glTF's. It takes some 20 MB.
///
/// Made once, off the window's thread, in about half a second: mirror images for six roughnesses (split
/// sum; Karis, "Real Shading in Unreal Engine 4", 2013) and the irradiance of diffuse light.
pub struct Environment {
    /// From the mirror's to the roughest surface's, then the irradiance over pi.
    levels: Vec<Cube>,
    sun: Option<Sun>,
}

/// The level of a fully rough surface. Twin of `ENVIRONMENT_ROUGHEST` in
/// shaders/common/environment.wgsl.
const ROUGHEST: usize = 5;
/// Pixels a side of a face of the sharpest level; each next one has half of them.
const SIDE: usize = 512;

/// Why a picture cannot light a model. The texts carry no name: whoever tells them knows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    #[error(transparent)]
    Picture(PictureError),
    #[error("it is no picture of light; choose a .hdr or .exr file of all directions")]
    NotLight,
    #[error("it holds no light; choose a picture that is not black")]
    Dark,
}

impl Environment {
    /// From an encoded picture, as of a `.hdr` or `.exr` file. `mime_type` as for [`picture::decode`].
    ///
    /// # Errors
    /// What the decoder says, or that there is no light in the picture.
    pub fn decode(bytes: &[u8], mime_type: &str) -> Result<Self, EnvironmentError> {
        // Not every program begins its files with the whole of "#?RADIANCE".
        let mime_type = if bytes.starts_with(b"#?") { "image/vnd.radiance" } else { mime_type };
        let picture = picture::decode_light(bytes, mime_type, &DecodeOptions::default())?;
        let light: Vec<[f32; 3]> = picture.pixels().map(|p| p.0).collect();
        Self::from_light(picture.width(), picture.height(), &light)
    }

    /// From linear light, rows from the top; what is no number or negative counts as black.
    ///
    /// # Errors
    /// A list that is not `width` times `height` long, or nothing but black.
    pub fn from_light(width: u32, height: u32, light: &[[f32; 3]]) -> Result<Self, EnvironmentError> {
        if light.is_empty() || light.len() as u64 != u64::from(width) * u64::from(height) {
            return Err(PictureError::NoPixels.into());
        }
        if !light.iter().flatten().any(|&c| c > 0.0) {
            return Err(EnvironmentError::Dark);
        }
        let sharp = Cube::of_picture(width as usize, height as usize, light, SIDE);
        let (levels, sun) = filter::levels(sharp, ROUGHEST);
        Ok(Self { levels, sun })
    }

    /// What throws the shadows, where one light outshines the others.
    pub(crate) fn sun(&self) -> Option<Sun> {
        self.sun
    }

    /// Of the cube that fully rough surfaces mirror.
    pub(crate) fn roughest_level() -> f32 {
        ROUGHEST as f32
    }

    /// Light from a direction, blurred as in a surface of a level, as the device filters it.
    pub(crate) fn light_from(&self, direction: Vec3, level: f32) -> Vec3 {
        let level = level.clamp(0.0, ROUGHEST as f32);
        let at = |i: usize| self.levels.get(i).map_or(Vec3::ZERO, |cube| cube.light_from(direction));
        let (sharper, part) = (level as usize, level.fract());
        if part == 0.0 { at(sharper) } else { at(sharper).lerp(at(sharper + 1), part) }
    }

    /// The same for the same light, from run to run (FNV-1a).
    pub fn fingerprint(&self) -> u64 {
        let coarse = self.levels.iter().filter(|cube| cube.side <= 64);
        let bits = coarse.flat_map(|cube| &cube.light).flat_map(|light| light.to_array()).map(f32::to_bits);
        bits.fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// What one has to save it as is not what a picture of codes has to be saved as.
impl From<PictureError> for EnvironmentError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::UnknownEncoding | PictureError::NotDecoded(_) => Self::NotLight,
            other => Self::Picture(other),
        }
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(of: impl Fn(Vec3) -> Vec3) -> Environment {
        const WIDTH: usize = 128;
        const HEIGHT: usize = 64;
        let light: Vec<[f32; 3]> = (0..WIDTH * HEIGHT)
            .map(|i| {
                let u = ((i % WIDTH) as f32 + 0.5) / WIDTH as f32;
                let v = ((i / WIDTH) as f32 + 0.5) / HEIGHT as f32;
                of(cube::direction_of(u, v)).to_array()
            })
            .collect();
        Environment::from_light(WIDTH as u32, HEIGHT as u32, &light).unwrap()
    }

    #[test]
    fn even_light_stays_what_it_is_at_every_roughness() {
        let environment = picture(|_| Vec3::new(0.5, 1.0, 2.0));
        for level in &environment.levels {
            for d in [Vec3::X, Vec3::NEG_Y, Vec3::ONE.normalize_or_zero(), Vec3::new(0.6, -0.8, 0.0)] {
                assert!(level.light_from(d).distance(Vec3::new(0.5, 1.0, 2.0)) < 1e-3);
            }
        }
    }

    #[test]
    fn directions_keep_their_colour_and_irradiance_is_exact() {
        // (1 + d) / 2 has the irradiance (1 + 2/3 n) / 2 over pi.
        let environment = picture(|d| 0.5 + 0.5 * d);
        for d in [Vec3::X, Vec3::Y, Vec3::NEG_Z, Vec3::new(-0.36, 0.48, 0.8)] {
            let sharp = environment.levels[0].light_from(d);
            assert!(sharp.distance(0.5 + 0.5 * d) < 0.02, "{d}: {sharp}");
            let diffuse = environment.levels[ROUGHEST + 1].light_from(d);
            assert!(diffuse.distance(0.5 + d / 3.0) < 0.01, "{d}: {diffuse}");
        }
    }

    #[test]
    fn rougher_surfaces_blur_more_and_lose_no_light() {
        let environment = picture(|d| if d.x > 0.97 { Vec3::splat(50.0) } else { Vec3::ZERO });
        let towards = |level: usize| environment.levels[level].light_from(Vec3::X).x;
        assert!((0..ROUGHEST).all(|level| towards(level) >= towards(level + 1)), "not monotonic");
        let total = |cube: &Cube| cube.mean().x;
        let sharp = total(&environment.levels[0]);
        for level in &environment.levels {
            assert!((total(level) / sharp - 1.0).abs() < 0.08, "{} of {sharp}", total(level));
        }
    }

    #[test]
    fn hostile_pictures_are_refused_or_tamed() {
        assert!(Environment::from_light(0, 0, &[]).is_err());
        assert!(Environment::from_light(3, 2, &[[1.0; 3]; 5]).is_err());
        assert_eq!(Environment::from_light(1, 1, &[[f32::NAN; 3]]).unwrap_err(), EnvironmentError::Dark);
        let wild = [[f32::INFINITY, f32::NAN, -1.0], [1.0; 3]];
        let environment = Environment::from_light(2, 1, &wild).unwrap();
        assert!(environment.levels.iter().all(|level| level.mean().is_finite()));
        assert!(Environment::decode(b"#?RADIANCE\n\n-Y 4000000 +X 4000000\n", "").is_err());
        let message = Environment::decode(b"no picture at all", "").unwrap_err().to_string();
        assert!(message.contains(".hdr or .exr"), "{message}");
    }
}
