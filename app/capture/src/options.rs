//! What a set of pictures consists of.

use formats::ReadOptions;
use render::{Background, Look, Normals, Pass, Surroundings};
use serde_json::{Value, json};

use crate::{Interior, Views};

/// How [`crate::thumbnails`] draws a model. The default is what requirement B2's scripts read: four
/// pictures of 512 by 512 pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct ThumbnailOptions {
    /// Width and height of every picture.
    pub size_px: [u32; 2],
    pub pictures: Vec<PictureKind>,
    pub views: Views,
    /// `None`: as the model stands.
    pub moment: Option<Moment>,
    /// Leave the model where it is and look at its box's centre, instead of moving that to the origin.
    pub keep_origin: bool,
    /// World normals are written in Blender's axes, like every coordinate of the metadata.
    pub normals: Normals,
    pub background: Background,
    /// The light.
    pub look: Look,
    /// How closed interiors are seen.
    pub interior: Interior,
    /// `contact_sheet.png` beside the others: a row for each view, a column for each picture.
    pub contact_sheet: bool,
    /// What is known of the model beyond its own files.
    pub read: ReadOptions,
}

impl Default for ThumbnailOptions {
    fn default() -> Self {
        Self {
            size_px: [512; 2],
            pictures: Modality::STANDARD.map(PictureKind::png).to_vec(),
            views: Views::Single,
            moment: None,
            keep_origin: false,
            normals: Normals::Camera,
            background: Background::Studio,
            look: Look::default(),
            interior: Interior::default(),
            contact_sheet: false,
            read: ReadOptions::default(),
        }
    }
}

impl ThumbnailOptions {
    /// What decides on the pixels, as metadata.json states it: two sets with equal settings of an
    /// unchanged model are equal.
    pub(crate) fn settings(&self) -> Value {
        let picture = |kind: &PictureKind| json!([kind.modality.name(), kind.encoding.name()]);
        json!({
            "size": self.size_px,
            "pictures": self.pictures.iter().map(picture).collect::<Vec<_>>(),
            "views": self.views.to_string(),
            "clip": self.moment.as_ref().and_then(|moment| moment.clip.clone()),
            "time": self.moment.as_ref().map(|moment| moment.time_secs),
            "keep_origin": self.keep_origin,
            "normal_space": if self.normals == Normals::Camera { "camera" } else { "world" },
            "interior": self.interior.name(),
            "background": match self.background {
                Background::Studio => json!("studio"),
                Background::Transparent => json!("transparent"),
                Background::Surroundings { blur } => json!({ "surroundings": { "blur": blur } }),
            },
            "light": light(&self.look),
        })
    }
}

fn light(look: &Look) -> Value {
    json!({
        "surroundings": match &look.surroundings {
            Surroundings::Studio => "studio".to_owned(),
            Surroundings::Picture(picture) => format!("picture {:016x}", picture.fingerprint()),
        },
        "rotation": look.rotation_radians.to_degrees(),
        "strength": look.strength,
        "exposure": look.exposure_ev,
        "tone_map": look.tone_map.name(),
        "lights_of_file": look.uses_file_lights,
    })
}

/// A moment of an animation.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Name or number from 1; `None`: the first.
    pub clip: Option<String>,
    /// Before the first key and after the last those hold.
    pub time_secs: f32,
}

/// One picture of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureKind {
    pub modality: Modality,
    pub encoding: Encoding,
}

impl PictureKind {
    fn png(modality: Modality) -> Self {
        Self::new(modality, Encoding::Png8)
    }

    /// The textured picture as light, before any tone curve.
    pub(crate) fn is_light(&self) -> bool {
        (self.modality, self.encoding) == (Modality::Pass(Pass::Textured), Encoding::Exr)
    }

    /// `wanted` where it can hold the modality, else the nearest that can: ids need 16 bits, and 16
    /// bits of a colour made from 8 would be a lie.
    pub fn new(modality: Modality, wanted: Encoding) -> Self {
        let encoding = match (modality, wanted) {
            (Modality::Id, Encoding::Png8 | Encoding::WebP) => Encoding::Png16,
            (Modality::Id | Modality::Pass(Pass::Depth | Pass::Normal), wanted) => wanted,
            (_, Encoding::Png16) => Encoding::Png8,
            (_, wanted) => wanted,
        };
        Self { modality, encoding }
    }
}

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modality {
    Pass(Pass),
    /// Which object is seen, as exact numbers.
    Id,
}

impl Modality {
    /// Those of requirement B2.
    pub const STANDARD: [Self; 4] = [
        Self::Pass(Pass::Textured),
        Self::Pass(Pass::Normal),
        Self::Pass(Pass::Depth),
        Self::Pass(Pass::Edge),
    ];

    pub fn all() -> impl Iterator<Item = Self> {
        Pass::ALL.into_iter().map(Self::Pass).chain([Self::Id])
    }

    /// As files and options are named: `render_NAME.png`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass(pass) => pass.name(),
            Self::Id => "id",
        }
    }
}

/// How a picture's numbers are kept in a file; all are lossless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Png8,
    /// Depth, normals and ids only.
    Png16,
    WebP,
    /// Floating point: depth in metres, normals as unit vectors, ids as integers, colours as linear
    /// light.
    Exr,
}

impl Encoding {
    pub const ALL: [Self; 4] = [Self::Png8, Self::Png16, Self::WebP, Self::Exr];

    pub fn name(self) -> &'static str {
        match self {
            Self::Png8 => "png",
            Self::Png16 => "png16",
            Self::WebP => "webp",
            Self::Exr => "exr",
        }
    }

    /// Of the file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png8 | Self::Png16 => "png",
            Self::WebP => "webp",
            Self::Exr => "exr",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_that_cannot_hold_a_modality_gives_way_to_one_that_can() {
        let encoding = |modality, wanted| PictureKind::new(modality, wanted).encoding;
        assert_eq!(encoding(Modality::Id, Encoding::Png8), Encoding::Png16);
        assert_eq!(encoding(Modality::Id, Encoding::WebP), Encoding::Png16);
        assert_eq!(encoding(Modality::Id, Encoding::Exr), Encoding::Exr);
        assert_eq!(encoding(Modality::Pass(Pass::Depth), Encoding::Png16), Encoding::Png16);
        assert_eq!(encoding(Modality::Pass(Pass::Textured), Encoding::Png16), Encoding::Png8);
    }
}
