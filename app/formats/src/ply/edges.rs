//! The rows of "edge": pairs of vertices, as wireframes and sketches have them.

use work::WorkCtx;

use super::Fault;
use super::blocks::Block;
use super::cursor::Cursor;
use super::header::{Element, Kind};
use crate::ReadFault;

/// Pairs that point to vertices that are not there are left out.
pub(super) fn read<'a, C: Cursor<'a>>(
    element: &Element,
    blocks: &[Block<'a>],
    n_vertices: usize,
    ctx: &WorkCtx,
) -> Result<Vec<u32>, Fault> {
    let ends = ["vertex1", "vertex2"].map(|name| element.find(&[name]));
    let mut segments = Vec::new();
    for block in blocks {
        ctx.check_cancelled().map_err(ReadFault::from)?;
        let mut cursor = C::new(block.bytes);
        for _ in 0..block.n_rows {
            let pair = row(&mut cursor, element, ends);
            let pair = pair.ok_or(Fault::Rows { element: element.name.clone() })?;
            if let [Some(a), Some(b)] = pair.map(|end| end.filter(|&v| (v as usize) < n_vertices)) {
                segments.extend([a, b]);
            }
        }
    }
    Ok(segments)
}

fn row<'a, C: Cursor<'a>>(
    cursor: &mut C,
    element: &Element,
    ends: [Option<usize>; 2],
) -> Option<[Option<u32>; 2]> {
    let mut pair = [None; 2];
    for (i, property) in element.properties.iter().enumerate() {
        match (ends.iter().position(|end| *end == Some(i)), property.kind) {
            (Some(end), Kind::Scalar(scalar)) => pair[end] = u32::try_from(cursor.integer(scalar)?).ok(),
            (_, kind) => cursor.skip_property(kind)?,
        }
    }
    Some(pair)
}
