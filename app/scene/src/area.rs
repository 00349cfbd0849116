//! What counts as a face without area, for everyone who asks: checks, mending, triangulation.

use glam::DVec3;

/// Whether a polygon's height over its longest side is within the rounding of its coordinates, so
/// that points on a line count even where single precision cannot hold them. `at` gives the corners,
/// finite, `0..n_corners`; fewer than three have no area.
pub fn has_no_area(n_corners: usize, at: impl Fn(usize) -> DVec3) -> bool {
    if n_corners < 3 {
        return true;
    }
    let origin = at(0);
    let mut before = at(n_corners - 1);
    let (mut longest_squared, mut largest) = (0.0f64, 0.0f64);
    for corner in (0..n_corners).map(&at) {
        longest_squared = longest_squared.max(before.distance_squared(corner));
        largest = largest.max(corner.abs().max_element());
        before = corner;
    }
    let threshold_squared = longest_squared * (largest * f64::from(f32::EPSILON)).powi(2);
    let pieces = || (1..n_corners - 1).map(|i| (at(i) - origin).cross(at(i + 1) - origin));
    // Newell's sum, exact for flat polygons.
    if pieces().sum::<DVec3>().length_squared() > threshold_squared {
        return false;
    }
    // The two halves of a self-crossing polygon cancel; it is ugly, but not without area.
    let n_pieces = (n_corners - 2) as f64;
    n_corners == 3 || pieces().map(DVec3::length).sum::<f64>() <= threshold_squared.sqrt() * n_pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(points: &[[f32; 3]]) -> bool {
        has_no_area(points.len(), |i| glam::Vec3::from(points[i]).as_dvec3())
    }

    #[test]
    fn rounding_is_no_area_and_thin_is() {
        // In thirds and sevenths, none of which single precision can hold.
        let on_a_line = [0.1, 0.3, 0.7].map(|t: f32| [t, t / 3.0, t / 7.0]);
        assert!(check(&on_a_line));
        assert!(check(&on_a_line[..2]));
        assert!(!check(&[[0.0; 3], [1.0, 0.0, 0.0], [0.5, 1e-5, 0.0]]));
        let bow_tie = [[0.0; 3], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        assert!(!check(&bow_tie));
    }
}
