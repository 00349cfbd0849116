use std::io::Write;
use std::path::{Path, PathBuf};

use formats::ReadOptions;
use render::{Gpu, Renderer};
use work::WorkCtx;

use crate::CaptureError;
use crate::page::{Measures, Page};
use crate::tile::{self, Layout};

/// One is read while another is drawn.
const N_AT_A_TIME: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetOptions {
    /// Width and height of each model's picture.
    pub size_px: u32,
    /// As many as make the sheet a little wider than high when not given.
    pub n_columns: Option<u32>,
    /// How the models are read.
    pub read: ReadOptions,
}

impl Default for SheetOptions {
    fn default() -> Self {
        Self { size_px: 320, n_columns: None, read: ReadOptions::default() }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error("cannot write the sheet: {0}. Check that the folder can be written to and has space")]
    Write(#[from] std::io::Error),
    #[error(
        "a sheet of {width_px} x {height_px} pixels is too large; ask for smaller pictures or other columns"
    )]
    TooLarge { width_px: u64, height_px: u64 },
    #[error(transparent)]
    Cancelled(#[from] work::Cancelled),
}

/// A PNG of every model's textured picture with name, format, counts and size below, row after row
/// in the order of `models`. One that cannot be shown has its reason there. `done` is told each
/// model's warnings or reason, in order. Memory is that of a row.
///
/// # Errors
/// When the sheet is too large or cannot be written, or `ctx` is cancelled; never for a model.
pub fn sheet(
    models: &[PathBuf],
    out: impl Write,
    options: &SheetOptions,
    gpu: &Gpu,
    renderer: &Renderer,
    ctx: &WorkCtx,
    mut done: impl FnMut(usize, Result<&[String], &str>),
) -> Result<(), SheetError> {
    let unreadable_font = || std::io::Error::other("the program's own font cannot be read");
    let layout = Layout::new(options.size_px).ok_or_else(unreadable_font)?;
    let measures = Measures::new(models.len(), layout.tile_px(), options.n_columns)?;
    let mut png = measures.png(out)?;
    let mut page = Page::new(measures, &mut png)?;
    let show = |i: usize| {
        let model = &models[i];
        let shown = tile::show(model, options, gpu, renderer, &WorkCtx::quiet());
        let shown = shown.map_err(|error| reason(&error, model));
        (tile::draw(&layout, model, &shown), shown.map(|shown| shown.warnings))
    };
    let mut written = Ok(());
    work::in_order(models.len(), N_AT_A_TIME, ctx, show, |i, result| {
        let (tile, outcome) = result.unwrap_or_else(|message| {
            let panicked = CaptureError::Panicked { message, model: models[i].clone() };
            let reason = reason(&panicked, &models[i]);
            (tile::draw(&layout, &models[i], &Err(reason.clone())), Err(reason))
        });
        done(i, outcome.as_deref().map_err(String::as_str));
        ctx.progress((i + 1) as f32 / models.len() as f32, "drawing");
        if written.is_ok() {
            written = page.add(&tile);
            if written.is_err() {
                ctx.cancel();
            }
        }
    });
    written?;
    ctx.check_cancelled()?;
    Ok(page.finish()?)
}

/// The error without the path at its end: the name stands below.
fn reason(error: &CaptureError, model: &Path) -> String {
    let text = error.to_string();
    let path = format!(": {}", model.display());
    text.strip_suffix(&path).unwrap_or(&text).to_owned()
}
