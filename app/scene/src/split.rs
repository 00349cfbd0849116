//! Graphics cards and glTF know attributes per vertex only: a vertex whose corners differ becomes
//! several.

use std::collections::HashMap;

use glam::{Vec2, Vec3, Vec4};

use crate::{Layer, Primitive};

/// The vertices of a primitive once each has a single value of every attribute.
#[derive(Clone, Debug)]
pub struct Split {
    /// The vertex of the primitive.
    pub vertices: Vec<u32>,
    /// One corner that stands on it; `u32::MAX` where nothing does.
    pub corners: Vec<u32>,
    /// For each corner of the primitive its new vertex.
    pub corner_vertices: Vec<u32>,
}

/// More variants of one vertex than this are not compared any more: they are made once for each
/// corner, which is larger, right, and ends in linear time whatever the mesh.
const MAX_VARIANTS_COMPARED: usize = 64;

impl Split {
    /// Expects a validated primitive. Linear; without layers once a corner it is the primitive's own
    /// vertices, used or not, else the used ones in the order of the corners.
    pub fn of(primitive: &Primitive) -> Self {
        let ids = corner_ids(primitive);
        let corner_vertices = &primitive.faces.corner_vertices;
        let n_vertices = primitive.vertex_positions.len();
        if ids.is_empty() {
            let mut corners = vec![u32::MAX; n_vertices];
            for (corner, &vertex) in corner_vertices.iter().enumerate() {
                corners[vertex as usize] = corner as u32;
            }
            let vertices = (0..n_vertices as u32).collect();
            return Self { vertices, corners, corner_vertices: corner_vertices.clone() };
        }
        let mut split = Self {
            vertices: Vec::new(),
            corners: Vec::new(),
            corner_vertices: Vec::with_capacity(corner_vertices.len()),
        };
        let mut newest = vec![u32::MAX; n_vertices];
        let mut older: Vec<u32> = Vec::new();
        for (corner, &vertex) in corner_vertices.iter().enumerate() {
            let variants =
                std::iter::successors(Some(newest[vertex as usize]), |&v| older.get(v as usize).copied());
            let same = variants.take_while(|&v| v != u32::MAX).take(MAX_VARIANTS_COMPARED).find(|&v| {
                let other = split.corners[v as usize] as usize;
                ids.iter().all(|ids| ids[other] == ids[corner])
            });
            split.corner_vertices.push(same.unwrap_or_else(|| {
                let new = split.vertices.len() as u32;
                split.vertices.push(vertex);
                split.corners.push(corner as u32);
                older.push(std::mem::replace(&mut newest[vertex as usize], new));
                new
            }));
        }
        split
    }

    pub fn n_vertices(&self) -> usize {
        self.vertices.len()
    }

    /// The new vertices' values out of a list with one a vertex of the primitive.
    pub fn per_vertex<T: Copy>(&self, values: &[T]) -> Vec<T> {
        self.vertices.iter().map(|&vertex| values[vertex as usize]).collect()
    }

    /// The layer's value for each new vertex; `None` where it has none.
    pub fn layer<T: Copy>(&self, layer: &Layer<T>) -> Vec<Option<T>> {
        let at = |(&vertex, &corner): (&u32, &u32)| layer.at(corner as usize, vertex);
        self.vertices.iter().zip(&self.corners).map(at).collect()
    }
}

/// For each layer that is not per vertex, a number a corner; equal numbers mean equal values.
fn corner_ids(primitive: &Primitive) -> Vec<Vec<u32>> {
    let mut ids = Vec::new();
    let mut add = |corner_ids: Option<Vec<u32>>| ids.extend(corner_ids);
    let bits3 = |v: &Vec3| v.to_array().map(f32::to_bits);
    let bits4 = |v: &Vec4| v.to_array().map(f32::to_bits);
    add(primitive.normals.as_ref().and_then(|layer| ids_of(layer, None, bits3)));
    add(primitive.tangents.as_ref().and_then(|layer| ids_of(layer, None, bits4)));
    for layer in &primitive.uvs {
        add(ids_of(layer, Some(Vec2::ZERO), |v| v.to_array().map(f32::to_bits)));
    }
    for layer in &primitive.colors {
        add(ids_of(layer, Some(Vec4::ONE), bits4));
    }
    ids
}

/// `absent` is what a corner without value is drawn and written with: it counts as that value.
fn ids_of<T, const N: usize>(
    layer: &Layer<T>,
    absent: Option<T>,
    bits: impl Fn(&T) -> [u32; N],
) -> Option<Vec<u32>> {
    match layer {
        Layer::PerVertex(_) => None,
        Layer::Indexed { values, corner_values } => {
            let absent = absent.as_ref().map(&bits);
            let number = absent.and_then(|absent| values.iter().position(|value| bits(value) == absent));
            let Some(number) = number else { return Some(corner_values.clone()) };
            let id = |&value: &u32| if value == u32::MAX { number as u32 } else { value };
            Some(corner_values.iter().map(id).collect())
        }
        Layer::PerCorner(values) => {
            let mut known = HashMap::new();
            let mut id = |value| {
                let next = known.len() as u32;
                *known.entry(bits(value)).or_insert(next)
            };
            Some(values.iter().map(&mut id).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Faces;

    #[test]
    fn a_corner_without_coordinates_is_one_at_the_origin() {
        let primitive = Primitive {
            vertex_positions: [Vec3::ZERO, Vec3::X, Vec3::Y].to_vec(),
            faces: Faces::triangles(vec![0, 1, 2, 0, 2, 1]),
            uvs: vec![Layer::Indexed {
                values: vec![Vec2::ONE, Vec2::ZERO],
                corner_values: vec![1, 0, 0, u32::MAX, u32::MAX, 0],
            }],
            ..Default::default()
        };
        let split = Split::of(&primitive);
        assert_eq!(split.corner_vertices, [0, 1, 2, 0, 3, 1]);
        assert_eq!(split.vertices, [0, 1, 2, 2]);
    }
}
