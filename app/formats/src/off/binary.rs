//! Big-endian whole numbers and floats of 32 bits.

use glam::{Vec2, Vec3, Vec4};
use work::WorkCtx;

use super::{Content, Prefix, check_room, damaged};
use crate::ReadFault;

struct Words<'a> {
    rest: &'a [[u8; 4]],
}

impl Words<'_> {
    fn next(&mut self) -> Result<[u8; 4], ReadFault> {
        let ends = || damaged("it ends before its last face; copy or export it again");
        let (word, rest) = self.rest.split_first().ok_or_else(ends)?;
        self.rest = rest;
        Ok(*word)
    }

    fn float(&mut self) -> Result<f32, ReadFault> {
        self.next().map(f32::from_be_bytes)
    }

    fn floats<const N: usize>(&mut self) -> Result<[f32; N], ReadFault> {
        let mut floats = [0.0; N];
        for float in &mut floats {
            *float = self.float()?;
        }
        Ok(floats)
    }

    /// A negative number is none.
    fn index(&mut self) -> Result<Option<u32>, ReadFault> {
        Ok(u32::try_from(self.next().map(i32::from_be_bytes)?).ok())
    }

    fn count(&mut self) -> Result<usize, ReadFault> {
        let negative = || damaged("one of its counts is negative; export it again");
        self.index()?.map(|count| count as usize).ok_or_else(negative)
    }
}

pub(super) fn read(prefix: Prefix, body: &[u8], ctx: &WorkCtx) -> Result<Content, ReadFault> {
    let mut words = Words { rest: body.as_chunks().0 };
    let (n_vertices, n_faces, _n_edges) = (words.count()?, words.count()?, words.count()?);
    check_room(n_vertices, n_faces, [12, 8], 4 * words.rest.len())?;
    let mut content = Content::default();
    for i in 0..n_vertices {
        if i % 65_536 == 0 {
            ctx.check_cancelled()?;
        }
        let position = Vec3::from(words.floats::<3>()?);
        let weight = if prefix.is_homogeneous { words.float()? } else { 1.0 };
        content.positions.push(if weight == 1.0 { position } else { position / weight });
        if prefix.has_normals {
            content.normals.push(Vec3::from(words.floats::<3>()?));
        }
        if prefix.has_colors {
            content.colors.push(Some(Vec4::from(words.floats::<4>()?)));
        }
        if prefix.has_uvs {
            content.uvs.push(Vec2::from(words.floats::<2>()?));
        }
    }
    let mut corners = Vec::new();
    for i in 0..n_faces {
        if i % 65_536 == 0 {
            ctx.check_cancelled()?;
        }
        corners.clear();
        for _ in 0..words.count()? {
            corners.push(words.index()?);
        }
        let n_channels = words.count()?;
        let mut color = Vec4::ONE;
        for c in 0..n_channels {
            let value = words.float()?;
            if let Some(channel) = color.as_mut().get_mut(c) {
                *channel = value;
            }
        }
        content.add_face(&corners, (n_channels >= 3).then_some(color));
    }
    Ok(content)
}
