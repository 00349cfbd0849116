use std::io::Write;
use std::path::{Path, PathBuf};

use formats::ReadOptions;
use image::RgbImage;
use render::{Gpu, Renderer};
use work::WorkCtx;

use crate::CaptureError;
use crate::tile::{self, Layout};

const GROUND: u8 = 0x12;
/// One is read while another is drawn.
const N_AT_A_TIME: usize = 2;
const MAX_ROW_BYTES: u64 = 1 << 30;

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
    let measures = Measures::new(models.len(), &layout, options.n_columns)?;
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

/// Where everything stands.
struct Measures {
    tile_width: u32,
    row_height: u32,
    gap: u32,
    n_columns: u32,
    width: u32,
    height: u32,
}

impl Measures {
    fn new(n_tiles: usize, layout: &Layout, n_columns: Option<u32>) -> Result<Self, SheetError> {
        let n_tiles = n_tiles.max(1);
        // Tiles are higher than wide.
        let usual = (1.5 * n_tiles as f64).sqrt().round().max(1.0) as u32;
        let n_columns = n_columns.unwrap_or(usual.min(16)).clamp(1, n_tiles.min(1 << 16) as u32);
        let n_rows = n_tiles.div_ceil(n_columns as usize) as u64;
        let gap = (layout.size_px / 24).max(4);
        let row_height = layout.height_px + gap;
        let width_px = u64::from(n_columns) * u64::from(layout.size_px + gap) + u64::from(gap);
        let height_px = n_rows * u64::from(row_height) + u64::from(gap);
        match (u32::try_from(width_px), u32::try_from(height_px)) {
            (Ok(width), Ok(height)) if width_px * u64::from(row_height) * 3 <= MAX_ROW_BYTES => {
                Ok(Self { tile_width: layout.size_px, row_height, gap, n_columns, width, height })
            }
            _ => Err(SheetError::TooLarge { width_px, height_px }),
        }
    }

    fn png<W: Write>(&self, out: W) -> Result<png::Writer<W>, std::io::Error> {
        let mut encoder = png::Encoder::new(out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Adaptive);
        Ok(encoder.write_header()?)
    }
}

/// The sheet while it is written, a row of tiles in memory.
struct Page<'w, W: Write> {
    measures: Measures,
    writer: png::StreamWriter<'w, W>,
    row: RgbImage,
    n_in_row: u32,
}

impl<'w, W: Write> Page<'w, W> {
    fn new(measures: Measures, png: &'w mut png::Writer<W>) -> Result<Self, std::io::Error> {
        let mut writer = png.stream_writer()?;
        writer.write_all(&vec![GROUND; measures.width as usize * measures.gap as usize * 3])?;
        let row = RgbImage::from_pixel(measures.width, measures.row_height, image::Rgb([GROUND; 3]));
        Ok(Self { measures, writer, row, n_in_row: 0 })
    }

    fn add(&mut self, tile: &RgbImage) -> Result<(), std::io::Error> {
        let Measures { gap, tile_width, n_columns, .. } = self.measures;
        let x = gap + self.n_in_row * (tile_width + gap);
        image::imageops::replace(&mut self.row, tile, x.into(), 0);
        self.n_in_row += 1;
        if self.n_in_row == n_columns { self.write_row() } else { Ok(()) }
    }

    fn write_row(&mut self) -> Result<(), std::io::Error> {
        self.writer.write_all(self.row.as_raw())?;
        self.row.pixels_mut().for_each(|pixel| pixel.0 = [GROUND; 3]);
        self.n_in_row = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<(), std::io::Error> {
        if self.n_in_row > 0 {
            self.write_row()?;
        }
        self.writer.finish().map_err(std::io::Error::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(n_tiles: usize, n_columns: Option<u32>) -> Result<RgbImage, SheetError> {
        let layout = Layout::new(96).unwrap();
        let mut bytes = Vec::new();
        let measures = Measures::new(n_tiles, &layout, n_columns)?;
        let mut png = measures.png(&mut bytes)?;
        let mut page = Page::new(measures, &mut png)?;
        for i in 0..n_tiles {
            page.add(&RgbImage::from_pixel(96, layout.height_px, image::Rgb([100 + i as u8, 0, 0])))?;
        }
        page.finish()?;
        drop(png);
        Ok(image::load_from_memory(&bytes).unwrap().into_rgb8())
    }

    #[test]
    fn tiles_stand_in_rows_in_their_order() {
        let height = Layout::new(96).unwrap().height_px;
        let sheet = page(5, Some(3)).unwrap();
        assert_eq!(sheet.dimensions(), (3 * 100 + 4, 2 * (height + 4) + 4));
        let first = |column: u32, row: u32| sheet.get_pixel(4 + 100 * column, 4 + (height + 4) * row).0;
        assert_eq!([first(0, 0)[0], first(2, 0)[0], first(0, 1)[0], first(1, 1)[0]], [100, 102, 103, 104]);
        assert_eq!(first(2, 1), [GROUND; 3], "nothing after the last");
        assert_eq!(page(1, None).unwrap().dimensions(), (104, height + 8));
    }

    #[test]
    fn a_row_that_no_memory_holds_is_refused() {
        let layout = Layout::new(8192).unwrap();
        let refused = Measures::new(1000, &layout, Some(1000));
        assert!(matches!(refused, Err(SheetError::TooLarge { .. })));
    }
}
