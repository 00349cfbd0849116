use std::collections::HashMap;

use glam::{Vec2, Vec3, Vec4};
use gltf::json::mesh::{Mode, MorphTarget as StatedTarget, Primitive as Stated, Semantic};
use gltf::json::validation::Checked;
use gltf::json::{Index, accessor};
use scene::{Layer, MaterialRun, MorphTarget, Primitive, Topology};

use super::accessor::{Accessor, Rows};
use super::draco::Decoded;
use super::faces::{assemble, join_fans, take_used};
use super::mesh::Losses;
use super::{Reader, extras};

const NGONS: &str = "FB_ngon_encoding";

impl Reader<'_> {
    /// `None` for a primitive without positions.
    ///
    /// # Errors
    /// Positions or indices that cannot be read.
    pub(super) fn read_primitive(
        &self,
        stated: &Stated,
        n_uses: &HashMap<usize, usize>,
        losses: &mut Losses,
    ) -> Result<Option<Primitive>, String> {
        let Some(positions_id) = attribute(stated, Semantic::Positions) else {
            losses.n_without_positions += 1;
            return Ok(None);
        };
        let draco = match self.draco(stated) {
            // Some writers keep the plain data beside the compressed one.
            Some(Err(cause)) if self.is_stored(positions_id) => {
                losses.repaired.push(format!("{cause}; the plain data beside it was read instead"));
                None
            }
            other => other.transpose()?,
        };
        let source = Attributes { reader: self, stated, draco: draco.as_ref() };
        let positions = source.get(Semantic::Positions).ok_or("it has no positions")??;
        let mut corners = match (&draco, stated.indices) {
            (Some(draco), _) => Some(draco.corners.clone()),
            (None, Some(indices)) => {
                Some(self.accessors.get(indices)?.integers::<1>(Rows::All)?.into_flattened())
            }
            (None, None) => None,
        };
        if let Some(&worst) = corners.iter().flatten().max()
            && worst as usize >= positions.count
        {
            return Err(format!("index {worst} points beyond its {} vertices", positions.count));
        }
        // One list of vertices for many primitives is common; each takes its own share of it.
        let is_shared = draco.is_none() && n_uses.get(&positions_id.value()).is_some_and(|&n| n > 1);
        let used = corners.as_mut().filter(|_| is_shared).map(|corners| take_used(corners, positions.count));
        let vertices = Vertices {
            source: &source,
            rows: used.as_deref().map_or(Rows::All, Rows::Only),
            count: positions.count,
        };
        let mut primitive = Primitive {
            vertex_positions: into_vec3(positions.floats(vertices.rows, [0.0; 3])?),
            extras: extras(&stated.extras),
            ..Default::default()
        };
        // Only now is it known that there are as many vertices as the file says.
        let corners = corners.unwrap_or_else(|| (0..primitive.vertex_positions.len() as u32).collect());
        // Draco streams hold triangles whatever the mode was.
        let mode = if draco.is_some() { Checked::Valid(Mode::Triangles) } else { stated.mode };
        (primitive.topology, primitive.faces) = assemble(mode, corners, losses);
        if primitive.topology == Topology::Faces && extension(stated, NGONS).is_some() {
            primitive.faces = join_fans(&primitive.faces.corner_vertices);
        }
        vertices.read_attributes(&mut primitive, losses);
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
        primitive.variant_materials = self.variant_materials(stated);
        Ok(Some(primitive))
    }

    /// Whether an accessor has bytes of its own.
    fn is_stored(&self, accessor: Index<accessor::Accessor>) -> bool {
        let stated = self.root.accessors.get(accessor.value());
        stated.is_some_and(|stated| stated.buffer_view.is_some() || stated.sparse.is_some())
    }
}

pub(super) fn attribute(stated: &Stated, semantic: Semantic) -> Option<Index<accessor::Accessor>> {
    stated.attributes.get(&Checked::Valid(semantic)).copied()
}

pub(super) fn extension<'a>(stated: &'a Stated, name: &str) -> Option<&'a serde_json::Value> {
    stated.extensions.as_ref()?.others.get(name)
}

/// Where a primitive's attributes come from: what Draco decoded first, then the accessors.
struct Attributes<'a> {
    reader: &'a Reader<'a>,
    stated: &'a Stated,
    draco: Option<&'a Decoded>,
}

