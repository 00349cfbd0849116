//! Cuts the rows of every element into blocks that can be read side by side.
//!
//! Rows of one length are counted, not looked at. Rows with lists are walked over once, which
//! costs a fraction of reading them. A text has one row a line as a rule: its line ends are
//! counted; where that turns out wrong, the text is walked over value by value.

use rayon::prelude::*;
use work::WorkCtx;

use super::cursor::{Binary, Cursor, Text};
use super::damaged;
use super::header::{Element, Encoding, Header};
use crate::ReadFault;

/// Rows of one element that follow each other; the blocks of an element hold all of its rows in order.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) n_rows: usize,
}

/// Blocks large enough that starting one costs nothing, small enough to spread evenly.
const BLOCK_N_BYTES: usize = 1 << 20;

/// How a text's rows are found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Lines,
    Values,
}

/// The blocks of each element, in the header's order. `body` is what follows the header.
///
/// # Errors
/// A file that ends before its last row, or that is cancelled.
pub(super) fn cut<'a>(
    header: &Header,
    body: &'a [u8],
    rows: Rows,
    ctx: &WorkCtx,
) -> Result<Vec<Vec<Block<'a>>>, ReadFault> {
    match (header.encoding, rows) {
        (Encoding::Text, Rows::Lines) => Ok(by_lines(header, body)),
        (Encoding::Text, Rows::Values) => walk::<Text<'_>>(header, body, ctx),
        (Encoding::Little, _) => walk::<Binary<'_, false>>(header, body, ctx),
        (Encoding::Big, _) => walk::<Binary<'_, true>>(header, body, ctx),
    }
}

fn walk<'a, C: Cursor<'a>>(
    header: &Header,
    body: &'a [u8],
    ctx: &WorkCtx,
) -> Result<Vec<Vec<Block<'a>>>, ReadFault> {
    let mut rest = body;
    let mut blocks = Vec::with_capacity(header.elements.len());
    for element in &header.elements {
        let stride = element.stride().filter(|_| header.encoding != Encoding::Text);
        let (of_element, n_bytes) = match stride {
            Some(stride) => by_stride(element, stride, rest)?,
            None if element.properties.is_empty() => (Vec::new(), 0),
            None => by_walking::<C>(element, rest, ctx)?,
        };
        blocks.push(of_element);
        rest = &rest[n_bytes..];
    }
    Ok(blocks)
}

fn by_stride<'a>(
    element: &Element,
    stride: usize,
    bytes: &'a [u8],
) -> Result<(Vec<Block<'a>>, usize), ReadFault> {
    let n_bytes = stride.checked_mul(element.n_rows).filter(|&n| n <= bytes.len());
    let n_bytes = n_bytes.ok_or_else(|| ends_within(element, bytes.len() / stride.max(1)))?;
    if stride == 0 {
        return Ok((Vec::new(), 0));
    }
    let n_rows = (BLOCK_N_BYTES / stride).max(1);
    let pieces = bytes[..n_bytes].chunks(n_rows * stride);
    Ok((pieces.map(|bytes| Block { bytes, n_rows: bytes.len() / stride }).collect(), n_bytes))
}

fn by_walking<'a, C: Cursor<'a>>(
    element: &Element,
    bytes: &'a [u8],
    ctx: &WorkCtx,
) -> Result<(Vec<Block<'a>>, usize), ReadFault> {
    let mut cursor = C::new(bytes);
    let mut blocks = Vec::new();
    let (mut first_row, mut start) = (0, 0);
    for row in 0..element.n_rows {
        let at = cursor.n_bytes_read();
        if at - start >= BLOCK_N_BYTES {
            ctx.check_cancelled()?;
            blocks.push(Block { bytes: &bytes[start..at], n_rows: row - first_row });
            (first_row, start) = (row, at);
        }
        cursor.skip_row(&element.properties).ok_or_else(|| ends_within(element, row))?;
    }
    let end = cursor.n_bytes_read();
    blocks.push(Block { bytes: &bytes[start..end], n_rows: element.n_rows - first_row });
    Ok((blocks, end))
}

fn ends_within(element: &Element, n_rows: usize) -> ReadFault {
    let (name, n) = (&element.name, element.n_rows);
    damaged(format!(
        "it ends within row {} of the {n} rows of \"{name}\"; copy or export it again",
        n_rows + 1
    ))
}

/// Takes every line for a row. Whoever reads a block sees whether that was right.
fn by_lines<'a>(header: &Header, body: &'a [u8]) -> Vec<Vec<Block<'a>>> {
    let pieces = split_at_lines(body);
    let n_lines: Vec<usize> =
        pieces.par_iter().map(|piece| memchr::memchr_iter(b'\n', piece).count()).collect();
    let mut pieces = pieces.into_iter().zip(n_lines);
    // The last line may lack its end.
    let (mut piece, mut n_left): (&[u8], usize) = pieces.next().unwrap_or_default();
    let mut blocks = Vec::with_capacity(header.elements.len());
    for element in &header.elements {
        let mut of_element = Vec::new();
        let mut row = 0;
        while row < element.n_rows && !element.properties.is_empty() {
            let n_missing = element.n_rows - row;
            if n_left > n_missing {
                let end = memchr::memchr_iter(b'\n', piece).nth(n_missing - 1).map_or(piece.len(), |i| i + 1);
                let (bytes, after) = piece.split_at(end);
                of_element.push(Block { bytes, n_rows: n_missing });
                (piece, n_left, row) = (after, n_left - n_missing, element.n_rows);
                continue;
            }
            let next = pieces.next();
            // In the last piece the rows end with the text, however that ends.
            let n_rows = if next.is_some() { n_left } else { n_missing };
            of_element.push(Block { bytes: piece, n_rows });
            row += n_rows;
            (piece, n_left) = next.unwrap_or_default();
        }
        blocks.push(of_element);
    }
    blocks
}

fn split_at_lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(bytes.len() / BLOCK_N_BYTES + 1);
    let mut rest = bytes;
    while rest.len() > BLOCK_N_BYTES {
        let Some(end) = memchr::memchr(b'\n', &rest[BLOCK_N_BYTES..]) else { break };
        let (piece, after) = rest.split_at(BLOCK_N_BYTES + end + 1);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
