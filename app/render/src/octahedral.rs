//! Twin of shaders/common/octahedral.wgsl.

use glam::Vec3;

/// Unit vector of an encoded pair; 32768 stands for 0.
pub(crate) fn decode(encoded: [u16; 2]) -> Vec3 {
    let [x, y] = encoded.map(|c| (f32::from(c) - 32768.0) * (1.0 / 32767.0));
    let z = 1.0 - x.abs() - y.abs();
    let fold = (-z).max(0.0);
    Vec3::new(x - fold.copysign(x), y - fold.copysign(y), z).normalize_or_zero()
}

/// How much of a sample's light something may hide, from its face's normal. Twin of
/// `with_hideable_part` in shaders/common/surface_output.wgsl.
pub(crate) fn hideable_part([z, w]: [u16; 2]) -> f32 {
    f32::from((z & 15) << 4 | (w & 15)) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_come_back_exactly() {
        assert_eq!(decode([32768, 32768]), Vec3::Z);
        assert_eq!(decode([65535, 32768]), Vec3::X);
        assert_eq!(decode([32768, 65535]), Vec3::Y);
        assert_eq!(decode([65535, 65535]), Vec3::NEG_Z);
    }
}
