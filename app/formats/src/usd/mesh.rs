//! Polygon meshes and what is spread over them (UsdGeomMesh, UsdGeomSubset).

use glam::{Vec2, Vec3, Vec4};
use openusd::sdf::{self, Value};
use scene::{Layer, MaterialId, MaterialRun, Mesh, MeshId, NodeId, Primitive, Topology};

use super::object::Object;
use super::polygons::{Authored, Polygons};
use super::primvar::{Interpolation, Primvar};
use super::stage::{Inherited, Walk};
use super::value;

/// Faces of one mesh that have a material of their own.
struct Subset {
    faces: Vec<u32>,
    material: sdf::Path,
}

impl Walk<'_, '_> {
    pub(super) fn add_mesh(
        &mut self,
        object: &Object,
        node: NodeId,
        inherited: &Inherited,
    ) -> Option<MeshId> {
        let vertex_positions = object.value("points").and_then(value::vec3s)?;
        let n_vertices = vertex_positions.len();
        let counts = object.value("faceVertexCounts").and_then(value::indices).unwrap_or_default();
        let subsets = self.subsets(object);
        let face_subsets = subset_of_faces(&subsets, counts.len());
        let authored = Authored {
            counts: &counts,
            corner_vertices: object.value("faceVertexIndices").and_then(value::indices).unwrap_or_default(),
            holes: &object.value("holeIndices").and_then(value::indices).unwrap_or_default(),
            is_left_handed: object.token("orientation").is_some_and(|o| o == "leftHanded"),
            n_vertices,
            order: face_subsets.as_deref().and_then(order_by_subset),
        };
        let polygons = Polygons::new(authored);
        self.lost.add("faces", polygons.n_broken, "they have fewer than three corners, or one on no vertex");
        self.tell_simplifications(object);
        let (uv_names, uvs) = uv_sets(object, &polygons, n_vertices);
        let mut primitive = Primitive {
            topology: Topology::Faces,
            normals: normals(object, &polygons, n_vertices),
            uvs,
            vertex_positions,
            ..Default::default()
        };
        let look = Look::read(object);
        let bound = inherited.binding.material(object.path()).cloned();
        let whole = self.material_of(bound.as_ref(), &uv_names, &look);
        let own: Vec<_> =
            subsets.iter().map(|s| self.material_of(Some(&s.material), &uv_names, &look)).collect();
        primitive.material_runs = runs(&polygons, face_subsets.as_deref(), whole, &own);
        if self.shows_colors(bound.as_ref()) {
            primitive.colors.extend(look.colors(object, &polygons, n_vertices));
        }
        let Polygons { faces, .. } = polygons;
        primitive.faces = faces;
        let mut mesh = Mesh { name: object.name(), ..Default::default() };
        self.add_skin(object, node, &mut primitive, inherited);
        mesh.morph_weights = self.add_blend_shapes(object, node, &mut primitive, inherited);
        mesh.primitives = vec![primitive];
        self.scene.meshes.push(mesh);
        Some(self.scene.meshes.len() - 1)
    }

    /// A shape that is not made of authored faces.
    pub(super) fn add_primitive(
        &mut self,
        object: &Object,
        mut primitive: Primitive,
        inherited: &Inherited,
    ) -> Option<MeshId> {
        let look = Look::read(object);
        let bound = inherited.binding.material(object.path()).cloned();
        let material = self.material_of(bound.as_ref(), &[], &look);
        let n_faces = primitive.faces.n_faces();
        primitive.material_runs = vec![MaterialRun { first_face: 0, n_faces, material: Some(material) }];
        let n_vertices = primitive.vertex_positions.len();
        if bound.is_none() && primitive.topology == Topology::Points {
            let name = "primvars:displayColor";
            let colors = Primvar::read(object, name, Interpolation::Vertex, value::vec4s);
            let colors = colors.filter(|c| c.constant().is_none()).and_then(|c| c.per_vertex(n_vertices));
            primitive.colors.extend(colors.map(Layer::PerVertex));
        }
        let mesh = Mesh { name: object.name(), primitives: vec![primitive], ..Default::default() };
        self.scene.meshes.push(mesh);
        Some(self.scene.meshes.len() - 1)
    }

    fn material_of(&mut self, bound: Option<&sdf::Path>, uv_names: &[String], look: &Look) -> MaterialId {
        let bound = bound.and_then(|path| self.material_for(path, uv_names, look.double_sided));
        bound.unwrap_or_else(|| self.plain_material_for(look.constant, look.double_sided))
    }

    fn shows_colors(&mut self, bound: Option<&sdf::Path>) -> bool {
        bound.and_then(|path| self.read_material(path)).is_none_or(|material| material.shows_colors)
    }

    fn subsets(&self, object: &Object) -> Vec<Subset> {
        let children = object.children().into_iter().filter_map(|path| {
            let subset = Object::new(&self.stage, &path, self.time);
            if subset.type_name != "GeomSubset" || subset.token("elementType").is_some_and(|t| t != "face") {
                return None;
            }
            let mut binding = super::binding::Binding::default();
            binding.inherit(&subset);
            let material = binding.material(&path)?.clone();
            Some(Subset { faces: subset.value("indices").and_then(value::indices)?, material })
        });
        children.collect()
    }

