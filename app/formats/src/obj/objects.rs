//! From parsed pieces to the scene's objects, each one mesh with its runs of materials.

use std::collections::HashMap;
use std::ops::Range;

use glam::Vec4;
use rayon::prelude::*;
use scene::{FaceSizes, Faces, Layer, MaterialRun, Mesh, Node, Primitive, Scene, Topology};

use super::Elements;
use super::chunk::{Chunk, EventKind, Marks};
use super::mtl::Materials;
use crate::ReadWarning;
use crate::source::{Parsed, Source};

/// A stretch of one piece that belongs to one object and has one material.
struct Stretch {
    chunk: usize,
    faces: Range<usize>,
    segments: Range<usize>,
    points: Range<usize>,
    material: Option<usize>,
}

#[derive(Default)]
struct Object {
    name: String,
    stretches: Vec<Stretch>,
}

/// Element counts of the pieces before each piece; what its relative indices start from.
#[derive(Clone, Copy, Default)]
struct Offsets {
    n_positions: usize,
    n_uvs: usize,
    n_normals: usize,
}

pub(super) fn build(source: &Source<'_>, chunks: &[Chunk], elements: Elements, parsed: &mut Parsed) {
    let mut materials = Materials::read(source, libraries(chunks), parsed);
    let mut objects = split(chunks, &mut materials);
    for object in objects.iter_mut().filter(|object| object.name.is_empty()) {
        object.name = source.stem();
    }
    let lone = objects.len() <= 1;
    let file = File { chunks, offsets: offsets(chunks), elements };
    let mut n_bad = 0;
    let mut scene = std::mem::take(&mut parsed.scene);
    if objects.is_empty() {
        let mesh = Mesh { name: source.stem(), primitives: vec![file.all_points()], ..Default::default() };
        place(&mut scene, mesh);
    } else if lone {
        for object in &objects {
            let (mesh, bad) = file.object(object, Share::Whole);
            n_bad += bad;
            place(&mut scene, mesh);
        }
    } else {
        let meshes: Vec<_> = objects.par_iter().map(|object| file.object(object, Share::Used)).collect();
        for (mesh, bad) in meshes {
            n_bad += bad;
            place(&mut scene, mesh);
        }
    }
    if n_bad > 0 {
        let reason = "they point to vertices that do not exist";
        parsed.warnings.push(ReadWarning::Skipped { what: "faces or lines", n: n_bad, reason });
    }
    parsed.scene = scene;
    materials.finish(&mut parsed.scene);
}

fn place(scene: &mut Scene, mesh: Mesh) {
    scene.roots.push(scene.nodes.len());
    scene.nodes.push(Node { name: mesh.name.clone(), mesh: Some(scene.meshes.len()), ..Default::default() });
    scene.meshes.push(mesh);
}

fn libraries(chunks: &[Chunk]) -> impl Iterator<Item = &str> {
    let events = chunks.iter().flat_map(|chunk| &chunk.events);
    events.filter(|event| event.kind == EventKind::Library).map(|event| event.name.as_str())
}

fn offsets(chunks: &[Chunk]) -> Vec<Offsets> {
    let before = chunks.iter().scan(Offsets::default(), |sum, chunk| {
        let before = *sum;
        sum.n_positions += chunk.positions.len();
        sum.n_uvs += chunk.uvs.len();
        sum.n_normals += chunk.normals.len();
        Some(before)
    });
    before.collect()
}

/// Follows `o` and `usemtl` through the file. An object without any element is none; the material
/// stays in force across objects.
fn split(chunks: &[Chunk], materials: &mut Materials) -> Vec<Object> {
    let mut objects = Vec::new();
    let mut object = Object::default();
    let mut material = None;
    for (c, chunk) in chunks.iter().enumerate() {
        let mut from = Marks::default();
        let mut add_until = |object: &mut Object, until: Marks, material: Option<usize>| {
            if from != until {
                object.stretches.push(Stretch {
                    chunk: c,
                    faces: from.n_faces..until.n_faces,
                    segments: from.n_segments..until.n_segments,
                    points: from.n_points..until.n_points,
                    material,
                });
            }
            from = until;
        };
        for event in &chunk.events {
            add_until(&mut object, event.at, material);
            match event.kind {
                EventKind::Material => material = Some(materials.id_of(&event.name)),
                EventKind::Object => {
                    let done = std::mem::replace(
                        &mut object,
                        Object { name: event.name.clone(), ..Default::default() },
                    );
                    objects.extend(Some(done).filter(|o| !o.stretches.is_empty()));
                }
                EventKind::Library => {}
            }
        }
        add_until(&mut object, chunk.marks(), material);
    }
    objects.extend(Some(object).filter(|o| !o.stretches.is_empty()));
    objects
}

