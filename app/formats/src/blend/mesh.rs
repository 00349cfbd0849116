//! A mesh as it was modelled: polygons with their corners, whatever the Blender that wrote them.

use glam::{Vec2, Vec3};
use scene::{FaceSizes, Faces, Layer, Mesh, Primitive, Topology};

use super::attribute::{Attribute, Attributes, Domain, Kind, Struct};
use super::record::Record;
use super::smooth::{self, Shading};
use super::{WorkCtx, y_up};
use crate::ReadFault;

/// A mesh whose faces still count materials by slot.
pub(super) struct Modelled {
    pub(super) mesh: Mesh,
    /// One a face; empty: all faces have the first slot.
    pub(super) material_slots: Vec<u16>,
    /// Faces that name vertices or corners that are not there.
    pub(super) n_bad_faces: usize,
}

const MESH_AUTO_SMOOTH: i64 = 1 << 5;
const FACE_IS_SMOOTH: u8 = 1;
const EDGE_IS_SHARP: i16 = 1 << 9;

/// # Errors
/// Only a cancel; what is missing in the file is missing in the mesh.
pub(super) fn read(record: &Record<'_>, ctx: &WorkCtx) -> Result<Modelled, ReadFault> {
    let attributes = Attributes::of(record);
    let vertex_positions = positions(record, &attributes);
    ctx.check_cancelled()?;
    let mut faces = polygons(record, &attributes, vertex_positions.len());
    if faces.starts.len() == 1 {
        faces = old_faces(record, &attributes, vertex_positions.len());
    }
    ctx.check_cancelled()?;
    let uvs = uv_layers(record, &attributes, &faces);
    let shading = Shading {
        is_smooth: &faces.is_smooth,
        sharp_edges: sharp_edges(record, &attributes),
        max_angle_radians: auto_smooth_angle(record),
    };
    let sizes = FaceSizes::Starts(faces.starts);
    let built = Faces { corner_vertices: faces.corner_vertices, sizes };
    let normals = smooth::corner_normals(&vertex_positions, &built, &shading, ctx)?;
    let mut primitive = Primitive {
        vertex_positions,
        faces: built,
        uvs,
        normals: Some(Layer::PerCorner(normals)),
        ..Default::default()
    };
    if primitive.faces.n_faces() == 0 {
        wires_or_points(record, &attributes, &mut primitive);
    }
    let mesh = Mesh { name: record.name(), primitives: vec![primitive], ..Default::default() };
    Ok(Modelled { mesh, material_slots: faces.material_slots, n_bad_faces: faces.n_bad })
}

fn positions(record: &Record<'_>, attributes: &Attributes<'_>) -> Vec<Vec3> {
    let n = record.count("totvert");
    let named = attributes.find("position", Domain::Point, Kind::Float3);
    let found = named.or_else(|| attributes.of_struct(Struct::Vertices, "co")).filter(|a| a.has(n));
    let Some(values) = found else { return Vec::new() };
    (0..n).map_while(|v| values.floats(v)).map(|p| y_up(Vec3::from(p))).collect()
}

/// Faces before they become a primitive.
#[derive(Default)]
struct Polygons {
    corner_vertices: Vec<u32>,
    starts: Vec<u32>,
    /// Corner of the file for each of `corner_vertices`, which UVs are counted by.
    file_corners: Vec<u32>,
    material_slots: Vec<u16>,
    is_smooth: Vec<bool>,
    n_bad: usize,
    /// Blender before 2.63: the corner `c` of a face is number `4 * face + c`.
    has_old_faces: bool,
}

/// Where the corners of a face lie.
enum Spans<'a> {
    Offsets(Attribute<'a>),
    Structs { starts: Attribute<'a>, lengths: Attribute<'a> },
}

impl Spans<'_> {
    fn of<'a>(record: &Record<'a>, attributes: &Attributes<'a>) -> Option<Spans<'a>> {
        let is_big_endian = record.file.is_big_endian;
        if let Some(bytes) = record.data("poly_offset_indices") {
            return Some(Spans::Offsets(Attribute::new(bytes, 4, is_big_endian)));
        }
        let starts = attributes.of_struct(Struct::Faces, "loopstart")?;
        Some(Spans::Structs { starts, lengths: attributes.of_struct(Struct::Faces, "totloop")? })
    }

    fn get(&self, face: usize) -> Option<std::ops::Range<usize>> {
        let (start, end) = match self {
            Self::Offsets(offsets) => (offsets.u32(face, 0)?, offsets.u32(face + 1, 0)?),
            Self::Structs { starts, lengths } => {
                let start = starts.u32(face, 0)?;
                (start, start.checked_add(lengths.u32(face, 0)?)?)
            }
        };
        Some(start as usize..end as usize)
    }
}

