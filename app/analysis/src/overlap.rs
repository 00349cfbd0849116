//! Surfaces on top of each other, which flicker as depth buffers cannot tell which one is in front.
//!
//! All drawn triangles are compared in world space, within and between objects. Touching along an
//! edge is no overlap; back to back counts only where double-sided materials show both.

mod contact;
mod groups;
mod soup;
mod tree;

use scene::Aabb;
use work::WorkCtx;

use crate::options::AnalyzeOptions;
use crate::report::{Rule, Severity};
use crate::spots::{Spot, Stage, Where};
use contact::Tolerance;
use soup::Soup;
use tree::{Limits, Tree};

/// Comparisons a triangle before the search counts as hopeless.
const TESTS_PER_TRIANGLE: usize = 400;

/// Overlaps a triangle before everything counts as lying on everything; bounds the memory.
const CONTACTS_PER_TRIANGLE: usize = 4;

/// Small scenes may have more of both.
const MIN_TRIANGLES: usize = 100_000;

/// `bounds`: of the scene. Near-linear for surfaces; a search that is not gives up and says so.
pub(crate) fn check(stage: &Stage, bounds: &Aabb, options: &AnalyzeOptions, ctx: &WorkCtx) -> Vec<Spot> {
    let radius = bounds.radius();
    if !(radius > 0.0 && radius.is_finite()) {
        return Vec::new();
    }
    if stage.n_drawn_triangles() > options.max_overlap_triangles {
        return vec![incomplete()];
    }
    let tolerance = Tolerance { separation: options.min_separation(radius) };
    let soup = Soup::new(stage, bounds.center(), radius);
    if soup.triangles.is_empty() || ctx.is_cancelled() {
        return Vec::new();
    }
    let n_triangles = soup.triangles.len().max(MIN_TRIANGLES);
    let limits =
        Limits { n_tests: TESTS_PER_TRIANGLE * n_triangles, n_contacts: CONTACTS_PER_TRIANGLE * n_triangles };
    let contacts = Tree::new(&soup, &tolerance).contacts(&tolerance, limits, ctx);
    let mut spots = groups::spots(stage, &soup, contacts.list, radius);
    if !contacts.is_complete {
        spots.push(incomplete());
    }
    spots
}

fn incomplete() -> Spot {
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
