//! Which vertices the device needs. Files spread their values over corners (OBJ, FBX, STL) or over
//! vertices (glTF); the device knows vertices only.

use glam::{Vec2, Vec3, Vec4};
use scene::{FaceSizes, Layer, Primitive, Topology};

/// A primitive cut into device vertices. Each is one vertex of the primitive seen from one corner.
pub(crate) struct Corners {
    /// Vertex of the primitive; `None`: they are the same, in order.
    pub vertices: Option<Vec<u32>>,
    /// A corner that has the values of each device vertex; `None` when no layer is spread by corner.
    pub corners: Option<Vec<u32>>,
    /// Device vertices: three a triangle, two a line, one a point.
    pub indices: Vec<u32>,
    /// The corner each index came from, when it is not simply its position.
    pub index_corners: Option<Vec<u32>>,
}

impl Corners {
    pub(crate) fn of(primitive: &Primitive) -> Self {
        let faces = &primitive.faces;
        let index_corners: Option<Vec<u32>> = match (primitive.topology, &faces.sizes) {
            (Topology::Faces, FaceSizes::Uniform(3)) | (Topology::Lines | Topology::Points, _) => None,
            (Topology::Faces, _) => Some(primitive.triangle_corners().into_iter().flatten().collect()),
        };
        let layers = Spread::of(primitive);
        if layers.is_per_vertex() {
            let indices = match &index_corners {
                None => faces.corner_vertices.clone(),
                Some(corners) => corners.iter().map(|&c| faces.corner_vertices[c as usize]).collect(),
            };
            return Self { vertices: None, corners: None, indices, index_corners };
        }
        layers.split(primitive, index_corners)
    }

    pub(crate) fn n_vertices(&self, primitive: &Primitive) -> usize {
        self.vertices.as_ref().map_or(primitive.vertex_positions.len(), Vec::len)
    }

    /// Vertex of the primitive and corner of device vertex `i`.
    pub(crate) fn source(&self, i: usize) -> (u32, usize) {
        let vertex = self.vertices.as_ref().map_or(i as u32, |v| v[i]);
        let corner = self.corners.as_ref().map_or(0, |c| c[i] as usize);
        (vertex, corner)
    }
}

/// The layers that are drawn.
struct Spread<'a> {
    normals: Option<&'a Layer<Vec3>>,
    tangents: Option<&'a Layer<Vec4>>,
    uvs: [Option<&'a Layer<Vec2>>; 2],
    colors: Option<&'a Layer<Vec4>>,
}

impl<'a> Spread<'a> {
    fn of(primitive: &'a Primitive) -> Self {
        Self {
            normals: primitive.normals.as_ref(),
            tangents: primitive.tangents.as_ref(),
            uvs: [primitive.uvs.first(), primitive.uvs.get(1)],
            colors: primitive.colors.first(),
        }
    }

    fn is_per_vertex(&self) -> bool {
        self.normals.is_none_or(Layer::is_per_vertex)
            && self.tangents.is_none_or(Layer::is_per_vertex)
            && self.uvs.iter().all(|uv| uv.is_none_or(Layer::is_per_vertex))
            && self.colors.is_none_or(Layer::is_per_vertex)
    }

    /// Tells the values at two corners of one vertex apart.
    fn key(&self, corner: usize) -> [u64; 5] {
        [
            key(self.normals, corner, |n| hash(&n.to_array())),
            key(self.tangents, corner, |t| hash(&t.to_array())),
            key(self.uvs[0], corner, |uv| hash(&uv.to_array())),
            key(self.uvs[1], corner, |uv| hash(&uv.to_array())),
            key(self.colors, corner, |c| hash(&c.to_array())),
        ]
    }

    /// One device vertex for each different set of values at a vertex. Linear: the few variants of
    /// a vertex form a list.
    fn split(&self, primitive: &Primitive, index_corners: Option<Vec<u32>>) -> Corners {
        const END: u32 = u32::MAX;
        let n_indices = index_corners.as_ref().map_or(primitive.faces.corner_vertices.len(), Vec::len);
        let mut first = vec![END; primitive.vertex_positions.len()];
        let mut next: Vec<u32> = Vec::new();
        let mut keys: Vec<[u64; 5]> = Vec::new();
        let mut vertices = Vec::with_capacity(primitive.vertex_positions.len());
        let mut corners = Vec::with_capacity(primitive.vertex_positions.len());
        let mut indices = Vec::with_capacity(n_indices);
        for i in 0..n_indices {
            let corner = index_corners.as_ref().map_or(i as u32, |c| c[i]);
            let vertex = primitive.faces.corner_vertices[corner as usize];
            let key = self.key(corner as usize);
            let mut candidate = first[vertex as usize];
            while candidate != END && keys[candidate as usize] != key {
                candidate = next[candidate as usize];
            }
            if candidate == END {
                candidate = vertices.len() as u32;
                vertices.push(vertex);
                corners.push(corner);
                keys.push(key);
                next.push(first[vertex as usize]);
                first[vertex as usize] = candidate;
            }
            indices.push(candidate);
        }
        Corners { vertices: Some(vertices), corners: Some(corners), indices, index_corners }
    }
}

fn key<T: Copy>(layer: Option<&Layer<T>>, corner: usize, of_value: impl Fn(&T) -> u64) -> u64 {
    match layer {
        // The vertex alone tells.
        None | Some(Layer::PerVertex(_)) => 0,
        Some(Layer::PerCorner(values)) => values.get(corner).map_or(0, of_value),
        Some(Layer::Indexed { corner_values, .. }) => corner_values.get(corner).map_or(0, |&i| u64::from(i)),
    }
}

/// FNV-1a over the bits. Two values with one hash would have to meet at the same vertex to matter.
fn hash(values: &[f32]) -> u64 {
    values.iter().fold(0xcbf2_9ce4_8422_2325, |hash, v| {
        let hash = (hash ^ u64::from(v.to_bits() & 0xffff)).wrapping_mul(0x0100_0000_01b3);
        (hash ^ u64::from(v.to_bits() >> 16)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::Faces;

    #[test]
    fn shared_vertices_split_only_where_values_differ() {
        let mut quad = Primitive {
            vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::ONE, Vec3::Y],
            faces: Faces::triangles(vec![0, 1, 2, 0, 2, 3]),
            ..Default::default()
        };
        let mut uvs = vec![Vec2::ZERO; 6];
        quad.uvs = vec![Layer::PerCorner(uvs.clone())];
        assert_eq!(Corners::of(&quad).n_vertices(&quad), 4);
        uvs[3] = Vec2::X;
        quad.uvs = vec![Layer::PerCorner(uvs)];
        let corners = Corners::of(&quad);
        assert_eq!(corners.n_vertices(&quad), 5);
        assert_eq!(corners.indices.len(), 6);
        assert_ne!(corners.indices[0], corners.indices[3]);
        assert_eq!(corners.indices[2], corners.indices[4]);
    }
}
