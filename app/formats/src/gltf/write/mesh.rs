use glam::{Vec3, Vec4};
use scene::{Mesh, Primitive, Split, Topology};
use serde_json::{Map, Value, json};

use super::binary::{Order, Use, encode_indices};
use super::group::{Group, groups_by_material, part_of};
use super::material::{TextureMap, VARIANTS, extension};
use super::skinning::sound_influences;
use super::{Numbers, Writer, insert_extras, insert_list, insert_name, numbers};
use crate::precision::nearest_octahedral;
use crate::{WriteError, WriteWarning};

const NGONS: &str = "FB_ngon_encoding";

/// What the primitives of one mesh share.
#[derive(Clone, Copy)]
struct OfMesh<'a> {
    /// Its number in the scene.
    mesh: usize,
    /// How many morph targets each primitive must have.
    n_targets: usize,
    textures: &'a TextureMap,
}

impl Writer<'_> {
    /// Meshes without anything to draw have no place in glTF and get no number.
    pub(super) fn meshes(
        &mut self,
        textures: &TextureMap,
        root: &mut Map<String, Value>,
    ) -> Result<Numbers, WriteError> {
        let mut written = Vec::new();
        let mut ids = Numbers::with_capacity(self.scene.meshes.len());
        for m in 0..self.scene.meshes.len() {
            self.ctx.check_cancelled()?;
            self.ctx.progress(m as f32 / self.scene.meshes.len() as f32, "writing");
            let mesh = self.mesh(m, textures);
            ids.push(mesh.is_some().then_some(written.len()));
            written.extend(mesh);
        }
        insert_list(root, "meshes", written);
        Ok(ids)
    }

    fn mesh(&mut self, m: usize, textures: &TextureMap) -> Option<Value> {
        let mesh = &self.scene.meshes[m];
        let n_targets = mesh.primitives.iter().map(|p| p.morph_targets.len()).max().unwrap_or(0);
        let of = OfMesh { mesh: m, n_targets, textures };
        let mut lost = 0;
        let mut primitives = Vec::new();
        for primitive in mesh.primitives.iter().filter(|p| !p.faces.corner_vertices.is_empty()) {
            primitives.extend(self.primitive(of, primitive, &mut lost));
        }
        if lost > 0 {
            let name = if mesh.name.is_empty() { m.to_string() } else { mesh.name.clone() };
            self.warnings.push(WriteWarning::NonFinite { mesh: name, n_values: lost });
        }
        if primitives.is_empty() {
            return None;
        }
        let mut object = Map::new();
        insert_name(&mut object, &mesh.name);
        object.insert("primitives".into(), primitives.into());
        insert_extras(&mut object, mesh.extras.as_ref());
        if n_targets > 0 {
            let mut weights = mesh.morph_weights.clone();
            weights.resize(n_targets, 0.0);
            object.insert("weights".into(), numbers(&weights));
            insert_target_names(&mut object, mesh);
        }
        Some(Value::Object(object))
    }

    /// One glTF primitive for each material, each with vertices of its own: a reader that takes them
    /// for meshes of their own writes the same again.
    fn primitive(&mut self, of: OfMesh<'_>, primitive: &Primitive, lost: &mut usize) -> Vec<Value> {
        let whole = Split::of(primitive);
        let mut groups = groups_by_material(primitive, &whole);
        groups.retain(|group| !group.indices.is_empty());
        let is_shared = groups.len() > 1;
        groups
            .iter_mut()
            .map(|group| {
                let part = is_shared.then(|| part_of(&whole, &mut group.indices));
                self.group(of, primitive, group, part.as_ref().unwrap_or(&whole), lost)
            })
            .collect()
    }

    fn group(
        &mut self,
        of: OfMesh<'_>,
        primitive: &Primitive,
        group: &Group,
        split: &Split,
        lost: &mut usize,
    ) -> Value {
        let indices = &group.indices;
        let is_sequence =
            indices.len() == split.n_vertices() && indices.iter().zip(0..).all(|(&i, n)| i == n);
        let is_plain = primitive.topology == Topology::Faces && !group.has_fans;
        let order = if is_plain { Order::Triangles } else { Order::Kept };
        let is_encoded = self.binary.is_compressed() && !is_sequence;
        let (mut attributes, encoded) = rayon::join(
            || self.attributes(of.mesh, primitive, split, lost),
            || is_encoded.then(|| encode_indices(indices, order)).flatten(),
        );
        let n_uv_sets = group.material.map_or(0, |material| of.textures.n_uv_sets(material));
        for set in primitive.uvs.len()..n_uv_sets {
            // A texture that refers to coordinates that are not there shows its first pixel.
            let zeros = self.binary.add_zeros::<2>(split.n_vertices(), false);
            attributes.insert(format!("TEXCOORD_{set}"), zeros.into());
        }
        let mut object = Map::new();
        object.insert("attributes".into(), Value::Object(attributes));
        match primitive.topology {
            Topology::Faces => {}
            Topology::Lines => drop(object.insert("mode".into(), 1.into())),
            Topology::Points => drop(object.insert("mode".into(), 0.into())),
        }
        if !is_sequence {
            object.insert("indices".into(), self.binary.add_indices(indices, encoded).into());
        }
        if let Some(material) = group.material {
            object.insert("material".into(), material.into());
        }
        self.variant_mappings(primitive, &mut object);
        if group.has_fans {
            self.extensions.insert((NGONS, false));
            extension(&mut object, NGONS, json!({}));
        }
        let targets = self.targets(primitive, of.n_targets, split, lost);
        insert_list(&mut object, "targets", targets);
        insert_extras(&mut object, primitive.extras.as_ref());
        Value::Object(object)
    }

    fn variant_mappings(&mut self, primitive: &Primitive, object: &mut Map<String, Value>) {
        let mut mappings: Vec<(usize, Vec<usize>)> = Vec::new();
        for chosen in &primitive.variant_materials {
            match mappings.iter_mut().find(|(material, _)| *material == chosen.material) {
                Some((_, variants)) => variants.push(chosen.variant),
                None => mappings.push((chosen.material, vec![chosen.variant])),
            }
        }
        if !mappings.is_empty() {
            let mappings = mappings.into_iter();
            let mappings: Vec<Value> = mappings
                .map(|(material, variants)| json!({ "material": material, "variants": variants }))
                .collect();
            extension(object, VARIANTS, json!({ "mappings": mappings }));
        }
    }

    fn attributes(
        &mut self,
        m: usize,
        primitive: &Primitive,
        split: &Split,
        lost: &mut usize,
    ) -> Map<String, Value> {
        let mut attributes = Map::new();
        let mut add = |name: String, accessor: usize| drop(attributes.insert(name, accessor.into()));
        let positions = split.per_vertex(&primitive.vertex_positions);
        let positions: Vec<[f32; 3]> = positions.iter().map(|p| finite(p.to_array(), lost)).collect();
        add("POSITION".into(), self.binary.add_bounded_floats(&positions, Use::Vertices));
        let is_faces = primitive.topology == Topology::Faces;
        if let Some(normals) = &primitive.normals {
            let normals = unit_normals(primitive, split, split.layer(normals));
            add("NORMAL".into(), self.binary.add_unit_vectors(&normals, "VEC3"));
            if let Some(tangents) = primitive.tangents.as_ref().filter(|_| is_faces) {
                let tangents: Vec<[f32; 4]> = split.layer(tangents).into_iter().map(unit_tangent).collect();
                add("TANGENT".into(), self.binary.add_unit_vectors(&tangents, "VEC4"));
            }
        }
        for (set, layer) in primitive.uvs.iter().enumerate() {
            let uvs =
                split.layer(layer).into_iter().map(|uv| finite(uv.unwrap_or_default().to_array(), lost));
            let uvs: Vec<[f32; 2]> = uvs.collect();
            add(format!("TEXCOORD_{set}"), self.binary.add_floats(&uvs, Use::Vertices));
        }
        for (set, layer) in primitive.colors.iter().enumerate() {
            let colors = split
                .layer(layer)
                .into_iter()
                .map(|color| finite(color.unwrap_or(Vec4::ONE).to_array(), lost));
            let colors: Vec<[f32; 4]> = colors.collect();
            add(format!("COLOR_{set}"), self.binary.add_floats(&colors, Use::Vertices));
        }
        if !primitive.joints.is_empty() {
            let (joints, weights) = sound_influences(primitive, split, self.n_joints(m));
            for (set, (joints, weights)) in joints.iter().zip(&weights).enumerate() {
                add(format!("JOINTS_{set}"), self.binary.add_joints(joints));
                add(format!("WEIGHTS_{set}"), self.binary.add_floats(weights, Use::Vertices));
            }
        }
        attributes
    }

    /// Every primitive of a mesh must have the same targets; those it lacks do not move it.
    fn targets(
        &mut self,
        primitive: &Primitive,
        n_targets: usize,
        split: &Split,
        lost: &mut usize,
    ) -> Vec<Value> {
        let mut targets = Vec::with_capacity(n_targets);
        for t in 0..n_targets {
            let mut object = Map::new();
            let target = primitive.morph_targets.get(t);
            let mut list = |values: &[Vec3]| -> Option<Vec<[f32; 3]>> {
                let chosen = split.per_vertex(Some(values).filter(|v| !v.is_empty())?);
                Some(chosen.iter().map(|v| finite(v.to_array(), lost)).collect())
            };
            let positions = target.and_then(|t| list(&t.positions));
            let positions = match positions {
                Some(positions) => self.binary.add_bounded_floats(&positions, Use::Vertices),
                None => self.binary.add_zeros::<3>(split.n_vertices(), true),
            };
            object.insert("POSITION".into(), positions.into());
            // Offsets need something to be added to.
            if let Some(normals) =
                target.and_then(|t| list(&t.normals)).filter(|_| primitive.normals.is_some())
            {
                object.insert("NORMAL".into(), self.binary.add_floats(&normals, Use::Vertices).into());
                let has_tangents = primitive.tangents.is_some() && primitive.topology == Topology::Faces;
                if let Some(tangents) = target.and_then(|t| list(&t.tangents)).filter(|_| has_tangents) {
                    object.insert("TANGENT".into(), self.binary.add_floats(&tangents, Use::Vertices).into());
                }
            }
            targets.push(Value::Object(object));
        }
        targets
    }

    /// How many joints every skin that moves mesh `m` has at least.
    fn n_joints(&self, m: usize) -> Option<usize> {
        let nodes = self.scene.nodes.iter().filter(|node| node.mesh == Some(m));
        nodes.filter_map(|node| Some(self.scene.skins[node.skin?].joints.len())).min()
    }
}

