use serde_json::{Map, Value, json};

use super::insert_list;

/// The binary chunk as it grows, with the views and accessors that describe it.
#[derive(Default)]
pub(super) struct Binary {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
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

impl Binary {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn describe(&mut self, root: &mut Map<String, Value>) {
        if !self.bytes.is_empty() {
            root.insert("buffers".into(), json!([{ "byteLength": self.bytes.len() }]));
        }
        insert_list(root, "bufferViews", std::mem::take(&mut self.views));
        insert_list(root, "accessors", std::mem::take(&mut self.accessors));
    }

    /// Raw bytes, for pictures. Returns the view.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> usize {
        self.align();
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.view(offset, Use::Other)
    }

    pub(super) fn add_floats<const N: usize>(&mut self, values: &[[f32; N]], purpose: Use) -> usize {
        self.align();
        let offset = self.bytes.len();
        self.bytes.reserve(values.len() * N * 4);
        self.bytes.extend(values.as_flattened().iter().flat_map(|v| v.to_le_bytes()));
        let view = self.view(offset, purpose);
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

    /// In 16 bits where they fit; the highest number of a type is not an index.
    pub(super) fn add_indices(&mut self, indices: &[u32]) -> usize {
        self.align();
        let offset = self.bytes.len();
        let is_small = indices.iter().all(|&i| i < u32::from(u16::MAX));
        if is_small {
            self.bytes.extend(indices.iter().flat_map(|&i| (i as u16).to_le_bytes()));
        } else {
            self.bytes.extend(indices.iter().flat_map(|i| i.to_le_bytes()));
        }
        let view = self.view(offset, Use::Indices);
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
        let view = self.view(offset, Use::Vertices);
        self.accessor(view, if is_small { U8 } else { U16 }, "VEC4", joints.len())
    }

    /// Every view begins at a multiple of 4, which suits every component type.
    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn view(&mut self, offset: usize, purpose: Use) -> usize {
        let mut view = json!({ "buffer": 0, "byteOffset": offset, "byteLength": self.bytes.len() - offset });
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
