use scene::{FaceSizes, Layer, MaterialId, MaterialRun, Primitive};

/// The faces a primitive is to have, each made of corners of its present ones.
#[derive(Default)]
pub(crate) struct FaceList {
    /// Corners of the present faces, face after face.
    corners: Vec<u32>,
    /// Where each new face ends in `corners`.
    ends: Vec<u32>,
    /// The present face each new one comes from; it gives the material.
    origins: Vec<u32>,
}

impl FaceList {
    pub(crate) fn with_capacity(n_faces: usize, n_corners: usize) -> Self {
        Self {
            corners: Vec::with_capacity(n_corners),
            ends: Vec::with_capacity(n_faces),
            origins: Vec::with_capacity(n_faces),
        }
    }

    pub(crate) fn push(&mut self, origin: usize, corners: impl IntoIterator<Item = u32>) {
        self.corners.extend(corners);
        self.ends.push(self.corners.len() as u32);
        self.origins.push(origin as u32);
    }

    /// Makes the primitive have these faces. Vertices stay, used or not. Faces of one material that
    /// came to lie apart get a run each.
    pub(crate) fn apply(&self, primitive: &mut Primitive) {
        let materials: Option<Vec<Option<MaterialId>>> = (!primitive.material_runs.is_empty())
            .then(|| self.origins.iter().map(|&face| material_of(primitive, face as usize)).collect());
        primitive.material_runs = materials.map_or_else(Vec::new, |materials| runs_of(&materials));
        let vertices = &primitive.faces.corner_vertices;
        primitive.faces.corner_vertices = self.corners.iter().map(|&c| vertices[c as usize]).collect();
        primitive.faces.sizes = self.sizes();
        if let Some(normals) = &mut primitive.normals {
            self.apply_to_layer(normals);
        }
        if let Some(tangents) = &mut primitive.tangents {
            self.apply_to_layer(tangents);
        }
        primitive.uvs.iter_mut().for_each(|layer| self.apply_to_layer(layer));
        primitive.colors.iter_mut().for_each(|layer| self.apply_to_layer(layer));
    }

    fn sizes(&self) -> FaceSizes {
        let first = self.ends.first().copied().unwrap_or(3);
        let is_uniform = self.ends.iter().zip(1u32..).all(|(&end, n)| end == n * first);
        if is_uniform && first > 0 {
            return FaceSizes::Uniform(first);
        }
        FaceSizes::Starts(std::iter::once(0).chain(self.ends.iter().copied()).collect())
    }

    fn apply_to_layer<T: Copy>(&self, layer: &mut Layer<T>) {
        let pick = |old: &[u32]| -> Vec<u32> { self.corners.iter().map(|&c| old[c as usize]).collect() };
        match layer {
            Layer::PerVertex(_) => {}
            Layer::PerCorner(values) => {
                *values = self.corners.iter().map(|&c| values[c as usize]).collect();
            }
            Layer::Indexed { corner_values, .. } => *corner_values = pick(corner_values),
        }
    }
}

/// Keeps the faces that are wanted, in their order, and returns how many went. Vertices stay.
pub(crate) fn retain_faces(primitive: &mut Primitive, mut is_wanted: impl FnMut(usize) -> bool) -> usize {
    let n_faces = primitive.faces.n_faces();
    let wanted: Vec<usize> = (0..n_faces).filter(|&face| is_wanted(face)).collect();
    if wanted.len() == n_faces {
        return 0;
    }
    let mut list = FaceList::with_capacity(wanted.len(), primitive.faces.corner_vertices.len());
    for &face in &wanted {
        list.push(face, primitive.faces.corners(face).map(|c| c as u32));
    }
    list.apply(primitive);
    n_faces - wanted.len()
}

/// The material of a face; `None`: glTF's default one.
pub(crate) fn material_of(primitive: &Primitive, face: usize) -> Option<MaterialId> {
    let run = primitive.material_runs.partition_point(|run| run.first_face <= face).checked_sub(1)?;
    primitive.material_runs[run].material
}

/// Gives each face the material that `choose` says, and returns how many got another one.
pub(crate) fn set_materials(
    primitive: &mut Primitive,
    mut choose: impl FnMut(&Primitive, usize) -> Option<MaterialId>,
) -> usize {
    let n_faces = primitive.faces.n_faces();
    let chosen: Vec<Option<MaterialId>> = (0..n_faces).map(|face| choose(primitive, face)).collect();
    let changed = (0..n_faces).filter(|&face| chosen[face] != material_of(primitive, face)).count();
    if changed > 0 {
        primitive.material_runs = runs_of(&chosen);
    }
    changed
}

fn runs_of(materials: &[Option<MaterialId>]) -> Vec<MaterialRun> {
    let mut first_face = 0;
    let chunks = materials.chunk_by(|a, b| a == b);
    chunks
        .map(|chunk| {
            let run = MaterialRun { first_face, n_faces: chunk.len(), material: chunk[0] };
            first_face += chunk.len();
            run
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use glam::{Vec2, Vec3};
    use scene::Faces;

    use super::*;

    /// A triangle, a quad and a triangle in three materials, UVs by corner.
    fn three() -> Primitive {
        let run = |first_face, material| MaterialRun { first_face, n_faces: 1, material: Some(material) };
        Primitive {
            vertex_positions: (0..6).map(|i| Vec3::new(i as f32, (i * i) as f32, 0.0)).collect(),
            faces: Faces {
                corner_vertices: vec![0, 1, 2, 1, 2, 3, 4, 3, 4, 5],
                sizes: FaceSizes::Starts(vec![0, 3, 7, 10]),
            },
            uvs: vec![Layer::PerCorner((0..10).map(|c| Vec2::splat(c as f32)).collect())],
            material_runs: vec![run(0, 0), run(1, 1), run(2, 0)],
            ..Default::default()
        }
    }

    #[test]
    fn what_stays_keeps_its_corners_and_materials() {
        let mut primitive = three();
        assert_eq!(retain_faces(&mut primitive, |face| face != 1), 1);
        assert_eq!(primitive.faces.corner_vertices, [0, 1, 2, 3, 4, 5]);
        assert_eq!(primitive.faces.sizes, FaceSizes::Uniform(3));
        let uvs = [0.0, 1.0, 2.0, 7.0, 8.0, 9.0].map(Vec2::splat);
        assert_eq!(primitive.uvs[0], Layer::PerCorner(uvs.to_vec()));
        let run = MaterialRun { first_face: 0, n_faces: 2, material: Some(0) };
        assert_eq!(primitive.material_runs, [run]);
    }

    #[test]
    fn nothing_may_be_left() {
        let mut primitive = three();
        assert_eq!(retain_faces(&mut primitive, |_| false), 3);
        assert_eq!(primitive.faces.n_faces(), 0);
        assert!(primitive.material_runs.is_empty());
    }
}
