//! Finding a model's missing files by their names below some folder.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use work::{Cancelled, WorkCtx};

use crate::udim::TiledName;
use crate::{Dependency, DependencyKind, DependencyState};

/// A search ends here rather than at the end of a studio's storage.
const MAX_FOLDERS: usize = 50_000;
const MAX_DEPTH: usize = 32;
/// Files of one wanted name that are compared with each other.
const MAX_CANDIDATES: usize = 64;

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relinks {
    /// For [`crate::ReadOptions::relinks`]: by the words that the model uses.
    pub found: BTreeMap<String, PathBuf>,
    /// Names that several different files bear; the one that fits best is among `found`.
    pub doubtful: Vec<String>,
    pub n_folders: usize,
    /// The search ended before everything was seen.
    pub is_cut_short: bool,
}

/// Looks for the missing ones of `dependencies` in `folder` and below, by file name without regard
/// to letter case; a picture may have another picture's extension. Where several files bear a name,
/// the folders that the model states decide, then the nearness to the model. Links to folders are
/// not followed. Takes time linear in the files below `folder`.
///
/// # Errors
/// Only when cancelled.
pub fn search(dependencies: &[Dependency], folder: &Path, ctx: &WorkCtx) -> Result<Relinks, Cancelled> {
    let missing: Vec<_> = dependencies.iter().filter(|d| d.state == DependencyState::Missing).collect();
    let mut wanted: HashMap<String, Vec<PathBuf>> = HashMap::new();
    let mut wanted_stems: HashMap<String, Vec<PathBuf>> = HashMap::new();
    for dependency in &missing {
        let name = wanted_name(dependency);
        if dependency.kind == DependencyKind::Picture {
            wanted_stems.insert(stem(&name).to_owned(), Vec::new());
        }
        wanted.insert(name, Vec::new());
    }
    let mut relinks = Relinks::default();
    walk(folder, &mut relinks, ctx, &mut |path| {
        let Some(name) = path.file_name().map(|n| n.to_string_lossy().to_lowercase()) else { return };
        if let Some(found) = wanted.get_mut(&name).filter(|found| found.len() < MAX_CANDIDATES) {
            found.push(path.to_owned());
        } else if !picture::type_of(path).is_empty()
            && let Some(found) =
                wanted_stems.get_mut(stem(&name)).filter(|found| found.len() < MAX_CANDIDATES)
        {
            found.push(path.to_owned());
        }
    })?;
    for dependency in missing {
        ctx.check_cancelled()?;
        let name = wanted_name(dependency);
        let exact = wanted.get(&name).filter(|found| !found.is_empty());
        let Some(candidates) = exact.or_else(|| wanted_stems.get(stem(&name))) else { continue };
        let Some(best) = best_of(candidates, dependency) else { continue };
        if candidates.iter().any(|other| !is_same_content(best, other)) {
            relinks.doubtful.push(dependency.named.clone());
        }
        relinks.found.insert(dependency.named.clone(), best.clone());
    }
    Ok(relinks)
}

fn walk(
    folder: &Path,
    relinks: &mut Relinks,
    ctx: &WorkCtx,
    see: &mut dyn FnMut(&Path),
) -> Result<(), Cancelled> {
    let mut stack = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = stack.pop() {
        ctx.check_cancelled()?;
        relinks.n_folders += 1;
        if relinks.n_folders > MAX_FOLDERS {
            relinks.is_cut_short = true;
            return Ok(());
        }
        ctx.stage(&format!("{} folders looked through", relinks.n_folders));
        // A folder that may not be read is passed over, as the system's own search does.
        let Ok(entries) = folder.read_dir() else { continue };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => stack.push((entry.path(), depth + 1)),
                Ok(kind) if kind.is_dir() => relinks.is_cut_short = true,
                Ok(_) if entry.path().is_file() => see(&entry.path()),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Most of the stated folders first, then the nearest, then by name so that the answer is the same
/// every time.
fn best_of<'a>(candidates: &'a [PathBuf], dependency: &Dependency) -> Option<&'a PathBuf> {
    let stated = dependency.named.replace('\\', "/").to_lowercase();
    let n_stated_folders = |path: &Path| {
        let folders = path.parent().into_iter().flat_map(Path::components).rev();
        let folders = folders.map(|c| c.as_os_str().to_string_lossy().to_lowercase());
        folders.zip(stated.rsplit('/').skip(1)).take_while(|(a, b)| a == b).count()
    };
    let home = dependency.named_by.parent().unwrap_or(Path::new(""));
    let n_steps = |path: &Path| {
        let n_shared = home.components().zip(path.components()).take_while(|(a, b)| a == b).count();
        home.components().count() + path.components().count() - 2 * n_shared
    };
    candidates
        .iter()
        .min_by_key(|path| (std::cmp::Reverse(n_stated_folders(path)), n_steps(path), (*path).clone()))
}

