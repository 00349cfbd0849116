use std::collections::HashMap;

use glam::{Vec2, Vec3, Vec4};
use gltf::json::mesh::{Mode, MorphTarget as StatedTarget, Primitive as Stated, Semantic};
use gltf::json::validation::Checked;
use gltf::json::{Index, accessor, mesh};
use rayon::prelude::*;
use scene::{FaceSizes, Faces, Layer, MaterialRun, Mesh, MorphTarget, Primitive, Topology};

use super::accessor::Rows;
use super::container::damaged;
use super::{Reader, extras, skipped};
use crate::source::Parsed;
use crate::{ReadFault, ReadWarning};

/// What was left out of the primitives of one mesh.
#[derive(Clone, Copy, Default)]
struct Losses {
    n_without_positions: usize,
    n_attributes: usize,
    n_dangling_materials: usize,
    n_incomplete: usize,
}

impl Losses {
    fn add(&mut self, other: Self) {
        self.n_without_positions += other.n_without_positions;
        self.n_attributes += other.n_attributes;
        self.n_dangling_materials += other.n_dangling_materials;
        self.n_incomplete += other.n_incomplete;
    }

    fn warnings(self) -> impl Iterator<Item = ReadWarning> {
        [
            skipped("primitives", self.n_without_positions, "they have no positions"),
            skipped("attributes", self.n_attributes, "their length or type does not fit the vertices"),
            skipped("material references", self.n_dangling_materials, "the material does not exist"),
            skipped("primitives' ends", self.n_incomplete, "the indices do not make whole faces"),
        ]
        .into_iter()
        .flatten()
    }
}

impl Reader<'_> {
    /// Meshes with their primitives, decoded on all cores.
    ///
    /// # Errors
    /// Positions or indices that cannot be read; the mesh and primitive are named.
    pub(super) fn read_meshes(&self, parsed: &mut Parsed) -> Result<(), ReadFault> {
        let n_uses = self.position_uses();
        let read = |(m, stated): (usize, &mesh::Mesh)| -> Result<(Mesh, Losses), ReadFault> {
            let mut losses = Losses::default();
            let mut primitives = Vec::with_capacity(stated.primitives.len());
            for (p, primitive) in stated.primitives.iter().enumerate() {
                self.source.ctx.check_cancelled()?;
                let read = self.read_primitive(primitive, &n_uses, &mut losses).map_err(|cause| {
                    let name = stated.name.as_deref().unwrap_or_default();
                    damaged(format!("mesh {m} {name:?} primitive {p}: {cause}; export it again"))
                })?;
                primitives.extend(read);
            }
            name_targets(stated, &mut primitives);
            let mesh = Mesh {
                name: stated.name.clone().unwrap_or_default(),
                primitives,
                morph_weights: stated.weights.clone().unwrap_or_default(),
                extras: extras(&stated.extras),
            };
            Ok((mesh, losses))
        };
        let meshes: Result<Vec<_>, _> = self.root.meshes.par_iter().enumerate().map(read).collect();
        let mut losses = Losses::default();
        for (mesh, lost) in meshes? {
            parsed.scene.meshes.push(mesh);
            losses.add(lost);
        }
        parsed.warnings.extend(losses.warnings());
        Ok(())
    }

    /// How many primitives use each position accessor.
    fn position_uses(&self) -> HashMap<usize, usize> {
        let mut n_uses = HashMap::new();
        for primitive in self.root.meshes.iter().flat_map(|m| &m.primitives) {
            if let Some(positions) = attribute(primitive, Semantic::Positions) {
                *n_uses.entry(positions.value()).or_insert(0) += 1;
            }
        }
        n_uses
    }

    fn read_primitive(
        &self,
        stated: &Stated,
        n_uses: &HashMap<usize, usize>,
        losses: &mut Losses,
    ) -> Result<Option<Primitive>, String> {
        let Some(positions_id) = attribute(stated, Semantic::Positions) else {
            losses.n_without_positions += 1;
            return Ok(None);
        };
        if let Some(extensions) = &stated.extensions
            && extensions.others.contains_key("KHR_draco_mesh_compression")
            && self.root.accessors.get(positions_id.value()).is_some_and(|a| a.buffer_view.is_none())
        {
            return Err(
                "it is compressed with KHR_draco_mesh_compression, which Kiln does not decode yet".into()
            );
        }
        let positions = self.accessors.get(positions_id)?;
        let mut corners = match stated.indices {
            Some(indices) => Some(self.accessors.get(indices)?.integers::<1>(Rows::All)?.into_flattened()),
            None => None,
        };
        if let Some(&worst) = corners.iter().flatten().max()
            && worst as usize >= positions.count
        {
            return Err(format!("index {worst} points beyond its {} vertices", positions.count));
        }
        // One list of vertices for many primitives is common; each takes its own share of it.
        let is_shared = n_uses.get(&positions_id.value()).is_some_and(|&n| n > 1);
        let used = corners.as_mut().filter(|_| is_shared).map(|corners| take_used(corners, positions.count));
        let vertices = Vertices {
            reader: self,
            rows: used.as_deref().map_or(Rows::All, Rows::Only),
            count: positions.count,
        };
        let mut primitive = Primitive {
            vertex_positions: into_vec3(positions.floats(vertices.rows, [0.0; 3])?),
            ..Default::default()
        };
        // Only now is it known that there are as many vertices as the file says.
        let corners = corners.unwrap_or_else(|| (0..primitive.vertex_positions.len() as u32).collect());
        (primitive.topology, primitive.faces) = assemble(stated.mode, corners, losses);
        vertices.read_attributes(stated, &mut primitive, losses);
        for target in stated.targets.iter().flatten() {
            primitive.morph_targets.push(vertices.read_target(target, losses));
        }
        if let Some(material) = stated.material {
            let exists = material.value() < self.root.materials.len();
            losses.n_dangling_materials += usize::from(!exists);
            let n_faces = primitive.faces.n_faces();
            let run = MaterialRun { first_face: 0, n_faces, material: exists.then_some(material.value()) };
            primitive.material_runs = vec![run];
        }
        Ok(Some(primitive))
    }
}

