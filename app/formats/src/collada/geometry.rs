//! One `mesh` as at most two primitives: its polygons and its lines.

use std::collections::{BTreeMap, HashMap};

use glam::{Vec2, Vec3, Vec4};
use roxmltree::NodeId;
use scene::{FaceSizes, Faces, Layer, MaterialId, MaterialRun, Primitive, Topology};

use super::accessor::{Input, Table, inputs};
use super::document::{Document, Element, child, is};
use super::polygons::{FACE_TAGS, LINE_TAGS, Polygons};

/// More than any exporter writes; each costs a number a corner.
const MAX_SETS: usize = 8;

/// What is left out of a geometry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Losses {
    pub(super) n_bad_faces: usize,
    pub(super) n_holes: usize,
}

pub(super) struct Geometry {
    /// Without those that have no face.
    pub(super) primitives: Vec<Primitive>,
    pub(super) losses: Losses,
}

/// The numbers of the texture coordinate sets, in the order in which the primitives have them.
pub(super) fn uv_sets<'a>(document: &Document<'a>, geometry: Element<'a>) -> Vec<u32> {
    let mesh = child(geometry, "mesh");
    let elements = mesh.into_iter().flat_map(|mesh| mesh.children()).filter(|e| tags_match(*e, &FACE_TAGS));
    let mut sets: Vec<_> = elements
        .flat_map(|element| resolved_inputs(document, element))
        .filter(|input| input.input.semantic == "TEXCOORD")
        .map(|input| input.set)
        .collect();
    sets.sort_unstable();
    sets.dedup();
    sets.truncate(MAX_SETS);
    sets
}

/// Reads the `mesh` of a `geometry`; `material_of` knows what a material symbol stands for.
/// `None` for a spline, a boundary representation and whatever else is no mesh.
pub(super) fn read<'a>(
    document: &Document<'a>,
    geometry: Element<'a>,
    material_of: impl Fn(&str) -> Option<MaterialId>,
) -> Option<Geometry> {
    let mesh = child(geometry, "mesh")?;
    let mut draft = Draft { sets: uv_sets(document, geometry), ..Default::default() };
    let mut faces = Built::default();
    let mut lines = Built::default();
    for element in mesh.children() {
        let built = if tags_match(element, &FACE_TAGS) {
            &mut faces
        } else if tags_match(element, &LINE_TAGS) {
            &mut lines
        } else {
            continue;
        };
        let material = material_of(element.attribute("material").unwrap_or_default());
        draft.add(document, element, material, built);
    }
    let losses = draft.losses;
    let positions = draft.positions.values;
    let finish = |built: Built, topology| built.finish(positions.clone(), topology);
    let primitives = [finish(faces, Topology::Faces), finish(lines, Topology::Lines)];
    Some(Geometry { primitives: primitives.into_iter().flatten().collect(), losses })
}

/// The positions that the first primitive element of a mesh is built on: a morph target's.
pub(super) fn positions<'a>(document: &Document<'a>, geometry: Element<'a>) -> Option<Vec<Vec3>> {
    let vertices = child(child(geometry, "mesh")?, "vertices")?;
    let source = super::accessor::input_of(document, vertices, "POSITION")?;
    Some(Table::read(document, source)?.rows([0.0; 3]).into_iter().map(Vec3::from).collect())
}

/// The material's name of a primitive element; `None` for what is none.
pub(super) fn symbol(element: Element<'_>) -> Option<&str> {
    let is_drawn = tags_match(element, &FACE_TAGS) || tags_match(element, &LINE_TAGS);
    is_drawn.then(|| element.attribute("material").unwrap_or_default())
}

fn tags_match(element: Element<'_>, tags: &[&str]) -> bool {
    tags.iter().any(|tag| is(element, tag))
}

/// An input with its set; those of `vertices` stand beside those of the faces.
struct ResolvedInput<'a> {
    input: Input<'a>,
    set: u32,
}