fn polygons(record: &Record<'_>, attributes: &Attributes<'_>, n_vertices: usize) -> Polygons {
    let mut polygons = Polygons { starts: vec![0], ..Default::default() };
    let corners = attributes.find(".corner_vert", Domain::Corner, Kind::Int);
    let corners = corners.or_else(|| attributes.of_struct(Struct::Corners, "v"));
    let (Some(spans), Some(corners)) = (Spans::of(record, attributes), corners) else { return polygons };
    let (n_faces, n_corners) = (record.count("totpoly"), record.count("totloop"));
    if !corners.has(n_corners) {
        polygons.n_bad = n_faces;
        return polygons;
    }
    let slots = attributes.find("material_index", Domain::Face, Kind::Int);
    let old_slots = attributes.of_struct(Struct::Faces, "mat_nr");
    let is_flat = attributes.find("sharp_face", Domain::Face, Kind::Bool);
    let flags = attributes.of_struct(Struct::Faces, "flag");
    for face in 0..n_faces {
        let Some(span) = spans.get(face) else {
            polygons.n_bad += n_faces - face;
            break;
        };
        let slot = match (slots, old_slots) {
            (Some(slots), _) => slots.u32(face, 0).and_then(|slot| u16::try_from(slot).ok()),
            (None, Some(slots)) => slots.i16(face).and_then(|slot| u16::try_from(slot).ok()),
            (None, None) => None,
        };
        let is_smooth = match (is_flat, flags) {
            (Some(is_flat), _) => is_flat.u8(face) == Some(0),
            (None, Some(flags)) => flags.u8(face).is_some_and(|flag| flag & FACE_IS_SMOOTH != 0),
            (None, None) => true,
        };
        // Faces never share corners, so more of them than there are corners is a lie.
        let is_sound = span.len() >= 3
            && span.end <= n_corners
            && polygons.corner_vertices.len() + span.len() <= n_corners;
        polygons.push(is_sound.then_some(span), |c| corners.u32(c, 0), n_vertices, slot, is_smooth);
    }
    polygons
}

impl Polygons {
    /// Adds a face, or counts it as bad.
    fn push(
        &mut self,
        corners: Option<std::ops::Range<usize>>,
        vertex: impl Fn(usize) -> Option<u32>,
        n_vertices: usize,
        slot: Option<u16>,
        is_smooth: bool,
    ) {
        let before = self.corner_vertices.len();
        for corner in corners.unwrap_or_default() {
            let Some(v) = vertex(corner).filter(|&v| (v as usize) < n_vertices) else {
                self.corner_vertices.truncate(before);
                self.file_corners.truncate(before);
                break;
            };
            self.corner_vertices.push(v);
            self.file_corners.push(corner as u32);
        }
        if self.corner_vertices.len() == before {
            self.n_bad += 1;
            return;
        }
        self.starts.push(self.corner_vertices.len() as u32);
        self.material_slots.push(slot.unwrap_or(0));
        self.is_smooth.push(is_smooth);
    }
}

/// Triangles and quads of Blender before 2.63; the fourth vertex of a triangle is 0.
fn old_faces(record: &Record<'_>, attributes: &Attributes<'_>, n_vertices: usize) -> Polygons {
    let mut polygons = Polygons { starts: vec![0], has_old_faces: true, ..Default::default() };
    let n = record.count("totface");
    let field = |name| attributes.of_struct(Struct::OldFaces, name).filter(|a| a.has(n));
    let (Some(vertices), Some(slots), Some(flags)) = (field("v1"), field("mat_nr"), field("flag")) else {
        return polygons;
    };
    for face in 0..n {
        let size = if vertices.u32(face, 3).unwrap_or(0) == 0 { 3 } else { 4 };
        let slot = slots.i16(face).and_then(|slot| u16::try_from(slot).ok());
        let is_smooth = flags.u8(face).is_some_and(|flag| flag & FACE_IS_SMOOTH != 0);
        let vertex = |corner: usize| vertices.u32(corner / 4, corner % 4);
        polygons.push(Some(4 * face..4 * face + size), vertex, n_vertices, slot, is_smooth);
    }
    polygons
}

