use std::path::{Path, PathBuf};

use scene::Scene;
use work::{WorkCtx, guarded};

use crate::archive::split_path;
use crate::file_bytes::FileBytes;
use crate::files::{Folder, Nowhere};
use crate::registry::recognize;
use crate::source::Source;
use crate::{Dependency, DependencyState, Format, ReadError, ReadFault, ReadOptions, ReadWarning};

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
    /// What the model needs besides itself, in the order in which it names them.
    pub dependencies: Vec<Dependency>,
    /// Set when the file was opened to read a model inside.
    pub opened: Option<Opened>,
}

impl Import {
    /// What the model names and nobody found; addresses on the web are not meant to be.
    pub fn missing(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|d| d.state == DependencyState::Missing)
    }
}

/// Which model of an archive was read. Paths are the archive's with the entry's name behind it;
/// [`read`] takes them as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub format: &'static str,
    pub path: PathBuf,
    /// The archive's other models, the most promising first.
    pub others: Vec<PathBuf>,
}

/// Reads a model. The format is told from the content, or from the extension where the content
/// says nothing. The file is never written to.
///
/// # Errors
/// A file that cannot be opened, is of no readable format, is damaged beyond use, or needs a file
/// or decoder that is not there; and when `ctx` is cancelled.
pub fn read(path: &Path, ctx: &WorkCtx) -> Result<Import, ReadError> {
    read_with(path, &ReadOptions::default(), ctx)
}

/// [`read`] with what somebody said about the model.
///
/// # Errors
/// As [`read`].
pub fn read_with(path: &Path, options: &ReadOptions, ctx: &WorkCtx) -> Result<Import, ReadError> {
    if let Some((archive, entry)) = split_path(path) {
        let options = ReadOptions { entry: Some(entry), ..options.clone() };
        return read_with(archive, &options, ctx);
    }
    let read = || {
        ctx.check_cancelled()?;
        ctx.stage("reading");
        let bytes = FileBytes::open(path)?;
        if bytes.is_empty() {
            return Err(ReadFault::Empty);
        }
        let recognized = recognize(path, &bytes)?;
        let source = Source::new(path, &bytes, &Folder, options, ctx);
        let mut import = import(source, recognized.format)?;
        if let Some(warning) = recognized.warning(path) {
            import.warnings.insert(0, warning);
        }
        Ok(import)
    };
    read().map_err(|fault| ReadError::new(fault, path))
}

/// Reads bytes that come without a file, such as those of a test, as `format`; `path` only names
/// them, and nothing beside it is looked at.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(path: &Path, bytes: &[u8], format: &Format, ctx: &WorkCtx) -> Result<Import, ReadError> {
    let options = ReadOptions::default();
    let source = Source::new(path, bytes, &Nowhere, &options, ctx);
    import(source, format).map_err(|fault| ReadError::new(fault, path))
}

/// Runs the reader of `format` and looks over what it made.
pub(crate) fn import(source: Source<'_>, format: &Format) -> Result<Import, ReadFault> {
    if source.bytes.is_empty() {
        return Err(ReadFault::Empty);
    }
    let Some(read) = format.read else {
        return Err(ReadFault::NotRead { name: format.name, hint: format.hint });
    };
    let damaged = |cause| ReadFault::Damaged { format: format.name, cause };
    // A fuzzer has to see the panics that nobody else may.
    let parsed = if cfg!(fuzzing) { read(&source) } else { guarded(|| read(&source)).map_err(damaged)? };
    let mut parsed = parsed?;
    source.ctx.check_cancelled()?;
    let opened = source.take_opened();
    // What was inside has been looked over when it was read.
    if opened.is_none() {
        parsed.scene.validate().map_err(|error| damaged(error.to_string()))?;
        if !parsed.scene.nodes.iter().any(|node| node.mesh.is_some()) {
            parsed.warnings.push(ReadWarning::NothingToShow);
        }
        parsed.warnings.extend(non_finite_positions(&parsed.scene));
    }
    let path = source.path.to_owned();
    let n_bytes = source.bytes.len() as u64;
    let dependencies = source.into_dependencies();
    let mut files = vec![path.clone()];
    let mut n_bytes_beside = 0;
    for dependency in dependencies.iter().filter(|d| d.state != DependencyState::Web) {
        // What lies inside the file is not a file of its own.
        if !dependency.path.starts_with(&path) && !files.contains(&dependency.path) {
            files.push(dependency.path.clone());
            n_bytes_beside += dependency.n_bytes.unwrap_or(0);
        }
    }
    Ok(Import {
        scene: parsed.scene,
        warnings: parsed.warnings,
        format: opened.as_ref().map_or(format.name, |opened| opened.format),
        n_bytes: n_bytes + n_bytes_beside,
        files,
        dependencies,
        opened,
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
