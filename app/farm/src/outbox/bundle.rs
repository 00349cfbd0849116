use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use formats::{Dependency, DependencyState, ReadOptions};
use work::WorkCtx;

/// A model and the files it needs, absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ModelFiles {
    /// An archive where the model lies in one.
    pub(crate) model: PathBuf,
    pub(crate) needed: Vec<NeededFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeededFile {
    pub(crate) source: PathBuf,
    /// Where the model would find it by what it says, or beside itself.
    pub(crate) wanted_at: PathBuf,
}

/// Where a file goes in the checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) path: String,
    pub(crate) source: PathBuf,
    pub(crate) model_index: Option<u32>,
}

/// What models are made of. A model names files by path, and one from a stranger may name anything;
/// only such files leave this machine unasked.
const MODEL_DATA: &[&str] = &[
    "3ds", "abc", "avif", "basis", "bin", "blend", "bmp", "buf", "dae", "dds", "exr", "fbx", "gif", "glb",
    "glbin", "gltf", "hdr", "jfif", "jp2", "jpe", "jpeg", "jpg", "ktx", "ktx2", "mtl", "mtlx", "obj", "pbm",
    "pgm", "ply", "png", "pnm", "ppm", "psd", "sgi", "stl", "svg", "tga", "tif", "tiff", "usd", "usda",
    "usdc", "usdz", "vdb", "webp",
];

/// Textures may lie in a neighbour's folder (`../../textures`); farther up, a file is taken out of
/// its place and laid beside the model, where readers look next.
const MAX_LEVELS_UP: usize = 3;

/// Finds what `model` needs beside it. A model that cannot be read goes alone: what is wrong with it
/// is the task's to say.
pub(crate) fn trace(model: &Path, relinks: BTreeMap<String, PathBuf>, ctx: &WorkCtx) -> ModelFiles {
    let options = ReadOptions { relinks, ..Default::default() };
    let import = formats::read_with(model, &options, ctx);
    let dependencies = import.map(|import| import.dependencies).unwrap_or_default();
    let archive = formats::split_archive_path(model).map(|(archive, _)| archive);
    let model = flat(archive.unwrap_or(model));
    let mut needed: Vec<NeededFile> = Vec::new();
    for file in dependencies.iter().filter_map(|dependency| needed_file(dependency, &model)) {
        if !needed.contains(&file) {
            needed.push(file);
        }
    }
    ModelFiles { model, needed }
}

fn needed_file(dependency: &Dependency, model: &Path) -> Option<NeededFile> {
    let source = flat(&dependency.path);
    let extension = source.extension().and_then(|it| it.to_str()).unwrap_or_default().to_ascii_lowercase();
    // The model itself, or what lies inside it.
    let is_model = source.starts_with(model);
    if is_model || !MODEL_DATA.contains(&extension.as_str()) || !source.is_file() {
        return None;
    }
    let named_by = flat(&dependency.named_by);
    let folder = named_by.parent().unwrap_or(Path::new(""));
    let stated = dependency.named.trim().replace('\\', "/");
    let wanted_at = match dependency.state {
        DependencyState::Missing | DependencyState::Web => return None,
        DependencyState::Found | DependencyState::FoundBeside | DependencyState::Outside => source.clone(),
        // The path is this machine's; elsewhere readers look beside the model.
        DependencyState::Absolute => folder.join(source.file_name()?),
        DependencyState::Relinked => {
            let inside = flat(&folder.join(&stated));
            let is_inside = !stated.contains(':') && inside.starts_with(folder);
            if is_inside { inside } else { folder.join(stated.rsplit('/').next()?) }
        }
    };
    Some(NeededFile { source, wanted_at })
}