fn attribute(stated: &Stated, semantic: Semantic) -> Option<Index<accessor::Accessor>> {
    stated.attributes.get(&Checked::Valid(semantic)).copied()
}

/// Renumbers `corners` to the vertices they use and returns those, ascending.
fn take_used(corners: &mut [u32], n_vertices: usize) -> Vec<u32> {
    let mut new_of_old = vec![u32::MAX; n_vertices];
    for &corner in corners.iter() {
        new_of_old[corner as usize] = 0;
    }
    let mut used = Vec::new();
    for (old, new) in new_of_old.iter_mut().enumerate().filter(|(_, new)| **new == 0) {
        *new = used.len() as u32;
        used.push(old as u32);
    }
    for corner in corners {
        *corner = new_of_old[*corner as usize];
    }
    used
}

/// Turns any primitive mode into lists of points, segments or triangles.
fn assemble(mode: Checked<Mode>, corners: Vec<u32>, losses: &mut Losses) -> (Topology, Faces) {
    let Checked::Valid(mode) = mode else {
        losses.n_incomplete += 1;
        return (Topology::Faces, Faces::default());
    };
    let whole = |mut corners: Vec<u32>, size: usize, losses: &mut Losses| {
        let n_over = corners.len() % size;
        losses.n_incomplete += usize::from(n_over > 0);
        corners.truncate(corners.len() - n_over);
        corners
    };
    let sized =
        |corners: Vec<u32>, size: u32| Faces { corner_vertices: corners, sizes: FaceSizes::Uniform(size) };
    let distinct = |t: &[u32; 3]| t[0] != t[1] && t[1] != t[2] && t[2] != t[0];
    match mode {
        Mode::Points => (Topology::Points, sized(corners, 1)),
        Mode::Lines => (Topology::Lines, sized(whole(corners, 2, losses), 2)),
        Mode::LineStrip | Mode::LineLoop => {
            let mut segments: Vec<u32> = corners.windows(2).flatten().copied().collect();
            if let (Mode::LineLoop, [first, .., last]) = (mode, &corners[..]) {
                segments.extend([*last, *first]);
            }
            (Topology::Lines, sized(segments, 2))
        }
        Mode::Triangles => (Topology::Faces, Faces::triangles(whole(corners, 3, losses))),
        // The degenerate triangles of a strip join its parts and are nobody's faces.
        Mode::TriangleStrip => {
            let triangles = corners.windows(3).enumerate();
            let wound = triangles.map(|(i, t)| [t[0], t[1 + i % 2], t[2 - i % 2]]);
            (Topology::Faces, Faces::triangles(wound.filter(distinct).flatten().collect()))
        }
        Mode::TriangleFan => {
            let center = corners.first().copied().unwrap_or_default();
            let rim = corners.get(1..).unwrap_or_default().windows(2);
            let triangles = rim.map(|pair| [pair[0], pair[1], center]);
            (Topology::Faces, Faces::triangles(triangles.filter(distinct).flatten().collect()))
        }
    }
}

