use glam::{DVec3, Vec3};
use scene::{Layer, Mesh, Primitive, Scene, Topology};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::weld_points;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Normals from the faces: smooth within the crease angle, hard beyond it and along borders. Each
/// face weighs by its angle at the vertex (Thürmer & Wüthrich 1998), so that the way a polygon is
/// cut does not show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Normals {
    pub which: WhichNormals,
    /// Faces that meet at more than this angle keep a hard edge between them.
    pub crease_degrees: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhichNormals {
    /// Only those that are no direction at all; authored ones stay.
    #[default]
    Broken,
    /// Also those of meshes that have none, which are drawn flat otherwise.
    Missing,
    All,
}

impl Default for Normals {
    fn default() -> Self {
        Self { which: WhichNormals::default(), crease_degrees: 40.0 }
    }
}

impl Apply for Normals {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let cos_crease = self.crease_degrees.clamp(0.0, 180.0).to_radians().cos();
        for mesh in &mut scene.meshes {
            ctx.check_cancelled()?;
            if !mesh.primitives.iter().any(|primitive| self.wants(primitive)) {
                continue;
            }
            let normals = corner_normals(mesh, cos_crease);
            for (primitive, normals) in mesh.primitives.iter_mut().zip(normals) {
                if self.wants(primitive) {
                    log.count("normals set", self.fill(primitive, normals));
                }
            }
        }
        Ok(())
    }
}

impl Normals {
    fn wants(&self, primitive: &Primitive) -> bool {
        primitive.topology == Topology::Faces
            && !primitive.faces.corner_vertices.is_empty()
            && match (&primitive.normals, self.which) {
                (_, WhichNormals::All) | (None, WhichNormals::Missing) => true,
                (None, WhichNormals::Broken) => false,
                (Some(layer), _) => {
                    corners(primitive).any(|(corner, vertex)| is_broken(layer.at(corner, vertex)))
                }
            }
    }

    /// Returns at how many corners the normal is another one now.
    fn fill(&self, primitive: &mut Primitive, computed: Vec<Vec3>) -> usize {
        let authored = primitive.normals.take();
        let keeps = |normal: Option<Vec3>| self.which != WhichNormals::All && !is_broken(normal);
        let mut n_set = 0;
        let chosen: Vec<Vec3> = corners(primitive)
            .zip(computed)
            .map(|((corner, vertex), computed)| {
                let authored = authored.as_ref().and_then(|layer| layer.at(corner, vertex));
                let chosen = authored.filter(|_| keeps(authored)).unwrap_or(computed);
                let is_same =
                    authored.is_some_and(|authored| authored.distance_squared(chosen) < SAME_SQUARED);
                n_set += usize::from(!is_same);
                if is_same { authored.unwrap_or(chosen) } else { chosen }
            })
            .collect();
        primitive.normals = Some(layer_of(primitive, chosen));
        n_set
    }
}

/// Rounding, not another direction.
const SAME_SQUARED: f32 = 1e-10;

fn corners(primitive: &Primitive) -> impl Iterator<Item = (usize, u32)> {
    primitive.faces.corner_vertices.iter().copied().enumerate()
}

fn is_broken(normal: Option<Vec3>) -> bool {
    !normal.is_some_and(|n| n.is_finite() && n.length_squared() > 1e-12)
}

/// Once a vertex where its corners agree everywhere, else once a corner.
fn layer_of(primitive: &Primitive, normals: Vec<Vec3>) -> Layer<Vec3> {
    let mut of_vertices = vec![None; primitive.vertex_positions.len()];
    for ((_, vertex), normal) in corners(primitive).zip(&normals) {
        match &mut of_vertices[vertex as usize] {
            known @ None => *known = Some(*normal),
            Some(known) if known == normal => {}
            Some(_) => return Layer::PerCorner(normals),
        }
    }
    Layer::PerVertex(of_vertices.into_iter().map(|normal| normal.unwrap_or(Vec3::Y)).collect())
}

