use glam::DMat4;
use meshopt::{SimplifyOptions, simplify_with_attributes_and_locks_decoder};
use scene::{FaceSizes, Layer, Mesh, Primitive, Scene, Topology};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use super::silhouette::silhouette_difference;
use super::triangulate::triangulate;
use crate::edit::{FaceList, remove_unused_vertices, split_corners};
use crate::receipt::StepLog;
use crate::step::Apply;

/// Takes triangles away where they are missed least (Garland & Heckbert 1997, with attributes as
/// Hoppe 1999; by meshoptimizer). Borders between materials, UV seams and hard edges stay; skins
/// and morphs stay, since no vertex moves. Polygons become triangles.
///
/// Nothing happens unless a ratio or a count is stated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Simplify {
    /// Share of the triangles to keep, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// Triangles the whole model may have, as stored; models that have fewer stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_triangles: Option<usize>,
    /// How far the surface may move, metres as the model stands in the scene. Without it 1/1000 of
    /// the model's diagonal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_error: Option<f64>,
    /// Pixels by which the outline may differ from any of 14 sides, the model being 512 pixels
    /// large. A mesh that would differ by more stays as it is.
    pub max_outline_pixels: usize,
}

impl Default for Simplify {
    fn default() -> Self {
        Self { ratio: None, max_triangles: None, max_error: None, max_outline_pixels: 1500 }
    }
}

/// Against a change of one in the position, in units of the mesh's size; meshoptimizer's advice.
const NORMAL_WEIGHT: f32 = 0.5;
const UV_WEIGHT: f32 = 0.5;

impl Simplify {
    /// Of the model's diagonal.
    pub(crate) const ERROR_SHARE: f64 = 1e-3;
}

impl Apply for Simplify {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let n_stored: usize = scene.meshes.iter().map(n_triangles).sum();
        let by_count = self.max_triangles.map(|max| max as f64 / n_stored.max(1) as f64);
        let Some(ratio) = [self.ratio, by_count].into_iter().flatten().reduce(f64::min) else {
            return Ok(());
        };
        if !(ratio.is_finite() && ratio < 1.0) {
            return Ok(());
        }
        let diagonal = 2.0 * scene.bounds().radius();
        let max_error =
            self.max_error.filter(|e| e.is_finite() && *e >= 0.0).unwrap_or(Self::ERROR_SHARE * diagonal);
        let scales = super::largest_scales(scene);
        let views = first_views(scene);
        for (m, mesh) in scene.meshes.iter_mut().enumerate() {
            ctx.check_cancelled()?;
            let (Some(scale), Some(world_from_mesh)) = (scales[m], views[m]) else { continue };
            let before = n_triangles(mesh);
            let simplified = simplify(mesh, ratio, max_error / scale);
            let after = n_triangles(&simplified);
            if after >= before {
                continue;
            }
            let differs_by = silhouette_difference(mesh, &simplified, world_from_mesh, diagonal);
            if differs_by > self.max_outline_pixels {
                log.note(format!("'{}' stays: its outline would change by {differs_by} pixels", mesh.name));
                continue;
            }
            log.count("triangles removed", before - after);
            *mesh = simplified;
        }
        Ok(())
    }
}

fn n_triangles(mesh: &Mesh) -> usize {
    let polygonal = mesh.primitives.iter().filter(|p| p.topology == Topology::Faces);
    polygonal.flat_map(|p| p.faces.iter()).map(|face| face.len().saturating_sub(2)).sum()
}

/// For each mesh how its first object stands in the world.
fn first_views(scene: &Scene) -> Vec<Option<DMat4>> {
    let mut views = vec![None; scene.meshes.len()];
    for instance in scene.mesh_instances(&scene.world_transforms()) {
        views[instance.mesh].get_or_insert(instance.world_from_mesh);
    }
    views
}

/// `max_error`: in the units of the mesh.
fn simplify(mesh: &Mesh, ratio: f64, max_error: f64) -> Mesh {
    let mut mesh = mesh.clone();
    for primitive in &mut mesh.primitives {
        if primitive.topology == Topology::Faces && !primitive.faces.corner_vertices.is_empty() {
            triangulate(primitive);
            split_corners(primitive);
            simplify_primitive(primitive, ratio, max_error as f32);
            remove_unused_vertices(primitive);
        }
    }
    mesh
}

fn simplify_primitive(primitive: &mut Primitive, ratio: f64, max_error: f32) {
    if primitive.faces.sizes != FaceSizes::Uniform(3) {
        return;
    }
    let positions: Vec<[f32; 3]> = primitive.vertex_positions.iter().map(|p| p.to_array()).collect();
    let (attributes, weights) = attributes(primitive);
    let stride = weights.len() * size_of::<f32>();
    // Two materials of one primitive meet where neither may give way.
    let is_locked = shared_by_materials(primitive);
    let mut list = FaceList::default();
    for run in primitive.runs() {
        let corners = 3 * run.first_face..3 * (run.first_face + run.n_faces);
        let indices = &primitive.faces.corner_vertices[corners.clone()];
        let target = (ratio * run.n_faces as f64).ceil() as usize * 3;
        let options = SimplifyOptions::ErrorAbsolute | SimplifyOptions::Sparse;
        let kept = simplify_with_attributes_and_locks_decoder(
            indices,
            &positions,
            &attributes,
            &weights,
            stride,
            &is_locked,
            target,
            max_error,
            options,
            None,
        );
        // A corner of each vertex, by which the new faces know their attributes.
        let mut corner_of = std::collections::HashMap::with_capacity(indices.len());
        for (corner, &vertex) in corners.zip(indices) {
            corner_of.entry(vertex).or_insert(corner as u32);
        }
        for triangle in kept.chunks_exact(3) {
            list.push(run.first_face, triangle.iter().map(|v| corner_of[v]));
        }
    }
    list.apply(primitive);
}

/// Normals and the first UVs, as far as there are any, and what they weigh.
fn attributes(primitive: &Primitive) -> (Vec<f32>, Vec<f32>) {
    let normals = match &primitive.normals {
        Some(Layer::PerVertex(normals)) => Some(normals),
        _ => None,
    };
    let uvs = match primitive.uvs.first() {
        Some(Layer::PerVertex(uvs)) => Some(uvs),
        _ => None,
    };
    let mut weights = Vec::new();
    weights.extend(normals.iter().flat_map(|_| [NORMAL_WEIGHT; 3]));
    weights.extend(uvs.iter().flat_map(|_| [UV_WEIGHT; 2]));
    let mut values = Vec::with_capacity(weights.len() * primitive.vertex_positions.len());
    for v in 0..primitive.vertex_positions.len() {
        values.extend(normals.iter().flat_map(|normals| normals[v].to_array()));
        values.extend(uvs.iter().flat_map(|uvs| uvs[v].to_array()));
    }
    (values, weights)
}

fn shared_by_materials(primitive: &Primitive) -> Vec<bool> {
    let mut first_run = vec![usize::MAX; primitive.vertex_positions.len()];
    let mut is_shared = vec![false; primitive.vertex_positions.len()];
    for (i, run) in primitive.runs().iter().enumerate() {
        for &vertex in
            &primitive.faces.corner_vertices[3 * run.first_face..3 * (run.first_face + run.n_faces)]
        {
            let first = &mut first_run[vertex as usize];
            is_shared[vertex as usize] |= *first != usize::MAX && *first != i;
            *first = i;
        }
    }
    is_shared
}
