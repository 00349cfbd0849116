//! A mesh as one chunk: a head that describes it, and its arrays behind.

use bytemuck::Pod;
use glam::{Vec2, Vec3, Vec4};
use scene::{FaceSizes, Faces, Layer, MaterialRun, Mesh, MorphTarget, Primitive, Topology, VariantMaterial};
use serde::{Deserialize, Serialize};

use super::arrays::{Arena, Arrays, Span};
use super::parts::{join, split};

#[derive(Serialize, Deserialize)]
struct MeshHead {
    name: String,
    morph_weights: Vec<f32>,
    extras: Option<String>,
    primitives: Vec<PrimitiveHead>,
}

#[derive(Serialize, Deserialize)]
struct PrimitiveHead {
    topology: Topology,
    positions: Span,
    corners: Span,
    sizes: SizesHead,
    normals: Option<LayerHead>,
    tangents: Option<LayerHead>,
    uvs: Vec<LayerHead>,
    colors: Vec<LayerHead>,
    joints: Vec<Span>,
    weights: Vec<Span>,
    morph_targets: Vec<TargetHead>,
    material_runs: Vec<MaterialRun>,
    variant_materials: Vec<VariantMaterial>,
    extras: Option<String>,
}

#[derive(Serialize, Deserialize)]
enum SizesHead {
    Uniform(u32),
    Starts(Span),
}

#[derive(Serialize, Deserialize)]
enum LayerHead {
    PerVertex(Span),
    PerCorner(Span),
    Indexed { values: Span, corner_values: Span },
}

#[derive(Serialize, Deserialize)]
struct TargetHead {
    name: String,
    positions: Span,
    normals: Span,
    tangents: Span,
}

/// With `is_encoded`, arrays are compressed without loss.
pub(super) fn to_bytes(mesh: &Mesh, is_encoded: bool) -> Vec<u8> {
    let mut arena = Arena::new(is_encoded);
    let head = MeshHead {
        name: mesh.name.clone(),
        morph_weights: mesh.morph_weights.clone(),
        extras: mesh.extras.clone(),
        primitives: mesh
            .primitives
            .iter()
            .map(|primitive| PrimitiveHead::of(primitive, &mut arena))
            .collect(),
    };
    join(&head, &arena.bytes)
}

/// `None`: what the bytes say makes no sense, though they are unharmed.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Mesh> {
    let (head, arrays): (MeshHead, &[u8]) = split(bytes)?;
    let arrays = Arrays(arrays);
    let primitives = head.primitives.into_iter().map(|primitive| primitive.read(arrays));
    Some(Mesh {
        name: head.name,
        morph_weights: head.morph_weights,
        extras: head.extras,
        primitives: primitives.collect::<Option<_>>()?,
    })
}

impl PrimitiveHead {
    fn of(primitive: &Primitive, arena: &mut Arena) -> Self {
        let sizes = match &primitive.faces.sizes {
            FaceSizes::Uniform(size) => SizesHead::Uniform(*size),
            FaceSizes::Starts(starts) => SizesHead::Starts(arena.add_indices(starts)),
        };
        Self {
            topology: primitive.topology,
            positions: arena.add(&primitive.vertex_positions),
            corners: arena.add_indices(&primitive.faces.corner_vertices),
            sizes,
            normals: primitive.normals.as_ref().map(|layer| LayerHead::of(layer, arena)),
            tangents: primitive.tangents.as_ref().map(|layer| LayerHead::of(layer, arena)),
            uvs: primitive.uvs.iter().map(|layer| LayerHead::of(layer, arena)).collect(),
            colors: primitive.colors.iter().map(|layer| LayerHead::of(layer, arena)).collect(),
            joints: primitive.joints.iter().map(|set| arena.add(set)).collect(),
            weights: primitive.weights.iter().map(|set| arena.add(set)).collect(),
            morph_targets: primitive
                .morph_targets
                .iter()
                .map(|target| TargetHead::of(target, arena))
                .collect(),
            material_runs: primitive.material_runs.clone(),
            variant_materials: primitive.variant_materials.clone(),
            extras: primitive.extras.clone(),
        }
    }

    fn read(self, arrays: Arrays) -> Option<Primitive> {
        let sizes = match self.sizes {
            SizesHead::Uniform(size) => FaceSizes::Uniform(size),
            SizesHead::Starts(starts) => FaceSizes::Starts(arrays.indices(starts)?),
        };
        let layers2 = |heads: Vec<LayerHead>| -> Option<Vec<Layer<Vec2>>> {
            heads.into_iter().map(|layer| layer.read(arrays)).collect()
        };
        let layers4 = |heads: Vec<LayerHead>| -> Option<Vec<Layer<Vec4>>> {
            heads.into_iter().map(|layer| layer.read(arrays)).collect()
        };
        Some(Primitive {
            topology: self.topology,
            vertex_positions: arrays.get(self.positions)?,
            faces: Faces { corner_vertices: arrays.indices(self.corners)?, sizes },
            normals: optional(self.normals, |layer: LayerHead| layer.read(arrays))?,
            tangents: optional(self.tangents, |layer: LayerHead| layer.read(arrays))?,
            uvs: layers2(self.uvs)?,
            colors: layers4(self.colors)?,
            joints: self.joints.into_iter().map(|span| arrays.get(span)).collect::<Option<_>>()?,
            weights: self.weights.into_iter().map(|span| arrays.get(span)).collect::<Option<_>>()?,
            morph_targets: self.morph_targets.into_iter().map(|t| t.read(arrays)).collect::<Option<_>>()?,
            material_runs: self.material_runs,
            variant_materials: self.variant_materials,
            extras: self.extras,
        })
    }
}

/// Nothing stays nothing; something that cannot be read is a failure.
fn optional<A, B>(value: Option<A>, read: impl Fn(A) -> Option<B>) -> Option<Option<B>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

impl LayerHead {
    fn of<T: Pod>(layer: &Layer<T>, arena: &mut Arena) -> Self {
        match layer {
            Layer::PerVertex(values) => Self::PerVertex(arena.add(values)),
            Layer::PerCorner(values) => Self::PerCorner(arena.add(values)),
            Layer::Indexed { values, corner_values } => {
                Self::Indexed { values: arena.add(values), corner_values: arena.add_indices(corner_values) }
            }
        }
    }

    fn read<T: Pod + Default>(self, arrays: Arrays) -> Option<Layer<T>> {
        Some(match self {
            Self::PerVertex(span) => Layer::PerVertex(arrays.get(span)?),
            Self::PerCorner(span) => Layer::PerCorner(arrays.get(span)?),
            Self::Indexed { values, corner_values } => {
                Layer::Indexed { values: arrays.get(values)?, corner_values: arrays.indices(corner_values)? }
            }
        })
    }
}

impl TargetHead {
    fn of(target: &MorphTarget, arena: &mut Arena) -> Self {
        Self {
            name: target.name.clone(),
            positions: arena.add(&target.positions),
            normals: arena.add(&target.normals),
            tangents: arena.add(&target.tangents),
        }
    }

    fn read(self, arrays: Arrays) -> Option<MorphTarget> {
        let list = |span| -> Option<Vec<Vec3>> { arrays.get(span) };
        Some(MorphTarget {
            name: self.name,
            positions: list(self.positions)?,
            normals: list(self.normals)?,
            tangents: list(self.tangents)?,
        })
    }
}