/// Lays out what is sent, so that relative references hold and nothing overwrites anything.
pub(crate) fn lay_out(models: &[ModelFiles], further: &[PathBuf]) -> Vec<Placed> {
    let roots: Vec<PathBuf> = models.iter().map(common_root).collect();
    let prefixes = prefixes_of(&roots);
    let mut layout = Layout::default();
    for (index, (model, root)) in (0..).zip(models.iter().zip(&roots)) {
        let prefix = prefixes.get(root).map_or("", String::as_str);
        let own = relative(root, &model.model).unwrap_or_else(|| file_name(&model.model));
        let own = layout.place(join(prefix, &own), &model.model, Some(index));
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        for file in &model.needed {
            let path = match relative(root, &file.wanted_at) {
                Some(inside) => join(prefix, &inside),
                None => join(&folder, &file_name(&file.wanted_at)),
            };
            layout.place(path, &file.source, None);
        }
    }
    for file in further {
        let file = flat(file);
        let inside = roots.iter().find_map(|root| {
            let path = relative(root, &file)?;
            Some(join(prefixes.get(root).map_or("", String::as_str), &path))
        });
        layout.place(inside.unwrap_or_else(|| file_name(&file)), &file, None);
    }
    layout.files.into_values().collect()
}

#[derive(Default)]
struct Layout {
    /// By path in lower case: the farm's disk may not tell `A` from `a`.
    files: BTreeMap<String, Placed>,
}

impl Layout {
    /// Answers the path it got, which differs when another file is there already.
    fn place(&mut self, wish: String, source: &Path, model_index: Option<u32>) -> String {
        let mut path = wish.clone();
        for number in 2_usize.. {
            match self.files.get_mut(&path.to_lowercase()) {
                None => break,
                Some(there)
                    if there.source == source && (model_index.is_none() || there.model_index.is_none()) =>
                {
                    there.model_index = there.model_index.or(model_index);
                    return path;
                }
                Some(_) => path = numbered(&wish, number),
            }
        }
        let placed = Placed { path: path.clone(), source: source.into(), model_index };
        self.files.insert(path.to_lowercase(), placed);
        path
    }
}

/// The deepest folder that holds the model and, not too far up, what it needs.
fn common_root(files: &ModelFiles) -> PathBuf {
    let home = files.model.parent().unwrap_or(Path::new("")).to_owned();
    let mut root = home.clone();
    for file in &files.needed {
        let reaches =
            home.ancestors().take(MAX_LEVELS_UP + 1).find(|folder| file.wanted_at.starts_with(folder));
        if let Some(folder) = reaches
            && folder.components().any(|part| matches!(part, Component::Normal(_)))
            && root.starts_with(folder)
        {
            root = folder.to_owned();
        }
    }
    root
}

/// One root needs no folder of its own; several get one each, named after themselves.
fn prefixes_of(roots: &[PathBuf]) -> BTreeMap<PathBuf, String> {
    let mut prefixes = BTreeMap::new();
    let mut taken = Vec::new();
    if roots.iter().all(|root| Some(root) == roots.first()) {
        return prefixes;
    }
    for root in roots {
        if prefixes.contains_key(root) {
            continue;
        }
        let wish = crate::slug::slug(&file_name(root), "models");
        let mut name = wish.clone();
        for number in 2_usize.. {
            if !taken.contains(&name.to_lowercase()) {
                break;
            }
            name = format!("{wish}-{number}");
        }
        taken.push(name.to_lowercase());
        prefixes.insert(root.clone(), name);
    }
    prefixes
}

/// `None` when `file` is not below `root`.
fn relative(root: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(root).ok()?.components();
    let parts: Vec<String> = parts.map(|part| clean(&part.as_os_str().to_string_lossy())).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn file_name(path: &Path) -> String {
    clean(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// A setting holds one path a line, and a backslash is a border to half of all programs.
fn clean(part: &str) -> String {
    let clean = part.chars().map(|it| if it.is_control() || it == '\\' { '_' } else { it }).collect();
    if part == ".." { "_".into() } else { clean }
}

fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

fn numbered(path: &str, number: usize) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let name = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem}-{number}.{extension}"),
        _ => format!("{name}-{number}"),
    };
    join(folder, &name)
}