fn finite<const N: usize>(values: [f32; N], lost: &mut usize) -> [f32; N] {
    values.map(|value| {
        *lost += usize::from(!value.is_finite());
        if value.is_finite() { value } else { 0.0 }
    })
}

/// How far from 1 a length may be before it is put right; authored values stay as they are.
const UNIT_TOLERANCE: f32 = 5e-4;

/// Vectors of bytes are as long as bytes allow.
fn is_unit(vector: Vec3) -> bool {
    (vector.length() - 1.0).abs() < UNIT_TOLERANCE || nearest_octahedral(vector) == vector
}

/// Normals that are missing or have no direction get that of their face. The fourth number is 0.
fn unit_normals(primitive: &Primitive, split: &Split, normals: Vec<Option<Vec3>>) -> Vec<[f32; 4]> {
    let mut face_of_corner = None;
    let unit = |(normal, &corner): (Option<Vec3>, &u32)| {
        let normal = normal.unwrap_or_default();
        if is_unit(normal) {
            return normal.extend(0.0).to_array();
        }
        let fallback = || {
            let faces = face_of_corner.get_or_insert_with(|| faces_by_corner(primitive));
            faces.get(corner as usize).map_or(Vec3::Y, |&face| face_normal(primitive, face as usize))
        };
        normal.try_normalize().unwrap_or_else(fallback).extend(0.0).to_array()
    };
    normals.into_iter().zip(&split.corners).map(unit).collect()
}

