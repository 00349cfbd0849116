//! The counts and sizes people compare between programs, by the rules of Blender's importers:
//! what no mesh can hold there (a face that uses a vertex twice, a second face on the same
//! vertices, a vertex that nothing uses) is not counted here either.

use std::borrow::Cow;

use glam::{DVec3, Vec3};
use scene::{FaceSizes, Primitive, Scene, Topology};
use serde::{Deserialize, Serialize};

/// What `kiln inspect` prints. Meshes count once per node of the default scene that places them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    pub filename: String,
    pub geometry: GeometryCounts,
    pub topology: TopologyCounts,
    pub dimensions: Dimensions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeometryCounts {
    pub vertices: u64,
    pub faces: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopologyCounts {
    pub triangles: u64,
    pub quads: u64,
    pub ngons: u64,
}

/// Edge lengths of the world-space bounding box in Blender's axes (Z up), metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dimensions {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

/// Expects a validated scene. Linear in its size; each mesh is counted once, however often it is
/// placed.
pub fn inspect(scene: &Scene, filename: &str) -> Inspection {
    let transforms = scene.world_transforms();
    let mut n_placed = vec![0u64; scene.meshes.len()];
    for instance in scene.mesh_instances(&transforms) {
        n_placed[instance.mesh] += 1;
    }
    let mut geometry = GeometryCounts::default();
    let mut topology = TopologyCounts::default();
    for (mesh, n) in scene.meshes.iter().zip(n_placed).filter(|(_, n)| *n > 0) {
        for primitive in &mesh.primitives {
            let counts = count_faces(primitive);
            geometry.vertices += n * count_used_vertices(primitive);
            topology.triangles += n * counts.triangles;
            topology.quads += n * counts.quads;
            topology.ngons += n * counts.ngons;
        }
    }
    geometry.faces = topology.triangles + topology.quads + topology.ngons;
    let size = finite(scene).bounds().size();
    // From +Y up to +Z up: the scene's depth becomes Blender's y.
    let dimensions = Dimensions { x: size.x, y: size.z, z: size.y };
    Inspection { filename: filename.to_owned(), geometry, topology, dimensions }
}

/// The scene with every coordinate that is no number or infinite put to 0, as Blender's mesh check
/// does; the usual scene has none and is not copied.
fn finite(scene: &Scene) -> Cow<'_, Scene> {
    let is_finite = |p: &Primitive| p.vertex_positions.iter().all(|position| position.is_finite());
    if scene.meshes.iter().flat_map(|mesh| &mesh.primitives).all(is_finite) {
        return Cow::Borrowed(scene);
    }
    let mut scene = scene.clone();
    let primitives = scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives);
    for position in primitives.flat_map(|p| &mut p.vertex_positions) {
        *position = Vec3::select(position.is_finite_mask(), *position, Vec3::ZERO);
    }
    Cow::Owned(scene)
}

fn count_used_vertices(primitive: &Primitive) -> u64 {
    let mut used = vec![false; primitive.vertex_positions.len()];
    for &vertex in &primitive.faces.corner_vertices {
        used[vertex as usize] = true;
    }
    used.into_iter().filter(|used| *used).count() as u64
}

fn count_faces(primitive: &Primitive) -> TopologyCounts {
    if primitive.topology != Topology::Faces {
        return TopologyCounts::default();
    }
    let n_vertices = primitive.vertex_positions.len();
    let corners = &primitive.faces.corner_vertices;
    if primitive.faces.sizes == FaceSizes::Uniform(3) {
        let triangles = corners.chunks_exact(3).filter_map(|t| sorted_distinct([t[0], t[1], t[2]]));
        return TopologyCounts { triangles: count_distinct(triangles, n_vertices), ..Default::default() };
    }
    let (mut triangles, mut quads, mut ngons) = (Vec::new(), Vec::new(), Vec::new());
    let mut add = |face: &[u32]| match *face {
        [a, b, c] => triangles.extend(sorted_distinct([a, b, c])),
        [a, b, c, d] => quads.extend(sorted_distinct([a, b, c, d])),
        _ => {
            let mut key = face.to_vec();
            key.sort_unstable();
            ngons.push(key);
        }
    };
    for face in primitive.faces.iter() {
        if has_repeats(face) {
            let loops = simple_loops(face);
            loops.iter().filter(|face| spans_area(primitive, face)).for_each(|face| add(face));
        } else if face.len() >= 3 {
            add(face);
        }
    }
    ngons.sort_unstable();
    ngons.dedup();
    TopologyCounts {
        triangles: count_distinct(triangles.iter().copied(), n_vertices),
        quads: count_distinct(quads.iter().copied(), n_vertices),
        ngons: ngons.len() as u64,
    }
}

/// `None` if a vertex stands in it twice.
fn sorted_distinct<const N: usize>(mut face: [u32; N]) -> Option<[u32; N]> {
    face.sort_unstable();
    face.windows(2).all(|pair| pair[0] != pair[1]).then_some(face)
}

fn has_repeats(face: &[u32]) -> bool {
    match *face {
        [a, b, c, d] => a == b || a == c || a == d || b == c || b == d || c == d,
        [] | [_] | [_, _] | [_, _, _] => false,
        _ => {
            let mut sorted = face.to_vec();
            sorted.sort_unstable();
            sorted.windows(2).any(|pair| pair[0] == pair[1])
        }
    }
}

