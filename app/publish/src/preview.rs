//! What a Kiln scene file carries to be known by without being read: its picture and its report.

use std::path::Path;

use analysis::{AnalyzeOptions, analyze};
use capture::Drawer;
use convert::{ConvertError, FileFacts, Receipt};
use formats::kscene::{Attachment, attach};
use work::WorkCtx;

use crate::PublishError;
use crate::entry::thumbnail;

/// Where nothing can be drawn the file goes without a picture, and the receipt says so.
pub(crate) fn attach_to(
    scene_file: &Path,
    receipt: &mut Receipt,
    drawer: &Drawer,
    ctx: &WorkCtx,
) -> Result<(), PublishError> {
    let mut attachments = Vec::new();
    match thumbnail(scene_file, drawer, ctx) {
        Ok(bytes) => attachments.push(Attachment { tag: Attachment::THUMBNAIL, bytes }),
        Err(PublishError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(error) => receipt.warnings.push(format!("the scene file carries no picture: {}", error.cause())),
    }
    let scene = formats::read(scene_file, ctx).map_err(ConvertError::Read)?.scene;
    let report = analyze(&scene, &AnalyzeOptions::default(), ctx)?;
    if let Ok(bytes) = serde_json::to_vec(&report) {
        attachments.push(Attachment { tag: Attachment::REPORT, bytes });
    }
    attach(scene_file, &attachments, ctx).map_err(ConvertError::Write)?;
    receipt.output = Some(FileFacts::of(scene_file)?);
    Ok(())
}
