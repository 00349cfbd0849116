//! Which layers and pictures belong to a model, and where their bytes are.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openusd::{sdf, usdc};
use scene::Image;

use crate::file_bytes::FileBytes;
use crate::source::{Needed, Source};
use crate::{Dependency, DependencyKind, DependencyState, ReadFault, ReadWarning};

use super::package::{Package, PackageBytes};
use super::resolver::{ABSENT, NAMED_BY, Request};
use super::{crate_check, text_check};

pub(super) const CRATE_MAGIC: &[u8] = b"PXR-USDC";

pub(super) struct LayerFiles<'a> {
    pub(super) source: &'a Source<'a>,
    /// The layer that everything begins with.
    root: String,
    state: Mutex<State<'a>>,
}

#[derive(Default)]
struct State<'a> {
    /// By the path of the usdz.
    packages: BTreeMap<PathBuf, Arc<Package<'a>>>,
    /// Where each layer lies, by the name under which the crate knows it.
    layers: BTreeMap<String, PathBuf>,
    /// Layers that lie beside the model in an archive.
    unpacked: BTreeMap<PathBuf, Arc<[u8]>>,
    root_was_opened: bool,
}

impl<'a> LayerFiles<'a> {
    /// # Errors
    /// A package that cannot be opened.
    pub(super) fn new(source: &'a Source<'a>) -> Result<Self, ReadFault> {
        let mut state = State::default();
        let mut path = source.path.to_owned();
        let mut is_crate = source.bytes.starts_with(CRATE_MAGIC);
        if source.bytes.starts_with(b"PK") {
            let package = Package::open(PackageBytes::Model(source.bytes))?;
            path.push(&package.first_layer);
            is_crate = package.read(&package.first_layer).is_ok_and(|b| b.starts_with(CRATE_MAGIC));
            state.packages.insert(source.path.to_owned(), Arc::new(package));
        }
        let root = identifier_of(&path, is_crate);
        state.layers.insert(root.clone(), path);
        Ok(Self { source, root, state: Mutex::new(state) })
    }

