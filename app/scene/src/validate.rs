use crate::{FaceSizes, Layer, Primitive, Scene, VariantMaterial};

/// What makes a scene unusable: a reference that points nowhere. Says where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneError(pub String);

impl std::fmt::Display for SceneError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SceneError {}

fn fail(message: String) -> Result<(), SceneError> {
    Err(SceneError(message))
}

impl Scene {
    /// Checks every index of the scene and that the nodes form a forest, so that whatever comes
    /// after may follow references without a second look. Linear in the size of the scene.
    ///
    /// # Errors
    /// The first reference out of range, a node reached twice, or attribute lists whose lengths
    /// disagree; the text names the place.
    pub fn validate(&self) -> Result<(), SceneError> {
        self.validate_nodes()?;
        self.validate_materials()?;
        for (m, mesh) in self.meshes.iter().enumerate() {
            for (p, primitive) in mesh.primitives.iter().enumerate() {
                validate_primitive(primitive, self)
                    .map_err(|e| SceneError(format!("mesh {m} primitive {p}: {e}")))?;
            }
        }
        Ok(())
    }

    fn validate_nodes(&self) -> Result<(), SceneError> {
        let n = self.nodes.len();
        let mut reached = vec![false; n];
        let mut stack: Vec<_> = self.roots.clone();
        let mut has_parent = vec![false; n];
        for (i, node) in self.nodes.iter().enumerate() {
            for &child in &node.children {
                match has_parent.get_mut(child) {
                    None => return fail(format!("node {i} has a child {child} that does not exist")),
                    Some(true) => return fail(format!("node {child} has two parents")),
                    Some(parent) => *parent = true,
                }
            }
            let refs = [
                ("mesh", node.mesh, self.meshes.len()),
                ("skin", node.skin, self.skins.len()),
                ("camera", node.camera, self.cameras.len()),
                ("light", node.light, self.lights.len()),
            ];
            for (what, id, count) in refs {
                if id.is_some_and(|id| id >= count) {
                    return fail(format!("node {i} names a {what} that does not exist"));
                }
            }
        }
        // With at most one parent each, a cycle is exactly what no parentless node leads to.
        stack.extend((0..n).filter(|&i| !has_parent[i]));
        while let Some(i) = stack.pop() {
            match reached.get_mut(i) {
                None => return fail(format!("root node {i} does not exist")),
                Some(true) => {}
                Some(seen) => {
                    *seen = true;
                    stack.extend(&self.nodes[i].children);
                }
            }
        }
        let others = self.other_scenes.iter().flat_map(|scene| &scene.roots);
        if let Some(root) = others.clone().find(|&&root| root >= n) {
            return fail(format!("root node {root} does not exist"));
        }
        if let Some(root) = self.roots.iter().find(|&&root| has_parent[root]) {
            return fail(format!("root node {root} is also a child"));
        }
        if let Some(i) = reached.iter().position(|seen| !seen) {
            return fail(format!("node {i} is its own ancestor"));
        }
        for (s, skin) in self.skins.iter().enumerate() {
            if skin.joints.iter().any(|&j| j >= n) || skin.inverse_bind_matrices.len() != skin.joints.len() {
                return fail(format!("skin {s} names joints or matrices that do not exist"));
            }
        }
        for (a, animation) in self.animations.iter().enumerate() {
            if animation.channels.iter().any(|c| c.node >= n) {
                return fail(format!("animation {a} moves a node that does not exist"));
            }
        }
        Ok(())
    }

    fn validate_materials(&self) -> Result<(), SceneError> {
        for (t, texture) in self.textures.iter().enumerate() {
            let images = std::iter::once(texture.image).chain(texture.fallback);
            if images.into_iter().any(|image| image >= self.images.len()) {
                return fail(format!("texture {t} names an image that does not exist"));
            }
        }
        for (m, material) in self.materials.iter().enumerate() {
            for (slot, texture) in material.textures() {
                if texture.texture >= self.textures.len() {
                    return fail(format!("{slot} of material {m} does not exist"));
                }
            }
        }
        Ok(())
    }
}