/// One corner of the mesh's polygons, with what it needs of its face.
struct Corner {
    point: u32,
    previous: u32,
    next: u32,
    face_normal: DVec3,
    angle: f64,
}

/// For each primitive a normal a corner, smoothed over the whole mesh: where pieces of different
/// materials meet at the same points, the surface goes on.
fn corner_normals(mesh: &Mesh, cos_crease: f64) -> Vec<Vec<Vec3>> {
    let points = weld_points(mesh);
    let mut all: Vec<Corner> = Vec::new();
    let mut ends = Vec::new();
    for (primitive, points) in mesh.primitives.iter().zip(&points.of_vertices) {
        if primitive.topology == Topology::Faces {
            add_corners(primitive, points, &mut all);
        }
        ends.push(all.len());
    }
    let mut order: Vec<u32> = (0..all.len() as u32).collect();
    order.sort_by_key(|&corner| all[corner as usize].point);
    let mut normals = vec![Vec3::Y; all.len()];
    for around in order.chunk_by(|&a, &b| all[a as usize].point == all[b as usize].point) {
        smooth(&all, around, cos_crease, &mut normals);
    }
    let mut start = 0;
    let split = |end: usize| normals[std::mem::replace(&mut start, end)..end].to_vec();
    ends.into_iter().map(split).collect()
}

fn add_corners(primitive: &Primitive, points: &[u32], all: &mut Vec<Corner>) {
    for face in primitive.faces.iter() {
        let n = face.len();
        let at = |i: usize| primitive.vertex_positions[face[i % n] as usize].as_dvec3();
        let side: DVec3 = (1..n).map(|i| (at(i) - at(0)).cross(at(i + 1) - at(0))).sum();
        let face_normal = side.try_normalize().unwrap_or(DVec3::ZERO);
        for i in 0..n {
            let [to_previous, to_next] = [at(i + n - 1) - at(i), at(i + 1) - at(i)];
            let angle = to_previous.angle_between(to_next);
            all.push(Corner {
                point: points[face[i] as usize],
                previous: points[face[(i + n - 1) % n] as usize],
                next: points[face[(i + 1) % n] as usize],
                face_normal,
                angle: if angle.is_finite() { angle } else { 0.0 },
            });
        }
    }
}

/// Sets the normals of the corners around one point: those that hang together over edges that are
/// no creases get one direction.
fn smooth(all: &[Corner], around: &[u32], cos_crease: f64, normals: &mut [Vec3]) {
    let corner = |i: usize| &all[around[i] as usize];
    let mut group: Vec<usize> = (0..around.len()).collect();
    let mut spokes: Vec<(u32, usize)> =
        (0..around.len()).flat_map(|i| [(corner(i).previous, i), (corner(i).next, i)]).collect();
    spokes.sort_unstable();
    for spoke in spokes.chunk_by(|a, b| a.0 == b.0) {
        // Three faces on one edge are no surface that could go on; a fold has no smooth side.
        if let [(_, a), (_, b)] = *spoke
            && corner(a).face_normal.dot(corner(b).face_normal) >= cos_crease
        {
            let [a, b] = [find(&mut group, a), find(&mut group, b)];
            group[a.max(b)] = a.min(b);
        }
    }
    let mut sums = vec![DVec3::ZERO; around.len()];
    for i in 0..around.len() {
        let of = find(&mut group, i);
        sums[of] += corner(i).angle * corner(i).face_normal;
    }
    for (i, &of_mesh) in around.iter().enumerate() {
        let direction = sums[find(&mut group, i)].try_normalize();
        let fallback = || corner(i).face_normal.try_normalize().unwrap_or(DVec3::Y);
        normals[of_mesh as usize] = direction.unwrap_or_else(fallback).as_vec3();
    }
}

fn find(group: &mut [usize], i: usize) -> usize {
    let mut root = i;
    while group[root] != root {
        group[root] = group[group[root]];
        root = group[root];
    }
    root
}
