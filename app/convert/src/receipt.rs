use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use scene::{Scene, Topology};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{ConvertError, LevelReceipt, Step};

/// What went in, what was done to it, what came out, and what was lost on the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Receipt {
    pub input: FileFacts,
    /// `None` in the receipt inside of the result, which cannot know its own hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<FileFacts>,
    /// Files that the format needs next to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<FileFacts>,
    /// Name of the plan.
    pub plan: String,
    /// In the order they ran; those that found nothing to do are there too.
    pub steps: Vec<StepReceipt>,
    pub before: Numbers,
    pub after: Numbers,
    /// Simplified copies, the finest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelReceipt>,
    /// In words, for people.
    pub warnings: Vec<String>,
}

impl Receipt {
    /// Every file that was written, the result first.
    pub fn outputs(&self) -> impl Iterator<Item = &FileFacts> {
        let levels = self.levels.iter().flat_map(|level| std::iter::once(&level.output).chain(&level.beside));
        self.output.iter().chain(&self.beside).chain(levels)
    }
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepReceipt {
    /// The step with its options.
    #[serde(flatten)]
    pub step: Step,
    /// What changed and how often: `faces turned`, 1272. Empty: nothing.
    pub changes: BTreeMap<&'static str, u64>,
    /// What a person should know: what was left alone and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A step's way to say what it did.
#[derive(Debug, Default)]
pub(crate) struct StepLog {
    pub(crate) changes: BTreeMap<&'static str, u64>,
    pub(crate) notes: Vec<String>,
}

impl StepLog {
    pub(crate) fn count(&mut self, what: &'static str, n: usize) {
        if n > 0 {
            *self.changes.entry(what).or_default() += n as u64;
        }
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

/// How large a model is, as it would be drawn and stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// Stored once, however often it is placed.
    pub vertices: usize,
    /// Polygons, stored once.
    pub faces: usize,
    /// Of every placing in the default scene.
    pub drawn_triangles: usize,
    pub objects: usize,
    pub meshes: usize,
    pub materials: usize,
    pub textures: usize,
    /// One for each material of each placed mesh.
    pub draw_calls: usize,
}

impl Numbers {
    pub fn of(scene: &Scene) -> Self {
        let transforms = scene.world_transforms();
        let placed = scene.mesh_instances(&transforms);
        let primitives = || scene.meshes.iter().flat_map(|mesh| &mesh.primitives);
        let mut numbers = Self {
            vertices: primitives().map(|p| p.vertex_positions.len()).sum(),
            faces: primitives().filter(|p| p.topology == Topology::Faces).map(|p| p.faces.n_faces()).sum(),
            objects: placed.len(),
            meshes: scene.meshes.len(),
            materials: scene.materials.len(),
            textures: scene.textures.len(),
            ..Self::default()
        };
        for instance in &placed {
            for primitive in &scene.meshes[instance.mesh].primitives {
                if primitive.topology == Topology::Faces {
                    numbers.drawn_triangles +=
                        primitive.faces.iter().map(|f| f.len().saturating_sub(2)).sum::<usize>();
                }
                let materials: std::collections::BTreeSet<_> =
                    primitive.runs().iter().filter(|run| run.n_faces > 0).map(|run| run.material).collect();
                numbers.draw_calls += materials.len();
            }
        }
        numbers
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    pub path: PathBuf,
    pub n_bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl FileFacts {
    /// Reads the file once, with a fixed amount of memory.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of(path: &Path) -> Result<Self, ConvertError> {
        let failed = |source| ConvertError::File { source, path: path.to_owned() };
        let mut file = std::fs::File::open(path).map_err(failed)?;
        let mut hasher = Sha256::new();
        let n_bytes = std::io::copy(&mut file, &mut hasher).map_err(failed)?;
        Ok(Self { path: path.to_owned(), n_bytes, sha256: format!("{:x}", hasher.finalize()) })
    }
}
