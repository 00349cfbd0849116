//! Faces by their numbers, as triangles and borders in the world.

use std::collections::HashMap;

use analysis::Place;
use glam::DVec3;
use scene::{FaceSizes, Faces, MeshId, MeshInstance, NodeId, Primitive, Scene, Topology, WorldTransforms};

/// More would cost frames; what is beyond stays without colour.
pub const MAX_TRIANGLES: usize = 40_000;

/// Faces of a mesh wherever it stands, or where one object places it.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceSet {
    /// `None`: every object that shows the mesh, hidden ones too.
    pub node: Option<NodeId>,
    pub mesh: MeshId,
    /// `None`: all of them.
    pub primitive: Option<usize>,
    /// Empty: all of them.
    pub faces: Vec<u32>,
}

impl FaceSet {
    pub fn of_place(place: &Place) -> Vec<Self> {
        let Some(mesh) = place.mesh else { return Vec::new() };
        // What lies between two objects, or is wrong with one, is not wrong with their copies.
        let is_of_node = place.other.is_some() || place.faces.is_empty();
        let node = place.node.filter(|_| is_of_node);
        let one = Self { node, mesh, primitive: place.primitive, faces: place.faces.clone() };
        let other = place.other.iter().map(|part| Self {
            node: Some(part.node),
            mesh: part.mesh,
            primitive: Some(part.primitive),
            faces: part.faces.clone(),
        });
        std::iter::once(one).chain(other).collect()
    }
}

/// A piece of surface in the world, metres.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    pub triangles: Vec<[DVec3; 3]>,
    /// Edges that only one of the triangles has, and the number of that triangle.
    pub borders: Vec<(usize, [DVec3; 2])>,
}

impl Patch {
    /// At most `room` triangles of it.
    pub fn of(scene: &Scene, sets: &[FaceSet], room: usize) -> Self {
        let transforms = scene.world_transforms();
        let mut patch = Self::default();
        for set in sets {
            let Some(mesh) = scene.meshes.get(set.mesh) else { continue };
            let nodes = scene.nodes.iter().enumerate().filter(|(id, node)| {
                node.mesh == Some(set.mesh) && set.node.is_none_or(|wanted| wanted == *id)
            });
            for (node, _) in nodes {
                let Some(&world_from_mesh) = transforms.world_from_node.get(node) else { continue };
                let instance = MeshInstance { node, mesh: set.mesh, world_from_mesh };
                for (p, primitive) in mesh.primitives.iter().enumerate() {
                    if set.primitive.is_none_or(|wanted| wanted == p) && primitive.topology == Topology::Faces
                    {
                        patch.add(scene, &transforms, &instance, primitive, &set.faces, room);
                    }
                }
            }
        }
        patch.borders = borders(&patch.triangles);
        patch
    }

    fn add(
        &mut self,
        scene: &Scene,
        transforms: &WorldTransforms,
        instance: &MeshInstance,
        primitive: &Primitive,
        faces: &[u32],
        room: usize,
    ) {
        let left = room.saturating_sub(self.triangles.len());
        let few = some_faces(primitive, faces, left);
        let points: Vec<DVec3> = if primitive.joints.is_empty() && primitive.morph_targets.is_empty() {
            let place = |p: &glam::Vec3| instance.world_from_mesh.transform_point3(p.as_dvec3());
            few.primitive.vertex_positions.iter().map(place).collect()
        } else {
            let all = scene.world_positions(instance, primitive, transforms);
            few.vertices.iter().filter_map(|&v| all.get(v as usize).copied()).collect()
        };
        let corner = |corner: u32| {
            let vertex = few.primitive.faces.corner_vertices.get(corner as usize)?;
            points.get(*vertex as usize).copied().filter(|point| point.is_finite())
        };
        for [a, b, c] in few.primitive.triangle_corners().into_iter().take(left) {
            if let (Some(a), Some(b), Some(c)) = (corner(a), corner(b), corner(c)) {
                self.triangles.push([a, b, c]);
            }
        }
    }
}

/// Some faces of a primitive on the vertices they need.
struct SomeFaces {
    primitive: Primitive,
    /// Which vertices of the whole those are.
    vertices: Vec<u32>,
}

