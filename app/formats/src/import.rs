use std::path::{Path, PathBuf};

use scene::Scene;
use work::WorkCtx;

use crate::file_bytes::FileBytes;
use crate::registry::recognize;
use crate::source::Source;
use crate::{ReadError, ReadFault, ReadWarning};

/// What came of reading one model.
#[derive(Clone, Debug)]
pub struct Import {
    /// Has passed [`Scene::validate`].
    pub scene: Scene,
    pub warnings: Vec<ReadWarning>,
    /// As [`crate::FORMATS`] names it, such as "glTF".
    pub format: &'static str,
    /// Of all `files` that exist, together.
    pub n_bytes: u64,
    /// The model file and every file beside it that was read or named; missing ones too, so that
    /// a copy of the model can tell what it lacks.
    pub files: Vec<PathBuf>,
}

/// Reads a model. The format is told from the content, or from the extension where the content
/// says nothing. The file is never written to.
///
/// # Errors
/// A file that cannot be opened, is of no readable format, is damaged beyond use, or needs a file
/// or decoder that is not there; and when `ctx` is cancelled.
pub fn read(path: &Path, ctx: &WorkCtx) -> Result<Import, ReadError> {
    read_inner(path, ctx).map_err(|fault| ReadError::new(fault, path))
}

fn read_inner(path: &Path, ctx: &WorkCtx) -> Result<Import, ReadFault> {
    ctx.check_cancelled()?;
    ctx.stage("reading");
    let bytes = FileBytes::open(path)?;
    if bytes.is_empty() {
        return Err(ReadFault::Empty);
    }
    let recognized = recognize(path, &bytes)?;
    let format = recognized.format;
    let Some(read) = format.read else {
        return Err(ReadFault::NotRead { name: format.name, hint: format.hint });
    };
    let mut parsed = read(&Source { path, bytes: &bytes, ctx })?;
    ctx.check_cancelled()?;
    if let Err(error) = parsed.scene.validate() {
        return Err(ReadFault::Damaged { format: format.name, cause: error.to_string() });
    }
    if recognized.extension_differs {
        parsed.warnings.insert(0, ReadWarning::WrongExtension { format: format.name, path: path.into() });
    }
    if !parsed.scene.nodes.iter().any(|node| node.mesh.is_some()) {
        parsed.warnings.push(ReadWarning::NothingToShow);
    }
    parsed.warnings.extend(non_finite_positions(&parsed.scene));
    let mut files = vec![path.to_owned()];
    for file in parsed.other_files {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let n_beside: u64 = files.iter().skip(1).filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
    Ok(Import {
        scene: parsed.scene,
        warnings: parsed.warnings,
        format: format.name,
        n_bytes: bytes.len() as u64 + n_beside,
        files,
    })
}

fn non_finite_positions(scene: &Scene) -> impl Iterator<Item = ReadWarning> {
    scene.meshes.iter().enumerate().filter_map(|(m, mesh)| {
        let positions = mesh.primitives.iter().flat_map(|p| &p.vertex_positions);
        let n_vertices = positions.filter(|p| !p.is_finite()).count();
        let name = if mesh.name.is_empty() { format!("mesh {m}") } else { mesh.name.clone() };
        (n_vertices > 0).then_some(ReadWarning::NonFinitePositions { mesh: name, n_vertices })
    })
}
