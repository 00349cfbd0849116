//! Display values to light, for formats whose colours are what a screen shows (IEC 61966-2-1).

use std::sync::LazyLock;

use glam::Vec4;

/// `value` of 0..=1; values outside are brought to the nearer end.
pub(crate) fn linear(value: f32) -> f32 {
    let value = value.clamp(0.0, 1.0);
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// [`linear`] of an 8-bit code.
#[inline]
pub(crate) fn linear_of_code(code: u8) -> f32 {
    static OF_CODE: LazyLock<[f32; 256]> =
        LazyLock::new(|| std::array::from_fn(|code| linear(code as f32 / 255.0)));
    OF_CODE[usize::from(code)]
}

/// The display code of light, 0..=1.
pub(crate) fn code(light: f32) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0 + 0.5) as u8
}

/// Whether colours of a format that allows both are codes of 0..=255 rather than fractions.
pub(crate) fn are_codes(colors: impl Iterator<Item = Vec4>) -> bool {
    colors.map(|color| color.truncate().max_element()).fold(0.0, f32::max) > 1.0
}

/// Light of a display colour, fractions or codes. Alpha stays what it is.
pub(crate) fn linear_color(color: Vec4, is_code: bool) -> Vec4 {
    if is_code {
        // Alpha is sometimes a fraction all the same.
        let alpha = if color.w <= 1.0 { color.w } else { color.w / 255.0 };
        color.truncate().map(|value| linear_of_code(value as u8)).extend(alpha.clamp(0.0, 1.0))
    } else {
        color.truncate().map(linear).extend(color.w.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_grey_and_the_ends() {
        assert_eq!((linear_of_code(0), linear_of_code(255)), (0.0, 1.0));
        assert!((linear_of_code(128) - 0.215_86).abs() < 1e-5);
        assert_eq!((linear(-3.0), linear(f32::INFINITY)), (0.0, 1.0));
    }
}
