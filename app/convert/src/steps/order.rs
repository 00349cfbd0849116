use meshopt::{
    encode_index_buffer, optimize_overdraw_in_place_decoder, optimize_vertex_cache_in_place,
    optimize_vertex_cache_strip_in_place, optimize_vertex_fetch_remap,
};
use rayon::prelude::*;
use scene::{FaceSizes, Primitive, Scene, Topology};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::{keep_vertices, remove_unused_vertices, split_corners};
use crate::receipt::StepLog;
use crate::step::Apply;

/// Puts triangles and vertices into another order; pictures stay the same. Meshes with polygons keep
/// theirs: triangulate first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Order {
    pub goal: OrderGoal,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderGoal {
    /// What graphics cards draw fastest: Forsyth's vertex cache order, then overdraw, then fetch.
    #[default]
    Drawing,
    /// What compresses to the smallest file: strips, then fetch.
    Size,
}

/// How much worse the vertex cache may get for less overdraw; meshoptimizer's advice.
const OVERDRAW_THRESHOLD: f32 = 1.05;

impl Apply for Order {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let primitives = scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives);
        let mut primitives: Vec<&mut Primitive> = primitives.collect();
        let order = |primitive: &mut &mut Primitive| -> Result<usize, Cancelled> {
            ctx.check_cancelled()?;
            Ok(usize::from(order(primitive, self.goal)))
        };
        let n_ordered = primitives.par_iter_mut().map(order).sum::<Result<usize, Cancelled>>()?;
        log.count("primitives in a new order", n_ordered);
        Ok(())
    }
}

fn order(primitive: &mut Primitive, goal: OrderGoal) -> bool {
    let is_triangles =
        primitive.topology == Topology::Faces && primitive.faces.sizes == FaceSizes::Uniform(3);
    if !is_triangles || primitive.faces.corner_vertices.is_empty() {
        return false;
    }
    split_corners(primitive);
    remove_unused_vertices(primitive);
    let n_vertices = primitive.vertex_positions.len();
    let before = &primitive.faces.corner_vertices;
    let weigh = |indices: Vec<u32>| Numbered::of(indices, n_vertices, goal);
    let (found, kept) = rayon::join(|| weigh(ordered(primitive, goal)), || weigh(before.clone()));
    // The order found for an ordered mesh is as good, but another one: what is good stays.
    let is_better = found.cost < SAME * kept.cost;
    let Numbered { indices, new_of_old, .. } = if is_better { found } else { kept };
    let is_in_order = new_of_old.iter().zip(0..).all(|(&new, old)| new == old);
    if !is_better && is_in_order {
        return false;
    }
    primitive.faces.corner_vertices = indices;
    let mut kept = vec![0; n_vertices];
    for (old, &new) in new_of_old.iter().enumerate() {
        kept[new as usize] = old as u32;
    }
    keep_vertices(primitive, &kept);
    true
}

fn ordered(primitive: &Primitive, goal: OrderGoal) -> Vec<u32> {
    let n_vertices = primitive.vertex_positions.len();
    let mut indices = primitive.faces.corner_vertices.clone();
    for run in primitive.runs() {
        let of_run = &mut indices[3 * run.first_face..3 * (run.first_face + run.n_faces)];
        match goal {
            OrderGoal::Drawing => {
                let positions: &[[f32; 3]] = bytemuck::cast_slice(&primitive.vertex_positions);
                optimize_vertex_cache_in_place(of_run, n_vertices);
                optimize_overdraw_in_place_decoder(of_run, positions, OVERDRAW_THRESHOLD);
            }
            OrderGoal::Size => optimize_vertex_cache_strip_in_place(of_run, n_vertices),
        }
    }
    indices
}

/// Below this share of its cost an order is better than another one.
const SAME: f64 = 0.99;

/// An order of triangles, with the vertices numbered by their first use.
struct Numbered {
    indices: Vec<u32>,
    new_of_old: Vec<u32>,
    cost: f64,
}

impl Numbered {
    fn of(mut indices: Vec<u32>, n_vertices: usize, goal: OrderGoal) -> Self {
        let new_of_old = optimize_vertex_fetch_remap(&indices, n_vertices);
        indices.iter_mut().for_each(|v| *v = new_of_old[*v as usize]);
        let cost = match goal {
            OrderGoal::Drawing => miss_rate(&indices),
            // Bytes of the index codec.
            OrderGoal::Size => {
                encode_index_buffer(&indices, n_vertices).map_or(f64::MAX, |bytes| bytes.len() as f64)
            }
        };
        Self { indices, new_of_old, cost }
    }
}

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
