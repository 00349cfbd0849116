//! Which triangles come near each other: a tree of boxes over the sorted soup, met with itself.

use std::sync::atomic::{AtomicUsize, Ordering};

use glam::{Vec3A, Vec4};
use rayon::prelude::*;
use work::WorkCtx;

use super::contact::{Contact, Tolerance, touch};
use super::crossing::cross;
use super::soup::{Soup, Triangle};

/// Triangles in a leaf: as many as are compared at once.
pub(super) const LEAF: usize = 4;

/// Pieces of work, so that threads stay busy to the end and a cancel is noticed.
const N_TASKS: usize = 1024;

/// Comparisons between two looks at the limits, which all threads share.
const COUNT_EVERY: usize = 1 << 12;

/// A complete binary tree: node 1 is the root, the children of `i` are `2i` and `2i + 1`, and the
/// leaves fill the last level in the order of the soup.
pub(crate) struct Tree<'a> {
    pub(super) soup: &'a Soup,
    boxes: Vec<Box3>,
    leaves: Vec<Leaf>,
    /// A power of two; `leaves` ends earlier, where the soup does.
    n_leaves: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Box3 {
    pub(super) min: Vec3A,
    pub(super) max: Vec3A,
}

impl Box3 {
    pub(super) const EMPTY: Self = Self { min: Vec3A::INFINITY, max: Vec3A::NEG_INFINITY };

    pub(super) fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    pub(super) fn half_area(&self) -> f32 {
        let size = (self.max - self.min).max(Vec3A::ZERO);
        size.x * size.y + size.y * size.z + size.z * size.x
    }

    fn meets(&self, other: &Self) -> bool {
        (self.min.cmple(other.max) & other.min.cmple(self.max)).all()
    }
}

/// The boxes of a leaf's triangles, one a lane, so that one box is compared with all of them at
/// once; empty where the soup ends.
#[derive(Clone, Copy)]
struct Leaf {
    min: [Vec4; 3],
    max: [Vec4; 3],
}

impl Leaf {
    fn of(triangles: &[Triangle], tolerance: &Tolerance) -> Self {
        let mut leaf = Self { min: [Vec4::INFINITY; 3], max: [Vec4::NEG_INFINITY; 3] };
        for (lane, triangle) in triangles.iter().enumerate() {
            let [a, b, c] = triangle.points;
            // What is too narrow to overlap anything can still cross it.
            let margin = if tolerance.excludes(triangle) { 0.0 } else { 0.5 * tolerance.separation as f32 };
            let (min, max) = (a.min(b).min(c) - margin, a.max(b).max(c) + margin);
            for axis in 0..3 {
                leaf.min[axis][lane] = min[axis];
                leaf.max[axis][lane] = max[axis];
            }
        }
        leaf
    }

    fn bounds(&self) -> Box3 {
        let [min, max] = [self.min.map(Vec4::min_element), self.max.map(Vec4::max_element)];
        Box3 { min: Vec3A::from_array(min), max: Vec3A::from_array(max) }
    }

    /// One bit for each of the boxes that the box in `lane` of `other` meets.
    fn met_by(&self, other: &Self, lane: usize) -> u32 {
        let axis = |i: usize| {
            let [min, max] = [other.min[i], other.max[i]].map(|bound| Vec4::splat(bound[lane]));
            min.cmple(self.max[i]) & self.min[i].cmple(max)
        };
        (axis(0) & axis(1) & axis(2)).bitmask()
    }
}

/// What one piece of work found.
#[derive(Default)]
struct Met {
    contacts: Vec<Contact>,
    crossings: Vec<(u32, u32)>,
}

/// What was found, and whether the search was cut short.
pub(crate) struct Contacts {
    pub(crate) list: Vec<Contact>,
    /// Triangles of one object that pass through each other, where the owner asks for it.
    pub(crate) crossings: Vec<(u32, u32)>,
    pub(crate) is_complete: bool,
}

impl<'a> Tree<'a> {
    /// Boxes are grown so that those of triangles within `tolerance` of each other meet.
    pub(crate) fn new(soup: &'a Soup, tolerance: &Tolerance) -> Self {
        let leaves: Vec<Leaf> =
            soup.triangles.par_chunks(LEAF).with_min_len(1024).map(|t| Leaf::of(t, tolerance)).collect();
        let n_leaves = leaves.len().next_power_of_two();
        let mut boxes = vec![Box3::EMPTY; 2 * n_leaves];
        for (node, leaf) in boxes[n_leaves..].iter_mut().zip(&leaves) {
            *node = leaf.bounds();
        }
        for node in (1..n_leaves).rev() {
            boxes[node] = boxes[2 * node].union(boxes[2 * node + 1]);
        }
        Self { soup, boxes, leaves, n_leaves }
    }

