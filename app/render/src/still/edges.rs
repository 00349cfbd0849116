//! Lines where the model's shape changes, from one geometry pass (after Saito and Takahashi,
//! "Comprehensible Rendering of 3-D Shapes", SIGGRAPH 1990). Twin of shaders/post/edge_mark.wgsl and
//! shaders/post/edge.wgsl.
//!
//! A sample is marked where a neighbour
//! - belongs to another object or material, or to the background, and lies behind;
//! - lies farther behind than the plane through this side tells. The reciprocal of perspective depth
//!   is linear over a plane on screen, so that grazing floors draw no false lines;
//! - lies across a crease: two faces that are each flat and meet at an angle. The faces' own normals
//!   are compared, because smooth shading hides creases; asking for a flat piece on each side keeps
//!   curved and dense meshes clean.
//!
//! Only the nearer side is marked, the marks are widened to discs, and four samples make a pixel.

use glam::Vec3;
use image::GrayImage;
use rayon::prelude::*;

use super::SAMPLES;
use crate::{EdgeOptions, View, octahedral};

/// Samples that one task looks at.
const CHUNK: usize = 65_536;
/// A jump in distance is a line beyond this many sample sizes.
const JUMP_SAMPLES: f32 = 12.0;

/// Which lines are drawn. Twin of `Edges` in shaders/common/picture.wgsl, with the reasons.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct Edges {
    pub crease_cos: f32,
    pub sharpest_cos: f32,
    pub flat_cos: f32,
    pub radius: f32,
    pub silhouettes: u32,
    pub material_borders: u32,
    pub pad_0: u32,
    pub pad_1: u32,
}

impl Edges {
    /// For pictures of `samples` a pixel along each side. Nonsense is brought into its range.
    pub(crate) fn new(options: &EdgeOptions, samples: u32) -> Self {
        let default = EdgeOptions::default();
        let finite = |x: f32, otherwise: f32| if x.is_finite() { x } else { otherwise };
        let crease = finite(options.crease_radians, default.crease_radians).max(0.035);
        let width_px = finite(options.line_width_px, default.line_width_px).clamp(1.0, 6.0);
        Self {
            // Beyond a half turn there is no cosine left to fall below.
            crease_cos: if crease < std::f32::consts::PI { crease.cos() } else { -2.0 },
            sharpest_cos: (crease.min(std::f32::consts::PI) / 3.0).cos(),
            flat_cos: (0.375 * crease).min(MAX_FLAT_RADIANS).cos(),
            radius: 0.5 * (width_px * samples as f32 - 1.0),
            silhouettes: u32::from(options.silhouettes),
            material_borders: u32::from(options.material_borders),
            pad_0: 0,
            pad_1: 0,
        }
    }

    /// Encoded normals that differ by less lie less apart than the sharpest step of a crease, and need
    /// not be decoded.
    fn alike(&self) -> u32 {
        const CODES_PER_RADIAN: f32 = 8180.0;
        (self.sharpest_cos.clamp(-1.0, 1.0).acos() * CODES_PER_RADIAN) as u32
    }
}

/// Each side of a crease bends less than this: 15 degrees.
const MAX_FLAT_RADIANS: f32 = 0.2618;

/// The data of all samples, row by row.
pub(super) struct Samples<'a> {
    pub size: [u32; 2],
    pub ids: &'a [u32],
    /// Object of each id, that of the background first.
    pub object_of_id: &'a [u32],
    /// Metres; 0 where there is nothing.
    pub depths: &'a [f32],
    /// Octahedral; the last two numbers are the face's normal.
    pub normals: &'a [[u16; 4]],
}

/// What edges need to know of the lens.
#[derive(Clone, Copy)]
pub(super) struct Lens {
    is_orthographic: bool,
    /// Metres that a sample covers at distance 1, or at any distance for an orthographic lens.
    sample_size: f32,
}

impl Lens {
    pub(super) fn of(view: &View, width_samples: u32) -> Self {
        Self { is_orthographic: view.is_orthographic(), sample_size: view.sample_size(width_samples) }
    }
}

