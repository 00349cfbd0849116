//! All pictures of one set on a page: a row for each view, a column for each kind.

use image::imageops::{self, FilterType};
use image::{DynamicImage, Rgb, RgbImage};
use render::{Background, Still};

use crate::encode::{EightBits, eight_bits};
use crate::lettering::Lettering;
use crate::page::{Measures, Page};
use crate::{Modality, SheetError, ThumbnailOptions};

/// Large enough to judge.
const MAX_TILE_PX: u32 = 256;
const MIN_TILE_PX: u32 = 48;
/// Of all tiles while the set is drawn: those of a long orbit are smaller.
const MAX_PIXELS: u32 = 24 << 20;
const PANEL: [u8; 3] = [0x1a, 0x1b, 0x1e];
const QUIET: [u8; 3] = [0xab, 0xaa, 0xa9];
/// Behind what is transparent.
const CLEAR: f32 = 58.0;

/// The page while its tiles are drawn.
pub(crate) struct ContactSheet {
    n_columns: u32,
    picture_px: [u32; 2],
    caption_px: u32,
    lettering: Lettering,
    tiles: Vec<RgbImage>,
}

impl ContactSheet {
    /// `None` only if the program's own font cannot be read.
    pub(crate) fn new(options: &ThumbnailOptions, n_views: usize) -> Option<Self> {
        let [width, height] = options.size_px.map(f64::from);
        let n_columns = options.pictures.len().max(1) as u32;
        let n_tiles = f64::from(n_columns) * n_views as f64;
        let affordable = (f64::from(MAX_PIXELS) / n_tiles).sqrt();
        let side = affordable.clamp(f64::from(MIN_TILE_PX), f64::from(MAX_TILE_PX));
        let scale = (side / width.max(height)).min(1.0);
        let picture_px = [width, height].map(|side| ((side * scale).round() as u32).max(1));
        let em = (picture_px[0] as f32 / 18.0).clamp(9.0, 14.0);
        let lettering = Lettering::regular(em)?;
        Some(Self { n_columns, picture_px, caption_px: (1.9 * em) as u32, lettering, tiles: Vec::new() })
    }

    pub(crate) fn add(&mut self, still: &Still, modality: Modality, view: Option<usize>) {
        self.tiles.push(self.tile(still, modality, view));
    }

    /// PNG bytes.
    ///
    /// # Errors
    /// When the page is too large.
    pub(crate) fn png(&self) -> Result<Vec<u8>, SheetError> {
        let measures = Measures::new(self.tiles.len(), self.tile_px(), Some(self.n_columns))?;
        let mut bytes = Vec::new();
        let mut png = measures.png(&mut bytes)?;
        let mut page = Page::new(measures, &mut png)?;
        for tile in &self.tiles {
            page.add(tile)?;
        }
        page.finish()?;
        drop(png);
        Ok(bytes)
    }

    fn tile_px(&self) -> [u32; 2] {
        [self.picture_px[0], self.picture_px[1] + self.caption_px]
    }

    fn tile(&self, still: &Still, modality: Modality, view: Option<usize>) -> RgbImage {
        let [width, height] = self.tile_px();
        let mut tile = RgbImage::from_pixel(width, height, Rgb(PANEL));
        // Data are shown as they are; colours of neighbours belong together.
        let filter = match modality {
            Modality::Id => FilterType::Nearest,
            Modality::Pass(_) => FilterType::Triangle,
        };
        let [w, h] = self.picture_px;
        let picture = imageops::resize(&picture(still, modality), w, h, filter);
        imageops::replace(&mut tile, &picture, 0, 0);
        let caption = match view {
            Some(view) => format!("{} {view:03}", modality.name()),
            None => modality.name().to_owned(),
        };
        let caption = self.lettering.fit(&caption, width as f32);
        let baseline = h as f32 + 0.68 * self.caption_px as f32;
        self.lettering.draw(&mut tile, &caption, [0.4 * self.caption_px as f32, baseline], QUIET);
        tile
    }
}

fn picture(still: &Still, modality: Modality) -> RgbImage {
    match eight_bits(still, modality, Background::Transparent) {
        Some(EightBits::Gray(p)) => DynamicImage::ImageLuma8(p).into_rgb8(),
        Some(EightBits::Rgb(p)) => p,
        Some(EightBits::Rgba(p)) => RgbImage::from_fn(p.width(), p.height(), |x, y| {
            let [r, g, b, a] = p.get_pixel(x, y).0.map(f32::from);
            let over = |c: f32| (c * a / 255.0 + CLEAR * (1.0 - a / 255.0)).round() as u8;
            Rgb([r, g, b].map(over))
        }),
        None => RgbImage::from_fn(still.width_px, still.height_px, |x, y| {
            let id = still.ids.get(y as usize * still.width_px as usize + x as usize);
            Rgb(id_color(id.copied().unwrap_or(0)))
        }),
    }
}

/// Far apart for numbers that are close; 0 is dark.
fn id_color(id: u32) -> [u8; 3] {
    if id == 0 {
        return [0x24; 3];
    }
    let mixed = id.wrapping_mul(0x9e37_79b9);
    [8, 16, 24].map(|shift| 70 + (((mixed >> shift) & 0xff) * 170 / 255) as u8)
}
