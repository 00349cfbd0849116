//! The rows of "face" and "tristrips".

use glam::{Vec2, Vec4};
use rayon::prelude::*;
use scene::{FaceSizes, Faces};
use work::WorkCtx;

use super::Fault;
use super::blocks::Block;
use super::cursor::Cursor;
use super::header::{Element, Kind, Scalar};
use super::vertices::display_to_light;
use crate::ReadFault;

#[derive(Default)]
pub(super) struct Polygons {
    pub(super) faces: Faces,
    /// From a bottom-left origin; empty, or one for each corner.
    pub(super) corner_uvs: Vec<Vec2>,
    /// Linear; empty, or one for each face.
    pub(super) colors: Vec<Vec4>,
    /// Which of the file's pictures lies on each face; empty, or one for each face.
    pub(super) textures: Vec<u32>,
    /// Rows that point to vertices that are not there, or have fewer than three corners.
    pub(super) n_bad: usize,
}

/// What a property of "face" is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Corners,
    Uvs,
    Texture,
    Color(usize),
    Other,
}

struct Layout {
    properties: Vec<(Kind, Role)>,
    has_uvs: bool,
    has_texture: bool,
    /// What stands for 1 in a face's colour.
    color_full: Option<f32>,
}

impl Layout {
    fn of(element: &Element) -> Self {
        let mut properties: Vec<_> = element.properties.iter().map(|p| (p.kind, Role::Other)).collect();
        let mut assign = |names: &[&str], is_list: bool, role: Role| {
            let is_fit = |&i: &usize| matches!(properties[i].0, Kind::List { .. }) == is_list;
            let found = element.find(names).filter(is_fit);
            if let Some(i) = found {
                properties[i].1 = role;
            }
            found
        };
        assign(&["vertex_indices", "vertex_index"], true, Role::Corners);
        let has_uvs = assign(&["texcoord"], true, Role::Uvs).is_some();
        let has_texture = assign(&["texnumber"], false, Role::Texture).is_some();
        let color = ["red", "green", "blue"];
        let is_colored = color.iter().all(|name| element.find(&[name]).is_some());
        let channels = color.into_iter().chain(["alpha"]).filter(|_| is_colored).enumerate();
        let found = channels.filter_map(|(c, name)| assign(&[name], false, Role::Color(c))).min();
        let color_full = found.map(|i| match properties[i].0 {
            Kind::Scalar(scalar) | Kind::List { item: scalar, .. } => scalar.full(),
        });
        Self { properties, has_uvs, has_texture, color_full }
    }

    /// The types of the one list that is all there is, as in nearly every file.
    fn lone_list(&self) -> Option<(Scalar, Scalar)> {
        match self.properties[..] {
            [(Kind::List { count, item }, Role::Corners)] => Some((count, item)),
            _ => None,
        }
    }
}

/// The faces of one block.
#[derive(Default)]
struct Part {
    corners: Vec<u32>,
    /// Where each face ends in `corners`.
    ends: Vec<u32>,
    uvs: Vec<Vec2>,
    colors: Vec<Vec4>,
    textures: Vec<u32>,
    n_bad: usize,
}

impl Part {
    fn is_all_of(&self, size: u32) -> bool {
        let mut start = 0;
        self.ends.iter().all(|&end| end - std::mem::replace(&mut start, end) == size)
    }
}

pub(super) fn read<'a, C: Cursor<'a>>(
    element: &Element,
    blocks: &[Block<'a>],
    n_vertices: usize,
    ctx: &WorkCtx,
) -> Result<Polygons, Fault> {
    let layout = Layout::of(element);
    let read = |block: &Block<'a>| {
        ctx.check_cancelled().map_err(ReadFault::from)?;
        let part = match layout.lone_list() {
            Some((count, item)) => bare_rows::<C>(count, item, block, n_vertices),
            None => rows::<C>(&layout, block, n_vertices),
        };
        part.ok_or(Fault::Rows { element: element.name.clone() })
    };
    let parts = blocks.par_iter().map(read).collect::<Result<Vec<_>, Fault>>()?;
    let mut polygons = join(parts);
    if let Some(full) = layout.color_full {
        display_to_light(&mut polygons.colors, full);
    }
    Ok(polygons)
}

/// Takes the corners of one row; leaves nothing behind of a row that is no face.
#[inline]
fn corners<'a, C: Cursor<'a>>(
    cursor: &mut C,
    (count, item): (Scalar, Scalar),
    n_vertices: usize,
    part: &mut Part,
) -> Option<bool> {
    let start = part.corners.len();
    let n = cursor.length(count)?;
    for _ in 0..n {
        let index = cursor.integer(item)?;
        if (index as u64) < n_vertices as u64 {
            part.corners.push(index as u32);
        }
    }
    let is_face = n >= 3 && part.corners.len() == start + n;
    if !is_face {
        part.corners.truncate(start);
        part.n_bad += 1;
    }
    Some(is_face)
}

fn bare_rows<'a, C: Cursor<'a>>(
    count: Scalar,
    item: Scalar,
    block: &Block<'a>,
    n_vertices: usize,
) -> Option<Part> {
    let mut cursor = C::new(block.bytes);
    let mut part =
        Part { corners: with_room(3 * block.n_rows), ends: with_room(block.n_rows), ..Default::default() };
    for _ in 0..block.n_rows {
        if corners(&mut cursor, (count, item), n_vertices, &mut part)? {
            part.ends.push(part.corners.len() as u32);
        }
    }
    cursor.is_at_end().then_some(part)
}

