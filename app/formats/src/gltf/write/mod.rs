//! A scene as one binary glTF, kept to what the Khronos validator asks for.

mod animation;
mod binary;
mod codec;
mod envelope;
mod fan;
mod group;
mod image;
mod material;
mod mesh;
mod node;
mod skinning;
mod surface;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scene::Scene;
use serde_json::{Map, Value, json};
use work::WorkCtx;

use crate::Compression;
use crate::{WriteError, WriteWarning};
use binary::Binary;

/// What came of writing one model.
#[derive(Clone, Debug, Default)]
pub struct WriteReport {
    pub n_bytes: u64,
    /// Other files that were written and belong to it.
    pub beside: Vec<PathBuf>,
    pub warnings: Vec<WriteWarning>,
}

/// Writes the scene as one binary glTF with its pictures inside. Polygons become triangles in the
/// order of FB_ngon_encoding, so that a reader who knows it gets most of them back; vertices are
/// split where their corners differ. The file appears under its name only when it is
/// complete; a file that is there before is replaced. Smaller files are for readers that know
/// EXT_meshopt_compression; nothing is lost in them.
///
/// # Errors
/// A scene that does not validate, a model beyond 4 GiB, a disk that refuses, a cancel.
pub fn write_glb(
    scene: &Scene,
    path: &Path,
    compression: Compression,
    ctx: &WorkCtx,
) -> Result<WriteReport, WriteError> {
    ctx.stage("writing");
    scene.validate()?;
    let mut writer = Writer {
        scene,
        ctx,
        binary: Binary::new(compression),
        warnings: Vec::new(),
        extensions: BTreeSet::new(),
    };
    let document = writer.document()?;
    let json = document.to_string();
    let n_bytes = envelope::save(path, json.as_bytes(), writer.binary.bytes(), ctx)?;
    Ok(WriteReport { n_bytes, beside: Vec::new(), warnings: writer.warnings })
}

/// What the parts of the writer share.
struct Writer<'a> {
    scene: &'a Scene,
    ctx: &'a WorkCtx,
    binary: Binary,
    warnings: Vec<WriteWarning>,
    /// Names used, with whether a reader cannot do without.
    extensions: BTreeSet<(&'static str, bool)>,
}

/// glTF numbers of a scene's meshes, skins and so on; `None` where glTF has no place for one.
type Numbers = Vec<Option<usize>>;

impl Writer<'_> {
    fn document(&mut self) -> Result<Value, WriteError> {
        let mut root = Map::new();
        let mut asset = json!({ "version": "2.0", "generator": concat!("Kiln ", env!("CARGO_PKG_VERSION")) });
        if !self.scene.authored.copyright.is_empty() {
            asset["copyright"] = self.scene.authored.copyright.as_str().into();
        }
        root.insert("asset".into(), asset);
        let textures = self.images_and_textures(&mut root)?;
        self.materials(&textures, &mut root);
        self.variants(&mut root);
        let meshes = self.meshes(&textures, &mut root)?;
        let skins = self.skins(&mut root);
        self.cameras_and_lights(&mut root);
        self.nodes(&meshes, &skins, &mut root);
        self.animations(&meshes, &mut root)?;
        self.binary.describe(&mut root);
        self.extensions.extend(self.binary.compression_extension().map(|name| (name, true)));
        if self.binary.has_byte_vectors() {
            self.extensions.insert(("KHR_mesh_quantization", true));
        }
        let names = |required: bool| -> Vec<&str> {
            let chosen = self.extensions.iter().filter(|(_, is_required)| !required || *is_required);
            // One may be there both ways, for textures with and without a plain picture beside them.
            let mut chosen: Vec<&str> = chosen.map(|(name, _)| *name).collect();
            chosen.dedup();
            chosen
        };
        insert_list(&mut root, "extensionsUsed", names(false).into_iter().map(Value::from).collect());
        insert_list(&mut root, "extensionsRequired", names(true).into_iter().map(Value::from).collect());
        Ok(Value::Object(root))
    }
}

/// glTF forbids empty lists.
fn insert_list(object: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object.insert(name.into(), Value::Array(list));
    }
}

fn insert_name(object: &mut Map<String, Value>, name: &str) {
    if !name.is_empty() {
        object.insert("name".into(), name.into());
    }
}

/// Extras that are no JSON any more are dropped rather than breaking the file.
fn insert_extras(object: &mut Map<String, Value>, extras: Option<&String>) {
    if let Some(value) = extras.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        object.insert("extras".into(), value);
    }
}

/// The shortest decimal that reads back as the same `f32`; 0 for what is no number.
fn number(value: f32) -> Value {
    let shortest = value.to_string().parse::<f64>().ok().filter(|v| v.is_finite());
    Value::from(shortest.unwrap_or(0.0))
}

fn numbers(values: &[f32]) -> Value {
    values.iter().map(|&value| number(value)).collect()
}