/// Byte by byte: exact, and quicker than hashing both.
fn is_same_content(a: &Path, b: &Path) -> bool {
    let same = || -> std::io::Result<bool> {
        let (a, b) = (File::open(a)?, File::open(b)?);
        if a.metadata()?.len() != b.metadata()?.len() {
            return Ok(false);
        }
        let (mut a, mut b) = (BufReader::new(a), BufReader::new(b));
        let (mut of_a, mut of_b) = ([0; 8192], [0; 8192]);
        loop {
            let n = a.read(&mut of_a)?;
            let (Some(part_a), Some(part_b)) = (of_a.get(..n), of_b.get_mut(..n)) else { return Ok(false) };
            b.read_exact(part_b)?;
            if n == 0 || part_a != part_b {
                return Ok(n == 0);
            }
        }
    };
    a == b || same().unwrap_or(false)
}

/// In lower case; of a tiled texture the first tile.
fn wanted_name(dependency: &Dependency) -> String {
    let named = &dependency.named;
    let bare = named.trim().trim_matches('"').rsplit(['/', '\\']).next().unwrap_or(named);
    let tiled = TiledName::marked(bare).map(|tiled| tiled.tile(1001));
    tiled.as_deref().unwrap_or(bare).to_lowercase()
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(kind: DependencyKind, named: &str, model: &Path) -> Dependency {
        Dependency {
            kind,
            named: named.into(),
            named_by: model.into(),
            state: DependencyState::Missing,
            path: named.into(),
            n_bytes: None,
        }
    }

    #[test]
    fn files_are_found_by_name_and_the_fitting_one_is_taken() {
        let home = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let model = put("models/chair.obj", b"");
        put("aaa/wood.png", b"other");
        let wood = put("library/Textures/WOOD.png", b"wood");
        put("copies/cloth.png", b"same");
        let cloth = put("models/new/cloth.png", b"same");
        let metal = put("library/metal.JPG", b"metal");
        put("library/scan.bin.jpg", b"");
        let wanted = [
            missing(DependencyKind::Picture, "D:\\work\\textures\\wood.png", &model),
            missing(DependencyKind::Picture, "cloth.png", &model),
            missing(DependencyKind::Picture, "maps/metal.tif", &model),
            missing(DependencyKind::Buffer, "scan.bin", &model),
            Dependency {
                state: DependencyState::Found,
                ..missing(DependencyKind::Picture, "wood.png", &model)
            },
        ];
        let relinks = search(&wanted, home.path(), &WorkCtx::quiet()).unwrap();
        let expected =
            [("D:\\work\\textures\\wood.png", wood), ("cloth.png", cloth), ("maps/metal.tif", metal)];
        assert_eq!(relinks.found, expected.map(|(name, path)| (name.to_owned(), path)).into());
        assert_eq!(relinks.doubtful, ["D:\\work\\textures\\wood.png"]);
        assert_eq!((relinks.n_folders, relinks.is_cut_short), (7, false));
        let ctx = WorkCtx::quiet();
        ctx.cancel();
        assert!(search(&wanted, home.path(), &ctx).is_err());
    }

    #[test]
    #[cfg(unix)]
    fn links_lead_a_search_nowhere() {
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(home.path(), home.path().join("again")).unwrap();
        let relinks = search(&[], home.path(), &WorkCtx::quiet()).unwrap();
        assert_eq!(relinks.n_folders, 1);
    }
}
