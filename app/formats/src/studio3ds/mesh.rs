use std::collections::HashMap;

use glam::{DMat4, DVec3, Vec2, Vec3};
use scene::{Faces, Layer, MaterialRun, Primitive, Scene};

use super::chunk::{Chunk, chunks};
use super::material::Materials;

const VERTICES: u16 = 0x4110;
const FACES: u16 = 0x4120;
const MATERIAL_GROUP: u16 = 0x4130;
const UVS: u16 = 0x4140;
const SMOOTHING_GROUPS: u16 = 0x4150;
const MATRIX: u16 = 0x4160;

/// So many different sets of smoothing groups may meet in one vertex.
const MAX_MEETING_GROUPS: usize = 64;

/// A mesh as the file has it: its vertices stand where they are in the world.
pub(super) struct StatedMesh {
    pub(super) primitive: Primitive,
    /// `world_from_local` when the mesh was modelled.
    pub(super) matrix: DMat4,
    pub(super) n_bad_faces: usize,
}

struct Face {
    corners: [u32; 3],
    smoothing_groups: u32,
    material: Option<usize>,
}

/// `None` without vertices or faces.
pub(super) fn read(chunk: Chunk<'_>, materials: &mut Materials, scene: &mut Scene) -> Option<StatedMesh> {
    let vertex_positions = chunk.child(VERTICES)?.values().list(|values| values.vec3());
    let (mut faces, n_bad_faces) = faces(chunk.child(FACES)?, vertex_positions.len(), materials, scene);
    if faces.is_empty() {
        return None;
    }
    let plain = faces.iter().any(|f| f.material.is_none()).then(|| materials.id_of("", scene));
    faces.iter_mut().for_each(|face| face.material = face.material.or(plain));
    // Groups list their faces in any order; sorted, each material is one run.
    faces.sort_by_key(|face| face.material);
    let mut material_runs: Vec<MaterialRun> = Vec::new();
    for (first_face, face) in faces.iter().enumerate() {
        match material_runs.last_mut() {
            Some(run) if run.material == face.material => run.n_faces += 1,
            _ => material_runs.push(MaterialRun { first_face, n_faces: 1, material: face.material }),
        }
    }
    let uv = |values: &mut super::chunk::Values<'_>| Some(Vec2::new(values.f32()?, 1.0 - values.f32()?));
    let uvs = chunk.child(UVS).map(|c| c.values().list(uv)).filter(|uvs| !uvs.is_empty());
    let uvs = uvs.map(|mut uvs| {
        uvs.resize(vertex_positions.len(), Vec2::ZERO);
        Layer::PerVertex(uvs)
    });
    let primitive = Primitive {
        normals: normals(&vertex_positions, &faces).map(Layer::PerCorner),
        uvs: uvs.into_iter().collect(),
        faces: Faces::triangles(faces.iter().flat_map(|face| face.corners).collect()),
        material_runs,
        vertex_positions,
        ..Default::default()
    };
    Some(StatedMesh { primitive, matrix: matrix(chunk), n_bad_faces })
}

fn faces(
    chunk: Chunk<'_>,
    n_vertices: usize,
    materials: &mut Materials,
    scene: &mut Scene,
) -> (Vec<Face>, usize) {
    let mut values = chunk.values();
    let mut faces = values.list(|values| {
        let corners = [values.u16()?, values.u16()?, values.u16()?].map(u32::from);
        values.u16()?;
        Some(Face { corners, smoothing_groups: 0, material: None })
    });
    for part in chunks(values.rest()) {
        let mut values = part.values();
        match part.id {
            MATERIAL_GROUP => {
                let name = values.text();
                let material = materials.id_of(&name, scene);
                for f in values.list(|values| values.u16()) {
                    if let Some(face) = faces.get_mut(usize::from(f)) {
                        face.material = Some(material);
                    }
                }
            }
            SMOOTHING_GROUPS => {
                for face in &mut faces {
                    face.smoothing_groups = values.u32().unwrap_or(0);
                }
            }
            _ => {}
        }
    }
    let n_stated = faces.len();
    faces.retain(|face| face.corners.iter().all(|&v| (v as usize) < n_vertices));
    let n_bad = n_stated - faces.len();
    (faces, n_bad)
}

/// Rows are the axes and the origin.
fn matrix(chunk: Chunk<'_>) -> DMat4 {
    let mut values = match chunk.child(MATRIX) {
        Some(chunk) => chunk.values(),
        None => return DMat4::IDENTITY,
    };
    let mut row = || values.vec3().map(|row| row.as_dvec3());
    let (Some(x), Some(y), Some(z), Some(origin)) = (row(), row(), row(), row()) else {
        return DMat4::IDENTITY;
    };
    let matrix = DMat4::from_cols(x.extend(0.0), y.extend(0.0), z.extend(0.0), origin.extend(1.0));
    let is_sound = matrix.is_finite() && matrix.determinant().abs() > 1e-18;
    if is_sound { matrix } else { DMat4::IDENTITY }
}

/// One normal a corner: the mean of the faces around that share a smoothing group, weighted by area.
/// Vertices at the same place count as one, as texture seams double them. `None` if all is flat.
fn normals(positions: &[Vec3], faces: &[Face]) -> Option<Vec<Vec3>> {
    if faces.iter().all(|face| face.smoothing_groups == 0) {
        return None;
    }
    let position = |v: u32| positions.get(v as usize).copied().unwrap_or_default();
    let key = |v: u32| position(v).to_array().map(|x| (x + 0.0).to_bits());
    let face_normal = |face: &Face| {
        let [a, b, c] = face.corners.map(|v| position(v).as_dvec3());
        (b - a).cross(c - a)
    };
    let mut around: HashMap<[u32; 3], Vec<(u32, DVec3)>> = HashMap::new();
    for face in faces.iter().filter(|face| face.smoothing_groups != 0) {
        let normal = face_normal(face);
        for v in face.corners {
            let sums = around.entry(key(v)).or_default();
            let known = sums.iter().position(|(groups, _)| *groups == face.smoothing_groups);
            match known {
                Some(i) => sums[i].1 += normal,
                None if sums.len() < MAX_MEETING_GROUPS => sums.push((face.smoothing_groups, normal)),
                None => {}
            }
        }
    }
    let corner_normals = faces.iter().flat_map(|face| {
        let flat = face_normal(face);
        let around = &around;
        face.corners.map(move |v| {
            let sums = around.get(&key(v)).map(Vec::as_slice).unwrap_or_default();
            let shared = sums.iter().filter(|(groups, _)| groups & face.smoothing_groups != 0);
            let sum: DVec3 = shared.map(|(_, sum)| *sum).sum();
            sum.try_normalize().unwrap_or_else(|| flat.normalize_or(DVec3::Z)).as_vec3()
        })
    });
    Some(corner_normals.collect())
}
