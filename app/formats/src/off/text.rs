//! One vertex or face a line; what follows `#` is a comment.

use glam::{Vec2, Vec3, Vec4};
use work::WorkCtx;

use super::{Content, Prefix, check_room, damaged};
use crate::ReadFault;

/// How many rows pass between two looks at whether to go on.
const CANCEL_INTERVAL: usize = 1 << 16;

/// The lines that are not blank, without comments.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = memchr::memchr2(b'\n', b'\r', self.rest).unwrap_or(self.rest.len());
            let line = &self.rest[..end];
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            let line = match memchr::memchr(b'#', line) {
                Some(comment) => &line[..comment],
                None => line,
            };
            let line = line.trim_ascii();
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

fn number(word: &[u8]) -> Option<f32> {
    fast_float2::parse(word).ok()
}

fn integer(word: &[u8]) -> Option<usize> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

pub(super) fn read(prefix: Prefix, body: &[u8], ctx: &WorkCtx) -> Result<Content, ReadFault> {
    let mut lines = Lines { rest: body };
    let [n_vertices, n_faces] = counts(&mut lines)?;
    // "0 0 0" and a line end, "3 0 1 2" less generously, as faces may be empty.
    check_room(n_vertices, n_faces, [6, 2], lines.rest.len())?;
    let mut content = Content::default();
    let mut row = Vec::new();
    for i in 0..n_vertices {
        if i % CANCEL_INTERVAL == 0 {
            ctx.check_cancelled()?;
        }
        let line = lines.next().ok_or_else(|| ends_after(i, n_vertices, "vertices"))?;
        row.clear();
        row.extend(words(line).map_while(number));
        if row.len() < 3 {
            return Err(damaged(format!("vertex {} has fewer than three coordinates", i + 1)));
        }
        content.add_vertex(prefix, &row);
    }
    let mut corners = Vec::new();
    for i in 0..n_faces {
        if i % CANCEL_INTERVAL == 0 {
            ctx.check_cancelled()?;
        }
        let line = lines.next().ok_or_else(|| ends_after(i, n_faces, "faces"))?;
        let mut words = words(line);
        let n_corners = words.next().and_then(integer).unwrap_or(0);
        corners.clear();
        corners.extend(words.by_ref().take(n_corners).map(|word| u32::try_from(integer(word)?).ok()));
        if corners.len() < n_corners {
            corners.clear();
        }
        row.clear();
        row.extend(words.map_while(number));
        // A lone number is an index into a colour map that nobody has any more.
        let color = match row[..] {
            [r, g, b] => Some(Vec4::new(r, g, b, 1.0)),
            [r, g, b, a] => Some(Vec4::new(r, g, b, a)),
            _ => None,
        };
        content.add_face(&corners, color);
    }
    Ok(content)
}

/// Vertices and faces; the edges that follow are a number nobody keeps right.
fn counts(lines: &mut Lines<'_>) -> Result<[usize; 2], ReadFault> {
    let mut counts = Vec::new();
    while counts.len() < 2 {
        let line = lines.next().ok_or_else(|| damaged("it holds no counts; is it an OFF model?"))?;
        for word in words(line) {
            let count = integer(word).ok_or_else(|| {
                damaged(format!("\"{}\" is no count of vertices or faces", String::from_utf8_lossy(word)))
            })?;
            counts.push(count);
        }
    }
    Ok([counts[0], counts[1]])
}

fn ends_after(n: usize, n_stated: usize, what: &str) -> ReadFault {
    damaged(format!("it ends after {n} of {n_stated} {what}; copy or export it again"))
}

impl Content {
    fn add_vertex(&mut self, prefix: Prefix, row: &[f32]) {
        let position = Vec3::new(row[0], row[1], row[2]);
        let (weight, mut rest) = if prefix.is_homogeneous {
            (row.get(3).copied().unwrap_or(1.0), row.get(4..).unwrap_or_default())
        } else {
            (1.0, &row[3..])
        };
        self.positions.push(if weight == 1.0 { position } else { position / weight });
        if prefix.has_normals {
            self.normals.push(take::<3>(&mut rest).map_or(Vec3::ZERO, Vec3::from));
        }
        let uv = if prefix.has_uvs && rest.len() >= 2 {
            let (before, uv) = rest.split_at(rest.len() - 2);
            rest = before;
            Vec2::new(uv[0], uv[1])
        } else {
            Vec2::ZERO
        };
        if prefix.has_uvs {
            self.uvs.push(uv);
        }
        // Some writers put colours without saying so.
        let color = match rest {
            [r, g, b] => Some(Vec4::new(*r, *g, *b, 1.0)),
            [r, g, b, a, ..] => Some(Vec4::new(*r, *g, *b, *a)),
            _ => None,
        };
        if color.is_some() || prefix.has_colors || !self.colors.is_empty() {
            self.colors.resize(self.positions.len() - 1, None);
            self.colors.push(color);
        }
    }
}

fn take<const N: usize>(row: &mut &[f32]) -> Option<[f32; N]> {
    let (values, rest) = row.split_first_chunk::<N>()?;
    *row = rest;
    Some(*values)
}
