//! Numbers that fit into few bits: values on a grid, and unit vectors of two bytes. A plan's step
//! puts numbers there (`convert`); the writers recognise them and store what is left, without loss.

use glam::Vec3;
use rayon::prelude::*;

/// Floats as multiples of one power of two (the exponential filter of EXT_meshopt_compression).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exponential {
    /// The grid is 2^this wide.
    exponent: i32,
    /// 2^-exponent.
    per_unit: f64,
}

/// Multiples are stored in 24 bits with their sign.
const MAX_MULTIPLE: f64 = 8_388_607.0;

impl Exponential {
    /// The widest grid that all values lie on, if they can be counted on it.
    pub(crate) fn of(values: &[f32]) -> Option<Self> {
        let (mut exponent, mut largest) = (i32::MAX, 0.0f32);
        for &value in values.iter().filter(|&&value| value != 0.0) {
            if !value.is_normal() {
                return None;
            }
            let bits = value.to_bits();
            let mantissa = bits & 0x007f_ffff | 0x0080_0000;
            let scale = (bits >> 23 & 0xff) as i32 - 127 - 23;
            exponent = exponent.min(scale + mantissa.trailing_zeros() as i32);
            largest = largest.max(value.abs());
        }
        if exponent == i32::MAX {
            exponent = 0;
        }
        let per_unit = f64::from(-exponent).exp2();
        let is_countable = (-100..=100).contains(&exponent) && f64::from(largest) * per_unit <= MAX_MULTIPLE;
        is_countable.then_some(Self { exponent, per_unit })
    }

    /// As the filter wants it: the exponent in the highest byte, the multiple below.
    pub(crate) fn word(self, value: f32) -> u32 {
        let multiple = (f64::from(value) * self.per_unit) as i32;
        (self.exponent as u32) << 24 | multiple as u32 & 0x00ff_ffff
    }
}

/// Bytes that stand for -1 to 1.
const ONE: f32 = 127.0;

/// The unit vector that two bytes can hold nearest to `vector` (octahedral, as the filter of
/// EXT_meshopt_compression decodes it), in multiples of 1/127. Turns it by less than 1.5 degrees; a
/// second time by nothing.
pub fn nearest_octahedral(vector: Vec3) -> Vec3 {
    if known_code(vector).is_some() { vector } else { decode(code_of(vector)) }
}

/// For vectors that [`nearest_octahedral`] made: what to store of each, x and y of the octahedron,
/// its size, and the fourth number in bytes. `None` if one of them is another vector.
pub(crate) fn octahedral_codes(vectors: &[[f32; 4]]) -> Option<Vec<[i8; 4]>> {
    let one = |&[x, y, z, w]: &[f32; 4]| {
        let [u, v] = known_code(Vec3::new(x, y, z))?;
        let w = [-1.0, 0.0, 1.0].contains(&w).then_some(w)?;
        Some([u, v, ONE as i8, (w * ONE) as i8])
    };
    vectors.par_iter().with_min_len(4096).map(one).collect()
}

/// The code that decodes to this vector.
fn known_code(vector: Vec3) -> Option<[i8; 2]> {
    let bytes = vector * ONE;
    // Most vectors that are none are told by this alone.
    if (bytes - bytes.round()).abs().max_element() > 1e-3 {
        return None;
    }
    let [x, y] = code_of(vector);
    // Decoding rounds to bytes again, so the code may be one of those around.
    let near = |c: i8| (c.saturating_sub(1).max(-127)..=c.saturating_add(1)).rev();
    let mut around = std::iter::once([x, y]).chain(near(x).flat_map(|x| near(y).map(move |y| [x, y])));
    let exact = around.find(|&code| decode(code) == vector);
    // Another processor's decoder rounds some of them the other way.
    let is_close = |code| ((decode(code) - vector) * ONE).abs().max_element() < 1.5;
    exact.or_else(|| Some([x, y]).filter(|&code| is_close(code)))
}

fn code_of(vector: Vec3) -> [i8; 2] {
    let sum = vector.abs().element_sum();
    let on_octahedron = if sum > 0.0 { vector / sum } else { Vec3::Z };
    let Vec3 { x, y, z } = on_octahedron;
    let (u, v) = if z >= 0.0 {
        (x, y)
    } else {
        // The lower half is folded over the upper one's edges.
        ((1.0 - y.abs()) * 1f32.copysign(x), (1.0 - x.abs()) * 1f32.copysign(y))
    };
    [u, v].map(|c| (c * ONE).round() as i8)
}

/// By the decoder that files are read with, whose rounding is its processor's.
fn decode([u, v]: [i8; 2]) -> Vec3 {
    let mut decoded = [[u, v, ONE as i8, 0]];
    meshopt::decode_filter_oct(&mut decoded);
    let [[x, y, z, _]] = decoded;
    Vec3::new(f32::from(x), f32::from(y), f32::from(z)) / ONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_a_grid_is_counted_on_it() {
        let values = [0.75, -1.5, 0.0, 40.25];
        let grid = Exponential::of(&values).unwrap();
        assert_eq!((grid.exponent, grid.per_unit), (-2, 4.0));
        let mut words = values.map(|v| [grid.word(v)]);
        meshopt::decode_filter_exp(&mut words);
        assert_eq!(words.map(|[word]| f32::from_bits(word)), values);
        assert!(Exponential::of(&[0.1, 3e5]).is_none());
        assert!(Exponential::of(&[f32::NAN]).is_none() && Exponential::of(&[1e-42]).is_none());
        assert_eq!(Exponential::of(&[]), Exponential::of(&[0.0, -0.0]));
    }

    #[test]
    fn every_code_is_found_again_from_its_vector() {
        for u in -127..=127i8 {
            for v in -127..=127i8 {
                let vector = decode([u, v]);
                assert_eq!(nearest_octahedral(vector), vector, "({u}, {v})");
                let codes = octahedral_codes(&[vector.extend(-1.0).to_array()]);
                let [[x, y, 127, -127]] = codes.as_deref().unwrap_or_default() else {
                    panic!("({u}, {v}) is lost: {codes:?}");
                };
                assert_eq!(decode([*x, *y]), vector, "({u}, {v})");
            }
        }
    }

    #[test]
    fn a_vector_is_turned_by_little_and_once() {
        for i in 0..20_000 {
            let (height, turn) = (1.0 - 2.0 * (i as f32 + 0.5) / 20_000.0, i as f32 * 2.399_963);
            let radius = (1.0 - height * height).sqrt();
            let vector = Vec3::new(radius * turn.cos(), radius * turn.sin(), height);
            let near = nearest_octahedral(vector);
            assert!(near.angle_between(vector).to_degrees() < 1.5, "{vector}");
            assert_eq!(nearest_octahedral(near), near);
        }
    }
}
