//! Typed lists out of raw bytes (glTF 2.0 §3.6.2): every component type, normalised or not,
//! interleaved, sparse. All sizes are checked against the bytes that are there before memory is taken.

use std::sync::atomic::{AtomicU64, Ordering};

use gltf::json::accessor::{Accessor as Stated, ComponentType, sparse};
use gltf::json::validation::Checked;
use gltf::json::{Index, Root};

use super::buffers::Buffers;

/// Everything needed to decode accessors of one document.
pub(super) struct Accessors<'a> {
    root: &'a Root,
    buffers: &'a Buffers<'a>,
    /// How many more bytes may be decoded. Hostile files name one accessor a million times.
    n_bytes_left: AtomicU64,
}

/// A decoded file may be this many times larger than its buffers, and this much in any case.
const MAX_GROWTH: u64 = 64;
const MIN_BUDGET: u64 = 256 << 20;

/// How many bytes buffers of `n_bytes` together may decode to.
pub(super) fn budget(n_bytes: u64) -> u64 {
    MIN_BUDGET.saturating_add(n_bytes.saturating_mul(MAX_GROWTH))
}

fn pay(n_bytes_left: &AtomicU64, n_bytes: usize) -> Option<()> {
    let take = |left: u64| left.checked_sub(n_bytes as u64);
    n_bytes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok().map(drop)
}

/// One accessor, its extent checked.
#[derive(Clone, Copy)]
pub(super) struct Accessor<'a> {
    id: usize,
    /// From the first element to the end of the view; `None`: all zeros.
    bytes: Option<&'a [u8]>,
    stride: usize,
    pub(super) count: usize,
    component: ComponentType,
    n_components: usize,
    normalized: bool,
    sparse: Option<Sparse<'a>>,
    n_bytes_left: &'a AtomicU64,
}

#[derive(Clone, Copy)]
struct Sparse<'a> {
    count: usize,
    indices: &'a [u8],
    index_component: ComponentType,
    values: &'a [u8],
}

/// Which elements to decode.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a> {
    All,
    Only(&'a [u32]),
}

impl<'a> Accessors<'a> {
    pub(super) fn new(root: &'a Root, buffers: &'a Buffers<'a>) -> Self {
        Self { root, buffers, n_bytes_left: AtomicU64::new(budget(buffers.n_bytes())) }
    }

    /// Bytes that a decoder made for the stated accessor `index`, of `count` elements.
    pub(super) fn decoded<'b>(
        &'b self,
        index: Index<Stated>,
        bytes: &'b [u8],
        (component, n_components): (ComponentType, usize),
    ) -> Accessor<'b> {
        let stride = component.size() * n_components;
        Accessor {
            id: index.value(),
            bytes: Some(bytes),
            stride,
            count: bytes.len() / stride.max(1),
            component,
            n_components,
            normalized: self.root.accessors.get(index.value()).is_some_and(|stated| stated.normalized),
            sparse: None,
            n_bytes_left: &self.n_bytes_left,
        }
    }

    /// Takes from what the file may decode to.
    ///
    /// # Errors
    /// More than a file of this size can honestly hold.
    pub(super) fn pay(&self, n_bytes: usize) -> Result<(), String> {
        pay(&self.n_bytes_left, n_bytes).ok_or_else(|| "it states far more data than the file holds".into())
    }

    /// # Errors
    /// An accessor that does not exist, has no valid type, or does not lie within its buffer.
    pub(super) fn get(&self, index: Index<Stated>) -> Result<Accessor<'_>, String> {
        let id = index.value();
        let stated = self.root.accessors.get(id).ok_or_else(|| format!("accessor {id} does not exist"))?;
        let (Checked::Valid(component), Checked::Valid(kind)) = (stated.component_type, stated.type_) else {
            return Err(format!("accessor {id} has no valid type"));
        };
        let component = component.0;
        let n_components = kind.multiplicity();
        let n_element_bytes = component.size() * n_components;
        let count = usize::try_from(stated.count.0).map_err(|_| beyond(id))?;
        let mut accessor = Accessor {
            id,
            bytes: None,
            stride: n_element_bytes,
            count,
            component,
            n_components,
            normalized: stated.normalized,
            sparse: None,
            n_bytes_left: &self.n_bytes_left,
        };
        if let Some(view) = stated.buffer_view {
            let (bytes, view) = self.buffers.view(self.root, view.value())?;
            let offset = usize::try_from(stated.byte_offset.unwrap_or_default().0).map_err(|_| beyond(id))?;
            accessor.stride = view.byte_stride.map_or(n_element_bytes, |s| s.0).max(1);
            let bytes = bytes.get(offset..).ok_or_else(|| beyond(id))?;
            let n_needed = match count {
                0 => Some(0),
                n => (n - 1).checked_mul(accessor.stride).and_then(|n| n.checked_add(n_element_bytes)),
            };
            if n_needed.is_none_or(|n| n > bytes.len()) {
                return Err(beyond(id));
            }
            accessor.bytes = Some(bytes);
        }
        if let Some(sparse) = &stated.sparse {
            accessor.sparse = Some(self.sparse(id, sparse, n_element_bytes)?);
        }
        Ok(accessor)
    }

    fn sparse(
        &self,
        id: usize,
        sparse: &sparse::Sparse,
        n_element_bytes: usize,
    ) -> Result<Sparse<'_>, String> {
        let Checked::Valid(index_component) = sparse.indices.component_type else {
            return Err(format!("the sparse indices of accessor {id} have no valid type"));
        };
        let count = usize::try_from(sparse.count.0).map_err(|_| beyond(id))?;
        let part = |view: usize, offset: u64, n_bytes: usize| {
            let (bytes, _) = self.buffers.view(self.root, view)?;
            let start = usize::try_from(offset).map_err(|_| beyond(id))?;
            let length = count.checked_mul(n_bytes).ok_or_else(|| beyond(id))?;
            bytes.get(start..).and_then(|b| b.get(..length)).ok_or_else(|| beyond(id))
        };
        let (indices, values) = (&sparse.indices, &sparse.values);
        Ok(Sparse {
            count,
            indices: part(indices.buffer_view.value(), indices.byte_offset.0, index_component.0.size())?,
            index_component: index_component.0,
            values: part(values.buffer_view.value(), values.byte_offset.0, n_element_bytes)?,
        })
    }
}