/// Without `.` and `..`, by the letters alone.
pub(crate) fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.into()).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                flat.pop();
            }
            part => flat.push(part),
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(model: &str, needed: &[&str]) -> ModelFiles {
        let in_place = |path: &&str| NeededFile { source: path.into(), wanted_at: path.into() };
        ModelFiles { model: model.into(), needed: needed.iter().map(in_place).collect() }
    }

    fn paths(placed: &[Placed]) -> Vec<(&str, &str)> {
        placed.iter().map(|it| (it.path.as_str(), it.source.to_str().unwrap())).collect()
    }

    #[test]
    #[cfg(unix)]
    fn one_model_keeps_its_neighbours_where_it_looks_for_them() {
        let chair = model("/m/a/models/chair.obj", &["/m/a/models/chair.mtl", "/m/a/textures/wood.png"]);
        let expected = [
            ("models/chair.mtl", "/m/a/models/chair.mtl"),
            ("models/chair.obj", "/m/a/models/chair.obj"),
            ("textures/wood.png", "/m/a/textures/wood.png"),
        ];
        assert_eq!(paths(&lay_out(&[chair], &[])), expected);
    }

    #[test]
    #[cfg(unix)]
    fn a_file_from_far_away_lies_beside_the_model() {
        let chair = model("/home/a/b/c/d/chair.obj", &["/srv/wood.png"]);
        let expected = [("chair.obj", "/home/a/b/c/d/chair.obj"), ("wood.png", "/srv/wood.png")];
        assert_eq!(paths(&lay_out(&[chair], &[])), expected);
    }

    #[test]
    #[cfg(unix)]
    fn models_of_one_name_do_not_meet() {
        let models = [
            model("/a/x/chair.glb", &[]),
            model("/b/x/chair.glb", &[]),
            model("/a/x/table.obj", &["/a/x/t.mtl"]),
        ];
        let placed = lay_out(&models, &[PathBuf::from("/c/chair.glb"), PathBuf::from("/d/chair.glb")]);
        let expected = [
            ("chair-2.glb", "/d/chair.glb"),
            ("chair.glb", "/c/chair.glb"),
            ("x-2/chair.glb", "/b/x/chair.glb"),
            ("x/chair.glb", "/a/x/chair.glb"),
            ("x/t.mtl", "/a/x/t.mtl"),
            ("x/table.obj", "/a/x/table.obj"),
        ];
        assert_eq!(paths(&placed), expected);
        assert_eq!(placed.iter().filter_map(|it| it.model_index).collect::<Vec<_>>(), [1, 0, 2]);
    }

    #[test]
    fn only_model_data_leaves_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let gltf = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[]}],
            "images":[{"uri":"wood.png"},{"uri":"../id_rsa"},{"uri":"gone.png"}],
            "textures":[{"source":0},{"source":1},{"source":2}]}"#;
        std::fs::write(at("chair.gltf"), gltf).unwrap();
        std::fs::write(at("wood.png"), b"png").unwrap();
        std::fs::write(at("id_rsa"), b"secret").unwrap();
        let found = trace(&at("chair.gltf"), BTreeMap::new(), &WorkCtx::quiet());
        let sources: Vec<_> = found.needed.iter().map(|it| it.source.clone()).collect();
        assert_eq!(sources, [at("wood.png")]);
    }

    #[test]
    fn what_was_relinked_or_named_absolutely_lies_where_the_model_looks() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a/b/set/chair", "far", "library"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        let chair = at("a/b/set/chair/chair.obj");
        std::fs::write(&chair, "mtllib chair.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl a\nf 1 2 3\n").unwrap();
        let far = at("far/metal.png");
        let mtl = format!(
            "newmtl a\nmap_Kd tex\\wood.png\nmap_Ks C:\\old\\cloth.png\nmap_Bump {}\n",
            far.display()
        );
        std::fs::write(at("a/b/set/chair/chair.mtl"), mtl).unwrap();
        for path in [&far, &at("library/oak.png"), &at("library/cloth2.png")] {
            std::fs::write(path, b"png").unwrap();
        }
        let relinks = BTreeMap::from([
            ("tex\\wood.png".to_owned(), at("library/oak.png")),
            ("C:\\old\\cloth.png".to_owned(), at("library/cloth2.png")),
        ]);
        let found = trace(&chair, relinks, &WorkCtx::quiet());
        let placed = lay_out(&[found], &[]);
        let paths: Vec<_> = placed.iter().map(|it| (it.path.as_str(), it.source.clone())).collect();
        let expected = [
            ("chair.mtl", at("a/b/set/chair/chair.mtl")),
            ("chair.obj", chair.clone()),
            ("cloth.png", at("library/cloth2.png")),
            ("metal.png", far.clone()),
            ("tex/wood.png", at("library/oak.png")),
        ];
        assert_eq!(paths, expected);
    }
}
