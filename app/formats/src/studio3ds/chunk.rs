use glam::Vec3;

/// One chunk: a number that names it, and its content, which may begin with values and end with
/// further chunks.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) id: u16,
    pub(super) body: &'a [u8],
}

const HEADER_N_BYTES: usize = 6;

/// The chunks that follow each other in `bytes`. One that claims to be longer than what is there is
/// cut; one shorter than its own header ends the list.
pub(super) fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let [a, b, l0, l1, l2, l3] = *bytes.first_chunk::<HEADER_N_BYTES>()?;
        let n_bytes = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let body = bytes.get(HEADER_N_BYTES..n_bytes.min(bytes.len()))?;
        bytes = bytes.get(n_bytes..).unwrap_or_default();
        Some(Chunk { id: u16::from_le_bytes([a, b]), body })
    })
}

impl<'a> Chunk<'a> {
    pub(super) fn chunks(self) -> impl Iterator<Item = Chunk<'a>> {
        chunks(self.body)
    }

    pub(super) fn child(self, id: u16) -> Option<Chunk<'a>> {
        self.chunks().find(|chunk| chunk.id == id)
    }

    pub(super) fn values(self) -> Values<'a> {
        Values(self.body)
    }
}

/// Values at the beginning of a chunk, one after the other.
pub(super) struct Values<'a>(&'a [u8]);

impl<'a> Values<'a> {
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn f32(&mut self) -> Option<f32> {
        self.take().map(f32::from_le_bytes)
    }

    pub(super) fn vec3(&mut self) -> Option<Vec3> {
        Some(Vec3::new(self.f32()?, self.f32()?, self.f32()?))
    }

    /// Up to the next zero; names were written in the Western code page.
    pub(super) fn text(&mut self) -> String {
        let end = memchr::memchr(0, self.0).unwrap_or(self.0.len());
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        match std::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => text.iter().map(|&byte| char::from(byte)).collect(),
        }
    }

    /// A count, then as many values; as many as there are if the count lies.
    pub(super) fn list<T>(&mut self, mut value: impl FnMut(&mut Self) -> Option<T>) -> Vec<T> {
        let n = self.u16().unwrap_or(0);
        (0..n).map_while(|_| value(self)).collect()
    }
}
