//! Puts together what glTF cut: triangles become the polygons they came from, split vertices one
//! again, by the numbers that the script gave every vertex.

use std::collections::HashMap;

use glam::{Vec2, Vec3, Vec4};
use scene::{FaceSizes, Faces, Layer, MaterialRun, MorphTarget, Primitive, Scene, Topology};
use serde_json::Value;
use work::WorkCtx;

use crate::ReadFault;

/// For each vertex of a primitive, the polygon and the vertex in Blender.
struct Origins {
    face_numbers: Vec<u32>,
    vertex_numbers: Vec<u32>,
}

/// Meshes without numbers, or with such as make no sense, stay as they are.
///
/// # Errors
/// Only a cancel.
pub(super) fn restore(scene: &mut Scene, glb: &[u8], ctx: &WorkCtx) -> Result<(), ReadFault> {
    let Some((json, bin)) = split(glb) else { return Ok(()) };
    for (index, mesh) in scene.meshes.iter_mut().enumerate() {
        ctx.check_cancelled()?;
        let Some(stated) = json["meshes"][index]["primitives"].as_array() else { continue };
        if stated.len() != mesh.primitives.len() {
            continue;
        }
        let is_cut = |p: &Primitive| p.topology == Topology::Faces;
        let origins: Option<Vec<Origins>> = stated
            .iter()
            .zip(&mesh.primitives)
            .filter(|(_, primitive)| is_cut(primitive))
            .map(|(stated, primitive)| origins(&json, bin, stated, primitive.vertex_positions.len()))
            .collect();
        let Some(origins) = origins.filter(|origins| !origins.is_empty()) else { continue };
        let (cut, mut rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut mesh.primitives).into_iter().partition(is_cut);
        mesh.primitives = match join(&cut, &origins) {
            Some(whole) => vec![whole],
            None => cut,
        };
        mesh.primitives.append(&mut rest);
    }
    Ok(())
}

fn split(glb: &[u8]) -> Option<(Value, &[u8])> {
    let size = |at: usize| Some(u32::from_le_bytes(glb.get(at..at + 4)?.try_into().ok()?) as usize);
    let json_end = 20_usize.checked_add(size(12)?)?;
    let json = serde_json::from_slice(glb.get(20..json_end)?).ok()?;
    let bin = glb.get(json_end.checked_add(8)?..).unwrap_or_default();
    Some((json, bin))
}

fn origins(json: &Value, bin: &[u8], primitive: &Value, n_vertices: usize) -> Option<Origins> {
    // Blender 3 puts one more underscore before the name.
    let numbers = |name: &str| {
        let attributes = &primitive["attributes"];
        let id = attributes[name].as_u64().or_else(|| attributes[format!("_{name}")].as_u64())?;
        whole_numbers(json, bin, id as usize).filter(|numbers| numbers.len() == n_vertices)
    };
    Some(Origins { face_numbers: numbers("_KILN_FACE")?, vertex_numbers: numbers("_KILN_VERTEX")? })
}

/// The floats of an accessor, which are counts.
fn whole_numbers(json: &Value, bin: &[u8], accessor: usize) -> Option<Vec<u32>> {
    const FLOAT: u64 = 5126;
    let accessor = &json["accessors"][accessor];
    if accessor["componentType"].as_u64() != Some(FLOAT) || accessor["type"].as_str() != Some("SCALAR") {
        return None;
    }
    let number = |value: &Value| value.as_u64().unwrap_or(0) as usize;
    let view = &json["bufferViews"][number(&accessor["bufferView"])];
    let start = number(&view["byteOffset"]).checked_add(number(&accessor["byteOffset"]))?;
    let stride = number(&view["byteStride"]).max(4);
    let bytes = bin.get(start..)?;
    let values = bytes.chunks(stride).take(number(&accessor["count"]));
    let whole = |bytes: &[u8]| Some(f32::from_le_bytes(bytes.get(..4)?.try_into().ok()?).round() as u32);
    values.map(whole).collect()
}

/// One triangle of one of the primitives.
#[derive(Clone, Copy)]
struct Piece {
    face: u32,
    primitive: usize,
    first_corner: usize,
}

/// Where an element of the whole comes from: a primitive and its vertex.
type From = (usize, u32);

