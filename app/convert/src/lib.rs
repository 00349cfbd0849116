//! One model in, another file out, with a receipt of what happened.
//!
//! Today's plan has two steps: read whatever is readable, write GLB. Names, hierarchy, extras,
//! animations, skins and morphs survive; nothing is simplified. The room knows no farm and no
//! window, and never writes to the file it reads.

mod receipt;

use std::path::{Path, PathBuf};

use formats::{Import, ReadError, ReadOptions, WriteError};
use work::{Cancelled, WorkCtx};

pub use receipt::{FileFacts, Receipt};

#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the result would replace its own original; choose another name: {}", .0.display())]
    WouldReplaceOriginal(PathBuf),
    #[error("only .glb can be written today; name the result NAME.glb: {}", .0.display())]
    UnknownTarget(PathBuf),
    #[error("{source}: {}", path.display())]
    File { source: std::io::Error, path: PathBuf },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Reads `input`, writes it as GLB to `output` (a temporary name first, then renamed), and says
/// what went in and what came out. Missing folders of `output` are made.
///
/// # Errors
/// By cause: the model cannot be read, the result cannot be written, `output` is one of the files
/// that make up the model, or its name does not end in `.glb`.
pub fn convert(
    input: &Path,
    output: &Path,
    options: &ReadOptions,
    ctx: &WorkCtx,
) -> Result<Receipt, ConvertError> {
    if !output.extension().is_some_and(|e| e.eq_ignore_ascii_case("glb")) {
        return Err(ConvertError::UnknownTarget(output.to_owned()));
    }
    if is_same_file(input, output) {
        return Err(ConvertError::WouldReplaceOriginal(output.to_owned()));
    }
    let import = formats::read_with(input, options, ctx)?;
    if import.files.iter().any(|file| is_same_file(file, output)) {
        return Err(ConvertError::WouldReplaceOriginal(output.to_owned()));
    }
    ctx.check_cancelled()?;
    if let Some(folder) = output.parent() {
        let failed = |source| ConvertError::File { source, path: folder.to_owned() };
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    formats::write_glb(&import.scene, output, ctx)?;
    let Import { warnings, .. } = &import;
    Ok(Receipt {
        // Of a model in an archive it is the archive that can be measured.
        input: FileFacts::of(import.files.first().map_or(input, PathBuf::as_path))?,
        output: FileFacts::of(output)?,
        warnings: warnings.iter().map(ToString::to_string).collect(),
    })
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
