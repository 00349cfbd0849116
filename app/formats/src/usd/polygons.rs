//! A mesh's faces as they are kept: holes and broken faces left out, left-handed ones turned round,
//! faces of one material side by side.

use scene::{FaceSizes, Faces};

/// Faces with the way back to where the file has them.
pub(super) struct Polygons {
    pub(super) faces: Faces,
    /// The file's corner of each corner; `None`: the same one.
    pub(super) corners: Option<Vec<u32>>,
    /// The file's face of each face; `None`: the same one.
    pub(super) numbers: Option<Vec<u32>>,
    pub(super) n_authored_corners: usize,
    pub(super) n_authored_faces: usize,
    /// Faces with too few corners, or with one on no vertex.
    pub(super) n_broken: usize,
}

pub(super) struct Authored<'a> {
    pub(super) counts: &'a [u32],
    pub(super) corner_vertices: Vec<u32>,
    pub(super) holes: &'a [u32],
    pub(super) is_left_handed: bool,
    pub(super) n_vertices: usize,
    /// The order in which the faces are wanted; `None`: the file's.
    pub(super) order: Option<Vec<u32>>,
}

impl Polygons {
    pub(super) fn new(authored: Authored<'_>) -> Self {
        let Authored { counts, corner_vertices, holes, is_left_handed, n_vertices, order } = authored;
        let (n_authored_corners, n_authored_faces) = (corner_vertices.len(), counts.len());
        let stated: u64 = counts.iter().map(|&n| u64::from(n)).sum();
        let in_range = corner_vertices.iter().all(|&v| (v as usize) < n_vertices);
        let whole = counts.iter().all(|&n| n >= 3) && stated == n_authored_corners as u64;
        if in_range && whole && holes.is_empty() && !is_left_handed && order.is_none() {
            let faces = Faces { corner_vertices, sizes: sizes_of(counts) };
            return Self {
                faces,
                corners: None,
                numbers: None,
                n_authored_corners,
                n_authored_faces,
                n_broken: 0,
            };
        }
        let starts: Vec<u64> = std::iter::once(0)
            .chain(counts.iter().scan(0_u64, |at, &n| {
                *at += u64::from(n);
                Some(*at)
            }))
            .collect();
        let mut is_hole = vec![false; counts.len()];
        for &hole in holes {
            if let Some(is_hole) = is_hole.get_mut(hole as usize) {
                *is_hole = true;
            }
        }
        let mut kept = Kept::default();
        let order = order.unwrap_or_else(|| (0..counts.len() as u32).collect());
        for face in order {
            let i = face as usize;
            if is_hole.get(i) != Some(&false) {
                continue;
            }
            let range = starts[i] as usize..starts[i + 1] as usize;
            match corner_vertices.get(range.clone()) {
                Some(corners) if corners.len() >= 3 && corners.iter().all(|&v| (v as usize) < n_vertices) => {
                    kept.add(face, range, corners, is_left_handed);
                }
                _ => kept.n_broken += 1,
            }
        }
        let faces = Faces { corner_vertices: kept.vertices, sizes: sizes_of(&kept.counts) };
        Self {
            faces,
            corners: Some(kept.corners),
            numbers: Some(kept.numbers),
            n_authored_corners,
            n_authored_faces,
            n_broken: kept.n_broken,
        }
    }

    /// The file's number of face `i`.
    pub(super) fn authored_face(&self, i: usize) -> usize {
        self.numbers.as_ref().map_or(i, |numbers| numbers[i] as usize)
    }

    pub(super) fn authored_corner(&self, i: usize) -> usize {
        self.corners.as_ref().map_or(i, |corners| corners[i] as usize)
    }
}

#[derive(Default)]
struct Kept {
    counts: Vec<u32>,
    vertices: Vec<u32>,
    corners: Vec<u32>,
    numbers: Vec<u32>,
    n_broken: usize,
}

impl Kept {
    fn add(&mut self, face: u32, range: std::ops::Range<usize>, vertices: &[u32], is_turned: bool) {
        self.counts.push(vertices.len() as u32);
        self.numbers.push(face);
        if is_turned {
            // The first corner stays first, so that a quad keeps its diagonal.
            let turned = || std::iter::once(0).chain((1..vertices.len()).rev());
            self.vertices.extend(turned().map(|i| vertices[i]));
            self.corners.extend(turned().map(|i| (range.start + i) as u32));
        } else {
            self.vertices.extend(vertices);
            self.corners.extend(range.map(|i| i as u32));
        }
    }
}

fn sizes_of(counts: &[u32]) -> FaceSizes {
    match counts.first() {
        Some(&first) if counts.iter().all(|&n| n == first) => FaceSizes::Uniform(first),
        Some(_) => {
            let mut end = 0;
            let ends = counts.iter().map(|&n| {
                end += n;
                end
            });
            FaceSizes::Starts(std::iter::once(0).chain(ends).collect())
        }
        None => FaceSizes::default(),
    }
}
