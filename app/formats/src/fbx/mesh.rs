use glam::{Vec2, Vec3, Vec4};
use scene::{FaceSizes, Faces, Layer, MaterialId, MaterialRun, Mesh, MeshId, Primitive};

use super::convert::{uv_of, vec3_of, vec4_of};
use super::document::Document;
use super::properties::extras_of;
use crate::source::Parsed;
use crate::srgb::linear;

impl Document<'_> {
    /// The mesh with these materials in its slots; instances share it where they agree on them.
    pub(super) fn mesh_id(
        &mut self,
        mesh: &ufbx::Mesh,
        materials: Vec<Option<MaterialId>>,
        parsed: &mut Parsed,
    ) -> Option<MeshId> {
        let number = mesh.element.typed_id;
        if let Some(&id) = self.mesh_ids.get(&(number, materials.clone())) {
            return Some(id);
        }
        let first = self.mesh_ids.iter().find(|((made, _), _)| *made == number).map(|(_, &id)| id);
        if let Some(first) = first
            && !self.budget.take::<[f64; 16]>(mesh.num_indices + mesh.num_vertices)
        {
            self.losses.meshes_beyond_memory += 1;
            return Some(first);
        }
        let id = parsed.scene.meshes.len();
        let made = self.mesh(mesh, &materials);
        parsed.scene.meshes.push(made);
        self.mesh_ids.insert((number, materials), id);
        Some(id)
    }

    fn mesh(&mut self, mesh: &ufbx::Mesh, materials: &[Option<MaterialId>]) -> Mesh {
        let corners = Corners::of(mesh);
        self.losses.short_faces += corners.n_short_faces;
        let mut primitive = Primitive {
            vertex_positions: mesh.vertices.as_ref().iter().map(|p| vec3_of(*p)).collect(),
            faces: corners.faces(mesh),
            normals: corners.normals(mesh),
            tangents: corners.tangents(mesh),
            uvs: corners.uvs(mesh),
            colors: corners.colors(mesh),
            material_runs: corners.material_runs(mesh, materials),
            ..Default::default()
        };
        self.read_weights(mesh, &mut primitive);
        let morph_weights = self.read_shapes(mesh, &mut primitive);
        // Blender and others name the object alone.
        let instance = || mesh.element.instances.as_ref().first().map(|node| node.element.name.to_string());
        let name = Some(mesh.element.name.to_string()).filter(|name| !name.is_empty()).or_else(instance);
        Mesh {
            name: name.unwrap_or_default(),
            primitives: vec![primitive],
            morph_weights,
            extras: extras_of(&mesh.element),
        }
    }
}

/// The faces that are kept, grouped by material, and how their corners are numbered in the file.
struct Corners {
    /// Face numbers of the file, in the order of ours.
    faces: Vec<u32>,
    /// Our corner to the file's; `None` while they are the same.
    file_corners: Option<Vec<u32>>,
    n_short_faces: usize,
}

impl Corners {
    fn of(mesh: &ufbx::Mesh) -> Self {
        let file_faces = mesh.faces.as_ref();
        let mut faces: Vec<u32> = (0u32..).take(file_faces.len()).collect();
        faces.retain(|&face| file_faces[face as usize].num_indices >= 3);
        let n_short_faces = file_faces.len() - faces.len();
        // Alternating materials would make as many draws as faces.
        let slot = |face: &u32| slot_of(mesh, *face);
        if !faces.is_sorted_by_key(slot) {
            faces.sort_by_key(slot);
        }
        let mut next = 0;
        let is_as_in_file = faces.iter().all(|&face| {
            let face = file_faces[face as usize];
            let follows = face.index_begin == next;
            next = face.index_begin.saturating_add(face.num_indices);
            follows
        });
        let file_corners = (!is_as_in_file || next as usize != mesh.num_indices).then(|| {
            let corners = faces.iter().map(|&face| file_faces[face as usize]);
            corners.flat_map(|face| face.index_begin..face.index_begin + face.num_indices).collect()
        });
        Self { faces, file_corners, n_short_faces }
    }

    /// One value a corner, in our order, out of one a corner in the file's.
    fn arrange<T: Copy>(&self, of_file: &[T]) -> Vec<T> {
        match &self.file_corners {
            None => of_file.to_vec(),
            Some(corners) => corners.iter().filter_map(|&c| of_file.get(c as usize).copied()).collect(),
        }
    }

