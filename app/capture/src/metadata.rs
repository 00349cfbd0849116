//! `metadata.json` beside the pictures.

use std::path::Path;

use glam::DVec3;
use render::{Lens, Normals, Pass, SENSOR_WIDTH_MM, Still, Surroundings, ToneMap, View};
use scene::Aabb;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Encoding, Modality, PictureKind, ThumbnailOptions};

/// Lengths in metres, coordinates in Blender's axes: right-handed, +Z up, the front towards -Y.
#[derive(Serialize)]
pub(crate) struct Metadata {
    source_file: String,
    render_resolution: [u32; 2],
    /// Of the model as the file places it.
    bounding_box: BoundingBox,
    /// Of the first view.
    camera: Camera,
    /// Of every view, in the order of their numbers, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cameras: Vec<NumberedCamera>,
    passes: Map<String, Value>,
    /// What the pictures were asked to be.
    settings: Value,
    /// Every file of the set but this one.
    files: Vec<String>,
}

#[derive(Serialize)]
struct BoundingBox {
    center: [f64; 3],
    dimensions: [f64; 3],
}

#[derive(Clone, Serialize)]
struct NumberedCamera {
    /// The number in the files' names.
    view: usize,
    files: Vec<String>,
    #[serde(flatten)]
    camera: Camera,
}

#[derive(Clone, Serialize)]
struct Camera {
    /// Millimetres on the sensor.
    focal_length: f64,
    position: [f64; 3],
    look_at: [f64; 3],
    up: [f64; 3],
    sensor_width: f64,
    /// Pixels.
    fx: f64,
    fy: f64,
    cx: f64,
    cy: f64,
    /// Where in its pixel, from the upper left corner, each depth, normal and id was taken.
    data_sample: [f64; 2],
    /// Distances along the line of sight that the depth picture shows black and white.
    near: f64,
    far: f64,
}

impl Camera {
    fn new(view: &View, still: &Still, moved_by: DVec3) -> Self {
        let focal_length = match view.lens {
            Lens::Perspective { focal_length_mm } => focal_length_mm,
            Lens::Orthographic { .. } => 0.0,
        };
        let [near, far] = still.depth_range.map_or([view.near, view.far], |range| range.map(f64::from));
        let focal_px = focal_length / SENSOR_WIDTH_MM * f64::from(still.width_px);
        Self {
            focal_length,
            position: z_up(view.eye + moved_by),
            look_at: z_up(view.target + moved_by),
            up: z_up(view.up),
            sensor_width: SENSOR_WIDTH_MM,
            fx: focal_px,
            fy: focal_px,
            cx: 0.5 * f64::from(still.width_px),
            cy: 0.5 * f64::from(still.height_px),
            data_sample: Still::DATA_SAMPLE,
            near,
            far,
        }
    }
}

/// Collects what is known of a set while its views are drawn.
pub(crate) struct MetadataBuilder<'a> {
    options: &'a ThumbnailOptions,
    source_file: String,
    bounds: Aabb,
    moved_by: DVec3,
    cameras: Vec<NumberedCamera>,
    /// Those of the set as a whole.
    files: Vec<String>,
}

impl<'a> MetadataBuilder<'a> {
    pub(crate) fn new(model: &Path, bounds: Aabb, options: &'a ThumbnailOptions) -> Self {
        let source_file = model.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The model is moved so that its box's centre is the origin; the camera moves along.
        let moved_by = if options.keep_origin { DVec3::ZERO } else { -bounds.center() };
        Self { options, source_file, bounds, moved_by, cameras: Vec::new(), files: Vec::new() }
    }

    pub(crate) fn add_view(&mut self, view: &View, still: &Still, files: Vec<String>) {
        let camera = Camera::new(view, still, self.moved_by);
        self.cameras.push(NumberedCamera { view: self.cameras.len(), files, camera });
    }

    pub(crate) fn add_file(&mut self, name: &str) {
        self.files.push(name.to_owned());
    }

    /// `None` without a view.
    pub(crate) fn build(self) -> Option<Metadata> {
        let of_views = self.cameras.iter().flat_map(|camera| camera.files.iter().cloned());
        let files = of_views.chain(self.files).collect();
        Some(Metadata {
            source_file: self.source_file,
            render_resolution: self.options.size_px,
            bounding_box: BoundingBox {
                center: z_up(self.bounds.center()),
                dimensions: z_up_size(self.bounds.size()),
            },
            camera: self.cameras.first()?.camera.clone(),
            cameras: if self.cameras.len() > 1 { self.cameras } else { Vec::new() },
            passes: passes(self.options),
            settings: self.options.settings(),
            files,
        })
    }
}

