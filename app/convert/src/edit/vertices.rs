use std::collections::HashMap;

use scene::{Layer, Primitive, Split};

const UNUSED: u32 = u32::MAX;

/// Drops the vertices that no face, line or point uses, keeps the order of the others, and returns
/// how many went. Values of indexed layers that no corner uses go too.
pub(crate) fn remove_unused_vertices(primitive: &mut Primitive) -> usize {
    let n_vertices = primitive.vertex_positions.len();
    let (kept, new_of_old) = used(&primitive.faces.corner_vertices, n_vertices);
    if kept.len() < n_vertices {
        primitive.faces.corner_vertices.iter_mut().for_each(|v| *v = new_of_old[*v as usize]);
        keep_vertices(primitive, &kept);
    }
    if let Some(normals) = &mut primitive.normals {
        remove_unused_values(normals);
    }
    if let Some(tangents) = &mut primitive.tangents {
        remove_unused_values(tangents);
    }
    primitive.uvs.iter_mut().for_each(remove_unused_values);
    primitive.colors.iter_mut().for_each(remove_unused_values);
    n_vertices - kept.len()
}

/// Puts vertex `representatives[v]` in the place of each vertex `v`; those that nothing stands on
/// any more are dropped. A representative stands for itself. Returns how many went.
pub(crate) fn merge_vertices(primitive: &mut Primitive, representatives: &[u32]) -> usize {
    primitive.faces.corner_vertices.iter_mut().for_each(|v| *v = representatives[*v as usize]);
    let n_before = primitive.vertex_positions.len();
    let mut kept = Vec::with_capacity(n_before);
    let mut new_of_old = vec![UNUSED; n_before];
    for (v, &representative) in representatives.iter().enumerate() {
        if representative as usize == v {
            new_of_old[v] = kept.len() as u32;
            kept.push(v as u32);
        }
    }
    if kept.len() == n_before {
        return 0;
    }
    primitive.faces.corner_vertices.iter_mut().for_each(|v| *v = new_of_old[*v as usize]);
    keep_vertices(primitive, &kept);
    n_before - kept.len()
}

/// Makes every attribute one value a vertex, as simplifying and ordering need it ([`Split`]).
/// Corners that a layer leaves without a value get zero.
pub(crate) fn split_corners(primitive: &mut Primitive) {
    fn settle<T: Copy + Default>(layer: &mut Layer<T>, split: &Split) {
        if !layer.is_per_vertex() {
            let values = split.layer(layer).into_iter().map(Option::unwrap_or_default).collect();
            *layer = Layer::PerVertex(values);
        }
    }
    let layers_differ = primitive.normals.as_ref().is_some_and(|layer| !layer.is_per_vertex())
        || primitive.tangents.as_ref().is_some_and(|layer| !layer.is_per_vertex())
        || primitive.uvs.iter().any(|layer| !layer.is_per_vertex())
        || primitive.colors.iter().any(|layer| !layer.is_per_vertex());
    if !layers_differ {
        return;
    }
    let split = Split::of(primitive);
    // First what follows the vertices, then what follows the corners, which is per vertex after that.
    keep_vertices(primitive, &split.vertices);
    if let Some(normals) = &mut primitive.normals {
        settle(normals, &split);
    }
    if let Some(tangents) = &mut primitive.tangents {
        settle(tangents, &split);
    }
    primitive.uvs.iter_mut().for_each(|layer| settle(layer, &split));
    primitive.colors.iter_mut().for_each(|layer| settle(layer, &split));
    primitive.faces.corner_vertices = split.corner_vertices;
}

/// Makes one of equal values in layers that corners point into, so that corners which look the same
/// are the same. Returns how many values went.
pub(crate) fn merge_values(primitive: &mut Primitive) -> usize {
    fn merge<T: Copy, const N: usize>(layer: &mut Layer<T>, of: impl Fn(T) -> [f32; N]) -> usize {
        let Layer::Indexed { values, corner_values } = layer else { return 0 };
        let mut numbers = HashMap::with_capacity(values.len());
        let mut kept = Vec::with_capacity(values.len());
        let mut number = |value: &T| {
            *numbers.entry(of(*value).map(|x| (x + 0.0).to_bits())).or_insert_with(|| {
                kept.push(*value);
                kept.len() as u32 - 1
            })
        };
        let new_of_old: Vec<u32> = values.iter().map(&mut number).collect();
        let n_merged = values.len() - kept.len();
        *values = kept;
        for value in corner_values.iter_mut().filter(|value| **value != UNUSED) {
            *value = new_of_old[*value as usize];
        }
        n_merged
    }
    let mut n_merged = primitive.normals.as_mut().map_or(0, |layer| merge(layer, |v| v.to_array()));
    n_merged += primitive.tangents.as_mut().map_or(0, |layer| merge(layer, |v| v.to_array()));
    n_merged += primitive.uvs.iter_mut().map(|layer| merge(layer, |v| v.to_array())).sum::<usize>();
    n_merged + primitive.colors.iter_mut().map(|layer| merge(layer, |v| v.to_array())).sum::<usize>()
}

/// Which vertices are used, in order, and where each one goes.
fn used(corner_vertices: &[u32], n_vertices: usize) -> (Vec<u32>, Vec<u32>) {
    let mut new_of_old = vec![UNUSED; n_vertices];
    for &vertex in corner_vertices {
        new_of_old[vertex as usize] = 0;
    }
    let mut kept = Vec::with_capacity(n_vertices);
    for (v, new) in new_of_old.iter_mut().enumerate().filter(|(_, new)| **new != UNUSED) {
        *new = kept.len() as u32;
        kept.push(v as u32);
    }
    (kept, new_of_old)
}