/// Which vertices of the accessors a primitive takes.
struct Vertices<'a> {
    reader: &'a Reader<'a>,
    rows: Rows<'a>,
    /// What every attribute accessor must count.
    count: usize,
}

impl Vertices<'_> {
    fn read_attributes(&self, stated: &Stated, primitive: &mut Primitive, losses: &mut Losses) {
        let mut floats3 = |semantic| self.floats::<3>(attribute(stated, semantic), [0.0; 3], losses);
        primitive.normals = floats3(Semantic::Normals).map(|v| Layer::PerVertex(into_vec3(v)));
        let tangents = self.floats(attribute(stated, Semantic::Tangents), [0.0, 0.0, 0.0, 1.0], losses);
        primitive.tangents = tangents.map(|v| Layer::PerVertex(into_vec4(v)));
        for set in 0.. {
            let Some(accessor) = attribute(stated, Semantic::TexCoords(set)) else { break };
            // An unreadable set still holds its number, which materials refer to.
            let uvs = self.floats::<2>(Some(accessor), [0.0; 2], losses);
            let uvs = uvs.unwrap_or_else(|| vec![[0.0; 2]; primitive.vertex_positions.len()]);
            primitive.uvs.push(Layer::PerVertex(uvs.into_iter().map(Vec2::from).collect()));
        }
        for set in 0.. {
            let Some(accessor) = attribute(stated, Semantic::Colors(set)) else { break };
            if let Some(colors) = self.floats(Some(accessor), [1.0; 4], losses) {
                primitive.colors.push(Layer::PerVertex(into_vec4(colors)));
            }
        }
        for set in 0.. {
            let joints = attribute(stated, Semantic::Joints(set));
            let (Some(joints), Some(weights)) = (joints, attribute(stated, Semantic::Weights(set))) else {
                break;
            };
            let joints = self.integers(joints, losses);
            let weights = self.floats(Some(weights), [0.0; 4], losses);
            if let (Some(joints), Some(weights)) = (joints, weights) {
                let small = |joint: u32| u16::try_from(joint).unwrap_or(u16::MAX);
                primitive.joints.push(joints.into_iter().map(|j| j.map(small)).collect());
                primitive.weights.push(weights);
            }
        }
    }

    fn read_target(&self, stated: &StatedTarget, losses: &mut Losses) -> MorphTarget {
        let mut list = |accessor| into_vec3(self.floats(accessor, [0.0; 3], losses).unwrap_or_default());
        MorphTarget {
            name: String::new(),
            positions: list(stated.positions),
            normals: list(stated.normals),
            tangents: list(stated.tangents),
        }
    }

    fn floats<const N: usize>(
        &self,
        accessor: Option<Index<accessor::Accessor>>,
        fill: [f32; N],
        losses: &mut Losses,
    ) -> Option<Vec<[f32; N]>> {
        let accessor = self.reader.accessors.get(accessor?).ok().filter(|a| a.count == self.count);
        let values = accessor.and_then(|a| a.floats(self.rows, fill).ok());
        losses.n_attributes += usize::from(values.is_none());
        values
    }

    fn integers(&self, accessor: Index<accessor::Accessor>, losses: &mut Losses) -> Option<Vec<[u32; 4]>> {
        let accessor = self.reader.accessors.get(accessor).ok().filter(|a| a.count == self.count);
        let values = accessor.and_then(|a| a.integers(self.rows).ok());
        losses.n_attributes += usize::from(values.is_none());
        values
    }
}

fn into_vec3(values: Vec<[f32; 3]>) -> Vec<Vec3> {
    values.into_iter().map(Vec3::from).collect()
}

fn into_vec4(values: Vec<[f32; 4]>) -> Vec<Vec4> {
    values.into_iter().map(Vec4::from).collect()
}

/// Names of morph targets have no place of their own; exporters agree on `extras.targetNames`.
fn name_targets(stated: &mesh::Mesh, primitives: &mut [Primitive]) {
    #[derive(serde::Deserialize)]
    struct Extras {
        #[serde(rename = "targetNames")]
        target_names: Vec<String>,
    }
    let Some(raw) = stated.extras.as_ref() else { return };
    let Ok(extras) = serde_json::from_str::<Extras>(raw.get()) else { return };
    for primitive in primitives {
        for (target, name) in primitive.morph_targets.iter_mut().zip(&extras.target_names) {
            target.name.clone_from(name);
        }
    }
}
