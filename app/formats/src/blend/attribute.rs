//! The named arrays of a mesh: `CustomData` layers up to 4.5, attribute storage since 5.0.

use super::file::number;
use super::record::Record;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    Point,
    Edge,
    Face,
    Corner,
    /// The up to four corners of a face of Blender before 2.63.
    OldFace,
}

/// One array, its values still as the file has them.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) is_big_endian: bool,
    /// From one element to the next; 0 where all share one value.
    stride: usize,
    offset: usize,
}

impl<'a> Attribute<'a> {
    pub(super) fn new(bytes: &'a [u8], stride: usize, is_big_endian: bool) -> Self {
        Self { bytes, is_big_endian, stride, offset: 0 }
    }

    fn field_of(record: &Record<'a>, bytes: &'a [u8], of: &str, field: &str) -> Option<Self> {
        let layout = record.file.dna.structs.get(record.file.dna.find(of)?)?;
        let offset = layout.field(field)?.offset;
        (layout.size > 0).then_some(Self {
            bytes,
            is_big_endian: record.file.is_big_endian,
            stride: layout.size,
            offset,
        })
    }

    fn number(&self, element: usize, at: usize, size: usize) -> Option<u64> {
        let start = element.checked_mul(self.stride)?.checked_add(self.offset + at)?;
        number(self.bytes, start, size, self.is_big_endian)
    }

    pub(super) fn has(&self, n_elements: usize) -> bool {
        n_elements == 0 || self.stride == 0 || n_elements <= self.bytes.len() / self.stride
    }

    pub(super) fn u8(&self, element: usize) -> Option<u8> {
        self.number(element, 0, 1).map(|n| n as u8)
    }

    pub(super) fn i16(&self, element: usize) -> Option<i16> {
        self.number(element, 0, 2).map(|n| n as i16)
    }

    /// The `i`th of the numbers that make up an element.
    pub(super) fn u32(&self, element: usize, i: usize) -> Option<u32> {
        self.number(element, 4 * i, 4).map(|n| n as u32)
    }

    pub(super) fn floats<const N: usize>(&self, element: usize) -> Option<[f32; N]> {
        let mut values = [0.0; N];
        for (i, value) in values.iter_mut().enumerate() {
            *value = f32::from_bits(self.u32(element, i)?);
        }
        Some(values)
    }
}

/// The arrays of structs that meshes were made of until 3.6.
#[derive(Clone, Copy)]
pub(super) enum Struct {
    Vertices,
    Edges,
    Faces,
    Corners,
    OldFaces,
}

/// What an array's values are, as far as anybody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    IntPair,
    Float2,
    Float3,
    /// `MTFace`: a face's four UVs in one struct.
    OldUv,
    Other,
}

impl Kind {
    /// By the numbers of `eCustomDataType`.
    fn of_layer(kind: i64, name: &str) -> Self {
        match kind {
            5 => Self::OldUv,
            11 => Self::Int,
            16 | 49 => Self::Float2,
            48 => Self::Float3,
            50 => Self::Bool,
            _ if name == ".edge_verts" => Self::IntPair,
            _ => Self::Other,
        }
    }

    /// By the numbers of the attribute storage's types.
    fn of_stored(kind: i64) -> Self {
        match kind {
            0 => Self::Bool,
            3 => Self::Int,
            4 => Self::IntPair,
            6 => Self::Float2,
            7 => Self::Float3,
            _ => Self::Other,
        }
    }

    fn n_bytes(self) -> Option<usize> {
        match self {
            Self::Bool => Some(1),
            Self::Int => Some(4),
            Self::IntPair | Self::Float2 => Some(8),
            Self::Float3 => Some(12),
            Self::OldUv | Self::Other => None,
        }
    }
}

pub(super) struct Named<'a> {
    pub(super) name: String,
    pub(super) domain: Domain,
    pub(super) kind: Kind,
    pub(super) values: Attribute<'a>,
    /// Marked as the one to render with, where the layer itself says so.
    pub(super) is_rendered: bool,
}

