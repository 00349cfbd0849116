//! One line-aligned piece of an OBJ, parsed on its own so that all cores can take part.
//!
//! Indices are kept as the file has them until all pieces are counted: positive ones as they are,
//! negative ones as an offset from the piece's own beginning.

use glam::{Vec2, Vec3};

use super::cursor::Cursor;

#[derive(Default)]
pub(super) struct Chunk {
    pub(super) positions: Vec<Vec3>,
    /// Empty, or as long as `positions`.
    pub(super) colors: Vec<Vec3>,
    pub(super) uvs: Vec<Vec2>,
    pub(super) normals: Vec<Vec3>,
    pub(super) corners: Vec<Corner>,
    /// Where each face ends in `corners`.
    pub(super) face_ends: Vec<u32>,
    /// Vertices of line segments, two each.
    pub(super) segments: Vec<RawIndex>,
    pub(super) points: Vec<RawIndex>,
    pub(super) events: Vec<Event>,
    /// Faces that make no sense whatever the other pieces hold.
    pub(super) n_bad_faces: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Corner {
    pub(super) vertex: RawIndex,
    pub(super) uv: RawIndex,
    pub(super) normal: RawIndex,
}

/// An index before all pieces are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct RawIndex(i32);

/// Relative indices are stored around this value; no file that fits in memory counts so far.
const RELATIVE_ZERO: i64 = i32::MIN as i64 / 2;

impl RawIndex {
    pub(super) const ABSENT: Self = Self(0);

    /// `n_so_far` elements of this kind stand before it in its own piece.
    fn new(stated: i64, n_so_far: usize) -> Self {
        let raw = if stated < 0 { RELATIVE_ZERO + n_so_far as i64 + stated } else { stated };
        // Out of range either way, and reported as such.
        Self(i32::try_from(raw).unwrap_or(i32::MAX))
    }

    /// The index from 0, with `n_before` elements in the pieces before; `None` when it points
    /// outside of the `n` there are.
    pub(super) fn resolve(self, n_before: usize, n: usize) -> Option<u32> {
        let raw = i64::from(self.0);
        let index = if raw < RELATIVE_ZERO / 2 { raw - RELATIVE_ZERO + n_before as i64 } else { raw - 1 };
        u32::try_from(index).ok().filter(|&index| (index as usize) < n)
    }
}

/// What changes from a face, segment or point on.
pub(super) struct Event {
    pub(super) at: Marks,
    pub(super) kind: EventKind,
    pub(super) name: String,
}

/// How many elements of a piece came before.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) n_faces: usize,
    pub(super) n_segments: usize,
    pub(super) n_points: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    Object,
    Material,
    Library,
}

impl Chunk {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut chunk = Self::default();
        let mut cursor = Cursor::new(bytes);
        while cursor.next_line() {
            chunk.statement(&mut cursor);
        }
        chunk
    }

    pub(super) fn marks(&self) -> Marks {
        Marks {
            n_faces: self.face_ends.len(),
            n_segments: self.segments.len() / 2,
            n_points: self.points.len(),
        }
    }

    fn statement(&mut self, cursor: &mut Cursor<'_>) {
        match cursor.keyword() {
            b"v" => self.vertex(cursor),
            b"vt" => {
                let [u, v] = cursor.floats::<2>();
                // From a bottom-left origin to a top-left one.
                self.uvs.push(Vec2::new(u, 1.0 - v));
            }
            b"vn" => self.normals.push(Vec3::from(cursor.floats::<3>())),
            b"f" => self.face(cursor),
            b"l" => self.line(cursor),
            b"p" => {
                while let Some(corner) = self.corner(cursor) {
                    self.points.push(corner.vertex);
                }
            }
            b"o" => self.event(EventKind::Object, cursor),
            b"usemtl" => self.event(EventKind::Material, cursor),
            b"mtllib" => self.event(EventKind::Library, cursor),
            _ => {}
        }
    }

    fn vertex(&mut self, cursor: &mut Cursor<'_>) {
        self.positions.push(Vec3::from(cursor.floats::<3>()));
        if cursor.at_end_of_line() {
            if !self.colors.is_empty() {
                self.colors.push(Vec3::ONE);
            }
            return;
        }
        let mut more = [0.0; 4];
        let mut n = 0;
        while n < more.len()
            && let Some(value) = cursor.float()
        {
            more[n] = value;
            n += 1;
        }
        // One more number is a weight, three are a colour, four are both.
        let color = match n {
            3 => Some(Vec3::new(more[0], more[1], more[2])),
            4 => Some(Vec3::new(more[1], more[2], more[3])),
            _ => None,
        };
        if color.is_some() || !self.colors.is_empty() {
            self.colors.resize(self.positions.len() - 1, Vec3::ONE);
            self.colors.push(color.unwrap_or(Vec3::ONE));
        }
    }

    fn face(&mut self, cursor: &mut Cursor<'_>) {
        let first = self.corners.len();
        while let Some(corner) = self.corner(cursor) {
            self.corners.push(corner);
        }
        let is_whole = cursor.at_end_of_line();
        match self.corners[first..] {
            [_, _, _, ..] if is_whole => {
                self.face_ends.push(self.corners.len() as u32);
                return;
            }
            // What stays of a face with too few corners is its edge or its vertex.
            [a, b] => self.segments.extend([a.vertex, b.vertex]),
            [a] => self.points.push(a.vertex),
            _ => {}
        }
        self.corners.truncate(first);
        self.n_bad_faces += 1;
    }

    fn line(&mut self, cursor: &mut Cursor<'_>) {
        let mut previous = None;
        while let Some(corner) = self.corner(cursor) {
            if let Some(previous) = previous {
                self.segments.extend([previous, corner.vertex]);
            }
            previous = Some(corner.vertex);
        }
    }

    /// `7`, `7/1`, `7//3` or `7/1/3`; `None` at the end of the line or at anything else.
    fn corner(&self, cursor: &mut Cursor<'_>) -> Option<Corner> {
        let vertex = RawIndex::new(cursor.integer()?, self.positions.len());
        let mut corner = Corner { vertex, uv: RawIndex::ABSENT, normal: RawIndex::ABSENT };
        if cursor.slash() {
            if let Some(uv) = cursor.digits() {
                corner.uv = RawIndex::new(uv, self.uvs.len());
            }
            if cursor.slash()
                && let Some(normal) = cursor.digits()
            {
                corner.normal = RawIndex::new(normal, self.normals.len());
            }
        }
        Some(corner)
    }

    fn event(&mut self, kind: EventKind, cursor: &mut Cursor<'_>) {
        let name = String::from_utf8_lossy(cursor.rest_of_line()).trim().to_owned();
        self.events.push(Event { at: self.marks(), kind, name });
    }
}