fn faces_by_corner(primitive: &Primitive) -> Vec<u32> {
    let faces = 0..primitive.faces.n_faces();
    faces.flat_map(|face| primitive.faces.corners(face).map(move |_| face as u32)).collect()
}

fn face_normal(primitive: &Primitive, face: usize) -> Vec3 {
    let corners = &primitive.faces.corner_vertices[primitive.faces.corners(face)];
    let at = |i: usize| primitive.vertex_positions[corners[i % corners.len()] as usize];
    let doubled_area: Vec3 = (0..corners.len()).map(|i| (at(i) - at(0)).cross(at(i + 1) - at(0))).sum();
    doubled_area.try_normalize().unwrap_or(Vec3::Y)
}

fn unit_tangent(tangent: Option<Vec4>) -> [f32; 4] {
    let tangent = tangent.unwrap_or(Vec4::X);
    let direction = tangent.truncate();
    let direction = if is_unit(direction) { direction } else { direction.try_normalize().unwrap_or(Vec3::X) };
    direction.extend(if tangent.w < 0.0 { -1.0 } else { 1.0 }).to_array()
}

/// Where exporters agree to keep the names; those a file has already are left alone.
fn insert_target_names(object: &mut Map<String, Value>, mesh: &Mesh) {
    let Some(named) = mesh.primitives.iter().find(|p| p.morph_targets.iter().any(|t| !t.name.is_empty()))
    else {
        return;
    };
    let names: Vec<&str> = named.morph_targets.iter().map(|target| target.name.as_str()).collect();
    let extras = object.entry("extras").or_insert_with(|| json!({}));
    if let Some(extras) = extras.as_object_mut() {
        extras.entry("targetNames").or_insert_with(|| names.into());
    }
}