    fn tell_simplifications(&mut self, object: &Object) {
        if object.token("subdivisionScheme").is_none_or(|scheme| scheme != "none") {
            self.lost.add("subdivisions", 1, "surfaces are shown as their cages");
        }
        if object.samples("points").is_some() {
            self.lost.add("animated vertices", 1, "the shape is shown as in the first frame");
        }
    }
}

/// Which subset each face belongs to, the first that claims it; `None` without subsets.
fn subset_of_faces(subsets: &[Subset], n_faces: usize) -> Option<Vec<u32>> {
    if subsets.is_empty() {
        return None;
    }
    let mut of_faces = vec![u32::MAX; n_faces];
    for (s, subset) in subsets.iter().enumerate() {
        for &face in &subset.faces {
            if let Some(of_face) = of_faces.get_mut(face as usize).filter(|of_face| **of_face == u32::MAX) {
                *of_face = s as u32;
            }
        }
    }
    Some(of_faces)
}

/// Faces of one subset side by side, for a run each is what drawing pays for; `None` when they
/// stand so already.
fn order_by_subset(of_faces: &[u32]) -> Option<Vec<u32>> {
    if of_faces.is_sorted() {
        return None;
    }
    let mut order: Vec<u32> = (0..of_faces.len() as u32).collect();
    order.sort_by_key(|&face| of_faces[face as usize]);
    Some(order)
}

fn runs(
    polygons: &Polygons,
    of_faces: Option<&[u32]>,
    whole: MaterialId,
    own: &[MaterialId],
) -> Vec<MaterialRun> {
    let n_faces = polygons.faces.n_faces();
    let Some(of_faces) = of_faces else {
        return vec![MaterialRun { first_face: 0, n_faces, material: Some(whole) }];
    };
    let mut runs: Vec<MaterialRun> = Vec::new();
    for face in 0..n_faces {
        let subset = of_faces.get(polygons.authored_face(face)).copied().unwrap_or(u32::MAX);
        let material = Some(own.get(subset as usize).copied().unwrap_or(whole));
        match runs.last_mut() {
            Some(run) if run.material == material => run.n_faces += 1,
            _ => runs.push(MaterialRun { first_face: face, n_faces: 1, material }),
        }
    }
    runs
}

/// Texture coordinates with the names that materials use for them; "st" first.
fn uv_sets(object: &Object, polygons: &Polygons, n_vertices: usize) -> (Vec<String>, Vec<Layer<Vec2>>) {
    let names = object.properties.iter().map(|p| p.as_str());
    let names = names.filter(|n| n.starts_with("primvars:") && !n.ends_with(":indices"));
    let is_uv = |name: &&str| {
        let type_name = object.prim.attribute(*name).type_name().ok().flatten();
        type_name.is_some_and(|t| {
            let t = t.as_str();
            t.starts_with("texCoord2") || matches!(t, "float2[]" | "double2[]" | "half2[]")
        })
    };
    let mut names: Vec<&str> = names.filter(is_uv).collect();
    names.sort_by_key(|name| *name != "primvars:st");
    let sets = names.into_iter().filter_map(|name| {
        let from_top = |value: Value| {
            let mut uvs = value::vec2s(value)?;
            uvs.iter_mut().for_each(|uv| uv.y = 1.0 - uv.y);
            Some(uvs)
        };
        let uvs = Primvar::read(object, name, Interpolation::Constant, from_top)?;
        let layer = uvs.layer(polygons, n_vertices)?;
        Some((name.trim_start_matches("primvars:").to_owned(), layer))
    });
    sets.unzip()
}

fn normals(object: &Object, polygons: &Polygons, n_vertices: usize) -> Option<Layer<Vec3>> {
    let primvar = Primvar::read(object, "primvars:normals", Interpolation::Vertex, value::vec3s);
    let normals = match primvar {
        Some(normals) => normals,
        None => {
            let values = object.value("normals").and_then(value::vec3s)?;
            let fallback = Interpolation::guess(values.len(), polygons, n_vertices);
            Primvar::read(object, "normals", fallback, |_| Some(values))?
        }
    };
    normals.layer(polygons, n_vertices)
}

/// What a shape says of its own look.
struct Look {
    double_sided: bool,
    /// The colour where it is the same everywhere.
    constant: Vec4,
    is_varied: bool,
}

impl Look {
    fn read(object: &Object) -> Self {
        let double_sided = object.number("doubleSided").is_some_and(|v| v != 0.0);
        let color = Primvar::read(object, "primvars:displayColor", Interpolation::Constant, value::vec3s);
        let opacity =
            Primvar::read(object, "primvars:displayOpacity", Interpolation::Constant, value::floats);
        let opacity = opacity.and_then(|o| o.constant()).unwrap_or(1.0).clamp(0.0, 1.0);
        let (constant, is_varied) = match &color {
            Some(color) => match color.constant() {
                Some(color) => (color.extend(opacity), false),
                None => (Vec4::new(1.0, 1.0, 1.0, opacity), true),
            },
            None => (Vec4::new(0.8, 0.8, 0.8, opacity), false),
        };
        let constant = if constant.is_finite() { constant } else { Vec4::new(0.8, 0.8, 0.8, 1.0) };
        Self { double_sided, constant, is_varied }
    }

    fn colors(&self, object: &Object, polygons: &Polygons, n_vertices: usize) -> Option<Layer<Vec4>> {
        if !self.is_varied {
            return None;
        }
        let name = "primvars:displayColor";
        Primvar::read(object, name, Interpolation::Vertex, value::vec4s)?.layer(polygons, n_vertices)
    }
}
