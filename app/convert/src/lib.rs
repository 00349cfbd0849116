//! One model in, another file out, with a receipt of what happened.
//!
//! A [`Plan`] says what is done in between, step by step. Names, hierarchy, extras, animations,
//! skins and morphs survive; nothing is simplified unless the plan says so. The room knows no farm
//! and no window, and never writes to the file it reads.

mod edit;
mod error;
mod ktx;
mod levels;
mod options;
mod plan;
mod receipt;
mod step;
pub mod steps;

#[cfg(test)]
mod test_scenes;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use formats::kscene::{Attachment, foreign_attachments};
use formats::{ReadOptions, Target, WriteOptions};
use scene::Scene;
use work::{Cancelled, WorkCtx};

pub use error::ConvertError;
pub use levels::LevelReceipt;
pub use options::{OptionField, OptionKind};
pub use plan::{Output, OutputCompression, Plan, PlanError, Publish};
pub use receipt::{FileFacts, Numbers, Receipt, StepReceipt};
pub use step::Step;

/// Reads `input`, does what `plan` says, writes the result to `output` in the format of its
/// extension ([`Target`]; a temporary name first, then renamed), and says what happened. Missing folders of `output` are made.
///
/// # Errors
/// By cause: the model cannot be read, the result cannot be written, `output` is one of the files
/// that make up the model, or its name does not end like a format that Kiln writes.
pub fn convert(
    input: &Path,
    output: &Path,
    plan: &Plan,
    options: &ReadOptions,
    ctx: &WorkCtx,
) -> Result<Receipt, ConvertError> {
    let Some(target) = Target::of(output) else {
        return Err(ConvertError::UnknownTarget(output.to_owned()));
    };
    if is_same_file(input, output) {
        return Err(ConvertError::WouldReplaceOriginal(output.to_owned()));
    }
    let mut import = formats::read_with(input, options, ctx)?;
    // Levels and materials get names made of the result's, which a file of the model may bear.
    let levels = (1..=plan.output.levels.len()).map(|level| levels::named(output, level));
    for written in levels.chain([output.to_owned()]) {
        let is_of_model = |path: &Path| {
            is_same_file(input, path) || import.files.iter().any(|file| is_same_file(file, path))
        };
        let materials = written.with_extension("mtl");
        if is_of_model(&written) || target == Target::Obj && is_of_model(&materials) {
            return Err(ConvertError::WouldReplaceOriginal(written));
        }
    }
    let before = Numbers::of(&import.scene);
    // Of a model in an archive it is the archive that can be measured.
    let source = import.files.first().map_or(input, PathBuf::as_path);
    let (steps, facts) = rayon::join(|| apply(plan, &mut import.scene, ctx), || FileFacts::of(source));
    let steps = steps?;
    ctx.check_cancelled()?;
    if let Some(folder) = output.parent() {
        let failed = |source| ConvertError::File { source, path: folder.to_owned() };
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut receipt = Receipt {
        input: facts?,
        output: None,
        beside: Vec::new(),
        plan: plan.name.clone(),
        steps,
        before,
        after: Numbers::of(&import.scene),
        levels: Vec::new(),
        warnings: import.warnings.iter().map(ToString::to_string).collect(),
    };
    let options = WriteOptions {
        compression: plan.output.compression.into(),
        attachments: attachments(source, target, &receipt),
    };
    let written = formats::write(&import.scene, output, target, &options, ctx)?;
    receipt.warnings.extend(written.warnings.iter().map(ToString::to_string));
    if !target.leaves_out().is_empty() {
        receipt.warnings.push(format!(".{} leaves out {}", target.extension(), target.leaves_out()));
    }
    receipt.output = Some(FileFacts::of(output)?);
    receipt.beside = written.beside.iter().map(|path| FileFacts::of(path)).collect::<Result<_, _>>()?;
    let options = WriteOptions { attachments: Vec::new(), ..options };
    receipt.levels = levels::write(&plan.output.levels, &import.scene, (output, target), &options, ctx)?;
    Ok(receipt)
}

/// What a Kiln scene file carries beside the scene: how it came about, and what others put into the
/// file that it was made from.
fn attachments(source: &Path, target: Target, receipt: &Receipt) -> Vec<Attachment> {
    if target != Target::KilnScene {
        return Vec::new();
    }
    let mut attachments = foreign_attachments(source).unwrap_or_default();
    if let Ok(bytes) = serde_json::to_vec_pretty(receipt) {
        attachments.push(Attachment { tag: Attachment::RECEIPT, bytes });
    }
    attachments
}

/// Runs the steps of a plan on a scene that has passed [`Scene::validate`].
///
/// # Errors
/// When `ctx` was cancelled; the scene is then sound, and done in part.
pub fn apply(plan: &Plan, scene: &mut Scene, ctx: &WorkCtx) -> Result<Vec<StepReceipt>, Cancelled> {
    plan.steps.iter().map(|step| step.apply(scene, ctx)).collect()
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
