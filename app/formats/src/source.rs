use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use scene::{Image, ImageData, Scene};
use work::WorkCtx;

use crate::dependency::{Dependency, DependencyKind, DependencyState};
use crate::file_bytes::FileBytes;
use crate::files::{Files, Place};
use crate::neighbors::{Reference, names_of_path, names_of_uri};
use crate::udim::TiledName;
use crate::{Opened, ReadFault, ReadOptions, ReadWarning};

/// What a format's reader is given.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a Path,
    pub(crate) bytes: &'a [u8],
    pub(crate) ctx: &'a WorkCtx,
    pub(crate) options: &'a ReadOptions,
    /// Where the files are looked for that the model names.
    pub(crate) files: &'a dyn Files,
    dependencies: Mutex<Vec<Dependency>>,
    opened: Mutex<Option<Opened>>,
}

/// A file that belongs to a model.
pub(crate) enum Needed {
    File(PathBuf),
    /// Inside an archive, under its name there.
    Entry {
        path: PathBuf,
        bytes: Arc<[u8]>,
    },
    /// With the first place where it was looked for.
    Missing(PathBuf),
}

impl Needed {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Entry { path, .. } | Self::Missing(path) => path,
        }
    }

    /// # Errors
    /// [`ReadFault::MissingFile`], or whatever the system says.
    pub(crate) fn open(self) -> Result<FileBytes, ReadFault> {
        match self {
            Self::File(path) => FileBytes::open(&path),
            Self::Entry { bytes, .. } => Ok(FileBytes::Shared(bytes)),
            Self::Missing(path) => Err(ReadFault::MissingFile(path)),
        }
    }
}

impl<'a> Source<'a> {
    pub(crate) fn new(
        path: &'a Path,
        bytes: &'a [u8],
        files: &'a dyn Files,
        options: &'a ReadOptions,
        ctx: &'a WorkCtx,
    ) -> Self {
        Self { path, bytes, ctx, options, files, dependencies: Mutex::default(), opened: Mutex::default() }
    }

