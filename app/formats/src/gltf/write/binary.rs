use serde_json::{Map, Value, json};

use super::insert_list;
use crate::Compression;

/// The binary chunk as it grows, with the views and accessors that describe it.
#[derive(Default)]
pub(super) struct Binary {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
    /// Whether arrays go through meshoptimizer's codecs.
    is_compressed: bool,
    /// How long the buffer would be that a reader decompresses into.
    n_decoded_bytes: usize,
}

/// What a buffer view is for; the format wants vertices and indices told apart.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Use {
    Vertices,
    Indices,
    Other,
}

/// The format's numbers for component types.
const U8: u32 = 5121;
const U16: u32 = 5123;
const U32: u32 = 5125;
const F32: u32 = 5126;

pub(super) const MESHOPT: &str = "EXT_meshopt_compression";

/// Whether the first corner of a triangle means something, as it does for FB_ngon_encoding.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Order {
    Triangles,
    Kept,
}

/// The codecs of EXT_meshopt_compression that lose nothing.
#[derive(Clone, Copy)]
enum Codec<'a> {
    Attributes { stride: usize, n: usize },
    Triangles { indices: &'a [u32] },
    Indices { indices: &'a [u32] },
}

impl Codec<'_> {
    fn encode(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let n_vertices = |indices: &[u32]| indices.iter().max().map_or(0, |&max| max as usize + 1);
        match self {
            Self::Attributes { n: 0, .. }
            | Self::Triangles { indices: [] }
            | Self::Indices { indices: [] } => None,
            Self::Attributes { stride: 4, .. } => attributes::<4>(bytes),
            Self::Attributes { stride: 8, .. } => attributes::<8>(bytes),
            Self::Attributes { stride: 12, .. } => attributes::<12>(bytes),
            Self::Attributes { stride: 16, .. } => attributes::<16>(bytes),
            Self::Attributes { stride: 64, .. } => attributes::<64>(bytes),
            Self::Attributes { .. } => None,
            Self::Triangles { indices } => meshopt::encode_index_buffer(indices, n_vertices(indices)).ok(),
            Self::Indices { indices } => meshopt::encode_index_sequence(indices, n_vertices(indices)).ok(),
        }
    }

    /// The extension's word for the mode, and how many elements there are.
    fn description(self) -> (&'static str, usize) {
        match self {
            Self::Attributes { n, .. } => ("ATTRIBUTES", n),
            Self::Triangles { indices } => ("TRIANGLES", indices.len()),
            Self::Indices { indices } => ("INDICES", indices.len()),
        }
    }
}

/// The extension knows version 0 of the codec.
fn attributes<const N: usize>(bytes: &[u8]) -> Option<Vec<u8>> {
    const LEVEL: i32 = 2;
    meshopt::encode_vertex_buffer_level(bytes.as_chunks::<N>().0, LEVEL, Some(0)).ok()
}

impl Binary {
    pub(super) fn new(compression: Compression) -> Self {
        Self { is_compressed: compression == Compression::Smaller, ..Self::default() }
    }

    /// Whether the file needs a reader that knows [`MESHOPT`].
    pub(super) fn needs_meshopt(&self) -> bool {
        self.n_decoded_bytes > 0
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn describe(&mut self, root: &mut Map<String, Value>) {
        if !self.bytes.is_empty() {
            let mut buffers = vec![json!({ "byteLength": self.bytes.len() })];
            if self.needs_meshopt() {
                let fallback = json!({ MESHOPT: { "fallback": true } });
                buffers.push(json!({ "byteLength": self.n_decoded_bytes, "extensions": fallback }));
            }
            root.insert("buffers".into(), buffers.into());
        }
        insert_list(root, "bufferViews", std::mem::take(&mut self.views));
        insert_list(root, "accessors", std::mem::take(&mut self.accessors));
    }

    /// Raw bytes, for pictures. Returns the view.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> usize {
        self.align();
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.view(offset, Use::Other, None)
    }

    pub(super) fn add_floats<const N: usize>(&mut self, values: &[[f32; N]], purpose: Use) -> usize {
        self.align();
        let offset = self.bytes.len();
        self.bytes.reserve(values.len() * N * 4);
        self.bytes.extend(values.as_flattened().iter().flat_map(|v| v.to_le_bytes()));
        let view = self.view(offset, purpose, Some(Codec::Attributes { stride: 4 * N, n: values.len() }));
        self.accessor(view, F32, kind::<N>(), values.len())
    }