/// All primitives of a mesh, one a material, as the one that it was modelled as.
fn join(cut: &[Primitive], origins: &[Origins]) -> Option<Primitive> {
    let mut pieces = Vec::new();
    for (primitive, of) in origins.iter().enumerate() {
        if is_unlike(&cut[primitive], &cut[0]) {
            return None;
        }
        for first_corner in (0..cut[primitive].faces.corner_vertices.len()).step_by(3) {
            let vertex = cut[primitive].faces.corner_vertices[first_corner] as usize;
            pieces.push(Piece { face: of.face_numbers[vertex], primitive, first_corner });
        }
    }
    pieces.sort_by_key(|piece| piece.face);
    let mut whole = Whole {
        cut,
        origins,
        ids: HashMap::new(),
        vertices: Vec::new(),
        corners: Vec::new(),
        starts: vec![0],
        runs: Vec::new(),
    };
    for pieces in pieces.chunk_by(|a, b| a.face == b.face && a.primitive == b.primitive) {
        whole.add_face(pieces);
    }
    Some(whole.finish())
}

fn is_unlike(primitive: &Primitive, first: &Primitive) -> bool {
    primitive.faces.sizes != FaceSizes::Uniform(3)
        || primitive.uvs.len() != first.uvs.len()
        || primitive.joints.len() != first.joints.len()
        || primitive.morph_targets.len() != first.morph_targets.len()
        || primitive.normals.is_some() != first.normals.is_some()
}

struct Whole<'a> {
    cut: &'a [Primitive],
    origins: &'a [Origins],
    /// By the vertex's number in Blender.
    ids: HashMap<u32, u32>,
    vertices: Vec<From>,
    corners: Vec<From>,
    starts: Vec<u32>,
    runs: Vec<MaterialRun>,
}

impl Whole<'_> {
    fn add_face(&mut self, pieces: &[Piece]) {
        let primitive = pieces[0].primitive;
        let corner_vertices = &self.cut[primitive].faces.corner_vertices;
        let triangles: Vec<[u32; 3]> = pieces
            .iter()
            .map(|piece| std::array::from_fn(|i| corner_vertices[piece.first_corner + i]))
            .collect();
        let material = self.cut[primitive].material_runs.first().and_then(|run| run.material);
        match outline(&triangles, &self.origins[primitive].vertex_numbers) {
            Some(polygon) => self.push(primitive, &polygon, material),
            None => triangles.iter().for_each(|triangle| self.push(primitive, triangle, material)),
        }
    }

    fn push(&mut self, primitive: usize, polygon: &[u32], material: Option<usize>) {
        for &vertex in polygon {
            let number = self.origins[primitive].vertex_numbers[vertex as usize];
            let next = self.vertices.len() as u32;
            let id = *self.ids.entry(number).or_insert(next);
            if id == next {
                self.vertices.push((primitive, vertex));
            }
            self.corners.push((primitive, vertex));
        }
        let first_face = self.starts.len() - 1;
        self.starts.push(self.corners.len() as u32);
        match self.runs.last_mut() {
            Some(run) if run.material == material => run.n_faces += 1,
            _ => self.runs.push(MaterialRun { first_face, n_faces: 1, material }),
        }
    }

    fn finish(self) -> Primitive {
        let cut = self.cut;
        let number = |&(primitive, vertex): &From| self.origins[primitive].vertex_numbers[vertex as usize];
        let corner_vertices = self.corners.iter().map(|from| self.ids[&number(from)]).collect();
        let of_vertices = |list: fn(&Primitive) -> &[Vec3]| -> Vec<Vec3> {
            let at = |&(primitive, vertex): &From| list(&cut[primitive]).get(vertex as usize).copied();
            self.vertices.iter().map(at).map(Option::unwrap_or_default).collect()
        };
        let morph_targets = (0..cut[0].morph_targets.len()).map(|target| {
            let at = |&(primitive, vertex): &From| {
                cut[primitive].morph_targets[target]
                    .positions
                    .get(vertex as usize)
                    .copied()
                    .unwrap_or_default()
            };
            let name = cut[0].morph_targets[target].name.clone();
            MorphTarget { name, positions: self.vertices.iter().map(at).collect(), ..Default::default() }
        });
        let sets = 0..cut[0].joints.len();
        let uvs = (0..cut[0].uvs.len()).map(|set| {
            Layer::PerCorner(
                self.corners.iter().map(|from| at(&cut[from.0].uvs.get(set), from, Vec2::ZERO)).collect(),
            )
        });
        let n_colors = cut.iter().map(|p| p.colors.len()).min().unwrap_or(0);
        let colors = (0..n_colors).map(|set| {
            Layer::PerCorner(
                self.corners.iter().map(|from| at(&cut[from.0].colors.get(set), from, Vec4::ONE)).collect(),
            )
        });
        let normals = cut[0].normals.is_some().then(|| {
            let normal = |from: &From| at(&cut[from.0].normals.as_ref(), from, Vec3::Y);
            Layer::PerCorner(self.corners.iter().map(normal).collect())
        });
        Primitive {
            vertex_positions: of_vertices(|primitive| &primitive.vertex_positions),
            uvs: uvs.collect(),
            colors: colors.collect(),
            normals,
            joints: sets.clone().map(|set| self.per_vertex(|p| &p.joints[set])).collect(),
            weights: sets.map(|set| self.per_vertex(|p| &p.weights[set])).collect(),
            morph_targets: morph_targets.collect(),
            material_runs: if self.runs.iter().all(|run| run.material.is_none()) {
                Vec::new()
            } else {
                self.runs
            },
            faces: Faces { corner_vertices, sizes: FaceSizes::Starts(self.starts) },
            ..Default::default()
        }
    }

    fn per_vertex<T: Copy + Default>(&self, list: impl Fn(&Primitive) -> &Vec<T>) -> Vec<T> {
        let at = |&(primitive, vertex): &From| list(&self.cut[primitive]).get(vertex as usize).copied();
        self.vertices.iter().map(at).map(Option::unwrap_or_default).collect()
    }
}

