use std::collections::{BTreeMap, BTreeSet, HashMap};

use analysis::facts::{FaceId, surfaces};
use scene::{Mesh, Primitive, Scene, Topology, has_no_area};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::{FaceList, weld_points};
use crate::receipt::StepLog;
use crate::step::Apply;

/// Deletes faces without area and such with a corner that is nowhere.
///
/// A triangle that is a line may be what keeps a surface closed; the face behind its long side then
/// gets its middle corner, so that no seam opens. Polygons that cannot be cut into triangles with area
/// become triangles here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoveDegenerate {}

/// Lines may lie behind lines; each round takes away the outermost.
const ROUNDS: usize = 16;

impl Apply for RemoveDegenerate {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        for round in 0..ROUNDS {
            let mut is_done = true;
            for primitive in scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives) {
                log.count("polygons cut", cut_flat_pieces(primitive));
            }
            for facts in surfaces(scene, ctx)? {
                let mesh = &mut scene.meshes[facts.mesh];
                let mut doomed: BTreeSet<FaceId> =
                    facts.collapsed.iter().chain(&facts.non_finite).copied().collect();
                let lines = Lines::of(mesh, &facts.zero_area);
                let inserted = lines.dissolve(round + 1 == ROUNDS, &mut doomed);
                if doomed.is_empty() {
                    continue;
                }
                is_done = false;
                log.count("faces removed", doomed.len());
                log.count("faces that took over a corner", inserted.len());
                rebuild(mesh, &doomed, &inserted);
            }
            if is_done {
                break;
            }
        }
        Ok(())
    }
}

/// The corner that a face gets behind one of its own; both as corners of the primitive.
type Inserted = BTreeMap<FaceId, (usize, usize)>;

/// Faces of a mesh that have no area but three distinct corners.
struct Lines<'a> {
    mesh: &'a Mesh,
    faces: &'a [FaceId],
    points: Vec<Vec<u32>>,
    /// Which faces of which primitive run along an edge, by its points in ascending order; with the
    /// corner where it begins there.
    along: HashMap<[u32; 2], Vec<(FaceId, usize)>>,
}

impl<'a> Lines<'a> {
    fn of(mesh: &'a Mesh, faces: &'a [FaceId]) -> Self {
        let mut lines = Self { mesh, faces, points: Vec::new(), along: HashMap::new() };
        if faces.is_empty() {
            return lines;
        }
        lines.points = weld_points(mesh).of_vertices;
        let asked: BTreeSet<[u32; 2]> =
            faces.iter().filter_map(|&face| Some(lines.long_side(face)?.0)).collect();
        for (p, primitive) in
            mesh.primitives.iter().enumerate().filter(|(_, p)| p.topology == scene::Topology::Faces)
        {
            for face in 0..primitive.faces.n_faces() {
                for corner in primitive.faces.corners(face) {
                    let edge = lines.edge(p, primitive, face, corner);
                    if asked.contains(&edge) {
                        let id = FaceId { primitive: p, face: face as u32 };
                        lines.along.entry(edge).or_default().push((id, corner));
                    }
                }
            }
        }
        lines
    }

    /// The edge that begins at a corner, its points in ascending order.
    fn edge(&self, p: usize, primitive: &Primitive, face: usize, corner: usize) -> [u32; 2] {
        let corners = primitive.faces.corners(face);
        let next = if corner + 1 == corners.end { corners.start } else { corner + 1 };
        let mut edge = [corner, next].map(|c| self.points[p][primitive.faces.corner_vertices[c] as usize]);
        edge.sort_unstable();
        edge
    }

    /// The longest edge of a triangle and the corner that is not on it; `None` for polygons.
    fn long_side(&self, id: FaceId) -> Option<([u32; 2], usize)> {
        let primitive = &self.mesh.primitives[id.primitive];
        let corners = primitive.faces.corners(id.face as usize);
        if corners.len() != 3 {
            return None;
        }
        let at =
            |c: usize| primitive.vertex_positions[primitive.faces.corner_vertices[c] as usize].as_dvec3();
        let length =
            |c: usize| at(c).distance_squared(at(if c + 1 == corners.end { corners.start } else { c + 1 }));
        let longest = corners.clone().max_by(|&a, &b| length(a).total_cmp(&length(b)))?;
        let apex = corners.start + (longest - corners.start + 2) % 3;
        Some((self.edge(id.primitive, primitive, id.face as usize, longest), apex))
    }

