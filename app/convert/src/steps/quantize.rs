use formats::precision::nearest_octahedral;
use glam::{Vec2, Vec3};
use rayon::prelude::*;
use scene::{Layer, Mesh, Primitive, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use super::largest_scales;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Rounds numbers so that they compress to a third of their size: positions and texture coordinates
/// to grids, normals and tangents to two bytes. Nodes and pivots stay. The receipt states the
/// largest error; nothing is lost after this step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Quantize {
    /// Cells along the longest side of each mesh, as a power of two; 1 to 23.
    pub position_bits: u32,
    /// Cells along one tile of a texture, as a power of two; 1 to 23.
    pub uv_bits: u32,
    pub directions: DirectionPrecision,
}

/// How normals and tangents are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionPrecision {
    /// Turned by less than 1.5 degrees.
    #[default]
    Bytes,
    Full,
}

/// What gltfpack takes by itself.
impl Default for Quantize {
    fn default() -> Self {
        Self { position_bits: 14, uv_bits: 12, directions: DirectionPrecision::default() }
    }
}

/// Largest differences so far.
#[derive(Default)]
struct Errors {
    /// Metres in the scene.
    position: f64,
    radians: f32,
    uv: f32,
}

impl Apply for Quantize {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let scales = largest_scales(scene);
        let uv_step = (-f64::from(self.uv_bits.clamp(1, 23))).exp2() as f32;
        let mut errors = Errors::default();
        for (mesh, scale) in scene.meshes.iter_mut().zip(scales) {
            ctx.check_cancelled()?;
            let moved = round_positions(mesh, self.position_bits.clamp(1, 23), log);
            errors.position = errors.position.max(f64::from(moved) * scale.unwrap_or(1.0));
            for primitive in &mut mesh.primitives {
                if self.directions == DirectionPrecision::Bytes {
                    errors.radians = errors.radians.max(round_directions(primitive, log));
                }
                for layer in &mut primitive.uvs {
                    let round = |uv: Vec2| on_grid(uv.to_array(), uv_step).into();
                    let largest = rounded(values_mut(layer), round, |a, b| (a - b).abs().max_element());
                    errors.uv = errors.uv.max(largest);
                    log.count("UV layers rounded", usize::from(largest > 0.0));
                }
            }
        }
        tell(&errors, log);
        Ok(())
    }
}

fn tell(errors: &Errors, log: &mut StepLog) {
    if errors.position > 0.0 {
        log.note(format!("positions moved by at most {:.3e} m", errors.position));
    }
    if errors.radians > 0.0 {
        log.note(format!("normals turned by at most {:.2}°", errors.radians.to_degrees()));
    }
    if errors.uv > 0.0 {
        log.note(format!("texture coordinates moved by at most {:.2e} of a tile", errors.uv));
    }
}

/// All primitives to one grid, so that seams stay closed. Returns the largest movement.
fn round_positions(mesh: &mut Mesh, bits: u32, log: &mut StepLog) -> f32 {
    let Some(step) = position_step(mesh, bits) else { return 0.0 };
    let mut largest = 0.0f32;
    for primitive in &mut mesh.primitives {
        let targets = primitive.morph_targets.iter_mut().map(|target| &mut target.positions);
        for positions in std::iter::once(&mut primitive.vertex_positions).chain(targets) {
            let round = |p: Vec3| on_grid(p.to_array(), step).into();
            let moved = rounded(positions, round, |a, b| a.distance(b));
            largest = largest.max(moved);
        }
    }
    log.count("meshes rounded", usize::from(largest > 0.0));
    largest
}

/// The widest power of two of which the longest side has at least 2^`bits` - 1. A mesh that stands on
/// a grid as wide as that, give or take what rounding did to its size, stays there.
fn position_step(mesh: &Mesh, bits: u32) -> Option<f32> {
    let positions = || mesh.primitives.iter().flat_map(|primitive| &primitive.vertex_positions);
    let finite = || positions().filter(|p| p.is_finite());
    let (low, high) = finite().fold((Vec3::MAX, Vec3::MIN), |(low, high), &p| (low.min(p), high.max(p)));
    let size = (high - low).max_element();
    let step = (f64::from(size) / (f64::from(bits).exp2() - 1.0)).log2().floor().exp2() as f32;
    if !(size > 0.0 && size.is_finite() && step.is_normal()) {
        return None;
    }
    let is_on = |step: f32| finite().all(|p| (*p / step).fract() == Vec3::ZERO);
    Some(if is_on(step / 2.0) { step / 2.0 } else { step })
}

fn on_grid<const N: usize>(values: [f32; N], step: f32) -> [f32; N] {
    values.map(|v| if v.is_finite() { (v / step).round() * step } else { v })
}

fn round_directions(primitive: &mut Primitive, log: &mut StepLog) -> f32 {
    let turned = |a: Vec3, b: Vec3| {
        // The angle of nearly equal vectors, which their dot product does not tell.
        let chord = a.normalize_or_zero().distance(b.normalize_or_zero());
        if a == b { 0.0 } else { 2.0 * (0.5 * chord).min(1.0).asin() }
    };
    let round = |v: Vec3| if v.is_finite() && v != Vec3::ZERO { nearest_octahedral(v) } else { v };
    let mut largest = 0.0f32;
    if let Some(layer) = &mut primitive.normals {
        largest = largest.max(rounded(values_mut(layer), round, turned));
    }
    if let Some(layer) = &mut primitive.tangents {
        let values = values_mut(layer);
        let rounded =
            rounded(values, |t| round(t.truncate()).extend(t.w), |a, b| turned(a.truncate(), b.truncate()));
        largest = largest.max(rounded);
    }
    log.count("primitives with rounded normals", usize::from(largest > 0.0));
    largest
}

fn values_mut<T>(layer: &mut Layer<T>) -> &mut Vec<T> {
    match layer {
        Layer::PerVertex(values) | Layer::PerCorner(values) | Layer::Indexed { values, .. } => values,
    }
}

/// Returns the largest difference.
fn rounded<T: Copy + Send>(
    values: &mut [T],
    round: impl Fn(T) -> T + Sync,
    difference: impl Fn(T, T) -> f32 + Sync,
) -> f32 {
    let one = |value: &mut T| {
        let new = round(*value);
        let by = difference(*value, new);
        *value = new;
        by
    };
    values.par_iter_mut().with_min_len(4096).map(one).reduce(|| 0.0, f32::max)
}