    /// Every pair of triangles that overlaps within the tolerance, in the order of the tree.
    /// Gives up, and says so, after `max_contacts` finds or `max_tests` comparisons.
    /// `radius`: of the scene, metres.
    pub(crate) fn contacts(
        &self,
        tolerance: &Tolerance,
        radius: f64,
        limits: Limits,
        ctx: &WorkCtx,
    ) -> Contacts {
        let mut tasks = vec![(1, 1)];
        while tasks.len() < N_TASKS && tasks.first().is_some_and(|task| task.0 < self.n_leaves) {
            let mut finer = Vec::new();
            for task in tasks {
                self.descend(task, &mut finer);
            }
            tasks = finer;
        }
        let n_tests = AtomicUsize::new(0);
        let n_contacts = AtomicUsize::new(0);
        let is_over = || {
            ctx.is_cancelled()
                || n_tests.load(Ordering::Relaxed) > limits.n_tests
                || n_contacts.load(Ordering::Relaxed) > limits.n_contacts
        };
        let found: Vec<Met> = tasks
            .into_par_iter()
            .map(|task| {
                let mut found = Met::default();
                let mut n_uncounted = 0;
                let mut n_counted_contacts = 0;
                let mut stack = vec![task];
                while let Some((a, b)) = stack.pop() {
                    if a < self.n_leaves {
                        self.descend((a, b), &mut stack);
                        continue;
                    }
                    n_uncounted += self.compare(a, b, tolerance, radius as f32, &mut found);
                    if n_uncounted > COUNT_EVERY || stack.is_empty() {
                        n_tests.fetch_add(n_uncounted, Ordering::Relaxed);
                        let n_found = found.contacts.len() + found.crossings.len();
                        n_contacts.fetch_add(n_found - n_counted_contacts, Ordering::Relaxed);
                        (n_uncounted, n_counted_contacts) = (0, n_found);
                        if is_over() {
                            break;
                        }
                    }
                }
                found
            })
            .collect();
        let mut all = Contacts { list: Vec::new(), crossings: Vec::new(), is_complete: !is_over() };
        for Met { contacts, crossings } in found {
            all.list.extend(contacts);
            all.crossings.extend(crossings);
        }
        all
    }

    /// Pushes the pairs of children that may hold something; both of a pair are on one level.
    fn descend(&self, (a, b): (usize, usize), pairs: &mut Vec<(usize, usize)>) {
        let [a0, a1, b0, b1] = [2 * a, 2 * a + 1, 2 * b, 2 * b + 1];
        let mut push = |a: usize, b: usize| {
            if self.boxes[a].meets(&self.boxes[b]) {
                pairs.push((a, b));
            }
        };
        push(a0, b0);
        push(a0, b1);
        if a != b {
            push(a1, b0);
        }
        push(a1, b1);
    }

    fn may_cross(&self, a: &Triangle, b: &Triangle) -> bool {
        let [of_a, of_b] = [a, b].map(|t| &self.soup.owners[t.owner as usize]);
        let is_same_face = a.face == b.face && of_a.primitive == of_b.primitive;
        of_a.is_first && of_a.instance == of_b.instance && !is_same_face
    }

    /// All pairs of two leaves, or of one with itself; returns how many were looked at.
    fn compare(&self, a: usize, b: usize, tolerance: &Tolerance, radius: f32, found: &mut Met) -> usize {
        let [a, b] = [a, b].map(|node| node - self.n_leaves);
        let (Some(leaf_a), Some(leaf_b)) = (self.leaves.get(a), self.leaves.get(b)) else { return 0 };
        let mut n_tests = 0;
        for lane in 0..LEAF {
            let mut met = leaf_b.met_by(leaf_a, lane);
            if a == b {
                // Each pair once, and no triangle with itself.
                met &= !0 << (lane + 1);
            }
            n_tests += 1 + met.count_ones() as usize;
            while met != 0 {
                let [one, other] = [LEAF * a + lane, LEAF * b + met.trailing_zeros() as usize];
                met &= met - 1;
                let [t, u] = [one, other].map(|i| &self.soup.triangles[i]);
                if let Some(overlap) = touch(t, u, tolerance, &self.soup.owners) {
                    found.contacts.push(Contact { one: one as u32, other: other as u32, overlap });
                } else if self.may_cross(t, u) && cross(t, u, radius) {
                    found.crossings.push((one as u32, other as u32));
                }
            }
        }
        n_tests
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) n_tests: usize,
    pub(crate) n_contacts: usize,
}
