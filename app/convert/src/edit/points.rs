use std::collections::HashMap;

use scene::Mesh;

/// The distinct points of a mesh, over all its primitives: what normals, UVs and materials split is
/// one point again.
pub(crate) struct Points {
    /// For each primitive, the point of each of its vertices.
    pub(crate) of_vertices: Vec<Vec<u32>>,
}

/// Equal bit for bit, with -0 = 0.
pub(crate) fn weld_points(mesh: &Mesh) -> Points {
    let n_vertices = mesh.primitives.iter().map(|p| p.vertex_positions.len()).sum();
    let mut numbers: HashMap<[u32; 3], u32> = HashMap::with_capacity(n_vertices);
    let of_vertices = mesh.primitives.iter().map(|primitive| {
        let points = primitive.vertex_positions.iter().map(|position| {
            let next = numbers.len() as u32;
            *numbers.entry((*position + 0.0).to_array().map(f32::to_bits)).or_insert(next)
        });
        points.collect()
    });
    Points { of_vertices: of_vertices.collect() }
}
