//! Connected pieces of a surface, and which faces of each look the same way.

use glam::DVec3;
use scene::Aabb;

use crate::edges::{Across, Edges};
use crate::faces::FaceKind;
use crate::surface::Surface;

/// Pieces connected across edges that have exactly two faces.
pub(crate) struct Shells {
    /// Shell of each face; [`NO_SHELL`] for faces that take no part.
    pub(crate) of_face: Vec<u32>,
    /// Whether a face is wound against the first face of its shell.
    pub(crate) is_reversed: Vec<bool>,
    pub(crate) list: Vec<Shell>,
    order: Vec<u32>,
}

pub(crate) const NO_SHELL: u32 = u32::MAX;

pub(crate) struct Shell {
    /// Its faces' place in the order of the walk.
    range: std::ops::Range<usize>,
    /// Faces wound like the first one, and against it; two-sided ones and those without area are
    /// right either way and count in neither.
    pub(crate) n_wound: [usize; 2],
    /// Möbius-like: going round it comes back reversed, so no winding is consistent.
    pub(crate) is_one_sided: bool,
    /// Every edge has a face on both sides within the shell.
    pub(crate) is_closed: bool,
    pub(crate) n_borders: usize,
    /// Object space, square metres.
    pub(crate) area: f64,
    /// With all faces wound like the first one; means something for closed shells only.
    pub(crate) signed_volume: f64,
    /// Object space.
    pub(crate) bounds: Aabb,
}

impl Shell {
    /// Which way a closed shell looks with all faces wound like its first one: outward when
    /// positive. `None` for open shells and for those too flat to hold a volume.
    pub(crate) fn outward(&self) -> Option<bool> {
        // Rounding of single-precision corners moves the volume of a sheet by about 1e-7 of this.
        let noise = 1e-6 * self.area.powf(1.5);
        (self.is_closed && !self.is_one_sided && self.signed_volume.abs() > noise)
            .then_some(self.signed_volume > 0.0)
    }

    /// Whether its front may be where it encloses something: open shells, and closed ones of which
    /// no more faces look outwards than inwards.
    pub(crate) fn may_look_inwards(&self) -> bool {
        let is_inward = |first_is_right: bool| {
            self.n_wound[usize::from(first_is_right)] >= self.n_wound[usize::from(!first_is_right)]
        };
        !self.is_one_sided && self.outward().is_none_or(is_inward)
    }

    pub(crate) fn n_faces(&self) -> usize {
        self.range.len()
    }
}

impl Shells {
    /// A flood fill over the faces; linear.
    pub(crate) fn new(surface: &Surface, kinds: &[FaceKind], edges: &Edges) -> Self {
        let n = surface.n_faces();
        let mut shells = Self {
            of_face: vec![NO_SHELL; n],
            is_reversed: vec![false; n],
            list: Vec::new(),
            order: Vec::with_capacity(n),
        };
        // Volumes are sums of large terms that cancel; from the middle they stay small.
        let middle = Aabb::from_points(surface.points.iter().copied()).center();
        for face in 0..n {
            if kinds[face].is_connected() && shells.of_face[face] == NO_SHELL {
                let shell = shells.fill(surface, kinds, edges, face, middle);
                shells.list.push(shell);
            }
        }
        shells.close_non_manifold(surface, edges);
        shells
    }

    pub(crate) fn faces(&self, shell: &Shell) -> impl Iterator<Item = usize> + Clone {
        self.order[shell.range.clone()].iter().map(|&f| f as usize)
    }

    fn fill(
        &mut self,
        surface: &Surface,
        kinds: &[FaceKind],
        edges: &Edges,
        first: usize,
        middle: DVec3,
    ) -> Shell {
        let id = self.list.len() as u32;
        let begin = self.order.len();
        let mut shell = Shell {
            range: begin..begin,
            n_wound: [0; 2],
            is_one_sided: false,
            is_closed: true,
            n_borders: 0,
            area: 0.0,
            signed_volume: 0.0,
            bounds: Aabb::EMPTY,
        };
        self.of_face[first] = id;
        self.order.push(first as u32);
        let mut done = begin;
        while let Some(&face) = self.order.get(done) {
            done += 1;
            let face = face as usize;
            let reversed = self.is_reversed[face];
            shell.measure(surface, face, reversed, middle);
            if kinds[face] == FaceKind::Sound {
                shell.n_wound[usize::from(reversed)] += 1;
            }
            for corner in surface.face_corners(face) {
                match edges.across(corner) {
                    Across::Face { corner: other, same_direction } => {
                        let neighbour = surface.face_of(other);
                        let wanted = reversed ^ same_direction;
                        if self.of_face[neighbour] == NO_SHELL {
                            self.of_face[neighbour] = id;
                            self.is_reversed[neighbour] = wanted;
                            self.order.push(neighbour as u32);
                        } else if self.is_reversed[neighbour] != wanted {
                            shell.is_one_sided = true;
                        }
                    }
                    Across::Border => {
                        shell.n_borders += 1;
                        shell.is_closed = false;
                    }
                    Across::NonManifold | Across::NoEdge => {}
                }
            }
        }
        shell.range.end = self.order.len();
        shell
    }

    /// Two boxes that share an edge are two closed shells, though the edge has four faces: a shell
    /// is open there only if its own faces do not cancel.
    fn close_non_manifold(&mut self, surface: &Surface, edges: &Edges) {
        let mut balance: Vec<(u32, i32)> = Vec::new();
        for corners in &edges.non_manifold {
            balance.clear();
            for &corner in corners {
                let face = surface.face_of(corner as usize);
                let [a, b] = surface.edge(corner as usize);
                let turn = if (a < b) ^ self.is_reversed[face] { 1 } else { -1 };
                balance.push((self.of_face[face], turn));
            }
            balance.sort_unstable();
            for group in balance.chunk_by(|a, b| a.0 == b.0) {
                if group.iter().map(|(_, turn)| turn).sum::<i32>() != 0 {
                    self.list[group[0].0 as usize].is_closed = false;
                }
            }
        }
    }
}

impl Shell {
    fn measure(&mut self, surface: &Surface, face: usize, reversed: bool, middle: DVec3) {
        let corners = surface.face_corners(face);
        let double_area = surface.double_area(face);
        self.area += 0.5 * double_area.length();
        // For a planar polygon any of its points will do for the height of the pyramid.
        let volume = (surface.point(corners.start) - middle).dot(double_area) / 6.0;
        self.signed_volume += if reversed { -volume } else { volume };
        for corner in corners {
            self.bounds.add(surface.point(corner));
        }
    }
}
