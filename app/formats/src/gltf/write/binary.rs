use serde_json::{Map, Value, json};

use super::codec::{Encoded, Version};
use super::insert_list;
use crate::Compression;

/// The binary chunk as it grows, with the views and accessors that describe it.
#[derive(Default)]
pub(super) struct Binary {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
    /// Whether arrays go through meshoptimizer's codecs, and whose.
    codecs: Option<Version>,
    /// Whether there are vectors in bytes (KHR_mesh_quantization).
    has_byte_vectors: bool,
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
const I8: u32 = 5120;
const U8: u32 = 5121;
const U16: u32 = 5123;
const U32: u32 = 5125;
const F32: u32 = 5126;

/// What it takes in JSON to say how a view is encoded.
const DESCRIPTION_BYTES: usize = 200;

/// Whether the first corner of a triangle means something, as it does for FB_ngon_encoding.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Order {
    Triangles,
    Kept,
}

impl Binary {
    pub(super) fn new(compression: Compression) -> Self {
        Self { codecs: Version::of(compression), ..Self::default() }
    }

    /// The extension that a reader must know to get at the arrays.
    pub(super) fn compression_extension(&self) -> Option<&'static str> {
        self.codecs.filter(|_| self.n_decoded_bytes > 0).map(Version::extension)
    }

    pub(super) fn has_byte_vectors(&self) -> bool {
        self.has_byte_vectors
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn describe(&mut self, root: &mut Map<String, Value>) {
        if !self.bytes.is_empty() {
            let mut buffers = vec![json!({ "byteLength": self.bytes.len() })];
            if let Some(name) = self.compression_extension() {
                let fallback = json!({ name: { "fallback": true } });
                buffers.push(json!({ "byteLength": self.n_decoded_bytes, "extensions": fallback }));
            }
            root.insert("buffers".into(), buffers.into());
        }
        insert_list(root, "bufferViews", std::mem::take(&mut self.views));
        insert_list(root, "accessors", std::mem::take(&mut self.accessors));
    }

    /// Raw bytes, for pictures. Returns the view.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> usize {
        self.view(Use::Other, bytes.len(), None, |out| out.extend_from_slice(bytes))
    }

    pub(super) fn add_floats<const N: usize>(&mut self, values: &[[f32; N]], purpose: Use) -> usize {
        let encoded = self.codecs.and_then(|codecs| Encoded::floats(values, codecs));
        let view = self.view(purpose, size_of_val(values), encoded, |out| {
            out.extend(values.as_flattened().iter().flat_map(|v| v.to_le_bytes()));
        });
        self.accessor(view, F32, kind::<N>(), values.len())
    }

    /// Normals, with a fourth number of 0, or tangents, in four bytes where compression is wanted and
    /// that holds exactly what they are.
    pub(super) fn add_unit_vectors(&mut self, vectors: &[[f32; 4]], kind: &str) -> usize {
        if let Some(codecs) = self.codecs
            && let Some(encoded) = Encoded::unit_vectors(vectors, codecs)
        {
            let n_plain_bytes = 4 * vectors.len();
            let to_byte = |v: &f32| (v * 127.0).round() as i8 as u8;
            let view = self.view(Use::Vertices, n_plain_bytes, Some(encoded), |out| {
                out.extend(vectors.as_flattened().iter().map(to_byte));
            });
            // Three bytes would not be aligned.
            self.views[view]["byteStride"] = 4.into();
            self.has_byte_vectors = true;
            let accessor = self.accessor(view, I8, kind, vectors.len());
            self.accessors[accessor]["normalized"] = true.into();
            return accessor;
        }
        if kind == "VEC4" {
            return self.add_floats(vectors, Use::Vertices);
        }
        let vectors: Vec<[f32; 3]> = vectors.iter().map(|&[x, y, z, _]| [x, y, z]).collect();
        self.add_floats(&vectors, Use::Vertices)
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

    pub(super) fn is_compressed(&self) -> bool {
        self.codecs.is_some()
    }

    /// In 16 bits where they fit; the highest number of a type is not an index. `encoded`: the same by
    /// [`encode_indices`].
    pub(super) fn add_indices(&mut self, indices: &[u32], encoded: Option<Encoded>) -> usize {
        let stride = index_stride(indices);
        let is_small = stride == 2;
        let view = self.view(Use::Indices, stride * indices.len(), encoded, |out| {
            if is_small {
                out.extend(indices.iter().flat_map(|&i| (i as u16).to_le_bytes()));
            } else {
                out.extend(indices.iter().flat_map(|i| i.to_le_bytes()));
            }
        });
        self.accessor(view, if is_small { U16 } else { U32 }, "SCALAR", indices.len())
    }

    pub(super) fn add_joints(&mut self, joints: &[[u16; 4]]) -> usize {
        let flat = joints.as_flattened();
        let is_small = flat.iter().all(|&j| j <= u16::from(u8::MAX));
        let bytes: Vec<u8> = match is_small {
            true => flat.iter().map(|&j| j as u8).collect(),
            false => flat.iter().flat_map(|j| j.to_le_bytes()).collect(),
        };
        let stride = if is_small { 4 } else { 8 };
        let encoded = self.codecs.and_then(|codecs| Encoded::rows(&bytes, stride, codecs));
        let view = self.view(Use::Vertices, bytes.len(), encoded, |out| out.extend_from_slice(&bytes));
        self.accessor(view, if is_small { U8 } else { U16 }, "VEC4", joints.len())
    }

    /// Appends what a codec made of the bytes where that is less, else the bytes.
    fn view(
        &mut self,
        purpose: Use,
        n_plain_bytes: usize,
        encoded: Option<Encoded>,
        plain: impl FnOnce(&mut Vec<u8>),
    ) -> usize {
        // Every view begins at a multiple of 4, which suits every component type.
        let offset = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(offset, 0);
        let is_less = |encoded: &Encoded| encoded.bytes.len() + DESCRIPTION_BYTES < n_plain_bytes;
        let encoded = encoded.filter(is_less).zip(self.codecs);
        let mut view = match encoded {
            None => {
                self.bytes.reserve(n_plain_bytes);
                plain(&mut self.bytes);
                json!({ "buffer": 0, "byteOffset": offset, "byteLength": n_plain_bytes })
            }
            Some((encoded, codecs)) => {
                self.bytes.extend_from_slice(&encoded.bytes);
                let at = self.n_decoded_bytes;
                self.n_decoded_bytes = (at + n_plain_bytes).next_multiple_of(4);
                let mut source = json!({
                    "buffer": 0, "byteOffset": offset, "byteLength": encoded.bytes.len(),
                    "byteStride": encoded.stride, "mode": encoded.mode, "count": encoded.count,
                });
                if let Some(filter) = encoded.filter {
                    source["filter"] = filter.into();
                }
                let extension = json!({ codecs.extension(): source });
                json!({ "buffer": 1, "byteOffset": at, "byteLength": n_plain_bytes, "extensions": extension })
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

fn index_stride(indices: &[u32]) -> usize {
    if indices.iter().all(|&i| i < u32::from(u16::MAX)) { 2 } else { 4 }
}

/// Triangles in `order` may begin at another of their corners afterwards.
pub(super) fn encode_indices(indices: &[u32], order: Order) -> Option<Encoded> {
    match order {
        Order::Triangles => Encoded::triangles(indices, index_stride(indices)),
        Order::Kept => Encoded::indices(indices, index_stride(indices)),
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