/// The set that pictures are rendered with comes first.
fn uv_layers(record: &Record<'_>, attributes: &Attributes<'_>, faces: &Polygons) -> Vec<Layer<Vec2>> {
    let is_uv = |kind, domain| match faces.has_old_faces {
        true => kind == Kind::OldUv && domain == Domain::OldFace,
        false => kind == Kind::Float2 && domain == Domain::Corner,
    };
    let stated = record.data("default_uv_map_attribute").unwrap_or_default();
    let stated = stated.split(|&b| b == 0).next().unwrap_or_default();
    let mut layers: Vec<_> = attributes.named.iter().filter(|a| is_uv(a.kind, a.domain)).collect();
    layers.sort_by_key(|layer| !(layer.is_rendered || layer.name.as_bytes() == stated));
    let layers = layers.into_iter().filter_map(|layer| {
        let at = |&corner: &u32| {
            let uv: Option<[f32; 2]> = if faces.has_old_faces {
                let [element, i] = [corner as usize / 4, corner as usize % 4];
                let part = |k| layer.values.u32(element, 2 * i + k).map(f32::from_bits);
                part(0).zip(part(1)).map(|(u, v)| [u, v])
            } else {
                layer.values.floats(corner as usize)
            };
            // Counted from the bottom in Blender.
            uv.map(|[u, v]| Vec2::new(u, 1.0 - v))
        };
        faces.file_corners.iter().map(at).collect::<Option<Vec<_>>>().map(Layer::PerCorner)
    });
    layers.collect()
}

fn auto_smooth_angle(record: &Record<'_>) -> Option<f32> {
    // Since 4.1 a modifier does this.
    let is_on = record.file.version < 401 && record.int("flag")? & MESH_AUTO_SMOOTH != 0;
    let angle = record.float("smoothresh").filter(|_| is_on)?;
    // Degrees until 2.66.
    Some(if angle > std::f32::consts::TAU { angle.to_radians() } else { angle })
}

/// Both ends of an edge.
struct Edges<'a>(Attribute<'a>);

impl Edges<'_> {
    fn of<'a>(record: &Record<'a>, attributes: &Attributes<'a>) -> Option<Edges<'a>> {
        let named = attributes.find(".edge_verts", Domain::Edge, Kind::IntPair);
        let found = named.or_else(|| attributes.of_struct(Struct::Edges, "v1"))?;
        found.has(record.count("totedge")).then_some(Edges(found))
    }

    fn get(&self, edge: usize) -> Option<[u32; 2]> {
        Some([self.0.u32(edge, 0)?, self.0.u32(edge, 1)?])
    }
}

/// Sorted, the smaller vertex first.
fn sharp_edges(record: &Record<'_>, attributes: &Attributes<'_>) -> Vec<[u32; 2]> {
    let Some(edges) = Edges::of(record, attributes) else { return Vec::new() };
    let named = attributes.find("sharp_edge", Domain::Edge, Kind::Bool);
    let flags = attributes.of_struct(Struct::Edges, "flag");
    let is_sharp = |edge| match (named, flags) {
        (Some(sharp), _) => sharp.u8(edge).is_some_and(|is| is != 0),
        (None, Some(flags)) => flags.i16(edge).is_some_and(|flag| flag & EDGE_IS_SHARP != 0),
        (None, None) => false,
    };
    let sharp =
        (0..record.count("totedge")).filter(|&edge| is_sharp(edge)).filter_map(|edge| edges.get(edge));
    let mut sharp: Vec<_> = sharp.map(|[a, b]| [a.min(b), a.max(b)]).collect();
    sharp.sort_unstable();
    sharp
}

/// A mesh without faces shows its edges, and without edges its vertices.
fn wires_or_points(record: &Record<'_>, attributes: &Attributes<'_>, primitive: &mut Primitive) {
    primitive.normals = None;
    primitive.uvs.clear();
    let n_vertices = primitive.vertex_positions.len() as u32;
    let mut ends = Vec::new();
    if let Some(edges) = Edges::of(record, attributes) {
        let sound = (0..record.count("totedge")).filter_map(|edge| edges.get(edge));
        ends = sound.filter(|ends| ends.iter().all(|&v| v < n_vertices)).flatten().collect();
    }
    let (topology, size, vertices) = match ends.is_empty() {
        false => (Topology::Lines, 2, ends),
        true => (Topology::Points, 1, (0..n_vertices).collect()),
    };
    primitive.topology = topology;
    primitive.faces = Faces { corner_vertices: vertices, sizes: FaceSizes::Uniform(size) };
}
