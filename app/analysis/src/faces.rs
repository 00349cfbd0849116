//! What each face is worth before anything is built on it: usable, flat as a line, or there twice.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use scene::has_no_area;

use crate::surface::{Surface, mix};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaceKind {
    Sound,
    /// Another face on the same vertices faces the other way, as cards are made: no side is wrong.
    TwoSided,
    /// No area, but distinct vertices: it may close a T-junction, so it takes part in the surface.
    ZeroArea,
    /// Fewer than three distinct vertices, or a second face without area on the same vertices.
    Collapsed,
    NonFinite,
    /// The same vertices in the same order as a face before it.
    Duplicate,
    /// The second face of a [`FaceKind::TwoSided`] pair.
    BackTwin,
}

impl FaceKind {
    /// Whether neighbours, borders and shells are made from it. Of faces that lie on each other
    /// one does, so that a double face is not reported a second time as a non-manifold edge.
    pub(crate) fn is_connected(self) -> bool {
        matches!(self, Self::Sound | Self::TwoSided | Self::ZeroArea)
    }
}

/// The kind of every face, and the faces on the vertices of another, each with that other one.
pub(crate) fn face_kinds(surface: &Surface) -> (Vec<FaceKind>, Vec<(u32, u32)>) {
    let mut kinds: Vec<_> =
        (0..surface.n_faces()).into_par_iter().with_min_len(4096).map(|f| shape(surface, f)).collect();
    let repeats = mark_repeated(surface, &mut kinds);
    (kinds, repeats)
}

fn shape(surface: &Surface, face: usize) -> FaceKind {
    let corners = surface.face_corners(face);
    if corners.clone().any(|c| !surface.points[surface.corners[c] as usize].is_finite()) {
        return FaceKind::NonFinite;
    }
    let mut distinct = [u32::MAX; 3];
    let mut n_distinct = 0;
    for &vertex in &surface.corners[corners.clone()] {
        if n_distinct < 3 && !distinct[..n_distinct].contains(&vertex) {
            distinct[n_distinct] = vertex;
            n_distinct += 1;
        }
    }
    if n_distinct < 3 {
        return FaceKind::Collapsed;
    }
    let has_no_area = has_no_area(corners.len(), |i| surface.point(corners.start + i));
    if has_no_area { FaceKind::ZeroArea } else { FaceKind::Sound }
}

/// Finds faces on the same vertices. A bit table of hashes leaves a few candidates, which are then
/// compared for real; linear, and a few bits of memory a face.
fn mark_repeated(surface: &Surface, kinds: &mut [FaceKind]) -> Vec<(u32, u32)> {
    let n_bits = (surface.n_faces() * 16).next_power_of_two().max(64);
    let bit_of = |hash: u64| ((hash as usize & (n_bits - 1)) / 64, 1u64 << (hash % 64));
    let hash_of = |face: usize| {
        let vertices = &surface.corners[surface.face_corners(face)];
        mix(vertices.iter().fold(vertices.len() as u64, |sum, &v| sum.wrapping_add(mix(u64::from(v) + 1))))
    };
    let seen: Vec<AtomicU64> = (0..n_bits / 64).map(|_| AtomicU64::new(0)).collect();
    let twice: Vec<AtomicU64> = (0..n_bits / 64).map(|_| AtomicU64::new(0)).collect();
    let faces = || (0..kinds.len()).into_par_iter().with_min_len(4096).filter(|&f| kinds[f].is_connected());
    let any_twice = faces()
        .map(|face| {
            let (word, bit) = bit_of(hash_of(face));
            let is_second = seen[word].fetch_or(bit, Ordering::Relaxed) & bit != 0;
            if is_second {
                twice[word].fetch_or(bit, Ordering::Relaxed);
            }
            is_second
        })
        .reduce(|| false, |a, b| a | b);
    if !any_twice {
        return Vec::new();
    }
    let mut candidates: Vec<(u64, u32)> = faces()
        .filter_map(|face| {
            let hash = hash_of(face);
            let (word, bit) = bit_of(hash);
            (twice[word].load(Ordering::Relaxed) & bit != 0).then_some((hash, face as u32))
        })
        .collect();
    candidates.par_sort_unstable();
    let mut repeats = Vec::new();
    for group in candidates.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        mark_group(surface, kinds, group, &mut repeats);
    }
    repeats
}

/// Compares faces of equal hash, in face order; the first of each set of vertices stays.
fn mark_group(
    surface: &Surface,
    kinds: &mut [FaceKind],
    group: &[(u64, u32)],
    repeats: &mut Vec<(u32, u32)>,
) {
    let mut firsts: Vec<usize> = Vec::new();
    for &(_, face) in group {
        let face = face as usize;
        let known = firsts.iter().find_map(|&first| Some((first, same_vertices(surface, first, face)?)));
        repeats.extend(known.as_ref().map(|(first, _)| (face as u32, *first as u32)));
        match known {
            None => firsts.push(face),
            Some(_) if kinds[face] == FaceKind::ZeroArea => kinds[face] = FaceKind::Collapsed,
            Some((_, Order::Same)) => kinds[face] = FaceKind::Duplicate,
            Some((first, Order::Reversed)) => {
                kinds[face] = FaceKind::BackTwin;
                kinds[first] = FaceKind::TwoSided;
            }
        }
    }
}

enum Order {
    Same,
    Reversed,
}

/// How two faces run around the same vertices; `None` when they do not.
fn same_vertices(surface: &Surface, a: usize, b: usize) -> Option<Order> {
    let a = &surface.corners[surface.face_corners(a)];
    let b = &surface.corners[surface.face_corners(b)];
    let n = a.len();
    if b.len() != n {
        return None;
    }
    let shift = b.iter().position(|v| Some(v) == a.first())?;
    if (0..n).all(|i| a[i] == b[(shift + i) % n]) {
        Some(Order::Same)
    } else if (0..n).all(|i| a[i] == b[(shift + n - i) % n]) {
        Some(Order::Reversed)
    } else {
        None
    }
}
