//! Index lists of every primitive mode as points, segments and polygons.

use gltf::json::mesh::Mode;
use gltf::json::validation::Checked;
use scene::{FaceSizes, Faces, Topology};

use super::mesh::Losses;

/// Renumbers `corners` to the vertices they use and returns those, ascending.
pub(super) fn take_used(corners: &mut [u32], n_vertices: usize) -> Vec<u32> {
    let mut new_of_old = vec![u32::MAX; n_vertices];
    for &corner in corners.iter() {
        new_of_old[corner as usize] = 0;
    }
    let mut used = Vec::new();
    for (old, new) in new_of_old.iter_mut().enumerate().filter(|(_, new)| **new == 0) {
        *new = used.len() as u32;
        used.push(old as u32);
    }
    for corner in corners {
        *corner = new_of_old[*corner as usize];
    }
    used
}

/// Turns any primitive mode into lists of points, segments or triangles.
pub(super) fn assemble(mode: Checked<Mode>, corners: Vec<u32>, losses: &mut Losses) -> (Topology, Faces) {
    let Checked::Valid(mode) = mode else {
        losses.n_incomplete += 1;
        return (Topology::Faces, Faces::default());
    };
    let whole = |mut corners: Vec<u32>, size: usize, losses: &mut Losses| {
        let n_over = corners.len() % size;
        losses.n_incomplete += usize::from(n_over > 0);
        corners.truncate(corners.len() - n_over);
        corners
    };
    let sized =
        |corners: Vec<u32>, size: u32| Faces { corner_vertices: corners, sizes: FaceSizes::Uniform(size) };
    let distinct = |t: &[u32; 3]| t[0] != t[1] && t[1] != t[2] && t[2] != t[0];
    match mode {
        Mode::Points => (Topology::Points, sized(corners, 1)),
        Mode::Lines => (Topology::Lines, sized(whole(corners, 2, losses), 2)),
        Mode::LineStrip | Mode::LineLoop => {
            let mut segments: Vec<u32> = corners.windows(2).flatten().copied().collect();
            if let (Mode::LineLoop, [first, .., last]) = (mode, &corners[..]) {
                segments.extend([*last, *first]);
            }
            (Topology::Lines, sized(segments, 2))
        }
        Mode::Triangles => (Topology::Faces, Faces::triangles(whole(corners, 3, losses))),
        // The degenerate triangles of a strip join its parts and are nobody's faces.
        Mode::TriangleStrip => {
            let triangles = corners.windows(3).enumerate();
            let wound = triangles.map(|(i, t)| [t[0], t[1 + i % 2], t[2 - i % 2]]);
            (Topology::Faces, Faces::triangles(wound.filter(distinct).flatten().collect()))
        }
        Mode::TriangleFan => {
            let center = corners.first().copied().unwrap_or_default();
            let rim = corners.get(1..).unwrap_or_default().windows(2);
            let triangles = rim.map(|pair| [pair[0], pair[1], center]);
            (Topology::Faces, Faces::triangles(triangles.filter(distinct).flatten().collect()))
        }
    }
}

/// FB_ngon_encoding: consecutive triangles that begin with the same vertex are the fan of one
/// polygon. Triangles that share the beginning without continuing the fan stay on their own.
pub(super) fn join_fans(triangles: &[u32]) -> Faces {
    let mut corners: Vec<u32> = Vec::with_capacity(triangles.len());
    let mut starts = vec![0];
    let mut open: Option<(u32, u32)> = None;
    for &[a, b, c] in triangles.as_chunks::<3>().0 {
        if open == Some((a, b)) {
            corners.push(c);
        } else {
            if open.is_some() {
                starts.push(corners.len() as u32);
            }
            corners.extend([a, b, c]);
        }
        open = Some((a, c));
    }
    if open.is_some() {
        starts.push(corners.len() as u32);
    }
    if corners.len() == triangles.len() {
        return Faces::triangles(corners);
    }
    Faces { corner_vertices: corners, sizes: FaceSizes::Starts(starts) }
}