/// How each picture was made, in words, for whoever computes with them.
fn passes(options: &ThumbnailOptions) -> Map<String, Value> {
    let words = |kind: &PictureKind| match kind.modality {
        Modality::Id => id_words(kind.encoding).to_owned(),
        Modality::Pass(Pass::Depth) => depth_words(kind.encoding).to_owned(),
        Modality::Pass(Pass::Normal) => normal_words(kind.encoding, options.normals),
        Modality::Pass(Pass::Textured) => textured_words(kind.encoding, options),
        Modality::Pass(pass) => color_words(pass, kind.encoding),
    };
    options.pictures.iter().map(|kind| (kind.modality.name().to_owned(), words(kind).into())).collect()
}

fn textured_words(encoding: Encoding, options: &ThumbnailOptions) -> String {
    let light = match options.look.surroundings {
        Surroundings::Studio => "a studio light that turns with the camera",
        Surroundings::Picture(_) => "a picture of surroundings",
    };
    let tone_map = match options.look.tone_map {
        ToneMap::Neutral => "tone-mapped with Khronos PBR Neutral",
        ToneMap::Agx => "tone-mapped after AgX",
        ToneMap::Linear => "cut off at white",
    };
    match encoding {
        Encoding::Exr => format!(
            "original materials under {light}, as linear light with sRGB's primaries, four samples a pixel; \
             exposed, before any tone curve, not cut off at white, alpha premultiplied"
        ),
        _ => format!("original materials under {light}; sRGB, four samples a pixel, {tone_map}"),
    }
}

fn color_words(pass: Pass, encoding: Encoding) -> String {
    let what = match pass {
        Pass::Albedo => "base colour without light; sRGB, four samples a pixel",
        Pass::Wireframe => "the edges of the polygons over a plain surface; sRGB, four samples a pixel",
        Pass::Edge => {
            "black lines on white from the data of four samples a pixel: where the object or material changes, \
             where the distance jumps by more than 12 samples against the plane before it, and where two flat faces \
             meet at more than 40 degrees"
        }
        Pass::Roughness | Pass::Metallic | Pass::Occlusion => {
            "grey of the material as in the texture's file, 0 to 255 for 0 to 1"
        }
        _ => "as the window's mode of this name; sRGB",
    };
    match (encoding, pass) {
        (Encoding::Exr, Pass::Edge) => format!("{what}; as EXR 1 is white, 0 black"),
        (Encoding::Exr, Pass::Roughness | Pass::Metallic | Pass::Occlusion) => {
            format!("{what}; as EXR 0 to 1, alpha premultiplied")
        }
        (Encoding::Exr, _) => {
            format!("{what}; as EXR the same picture as linear light, alpha premultiplied")
        }
        _ => what.to_owned(),
    }
}

fn normal_words(encoding: Encoding, normals: Normals) -> String {
    let space = match normals {
        Normals::Camera => "camera space (+X right, +Y up, +Z towards the camera)",
        Normals::World | Normals::WorldZUp => "world space (+Z up, the front towards -Y)",
    };
    let value = match encoding {
        Encoding::Exr => "R, G, B are X, Y, Z of the unit vector; background 0, 0, 0",
        Encoding::Png16 => "value = 65535 * (n + 1) / 2; background 32768, 32768, 32768",
        Encoding::Png8 | Encoding::WebP => "value = 255 * (n + 1) / 2; background 128, 128, 128",
    };
    format!("shading normals in {space}, normal maps included; {value}; one sample a pixel, never averaged")
}

fn depth_words(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Exr => {
            "distance along the line of sight in metres, channel Z, 32-bit float; background infinite; \
             camera.near is the nearest visible point, camera.far 6 % of the visible depth behind the farthest; \
             one sample a pixel, never averaged"
        }
        Encoding::Png16 => {
            "distance along the line of sight; value = 65535 * (distance - camera.near) / (camera.far - camera.near): \
             black is near, white is far, background 65535; camera.near is the nearest visible point, camera.far 6 % \
             of the visible depth behind the farthest; one sample a pixel, never averaged"
        }
        Encoding::Png8 | Encoding::WebP => {
            "distance along the line of sight; value = 255 * (distance - camera.near) / (camera.far - camera.near): \
             black is near, white is far, background 255; camera.near is the nearest visible point, camera.far 6 % \
             of the visible depth behind the farthest; one sample a pixel, never averaged"
        }
    }
}

fn id_words(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Exr => {
            "the object seen at each pixel, channel id, 32-bit integer; 0 is the background; names in render_id.json; \
             one sample a pixel, never averaged"
        }
        _ => {
            "the object seen at each pixel, 16-bit grey; 0 is the background; names in render_id.json; one sample a \
             pixel, never averaged"
        }
    }
}

/// From +Y up to +Z up. Adding zero makes negative zeros positive.
fn z_up(v: DVec3) -> [f64; 3] {
    [v.x + 0.0, -v.z + 0.0, v.y + 0.0]
}

fn z_up_size(v: DVec3) -> [f64; 3] {
    [v.x, v.z, v.y]
}