fn beyond(id: usize) -> String {
    format!("accessor {id} reaches beyond the end of its buffer")
}

impl Accessor<'_> {
    /// The chosen elements as floats; normalised integers are mapped to 0..1 or -1..1. Elements
    /// with fewer components than `N` are filled up from `fill`, surplus ones are dropped.
    ///
    /// # Errors
    /// An element that does not exist; more data than a file of this size can honestly hold.
    pub(super) fn floats<const N: usize>(
        &self,
        rows: Rows<'_>,
        fill: [f32; N],
    ) -> Result<Vec<[f32; N]>, String> {
        use ComponentType as C;
        match (self.component, self.normalized) {
            (C::F32, _) => self.decode(rows, fill, f32::from_le_bytes),
            (C::I8, false) => self.decode(rows, fill, |b: [u8; 1]| f32::from(b[0] as i8)),
            (C::I8, true) => self.decode(rows, fill, |b: [u8; 1]| (f32::from(b[0] as i8) / 127.0).max(-1.0)),
            (C::U8, false) => self.decode(rows, fill, |b: [u8; 1]| f32::from(b[0])),
            (C::U8, true) => self.decode(rows, fill, |b: [u8; 1]| f32::from(b[0]) / 255.0),
            (C::I16, false) => self.decode(rows, fill, |b| f32::from(i16::from_le_bytes(b))),
            (C::I16, true) => {
                self.decode(rows, fill, |b| (f32::from(i16::from_le_bytes(b)) / 32767.0).max(-1.0))
            }
            (C::U16, false) => self.decode(rows, fill, |b| f32::from(u16::from_le_bytes(b))),
            (C::U16, true) => self.decode(rows, fill, |b| f32::from(u16::from_le_bytes(b)) / 65535.0),
            (C::U32, false) => self.decode(rows, fill, |b| u32::from_le_bytes(b) as f32),
            (C::U32, true) => {
                self.decode(rows, fill, |b| (f64::from(u32::from_le_bytes(b)) / 4_294_967_295.0) as f32)
            }
        }
    }

    /// The chosen elements as whole numbers; floats are rounded towards zero.
    ///
    /// # Errors
    /// As [`Accessor::floats`].
    pub(super) fn integers<const N: usize>(&self, rows: Rows<'_>) -> Result<Vec<[u32; N]>, String> {
        use ComponentType as C;
        let fill = [0; N];
        match self.component {
            C::U8 => self.decode(rows, fill, |b: [u8; 1]| u32::from(b[0])),
            C::U16 => self.decode(rows, fill, |b| u32::from(u16::from_le_bytes(b))),
            C::U32 => self.decode(rows, fill, u32::from_le_bytes),
            C::I8 => self.decode(rows, fill, |b: [u8; 1]| u32::from((b[0] as i8).max(0) as u8)),
            C::I16 => self.decode(rows, fill, |b| u32::from(i16::from_le_bytes(b).max(0) as u16)),
            C::F32 => self.decode(rows, fill, |b| f32::from_le_bytes(b) as u32),
        }
    }

    fn decode<T, const N: usize, const BYTES: usize>(
        &self,
        rows: Rows<'_>,
        fill: [T; N],
        component: impl Fn([u8; BYTES]) -> T + Copy,
    ) -> Result<Vec<[T; N]>, String>
    where
        T: Copy + From<u8>,
    {
        let rows = match rows {
            Rows::All => None,
            Rows::Only(rows) => Some(rows),
        };
        // Sparse elements are rare and small; taking all and choosing afterwards keeps this simple.
        let n_elements = rows.filter(|_| self.sparse.is_none()).map_or(self.count, <[u32]>::len);
        self.pay(n_elements.saturating_mul(size_of::<[T; N]>()))?;
        let n_read = self.n_components.min(N);
        let element = |bytes: &[u8]| {
            let mut element = fill;
            for (target, chunk) in element.iter_mut().take(n_read).zip(bytes.as_chunks::<BYTES>().0) {
                *target = component(*chunk);
            }
            element
        };
        let Some(bytes) = self.bytes else {
            let mut zero = fill;
            zero[..n_read].fill(T::from(0));
            let mut elements = vec![zero; self.count];
            self.apply_sparse(&mut elements, element)?;
            return self.choose(elements, rows);
        };
        let n_element_bytes = BYTES * self.n_components;
        if self.sparse.is_none()
            && let Some(rows) = rows
        {
            let at = |row: &u32| {
                let start = (*row as usize).checked_mul(self.stride)?;
                let in_range = (*row as usize) < self.count;
                bytes.get(start..).and_then(|b| b.get(..n_element_bytes)).filter(|_| in_range).map(element)
            };
            return rows.iter().map(at).collect::<Option<_>>().ok_or_else(|| self.out_of_range());
        }
        let mut elements: Vec<[T; N]> = if self.stride == n_element_bytes && self.n_components == N {
            // A separate loop with a constant stride, which the compiler turns into a block copy.
            let components = bytes.as_chunks::<BYTES>().0;
            let whole = components.as_chunks::<N>().0;
            whole.iter().take(self.count).map(|e| e.map(component)).collect()
        } else {
            let starts = (0..self.count).map(|i| i * self.stride);
            starts
                .map(|start| element(bytes.get(start..start + n_element_bytes).unwrap_or_default()))
                .collect()
        };
        self.apply_sparse(&mut elements, element)?;
        self.choose(elements, rows)
    }

    fn apply_sparse<E>(&self, elements: &mut [E], element: impl Fn(&[u8]) -> E) -> Result<(), String> {
        let Some(sparse) = self.sparse else { return Ok(()) };
        let n_index_bytes = sparse.index_component.size();
        let n_element_bytes = self.component.size() * self.n_components;
        for i in 0..sparse.count {
            let index = sparse.indices.get(i * n_index_bytes..(i + 1) * n_index_bytes).unwrap_or_default();
            let index = index.iter().rev().fold(0usize, |sum, &byte| sum << 8 | usize::from(byte));
            let value = sparse.values.get(i * n_element_bytes..(i + 1) * n_element_bytes).unwrap_or_default();
            *elements.get_mut(index).ok_or_else(|| self.out_of_range())? = element(value);
        }
        Ok(())
    }

    fn choose<E: Copy>(&self, elements: Vec<E>, rows: Option<&[u32]>) -> Result<Vec<E>, String> {
        let Some(rows) = rows else { return Ok(elements) };
        let chosen: Option<Vec<E>> = rows.iter().map(|&row| elements.get(row as usize).copied()).collect();
        chosen.ok_or_else(|| self.out_of_range())
    }

    fn out_of_range(&self) -> String {
        format!("an index points beyond the {} elements of accessor {}", self.count, self.id)
    }

    fn pay(&self, n_bytes: usize) -> Result<(), String> {
        pay(self.n_bytes_left, n_bytes)
            .ok_or_else(|| format!("accessor {} states far more data than the file holds", self.id))
    }
}