fn resolved_inputs<'a>(document: &Document<'a>, element: Element<'a>) -> Vec<ResolvedInput<'a>> {
    let mut all = Vec::new();
    for input in inputs(document, element) {
        if is(input.source, "vertices") {
            let of_vertices = inputs(document, input.source).into_iter();
            all.extend(of_vertices.map(|inner| Input { offset: input.offset, ..inner }));
        } else {
            let semantic = if input.semantic == "VERTEX" { "POSITION" } else { input.semantic };
            all.push(Input { semantic, ..input });
        }
    }
    let mut taken: Vec<(&str, u32)> = Vec::new();
    let mut resolved = Vec::new();
    for input in all {
        let stated = input.set.unwrap_or(0);
        // Exporters that leave the number out mean one set after the other.
        let mut set = stated;
        while taken.contains(&(input.semantic, set)) && set - stated < MAX_SETS as u32 && set < u32::MAX {
            set += 1;
        }
        taken.push((input.semantic, set));
        resolved.push(ResolvedInput { input, set });
        if resolved.len() >= 4 * MAX_SETS {
            break;
        }
    }
    resolved
}

/// Values of several sources one after the other.
struct Pool<T> {
    values: Vec<T>,
    /// First value and number of values of each source.
    sources: HashMap<NodeId, (u32, u32)>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { values: Vec::new(), sources: HashMap::new() }
    }
}

impl<T> Pool<T> {
    fn add<'a, const N: usize>(
        &mut self,
        document: &Document<'a>,
        source: Element<'a>,
        default: [f32; N],
        value: impl Fn([f32; N]) -> T,
    ) -> (u32, u32) {
        *self.sources.entry(source.id()).or_insert_with(|| {
            let first = self.values.len();
            let rows = Table::read(document, source).map(|table| table.rows(default)).unwrap_or_default();
            self.values.extend(rows.into_iter().map(value));
            (first as u32, (self.values.len() - first) as u32)
        })
    }
}

#[derive(Default)]
struct Draft {
    positions: Pool<Vec3>,
    sets: Vec<u32>,
    losses: Losses,
}

/// An attribute of the faces built so far; corners without it are filled up when needed.
struct Attribute<T> {
    pool: Pool<T>,
    corner_values: Vec<u32>,
}

impl<T> Default for Attribute<T> {
    fn default() -> Self {
        Self { pool: Pool::default(), corner_values: Vec::new() }
    }
}

#[derive(Default)]
struct Built {
    corner_vertices: Vec<u32>,
    sizes: Vec<u32>,
    runs: Vec<MaterialRun>,
    normals: Attribute<Vec3>,
    uvs: BTreeMap<usize, Attribute<Vec2>>,
    colors: BTreeMap<u32, Attribute<Vec4>>,
}

/// Where one attribute of one primitive element finds its values.
struct Lookup<K> {
    key: K,
    offset: usize,
    first: u32,
    n: u32,
}

impl<K> Lookup<K> {
    fn at(&self, polygons: &Polygons, corner: u32) -> u32 {
        let index = polygons.index(corner, self.offset);
        if index < self.n { self.first + index } else { u32::MAX }
    }
}