fn at<T: Copy>(layer: &Option<&Layer<T>>, from: &From, otherwise: T) -> T {
    layer.and_then(|layer| layer.at(from.1 as usize, from.1)).unwrap_or(otherwise)
}

/// The way around a triangulated polygon: the sides that only one triangle has, in order. `None`
/// where they are not one closed way through all corners.
fn outline(triangles: &[[u32; 3]], vertex_numbers: &[u32]) -> Option<Vec<u32>> {
    if let [triangle] = triangles {
        return Some(triangle.to_vec());
    }
    let number = |vertex: u32| vertex_numbers[vertex as usize];
    let sides = triangles.iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
    let mut sides: Vec<([u32; 2], u32)> =
        sides.map(|[from, to]| ([number(from), number(to)], from)).collect();
    let first = number(triangles[0][0]);
    sides.sort_unstable();
    let is_inner = |&(ends, _): &([u32; 2], u32)| {
        let back = [ends[1], ends[0]];
        sides.binary_search_by_key(&back, |side| side.0).is_ok()
    };
    let border: Vec<_> = sides.iter().filter(|side| !is_inner(side)).collect();
    if border.len() != triangles.len() + 2 || border.windows(2).any(|pair| pair[0].0[0] == pair[1].0[0]) {
        return None;
    }
    let mut polygon = Vec::with_capacity(border.len());
    let mut at = first;
    for _ in 0..border.len() {
        let side = border[border.binary_search_by_key(&at, |side| side.0[0]).ok()?];
        polygon.push(side.1);
        at = side.0[1];
    }
    // Around in fewer steps than there are sides: two ways, not one.
    let is_whole = at == first && !polygon[1..].iter().any(|&vertex| number(vertex) == first);
    is_whole.then_some(polygon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_is_found_again() {
        let numbers: Vec<u32> = (0..8).collect();
        assert_eq!(outline(&[[0, 1, 2], [0, 2, 3]], &numbers), Some(vec![0, 1, 2, 3]));
        assert_eq!(outline(&[[4, 1, 2], [2, 3, 4], [0, 1, 4]], &numbers), Some(vec![4, 0, 1, 2, 3]));
        // Two triangles that do not touch are no polygon.
        assert_eq!(outline(&[[0, 1, 2], [3, 4, 5]], &numbers), None);
    }
}
