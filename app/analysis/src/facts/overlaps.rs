use glam::DVec3;
use scene::{Aabb, MeshId, NodeId, Scene};
use work::{Cancelled, WorkCtx};

use super::FaceId;
use crate::options::AnalyzeOptions;
use crate::overlap::{self, Group, Soup, Space, Triangle};
use crate::rules::Rule;
use crate::spots::Stage;

/// Surfaces that lie on each other.
#[derive(Clone, Debug)]
pub struct Overlaps {
    /// Whole objects first, then patches, each rule's largest first.
    pub list: Vec<Overlap>,
    /// The search was not cut short.
    pub is_complete: bool,
    /// Metres apart at which a depth buffer tells surfaces apart when the whole scene is in view.
    pub min_separation: f64,
}

/// A patch of one object's faces on those of another, or of the same.
#[derive(Clone, Debug)]
pub struct Overlap {
    /// [`Rule::ObjectDuplicate`], [`Rule::ZFighting`], [`Rule::ZFightingNear`],
    /// [`Rule::OverlapSameLook`] or [`Rule::OverlapBackToBack`].
    pub rule: Rule,
    pub coverage: Coverage,
    pub one: OverlapSide,
    pub other: OverlapSide,
    /// Square metres on top of each other.
    pub area: f64,
    /// Largest distance between the two, metres.
    pub separation: f64,
    /// Unit length, world space, out of the front of `one`; the mean over the patch.
    pub normal: DVec3,
}

/// Which side is covered by the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Each covers the other: delete one.
    Both,
    /// All of `one` lies on `other`.
    One,
    /// All of `other` lies on `one`.
    Other,
    Partial,
}

#[derive(Clone, Debug)]
pub struct OverlapSide {
    pub node: NodeId,
    pub mesh: MeshId,
    /// All that take part, ascending.
    pub faces: Vec<FaceId>,
    /// Of these faces, world space, square metres.
    pub area: f64,
}

/// Share of a side's area from which on it counts as covered.
const COVERED: f64 = 0.999;

/// All overlaps of the scene, as it stands in its default pose. Near-linear for surfaces; see
/// [`Overlaps::is_complete`].
///
/// # Errors
/// When `ctx` was cancelled.
pub fn overlaps(scene: &Scene, options: &AnalyzeOptions, ctx: &WorkCtx) -> Result<Overlaps, Cancelled> {
    let stage = Stage::new(scene);
    let bounds = stage.boxes.iter().copied().fold(Aabb::EMPTY, Aabb::union);
    ctx.check_cancelled()?;
    let min_separation = options.min_separation(bounds.radius());
    let Some(space) = Space::new(&stage, &bounds, options) else {
        let is_complete = stage.n_drawn_triangles() <= options.max_overlap_triangles;
        return Ok(Overlaps { list: Vec::new(), is_complete, min_separation });
    };
    let found = overlap::find(&stage, &space, &space.tree(), ctx);
    ctx.check_cancelled()?;
    let is_complete = found.is_complete;
    let list = found.groups.iter().filter_map(|group| of_group(&stage, space.soup(), group)).collect();
    Ok(Overlaps { list, is_complete, min_separation })
}

fn of_group(stage: &Stage, soup: &Soup, group: &Group) -> Option<Overlap> {
    let side = |triangles: Vec<u32>| side(stage, soup, triangles);
    let one = side(group.contacts.iter().map(|contact| contact.one).collect())?;
    let other = side(group.contacts.iter().map(|contact| contact.other).collect())?;
    let is_covered = |side: &OverlapSide| group.area >= COVERED * side.area;
    let coverage = match (is_covered(&one), is_covered(&other)) {
        (true, true) => Coverage::Both,
        (true, false) => Coverage::One,
        (false, true) => Coverage::Other,
        (false, false) => Coverage::Partial,
    };
    let normals = group.contacts.iter().map(|contact| {
        f64::from(contact.overlap.area) * soup.triangles[contact.one as usize].normal.as_dvec3()
    });
    let normal = normals.sum::<DVec3>().normalize_or_zero();
    let (area, separation) = (group.area, group.separation());
    Some(Overlap { rule: group.rule, coverage, one, other, area, separation, normal })
}

/// `None` for no triangles.
fn side(stage: &Stage, soup: &Soup, mut triangles: Vec<u32>) -> Option<OverlapSide> {
    triangles.sort_unstable();
    triangles.dedup();
    let of = |index: u32| &soup.triangles[index as usize];
    let owner = |triangle: &Triangle| &soup.owners[triangle.owner as usize];
    let instance = &stage.instances[owner(of(*triangles.first()?)).instance];
    let area = |triangle: &Triangle| {
        let [a, b, c] = triangle.points.map(|p| p.as_dvec3());
        0.5 * (b - a).cross(c - a).length()
    };
    let mut faces: Vec<FaceId> =
        triangles.iter().map(|&t| FaceId { primitive: owner(of(t)).primitive, face: of(t).face }).collect();
    faces.sort_unstable();
    faces.dedup();
    let area = triangles.iter().map(|&t| area(of(t))).sum();
    Some(OverlapSide { node: instance.node, mesh: instance.mesh, faces, area })
}
