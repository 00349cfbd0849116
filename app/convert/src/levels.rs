use std::path::{Path, PathBuf};

use formats::{Target, WriteOptions};
use scene::Scene;
use serde::Serialize;
use work::WorkCtx;

use crate::steps::{Order, OrderGoal, Simplify};
use crate::{ConvertError, FileFacts, Numbers, Step};

/// One simplified copy of the result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelReceipt {
    /// The share of triangles that was asked for.
    pub ratio: f64,
    pub output: FileFacts,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<FileFacts>,
    pub after: Numbers,
    /// What was left alone, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Writes a chain of levels of detail beside `output`, each made from the whole scene.
pub(crate) fn write(
    ratios: &[f64],
    scene: &Scene,
    (output, target): (&Path, Target),
    options: &WriteOptions,
    ctx: &WorkCtx,
) -> Result<Vec<LevelReceipt>, ConvertError> {
    let mut levels = Vec::new();
    for (i, &ratio) in ratios.iter().enumerate() {
        let mut level = scene.clone();
        let mut notes = Vec::new();
        for step in [Step::Simplify(seen_from_afar(scene, ratio)), Step::Order(order(options))] {
            notes.extend(step.apply(&mut level, ctx)?.notes);
        }
        let path = named(output, i + 1);
        let written = formats::write(&level, &path, target, options, ctx)?;
        levels.push(LevelReceipt {
            ratio,
            output: FileFacts::of(&path)?,
            beside: written.beside.iter().map(|path| FileFacts::of(path)).collect::<Result<_, _>>()?,
            after: Numbers::of(&level),
            notes,
        });
    }
    Ok(levels)
}

/// A level with a quarter of the triangles is drawn where the model is half as large on the screen: as
/// much coarser as the triangles get, its outline and surface may be.
fn seen_from_afar(scene: &Scene, ratio: f64) -> Simplify {
    let usual = Simplify::default();
    let coarser = 1.0 / ratio.clamp(1e-3, 1.0);
    let diagonal = 2.0 * scene.bounds().radius();
    Simplify {
        ratio: Some(ratio),
        max_error: Some(Simplify::ERROR_SHARE * diagonal * coarser),
        max_outline_pixels: (usual.max_outline_pixels as f64 * coarser) as usize,
        ..usual
    }
}

fn order(options: &WriteOptions) -> Order {
    let is_small = options.compression != formats::Compression::None;
    Order { goal: if is_small { OrderGoal::Size } else { OrderGoal::Drawing } }
}

/// Counted from 1.
pub(crate) fn named(output: &Path, level: usize) -> PathBuf {
    let mut name = output.file_stem().unwrap_or_default().to_os_string();
    name.push(format!("_lod{level}."));
    name.push(output.extension().unwrap_or_default());
    output.with_file_name(name)
}