/// Whether an object takes the file's element lists whole or only what it uses of them.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    Whole,
    Used,
}

struct File<'a> {
    chunks: &'a [Chunk],
    offsets: Vec<Offsets>,
    elements: Elements,
}

/// The faces of an object with indices from 0 into the whole file's lists.
#[derive(Default)]
struct Polygons {
    corner_vertices: Vec<u32>,
    corner_uvs: Vec<u32>,
    corner_normals: Vec<u32>,
    starts: Vec<u32>,
    runs: Vec<MaterialRun>,
    n_bad: usize,
}

impl File<'_> {
    /// The object's mesh, and how many of its elements point nowhere.
    fn object(&self, object: &Object, share: Share) -> (Mesh, usize) {
        let polygons = self.polygons(object);
        let mut n_bad = polygons.n_bad;
        let mut primitives = Vec::new();
        if !polygons.corner_vertices.is_empty() {
            primitives.push(self.face_primitive(polygons, share));
        }
        for (topology, size) in [(Topology::Lines, 2), (Topology::Points, 1)] {
            let vertices = self.loose_vertices(object, topology, &mut n_bad);
            if !vertices.is_empty() {
                primitives.push(self.loose_primitive(topology, size, vertices));
            }
        }
        (Mesh { name: object.name.clone(), primitives, ..Default::default() }, n_bad)
    }

    fn polygons(&self, object: &Object) -> Polygons {
        let mut polygons = Polygons { starts: vec![0], ..Default::default() };
        let n_corners = object.stretches.iter().map(|s| self.corner_range(s, s.faces.clone()).len()).sum();
        let n_faces: usize = object.stretches.iter().map(|s| s.faces.len()).sum();
        polygons.corner_vertices.reserve(n_corners);
        polygons.corner_uvs.reserve(n_corners);
        polygons.corner_normals.reserve(n_corners);
        polygons.starts.reserve(n_faces);
        for stretch in &object.stretches {
            self.add_stretch(stretch, &mut polygons);
        }
        polygons
    }

    fn corner_range(&self, stretch: &Stretch, faces: Range<usize>) -> Range<usize> {
        let ends = &self.chunks[stretch.chunk].face_ends;
        let end_of = |n_faces: usize| if n_faces == 0 { 0 } else { ends[n_faces - 1] as usize };
        end_of(faces.start)..end_of(faces.end)
    }

    fn add_stretch(&self, stretch: &Stretch, polygons: &mut Polygons) {
        let chunk = &self.chunks[stretch.chunk];
        let before = self.offsets[stretch.chunk];
        let (n_vertices, n_uvs, n_normals) =
            (self.elements.positions.len(), self.elements.uvs.len(), self.elements.normals.len());
        let first_face = polygons.starts.len() - 1;
        for face in stretch.faces.clone() {
            let start = polygons.corner_vertices.len();
            for corner in &chunk.corners[self.corner_range(stretch, face..face + 1)] {
                let Some(vertex) = corner.vertex.resolve(before.n_positions, n_vertices) else { break };
                polygons.corner_vertices.push(vertex);
                polygons.corner_uvs.push(corner.uv.resolve(before.n_uvs, n_uvs).unwrap_or(u32::MAX));
                polygons
                    .corner_normals
                    .push(corner.normal.resolve(before.n_normals, n_normals).unwrap_or(u32::MAX));
            }
            let n_corners = self.corner_range(stretch, face..face + 1).len();
            if polygons.corner_vertices.len() - start < n_corners {
                polygons.corner_vertices.truncate(start);
                polygons.corner_uvs.truncate(start);
                polygons.corner_normals.truncate(start);
                polygons.n_bad += 1;
                continue;
            }
            polygons.starts.push(polygons.corner_vertices.len() as u32);
        }
        let n_faces = polygons.starts.len() - 1 - first_face;
        match polygons.runs.last_mut() {
            Some(run) if run.material == stretch.material => run.n_faces += n_faces,
            _ if n_faces > 0 => {
                polygons.runs.push(MaterialRun { first_face, n_faces, material: stretch.material });
            }
            _ => {}
        }
    }

    fn face_primitive(&self, mut polygons: Polygons, share: Share) -> Primitive {
        let elements = &self.elements;
        let vertices = take(&mut polygons.corner_vertices, share);
        let uvs = layer(&elements.uvs, polygons.corner_uvs, share);
        let colors = (!elements.colors.is_empty())
            .then(|| Layer::PerVertex(choose(&elements.colors, vertices.as_deref())));
        Primitive {
            topology: Topology::Faces,
            vertex_positions: choose(&elements.positions, vertices.as_deref()),
            normals: layer(&elements.normals, polygons.corner_normals, share),
            uvs: uvs.into_iter().collect(),
            colors: colors.into_iter().collect(),
            faces: Faces { corner_vertices: polygons.corner_vertices, sizes: sizes(polygons.starts) },
            material_runs: polygons.runs,
            ..Default::default()
        }
    }

    fn loose_vertices(&self, object: &Object, topology: Topology, n_bad: &mut usize) -> Vec<u32> {
        let mut vertices = Vec::new();
        for stretch in &object.stretches {
            let chunk = &self.chunks[stretch.chunk];
            let (raw, size) = match topology {
                Topology::Lines => (&chunk.segments[2 * stretch.segments.start..2 * stretch.segments.end], 2),
                _ => (&chunk.points[stretch.points.clone()], 1),
            };
            let n_before = self.offsets[stretch.chunk].n_positions;
            for element in raw.chunks_exact(size) {
                let start = vertices.len();
                let resolved =
                    element.iter().map_while(|v| v.resolve(n_before, self.elements.positions.len()));
                vertices.extend(resolved);
                if vertices.len() - start < size {
                    vertices.truncate(start);
                    *n_bad += 1;
                }
            }
        }
        vertices
    }

    fn loose_primitive(&self, topology: Topology, size: u32, mut vertices: Vec<u32>) -> Primitive {
        let used = take(&mut vertices, Share::Used);
        let colors: Option<Vec<Vec4>> =
            (!self.elements.colors.is_empty()).then(|| choose(&self.elements.colors, used.as_deref()));
        Primitive {
            topology,
            vertex_positions: choose(&self.elements.positions, used.as_deref()),
            colors: colors.map(Layer::PerVertex).into_iter().collect(),
            faces: Faces { corner_vertices: vertices, sizes: FaceSizes::Uniform(size) },
            ..Default::default()
        }
    }

    /// A file without any element is a cloud of its vertices.
    fn all_points(&self) -> Primitive {
        self.loose_primitive(Topology::Points, 1, (0..self.elements.positions.len() as u32).collect())
    }
}

