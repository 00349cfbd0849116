//! OFF, Geomview's object file format (the Geomview manual, "OFF Files"), as text and binary:
//! polygons with colours, normals and texture coordinates.
//!
//! Letters before the word OFF say what each vertex brings. Axes and unit are not stated; like an
//! STL, an OFF is taken as +Z up and metres. Colours are display values, of 0..1 or 0..255.

mod binary;
mod model;
mod text;

use glam::{Vec2, Vec3, Vec4};

use crate::ReadFault;
use crate::format::Format;
use crate::source::{Parsed, Source};

const NAME: &str = "OFF";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["off"], read: Some(read), sniff, hint: "" };

fn sniff(bytes: &[u8]) -> bool {
    Prefix::parse(bytes).is_some()
}

fn damaged(cause: impl Into<String>) -> ReadFault {
    ReadFault::Damaged { format: NAME, cause: cause.into() }
}

/// `[ST][C][N][4]OFF`: what a vertex row holds after its position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Prefix {
    has_uvs: bool,
    has_colors: bool,
    has_normals: bool,
    is_homogeneous: bool,
    /// Letters and keyword together.
    n_bytes: usize,
}

impl Prefix {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut take = |word: &[u8]| match rest.strip_prefix(word) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        };
        let mut prefix = Self {
            has_uvs: take(b"ST"),
            has_colors: take(b"C"),
            has_normals: take(b"N"),
            is_homogeneous: take(b"4"),
            n_bytes: 0,
        };
        if !take(b"OFF") {
            return None;
        }
        prefix.n_bytes = bytes.len() - rest.len();
        // Some well-known models run the counts into the keyword.
        let ends = rest.first().is_none_or(|&byte| byte.is_ascii_whitespace() || byte.is_ascii_digit());
        (ends || rest.starts_with(b"#")).then_some(prefix)
    }
}

/// Everything the rows hold, in the file's axes and colours.
#[derive(Default)]
struct Content {
    positions: Vec<Vec3>,
    /// Each empty, or as long as the positions.
    normals: Vec<Vec3>,
    uvs: Vec<Vec2>,
    colors: Vec<Option<Vec4>>,
    corner_vertices: Vec<u32>,
    /// Where each face ends in `corner_vertices`, and its own colour.
    faces: Vec<(u32, Option<Vec4>)>,
    /// Pairs of vertices: faces of two corners.
    segments: Vec<u32>,
    n_bad_faces: usize,
}

impl Content {
    /// `None` stands for a corner that is no vertex.
    fn add_face(&mut self, corners: &[Option<u32>], color: Option<Vec4>) {
        let n_vertices = self.positions.len();
        let whole = corners.iter().all(|corner| corner.is_some_and(|v| (v as usize) < n_vertices));
        let indices = corners.iter().flatten().copied();
        match corners.len() {
            0 | 1 => self.n_bad_faces += 1,
            _ if !whole => self.n_bad_faces += 1,
            2 => self.segments.extend(indices),
            _ => {
                self.corner_vertices.extend(indices);
                self.faces.push((self.corner_vertices.len() as u32, color));
            }
        }
    }
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    // The keyword may be left out.
    let prefix = Prefix::parse(source.bytes).unwrap_or_default();
    let body = source.bytes.get(prefix.n_bytes..).unwrap_or_default();
    let keyword_end = memchr::memchr(b'\n', body).unwrap_or(body.len());
    let is_binary = body[..keyword_end].trim_ascii().starts_with(b"BINARY");
    let content = if is_binary {
        binary::read(prefix, body.get(keyword_end + 1..).unwrap_or_default(), source.ctx)?
    } else {
        text::read(prefix, body, source.ctx)?
    };
    Ok(model::build(source, content))
}

/// # Errors
/// Counts that the file has no room for, at `least` bytes a row.
fn check_room(n_vertices: usize, n_faces: usize, least: [usize; 2], n_bytes: usize) -> Result<(), ReadFault> {
    let needed = n_vertices.checked_mul(least[0]).zip(n_faces.checked_mul(least[1]));
    let fits = needed.and_then(|(a, b)| a.checked_add(b)).is_some_and(|needed| needed <= n_bytes + 1);
    let cause = format!(
        "its header promises {n_vertices} vertices and {n_faces} faces, more than the file has room for; \
        copy or export it again"
    );
    if fits { Ok(()) } else { Err(damaged(cause)) }
}

#[cfg(test)]
mod tests;
