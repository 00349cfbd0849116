use glam::{Vec3, Vec4};
use scene::{Layer, Primitive};

use super::FaceList;

/// Turns the named faces over: their corners run the other way round, from the same first corner,
/// and their authored normals follow unless they looked the right way already. Returns how many
/// were turned.
///
/// A vertex that turned and unturned faces share cannot hold both normals; its layer is then spread
/// over the corners.
pub(crate) fn turn_faces(primitive: &mut Primitive, is_turned: impl Fn(usize) -> bool) -> usize {
    let n_faces = primitive.faces.n_faces();
    let mut list = FaceList::with_capacity(n_faces, primitive.faces.corner_vertices.len());
    let mut n_turned = 0;
    for face in 0..n_faces {
        let corners = primitive.faces.corners(face);
        let corners = corners.start as u32..corners.end as u32;
        if is_turned(face) {
            n_turned += 1;
            let first = corners.start;
            list.push(face, std::iter::once(first).chain(corners.skip(1).rev()));
        } else {
            list.push(face, corners);
        }
    }
    if n_turned == 0 {
        return 0;
    }
    list.apply(primitive);
    let is_opposed = opposed_corners(primitive, &is_turned);
    let vertices = &primitive.faces.corner_vertices;
    if let Some(normals) = &mut primitive.normals {
        negate(normals, vertices, &is_opposed, |normal: Vec3| -normal);
    }
    // The bitangent is w · (normal × tangent): with the normal turned, w keeps it where the UVs point.
    if let Some(tangents) = &mut primitive.tangents {
        negate(tangents, vertices, &is_opposed, |t: Vec4| t.truncate().extend(-t.w));
    }
    n_turned
}

/// For each corner whether it lies on a turned face whose authored normals look away from its new side.
fn opposed_corners(primitive: &Primitive, is_turned: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut is_opposed = vec![false; primitive.faces.corner_vertices.len()];
    let Some(normals) = &primitive.normals else { return is_opposed };
    for face in (0..primitive.faces.n_faces()).filter(|&face| is_turned(face)) {
        let corners = primitive.faces.corners(face);
        let vertices = &primitive.faces.corner_vertices[corners.clone()];
        let at = |i: usize| primitive.vertex_positions[vertices[i % vertices.len()] as usize].as_dvec3();
        let side: glam::DVec3 = (1..vertices.len()).map(|i| (at(i) - at(0)).cross(at(i + 1) - at(0))).sum();
        let authored: glam::DVec3 =
            corners.clone().zip(vertices).filter_map(|(c, &v)| normals.at(c, v)).map(|n| n.as_dvec3()).sum();
        if authored.dot(side) < 0.0 {
            is_opposed[corners].fill(true);
        }
    }
    is_opposed
}

fn negate<T: Copy>(layer: &mut Layer<T>, vertices: &[u32], is_opposed: &[bool], turn: impl Fn(T) -> T) {
    if !is_opposed.contains(&true) {
        return;
    }
    match layer {
        Layer::PerCorner(values) => {
            values
                .iter_mut()
                .zip(is_opposed)
                .filter(|(_, opposed)| **opposed)
                .for_each(|(v, _)| *v = turn(*v));
        }
        Layer::Indexed { values, corner_values } => {
            // Turned values are added behind, since others may use the same ones.
            let mut turned_of = vec![u32::MAX; values.len()];
            for (value, _) in corner_values.iter_mut().zip(is_opposed).filter(|(v, o)| **o && **v != u32::MAX)
            {
                let old = *value as usize;
                if turned_of[old] == u32::MAX {
                    turned_of[old] = values.len() as u32;
                    values.push(turn(values[old]));
                }
                *value = turned_of[old];
            }
        }
        Layer::PerVertex(values) => match side_of_vertices(vertices, is_opposed, values.len()) {
            Some(is_vertex_opposed) => {
                let both = values.iter_mut().zip(is_vertex_opposed);
                both.filter(|(_, opposed)| *opposed).for_each(|(value, _)| *value = turn(*value));
            }
            None => {
                let corners = vertices.iter().zip(is_opposed);
                let spread = corners.map(|(&v, &opposed)| {
                    let value = values[v as usize];
                    if opposed { turn(value) } else { value }
                });
                *layer = Layer::PerCorner(spread.collect());
            }
        },
    }
}

/// For each vertex whether its corners are opposed; `None` when those of one vertex disagree.
fn side_of_vertices(vertices: &[u32], is_opposed: &[bool], n_vertices: usize) -> Option<Vec<bool>> {
    let mut sides: Vec<Option<bool>> = vec![None; n_vertices];
    for (&vertex, &opposed) in vertices.iter().zip(is_opposed) {
        match &mut sides[vertex as usize] {
            side @ None => *side = Some(opposed),
            Some(side) if *side == opposed => {}
            Some(_) => return None,
        }
    }
    Some(sides.into_iter().map(|side| side.unwrap_or(false)).collect())
}

#[cfg(test)]
mod tests {
    use scene::{FaceSizes, Faces};

    use super::*;

    /// Two triangles of the plane z = 0 that share an edge, seen from +Z.
    fn two(normals: Layer<Vec3>) -> Primitive {
        Primitive {
            vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::X + Vec3::Y, Vec3::Y],
            faces: Faces::triangles(vec![0, 1, 2, 0, 2, 3]),
            normals: Some(normals),
            tangents: Some(Layer::PerVertex(vec![Vec4::new(1.0, 0.0, 0.0, 1.0); 4])),
            ..Default::default()
        }
    }

    #[test]
    fn all_turned_stay_per_vertex() {
        let mut primitive = two(Layer::PerVertex(vec![Vec3::Z; 4]));
        assert_eq!(turn_faces(&mut primitive, |_| true), 2);
        assert_eq!(primitive.faces.corner_vertices, [0, 2, 1, 0, 3, 2]);
        assert_eq!(primitive.faces.sizes, FaceSizes::Uniform(3));
        assert_eq!(primitive.normals, Some(Layer::PerVertex(vec![-Vec3::Z; 4])));
        assert_eq!(primitive.tangents, Some(Layer::PerVertex(vec![Vec4::new(1.0, 0.0, 0.0, -1.0); 4])));
    }

    #[test]
    fn one_turned_spreads_the_normals() {
        let mut primitive = two(Layer::PerVertex(vec![Vec3::Z; 4]));
        assert_eq!(turn_faces(&mut primitive, |face| face == 1), 1);
        let (up, down) = (Vec3::Z, -Vec3::Z);
        assert_eq!(primitive.normals, Some(Layer::PerCorner(vec![up, up, up, down, down, down])));
    }

    #[test]
    fn normals_that_look_right_already_stay() {
        let mut primitive = two(Layer::PerVertex(vec![-Vec3::Z; 4]));
        turn_faces(&mut primitive, |_| true);
        assert_eq!(primitive.normals, Some(Layer::PerVertex(vec![-Vec3::Z; 4])));
    }

    #[test]
    fn shared_values_are_not_turned_for_others() {
        let values = Layer::Indexed { values: vec![Vec3::Z], corner_values: vec![0; 6] };
        let mut primitive = two(values);
        turn_faces(&mut primitive, |face| face == 1);
        let expected =
            Layer::Indexed { values: vec![Vec3::Z, -Vec3::Z], corner_values: vec![0, 0, 0, 1, 1, 1] };
        assert_eq!(primitive.normals, Some(expected));
    }
}
