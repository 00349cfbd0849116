use std::path::{Path, PathBuf};

use super::{Archive, ArchiveFault, ArchiveFiles, Entry, choice, inner_name, is_zip};
use crate::dependency::{Dependency, DependencyKind, DependencyState};
use crate::format::Format;
use crate::import::import;
use crate::registry::{is_container, recognize};
use crate::source::{Parsed, Source};
use crate::{Opened, ReadFault, ReadWarning};

pub(crate) const FORMAT: Format =
    Format { name: "ZIP", extensions: &["zip", "kmz", "zae"], read: Some(read), sniff: is_zip, hint: "" };

/// Reads the model that the options name, or the best one.
fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    source.ctx.stage("unpacking");
    let archive = Archive::open(source.bytes)?;
    let models = choice::models_of(&archive, source.path);
    let entry = match &source.options.entry {
        Some(name) => archive.find(&inner_name(name).unwrap_or_default()).ok_or(ArchiveFault::NoSuchEntry)?,
        None => models.first().copied().ok_or_else(|| ArchiveFault::NoModel(choice::what_else(&archive)))?,
    };
    if choice::is_archive(&entry.name) {
        return Err(ArchiveFault::Nested { name: entry.name.clone() }.into());
    }
    let bytes = archive.unpack(entry)?;
    source.ctx.check_cancelled()?;
    let path = source.path.join(&entry.name);
    let recognized = recognize(&path, &bytes)?;
    if is_container(recognized.format) {
        return Err(ArchiveFault::Nested { name: entry.name.clone() }.into());
    }
    source.remember(entry_as_dependency(source, entry, &path));
    let files = ArchiveFiles::new(source.path, &archive);
    let inner = Source::new(&path, &bytes, &files, source.options, source.ctx);
    let found = import(inner, recognized.format)?;
    found.dependencies.into_iter().for_each(|dependency| source.remember(dependency));
    let mut warnings = found.warnings;
    warnings.extend(recognized.warning(&path));
    warnings.extend(files.into_faults().into_iter().map(|fault| ReadWarning::Repaired(fault.to_string())));
    if archive.n_escaping() > 0 {
        let reason = "their names lead out of the archive";
        warnings.push(ReadWarning::Skipped { what: "files", n: archive.n_escaping(), reason });
    }
    let others: Vec<PathBuf> =
        models.iter().filter(|e| e.name != entry.name).map(|e| source.path.join(&e.name)).collect();
    if source.options.entry.is_none() && !others.is_empty() {
        warnings.push(ReadWarning::FurtherModels { shown: entry.name.clone(), others: others.clone() });
    }
    source.set_opened(Opened { format: found.format, path, others });
    Ok(Parsed { scene: found.scene, warnings })
}

fn entry_as_dependency(source: &Source<'_>, entry: &Entry, path: &Path) -> Dependency {
    Dependency {
        kind: DependencyKind::Model,
        named: entry.name.clone(),
        named_by: source.path.to_owned(),
        state: DependencyState::Found,
        path: path.to_owned(),
        n_bytes: Some(entry.n_bytes),
    }
}

/// The archive and the entry's name, when `path` leads into a file: `pack.zip/models/chair.obj`.
/// `None` for a path that is itself a file or folder, or where there is nothing.
pub fn split_path(path: &Path) -> Option<(&Path, String)> {
    if path.exists() {
        return None;
    }
    let archive = path.ancestors().skip(1).find(|p| p.is_file())?;
    let entry = path.strip_prefix(archive).ok()?.to_string_lossy().replace('\\', "/");
    Some((archive, entry))
}
