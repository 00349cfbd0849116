use meshopt::{
    optimize_overdraw_in_place_decoder, optimize_vertex_cache_in_place, optimize_vertex_fetch_remap,
};
use scene::{FaceSizes, Primitive, Scene, Topology};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::{keep_vertices, remove_unused_vertices, split_corners};
use crate::receipt::StepLog;
use crate::step::Apply;

/// Puts triangles and vertices into the order that graphics cards draw fastest and that compresses
/// best (Forsyth's vertex cache order, then overdraw, then fetch; by meshoptimizer). Pictures stay
/// the same. Meshes with polygons keep theirs: triangulate first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Order {}

/// How much worse the vertex cache may get for less overdraw; meshoptimizer's advice.
const OVERDRAW_THRESHOLD: f32 = 1.05;

impl Apply for Order {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        for mesh in &mut scene.meshes {
            ctx.check_cancelled()?;
            for primitive in &mut mesh.primitives {
                if order(primitive) {
                    log.count("primitives in a new order", 1);
                }
            }
        }
        Ok(())
    }
}

fn order(primitive: &mut Primitive) -> bool {
    let is_triangles =
        primitive.topology == Topology::Faces && primitive.faces.sizes == FaceSizes::Uniform(3);
    if !is_triangles || primitive.faces.corner_vertices.is_empty() {
        return false;
    }
    split_corners(primitive);
    remove_unused_vertices(primitive);
    let n_vertices = primitive.vertex_positions.len();
    let positions: Vec<[f32; 3]> = primitive.vertex_positions.iter().map(|p| p.to_array()).collect();
    let runs = primitive.runs();
    let indices = &mut primitive.faces.corner_vertices;
    let before = indices.clone();
    for run in runs {
        let of_run = &mut indices[3 * run.first_face..3 * (run.first_face + run.n_faces)];
        optimize_vertex_cache_in_place(of_run, n_vertices);
        optimize_overdraw_in_place_decoder(of_run, &positions, OVERDRAW_THRESHOLD);
    }
    // The order found for an ordered mesh is as good, but another one: what is good stays.
    if miss_rate(indices) >= SAME_RATE * miss_rate(&before) {
        *indices = before;
    }
    let new_of_old = optimize_vertex_fetch_remap(indices, n_vertices);
    let is_in_order = new_of_old.iter().zip(0..).all(|(&new, old)| new == old);
    if is_in_order {
        return false;
    }
    indices.iter_mut().for_each(|v| *v = new_of_old[*v as usize]);
    let mut kept = vec![0; n_vertices];
    for (old, &new) in new_of_old.iter().enumerate() {
        kept[new as usize] = old as u32;
    }
    keep_vertices(primitive, &kept);
    true
}

/// Below this an order is better than another one.
const SAME_RATE: f64 = 0.99;

/// Vertices that a first-in-first-out cache of 16 has to transform, for each triangle.
fn miss_rate(indices: &[u32]) -> f64 {
    const CACHE: usize = 16;
    let mut cache = [u32::MAX; CACHE];
    let mut next = 0;
    let mut n_misses = 0;
    for &index in indices {
        if !cache.contains(&index) {
            cache[next] = index;
            next = (next + 1) % CACHE;
            n_misses += 1;
        }
    }
    f64::from(n_misses) / (indices.len() / 3).max(1) as f64
}
