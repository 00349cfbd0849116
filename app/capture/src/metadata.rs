//! `metadata.json` beside the pictures.

use std::path::Path;

use glam::DVec3;
use render::{Lens, Normals, SENSOR_WIDTH_MM, Still, View};
use scene::Aabb;
use serde::Serialize;

use crate::ThumbnailOptions;

/// Lengths in metres, coordinates in Blender's axes: right-handed, +Z up, the front towards -Y.
#[derive(Serialize)]
pub(crate) struct Metadata {
    source_file: String,
    render_resolution: [u32; 2],
    /// Of the model as the file places it.
    bounding_box: BoundingBox,
    camera: Camera,
    passes: Passes,
}

#[derive(Serialize)]
struct BoundingBox {
    center: [f64; 3],
    dimensions: [f64; 3],
}

#[derive(Serialize)]
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
    /// Distances along the line of sight that the depth picture shows black and white.
    near: f64,
    far: f64,
}

/// How each picture was made, in words, for whoever computes with them.
#[derive(Serialize)]
struct Passes {
    textured: &'static str,
    normal: &'static str,
    depth: &'static str,
    edge: &'static str,
}

impl Metadata {
    pub(crate) fn new(
        model: &Path,
        bounds: &Aabb,
        view: &View,
        still: &Still,
        options: &ThumbnailOptions,
    ) -> Self {
        let focal_length = match view.lens {
            Lens::Perspective { focal_length_mm } => focal_length_mm,
            Lens::Orthographic { .. } => 0.0,
        };
        // The model is moved so that its box's centre is the origin; the camera moves along.
        let moved_by = if options.keep_origin { DVec3::ZERO } else { -bounds.center() };
        let [near, far] = still.depth_range.map_or([view.near, view.far], |range| range.map(f64::from));
        let focal_px = focal_length / SENSOR_WIDTH_MM * f64::from(still.width_px);
        Self {
            source_file: model.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            render_resolution: [still.width_px, still.height_px],
            bounding_box: BoundingBox { center: z_up(bounds.center()), dimensions: z_up_size(bounds.size()) },
            camera: Camera {
                focal_length,
                position: z_up(view.eye + moved_by),
                look_at: z_up(view.target + moved_by),
                up: z_up(view.up),
                sensor_width: SENSOR_WIDTH_MM,
                fx: focal_px,
                fy: focal_px,
                cx: 0.5 * f64::from(still.width_px),
                cy: 0.5 * f64::from(still.height_px),
                near,
                far,
            },
            passes: Passes::new(options.normals),
        }
    }
}

impl Passes {
    fn new(normals: Normals) -> Self {
        Self {
            textured: "original materials under a studio light that turns with the camera; sRGB, four samples a pixel, \
                       tone-mapped with Khronos PBR Neutral",
            normal: match normals {
                Normals::Camera => {
                    "shading normals in camera space (+X right, +Y up, +Z towards the camera), normal maps included; \
                     value = 255 * (n + 1) / 2; background 128, 128, 128; one sample a pixel, never averaged"
                }
                Normals::World | Normals::WorldZUp => {
                    "shading normals in world space (+Z up, the front towards -Y), normal maps included; \
                     value = 255 * (n + 1) / 2; background 128, 128, 128; one sample a pixel, never averaged"
                }
            },
            depth: "distance along the line of sight; value = 255 * (distance - camera.near) / (camera.far - camera.near): \
                    black is near, white is far, background 255; camera.near is the nearest visible point, camera.far 6 % \
                    of the visible depth behind the farthest; one sample a pixel, never averaged",
            edge: "black lines on white from the data of four samples a pixel: where the object or material changes, \
                   where the distance jumps by more than 12 samples against the plane before it, and where two flat faces \
                   meet at more than 40 degrees",
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