/// Black lines on white, half the size of the samples.
pub(super) fn draw(samples: &Samples<'_>, lens: Lens, edges: &Edges) -> GrayImage {
    let mut marks = Marker::new(samples, lens, edges).marks();
    let [width, height] = samples.size.map(|side| side as usize);
    drop_specks(&mut marks, width);
    let inked = widened(&marks, width, edges.radius);
    let is_inked = |x: usize, y: usize| x < width && y < height && inked[y * width + x];
    let [width_px, height_px] = samples.size.map(|side| (side / SAMPLES) as usize);
    let mut picture = vec![255_u8; width_px * height_px];
    picture.par_chunks_exact_mut(width_px).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)];
            let n_inked = four.iter().filter(|(dx, dy)| is_inked(2 * x + dx, 2 * y + dy)).count();
            *pixel = [255, 191, 128, 64, 0][n_inked];
        }
    });
    GrayImage::from_raw(width_px as u32, height_px as u32, picture).unwrap_or_default()
}

/// Each mark as a disc.
fn widened(marks: &[bool], width: usize, radius: f32) -> Vec<bool> {
    let reach = radius as isize;
    let square = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x, y)));
    let disc: Vec<_> = square.filter(|(x, y)| (x * x + y * y) as f32 <= radius * radius).collect();
    let mut wide = vec![false; marks.len()];
    for (i, _) in marks.iter().enumerate().filter(|(_, is_marked)| **is_marked) {
        let (x, y) = (i % width, i / width);
        for (dx, dy) in &disc {
            let there = (x.checked_add_signed(*dx), y.checked_add_signed(*dy));
            if let (Some(x), Some(y)) = there
                && x < width
                && let Some(wide) = wide.get_mut(y * width + x)
            {
                *wide = true;
            }
        }
    }
    wide
}

/// Marks that hang together in fewer than this many samples are noise of dense and rough meshes.
const SPECK_SAMPLES: usize = 16;

/// Clears groups of marks too small to be a line. The viewport leaves this out: it would take a
/// device many passes.
fn drop_specks(marks: &mut [bool], width: usize) {
    let mut seen = vec![false; marks.len()];
    let mut group = Vec::new();
    for start in 0..marks.len() {
        if !marks[start] || seen[start] {
            continue;
        }
        group.clear();
        group.push(start);
        seen[start] = true;
        let mut next = 0;
        while let Some(&here) = group.get(next) {
            next += 1;
            let x = here % width;
            for dy in 0..3 {
                for dx in 0..3 {
                    let inside = (x + dx).checked_sub(1).is_some_and(|x| x < width);
                    let there = (here + dy * width + dx).checked_sub(width + 1);
                    let Some(there) = there.filter(|&i| inside && i < marks.len()) else {
                        continue;
                    };
                    if marks[there] && !seen[there] {
                        seen[there] = true;
                        group.push(there);
                    }
                }
            }
        }
        if group.len() < SPECK_SAMPLES {
            group.iter().for_each(|&i| marks[i] = false);
        }
    }
}

struct Marker<'a> {
    samples: &'a Samples<'a>,
    lens: Lens,
    edges: &'a Edges,
    alike: u32,
    width: usize,
    height: usize,
    /// One over each depth.
    nearness: Vec<f32>,
}

impl<'a> Marker<'a> {
    fn new(samples: &'a Samples<'a>, lens: Lens, edges: &'a Edges) -> Self {
        let [width, height] = samples.size.map(|side| side as usize);
        let nearness = samples.depths.par_iter().with_min_len(CHUNK).map(|depth| 1.0 / depth).collect();
        Self { samples, lens, edges, alike: edges.alike(), width, height, nearness }
    }

    fn marks(&self) -> Vec<bool> {
        let mut marks = vec![false; self.width * self.height];
        marks.par_chunks_exact_mut(self.width).enumerate().for_each(|(y, row)| {
            for (x, mark) in row.iter_mut().enumerate() {
                *mark = self.is_line(x as isize, y as isize);
            }
        });
        marks
    }

    /// Index of a sample; `None` outside of the picture.
    fn at(&self, x: isize, y: isize) -> Option<usize> {
        let inside = x >= 0 && y >= 0 && x < self.width as isize && y < self.height as isize;
        inside.then(|| y as usize * self.width + x as usize)
    }

    fn id(&self, x: isize, y: isize) -> u32 {
        self.at(x, y).map_or(0, |i| self.samples.ids[i])
    }

    fn object(&self, id: u32) -> Option<&u32> {
        self.samples.object_of_id.get(id as usize)
    }