/// Everything that is there once a vertex, for these vertices only.
pub(crate) fn keep_vertices(primitive: &mut Primitive, kept: &[u32]) {
    fn pick<T: Copy>(values: &mut Vec<T>, kept: &[u32]) {
        if !values.is_empty() {
            *values = kept.iter().map(|&v| values[v as usize]).collect();
        }
    }
    fn pick_layer<T: Copy>(layer: &mut Layer<T>, kept: &[u32]) {
        if let Layer::PerVertex(values) = layer {
            pick(values, kept);
        }
    }
    pick(&mut primitive.vertex_positions, kept);
    if let Some(normals) = &mut primitive.normals {
        pick_layer(normals, kept);
    }
    if let Some(tangents) = &mut primitive.tangents {
        pick_layer(tangents, kept);
    }
    primitive.uvs.iter_mut().for_each(|layer| pick_layer(layer, kept));
    primitive.colors.iter_mut().for_each(|layer| pick_layer(layer, kept));
    primitive.joints.iter_mut().for_each(|set| pick(set, kept));
    primitive.weights.iter_mut().for_each(|set| pick(set, kept));
    for target in &mut primitive.morph_targets {
        pick(&mut target.positions, kept);
        pick(&mut target.normals, kept);
        pick(&mut target.tangents, kept);
    }
}

fn remove_unused_values<T: Copy>(layer: &mut Layer<T>) {
    let Layer::Indexed { values, corner_values } = layer else { return };
    let mut is_used = vec![false; values.len()];
    for &value in corner_values.iter().filter(|&&value| value != u32::MAX) {
        is_used[value as usize] = true;
    }
    if is_used.iter().all(|used| *used) {
        return;
    }
    let mut next = 0;
    let new_of_old: Vec<u32> = is_used
        .iter()
        .map(|&used| {
            let new = next;
            next += u32::from(used);
            new
        })
        .collect();
    for value in corner_values.iter_mut().filter(|value| **value != u32::MAX) {
        *value = new_of_old[*value as usize];
    }
    let mut is_used = is_used.into_iter();
    values.retain(|_| is_used.next().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use glam::{Vec2, Vec3};
    use scene::{Faces, MorphTarget};

    use super::*;

    fn triangle_of_five() -> Primitive {
        Primitive {
            vertex_positions: (0..5).map(|i| Vec3::splat(i as f32)).collect(),
            faces: Faces::triangles(vec![4, 0, 2]),
            normals: Some(Layer::PerVertex((0..5).map(|i| Vec3::splat(10.0 + i as f32)).collect())),
            uvs: vec![Layer::Indexed {
                values: (0..4).map(|i| Vec2::splat(i as f32)).collect(),
                corner_values: vec![3, u32::MAX, 1],
            }],
            joints: vec![(0..5).map(|i| [i, 0, 0, 0]).collect()],
            weights: vec![vec![[1.0, 0.0, 0.0, 0.0]; 5]],
            morph_targets: vec![MorphTarget {
                positions: (0..5).map(|i| Vec3::splat(20.0 + i as f32)).collect(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    #[test]
    fn unused_vertices_go_with_all_that_is_theirs() {
        let mut primitive = triangle_of_five();
        assert_eq!(remove_unused_vertices(&mut primitive), 2);
        assert_eq!(primitive.faces.corner_vertices, [2, 0, 1]);
        assert_eq!(primitive.vertex_positions, [0.0, 2.0, 4.0].map(Vec3::splat));
        assert_eq!(primitive.normals, Some(Layer::PerVertex([10.0, 12.0, 14.0].map(Vec3::splat).to_vec())));
        assert_eq!(primitive.joints[0], [[0, 0, 0, 0], [2, 0, 0, 0], [4, 0, 0, 0]]);
        assert_eq!(primitive.morph_targets[0].positions, [20.0, 22.0, 24.0].map(Vec3::splat));
        assert!(primitive.morph_targets[0].normals.is_empty());
        let values = vec![Vec2::splat(1.0), Vec2::splat(3.0)];
        assert_eq!(primitive.uvs[0], Layer::Indexed { values, corner_values: vec![1, u32::MAX, 0] });
        assert_eq!(remove_unused_vertices(&mut primitive), 0);
    }

    #[test]
    fn equal_values_become_one() {
        let mut primitive = triangle_of_five();
        let values = [1.0, 0.0, 1.0, -0.0].map(Vec2::splat).to_vec();
        primitive.uvs = vec![Layer::Indexed { values, corner_values: vec![3, u32::MAX, 2] }];
        assert_eq!(merge_values(&mut primitive), 2);
        let values = [1.0, 0.0].map(Vec2::splat).to_vec();
        assert_eq!(primitive.uvs[0], Layer::Indexed { values, corner_values: vec![1, u32::MAX, 0] });
        assert_eq!(merge_values(&mut primitive), 0);
    }

    #[test]
    fn merged_vertices_leave_one() {
        let mut primitive = triangle_of_five();
        assert_eq!(merge_vertices(&mut primitive, &[0, 1, 2, 1, 4]), 1);
        assert_eq!(primitive.vertex_positions, [0.0, 1.0, 2.0, 4.0].map(Vec3::splat));
        assert_eq!(primitive.faces.corner_vertices, [3, 0, 2]);
    }
}
