//! Short lines of text on a picture.
//!
//! Outlines are flattened and filled by scanlines: exact in X, five to a pixel in Y, by the
//! non-zero rule.

use image::{Rgb, RgbImage};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
static MEDIUM: &[u8] = include_bytes!("../../../assets/fonts/Inter-Medium.otf");

const SCANLINES_PER_PIXEL: usize = 5;
/// Pieces of a curve; letters are small.
const N_PIECES: usize = 6;
const ELLIPSIS: &str = "…";

/// A font at one size.
#[derive(Clone)]
pub(crate) struct Lettering {
    font: FontRef<'static>,
    size: Size,
}

impl Lettering {
    /// `None` never happens with the fonts that come along; a test sees to it.
    pub(crate) fn regular(size_px: f32) -> Option<Self> {
        Self::new(REGULAR, size_px)
    }

    pub(crate) fn medium(size_px: f32) -> Option<Self> {
        Self::new(MEDIUM, size_px)
    }

    fn new(font: &'static [u8], size_px: f32) -> Option<Self> {
        Some(Self { font: FontRef::new(font).ok()?, size: Size::new(size_px) })
    }

    pub(crate) fn width(&self, text: &str) -> f32 {
        self.placed(text).last().map_or(0.0, |(_, start, advance)| start + advance)
    }

    /// Draws `text` from `[x, baseline]`, without regard to what is too wide.
    pub(crate) fn draw(&self, picture: &mut RgbImage, text: &str, [x, baseline]: [f32; 2], color: [u8; 3]) {
        let outlines = self.font.outline_glyphs();
        for (glyph, start, _) in self.placed(text) {
            let mut edges = Edges::new(x + start, baseline);
            let settings = DrawSettings::unhinted(self.size, LocationRef::default());
            // A letter that cannot be drawn leaves its gap.
            if outlines.get(glyph).is_some_and(|outline| outline.draw(settings, &mut edges).is_ok()) {
                edges.fill(picture, color);
            }
        }
    }

    /// The text, or its beginning and end where it is wider than `width`: names differ at both.
    pub(crate) fn fit(&self, text: &str, width: f32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        let mut n_kept = letters.len();
        loop {
            let (n_head, n_tail) = (n_kept.div_ceil(2), n_kept / 2);
            let head: String = letters[..n_head].iter().collect();
            let tail: String = letters[letters.len() - n_tail..].iter().collect();
            let short = format!("{head}{ELLIPSIS}{tail}");
            if n_kept == 0 || self.width(&short) <= width {
                return short;
            }
            n_kept -= 1;
        }
    }

    /// The text in lines of at most `width`; the last of `n_lines` ends with an ellipsis where
    /// there is more.
    pub(crate) fn wrap(&self, text: &str, width: f32, n_lines: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let joined = lines.last().map(|line| format!("{line} {word}"));
            match joined.filter(|joined| self.width(joined) <= width) {
                Some(joined) => {
                    lines.pop();
                    lines.push(joined);
                }
                None if lines.len() == n_lines => {
                    let cut = lines.pop().unwrap_or_default() + ELLIPSIS;
                    lines.push(self.fit(&cut, width));
                    break;
                }
                None => lines.push(self.fit(word, width)),
            }
        }
        lines
    }

    /// Each letter's glyph, start and advance.
    fn placed(&self, text: &str) -> impl Iterator<Item = (GlyphId, f32, f32)> {
        let (charmap, metrics) =
            (self.font.charmap(), self.font.glyph_metrics(self.size, LocationRef::default()));
        text.chars().filter(|c| !c.is_control()).scan(0.0, move |x, letter| {
            let glyph = charmap.map(letter).unwrap_or_default();
            let advance = metrics.advance_width(glyph).unwrap_or(0.0);
            let start = *x;
            *x += advance;
            Some((glyph, start, advance))
        })
    }
}

/// The outline of one letter in pixels, Y down.
struct Edges {
    origin: [f32; 2],
    start: [f32; 2],
    at: [f32; 2],
    lines: Vec<[[f32; 2]; 2]>,
}

impl Edges {
    fn new(x: f32, baseline: f32) -> Self {
        Self { origin: [x, baseline], start: [0.0; 2], at: [0.0; 2], lines: Vec::new() }
    }

    fn pixel(&self, x: f32, y: f32) -> [f32; 2] {
        [self.origin[0] + x, self.origin[1] - y]
    }

    fn line(&mut self, to: [f32; 2]) {
        self.lines.push([self.at, to]);
        self.at = to;
    }

    /// `weights` gives those of the points at a place along the curve, 0 to 1.
    fn curve<const N: usize>(&mut self, points: [[f32; 2]; N], weights: impl Fn(f32) -> [f32; N]) {
        for piece in 1..=N_PIECES {
            let weights = weights(piece as f32 / N_PIECES as f32);
            let sum = |axis: usize| points.iter().zip(weights).map(|(p, w)| p[axis] * w).sum();
            self.line([sum(0), sum(1)]);
        }
    }

