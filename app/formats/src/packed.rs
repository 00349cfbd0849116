//! A single model under gzip (RFC 1952) or Zstandard (RFC 8878), such as `chair.obj.gz`; the files
//! it names are looked for beside it, as if it were not packed.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use crate::format::Format;
use crate::import::import;
use crate::registry::{is_container, recognize};
use crate::source::{Parsed, Source};
use crate::{ArchiveFault, Opened, ReadFault};

pub(crate) const GZIP: Format =
    Format { name: "gzip", extensions: &["gz"], read: Some(read_gzip), sniff: is_gzip, hint: "" };
pub(crate) const ZSTD: Format =
    Format { name: "Zstandard", extensions: &["zst"], read: Some(read_zstd), sniff: is_zstd, hint: "" };

const MAX_N_BYTES: u64 = 2 << 30;
/// Text packs far better than a model's numbers do, yet never as well as a bomb.
const MAX_RATIO: u64 = 300;
const RATIO_FROM_N_BYTES: u64 = 16 << 20;

/// Holds one file.
pub(crate) fn is_packing(format: &Format) -> bool {
    [GZIP.name, ZSTD.name].contains(&format.name)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

fn is_zstd(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

fn read_gzip(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    read(source, GZIP.name, MultiGzDecoder::new(source.bytes))
}

fn read_zstd(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let damaged = |error: ruzstd::decoding::errors::FrameDecoderError| ReadFault::Damaged {
        format: ZSTD.name,
        cause: error.to_string(),
    };
    read(source, ZSTD.name, StreamingDecoder::new(source.bytes).map_err(damaged)?)
}

fn read(source: &Source<'_>, format: &'static str, packed: impl Read) -> Result<Parsed, ReadFault> {
    source.ctx.stage("unpacking");
    let path = unpacked_path(source.path);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let by_ratio = (source.bytes.len() as u64).saturating_mul(MAX_RATIO).max(RATIO_FROM_N_BYTES);
    let most = MAX_N_BYTES.min(by_ratio);
    let mut bytes = Vec::new();
    let unpacked = packed.take(most + 1).read_to_end(&mut bytes);
    unpacked.map_err(|error| ReadFault::Damaged { format, cause: error.to_string() })?;
    if bytes.len() as u64 > most {
        return Err(ArchiveFault::TooLarge { name, n_bytes: most }.into());
    }
    let recognized = recognize(&path, &bytes)?;
    if is_container(recognized.format) {
        return Err(ArchiveFault::Nested { name }.into());
    }
    let inner = Source::new(&path, &bytes, source.files, source.options, source.ctx);
    let found = import(inner, recognized.format)?;
    found.dependencies.into_iter().for_each(|dependency| source.remember(dependency));
    let mut warnings = found.warnings;
    warnings.extend(recognized.warning(&path));
    source.set_opened(Opened { format: found.format, path, others: Vec::new() });
    Ok(Parsed { scene: found.scene, warnings })
}

/// `chair.obj.gz` as `chair.obj`.
fn unpacked_path(path: &Path) -> PathBuf {
    let is_packed =
        path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz") || e.eq_ignore_ascii_case("zst"));
    if is_packed { path.with_extension("") } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use work::WorkCtx;

    use crate::{DependencyState, read};

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_packed_model_is_read_with_what_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chair.obj.gz");
        let obj = b"mtllib chair.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl red\nf 1 2 3\n";
        std::fs::write(&path, gzipped(obj)).unwrap();
        std::fs::write(folder.path().join("chair.mtl"), "newmtl red\nKd 1 0 0\n").unwrap();
        let import = read(&path, &WorkCtx::quiet()).unwrap();
        assert_eq!((import.format, import.warnings.len()), ("OBJ", 0), "{:?}", import.warnings);
        assert_eq!(import.dependencies[0].state, DependencyState::Found);
        assert_eq!(import.files, [path, folder.path().join("chair.mtl")]);
    }

    #[test]
    fn a_bomb_and_a_packed_pack_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read(&path, &WorkCtx::quiet()).unwrap_err().to_string()
        };
        let bomb = refused("bomb.obj.gz", &gzipped(&vec![b'#'; 17 << 20]));
        assert!(bomb.contains("bomb.obj in the archive grows beyond 16 MB"), "{bomb}");
        let twice = refused("a.gz", &gzipped(&gzipped(b"v 0 0 0\n")));
        assert!(twice.contains("an archive in an archive"), "{twice}");
        let torn = gzipped(&[7; 1000]);
        assert!(refused("a.stl.gz", &torn[..torn.len() - 9]).contains("the gzip file is damaged"));
    }
}