impl Attributes<'_> {
    fn get(&self, semantic: Semantic) -> Option<Result<Accessor<'_>, String>> {
        let id = attribute(self.stated, semantic.clone())?;
        let decoded = self.draco.and_then(|draco| draco.attributes.get(&semantic.to_string()));
        let accessors = self.reader.accessors;
        Some(match decoded {
            Some(values) => Ok(accessors.decoded(id, &values.bytes, (values.component, values.n_components))),
            None => accessors.get(id),
        })
    }
}

/// Which vertices of the accessors a primitive takes.
struct Vertices<'a> {
    source: &'a Attributes<'a>,
    rows: Rows<'a>,
    /// What every attribute accessor must count.
    count: usize,
}

impl Vertices<'_> {
    fn read_attributes(&self, primitive: &mut Primitive, losses: &mut Losses) {
        let normals = self.floats(Semantic::Normals, [0.0; 3], losses);
        primitive.normals = normals.map(|v| Layer::PerVertex(into_vec3(v)));
        let tangents = self.floats(Semantic::Tangents, [0.0, 0.0, 0.0, 1.0], losses);
        primitive.tangents = tangents.map(|v| Layer::PerVertex(into_vec4(v)));
        let has = |semantic| attribute(self.source.stated, semantic).is_some();
        for set in (0..).take_while(|&set| has(Semantic::TexCoords(set))) {
            // An unreadable set still holds its number, which materials refer to.
            let uvs = self.floats::<2>(Semantic::TexCoords(set), [0.0; 2], losses);
            let uvs = uvs.unwrap_or_else(|| vec![[0.0; 2]; primitive.vertex_positions.len()]);
            primitive.uvs.push(Layer::PerVertex(uvs.into_iter().map(Vec2::from).collect()));
        }
        for set in (0..).take_while(|&set| has(Semantic::Colors(set))) {
            if let Some(colors) = self.floats(Semantic::Colors(set), [1.0; 4], losses) {
                primitive.colors.push(Layer::PerVertex(into_vec4(colors)));
            }
        }
        for set in (0..).take_while(|&set| has(Semantic::Joints(set)) && has(Semantic::Weights(set))) {
            let joints = self.integers(Semantic::Joints(set), losses);
            let weights = self.floats(Semantic::Weights(set), [0.0; 4], losses);
            if let (Some(joints), Some(weights)) = (joints, weights) {
                let small = |joint: u32| u16::try_from(joint).unwrap_or(u16::MAX);
                primitive.joints.push(joints.into_iter().map(|j| j.map(small)).collect());
                primitive.weights.push(weights);
            }
        }
    }

    /// Offsets are never compressed with Draco.
    fn read_target(&self, stated: &StatedTarget, losses: &mut Losses) -> MorphTarget {
        let mut list = |id: Option<Index<accessor::Accessor>>| {
            let accessor = id.map(|id| self.source.reader.accessors.get(id));
            into_vec3(self.decode(accessor, |a| a.floats(self.rows, [0.0; 3]), losses).unwrap_or_default())
        };
        MorphTarget {
            name: String::new(),
            positions: list(stated.positions),
            normals: list(stated.normals),
            tangents: list(stated.tangents),
        }
    }

    fn floats<const N: usize>(
        &self,
        semantic: Semantic,
        fill: [f32; N],
        losses: &mut Losses,
    ) -> Option<Vec<[f32; N]>> {
        self.decode(self.source.get(semantic), |a| a.floats(self.rows, fill), losses)
    }

    fn integers(&self, semantic: Semantic, losses: &mut Losses) -> Option<Vec<[u32; 4]>> {
        self.decode(self.source.get(semantic), |a| a.integers(self.rows), losses)
    }

    fn decode<T>(
        &self,
        accessor: Option<Result<Accessor<'_>, String>>,
        decode: impl Fn(Accessor<'_>) -> Result<Vec<T>, String>,
        losses: &mut Losses,
    ) -> Option<Vec<T>> {
        let accessor = accessor?.ok().filter(|accessor| accessor.count == self.count);
        let values = accessor.and_then(|accessor| decode(accessor).ok());
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
