//! Surfaces on top of each other, which flicker as depth buffers cannot tell which one is in front.
//!
//! All drawn triangles are compared in world space, within and between objects. Touching along an
//! edge is no overlap; back to back counts only where double-sided materials show both.

mod contact;
mod crossing;
mod groups;
mod intersections;
mod rays;
mod soup;
mod tree;

use scene::Aabb;
use work::WorkCtx;

use crate::options::AnalyzeOptions;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Stage, Where};
use crate::view::MeshView;
use contact::Tolerance;
use tree::Limits;

pub(crate) use groups::Group;
pub(crate) use rays::{Sight, SightTree};
pub(crate) use soup::{Soup, Triangle};
pub(crate) use tree::Tree;

/// Comparisons a triangle before the search counts as hopeless.
const TESTS_PER_TRIANGLE: usize = 400;

/// Overlaps a triangle before everything counts as lying on everything; bounds the memory.
const CONTACTS_PER_TRIANGLE: usize = 4;

/// Small scenes may have more of both.
const MIN_TRIANGLES: usize = 100_000;

/// Every triangle that is drawn, with a tree over them; what all questions of space are asked of.
pub(crate) struct Space {
    soup: Soup,
    /// Metres.
    radius: f64,
    tolerance: Tolerance,
}

impl Space {
    /// `None` for scenes without extent, and for those too large to hold.
    pub(crate) fn new(stage: &Stage, bounds: &Aabb, options: &AnalyzeOptions) -> Option<Self> {
        let radius = bounds.radius();
        let has_extent = radius > 0.0 && radius.is_finite();
        if !has_extent || stage.n_drawn_triangles() > options.max_overlap_triangles {
            return None;
        }
        let soup = Soup::new(stage, bounds.center(), radius);
        let tolerance = Tolerance { separation: options.min_separation(radius) };
        (!soup.triangles.is_empty()).then_some(Self { soup, radius, tolerance })
    }

    pub(crate) fn soup(&self) -> &Soup {
        &self.soup
    }

    pub(crate) fn radius(&self) -> f64 {
        self.radius
    }

    pub(crate) fn tree(&self) -> Tree<'_> {
        Tree::new(&self.soup, &self.tolerance)
    }
}

/// Surfaces that lie on each other, per pair of objects and patch, and such of one object that pass
/// through each other.
pub(crate) struct Found {
    pub(crate) groups: Vec<Group>,
    /// By their indices in the soup.
    pub(crate) crossings: Vec<(u32, u32)>,
    /// These are all.
    pub(crate) is_complete: bool,
}

/// Near-linear for surfaces; a search that is not gives up.
pub(crate) fn find(stage: &Stage, space: &Space, tree: &Tree, ctx: &WorkCtx) -> Found {
    let n_triangles = space.soup.triangles.len().max(MIN_TRIANGLES);
    let limits =
        Limits { n_tests: TESTS_PER_TRIANGLE * n_triangles, n_contacts: CONTACTS_PER_TRIANGLE * n_triangles };
    let contacts = tree.contacts(&space.tolerance, space.radius, limits, ctx);
    let groups = groups::groups(stage, &space.soup, contacts.list, space.radius);
    Found { groups, crossings: contacts.crossings, is_complete: contacts.is_complete }
}

pub(crate) fn check(
    stage: &Stage,
    views: &[Option<MeshView>],
    space: &Space,
    tree: &Tree,
    ctx: &WorkCtx,
) -> Vec<Spot> {
    let found = find(stage, space, tree, ctx);
    let mut spots = groups::spots(stage, &space.soup, &found.groups);
    spots.extend(intersections::spots(stage, views, &space.soup, &found.crossings));
    if !found.is_complete {
        spots.push(incomplete());
    }
    spots
}

pub(crate) fn incomplete() -> Spot {
    Spot {
        rule: Rule::OverlapIncomplete,
        severity: Severity::Warning,
        count: 1,
        subject: String::new(),
        label: String::new(),
        place: Where::Nowhere,
    }
}

#[cfg(test)]
mod tests;
