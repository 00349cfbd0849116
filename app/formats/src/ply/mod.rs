//! PLY, the Stanford polygon format (Turk 1994), as text and binary of both byte orders:
//! polygons, triangle strips, point clouds, and the base colour of Gaussian splats.
//!
//! The header says what every row holds; elements and properties that mean nothing here are
//! passed over by what it says. Axes and unit are not stated: like an STL, a PLY is taken as +Z up
//! and metres; Gaussian splats, whose cameras look down on +Y, as -Y up. Colours are display
//! values, texture coordinates count from the bottom.

mod blocks;
mod cursor;
mod edges;
mod faces;
mod header;
mod model;
mod vertices;
mod write;

use crate::ReadFault;
use crate::format::Format;
use crate::source::{Parsed, Source};
use blocks::{Block, Rows};
use cursor::{Binary, Cursor, Text};
use faces::Polygons;
use header::{Encoding, Header};
use vertices::Vertices;

pub(crate) use write::write_ply;

const NAME: &str = "PLY";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["ply"], read: Some(read), sniff, hint: "" };

fn sniff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ply\n") || bytes.starts_with(b"ply\r")
}

fn damaged(cause: impl Into<String>) -> ReadFault {
    ReadFault::Damaged { format: NAME, cause: cause.into() }
}

/// Why rows could not be read.
enum Fault {
    Read(ReadFault),
    /// They do not lie where they were looked for, or are not made of numbers.
    Rows {
        element: String,
    },
}

impl From<ReadFault> for Fault {
    fn from(fault: ReadFault) -> Self {
        Self::Read(fault)
    }
}

/// All rows that mean something here.
struct Content {
    vertices: Vertices,
    polygons: Polygons,
    /// Pairs of vertices.
    segments: Vec<u32>,
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    if !sniff(source.bytes) {
        return Err(damaged("it does not begin with \"ply\"; is it a PLY model?"));
    }
    let header = Header::parse(source.bytes)?;
    let body = source.bytes.get(header.n_bytes..).unwrap_or_default();
    let content = match content(source, &header, body, Rows::Lines) {
        // One row a line is a custom, not a rule.
        Err(Fault::Rows { .. }) if header.encoding == Encoding::Text => {
            content(source, &header, body, Rows::Values)
        }
        content => content,
    };
    match content {
        Ok(content) => Ok(model::build(source, &header, content)),
        Err(Fault::Read(fault)) => Err(fault),
        Err(Fault::Rows { element }) => {
            Err(damaged(format!("the rows of \"{element}\" are not what its header says; export it again")))
        }
    }
}

fn content(source: &Source<'_>, header: &Header, body: &[u8], rows: Rows) -> Result<Content, Fault> {
    let blocks = blocks::cut(header, body, rows, source.ctx)?;
    match header.encoding {
        Encoding::Text => elements::<Text<'_>>(source, header, &blocks),
        Encoding::Little => elements::<Binary<'_, false>>(source, header, &blocks),
        Encoding::Big => elements::<Binary<'_, true>>(source, header, &blocks),
    }
}

fn elements<'a, C: Cursor<'a>>(
    source: &Source<'_>,
    header: &Header,
    blocks: &[Vec<Block<'a>>],
) -> Result<Content, Fault> {
    let find = |name: &str| {
        let mut all = header.elements.iter().zip(blocks);
        all.find(|(element, _)| element.name == name)
    };
    let Some((element, rows)) = find("vertex") else {
        return Err(damaged("it has no vertices").into());
    };
    let ctx = source.ctx;
    let vertices = vertices::read::<C>(element, rows, ctx)?;
    let n_vertices = vertices.positions.len();
    let polygons = match (find("face"), find("tristrips")) {
        (Some((element, rows)), _) if element.n_rows > 0 => faces::read::<C>(element, rows, n_vertices, ctx)?,
        (_, Some((element, rows))) => faces::read_strips::<C>(element, rows, n_vertices, ctx)?,
        _ => Polygons::default(),
    };
    let segments = match find("edge") {
        // The edges of faces need no lines of their own.
        Some((element, rows)) if polygons.faces.corner_vertices.is_empty() => {
            edges::read::<C>(element, rows, n_vertices, ctx)?
        }
        _ => Vec::new(),
    };
    Ok(Content { vertices, polygons, segments })
}

#[cfg(test)]
mod tests;
