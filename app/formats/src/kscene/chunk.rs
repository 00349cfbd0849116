use twox_hash::XxHash64;

/// What a chunk holds: four ASCII letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tag(pub(super) [u8; 4]);

impl Tag {
    pub(super) const META: Self = Self(*b"META");
    pub(super) const NODE: Self = Self(*b"NODE");
    pub(super) const MATERIALS: Self = Self(*b"MATL");
    pub(super) const IMAGE: Self = Self(*b"IMAG");
    pub(super) const MESH: Self = Self(*b"MESH");
    pub(super) const ANIMATION: Self = Self(*b"ANIM");

    /// Those that make up the scene; the others are attachments.
    pub(super) const OF_SCENE: [Self; 6] =
        [Self::META, Self::NODE, Self::MATERIALS, Self::IMAGE, Self::MESH, Self::ANIMATION];
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.escape_ascii().to_string())
    }
}

/// How a chunk's bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Zstd,
    /// The arrays of a mesh are encoded one by one, its head is not.
    Meshopt,
}

impl Codec {
    const ALL: [Self; 3] = [Self::None, Self::Zstd, Self::Meshopt];

    fn number(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Zstd => 1,
            Self::Meshopt => 2,
        }
    }
}

/// A line of the chunk table, and what stands before each chunk's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) tag: Tag,
    /// `None`: one that this version does not know.
    pub(super) codec: Option<Codec>,
    codec_number: u32,
    /// Counts the chunks of one tag: which mesh, which picture.
    pub(super) number: u32,
    /// Of the stored bytes, from the beginning of the file.
    pub(super) offset: u64,
    pub(super) n_stored: u64,
    /// Decoded; equal to `n_stored` without codec.
    pub(super) n_raw: u64,
    /// XXH64 of the stored bytes, seed 0.
    pub(super) hash: u64,
}

/// Marks an entry, so that it can be found when the table is lost.
const MARKER: [u8; 4] = *b"CHNK";

impl Entry {
    pub(super) const N_BYTES: usize = 56;

    pub(super) fn new(tag: Tag, codec: Codec, number: u32, offset: u64, stored: &[u8], n_raw: u64) -> Self {
        let (n_stored, hash) = (stored.len() as u64, hash(stored));
        Self { tag, codec: Some(codec), codec_number: codec.number(), number, offset, n_stored, n_raw, hash }
    }

    /// The last eight bytes are the hash of those before.
    pub(super) fn to_bytes(self) -> [u8; Self::N_BYTES] {
        let mut bytes = [0; Self::N_BYTES];
        bytes[0..4].copy_from_slice(&MARKER);
        bytes[4..8].copy_from_slice(&self.tag.0);
        bytes[8..12].copy_from_slice(&self.codec_number.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.number.to_le_bytes());
        for (i, word) in [self.offset, self.n_stored, self.n_raw, self.hash].into_iter().enumerate() {
            bytes[16 + 8 * i..24 + 8 * i].copy_from_slice(&word.to_le_bytes());
        }
        let own = hash(&bytes[..48]);
        bytes[48..].copy_from_slice(&own.to_le_bytes());
        bytes
    }

    /// `None` for anything that is no whole, unharmed entry.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::N_BYTES] = bytes.get(..Self::N_BYTES)?.try_into().ok()?;
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        if bytes[..4] != MARKER || hash(&bytes[..48]) != word(48) {
            return None;
        }
        let half = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        Some(Self {
            tag: Tag([bytes[4], bytes[5], bytes[6], bytes[7]]),
            codec: Codec::ALL.into_iter().find(|codec| codec.number() == half(8)),
            codec_number: half(8),
            number: half(12),
            offset: word(16),
            n_stored: word(24),
            n_raw: word(32),
            hash: word(40),
        })
    }

    /// `META`, or `MESH 3`.
    pub(super) fn name(&self) -> String {
        match self.tag {
            Tag::IMAGE | Tag::MESH | Tag::ANIMATION => format!("{} {}", self.tag, self.number),
            _ => self.tag.to_string(),
        }
    }
}

pub(super) fn hash(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}
