//! From rows to a scene: one mesh on one node.

use glam::{Vec3, Vec4};
use scene::{FaceSizes, Faces, Layer, MaterialRun, Mesh, Node, Primitive, Scene, Topology};

use super::Content;
use crate::plain_material::plain_material;
use crate::source::{Parsed, Source};
use crate::{ReadWarning, srgb};

pub(super) fn build(source: &Source<'_>, mut content: Content) -> Parsed {
    let mut parsed = Parsed::default();
    if content.n_bad_faces > 0 {
        let reason = "they have too few corners, or point to vertices that do not exist";
        parsed.warnings.push(ReadWarning::Skipped { what: "faces", n: content.n_bad_faces, reason });
    }
    for list in [&mut content.positions, &mut content.normals] {
        list.iter_mut().for_each(|v| *v = Vec3::new(v.x, v.z, -v.y));
    }
    for uv in &mut content.uvs {
        uv.y = 1.0 - uv.y;
    }
    let (topology, faces) = faces(&mut content);
    let colors = colors(&content, topology);
    let mut material = plain_material("");
    if colors.is_some() {
        // Colours multiply the material's own.
        material.base_color = Vec4::ONE;
        material.unlit = topology != Topology::Faces && content.normals.is_empty();
    }
    let runs = vec![MaterialRun { first_face: 0, n_faces: faces.n_faces(), material: Some(0) }];
    let primitive = Primitive {
        topology,
        vertex_positions: content.positions,
        faces,
        normals: (!content.normals.is_empty()).then_some(Layer::PerVertex(content.normals)),
        uvs: (!content.uvs.is_empty()).then_some(Layer::PerVertex(content.uvs)).into_iter().collect(),
        colors: colors.into_iter().collect(),
        material_runs: runs,
        ..Default::default()
    };
    let name = source.stem();
    parsed.scene = Scene {
        nodes: vec![Node { name: name.clone(), mesh: Some(0), ..Default::default() }],
        roots: vec![0],
        meshes: vec![Mesh { name, primitives: vec![primitive], ..Default::default() }],
        materials: vec![material],
        ..Default::default()
    };
    parsed
}

/// What there is to show: faces before lines before points.
fn faces(content: &mut Content) -> (Topology, Faces) {
    let segments = std::mem::take(&mut content.segments);
    if !content.faces.is_empty() {
        let mut starts = vec![0];
        starts.extend(content.faces.iter().map(|(end, _)| end));
        let size = starts[1];
        let is_uniform = starts.windows(2).all(|pair| pair[1] - pair[0] == size);
        let sizes = if is_uniform { FaceSizes::Uniform(size) } else { FaceSizes::Starts(starts) };
        let corner_vertices = std::mem::take(&mut content.corner_vertices);
        return (Topology::Faces, Faces { corner_vertices, sizes });
    }
    if !segments.is_empty() {
        return (Topology::Lines, Faces { corner_vertices: segments, sizes: FaceSizes::Uniform(2) });
    }
    let corner_vertices = (0..content.positions.len() as u32).collect();
    (Topology::Points, Faces { corner_vertices, sizes: FaceSizes::Uniform(1) })
}

/// Colours of the faces are taken where the vertices have none; what has none is white.
fn colors(content: &Content, topology: Topology) -> Option<Layer<Vec4>> {
    if content.colors.iter().any(Option::is_some) {
        let is_code = srgb::are_codes(content.colors.iter().flatten().copied());
        let light =
            |color: &Option<Vec4>| color.map_or(Vec4::ONE, |color| srgb::linear_color(color, is_code));
        return Some(Layer::PerVertex(content.colors.iter().map(light).collect()));
    }
    let of_faces = content.faces.iter().map(|(_, color)| color);
    if topology != Topology::Faces || of_faces.clone().all(Option::is_none) {
        return None;
    }
    let is_code = srgb::are_codes(of_faces.flatten().copied());
    let mut values = Vec::with_capacity(content.corner_vertices.len());
    for (end, color) in &content.faces {
        let color = color.map_or(Vec4::ONE, |color| srgb::linear_color(color, is_code));
        values.resize(*end as usize, color);
    }
    Some(Layer::PerCorner(values))
}
