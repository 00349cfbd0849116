//! What one model part of the package holds, before it becomes a scene.

use std::collections::HashMap;
use std::ops::Range;

use glam::{Mat4, Vec2, Vec3, Vec4};
use scene::{Filter, Wrap};

/// Identifies an object or a set of properties within its part.
pub(super) type ResourceId = u32;

#[derive(Default)]
pub(super) struct Part {
    /// Length of the unit in metres.
    pub(super) meters_per_unit: Option<f64>,
    pub(super) program: String,
    pub(super) properties: HashMap<ResourceId, Properties>,
    pub(super) objects: HashMap<ResourceId, Object>,
    pub(super) items: Vec<Placing>,
    /// Namespaces that a reader has to know.
    pub(super) required: Vec<String>,
    /// Properties of kinds that are passed over.
    pub(super) n_unknown_properties: usize,
}

/// A numbered list that triangles point into.
pub(super) enum Properties {
    Bases(Vec<Base>),
    /// Linear.
    Colors(Vec<Vec4>),
    Texture(Texture),
    /// Coordinates from a bottom-left origin on the picture of a `Texture`.
    Coordinates {
        texture: ResourceId,
        uvs: Vec<Vec2>,
    },
    /// Metalness and roughness of a list of bases.
    Metallic(Vec<[f32; 2]>),
}

pub(super) struct Base {
    pub(super) name: String,
    /// Linear.
    pub(super) color: Vec4,
    /// The `Metallic` list that has more of it, and where.
    pub(super) display: Option<(ResourceId, usize)>,
}

pub(super) struct Texture {
    pub(super) path: String,
    pub(super) wrap_u: Wrap,
    pub(super) wrap_v: Wrap,
    pub(super) filter: Filter,
}

#[derive(Default)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) vertices: Vec<Vec3>,
    pub(super) triangles: Vec<[u32; 3]>,
    /// In ascending order, without overlaps; triangles in none of them are of `default_property`.
    pub(super) painted: Vec<Painted>,
    pub(super) default_property: Option<(ResourceId, u32)>,
    pub(super) components: Vec<Placing>,
    /// Triangles that point to vertices that are not there.
    pub(super) n_bad: usize,
}

/// Triangles in a row with the same properties.
pub(super) struct Painted {
    pub(super) triangles: Range<usize>,
    pub(super) properties: ResourceId,
    pub(super) corners: [u32; 3],
}

/// An object at a place.
pub(super) struct Placing {
    /// The part that holds the object; `None`: this one.
    pub(super) part: Option<String>,
    pub(super) object: ResourceId,
    /// `parent_from_object`.
    pub(super) transform: Mat4,
}

/// Twelve numbers, rows of a matrix that rows are multiplied with from the left.
pub(super) fn transform(text: &str) -> Option<Mat4> {
    let mut m = [0.0f32; 12];
    let mut words = text.split_ascii_whitespace();
    for value in &mut m {
        *value = fast_float2::parse(words.next()?).ok()?;
    }
    let column = |i: usize, w: f32| Vec4::new(m[3 * i], m[3 * i + 1], m[3 * i + 2], w);
    let matrix = Mat4::from_cols(column(0, 0.0), column(1, 0.0), column(2, 0.0), column(3, 1.0));
    matrix.is_finite().then_some(matrix)
}

pub(super) fn meters_per_unit(name: &str) -> Option<f64> {
    Some(match name {
        "micron" => 1e-6,
        "millimeter" => 1e-3,
        "centimeter" => 1e-2,
        "inch" => 0.0254,
        "foot" => 0.3048,
        "meter" => 1.0,
        _ => return None,
    })
}

/// `#RRGGBB` or `#RRGGBBAA`, display values.
pub(super) fn color(text: &str) -> Option<Vec4> {
    let digits = text.trim().strip_prefix('#')?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    let code = match digits.len() {
        6 => code << 8 | 0xFF,
        8 => code,
        _ => return None,
    };
    let [r, g, b, a] = code.to_be_bytes();
    Some(crate::srgb::linear_color(Vec4::from([r, g, b, a].map(f32::from)) * ALPHA_TO_FRACTION, true))
}

/// Colours stay codes, alpha becomes a fraction.
const ALPHA_TO_FRACTION: Vec4 = Vec4::new(1.0, 1.0, 1.0, 1.0 / 255.0);