    /// With the bounds that positions and key times must state. Expects finite values.
    pub(super) fn add_bounded_floats<const N: usize>(&mut self, values: &[[f32; N]], purpose: Use) -> usize {
        let accessor = self.add_floats(values, purpose);
        let mut min = [f32::INFINITY; N];
        let mut max = [f32::NEG_INFINITY; N];
        for value in values {
            for axis in 0..N {
                min[axis] = min[axis].min(value[axis]);
                max[axis] = max[axis].max(value[axis]);
            }
        }
        if let Some(Value::Object(stated)) = self.accessors.get_mut(accessor)
            && !values.is_empty()
        {
            // As exact doubles: the bounds must agree with the data to the last bit.
            stated.insert("min".into(), min.map(f64::from).to_vec().into());
            stated.insert("max".into(), max.map(f64::from).to_vec().into());
        }
        accessor
    }

    /// All zeros, which takes no bytes.
    pub(super) fn add_zeros<const N: usize>(&mut self, count: usize, with_bounds: bool) -> usize {
        let mut accessor = json!({ "componentType": F32, "type": kind::<N>(), "count": count });
        if with_bounds {
            accessor["min"] = vec![0.0; N].into();
            accessor["max"] = vec![0.0; N].into();
        }
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    /// In 16 bits where they fit; the highest number of a type is not an index. Triangles in `order`
    /// may begin at another of their corners afterwards.
    pub(super) fn add_indices(&mut self, indices: &[u32], order: Order) -> usize {
        self.align();
        let offset = self.bytes.len();
        let is_small = indices.iter().all(|&i| i < u32::from(u16::MAX));
        if is_small {
            self.bytes.extend(indices.iter().flat_map(|&i| (i as u16).to_le_bytes()));
        } else {
            self.bytes.extend(indices.iter().flat_map(|i| i.to_le_bytes()));
        }
        let codec = match order {
            Order::Triangles => Codec::Triangles { indices },
            Order::Kept => Codec::Indices { indices },
        };
        let view = self.view(offset, Use::Indices, Some(codec));
        self.accessor(view, if is_small { U16 } else { U32 }, "SCALAR", indices.len())
    }

    pub(super) fn add_joints(&mut self, joints: &[[u16; 4]]) -> usize {
        self.align();
        let offset = self.bytes.len();
        let is_small = joints.as_flattened().iter().all(|&j| j <= u16::from(u8::MAX));
        if is_small {
            self.bytes.extend(joints.as_flattened().iter().map(|&j| j as u8));
        } else {
            self.bytes.extend(joints.as_flattened().iter().flat_map(|j| j.to_le_bytes()));
        }
        let stride = if is_small { 4 } else { 8 };
        let view = self.view(offset, Use::Vertices, Some(Codec::Attributes { stride, n: joints.len() }));
        self.accessor(view, if is_small { U8 } else { U16 }, "VEC4", joints.len())
    }

    /// Every view begins at a multiple of 4, which suits every component type.
    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// Of the bytes from `offset` on, which are replaced by fewer where a codec finds some.
    fn view(&mut self, offset: usize, purpose: Use, codec: Option<Codec<'_>>) -> usize {
        let n_bytes = self.bytes.len() - offset;
        let codec = codec.filter(|_| self.is_compressed);
        let encoded = codec.and_then(|codec| {
            let encoded = codec.encode(&self.bytes[offset..])?;
            (encoded.len() < n_bytes).then_some((codec, encoded))
        });
        let mut view = match encoded {
            None => json!({ "buffer": 0, "byteOffset": offset, "byteLength": n_bytes }),
            Some((codec, encoded)) => {
                self.bytes.truncate(offset);
                self.bytes.extend_from_slice(&encoded);
                let at = self.n_decoded_bytes;
                self.n_decoded_bytes = (at + n_bytes).next_multiple_of(4);
                let (mode, n) = codec.description();
                let extension = json!({ MESHOPT: {
                    "buffer": 0, "byteOffset": offset, "byteLength": encoded.len(),
                    "byteStride": n_bytes / n.max(1), "mode": mode, "count": n,
                } });
                json!({ "buffer": 1, "byteOffset": at, "byteLength": n_bytes, "extensions": extension })
            }
        };
        match purpose {
            Use::Vertices => view["target"] = 34962.into(),
            Use::Indices => view["target"] = 34963.into(),
            Use::Other => {}
        }
        self.views.push(view);
        self.views.len() - 1
    }

    fn accessor(&mut self, view: usize, component: u32, kind: &str, count: usize) -> usize {
        let accessor =
            json!({ "bufferView": view, "componentType": component, "type": kind, "count": count });
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }
}

const fn kind<const N: usize>() -> &'static str {
    match N {
        1 => "SCALAR",
        2 => "VEC2",
        3 => "VEC3",
        4 => "VEC4",
        _ => "MAT4",
    }
}
