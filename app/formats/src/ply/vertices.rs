//! The rows of "vertex": positions, normals, texture coordinates and colours.

use glam::{DVec3, Vec2, Vec3, Vec4};
use rayon::prelude::*;
use work::WorkCtx;

use super::blocks::Block;
use super::cursor::Cursor;
use super::header::{Element, Kind, Scalar};
use super::{Fault, damaged};
use crate::{ReadFault, srgb};

/// Each list is empty, or as long as the positions.
pub(super) struct Vertices {
    /// Less `origin`, in the file's axes.
    pub(super) positions: Vec<Vec3>,
    /// Where the vertices stand together, when they stand so far out (maps, laser scans) that
    /// single precision would shake them.
    pub(super) origin: DVec3,
    pub(super) normals: Vec<Vec3>,
    /// From a bottom-left origin.
    pub(super) uvs: Vec<Vec2>,
    /// Linear.
    pub(super) colors: Vec<Vec4>,
    pub(super) is_splats: bool,
}

/// What one row gives, at fixed places.
type Row = [f64; N_SLOTS];

const POSITION: usize = 0;
const NORMAL: usize = 3;
const UV: usize = 6;
const COLOR: usize = 8;
const N_SLOTS: usize = 12;

pub(super) struct Layout {
    /// Where each property goes; `None` is passed over.
    slots: Vec<(Kind, Option<usize>)>,
    has_normals: bool,
    has_uvs: bool,
    color: Option<ColorCode>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ColorCode {
    /// Display values, of which this much is 1.
    Display { full: f32 },
    /// Zeroth spherical harmonic and opacity before the sigmoid (Kerbl et al. 2023, 3D Gaussian
    /// splatting).
    Splat,
}

impl Layout {
    /// # Errors
    /// Vertices without x, y and z.
    pub(super) fn of(element: &Element) -> Result<Self, ReadFault> {
        let mut slots: Vec<_> = element.properties.iter().map(|p| (p.kind, None)).collect();
        let mut assign = |slot: usize, names: &[&str]| {
            let found: Option<Vec<_>> = names.iter().map(|name| element.find(&[name])).collect();
            let is_scalar = |&i: &usize| matches!(element.properties[i].kind, Kind::Scalar(_));
            let found = found.filter(|found| found.iter().all(is_scalar));
            for (i, property) in found.iter().flatten().enumerate() {
                slots[*property].1 = Some(slot + i);
            }
            found.is_some()
        };
        if !assign(POSITION, &["x", "y", "z"]) {
            return Err(damaged("its vertices have no x, y and z"));
        }
        let is_splats = element.find(&["f_dc_0"]).is_some() && element.find(&["scale_0"]).is_some();
        let has_normals = !is_splats && assign(NORMAL, &["nx", "ny", "nz"]);
        let uv_names = [["u", "v"], ["s", "t"], ["texture_u", "texture_v"], ["texture_s", "texture_t"]];
        let has_uvs = uv_names.iter().any(|names| assign(UV, names));
        let mut color = None;
        if is_splats && assign(COLOR, &["f_dc_0", "f_dc_1", "f_dc_2"]) {
            assign(COLOR + 3, &["opacity"]);
            color = Some(ColorCode::Splat);
        }
        for prefix in ["", "diffuse_"] {
            let [red, green, blue, alpha] = ["red", "green", "blue", "alpha"].map(|c| format!("{prefix}{c}"));
            if color.is_none() && assign(COLOR, &[&red, &green, &blue]) {
                assign(COLOR + 3, &[&alpha]);
                color = Some(ColorCode::Display { full: full_of(element, &red) });
            }
        }
        Ok(Self { slots, has_normals, has_uvs, color })
    }

    #[inline]
    fn read<'a, C: Cursor<'a>>(&self, cursor: &mut C, row: &mut Row) -> Option<()> {
        for &(kind, slot) in &self.slots {
            match (kind, slot) {
                (Kind::Scalar(scalar), Some(slot)) => row[slot] = cursor.number(scalar)?,
                _ => cursor.skip_property(kind)?,
            }
        }
        Some(())
    }

    fn empty_row(&self) -> Row {
        let mut row = [0.0; N_SLOTS];
        if let Some(ColorCode::Display { full }) = self.color {
            row[COLOR + 3] = f64::from(full);
        }
        row
    }
}

fn full_of(element: &Element, name: &str) -> f32 {
    match element.find(&[name]).map(|i| element.properties[i].kind) {
        Some(Kind::Scalar(scalar)) => scalar.full(),
        _ => Scalar::U8.full(),
    }
}

/// The stretch of every list that one block fills.
struct Part<'a> {
    positions: &'a mut [Vec3],
    normals: &'a mut [Vec3],
    uvs: &'a mut [Vec2],
    colors: &'a mut [Vec4],
}

