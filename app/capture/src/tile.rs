//! One model's place on a sheet: its picture, and what is known of it below.

use std::path::Path;

use image::{Rgb, RgbImage};
use render::{
    FitOptions, Gpu, GpuScene, Pass, Purpose, RenderWarning, Renderer, StillOptions, UploadOptions, View,
    render_still,
};
use work::WorkCtx;

use crate::lettering::Lettering;
use crate::{CaptureError, SheetOptions};

const PANEL: [u8; 3] = [0x1a, 0x1b, 0x1e];
const TEXT: [u8; 3] = [0xe8, 0xe6, 0xe3];
const QUIET: [u8; 3] = [0xab, 0xaa, 0xa9];
const FAINT: [u8; 3] = [0x8c, 0x8d, 0x91];
const WARNING: [u8; 3] = [0xe9, 0xbc, 0x58];
const ERROR: [u8; 3] = [0xf2, 0x77, 0x7c];

/// Measures of a tile whose picture is `size_px` wide.
pub(crate) struct Layout {
    size_px: u32,
    height_px: u32,
    margin: f32,
    line_height: f32,
    name: Lettering,
    small: Lettering,
}

impl Layout {
    pub(crate) fn new(size_px: u32) -> Option<Self> {
        let em = (size_px as f32 / 22.0).clamp(9.0, 40.0);
        let (margin, line_height) = (0.7 * em, 1.45 * em);
        let height_px = size_px + (3.0 * line_height + 1.1 * margin).ceil() as u32;
        let (name, small) = (Lettering::medium(em)?, Lettering::regular(0.88 * em)?);
        Some(Self { size_px, height_px, margin, line_height, name, small })
    }

    pub(crate) fn tile_px(&self) -> [u32; 2] {
        [self.size_px, self.height_px]
    }

    fn baseline(&self, line: usize) -> f32 {
        self.size_px as f32 + 0.6 * self.margin + self.line_height * (line as f32 + 0.75)
    }

    /// A line of what stands left and right below the picture.
    fn caption(&self, tile: &mut RgbImage, line: usize, left: (&str, [u8; 3]), right: (&str, [u8; 3])) {
        let full = self.size_px as f32 - 2.0 * self.margin;
        let right_text = self.small.fit(right.0, 0.45 * full);
        let right_width = self.small.width(&right_text);
        let gap = if right_text.is_empty() { 0.0 } else { self.margin };
        let lettering = if line == 0 { &self.name } else { &self.small };
        let left_text = lettering.fit(left.0, full - right_width - gap);
        let y = self.baseline(line);
        lettering.draw(tile, &left_text, [self.margin, y], left.1);
        self.small.draw(tile, &right_text, [self.margin + full - right_width, y], right.1);
    }
}

/// What is told of a model that could be shown.
pub(crate) struct Shown {
    picture: RgbImage,
    format: &'static str,
    counts: String,
    size: String,
    pub(crate) warnings: Vec<String>,
}

/// # Errors
/// When the model cannot be read or drawn.
pub(crate) fn show(
    model: &Path,
    options: &SheetOptions,
    gpu: &Gpu,
    renderer: &Renderer,
    ctx: &WorkCtx,
) -> Result<Shown, CaptureError> {
    let size_px = options.size_px;
    let import = formats::read_with(model, &options.read, ctx)?;
    let mut warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    let inspection = analysis::inspect(&import.scene, "");
    let render_error = |source| CaptureError::Render { source, model: model.to_owned() };
    let max_texture_px = (2 * size_px).next_power_of_two().clamp(256, 4096);
    let upload = UploadOptions {
        max_texture_px,
        purpose: Purpose::Stills,
        all_uvs: false,
        ..UploadOptions::default()
    };
    let (on_device, missing) =
        GpuScene::upload(gpu, renderer, &import.scene, &upload).map_err(render_error)?;
    // What is missing the reader has told already.
    let untold = missing.iter().filter(|warning| !matches!(warning, RenderWarning::ImageMissing(_)));
    warnings.extend(untold.map(ToString::to_string));
    ctx.check_cancelled()?;
    let view = View::fit(&import.scene, &FitOptions::default());
    let format = import.format;
    drop(import);
    let options = StillOptions::new(size_px, size_px, &[Pass::Textured]);
    let still = render_still(gpu, renderer, &on_device, &view, &options).map_err(render_error)?;
    let picture = image::DynamicImage::from(still.textured.unwrap_or_default()).into_rgb8();
    let topology = inspection.topology;
    let d = inspection.dimensions;
    Ok(Shown {
        picture,
        format,
        counts: format!(
            "{} tri · {} quads · {} n-gons",
            grouped(topology.triangles),
            grouped(topology.quads),
            grouped(topology.ngons)
        ),
        size: format!("{} × {} × {} m", meters(d.x), meters(d.y), meters(d.z)),
        warnings,
    })
}

