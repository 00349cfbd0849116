//! From rows to a scene: one mesh on one node.

use glam::{DVec3, Vec2, Vec3, Vec4};
use rayon::prelude::*;
use scene::{
    Authored, FaceSizes, Faces, Layer, Material, MaterialRun, MaterialTexture, Mesh, Node, Primitive, Scene,
    Texture, Topology, Transform,
};

use super::Content;
use super::faces::Polygons;
use super::header::Header;
use crate::ReadWarning;
use crate::plain_material::plain_material;
use crate::source::{Parsed, Source};

pub(super) fn build(source: &Source<'_>, header: &Header, content: Content) -> Parsed {
    let Content { mut vertices, mut polygons, segments } = content;
    let mut parsed = Parsed::default();
    let is_cloud = polygons.faces.corner_vertices.is_empty();
    if polygons.n_bad > 0 {
        let reason = "they have fewer than three corners, or point to vertices that do not exist";
        parsed.warnings.push(ReadWarning::Skipped { what: "faces", n: polygons.n_bad, reason });
    }
    if vertices.is_splats {
        let text = "these are Gaussian splats, which need a splat viewer to look as they should; \
            shown are their centres as points in their base colour";
        parsed.warnings.push(ReadWarning::Repaired(text.into()));
    }
    let to_scene = if vertices.is_splats { from_splats } else { from_z_up };
    for list in [&mut vertices.positions, &mut vertices.normals] {
        list.par_iter_mut().with_min_len(1 << 14).for_each(|v| *v = to_scene(*v));
    }
    let translation = origin(vertices.origin, to_scene);
    let (topology, faces) = match is_cloud {
        false => (Topology::Faces, std::mem::take(&mut polygons.faces)),
        true if !segments.is_empty() => {
            (Topology::Lines, Faces { corner_vertices: segments, sizes: FaceSizes::Uniform(2) })
        }
        true => {
            let corner_vertices = (0..vertices.positions.len() as u32).collect();
            (Topology::Points, Faces { corner_vertices, sizes: FaceSizes::Uniform(1) })
        }
    };
    let is_lit = !is_cloud || !vertices.normals.is_empty();
    let colors = colors(vertices.colors, &polygons, &faces);
    let uvs = uvs(vertices.uvs, std::mem::take(&mut polygons.corner_uvs));
    let runs = runs(&polygons, header.textures.len(), faces.n_faces());
    let mut scene = Scene {
        materials: materials(colors.is_some(), is_lit, header.textures.len()),
        authored: Authored { program: header.program.clone(), ..Default::default() },
        ..Default::default()
    };
    if uvs.is_some() {
        add_pictures(source, header, &mut scene, &mut parsed.warnings);
    }
    let primitive = Primitive {
        topology,
        vertex_positions: vertices.positions,
        faces,
        normals: (!vertices.normals.is_empty()).then_some(Layer::PerVertex(vertices.normals)),
        uvs: uvs.into_iter().collect(),
        colors: colors.into_iter().collect(),
        material_runs: runs,
        ..Default::default()
    };
    let name = source.stem();
    let transform = Transform::Trs { translation, rotation: glam::Quat::IDENTITY, scale: Vec3::ONE };
    scene.roots = vec![0];
    scene.nodes = vec![Node { name: name.clone(), mesh: Some(0), transform, ..Default::default() }];
    scene.meshes = vec![Mesh { name, primitives: vec![primitive], ..Default::default() }];
    parsed.scene = scene;
    parsed
}

/// From +Z up to +Y up.
fn from_z_up(v: Vec3) -> Vec3 {
    Vec3::new(v.x, v.z, -v.y)
}

/// From -Y up, as the cameras of a reconstruction have it.
fn from_splats(v: Vec3) -> Vec3 {
    Vec3::new(v.x, -v.y, -v.z)
}

fn origin(origin: DVec3, to_scene: fn(Vec3) -> Vec3) -> Vec3 {
    // Without the negative zeros that turning would leave.
    to_scene(origin.as_vec3()) + Vec3::ZERO
}

/// Colours of the faces are taken where the vertices have none.
fn colors(of_vertices: Vec<Vec4>, polygons: &Polygons, faces: &Faces) -> Option<Layer<Vec4>> {
    if !of_vertices.is_empty() {
        return Some(Layer::PerVertex(of_vertices));
    }
    if polygons.colors.is_empty() {
        return None;
    }
    let corners = polygons.colors.iter().enumerate();
    let values = corners.flat_map(|(face, color)| std::iter::repeat_n(*color, faces.corners(face).len()));
    Some(Layer::PerCorner(values.collect()))
}

fn uvs(of_vertices: Vec<Vec2>, of_corners: Vec<Vec2>) -> Option<Layer<Vec2>> {
    let from_top = |mut uvs: Vec<Vec2>| {
        uvs.par_iter_mut().with_min_len(1 << 14).for_each(|uv| uv.y = 1.0 - uv.y);
        uvs
    };
    if !of_corners.is_empty() {
        Some(Layer::PerCorner(from_top(of_corners)))
    } else if !of_vertices.is_empty() {
        Some(Layer::PerVertex(from_top(of_vertices)))
    } else {
        None
    }
}

/// One run for each stretch of faces with the same picture.
fn runs(polygons: &Polygons, n_textures: usize, n_faces: usize) -> Vec<MaterialRun> {
    if polygons.textures.len() != n_faces || n_textures < 2 {
        return vec![MaterialRun { first_face: 0, n_faces, material: Some(0) }];
    }
    let mut runs: Vec<MaterialRun> = Vec::new();
    for (face, &texture) in polygons.textures.iter().enumerate() {
        let material = Some((texture as usize).min(n_textures - 1));
        match runs.last_mut() {
            Some(run) if run.material == material => run.n_faces += 1,
            _ => runs.push(MaterialRun { first_face: face, n_faces: 1, material }),
        }
    }
    runs
}

/// One for each picture, and one for a model without.
fn materials(is_colored: bool, is_lit: bool, n_textures: usize) -> Vec<Material> {
    let mut material = plain_material("");
    if is_colored {
        // Colours multiply the material's own.
        material.base_color = Vec4::ONE;
        material.unlit = !is_lit;
    }
    vec![material; n_textures.max(1)]
}

fn add_pictures(source: &Source<'_>, header: &Header, scene: &mut Scene, warnings: &mut Vec<ReadWarning>) {
    for (named, material) in header.textures.iter().zip(&mut scene.materials) {
        let image = source.picture(source.path, named, warnings);
        material.name = image.name.clone();
        material.base_color = Vec4::ONE;
        material.base_color_texture = Some(MaterialTexture {
            texture: scene.textures.len(),
            uv_set: 0,
            uv_transform: Default::default(),
        });
        scene.textures.push(Texture {
            image: scene.images.len(),
            fallback: None,
            wrap_u: Default::default(),
            wrap_v: Default::default(),
            mag_filter: Default::default(),
            min_filter: Default::default(),
        });
        scene.images.push(image);
    }
}
