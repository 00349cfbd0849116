//! The GLB envelope (glTF 2.0 §4.4), taken apart without copying.

use crate::{ReadFault, ReadWarning};

pub(super) struct Container<'a> {
    pub(super) json: &'a [u8],
    pub(super) bin: Option<&'a [u8]>,
}

const HEADER_N_BYTES: usize = 12;
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// Takes a GLB or a bare glTF apart. A GLB whose stated total length is wrong is read all the
/// same as long as its chunks are whole.
///
/// # Errors
/// Another version of GLB, a chunk that goes on beyond the end of the file, no JSON chunk.
pub(super) fn split<'a>(
    bytes: &'a [u8],
    warnings: &mut Vec<ReadWarning>,
) -> Result<Container<'a>, ReadFault> {
    if !bytes.starts_with(b"glTF") {
        let json = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes);
        return match json.trim_ascii_start() {
            // A web page has an error of its own, farther on.
            [b'{' | b'<', ..] => Ok(Container { json, bin: None }),
            _ => Err(damaged("it begins neither as a GLB nor as JSON; copy or download it again".into())),
        };
    }
    let (Some(version), Some(stated)) = (u32_at(bytes, 4), u32_at(bytes, 8)) else {
        return Err(damaged("it ends within its header; copy or download it again".into()));
    };
    if version != 2 {
        return Err(damaged(format!("it is version {version} of GLB; export glTF 2.0")));
    }
    let mut rest = bytes.get(HEADER_N_BYTES..).unwrap_or_default();
    let (mut json, mut bin) = (None, None);
    while let Some((kind, data, after)) = next_chunk(rest, bytes.len(), stated)? {
        match &kind {
            b"JSON" if json.is_none() => json = Some(data),
            b"BIN\0" if bin.is_none() => bin = Some(data),
            // Unknown chunks are to be passed over.
            _ => {}
        }
        rest = after;
    }
    if stated as usize != bytes.len() {
        let text =
            format!("the header says {stated} bytes, the file has {}; its chunks are whole", bytes.len());
        warnings.push(ReadWarning::Repaired(text));
    }
    let json = json.ok_or_else(|| damaged("it has no JSON chunk; export it again".into()))?;
    Ok(Container { json, bin })
}

type Chunk<'a> = ([u8; 4], &'a [u8], &'a [u8]);

fn next_chunk(rest: &[u8], n_bytes: usize, stated: u32) -> Result<Option<Chunk<'_>>, ReadFault> {
    let (Some(length), Some(kind)) = (u32_at(rest, 0), rest.get(4..8)) else {
        return Ok(None);
    };
    let kind = [kind[0], kind[1], kind[2], kind[3]];
    let length = length as usize;
    if let Some((data, after)) = rest.get(8..).and_then(|body| body.split_at_checked(length)) {
        return Ok(Some((kind, data, after)));
    }
    // Text or rubbish behind the last chunk is not a chunk that was cut off.
    if kind != *b"JSON" && kind != *b"BIN\0" {
        return Ok(None);
    }
    let whole = (stated as usize).max(n_bytes - rest.len() + 8 + length);
    Err(damaged(format!("it ends after {n_bytes} of {whole} bytes; copy or download it again")))
}

pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let four = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

pub(super) fn damaged(cause: String) -> ReadFault {
    ReadFault::Damaged { format: super::NAME, cause }
}
