//! A primitive's faces by their material, each group with the vertices that it uses.

use scene::{Primitive, Split, Topology};

use super::fan::{is_fan, push_polygon, push_triangle};

/// What becomes one glTF primitive.
pub(super) struct Group {
    pub(super) material: Option<usize>,
    /// Triangles, segments or points in terms of the vertices to write.
    pub(super) indices: Vec<u32>,
    /// Whether polygons are among them, as FB_ngon_encoding has them.
    pub(super) has_fans: bool,
}

/// Materials by first appearance.
pub(super) fn groups_by_material(primitive: &Primitive, split: &Split) -> Vec<Group> {
    if primitive.topology != Topology::Faces {
        let material = primitive.material_runs.first().and_then(|run| run.material);
        return vec![Group { material, indices: split.corner_vertices.clone(), has_fans: false }];
    }
    let triangles = primitive.triangle_corners();
    let mut groups: Vec<Group> = Vec::new();
    // Where each group's triangles lie, face by face.
    let mut faces_of_groups: Vec<Vec<&[[u32; 3]]>> = Vec::new();
    let mut rest = &triangles[..];
    for run in primitive.runs() {
        let place = groups.iter().position(|group| group.material == run.material);
        let place = place.unwrap_or_else(|| {
            groups.push(Group { material: run.material, indices: Vec::new(), has_fans: false });
            faces_of_groups.push(Vec::new());
            groups.len() - 1
        });
        for face in run.first_face..run.first_face + run.n_faces {
            let n_triangles = primitive.faces.corners(face).len().saturating_sub(2);
            let (of_face, after) = rest.split_at(n_triangles.min(rest.len()));
            rest = after;
            faces_of_groups[place].push(of_face);
        }
    }
    for (group, faces) in groups.iter_mut().zip(faces_of_groups) {
        group.has_fans = faces.iter().any(|face| face.len() > 1 && is_fan(face));
        let mut cut: Vec<[u32; 3]> = Vec::new();
        for face in faces {
            cut.clear();
            cut.extend(face.iter().map(|t| t.map(|corner| split.corner_vertices[corner as usize])));
            if !group.has_fans {
                group.indices.extend(cut.as_flattened());
            } else if let [triangle] = cut[..] {
                push_triangle(&mut group.indices, triangle);
            } else {
                push_polygon(&mut group.indices, &cut);
            }
        }
    }
    groups
}

/// Of the vertices those that `indices` name, in their order, which `indices` then counts.
pub(super) fn part_of(whole: &Split, indices: &mut [u32]) -> Split {
    let mut number = vec![u32::MAX; whole.n_vertices()];
    for &index in indices.iter() {
        number[index as usize] = 0;
    }
    let mut part = Split { vertices: Vec::new(), corners: Vec::new(), corner_vertices: Vec::new() };
    for (vertex, number) in number.iter_mut().enumerate().filter(|(_, number)| **number == 0) {
        *number = part.vertices.len() as u32;
        part.vertices.push(whole.vertices[vertex]);
        part.corners.push(whole.corners[vertex]);
    }
    indices.iter_mut().for_each(|index| *index = number[*index as usize]);
    part
}