/// At most `room` of them; none means all.
fn some_faces(primitive: &Primitive, faces: &[u32], room: usize) -> SomeFaces {
    let all = 0..primitive.faces.n_faces() as u32;
    let wanted: Vec<u32> =
        if faces.is_empty() { all.take(room).collect() } else { faces.iter().copied().take(room).collect() };
    let (mut vertices, mut corners, mut starts) = (Vec::new(), Vec::new(), vec![0]);
    let mut number_of: HashMap<u32, u32> = HashMap::new();
    for face in wanted {
        let range = primitive.faces.corners(face as usize);
        for &vertex in primitive.faces.corner_vertices.get(range).unwrap_or_default() {
            let number = *number_of.entry(vertex).or_insert_with(|| {
                vertices.push(vertex);
                vertices.len() as u32 - 1
            });
            corners.push(number);
        }
        starts.push(corners.len() as u32);
    }
    let position = |&v: &u32| primitive.vertex_positions.get(v as usize).copied().unwrap_or(glam::Vec3::NAN);
    let few = Primitive {
        vertex_positions: vertices.iter().map(position).collect(),
        faces: Faces { corner_vertices: corners, sizes: FaceSizes::Starts(starts) },
        ..Primitive::default()
    };
    SomeFaces { primitive: few, vertices }
}

/// Vertices count as one where they lie on the same point, whatever normals and UVs split.
pub(super) fn borders(triangles: &[[DVec3; 3]]) -> Vec<(usize, [DVec3; 2])> {
    let key = |p: DVec3| p.to_array().map(|x| (x + 0.0).to_bits());
    let mut uses: HashMap<[[u64; 3]; 2], (usize, usize, [DVec3; 2])> = HashMap::new();
    for (t, &[a, b, c]) in triangles.iter().enumerate() {
        for edge in [[a, b], [b, c], [c, a]] {
            let mut keys = edge.map(key);
            keys.sort_unstable();
            uses.entry(keys).or_insert((0, t, edge)).0 += 1;
        }
    }
    let mut single: Vec<_> = uses.into_iter().filter(|(_, (n, ..))| *n == 1).collect();
    // A map has no order, and lines that overlap should not flicker.
    single.sort_unstable_by_key(|(keys, _)| *keys);
    single.into_iter().map(|(_, (_, t, edge))| (t, edge)).collect()
}

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};
    use scene::{Mesh, Node, Transform};

    use super::*;

    /// A quad and a triangle side by side, placed twice; the second place is hidden.
    fn scene() -> Scene {
        let primitive = Primitive {
            vertex_positions: [[0, 0], [1, 0], [1, 1], [0, 1], [2, 0]]
                .map(|[x, y]| Vec3::new(x as f32, y as f32, 0.0))
                .to_vec(),
            faces: Faces {
                corner_vertices: vec![0, 1, 2, 3, 1, 4, 2],
                sizes: FaceSizes::Starts(vec![0, 4, 7]),
            },
            ..Primitive::default()
        };
        let away = Transform::Matrix(Mat4::from_translation(Vec3::new(0.0, 0.0, 5.0)));
        let hidden = Node { mesh: Some(0), transform: away, is_hidden: true, ..Node::default() };
        Scene {
            nodes: vec![Node { mesh: Some(0), ..Node::default() }, hidden],
            roots: vec![0, 1],
            meshes: vec![Mesh { primitives: vec![primitive], ..Mesh::default() }],
            ..Scene::default()
        }
    }

    fn set(node: Option<NodeId>, faces: &[u32]) -> FaceSet {
        FaceSet { node, mesh: 0, primitive: Some(0), faces: faces.to_vec() }
    }

    #[test]
    fn faces_are_marked_wherever_their_mesh_stands() {
        let scene = scene();
        let patch = Patch::of(&scene, &[set(None, &[0])], MAX_TRIANGLES);
        assert_eq!((patch.triangles.len(), patch.borders.len()), (4, 8));
        let far = patch.triangles.iter().filter(|triangle| triangle[0].z == 5.0).count();
        assert_eq!(far, 2, "the hidden object is marked too");
        let both = Patch::of(&scene, &[set(Some(0), &[])], MAX_TRIANGLES);
        // The edge between quad and triangle is no border.
        assert_eq!((both.triangles.len(), both.borders.len()), (3, 5));
    }

    #[test]
    fn what_does_not_exist_is_left_out_and_room_is_kept() {
        let scene = scene();
        assert!(Patch::of(&scene, &[set(None, &[7])], MAX_TRIANGLES).triangles.is_empty());
        let gone = FaceSet { mesh: 9, ..set(None, &[]) };
        assert!(Patch::of(&scene, &[gone], MAX_TRIANGLES).triangles.is_empty());
        assert_eq!(Patch::of(&scene, &[set(None, &[])], 3).triangles.len(), 3);
    }
}