pub(super) fn read<'a, C: Cursor<'a>>(
    element: &Element,
    blocks: &[Block<'a>],
    ctx: &WorkCtx,
) -> Result<Vertices, Fault> {
    let layout = Layout::of(element)?;
    let n = element.n_rows;
    let some = |wanted: bool| if wanted { n } else { 0 };
    let mut vertices = Vertices {
        positions: zeros(n, Vec3::ZERO),
        origin: origin_of::<C>(&layout, blocks),
        normals: zeros(some(layout.has_normals), Vec3::ZERO),
        uvs: zeros(some(layout.has_uvs), Vec2::ZERO),
        colors: zeros(some(layout.color.is_some()), Vec4::ZERO),
        is_splats: layout.color == Some(ColorCode::Splat),
    };
    let origin = vertices.origin;
    let parts = parts_of(&mut vertices, blocks);
    blocks.par_iter().zip(parts).try_for_each(|(block, part)| {
        ctx.check_cancelled().map_err(ReadFault::from)?;
        fill::<C>(&layout, origin, block, part).ok_or(Fault::Rows { element: element.name.clone() })
    })?;
    if let Some(code) = layout.color {
        to_light(&mut vertices.colors, code);
    }
    Ok(vertices)
}

/// Filled by all threads, as first touching the memory is half of the work.
fn zeros<T: Copy + Send + Sync>(n: usize, zero: T) -> Vec<T> {
    (0..n).into_par_iter().map(|_| zero).collect()
}

fn parts_of<'v>(vertices: &'v mut Vertices, blocks: &[Block<'_>]) -> Vec<Part<'v>> {
    fn cut<'v, T>(list: &mut &'v mut [T], n: usize) -> &'v mut [T] {
        let whole = std::mem::take(list);
        let n = n.min(whole.len());
        let (part, rest) = whole.split_at_mut(n);
        *list = rest;
        part
    }
    let mut positions = &mut vertices.positions[..];
    let mut normals = &mut vertices.normals[..];
    let mut uvs = &mut vertices.uvs[..];
    let mut colors = &mut vertices.colors[..];
    let part = |block: &Block<'_>| Part {
        positions: cut(&mut positions, block.n_rows),
        normals: cut(&mut normals, block.n_rows),
        uvs: cut(&mut uvs, block.n_rows),
        colors: cut(&mut colors, block.n_rows),
    };
    blocks.iter().map(part).collect()
}

fn fill<'a, C: Cursor<'a>>(layout: &Layout, origin: DVec3, block: &Block<'a>, part: Part<'_>) -> Option<()> {
    let mut cursor = C::new(block.bytes);
    let mut row = layout.empty_row();
    let of = |row: &Row, slot: usize| row[slot] as f32;
    for i in 0..block.n_rows {
        layout.read(&mut cursor, &mut row)?;
        let position = DVec3::new(row[POSITION], row[POSITION + 1], row[POSITION + 2]) - origin;
        *part.positions.get_mut(i)? = position.as_vec3();
        if let Some(normal) = part.normals.get_mut(i) {
            *normal = Vec3::new(of(&row, NORMAL), of(&row, NORMAL + 1), of(&row, NORMAL + 2));
        }
        if let Some(uv) = part.uvs.get_mut(i) {
            *uv = Vec2::new(of(&row, UV), of(&row, UV + 1));
        }
        if let Some(color) = part.colors.get_mut(i) {
            *color = Vec4::from_array(std::array::from_fn(|c| of(&row, COLOR + c)));
        }
    }
    cursor.is_at_end().then_some(())
}

/// Beyond this, steps of single precision pass a hundredth of a unit.
const FAR: f64 = 131_072.0;

/// The first vertex, rounded so that single precision holds it; zero where that is near.
fn origin_of<'a, C: Cursor<'a>>(layout: &Layout, blocks: &[Block<'a>]) -> DVec3 {
    let mut row = layout.empty_row();
    let first = blocks.first().and_then(|block| layout.read(&mut C::new(block.bytes), &mut row));
    let position = DVec3::new(row[POSITION], row[POSITION + 1], row[POSITION + 2]);
    let is_far = position.is_finite() && (FAR..1e9).contains(&position.abs().max_element());
    if first.is_some() && is_far { (position / 1024.0).round() * 1024.0 } else { DVec3::ZERO }
}

/// The colours as read, to linear light.
fn to_light(colors: &mut [Vec4], code: ColorCode) {
    match code {
        ColorCode::Display { full } => display_to_light(colors, full),
        ColorCode::Splat => colors.par_iter_mut().with_min_len(1 << 14).for_each(|color| {
            const ZEROTH_HARMONIC: f32 = 0.282_094_8;
            let display = color.truncate() * ZEROTH_HARMONIC + 0.5;
            *color = display.map(srgb::linear).extend(1.0 / (1.0 + (-color.w).exp()));
        }),
    }
}

/// `full` is what stands for 1; fractions above it are codes of 0..255 after all.
pub(super) fn display_to_light(colors: &mut [Vec4], full: f32) {
    let is_code = full == 255.0 || (full == 1.0 && srgb::are_codes(colors.iter().copied()));
    let scale = if is_code { 1.0 } else { 1.0 / full };
    // An alpha of 1 among codes is nearly nothing, unless it is a fraction.
    let alpha_scale = if full == 255.0 { 1.0 / 255.0 } else { scale };
    colors.par_iter_mut().with_min_len(1 << 14).for_each(|color| {
        let scaled = (color.truncate() * scale).extend(color.w * alpha_scale);
        *color = srgb::linear_color(scaled, is_code);
    });
}
