use std::collections::HashMap;

use glam::{DVec3, Vec3};
use scene::{Layer, Mesh, Primitive, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use super::largest_scales;
use crate::edit::{merge_values, merge_vertices};
use crate::receipt::StepLog;
use crate::step::Apply;

/// Makes one vertex of those that are equal in everything: position, normal, tangent, UVs, colours,
/// skin weights and morphs. Seams and hard edges stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weld {
    /// Metres as the model stands in the scene. Vertices nearer to each other than this first move
    /// onto one point, which closes cracks. 0: nothing moves.
    pub distance: f64,
}

impl Apply for Weld {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let scales = largest_scales(scene);
        for (m, mesh) in scene.meshes.iter_mut().enumerate() {
            ctx.check_cancelled()?;
            let distance = scales[m].map_or(0.0, |scale| self.distance / scale);
            if distance > 0.0 && distance.is_finite() {
                log.count("vertices moved together", snap(mesh, distance));
            }
            for primitive in &mut mesh.primitives {
                log.count("equal normals, UVs and colours merged", merge_values(primitive));
                let representatives = representatives(primitive);
                log.count("vertices merged", merge_vertices(primitive, &representatives));
            }
        }
        Ok(())
    }
}

/// Moves vertices that lie within `distance` of an earlier one onto it, over the whole mesh, so that
/// pieces of different materials meet again. Moved vertices take no further ones along: what closes
/// a crack must not eat a row of narrow faces.
fn snap(mesh: &mut Mesh, distance: f64) -> usize {
    let cell_of = |p: DVec3| (p / distance).floor().as_i64vec3();
    let mut anchors: HashMap<glam::I64Vec3, Vec<Vec3>> = HashMap::new();
    let mut n_moved = 0;
    for position in mesh.primitives.iter_mut().flat_map(|p| &mut p.vertex_positions).filter(|p| p.is_finite())
    {
        let point = position.as_dvec3();
        let cell = cell_of(point);
        let around = (-1..=1)
            .flat_map(|x| (-1..=1).flat_map(move |y| (-1..=1).map(move |z| glam::I64Vec3::new(x, y, z))));
        let near = around.filter_map(|step| anchors.get(&(cell + step))).flatten();
        let nearest = near
            .map(|anchor| (anchor.as_dvec3().distance_squared(point), *anchor))
            .filter(|(squared, _)| *squared <= distance * distance)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, anchor)) if anchor == *position => {}
            Some((_, anchor)) => {
                *position = anchor;
                n_moved += 1;
            }
            None => anchors.entry(cell).or_default().push(*position),
        }
    }
    n_moved
}

/// For each vertex the first one that equals it in every attribute.
fn representatives(primitive: &Primitive) -> Vec<u32> {
    let n_vertices = primitive.vertex_positions.len();
    let mut firsts: HashMap<u64, Vec<u32>> = HashMap::with_capacity(n_vertices);
    let attributes = Attributes::of(primitive);
    let mut words = Vec::new();
    let mut first_words = Vec::new();
    (0..n_vertices as u32)
        .map(|vertex| {
            attributes.words(vertex as usize, &mut words);
            let known = firsts.entry(hash(&words)).or_default();
            let same = known.iter().find(|&&first| {
                attributes.words(first as usize, &mut first_words);
                first_words == words
            });
            same.copied().unwrap_or_else(|| {
                known.push(vertex);
                vertex
            })
        })
        .collect()
}

/// FNV-1a over words (Fowler, Noll & Vo).
fn hash(words: &[u32]) -> u64 {
    words
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &word| (hash ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3))
}

struct Attributes<'a> {
    primitive: &'a Primitive,
}

impl<'a> Attributes<'a> {
    fn of(primitive: &'a Primitive) -> Self {
        Self { primitive }
    }

    /// All that is stored once a vertex, as bits; -0 counts as 0.
    fn words(&self, vertex: usize, words: &mut Vec<u32>) {
        fn push<const N: usize>(words: &mut Vec<u32>, values: [f32; N]) {
            words.extend(values.map(|value| (value + 0.0).to_bits()));
        }
        fn at<T: Copy>(layer: Option<&Layer<T>>, vertex: usize) -> Option<T> {
            match layer {
                Some(Layer::PerVertex(values)) => values.get(vertex).copied(),
                _ => None,
            }
        }
        words.clear();
        let p = self.primitive;
        push(words, p.vertex_positions[vertex].to_array());
        if let Some(normal) = at(p.normals.as_ref(), vertex) {
            push(words, normal.to_array());
        }
        if let Some(tangent) = at(p.tangents.as_ref(), vertex) {
            push(words, tangent.to_array());
        }
        for uv in p.uvs.iter().filter_map(|layer| at(Some(layer), vertex)) {
            push(words, uv.to_array());
        }
        for color in p.colors.iter().filter_map(|layer| at(Some(layer), vertex)) {
            push(words, color.to_array());
        }
        for set in &p.joints {
            words.extend(set[vertex].map(u32::from));
        }
        for set in &p.weights {
            push(words, set[vertex]);
        }
        for target in &p.morph_targets {
            for offsets in [&target.positions, &target.normals, &target.tangents] {
                if let Some(offset) = offsets.get(vertex) {
                    push(words, offset.to_array());
                }
            }
        }
    }
}