    /// Adds to `doomed` what may go now, and says which faces get a corner instead. A line behind
    /// another line waits for the next round unless this is the last.
    fn dissolve(&self, is_last: bool, doomed: &mut BTreeSet<FaceId>) -> Inserted {
        let lines: BTreeSet<FaceId> = self.faces.iter().copied().collect();
        let mut inserted = Inserted::new();
        for &id in self.faces {
            let Some((edge, apex)) = self.long_side(id) else {
                doomed.insert(id);
                continue;
            };
            let behind = self.along.get(&edge).into_iter().flatten().filter(|(face, _)| *face != id);
            let behind: Vec<&(FaceId, usize)> = behind.filter(|(face, _)| !doomed.contains(face)).collect();
            match behind[..] {
                [] => drop(doomed.insert(id)),
                [&(face, corner)] if !is_last && face.primitive == id.primitive && !lines.contains(&face) => {
                    if let std::collections::btree_map::Entry::Vacant(free) = inserted.entry(face) {
                        free.insert((corner, apex));
                        doomed.insert(id);
                    }
                }
                _ if is_last => drop(doomed.insert(id)),
                // Two lines on each other close nothing, and another material cannot take the corner.
                [&(face, _)] if face.primitive != id.primitive => drop(doomed.insert(id)),
                [_] => {}
                _ => drop(doomed.insert(id)),
            }
        }
        inserted
    }
}

/// Cuts the polygons of which some triangle would have no area however they are cut: as triangles they
/// can be mended. Returns how many.
fn cut_flat_pieces(primitive: &mut Primitive) -> usize {
    if primitive.topology != Topology::Faces || primitive.faces.iter().all(|face| face.len() <= 3) {
        return 0;
    }
    let triangles = primitive.triangle_corners();
    let is_flat = |triangle: &[u32; 3]| {
        let points = triangle
            .map(|c| primitive.vertex_positions[primitive.faces.corner_vertices[c as usize] as usize]);
        points.iter().all(|p| p.is_finite()) && has_no_area(3, |i| points[i].as_dvec3())
    };
    let mut rest = &triangles[..];
    let n_faces = primitive.faces.n_faces();
    let mut list = FaceList::with_capacity(n_faces, primitive.faces.corner_vertices.len());
    let mut n_cut = 0;
    for face in 0..n_faces {
        let corners = primitive.faces.corners(face);
        let (of_face, after) = rest.split_at(corners.len().saturating_sub(2).min(rest.len()));
        rest = after;
        if of_face.len() > 1 && of_face.iter().any(is_flat) {
            n_cut += 1;
            of_face.iter().for_each(|&triangle| list.push(face, triangle));
        } else {
            list.push(face, corners.map(|c| c as u32));
        }
    }
    if n_cut > 0 {
        list.apply(primitive);
    }
    n_cut
}

fn rebuild(mesh: &mut Mesh, doomed: &BTreeSet<FaceId>, inserted: &Inserted) {
    for (p, primitive) in mesh.primitives.iter_mut().enumerate() {
        let id = |face: usize| FaceId { primitive: p, face: face as u32 };
        let n_faces = primitive.faces.n_faces();
        if !(0..n_faces).any(|face| doomed.contains(&id(face)) || inserted.contains_key(&id(face))) {
            continue;
        }
        let mut list = FaceList::with_capacity(n_faces, primitive.faces.corner_vertices.len());
        for face in (0..n_faces).filter(|&face| !doomed.contains(&id(face))) {
            let extra = inserted.get(&id(face));
            let corners = primitive.faces.corners(face).flat_map(|corner| {
                let behind = extra.filter(|(after, _)| *after == corner).map(|(_, apex)| *apex);
                std::iter::once(corner).chain(behind)
            });
            list.push(face, corners.map(|c| c as u32));
        }
        list.apply(primitive);
    }
}