impl Draft {
    fn add<'a>(
        &mut self,
        document: &Document<'a>,
        element: Element<'a>,
        material: Option<MaterialId>,
        to: &mut Built,
    ) {
        let inputs = resolved_inputs(document, element);
        let largest = super::accessor::inputs(document, element).iter().map(|input| input.offset).max();
        let polygons = Polygons::read(document, element, largest.unwrap_or(0).saturating_add(1));
        self.losses.n_holes += polygons.n_holes;
        let mut vertices = None;
        let mut normals = None;
        let mut uvs = Vec::new();
        let mut colors = Vec::new();
        for ResolvedInput { input, set } in &inputs {
            let source = input.source;
            let offset = input.offset;
            match input.semantic {
                "POSITION" if vertices.is_none() => {
                    let (first, n) = self.positions.add(document, source, [0.0; 3], Vec3::from);
                    vertices = Some(Lookup { key: (), offset, first, n });
                }
                "NORMAL" if normals.is_none() => {
                    let (first, n) = to.normals.pool.add(document, source, [0.0; 3], Vec3::from);
                    normals = Some(Lookup { key: (), offset, first, n });
                }
                "TEXCOORD" => {
                    let Some(key) = self.sets.iter().position(|s| s == set) else { continue };
                    let pool = &mut to.uvs.entry(key).or_default().pool;
                    // COLLADA counts V from the bottom.
                    let (first, n) = pool.add(document, source, [0.0; 2], |[u, v]| Vec2::new(u, 1.0 - v));
                    uvs.push(Lookup { key, offset, first, n });
                }
                "COLOR" if to.colors.len() < MAX_SETS || to.colors.contains_key(set) => {
                    let pool = &mut to.colors.entry(*set).or_default().pool;
                    let (first, n) = pool.add(document, source, [0.0, 0.0, 0.0, 1.0], Vec4::from);
                    colors.push(Lookup { key: *set, offset, first, n });
                }
                _ => {}
            }
        }
        let n_faces_before = to.sizes.len();
        for face in polygons.faces() {
            let start = to.corner_vertices.len();
            let at = |&corner| vertices.as_ref().map_or(u32::MAX, |v| v.at(&polygons, corner));
            to.corner_vertices.extend(face.iter().map(at));
            let n_least = if tags_match(element, &LINE_TAGS) { 2 } else { 3 };
            if face.len() < n_least || to.corner_vertices[start..].contains(&u32::MAX) {
                to.corner_vertices.truncate(start);
                self.losses.n_bad_faces += 1;
                continue;
            }
            to.sizes.push(face.len() as u32);
            extend(&mut to.normals, normals.as_ref(), &polygons, face, start);
            for lookup in &uvs {
                if let Some(layer) = to.uvs.get_mut(&lookup.key) {
                    extend(layer, Some(lookup), &polygons, face, start);
                }
            }
            for lookup in &colors {
                if let Some(layer) = to.colors.get_mut(&lookup.key) {
                    extend(layer, Some(lookup), &polygons, face, start);
                }
            }
        }
        let n_faces = to.sizes.len() - n_faces_before;
        match to.runs.last_mut() {
            _ if n_faces == 0 => {}
            Some(last) if last.material == material => last.n_faces += n_faces,
            _ => to.runs.push(MaterialRun { first_face: n_faces_before, n_faces, material }),
        }
    }
}

/// Adds the values of one face, whose corners begin at `start`.
fn extend<T, K>(
    to: &mut Attribute<T>,
    lookup: Option<&Lookup<K>>,
    polygons: &Polygons,
    face: &[u32],
    start: usize,
) {
    let Some(lookup) = lookup.filter(|lookup| lookup.n > 0) else { return };
    to.corner_values.resize(start, u32::MAX);
    to.corner_values.extend(face.iter().map(|&corner| lookup.at(polygons, corner)));
}

impl Built {
    /// `None` without any face.
    fn finish(self, vertex_positions: Vec<Vec3>, topology: Topology) -> Option<Primitive> {
        let first = *self.sizes.first()?;
        let sizes = if self.sizes.iter().all(|&size| size == first) {
            FaceSizes::Uniform(first)
        } else {
            let ends = self.sizes.iter().scan(0, |end, size| {
                *end += size;
                Some(*end)
            });
            FaceSizes::Starts(std::iter::once(0).chain(ends).collect())
        };
        let corners = &self.corner_vertices;
        let n_vertices = vertex_positions.len();
        Some(Primitive {
            topology,
            normals: layer(self.normals, corners, n_vertices),
            // A set that no face has stays, empty, so that the numbers of the others hold.
            uvs: self.uvs.into_values().map(|uv| layer_or_none(uv, corners, n_vertices)).collect(),
            colors: self.colors.into_values().filter_map(|color| layer(color, corners, n_vertices)).collect(),
            vertex_positions,
            material_runs: self.runs,
            faces: Faces { corner_vertices: self.corner_vertices, sizes },
            ..Default::default()
        })
    }
}

fn layer<T: Copy>(attribute: Attribute<T>, corners: &[u32], n_vertices: usize) -> Option<Layer<T>> {
    let has_any = attribute.corner_values.iter().any(|&value| value != u32::MAX);
    has_any.then(|| layer_or_none(attribute, corners, n_vertices))
}

fn layer_or_none<T: Copy>(attribute: Attribute<T>, corners: &[u32], n_vertices: usize) -> Layer<T> {
    let Attribute { pool, mut corner_values } = attribute;
    corner_values.resize(corners.len(), u32::MAX);
    if pool.values.len() == n_vertices && corner_values == corners {
        return Layer::PerVertex(pool.values);
    }
    Layer::Indexed { values: pool.values, corner_values }
}