    fn fill(&self, picture: &mut RgbImage, color: [u8; 3]) {
        let of_axis = |axis: usize| self.lines.iter().flatten().map(move |p| p[axis]);
        let (top, bottom) = of_axis(1).fold((f32::MAX, f32::MIN), |(t, b), y| (t.min(y), b.max(y)));
        let (left, right) = of_axis(0).fold((f32::MAX, f32::MIN), |(l, r), x| (l.min(x), r.max(x)));
        let (left, right) = (left.floor().max(0.0), right.ceil().min(picture.width() as f32));
        let rows = top.floor().max(0.0) as u32..bottom.ceil().clamp(0.0, picture.height() as f32) as u32;
        if left >= right {
            return;
        }
        let mut coverage = vec![0.0; (right - left) as usize];
        for row in rows {
            coverage.fill(0.0);
            for scanline in 0..SCANLINES_PER_PIXEL {
                let y = row as f32 + (scanline as f32 + 0.5) / SCANLINES_PER_PIXEL as f32;
                self.cover(y, left, &mut coverage);
            }
            for (x, covered) in coverage.iter().enumerate().filter(|(_, covered)| **covered > 0.0) {
                let Rgb(pixel) = picture.get_pixel_mut(left as u32 + x as u32, row);
                let part = (covered / SCANLINES_PER_PIXEL as f32).min(1.0);
                for (value, goal) in pixel.iter_mut().zip(color) {
                    *value = (f32::from(*value) + (f32::from(goal) - f32::from(*value)) * part).round() as u8;
                }
            }
        }
    }

    /// Adds what one scanline covers of each pixel of its row, whose first begins at `left`.
    fn cover(&self, y: f32, left: f32, coverage: &mut [f32]) {
        let mut crossings: Vec<(f32, i32)> = self
            .lines
            .iter()
            .filter(|[a, b]| (a[1] <= y) != (b[1] <= y))
            .map(|[a, b]| {
                let x = a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]);
                (x - left, if a[1] < b[1] { 1 } else { -1 })
            })
            .collect();
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut winding = 0;
        for pair in crossings.windows(2) {
            winding += pair[0].1;
            if winding == 0 {
                continue;
            }
            let (from, to) = (pair[0].0.max(0.0), pair[1].0.min(coverage.len() as f32));
            for x in from as usize..to.max(from).ceil() as usize {
                if let Some(covered) = coverage.get_mut(x) {
                    *covered += (to.min(x as f32 + 1.0) - from.max(x as f32)).max(0.0);
                }
            }
        }
    }
}

impl OutlinePen for Edges {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.pixel(x, y);
        self.start = self.at;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.line(self.pixel(x, y));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let points = [self.at, self.pixel(cx, cy), self.pixel(x, y)];
        self.curve(points, |t| [(1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t]);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let points = [self.at, self.pixel(cx0, cy0), self.pixel(cx1, cy1), self.pixel(x, y)];
        self.curve(points, |t| {
            let s = 1.0 - t;
            [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t]
        });
    }

    fn close(&mut self) {
        self.line(self.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_covers_as_much_as_its_shape() {
        let lettering = Lettering::regular(100.0).unwrap();
        let mut picture = RgbImage::new(120, 120);
        lettering.draw(&mut picture, "I", [10.0, 100.0], [255; 3]);
        let lit: f64 = picture.pixels().map(|p| f64::from(p.0[0]) / 255.0).sum();
        // Inter's capitals are 1490 of 2048 units high, and an I's stem is about a tenth of the size wide.
        let stem_px = lit / 72.7;
        assert!((6.0..14.0).contains(&stem_px), "a stem of {stem_px} px");
        assert_eq!(picture.get_pixel(60, 110).0, [0; 3], "nothing hangs below the line");
        lettering.draw(&mut picture, "WWWW", [-50.0, 300.0], [255; 3]);
    }

    #[test]
    fn long_names_lose_their_middle_and_long_texts_their_end() {
        let lettering = Lettering::medium(14.0).unwrap();
        assert_eq!(lettering.fit("chair.glb", 200.0), "chair.glb");
        let short = lettering.fit("a_very_long_name_of_a_model_that_no_cell_holds.glb", 150.0);
        assert!(short.starts_with("a_ver") && short.ends_with(".glb") && short.contains('…'), "{short}");
        assert!(lettering.width(&short) <= 150.0);
        let lines = lettering.wrap("one two three four five six seven eight nine ten", 60.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…') && lines.iter().all(|l| lettering.width(l) <= 60.0), "{lines:?}");
        assert_eq!(lettering.fit("anything", 0.0), "…");
    }
}
