//! Behind what each sample shows nothing more.

use std::sync::atomic::{AtomicU32, Ordering};

use glam::Vec3;

use super::sieve::{Footprint, Sieve};

/// Larger pictures have few triangles that are smaller than a sample.
const MOST_SAMPLES: usize = 1 << 23;
/// What a device may round of a depth, as a part of it; many times over.
const ROUNDING: f32 = 1e-4;

/// For each sample the distance of something solid.
pub(super) struct Depths {
    width: usize,
    /// Bits of positive floats, which are ordered like them.
    farthest: Vec<AtomicU32>,
}

impl Depths {
    /// `None` for pictures that are too large.
    pub(super) fn new([width, height]: [u32; 2]) -> Option<Self> {
        let n_samples = width as usize * height as usize;
        let far = f32::INFINITY.to_bits();
        (n_samples <= MOST_SAMPLES).then(|| Self {
            width: width as usize,
            farthest: (0..n_samples).map(|_| AtomicU32::new(far)).collect(),
        })
    }

    #[inline]
    fn at(&self, column: u32, row: u32) -> Option<&AtomicU32> {
        self.farthest.get(row as usize * self.width + column as usize)
    }

    /// Whether a solid triangle touches a sample; what it covers is noted.
    #[inline]
    pub(super) fn note(&self, sieve: &Sieve, corners: [Vec3; 3]) -> bool {
        let [a, b, c] = corners.map(|corner| corner.z);
        let bits = (a.max(b).max(c) * (1.0 + ROUNDING)).to_bits();
        let note = |column, row, covers| {
            if let Some(farthest) = self.at(column, row).filter(|_| covers) {
                // Whoever comes first, the nearest stays. Most come too late, and look before they write.
                if farthest.load(Ordering::Relaxed) > bits {
                    farthest.fetch_min(bits, Ordering::Relaxed);
                }
            }
        };
        sieve.footprint(corners, note) != Footprint::None
    }

    /// Whether a triangle lies behind something solid wherever it may touch a sample.
    #[inline]
    pub(super) fn hide(&self, sieve: &Sieve, corners: [Vec3; 3]) -> bool {
        let [a, b, c] = corners.map(|corner| corner.z);
        let bits = a.min(b).min(c).to_bits();
        let mut is_hidden = true;
        let look = |column, row, _| {
            is_hidden &= self.at(column, row).is_some_and(|depth| bits > depth.load(Ordering::Relaxed));
        };
        sieve.footprint(corners, look) != Footprint::Any && is_hidden
    }
}
