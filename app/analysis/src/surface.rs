//! The faces of one mesh on welded vertices, so that connectivity survives what normals, UVs and
//! materials split.

use glam::{DVec3, Vec3};
use scene::{FaceSizes, Mesh, Primitive, Topology};

/// All polygon primitives of a mesh as one surface. Faces and corners are numbered through the
/// primitives in order; `corners` point at welded vertices.
pub(crate) struct Surface<'a> {
    pub(crate) mesh: &'a Mesh,
    /// Welded vertex of each corner, face after face.
    pub(crate) corners: Vec<u32>,
    /// Positions of the welded vertices, object space.
    pub(crate) points: Vec<Vec3>,
    /// First face of each primitive and the end of the last.
    first_faces: Vec<u32>,
    /// `None`: every face is a triangle.
    polygons: Option<Polygons>,
}

struct Polygons {
    starts: Vec<u32>,
    face_of_corner: Vec<u32>,
}

/// Corner numbers carry a flag bit in places, and three values are reserved.
const MAX_CORNERS: usize = (1 << 31) - 4;

impl<'a> Surface<'a> {
    /// Welds vertices whose positions are equal bit for bit (with -0 = 0). Linear.
    ///
    /// `None` beyond two thousand million corners.
    pub(crate) fn new(mesh: &'a Mesh) -> Option<Self> {
        let primitives: Vec<_> =
            mesh.primitives.iter().map(|p| (p.topology == Topology::Faces).then_some(p)).collect();
        let polygonal = || primitives.iter().flatten();
        let n_corners: usize = polygonal().map(|p| p.faces.corner_vertices.len()).sum();
        if n_corners > MAX_CORNERS {
            return None;
        }
        let mut welder = Welder::new(polygonal().map(|p| p.vertex_positions.len()).sum());
        let mut corners = Vec::with_capacity(n_corners);
        let mut first_faces = vec![0];
        let mut n_faces = 0;
        for primitive in &primitives {
            if let Some(primitive) = primitive {
                let welded: Vec<u32> = primitive.vertex_positions.iter().map(|&p| welder.weld(p)).collect();
                corners.extend(primitive.faces.corner_vertices.iter().map(|&v| welded[v as usize]));
                n_faces += primitive.faces.n_faces() as u32;
            }
            first_faces.push(n_faces);
        }
        let all_triangles = polygonal().all(|p| p.faces.sizes == FaceSizes::Uniform(3));
        let polygons =
            (!all_triangles).then(|| Polygons::new(polygonal().copied(), n_faces as usize, n_corners));
        Some(Self { mesh, corners, points: welder.points, first_faces, polygons })
    }

    pub(crate) fn n_faces(&self) -> usize {
        self.first_faces.last().map_or(0, |&n| n as usize)
    }

    pub(crate) fn face_corners(&self, face: usize) -> std::ops::Range<usize> {
        match &self.polygons {
            None => 3 * face..3 * face + 3,
            Some(polygons) => polygons.starts[face] as usize..polygons.starts[face + 1] as usize,
        }
    }

    pub(crate) fn face_of(&self, corner: usize) -> usize {
        match &self.polygons {
            None => corner / 3,
            Some(polygons) => polygons.face_of_corner[corner] as usize,
        }
    }

    /// The corner after this one in its face; its edge runs there.
    pub(crate) fn next(&self, corner: usize) -> usize {
        match &self.polygons {
            None if corner % 3 == 2 => corner - 2,
            None => corner + 1,
            Some(_) => {
                let face = self.face_corners(self.face_of(corner));
                if corner + 1 == face.end { face.start } else { corner + 1 }
            }
        }
    }

    pub(crate) fn previous(&self, corner: usize) -> usize {
        match &self.polygons {
            None if corner.is_multiple_of(3) => corner + 2,
            None => corner - 1,
            Some(_) => {
                let face = self.face_corners(self.face_of(corner));
                if corner == face.start { face.end - 1 } else { corner - 1 }
            }
        }
    }

    /// Both ends of the edge that starts at a corner.
    pub(crate) fn edge(&self, corner: usize) -> [u32; 2] {
        [self.corners[corner], self.corners[self.next(corner)]]
    }

    pub(crate) fn point(&self, corner: usize) -> DVec3 {
        self.points[self.corners[corner] as usize].as_dvec3()
    }

    /// Twice the area, along the normal (Newell); exact for planar polygons.
    pub(crate) fn double_area(&self, face: usize) -> DVec3 {
        let corners = self.face_corners(face);
        let origin = self.point(corners.start);
        let mut sum = DVec3::ZERO;
        for corner in corners.start + 1..corners.end.max(corners.start + 2) - 1 {
            sum += (self.point(corner) - origin).cross(self.point(corner + 1) - origin);
        }
        sum
    }

    pub(crate) fn face_center(&self, face: usize) -> DVec3 {
        let corners = self.face_corners(face);
        let n = corners.len().max(1) as f64;
        corners.map(|c| self.point(c)).sum::<DVec3>() / n
    }

    /// Which primitive a face belongs to, and its number there.
    pub(crate) fn primitive_face(&self, face: usize) -> (usize, u32) {
        let primitive = self.first_faces.partition_point(|&first| first as usize <= face) - 1;
        (primitive, face as u32 - self.first_faces[primitive])
    }

    /// The faces of one primitive by their numbers in the surface.
    pub(crate) fn faces_of_primitive(&self, primitive: usize) -> std::ops::Range<usize> {
        self.first_faces[primitive] as usize..self.first_faces[primitive + 1] as usize
    }
}

impl Polygons {
    fn new<'p>(primitives: impl Iterator<Item = &'p Primitive>, n_faces: usize, n_corners: usize) -> Self {
        let mut starts = Vec::with_capacity(n_faces + 1);
        let mut face_of_corner = Vec::with_capacity(n_corners);
        starts.push(0);
        for primitive in primitives {
            for face in 0..primitive.faces.n_faces() {
                let number = starts.len() as u32 - 1;
                face_of_corner.extend(primitive.faces.corners(face).map(|_| number));
                starts.push(face_of_corner.len() as u32);
            }
        }
        Self { starts, face_of_corner }
    }
}

/// Open addressing over the points seen so far; half empty, so that probes stay short.
struct Welder {
    points: Vec<Vec3>,
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Welder {
    fn new(n_vertices: usize) -> Self {
        let n_slots = (2 * n_vertices).next_power_of_two().max(8);
        Self { points: Vec::with_capacity(n_vertices), slots: vec![FREE; n_slots] }
    }

    fn weld(&mut self, point: Vec3) -> u32 {
        // Adding 0 turns -0 into 0.
        let point = point + Vec3::ZERO;
        let bits = point.to_array().map(f32::to_bits);
        let mask = self.slots.len() - 1;
        let mut slot = hash(bits) as usize & mask;
        loop {
            let known = self.slots[slot];
            if known == FREE {
                let new = self.points.len() as u32;
                self.slots[slot] = new;
                self.points.push(point);
                return new;
            }
            if self.points[known as usize].to_array().map(f32::to_bits) == bits {
                return known;
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// Three words into one well-spread one (the finaliser of MurmurHash3, Appleby).
fn hash([x, y, z]: [u32; 3]) -> u64 {
    mix(mix(u64::from(x) << 32 | u64::from(y)) ^ u64::from(z))
}

pub(crate) fn mix(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ word >> 33
}
