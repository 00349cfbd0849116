//! Wavefront OBJ with its material libraries (the format of Wavefront's Advanced Visualizer,
//! appendix B1, as exporters write it today): polygons, lines, points, vertex colours.
//!
//! An `o` line begins an object; groups and smoothing groups are passed over, as in Blender.
//! Texture coordinates are turned to a top-left origin; axes and lengths are taken as they are,
//! +Y up and metres.

mod chunk;
mod cursor;
mod mtl;
mod objects;
mod texture_line;
mod write;

use std::sync::atomic::{AtomicUsize, Ordering};

use glam::{Vec2, Vec3, Vec4};
use rayon::prelude::*;

use crate::format::{Format, unicode};
use crate::source::{Parsed, Source};
use crate::{ReadFault, ReadWarning, srgb};
use chunk::Chunk;

pub(crate) use write::write_obj;

const NAME: &str = "OBJ";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["obj"], read: Some(read), sniff, hint: "" };

/// Pieces large enough that starting one costs nothing, small enough to spread evenly.
const CHUNK_N_BYTES: usize = 2 << 20;

/// How far the first vertex is looked for.
const N_SNIFFED_LINES: usize = 200;

/// There is no signature: a vertex of three numbers comes before long, and nothing but the format's
/// own words before it.
fn sniff(bytes: &[u8]) -> bool {
    const WORDS: &[&str] = &["o", "g", "s", "vt", "vn", "vp", "mtllib", "usemtl", "mg", "lod"];
    let text = unicode(bytes.get(..64 << 10).unwrap_or(bytes));
    for line in String::from_utf8_lossy(&text).lines().take(N_SNIFFED_LINES) {
        let mut words = line.split_whitespace();
        match words.next() {
            None => {}
            Some(word) if word.starts_with('#') => {}
            Some("v") => {
                return words.clone().count() >= 3 && words.take(3).all(|w| w.parse::<f64>().is_ok());
            }
            Some(word) if WORDS.contains(&word) => {}
            Some(_) => return false,
        }
    }
    false
}

/// The whole file's element lists, which faces index from 0.
struct Elements {
    positions: Vec<Vec3>,
    /// Linear; empty or as long as `positions`.
    colors: Vec<Vec4>,
    uvs: Vec<Vec2>,
    normals: Vec<Vec3>,
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let text = unicode(source.bytes);
    let pieces = split_at_lines(&text);
    let n_parsed = AtomicUsize::new(0);
    let parse = |piece: &&[u8]| -> Result<Chunk, ReadFault> {
        source.ctx.check_cancelled()?;
        let chunk = Chunk::parse(piece);
        let n_parsed = n_parsed.fetch_add(1, Ordering::Relaxed) + 1;
        source.ctx.progress(n_parsed as f32 / pieces.len() as f32, "reading");
        Ok(chunk)
    };
    let chunks = pieces.par_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let elements = join(&chunks);
    if elements.positions.is_empty() {
        let cause = "it holds no vertices; is it an OBJ model?".into();
        return Err(ReadFault::Damaged { format: NAME, cause });
    }
    let n_bad_faces = chunks.iter().map(|chunk| chunk.n_bad_faces).sum();
    let mut parsed = Parsed::default();
    if n_bad_faces > 0 {
        let reason = "they have fewer than three corners, or something that is no corner";
        parsed.warnings.push(ReadWarning::Skipped { what: "faces", n: n_bad_faces, reason });
    }
    objects::build(source, &chunks, elements, &mut parsed);
    Ok(parsed)
}

/// Cuts between lines, never within a continued one.
fn split_at_lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(bytes.len() / CHUNK_N_BYTES + 1);
    let mut rest = bytes;
    while rest.len() > CHUNK_N_BYTES {
        let ends = memchr::memchr_iter(b'\n', &rest[CHUNK_N_BYTES..]).map(|i| CHUNK_N_BYTES + i);
        let is_whole = |end: &usize| !rest[..*end].ends_with(b"\\") && !rest[..*end].ends_with(b"\\\r");
        let Some(end) = ends.into_iter().find(is_whole) else { break };
        let (piece, after) = rest.split_at(end + 1);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn join(chunks: &[Chunk]) -> Elements {
    let has_colors = chunks.iter().any(|chunk| !chunk.colors.is_empty());
    Elements {
        colors: if has_colors { linear_colors(chunks) } else { Vec::new() },
        positions: chunks.iter().flat_map(|c| &c.positions).copied().collect(),
        uvs: chunks.iter().flat_map(|c| &c.uvs).copied().collect(),
        normals: chunks.iter().flat_map(|c| &c.normals).copied().collect(),
    }
}

/// Vertex colours are display values by custom, of 0..1 or 0..255.
fn linear_colors(chunks: &[Chunk]) -> Vec<Vec4> {
    let most = chunks.iter().flat_map(|c| &c.colors).map(|c| c.max_element()).fold(0.0, f32::max);
    let scale = if most > 1.0 { 1.0 / 255.0 } else { 1.0 };
    let of_chunk = |chunk: &Chunk| {
        let none = if chunk.colors.is_empty() { chunk.positions.len() } else { 0 };
        let colors = chunk.colors.iter().map(|c| (*c * scale).map(srgb::linear).extend(1.0));
        colors.chain(std::iter::repeat_n(Vec4::ONE, none)).collect::<Vec<_>>()
    };
    chunks.iter().flat_map(of_chunk).collect()
}

#[cfg(test)]
mod tests;