    pub(super) fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn answer(&self, request: Request) {
        // An asker that went away needs no answer.
        match request {
            Request::Identify { named, anchor, reply } => {
                let _ = reply.send(self.identify(&named, anchor.as_deref()));
            }
            Request::Open { identifier, reply } => {
                let _ = reply.send(self.open(&identifier));
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn identify(&self, named: &str, anchor: Option<&str>) -> String {
        let Some(anchor) = anchor else { return named.to_owned() };
        let named_by = self.state().layers.get(anchor).cloned().unwrap_or_else(|| PathBuf::from(anchor));
        let (outer, inner) = split_package_path(named);
        if !is_layer_name(outer) {
            return format!("{}{NAMED_BY}{named}", named_by.display());
        }
        let found = self.find_layer(&named_by, outer, inner);
        let Some((path, is_crate)) = found else { return format!("{ABSENT}{named}") };
        let identifier = identifier_of(&path, is_crate);
        self.state().layers.insert(identifier.clone(), path);
        identifier
    }

    /// Where a layer lies, and whether it is a crate.
    fn find_layer(&self, named_by: &Path, named: &str, inner: Option<&str>) -> Option<(PathBuf, bool)> {
        let needed = self.find(named_by, named, DependencyKind::Model);
        let path = needed.path().to_owned();
        if path == self.source.path && !self.source.bytes.starts_with(b"PK") {
            return Some((path, self.source.bytes.starts_with(CRATE_MAGIC)));
        }
        let bytes = needed.open().ok()?;
        if !bytes.starts_with(b"PK") {
            let is_crate = bytes.starts_with(CRATE_MAGIC);
            if let FileBytes::Shared(bytes) = bytes {
                self.state().unpacked.insert(path.clone(), bytes);
            }
            return Some((path, is_crate));
        }
        let package = match self.state().packages.get(&path) {
            Some(package) => package.clone(),
            None => Arc::new(Package::open(PackageBytes::File(bytes)).ok()?),
        };
        self.state().packages.insert(path.clone(), package.clone());
        let entry = inner.unwrap_or(&package.first_layer);
        let is_crate = package.read(entry).ok()?.starts_with(CRATE_MAGIC);
        Some((path.join(entry), is_crate))
    }

    /// A file that the layer at `named_by` names: in its package, or through the source.
    fn find(&self, named_by: &Path, named: &str, kind: DependencyKind) -> Needed {
        let Some((package_path, package)) = self.package_of(named_by) else {
            return self.source.find(named_by, named, kind);
        };
        let inside = named_by.strip_prefix(&package_path).unwrap_or(named_by);
        let entry = package.look_up(inside, named);
        let bytes = entry.as_ref().and_then(|entry| package.read(entry).ok());
        let path = package_path.join(entry.as_deref().unwrap_or(named.trim_start_matches(['/', '.'])));
        let state = if bytes.is_some() { DependencyState::Found } else { DependencyState::Missing };
        self.source.remember(Dependency {
            kind,
            named: named.to_owned(),
            named_by: named_by.to_owned(),
            state,
            path: path.clone(),
            n_bytes: bytes.as_ref().map(|b| b.len() as u64),
        });
        match bytes {
            Some(bytes) => Needed::Entry { path, bytes: bytes.into() },
            None => Needed::Missing(path),
        }
    }

    fn package_of(&self, path: &Path) -> Option<(PathBuf, Arc<Package<'a>>)> {
        let state = self.state();
        let mut inside = state.packages.iter().filter(|(package, _)| path.starts_with(package));
        inside.next().map(|(path, package)| (path.clone(), package.clone()))
    }

    /// A picture as [`LayerFiles::identify`] called it; `None` for what is none.
    pub(super) fn picture(&self, identifier: &str, warnings: &mut Vec<ReadWarning>) -> Option<Image> {
        let (named_by, named) = identifier.split_once(NAMED_BY)?;
        let (outer, inner) = split_package_path(named);
        let needed = match inner {
            Some(inner) if is_layer_name(outer) => {
                let (path, _) = self.find_layer(Path::new(named_by), outer, None)?;
                self.find(&path, inner, DependencyKind::Picture)
            }
            _ => self.find(Path::new(named_by), named, DependencyKind::Picture),
        };
        Some(self.source.picture_at(needed, named, warnings))
    }

    /// Whether a picture is there, without remembering it.
    pub(super) fn has_picture(&self, named_by: &Path, named: &str) -> bool {
        match self.package_of(named_by) {
            Some((package_path, package)) => {
                let inside = named_by.strip_prefix(package_path).unwrap_or(named_by);
                package.look_up(inside, named).is_some()
            }
            None => self.source.files.look_up(named_by, Path::new(named)).is_some(),
        }
    }

    fn open(&self, identifier: &str) -> Result<Vec<u8>, String> {
        let path = self.state().layers.get(identifier).cloned().ok_or("it is not a layer")?;
        let package = self.package_of(&path);
        let unpacked = self.state().unpacked.get(&path).cloned();
        let opened;
        let packed;
        let bytes: &[u8] = if let Some(unpacked) = &unpacked {
            unpacked
        } else if let Some((package_path, package)) = package {
            let entry = path.strip_prefix(package_path).unwrap_or(&path);
            packed = package.read(&entry.to_string_lossy())?;
            &packed
        } else if path == self.source.path {
            self.source.bytes
        } else {
            opened = FileBytes::open(&path).map_err(|fault| fault.to_string())?;
            &opened
        };
        if identifier == self.root && !std::mem::replace(&mut self.state().root_was_opened, true) {
            // The crate opens the root twice, first for its expression variables alone.
            if memchr::memmem::find(bytes, b"expressionVariables").is_none()
                && let Some(stub) = empty_layer(bytes.starts_with(CRATE_MAGIC))
            {
                return Ok(stub);
            }
        }
        if bytes.starts_with(CRATE_MAGIC) {
            crate_check::check(bytes)?
        } else {
            text_check::check(bytes)?
        }
        Ok(bytes.to_vec())
    }
}

fn empty_layer(is_crate: bool) -> Option<Vec<u8>> {
    if !is_crate {
        return Some(b"#usda 1.0\n".to_vec());
    }
    let mut data = sdf::Data::new();
    data.create_spec(sdf::Path::abs_root(), sdf::SpecType::PseudoRoot);
    let mut bytes = Cursor::new(Vec::new());
    usdc::CrateWriter::write(&data, &mut bytes).ok()?;
    Some(bytes.into_inner())
}

/// The crate tells layers apart by extension, so the name says what the content is.
fn identifier_of(path: &Path, is_crate: bool) -> String {
    let wanted = if is_crate { "usdc" } else { "usda" };
    let name = path.to_string_lossy().into_owned();
    if path.extension().is_some_and(|e| e == wanted) { name } else { format!("{name}.{wanted}") }
}

pub(super) fn is_layer_name(name: &str) -> bool {
    let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "usd" | "usda" | "usdc" | "usdz")
}

/// `a.usdz[b/c.usd]` as the package and what is in it.
fn split_package_path(named: &str) -> (&str, Option<&str>) {
    match named.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((outer, inner)) => (outer, Some(inner)),
        None => (named, None),
    }
}