    /// The file's name without extension: what an unnamed model is called.
    pub(crate) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Resolves what a glTF names (glTF 2.0 §2.8), and remembers it as a dependency.
    pub(crate) fn find_uri<'b>(&self, uri: &'b str, kind: DependencyKind) -> Reference<'b> {
        Reference::data(uri)
            .unwrap_or_else(|| Reference::Needed(self.find_named(self.path, uri, &names_of_uri(uri), kind)))
    }

    /// Resolves a plain path, often with a foreign machine's folders, that `named_by` states, and
    /// remembers it as a dependency.
    pub(crate) fn find(&self, named_by: &Path, named: &str, kind: DependencyKind) -> Needed {
        self.find_named(named_by, named, &names_of_path(named), kind)
    }

    /// Like [`Source::find`] for the model itself, without remembering it.
    pub(crate) fn peek(&self, named: &str) -> Needed {
        match self.options.relinks.get(named).filter(|path| path.is_file()) {
            Some(path) => Needed::File(path.clone()),
            None => self.look_up(self.path, &names_of_path(named)).0,
        }
    }

    /// A picture that `named_by` states by a plain path; one that is not there is a warning.
    pub(crate) fn picture(&self, named_by: &Path, named: &str, warnings: &mut Vec<ReadWarning>) -> Image {
        let needed = self.find(named_by, named, DependencyKind::Picture);
        if TiledName::marked(named).is_some() && !matches!(needed, Needed::Missing(_)) {
            let told = format!("only the first UDIM tile is shown of the texture {named}");
            warnings.push(ReadWarning::Repaired(told));
        }
        self.picture_at(needed, named, warnings)
    }

    pub(crate) fn picture_at(&self, needed: Needed, named: &str, warnings: &mut Vec<ReadWarning>) -> Image {
        let path = needed.path();
        let mut mime_type = picture::type_of(path);
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let data = match needed {
            Needed::File(path) => ImageData::File(path),
            Needed::Entry { bytes, .. } => {
                let sniffed = picture::sniff(&bytes);
                mime_type = if sniffed.is_empty() { mime_type } else { sniffed };
                ImageData::Embedded(bytes)
            }
            Needed::Missing(path) => {
                warnings.push(ReadWarning::MissingPicture { named: named.to_owned(), path });
                ImageData::Missing(named.to_owned())
            }
        };
        if let (Some(encoding), false) =
            (picture::unshown_encoding(mime_type), matches!(data, ImageData::Missing(_)))
        {
            warnings.push(ReadWarning::UnknownPicture { named: named.to_owned(), encoding });
        }
        Image { name, mime_type: mime_type.into(), data }
    }

    /// Remembers a file that a reader found by itself.
    pub(crate) fn remember(&self, dependency: Dependency) {
        let mut all = self.dependencies.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |d: &Dependency| d.path == dependency.path && d.named_by == dependency.named_by;
        if !all.iter().any(is_known) {
            all.push(dependency);
        }
    }

    /// Told by a reader that has read a model inside the file.
    pub(crate) fn set_opened(&self, opened: Opened) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    }

    pub(crate) fn take_opened(&self) -> Option<Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The files found so far that the model names.
    pub(crate) fn dependency_paths(&self) -> Vec<PathBuf> {
        let all = self.dependencies.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|d| d.state.is_there()).map(|d| d.path.clone()).collect()
    }

    pub(crate) fn into_dependencies(self) -> Vec<Dependency> {
        self.dependencies.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn find_named(&self, named_by: &Path, named: &str, names: &[String], kind: DependencyKind) -> Needed {
        let is_web = named.starts_with("http://") || named.starts_with("https://");
        let relinked = self.options.relinks.get(named).filter(|path| path.is_file());
        let tiled = names.iter().find_map(|name| TiledName::marked(name)).filter(|_| relinked.is_none());
        if let Some(first) = tiled.and_then(|tiled| self.find_tiles(named_by, &tiled, kind)) {
            return first;
        }
        let (needed, state) = if is_web {
            (Needed::Missing(PathBuf::from(named)), DependencyState::Web)
        } else if let Some(path) = relinked {
            (Needed::File(path.clone()), DependencyState::Relinked)
        } else {
            self.look_up(named_by, names)
        };
        self.remember_needed(named_by, named, kind, &needed, state);
        // Programs that export tiles name the first alone; a copy of the model needs them all.
        let first_tile = names.iter().find_map(|name| TiledName::of_first_tile(name));
        if let (Some(tiled), true) = (first_tile, state.is_there()) {
            self.find_tiles(named_by, &tiled, kind);
        }
        needed
    }

    /// Remembers every tile that is there; answers the first.
    fn find_tiles(&self, named_by: &Path, tiled: &TiledName, kind: DependencyKind) -> Option<Needed> {
        let mut first = None;
        tiled.for_each_tile(|number| {
            let named = tiled.tile(number);
            let (needed, state) = self.look_up(named_by, &names_of_path(&named));
            if state.is_there() {
                self.remember_needed(named_by, &named, kind, &needed, state);
                first.get_or_insert(needed);
            }
            state.is_there()
        });
        first
    }

    fn remember_needed(
        &self,
        named_by: &Path,
        named: &str,
        kind: DependencyKind,
        needed: &Needed,
        state: DependencyState,
    ) {
        let n_bytes = match needed {
            Needed::File(path) => path.metadata().ok().map(|m| m.len()),
            Needed::Entry { bytes, .. } => Some(bytes.len() as u64),
            Needed::Missing(_) => None,
        };
        self.remember(Dependency {
            kind,
            named: named.to_owned(),
            named_by: named_by.to_owned(),
            state,
            path: needed.path().to_owned(),
            n_bytes,
        });
    }

    /// Looks where the name says, then for the bare file name beside the model (the artist's
    /// machine had other folders) and in the places where such files are usually put.
    fn look_up(&self, named_by: &Path, names: &[String]) -> (Needed, DependencyState) {
        let bare: Vec<String> =
            names.iter().filter_map(|n| n.rsplit(['/', '\\']).next()).map(str::to_owned).collect();
        for (candidates, is_stated) in [(names, true), (&bare, false)] {
            let found = candidates.iter().filter(|n| !n.is_empty()).find_map(|name| {
                Some((self.files.look_up(named_by, Path::new(name))?, Path::new(name).is_absolute()))
            });
            if let Some((needed, is_absolute)) = found {
                let place = self.files.place_of(self.path, needed.path());
                let state = match (is_stated, is_absolute, place) {
                    (false, ..) => DependencyState::FoundBeside,
                    (true, true, Place::Outside) => DependencyState::Absolute,
                    (true, _, Place::Outside) => DependencyState::Outside,
                    (true, _, Place::Inside) => DependencyState::Found,
                };
                return (needed, state);
            }
        }
        let around = |name: &String| self.files.look_around(self.path, Path::new(name));
        if let Some(needed) = bare.iter().filter(|n| !n.is_empty()).find_map(around) {
            return (needed, DependencyState::FoundBeside);
        }
        let folder = named_by.parent().unwrap_or(Path::new(""));
        let first = names.iter().chain(&bare).find(|n| !n.is_empty());
        let path = first.map_or_else(|| folder.to_owned(), |name| folder.join(name));
        (Needed::Missing(path), DependencyState::Missing)
    }
}

/// What a format's reader makes of it.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) scene: Scene,
    pub(crate) warnings: Vec<ReadWarning>,
}