fn validate_primitive(primitive: &Primitive, scene: &Scene) -> Result<(), SceneError> {
    let n_materials = scene.materials.len();
    let n_vertices = primitive.vertex_positions.len();
    let corners = &primitive.faces.corner_vertices;
    if let Some(worst) = corners.iter().max()
        && *worst as usize >= n_vertices
    {
        return fail(format!("index {worst} points beyond its {n_vertices} vertices"));
    }
    match &primitive.faces.sizes {
        FaceSizes::Uniform(size) => {
            if *size == 0 || !corners.len().is_multiple_of(*size as usize) {
                return fail(format!("{} corners do not make faces of {size}", corners.len()));
            }
        }
        FaceSizes::Starts(starts) => {
            let sorted = starts.is_sorted() && starts.first() == Some(&0);
            if !sorted || starts.last().map(|&end| end as usize) != Some(corners.len()) {
                return fail("face starts do not cover the corners".into());
            }
        }
    }
    validate_layer("normals", primitive.normals.as_ref(), primitive)?;
    validate_layer("tangents", primitive.tangents.as_ref(), primitive)?;
    for layer in &primitive.uvs {
        validate_layer("uvs", Some(layer), primitive)?;
    }
    for layer in &primitive.colors {
        validate_layer("colors", Some(layer), primitive)?;
    }
    let per_vertex = primitive.joints.iter().map(Vec::len).chain(primitive.weights.iter().map(Vec::len));
    if primitive.joints.len() != primitive.weights.len() || per_vertex.into_iter().any(|n| n != n_vertices) {
        return fail("joints and weights do not match the vertices".into());
    }
    for target in &primitive.morph_targets {
        let lists = [target.positions.len(), target.normals.len(), target.tangents.len()];
        if lists.iter().any(|&n| n != 0 && n != n_vertices) {
            return fail("a morph target does not match the vertices".into());
        }
    }
    let mut next_face = 0;
    for run in &primitive.material_runs {
        if run.first_face != next_face || run.material.is_some_and(|m| m >= n_materials) {
            return fail(
                "material runs do not cover the faces, or name a material that does not exist".into(),
            );
        }
        next_face += run.n_faces;
    }
    if !primitive.material_runs.is_empty() && next_face != primitive.faces.n_faces() {
        return fail("material runs do not cover the faces".into());
    }
    let has_variant = |v: &VariantMaterial| v.variant < scene.variants.len() && v.material < n_materials;
    if !primitive.variant_materials.iter().all(has_variant) {
        return fail("a material variant names a variant or material that does not exist".into());
    }
    Ok(())
}

fn validate_layer<T>(what: &str, layer: Option<&Layer<T>>, of: &Primitive) -> Result<(), SceneError> {
    let n_corners = of.faces.corner_vertices.len();
    let fits = match layer {
        None => true,
        Some(Layer::PerVertex(values)) => values.len() == of.vertex_positions.len(),
        Some(Layer::PerCorner(values)) => values.len() == n_corners,
        Some(Layer::Indexed { values, corner_values }) => {
            corner_values.len() == n_corners
                && corner_values.iter().all(|&i| i == u32::MAX || (i as usize) < values.len())
        }
    };
    if fits { Ok(()) } else { fail(format!("{what} do not match the vertices")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Faces, Mesh, Node};
    use glam::Vec3;

    fn triangle() -> Primitive {
        Primitive {
            vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y],
            faces: Faces::triangles(vec![0, 1, 2]),
            ..Default::default()
        }
    }

    #[test]
    fn accepts_a_plain_triangle() {
        let scene = Scene {
            nodes: vec![Node { mesh: Some(0), ..Default::default() }],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![triangle()], ..Default::default() }],
            ..Default::default()
        };
        assert_eq!(scene.validate(), Ok(()));
    }

    #[test]
    fn names_the_index_that_points_nowhere() {
        let mut primitive = triangle();
        primitive.faces.corner_vertices[1] = 7;
        let meshes = vec![Mesh { primitives: vec![primitive], ..Default::default() }];
        let error = Scene { meshes, ..Default::default() }.validate().unwrap_err();
        assert_eq!(error.0, "mesh 0 primitive 0: index 7 points beyond its 3 vertices");
    }

    #[test]
    fn refuses_cycles_and_shared_children() {
        let node = |children: &[usize]| Node { children: children.to_vec(), ..Default::default() };
        let cycle = Scene { nodes: vec![node(&[1]), node(&[0])], ..Default::default() };
        assert!(cycle.validate().unwrap_err().0.contains("its own ancestor"));
        let shared = Scene { nodes: vec![node(&[2]), node(&[2]), node(&[])], ..Default::default() };
        assert!(shared.validate().unwrap_err().0.contains("two parents"));
    }
}