/// What is left of a polygon that comes back to a vertex: the loops between the visits.
fn simple_loops(face: &[u32]) -> Vec<Vec<u32>> {
    let mut loops = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    for &vertex in face {
        if let Some(first) = open.iter().position(|&v| v == vertex) {
            let closed = open.split_off(first);
            if closed.len() >= 3 {
                loops.push(closed);
            }
        }
        open.push(vertex);
    }
    if open.len() >= 3 {
        loops.push(open);
    }
    loops
}

fn spans_area(primitive: &Primitive, face: &[u32]) -> bool {
    let at = |corner: usize| primitive.vertex_positions[face[corner % face.len()] as usize].as_dvec3();
    let doubled: DVec3 = (0..face.len()).map(|i| (at(i) - at(0)).cross(at(i + 1) - at(0))).sum();
    doubled != DVec3::ZERO
}

/// How many of the sorted `faces` differ. A counting sort by lowest vertex brings equal ones
/// together, so that only the handful of faces around one vertex is ever compared.
fn count_distinct<const N: usize>(faces: impl Iterator<Item = [u32; N]> + Clone, n_vertices: usize) -> u64 {
    let mut ends = vec![0u32; n_vertices + 1];
    for face in faces.clone() {
        ends[face[0] as usize + 1] += 1;
    }
    for vertex in 0..n_vertices {
        ends[vertex + 1] += ends[vertex];
    }
    let mut by_lowest = vec![[0u32; N]; ends[n_vertices] as usize];
    for face in faces {
        let place = &mut ends[face[0] as usize];
        by_lowest[*place as usize] = face;
        *place += 1;
    }
    let mut start = 0;
    let mut n_distinct = 0;
    for &end in &ends[..n_vertices] {
        let around_vertex = &mut by_lowest[start..end as usize];
        start = end as usize;
        around_vertex.sort_unstable();
        let n_repeated = around_vertex.windows(2).filter(|pair| pair[0] == pair[1]).count();
        n_distinct += (around_vertex.len() - n_repeated) as u64;
    }
    n_distinct
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Faces, Mesh, Node, Transform};

    fn polygons(faces: &[&[u32]]) -> Primitive {
        let mut starts = vec![0];
        for face in faces {
            starts.push(starts[starts.len() - 1] + face.len() as u32);
        }
        Primitive {
            vertex_positions: (0..10).map(|i| Vec3::new(i as f32, (i * i) as f32, 0.0)).collect(),
            faces: Faces { corner_vertices: faces.concat(), sizes: FaceSizes::Starts(starts) },
            ..Default::default()
        }
    }

    fn check(faces: &[&[u32]], triangles: u64, quads: u64, ngons: u64) {
        assert_eq!(count_faces(&polygons(faces)), TopologyCounts { triangles, quads, ngons }, "{faces:?}");
    }

    #[test]
    fn a_face_on_the_same_vertices_counts_once_whichever_way_it_winds() {
        check(&[&[0, 1, 2], &[2, 1, 0], &[1, 2, 0], &[0, 1, 3]], 2, 0, 0);
        check(&[&[0, 1, 2, 3], &[3, 2, 1, 0]], 0, 1, 0);
        check(&[&[0, 1, 2, 3, 4], &[4, 0, 1, 2, 3], &[0, 1, 2, 3, 5]], 0, 0, 2);
    }

    #[test]
    fn a_vertex_used_twice_collapses_the_face() {
        check(&[&[0, 0, 1], &[0, 1, 1]], 0, 0, 0);
        check(&[&[0, 1, 2, 2]], 1, 0, 0);
        check(&[&[0, 1, 2, 0, 3, 4]], 2, 0, 0);
        check(&[&[7, 8, 9, 7]], 1, 0, 0);
    }

    #[test]
    fn an_instance_counts_again_and_unused_vertices_do_not() {
        let node = |x| Node {
            mesh: Some(0),
            transform: Transform::Trs {
                translation: Vec3::new(x, 0.0, 0.0),
                rotation: glam::Quat::IDENTITY,
                scale: Vec3::splat(2.0),
            },
            ..Default::default()
        };
        let scene = Scene {
            nodes: vec![node(0.0), node(10.0), node(100.0)],
            roots: vec![0, 1],
            meshes: vec![Mesh { primitives: vec![polygons(&[&[0, 1, 2]])], ..Default::default() }],
            ..Default::default()
        };
        let inspection = inspect(&scene, "a.glb");
        assert_eq!(inspection.geometry, GeometryCounts { vertices: 6, faces: 2 });
        assert_eq!(inspection.dimensions, Dimensions { x: 14.0, y: 0.0, z: 8.0 });
    }

    #[test]
    fn a_coordinate_that_is_no_number_counts_as_zero() {
        let mut primitive = polygons(&[&[1, 2, 3]]);
        primitive.vertex_positions[3] = Vec3::new(f32::NAN, 5.0, f32::INFINITY);
        let scene = Scene {
            nodes: vec![Node { mesh: Some(0), ..Default::default() }],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
            ..Default::default()
        };
        assert_eq!(inspect(&scene, "a.obj").dimensions, Dimensions { x: 2.0, y: 0.0, z: 4.0 });
    }

    #[test]
    fn the_printed_form_is_the_agreed_one() {
        let json = serde_json::to_value(inspect(&Scene::default(), "empty.obj")).unwrap();
        let expected = serde_json::json!({
            "filename": "empty.obj",
            "geometry": { "vertices": 0, "faces": 0 },
            "topology": { "triangles": 0, "quads": 0, "ngons": 0 },
            "dimensions": { "x": 0.0, "y": 0.0, "z": 0.0 }
        });
        assert_eq!(json, expected);
    }
}