pub(super) struct Attributes<'a> {
    pub(super) named: Vec<Named<'a>>,
    mesh: Record<'a>,
    /// Arrays of structs, such as `MPoly`, by the number of their layer's type.
    structs: Vec<(i64, &'a [u8])>,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(mesh: &Record<'a>) -> Self {
        let (mut named, mut structs) = (Vec::new(), Vec::new());
        let domains = [
            ("vdata", Domain::Point),
            ("edata", Domain::Edge),
            ("pdata", Domain::Face),
            ("ldata", Domain::Corner),
            ("fdata", Domain::OldFace),
        ];
        for (field, domain) in domains {
            let layers = mesh.inner(field).map(|data| data.array("layers")).unwrap_or_default();
            for (index, layer) in layers.iter().enumerate() {
                named.extend(of_layer(layer, domain, index, &layers));
                structs.extend(layer.int("type").zip(layer.data("data")));
            }
        }
        let stored = mesh.inner("attribute_storage").map(|storage| storage.array("dna_attributes"));
        named.extend(stored.unwrap_or_default().iter().filter_map(of_stored));
        Self { named, mesh: *mesh, structs }
    }

    pub(super) fn find(&self, name: &str, domain: Domain, kind: Kind) -> Option<Attribute<'a>> {
        let found = self.named.iter().find(|a| a.name == name && a.domain == domain && a.kind == kind);
        found.map(|a| a.values)
    }

    /// One field of an array of structs, which a pointer of the mesh or one of its layers has.
    pub(super) fn of_struct(&self, of: Struct, field: &str) -> Option<Attribute<'a>> {
        let (pointer, layer_type, name) = match of {
            Struct::Vertices => ("mvert", 0, "MVert"),
            Struct::Edges => ("medge", 3, "MEdge"),
            Struct::Faces => ("mpoly", 25, "MPoly"),
            Struct::Corners => ("mloop", 26, "MLoop"),
            Struct::OldFaces => ("mface", 4, "MFace"),
        };
        let in_layer = || self.structs.iter().find(|(kind, _)| *kind == layer_type).map(|(_, bytes)| *bytes);
        let bytes = self.mesh.data(pointer).filter(|bytes| !bytes.is_empty()).or_else(in_layer)?;
        Attribute::field_of(&self.mesh, bytes, name, field)
    }
}

fn of_layer<'a>(
    layer: &Record<'a>,
    domain: Domain,
    index: usize,
    layers: &[Record<'a>],
) -> Option<Named<'a>> {
    let name = layer.text("name");
    let type_number = layer.int("type")?;
    let kind = Kind::of_layer(type_number, &name);
    let bytes = layer.data("data")?;
    let values = match (type_number, kind) {
        (16, _) => Attribute::field_of(layer, bytes, "MLoopUV", "uv")?,
        (_, Kind::OldUv) => Attribute::field_of(layer, bytes, "MTFace", "uv")?,
        _ => Attribute::new(bytes, kind.n_bytes()?, layer.file.is_big_endian),
    };
    // Every layer of a type knows which of them, counted from the first, is rendered.
    let first = layers.iter().position(|l| l.int("type") == Some(type_number))?;
    let is_rendered = layer.int("active_rnd") == i64::try_from(index - first).ok();
    Some(Named { name, domain, kind, values, is_rendered })
}

fn of_stored<'a>(attribute: &Record<'a>) -> Option<Named<'a>> {
    let name = attribute.data("name")?;
    let name = String::from_utf8_lossy(&name[..memchr::memchr(0, name).unwrap_or(name.len())]).into_owned();
    let domain = match attribute.int("domain")? {
        0 => Domain::Point,
        1 => Domain::Edge,
        2 => Domain::Face,
        3 => Domain::Corner,
        _ => return None,
    };
    let kind = Kind::of_stored(attribute.int("data_type")?);
    let is_single = attribute.int("storage_type") == Some(1);
    let holder = if is_single { "AttributeSingle" } else { "AttributeArray" };
    let block = attribute.file.block_at(attribute.owner, attribute.address("data"))?;
    let bytes = attribute.file.record(block, Some(holder))?.data("data")?;
    let stride = if is_single { 0 } else { kind.n_bytes()? };
    let values = Attribute::new(bytes, stride, attribute.file.is_big_endian);
    Some(Named { name, domain, kind, values, is_rendered: false })
}