    fn faces(&self, mesh: &ufbx::Mesh) -> Faces {
        let corner_vertices = self.arrange(mesh.vertex_indices.as_ref());
        let sizes = || self.faces.iter().map(|&face| mesh.faces[face as usize].num_indices);
        let first = sizes().next().unwrap_or(3);
        if sizes().all(|size| size == first) {
            return Faces { corner_vertices, sizes: FaceSizes::Uniform(first) };
        }
        let mut starts = Vec::with_capacity(self.faces.len() + 1);
        starts.push(0);
        let mut end = 0;
        for size in sizes() {
            end += size;
            starts.push(end);
        }
        Faces { corner_vertices, sizes: FaceSizes::Starts(starts) }
    }

    fn material_runs(&self, mesh: &ufbx::Mesh, materials: &[Option<MaterialId>]) -> Vec<MaterialRun> {
        let mut runs: Vec<MaterialRun> = Vec::new();
        for (i, &face) in self.faces.iter().enumerate() {
            let material = materials.get(slot_of(mesh, face) as usize).copied().flatten();
            match runs.last_mut() {
                Some(run) if run.material == material => run.n_faces += 1,
                _ => runs.push(MaterialRun { first_face: i, n_faces: 1, material }),
            }
        }
        runs
    }

    /// Generated ones are kept only where the file says which edges are hard; without normals a
    /// mesh is shown faceted.
    fn normals(&self, mesh: &ufbx::Mesh) -> Option<Layer<Vec3>> {
        let is_guess =
            mesh.generated_normals && mesh.face_smoothing.is_empty() && mesh.edge_smoothing.is_empty();
        let normals = &mesh.vertex_normal;
        let layer = |values: &[ufbx::Vec3]| values.iter().map(|n| vec3_of(*n)).collect();
        (normals.exists && !is_guess).then(|| self.layer(mesh, &normals.indices, layer(&normals.values)))
    }

    fn uvs(&self, mesh: &ufbx::Mesh) -> Vec<Layer<Vec2>> {
        let sets = mesh.uv_sets.as_ref().iter().filter(|set| set.vertex_uv.exists);
        sets.map(|set| {
            let values = set.vertex_uv.values.as_ref().iter().map(|uv| uv_of(*uv)).collect();
            self.layer(mesh, &set.vertex_uv.indices, values)
        })
        .collect()
    }

    /// Vertex colours are painted as display values.
    fn colors(&self, mesh: &ufbx::Mesh) -> Vec<Layer<Vec4>> {
        let sets = mesh.color_sets.as_ref().iter().filter(|set| set.vertex_color.exists);
        sets.map(|set| {
            let color = |c: &ufbx::Vec4| {
                let c = vec4_of(*c);
                c.truncate().map(linear).extend(c.w)
            };
            let values = set.vertex_color.values.as_ref().iter().map(color).collect();
            self.layer(mesh, &set.vertex_color.indices, values)
        })
        .collect()
    }

    /// Those of the first UV set, which normal maps lie on. Handedness as glTF counts it.
    fn tangents(&self, mesh: &ufbx::Mesh) -> Option<Layer<Vec4>> {
        let set = mesh.uv_sets.as_ref().first()?;
        let (tangents, bitangents, normals) =
            (&set.vertex_tangent, &set.vertex_bitangent, &mesh.vertex_normal);
        if !tangents.exists || !bitangents.exists || !normals.exists || mesh.generated_normals {
            return None;
        }
        let at = |list: &ufbx::VertexVec3, corner: usize| {
            let value = list.indices.as_ref().get(corner).and_then(|&i| list.values.as_ref().get(i as usize));
            value.map_or(Vec3::ZERO, |v| vec3_of(*v))
        };
        let tangent = |corner: usize| {
            let (t, b, n) = (at(tangents, corner), at(bitangents, corner), at(normals, corner));
            t.extend(if n.cross(t).dot(b) < 0.0 { -1.0 } else { 1.0 })
        };
        let of_file: Vec<Vec4> = (0..mesh.num_indices).map(tangent).collect();
        Some(Layer::PerCorner(self.arrange(&of_file)))
    }

    /// The simplest form that says the same.
    fn layer<T: Copy>(&self, mesh: &ufbx::Mesh, indices: &[u32], values: Vec<T>) -> Layer<T> {
        let n_corners = mesh.num_indices;
        if self.file_corners.is_none()
            && values.len() == n_corners
            && indices.iter().zip(0u32..).all(|(&index, corner)| index == corner)
        {
            return Layer::PerCorner(values);
        }
        if values.len() == mesh.num_vertices && indices == mesh.vertex_indices.as_ref() {
            return Layer::PerVertex(values);
        }
        let mut corner_values = self.arrange(indices);
        for index in corner_values.iter_mut().filter(|index| **index as usize >= values.len()) {
            *index = u32::MAX;
        }
        Layer::Indexed { values, corner_values }
    }
}

fn slot_of(mesh: &ufbx::Mesh, face: u32) -> u32 {
    mesh.face_material.as_ref().get(face as usize).copied().unwrap_or(0)
}
