use rayon::prelude::*;

use super::Corners;
use crate::source::Source;
use crate::{ReadFault, ReadWarning};

const CHUNK_N_BYTES: usize = 2 << 20;

/// The triangles of an ASCII STL, read leniently: whatever stands between `vertex` lines only
/// parts one facet from the next. Facets with more corners are fanned.
pub(super) fn parse(source: &Source<'_>, warnings: &mut Vec<ReadWarning>) -> Result<Vec<Corners>, ReadFault> {
    let parse = |piece: &&[u8]| -> Result<(Vec<Corners>, usize), ReadFault> {
        source.ctx.check_cancelled()?;
        Ok(parse_piece(piece))
    };
    let parts = split_after_facets(source.bytes).par_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let n_bad = parts.iter().map(|(_, n_bad)| n_bad).sum();
    if n_bad > 0 {
        let reason = "they have fewer than three corners";
        warnings.push(ReadWarning::Skipped { what: "facets", n: n_bad, reason });
    }
    Ok(parts.into_iter().flat_map(|(triangles, _)| triangles).collect())
}

fn split_after_facets(bytes: &[u8]) -> Vec<&[u8]> {
    const END: &[u8] = b"endfacet";
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while rest.len() > CHUNK_N_BYTES {
        let Some(end) = memchr::memmem::find(&rest[CHUNK_N_BYTES..], END) else { break };
        let (piece, after) = rest.split_at(CHUNK_N_BYTES + end + END.len());
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn parse_piece(bytes: &[u8]) -> (Vec<Corners>, usize) {
    let mut triangles = Vec::with_capacity(bytes.len() / 256);
    let mut n_bad = 0;
    let mut facet: Vec<[u32; 3]> = Vec::with_capacity(4);
    let mut words = bytes.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let mut end_facet = |facet: &mut Vec<[u32; 3]>| {
        match facet[..] {
            [] => {}
            [_] | [_, _] => n_bad += 1,
            [first, ref others @ ..] => {
                triangles.extend(others.windows(2).map(|pair| [first, pair[0], pair[1]]))
            }
        }
        facet.clear();
    };
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case(b"vertex") {
            let mut coordinate = || words.next().and_then(|w| fast_float2::parse::<f32, _>(w).ok());
            if let (Some(x), Some(y), Some(z)) = (coordinate(), coordinate(), coordinate()) {
                facet.push([x, y, z].map(f32::to_bits));
            }
        } else if word.eq_ignore_ascii_case(b"endfacet") || word.eq_ignore_ascii_case(b"endloop") {
            end_facet(&mut facet);
        }
    }
    end_facet(&mut facet);
    (triangles, n_bad)
}
