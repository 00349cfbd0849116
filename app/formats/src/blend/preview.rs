use crate::Preview;

/// The picture that Blender shows in its file lists: block `TEST`, RGBA rows from the bottom up.
pub(super) fn read(block: &[u8], is_big_endian: bool) -> Option<Preview> {
    let side = |at: usize| {
        let bytes = block.get(at..at + 4)?.try_into().ok()?;
        Some(if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let (width_px, height_px) = (side(0)?, side(4)?);
    let row = (width_px as usize).checked_mul(4).filter(|&row| row > 0)?;
    let pixels = block.get(8..)?.get(..row.checked_mul(height_px as usize)?)?;
    let rgba = pixels.chunks_exact(row).rev().flatten().copied().collect::<Vec<_>>();
    (!rgba.is_empty()).then(|| Preview { width_px, height_px, rgba: rgba.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_from_the_top() {
        let block = [2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4];
        let preview = read(&block, false).unwrap();
        assert_eq!((preview.width_px, preview.height_px), (2, 2));
        assert_eq!(preview.rgba[..], [3, 3, 3, 3, 4, 4, 4, 4, 1, 1, 1, 1, 2, 2, 2, 2]);
        assert!(read(&block[..20], false).is_none());
        assert!(read(&[255; 16], false).is_none());
    }
}
