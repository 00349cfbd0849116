//! KHR_draco_mesh_compression: the corners and vertices of one primitive in one stream.

use std::collections::BTreeMap;

use draco_oxide_core::attribute::{Attribute, ComponentDataType};
use draco_oxide_decoder::decode_mesh;
use gltf::json::accessor::ComponentType;
use gltf::json::mesh::Primitive as Stated;
use work::guarded;

use super::Reader;

pub(super) const EXTENSION: &str = "KHR_draco_mesh_compression";

/// One decoded stream.
pub(super) struct Decoded {
    pub(super) corners: Vec<u32>,
    /// By the attribute's name in the glTF.
    pub(super) attributes: BTreeMap<String, Values>,
}

/// Tightly packed, one element a point.
pub(super) struct Values {
    pub(super) bytes: Vec<u8>,
    pub(super) component: ComponentType,
    pub(super) n_components: usize,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extension {
    buffer_view: usize,
    /// The stream's own numbers for its attributes.
    attributes: BTreeMap<String, usize>,
}

/// A stream may state this many faces in any case, and this many for each of its bytes; a flat
/// grid comes near to it.
const MIN_FACES: usize = 1 << 16;
const MAX_FACES_PER_BYTE: usize = 64;
/// What the decoder takes for a face, roughly.
const N_BYTES_PER_FACE: usize = 64;

impl Reader<'_> {
    /// `None` where the primitive is not compressed.
    ///
    /// # Errors
    /// A stream that is not there, states more than it can hold, or that the decoder refuses.
    pub(super) fn draco(&self, stated: &Stated) -> Option<Result<Decoded, String>> {
        let extension = stated.extensions.as_ref()?.others.get(EXTENSION)?;
        Some(self.decode_draco(extension).map_err(|cause| format!("its Draco data cannot be read: {cause}")))
    }

    fn decode_draco(&self, extension: &serde_json::Value) -> Result<Decoded, String> {
        let extension: Extension =
            serde::Deserialize::deserialize(extension).map_err(|error| error.to_string())?;
        let (bytes, _) = self.buffers.view(self.root, extension.buffer_view)?;
        let n_faces = stated_faces(bytes).ok_or("it ends too early")?;
        if n_faces > MIN_FACES.saturating_add(bytes.len().saturating_mul(MAX_FACES_PER_BYTE)) {
            return Err(format!("it states {n_faces} faces in {} bytes", bytes.len()));
        }
        self.accessors.pay(n_faces.saturating_mul(N_BYTES_PER_FACE))?;
        let mesh = guarded(|| decode_mesh(bytes))?.map_err(|error| error.to_string())?;
        let corners: Vec<u32> = mesh.faces.iter().flatten().map(|&point| usize::from(point) as u32).collect();
        let mut attributes = BTreeMap::new();
        let mut n_points = None;
        for (name, id) in extension.attributes {
            let found = mesh.attributes.iter().find(|attribute| attribute.get_id().as_usize() == id);
            let attribute = found.ok_or_else(|| format!("it has no attribute {id} for {name}"))?;
            let n = attribute.len();
            if *n_points.get_or_insert(n) != n {
                return Err("its attributes differ in length".into());
            }
            let values = guarded(|| values(attribute))?;
            attributes.insert(name, values.ok_or("an attribute has no type that glTF knows")?);
        }
        Ok(Decoded { corners, attributes })
    }
}

/// The values of all points, one after another.
fn values(attribute: &Attribute) -> Option<Values> {
    use ComponentDataType as C;
    let component = match attribute.get_component_type() {
        C::I8 => ComponentType::I8,
        C::U8 => ComponentType::U8,
        C::I16 => ComponentType::I16,
        C::U16 => ComponentType::U16,
        C::U32 => ComponentType::U32,
        C::F32 => ComponentType::F32,
        C::I32 | C::I64 | C::U64 | C::F64 | C::Invalid => return None,
    };
    let n_components = attribute.get_num_components();
    let n_bytes = component.size() * n_components;
    let unique = attribute.get_data_as_bytes();
    let Some(map) = attribute.point_map_as_slice() else {
        return Some(Values { bytes: unique.to_vec(), component, n_components });
    };
    let mut bytes = Vec::with_capacity(map.len() * n_bytes);
    for &value in map {
        let start = usize::from(value).checked_mul(n_bytes)?;
        bytes.extend_from_slice(unique.get(start..start.checked_add(n_bytes)?)?);
    }
    Some(Values { bytes, component, n_components })
}

const HAS_METADATA: u16 = 0x8000;
const EDGEBREAKER: u8 = 1;

/// How many faces the stream's beginning promises (Draco bitstream 2.2), which the decoder takes
/// memory for before it has seen any.
fn stated_faces(bytes: &[u8]) -> Option<usize> {
    let mut stream = Stream(bytes);
    // "DRACO", two numbers of version, the kind of geometry.
    stream.skip(8)?;
    let method = stream.u8()?;
    if stream.u16()? & HAS_METADATA != 0 {
        skip_metadata(&mut stream)?;
    }
    if method != EDGEBREAKER {
        let n_faces = stream.leb128()?;
        let n_points = stream.leb128()?;
        return Some(n_faces.max(n_points));
    }
    stream.u8()?;
    let n_vertices = stream.leb128()?;
    let n_faces = stream.leb128()?;
    stream.u8()?;
    let n_symbols = stream.leb128()?;
    let n_splits = stream.leb128()?;
    Some(n_faces.max(n_vertices.saturating_add(n_splits)).max(n_symbols))
}

/// Blocks of metadata hold named values, then named blocks of their own.
fn skip_metadata(stream: &mut Stream<'_>) -> Option<()> {
    let n_attributes = stream.leb128()?;
    for _ in 0..n_attributes {
        stream.leb128()?;
        skip_block(stream)?;
    }
    skip_block(stream)
}

fn skip_block(stream: &mut Stream<'_>) -> Option<()> {
    // Counted instead of recursed into, because a file may nest as deep as it is long.
    let mut n_inner_left = skip_values(stream)?;
    while n_inner_left > 0 {
        skip_name(stream)?;
        n_inner_left = (n_inner_left - 1).checked_add(skip_values(stream)?)?;
    }
    Some(())
}

/// Returns how many inner blocks follow.
fn skip_values(stream: &mut Stream<'_>) -> Option<usize> {
    for _ in 0..stream.leb128()? {
        skip_name(stream)?;
        let n_bytes = stream.leb128()?;
        stream.skip(n_bytes)?;
    }
    stream.leb128()
}

fn skip_name(stream: &mut Stream<'_>) -> Option<()> {
    let n_bytes = stream.u8()?;
    stream.skip(usize::from(n_bytes))
}

/// What is left of the bytes.
struct Stream<'a>(&'a [u8]);

impl Stream<'_> {
    fn skip(&mut self, n_bytes: usize) -> Option<()> {
        self.0 = self.0.get(n_bytes..)?;
        Some(())
    }

    fn u8(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    /// Seven bits a byte, the lowest first.
    fn leb128(&mut self) -> Option<usize> {
        let mut value = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.u8()?;
            value |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}
