//! Pictures in rows on one page, written row after row.

use std::io::Write;

use image::RgbImage;

use crate::SheetError;

const GROUND: u8 = 0x12;
const MAX_ROW_BYTES: u64 = 1 << 30;

/// Where everything stands.
pub(crate) struct Measures {
    tile_width: u32,
    row_height: u32,
    gap: u32,
    n_columns: u32,
    width: u32,
    height: u32,
}

impl Measures {
    /// Tiles of `tile_px`, in as many columns as make the page a little wider than high where
    /// `n_columns` is not given.
    ///
    /// # Errors
    /// [`SheetError::TooLarge`].
    pub(crate) fn new(n_tiles: usize, tile_px: [u32; 2], n_columns: Option<u32>) -> Result<Self, SheetError> {
        let n_tiles = n_tiles.max(1);
        // Tiles are higher than wide.
        let usual = (1.5 * n_tiles as f64).sqrt().round().max(1.0) as u32;
        let n_columns = n_columns.unwrap_or(usual.min(16)).clamp(1, n_tiles.min(1 << 16) as u32);
        let n_rows = n_tiles.div_ceil(n_columns as usize) as u64;
        let [tile_width, tile_height] = tile_px;
        let gap = (tile_width / 24).max(4);
        let row_height = tile_height + gap;
        let width_px = u64::from(n_columns) * u64::from(tile_width + gap) + u64::from(gap);
        let height_px = n_rows * u64::from(row_height) + u64::from(gap);
        match (u32::try_from(width_px), u32::try_from(height_px)) {
            (Ok(width), Ok(height)) if width_px * u64::from(row_height) * 3 <= MAX_ROW_BYTES => {
                Ok(Self { tile_width, row_height, gap, n_columns, width, height })
            }
            _ => Err(SheetError::TooLarge { width_px, height_px }),
        }
    }

    pub(crate) fn png<W: Write>(&self, out: W) -> Result<png::Writer<W>, std::io::Error> {
        let mut encoder = png::Encoder::new(out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Adaptive);
        Ok(encoder.write_header()?)
    }
}

/// The sheet while it is written, a row of tiles in memory.
pub(crate) struct Page<'w, W: Write> {
    measures: Measures,
    writer: png::StreamWriter<'w, W>,
    row: RgbImage,
    n_in_row: u32,
}

impl<'w, W: Write> Page<'w, W> {
    pub(crate) fn new(measures: Measures, png: &'w mut png::Writer<W>) -> Result<Self, std::io::Error> {
        let mut writer = png.stream_writer()?;
        writer.write_all(&vec![GROUND; measures.width as usize * measures.gap as usize * 3])?;
        let row = RgbImage::from_pixel(measures.width, measures.row_height, image::Rgb([GROUND; 3]));
        Ok(Self { measures, writer, row, n_in_row: 0 })
    }

    pub(crate) fn add(&mut self, tile: &RgbImage) -> Result<(), std::io::Error> {
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

    pub(crate) fn finish(mut self) -> Result<(), std::io::Error> {
        if self.n_in_row > 0 {
            self.write_row()?;
        }
        self.writer.finish().map_err(std::io::Error::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHT: u32 = 120;

    fn page(n_tiles: usize, n_columns: Option<u32>) -> Result<RgbImage, SheetError> {
        let mut bytes = Vec::new();
        let measures = Measures::new(n_tiles, [96, HEIGHT], n_columns)?;
        let mut png = measures.png(&mut bytes)?;
        let mut page = Page::new(measures, &mut png)?;
        for i in 0..n_tiles {
            page.add(&RgbImage::from_pixel(96, HEIGHT, image::Rgb([100 + i as u8, 0, 0])))?;
        }
        page.finish()?;
        drop(png);
        Ok(image::load_from_memory(&bytes).unwrap().into_rgb8())
    }

    #[test]
    fn tiles_stand_in_rows_in_their_order() {
        let height = HEIGHT;
        let sheet = page(5, Some(3)).unwrap();
        assert_eq!(sheet.dimensions(), (3 * 100 + 4, 2 * (height + 4) + 4));
        let first = |column: u32, row: u32| sheet.get_pixel(4 + 100 * column, 4 + (height + 4) * row).0;
        assert_eq!([first(0, 0)[0], first(2, 0)[0], first(0, 1)[0], first(1, 1)[0]], [100, 102, 103, 104]);
        assert_eq!(first(2, 1), [GROUND; 3], "nothing after the last");
        assert_eq!(page(1, None).unwrap().dimensions(), (104, height + 8));
    }

    #[test]
    fn a_row_that_no_memory_holds_is_refused() {
        let refused = Measures::new(1000, [8192, 9000], Some(1000));
        assert!(matches!(refused, Err(SheetError::TooLarge { .. })));
    }
}