    /// Whether two ids stand for what no crease may run through.
    fn are_apart(&self, a: u32, b: u32) -> bool {
        a != b && (a == 0 || b == 0 || self.edges.material_borders == 1 || self.object(a) != self.object(b))
    }

    fn face(&self, i: usize) -> Vec3 {
        let [_, _, x, y] = self.samples.normals[i];
        octahedral::decode([x, y])
    }

    fn is_line(&self, x: isize, y: isize) -> bool {
        let here = y as usize * self.width + x as usize;
        if self.samples.ids[here] == 0 {
            return false;
        }
        let axes = [(1, 0), (0, 1)];
        axes.into_iter()
            .any(|(dx, dy)| self.is_outline(here, self.at(x - dx, y - dy), self.at(x + dx, y + dy)))
            || axes.into_iter().any(|step| self.is_crease_along(x, y, here, step))
    }

    /// Whether a line separates the sample from one of its two neighbours along an axis. The
    /// picture's border cuts the model; that is no line of its own.
    fn is_outline(&self, here: usize, before: Option<usize>, after: Option<usize>) -> bool {
        let Samples { ids, depths, .. } = self.samples;
        let (id, depth) = (ids[here], depths[here]);
        let ends_at = |other: usize| {
            let (other_id, other_depth) = (ids[other], depths[other]);
            let lies_behind = depth < other_depth || (depth == other_depth && id < other_id);
            if other_id == id || (other_id != 0 && !lies_behind) {
                return false;
            }
            let is_material_border = other_id != 0 && self.object(other_id) == self.object(id);
            let wanted =
                if is_material_border { self.edges.material_borders } else { self.edges.silhouettes };
            wanted == 1
        };
        if before.is_some_and(ends_at) || after.is_some_and(ends_at) {
            return true;
        }
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        if self.edges.silhouettes == 0 || self.are_apart(ids[before], id) || self.are_apart(ids[after], id) {
            return false;
        }
        let drop_m = if self.lens.is_orthographic {
            depths[after] - 2.0 * depth + depths[before]
        } else {
            (2.0 * self.nearness[here] - self.nearness[after] - self.nearness[before]) * depth * depth
        };
        let footprint = self.lens.sample_size * if self.lens.is_orthographic { 1.0 } else { depth };
        drop_m > JUMP_SAMPLES * footprint
    }

    fn is_crease_along(&self, x: isize, y: isize, here: usize, (dx, dy): (isize, isize)) -> bool {
        let Some(next) = self.at(x + dx, y + dy) else {
            return false;
        };
        let normals = self.samples.normals;
        let difference = |c: usize| u32::from(normals[here][c].abs_diff(normals[next][c]));
        let apart = difference(2) + difference(3);
        if apart < self.alike {
            return false;
        }
        let id = self.samples.ids[here];
        let ends = [self.id(x - 3 * dx, y - 3 * dy), self.id(x + 4 * dx, y + 4 * dy)];
        if ends.iter().any(|&end| self.are_apart(end, id)) {
            return false;
        }
        let face =
            |steps: isize| self.at(x + steps * dx, y + steps * dy).map_or(Vec3::ZERO, |i| self.face(i));
        let [a1, b1] = [self.face(here), self.face(next)];
        let bend = a1.dot(b1);
        let Edges { crease_cos, sharpest_cos, flat_cos, .. } = *self.edges;
        if bend > sharpest_cos {
            return false;
        }
        let [a2, b2] = [face(-1), face(2)];
        let is_sharpest = bend < a2.dot(a1) && bend <= b1.dot(b2);
        is_sharpest && a2.dot(b2) < crease_cos && face(-3).dot(a2) > flat_cos && b2.dot(face(4)) > flat_cos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_dashes_go_and_lines_stay() {
        let width = 40;
        let mut marks = vec![false; width * 20];
        let line: Vec<usize> = (0..19).map(|i| i * width + i).collect();
        let dash: Vec<usize> = (0..10).map(|i| 3 * width + 25 + i).collect();
        // A dash at the right border does not hang together with the next row's left one.
        let at_borders = [5 * width + width - 1, 6 * width];
        line.iter().chain(&dash).chain(&at_borders).for_each(|&i| marks[i] = true);
        drop_specks(&mut marks, width);
        assert!(line.iter().all(|&i| marks[i]));
        assert_eq!(marks.iter().filter(|m| **m).count(), line.len());
    }
}