/// Uniform where it can be, which everything downstream handles faster.
fn sizes(starts: Vec<u32>) -> FaceSizes {
    let first = starts.get(1).copied().unwrap_or(3);
    if starts.windows(2).all(|pair| pair[1] - pair[0] == first) {
        FaceSizes::Uniform(first)
    } else {
        FaceSizes::Starts(starts)
    }
}

fn layer<T: Copy>(values: &[T], mut corner_values: Vec<u32>, share: Share) -> Option<Layer<T>> {
    if corner_values.iter().all(|&i| i == u32::MAX) {
        return None;
    }
    let used = take(&mut corner_values, share);
    Some(Layer::Indexed { values: choose(values, used.as_deref()), corner_values })
}

fn choose<T: Copy>(values: &[T], used: Option<&[u32]>) -> Vec<T> {
    match used {
        None => values.to_vec(),
        Some(used) => used.iter().map(|&i| values[i as usize]).collect(),
    }
}

/// A table this long is made without asking whether it pays.
const SMALL_SPAN: usize = 1024;

/// Renumbers `indices` (`u32::MAX` stands for none) to the values they use and returns which
/// those are, ascending; `None` when the whole list is kept. Takes time by the number of indices,
/// not of values, so that thousands of small objects cost no more than one.
fn take(indices: &mut [u32], share: Share) -> Option<Vec<u32>> {
    if share == Share::Whole {
        return None;
    }
    let present = || indices.iter().copied().filter(|&i| i != u32::MAX);
    let (Some(low), Some(high)) = (present().min(), present().max()) else { return Some(Vec::new()) };
    let span = (high - low) as usize + 1;
    if span > 8 * indices.len() + SMALL_SPAN {
        let mut used: Vec<u32> = present().collect();
        used.sort_unstable();
        used.dedup();
        let new_of_old: HashMap<u32, u32> =
            used.iter().enumerate().map(|(new, &old)| (old, new as u32)).collect();
        for index in indices {
            *index = new_of_old.get(index).copied().unwrap_or(u32::MAX);
        }
        return Some(used);
    }
    let mut new_of_old = vec![u32::MAX; span];
    for index in present() {
        new_of_old[(index - low) as usize] = 0;
    }
    let mut used = Vec::new();
    for (i, new) in new_of_old.iter_mut().enumerate().filter(|(_, new)| **new == 0) {
        *new = used.len() as u32;
        used.push(low + i as u32);
    }
    for index in indices.iter_mut().filter(|index| **index != u32::MAX) {
        *index = new_of_old[(*index - low) as usize];
    }
    Some(used)
}