fn rows<'a, C: Cursor<'a>>(layout: &Layout, block: &Block<'a>, n_vertices: usize) -> Option<Part> {
    let mut cursor = C::new(block.bytes);
    let mut part = Part::default();
    for _ in 0..block.n_rows {
        let n_uvs = part.uvs.len();
        let (start, mut is_face) = (part.corners.len(), false);
        let mut texture = 0;
        let mut color = Vec4::splat(layout.color_full.unwrap_or(1.0));
        for &(kind, role) in &layout.properties {
            match (role, kind) {
                (Role::Corners, Kind::List { count, item }) => {
                    is_face = corners(&mut cursor, (count, item), n_vertices, &mut part)?;
                }
                (Role::Uvs, Kind::List { count, item }) => uvs(&mut cursor, count, item, &mut part.uvs)?,
                (Role::Texture, Kind::Scalar(scalar)) => texture = cursor.integer(scalar)?,
                (Role::Color(c), Kind::Scalar(scalar)) => color[c] = cursor.number(scalar)? as f32,
                _ => cursor.skip_property(kind)?,
            }
        }
        if !is_face {
            part.uvs.truncate(n_uvs);
            continue;
        }
        part.ends.push(part.corners.len() as u32);
        if layout.has_uvs {
            // A face without its own coordinates has none to speak of.
            part.uvs.resize(n_uvs + part.corners.len() - start, Vec2::ZERO);
        }
        if layout.has_texture {
            part.textures.push(u32::try_from(texture).unwrap_or(0));
        }
        if layout.color_full.is_some() {
            part.colors.push(color);
        }
    }
    cursor.is_at_end().then_some(part)
}

fn uvs<'a, C: Cursor<'a>>(cursor: &mut C, count: Scalar, item: Scalar, uvs: &mut Vec<Vec2>) -> Option<()> {
    let n = cursor.length(count)?;
    for _ in 0..n / 2 {
        let (u, v) = (cursor.number(item)?, cursor.number(item)?);
        uvs.push(Vec2::new(u as f32, v as f32));
    }
    cursor.skip(item, n % 2)
}

/// Not more than a block may hold: texts leave the number of rows to guesses.
fn with_room<T>(n: usize) -> Vec<T> {
    Vec::with_capacity(n.min(1 << 20))
}

fn join(parts: Vec<Part>) -> Polygons {
    let n_corners = parts.iter().map(|part| part.corners.len()).sum();
    let n_faces: usize = parts.iter().map(|part| part.ends.len()).sum();
    let size = parts.iter().find_map(|part| part.ends.first().copied()).unwrap_or(3);
    let is_uniform = parts.par_iter().all(|part| part.is_all_of(size));
    let mut polygons = Polygons::default();
    let mut corner_vertices = Vec::with_capacity(n_corners);
    let mut starts = if is_uniform { Vec::new() } else { Vec::with_capacity(n_faces + 1) };
    starts.extend((!is_uniform).then_some(0));
    for part in parts {
        if !is_uniform {
            let before = corner_vertices.len() as u32;
            starts.extend(part.ends.iter().map(|end| before + end));
        }
        corner_vertices.extend_from_slice(&part.corners);
        polygons.corner_uvs.extend(part.uvs);
        polygons.colors.extend(part.colors);
        polygons.textures.extend(part.textures);
        polygons.n_bad += part.n_bad;
    }
    let sizes = if is_uniform { FaceSizes::Uniform(size) } else { FaceSizes::Starts(starts) };
    polygons.faces = Faces { corner_vertices, sizes };
    polygons
}

/// Strips of triangles, each ended by -1 or its row; every second one is wound the other way.
pub(super) fn read_strips<'a, C: Cursor<'a>>(
    element: &Element,
    blocks: &[Block<'a>],
    n_vertices: usize,
    ctx: &WorkCtx,
) -> Result<Polygons, Fault> {
    let mut polygons = Polygons::default();
    let bad_rows = || Fault::Rows { element: element.name.clone() };
    let list = element.find(&["vertex_indices", "vertex_index"]);
    for block in blocks {
        let mut cursor = C::new(block.bytes);
        for _ in 0..block.n_rows {
            for (i, property) in element.properties.iter().enumerate() {
                ctx.check_cancelled().map_err(ReadFault::from)?;
                match property.kind {
                    Kind::List { count, item } if Some(i) == list => {
                        strips(&mut cursor, (count, item), n_vertices, &mut polygons).ok_or_else(bad_rows)?
                    }
                    kind => cursor.skip_property(kind).ok_or_else(bad_rows)?,
                }
            }
        }
        if !cursor.is_at_end() {
            return Err(bad_rows());
        }
    }
    Ok(polygons)
}

fn strips<'a, C: Cursor<'a>>(
    cursor: &mut C,
    (count, item): (Scalar, Scalar),
    n_vertices: usize,
    polygons: &mut Polygons,
) -> Option<()> {
    let mut last: [Option<u32>; 2] = [None; 2];
    let mut is_odd = false;
    for _ in 0..cursor.length(count)? {
        let index = cursor.integer(item)?;
        if index < 0 {
            (last, is_odd) = ([None; 2], false);
            continue;
        }
        let Some(c) = u32::try_from(index).ok().filter(|&i| (i as usize) < n_vertices) else {
            polygons.n_bad += 1;
            (last, is_odd) = ([None; 2], false);
            continue;
        };
        if let [Some(a), Some(b)] = last {
            // Strips turn corners by repeating a vertex, which makes triangles without area.
            if a != b && b != c && a != c {
                polygons.faces.corner_vertices.extend(if is_odd { [b, a, c] } else { [a, b, c] });
            }
            is_odd = !is_odd;
        }
        last = [last[1], Some(c)];
    }
    Some(())
}