/// A tile of `layout`'s size; `outcome` is the picture or why there is none.
pub(crate) fn draw(layout: &Layout, model: &Path, outcome: &Result<Shown, String>) -> RgbImage {
    let mut tile = RgbImage::from_pixel(layout.size_px, layout.height_px, Rgb(PANEL));
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    match outcome {
        Ok(shown) => {
            image::imageops::replace(&mut tile, &shown.picture, 0, 0);
            layout.caption(&mut tile, 0, (&name, TEXT), (shown.format, FAINT));
            layout.caption(&mut tile, 1, (&shown.counts, QUIET), ("", FAINT));
            let warnings = match shown.warnings.len() {
                0 => String::new(),
                1 => "1 warning".into(),
                n => format!("{n} warnings"),
            };
            layout.caption(&mut tile, 2, (&shown.size, FAINT), (&warnings, WARNING));
        }
        Err(reason) => {
            let width = layout.size_px as f32 - 4.0 * layout.margin;
            let n_lines = (layout.size_px as f32 / layout.line_height) as usize - 1;
            let lines = layout.small.wrap(reason, width, n_lines);
            let block = lines.len() as f32 * layout.line_height;
            let mut y = 0.5 * (layout.size_px as f32 - block) + 0.75 * layout.line_height;
            for line in lines {
                layout.small.draw(&mut tile, &line, [2.0 * layout.margin, y], QUIET);
                y += layout.line_height;
            }
            layout.caption(&mut tile, 0, (&name, TEXT), ("", FAINT));
            layout.caption(&mut tile, 1, ("not shown", ERROR), ("", FAINT));
        }
    }
    tile
}

/// 1234567 as "1,234,567".
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let starts_group = |i: usize| i > 0 && (digits.len() - i).is_multiple_of(3);
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if starts_group(i) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits that count, down to a micrometre.
fn meters(length: f64) -> String {
    match length {
        l if l >= 100.0 => format!("{l:.0}"),
        l if l >= 10.0 => format!("{l:.1}"),
        l if l >= 1.0 => format!("{l:.2}"),
        l if l >= 0.1 => format!("{l:.3}"),
        l if l >= 0.001 => format!("{l:.4}"),
        l if l >= 1e-6 => format!("{l:.6}"),
        _ => "0".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1e-16, 1.2, 25.0, 0.5, 1234.5].map(meters), ["0", "1.20", "25.0", "0.500", "1234"]);
    }

    #[test]
    fn a_model_that_cannot_be_read_says_why_on_its_tile() {
        let layout = Layout::new(320).unwrap();
        let tile =
            draw(&layout, Path::new("broken.glb"), &Err("the file is cut short; save it again".into()));
        assert_eq!(tile.dimensions(), (320, layout.height_px));
        let n_bright = |rows: std::ops::Range<u32>| {
            let pixels = rows.flat_map(|y| (0..320).map(move |x| (x, y)));
            pixels.filter(|(x, y)| tile.get_pixel(*x, *y).0[0] > 0x80).count()
        };
        assert!(n_bright(100..220) > 150, "the reason stands in the middle");
        assert!(n_bright(320..345) > 80, "the name stands below");
        assert!(n_bright(0..80) == 0);
    }
}
