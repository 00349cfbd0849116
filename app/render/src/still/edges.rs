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
//! Only the nearer side is marked, the marks are widened by a sample, and four samples make a pixel:
//! lines of some 1.5 pixels.

use glam::Vec3;
use image::GrayImage;
use rayon::prelude::*;

use super::SAMPLES;
use crate::{View, octahedral};

/// Cosine of the angle between two faces beyond which their common edge is a line: 40 degrees.
const CREASE_COS: f32 = 0.766;
/// Each side of a crease bends less than this: 15 degrees.
const FLAT_COS: f32 = 0.966;
/// Three steps lead over a crease; the sharpest is at least a third of its angle.
const SHARPEST_COS: f32 = 0.973;
/// Encoded normals that differ by less are less than that apart, and need not be decoded.
const ALIKE: u32 = 1900;
/// A jump in distance is a line beyond this many sample sizes.
const JUMP_SAMPLES: f32 = 12.0;

/// The data of all samples, row by row.
pub(super) struct Samples<'a> {
    pub size: [u32; 2],
    pub ids: &'a [u32],
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
pub(super) fn draw(samples: &Samples<'_>, lens: Lens) -> GrayImage {
    let mut marks = Marker::new(samples, lens).marks();
    drop_specks(&mut marks, samples.size[0] as usize);
    let [width, height] = samples.size.map(|side| side as usize);
    let mark = |x: usize, y: usize| marks[y.min(height - 1) * width + x.min(width - 1)];
    let is_inked = |x: usize, y: usize| {
        mark(x, y)
            || mark(x + 1, y)
            || mark(x.saturating_sub(1), y)
            || mark(x, y + 1)
            || mark(x, y.saturating_sub(1))
    };
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
    width: usize,
    height: usize,
}

impl<'a> Marker<'a> {
    fn new(samples: &'a Samples<'a>, lens: Lens) -> Self {
        let [width, height] = samples.size.map(|side| side as usize);
        Self { samples, lens, width, height }
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
            other_id != id && (other_id == 0 || lies_behind)
        };
        if before.is_some_and(ends_at) || after.is_some_and(ends_at) {
            return true;
        }
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        if ids[before] != id || ids[after] != id {
            return false;
        }
        let drop_m = if self.lens.is_orthographic {
            depths[after] - 2.0 * depth + depths[before]
        } else {
            (2.0 / depth - 1.0 / depths[after] - 1.0 / depths[before]) * depth * depth
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
        if apart < ALIKE {
            return false;
        }
        let id = self.samples.ids[here];
        if self.id(x - 3 * dx, y - 3 * dy) != id || self.id(x + 4 * dx, y + 4 * dy) != id {
            return false;
        }
        let face =
            |steps: isize| self.at(x + steps * dx, y + steps * dy).map_or(Vec3::ZERO, |i| self.face(i));
        let [a1, b1] = [self.face(here), self.face(next)];
        let bend = a1.dot(b1);
        if bend > SHARPEST_COS {
            return false;
        }
        let [a2, b2] = [face(-1), face(2)];
        let is_sharpest = bend < a2.dot(a1) && bend <= b1.dot(b2);
        is_sharpest && a2.dot(b2) < CREASE_COS && face(-3).dot(a2) > FLAT_COS && b2.dot(face(4)) > FLAT_COS
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
