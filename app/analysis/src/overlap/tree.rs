//! Which triangles come near each other: a tree of boxes over the sorted soup, met with itself.

use std::sync::atomic::{AtomicUsize, Ordering};

use glam::Vec3;
use rayon::prelude::*;
use work::WorkCtx;

use super::contact::{Contact, Tolerance, touch};
use super::soup::{Soup, Triangle};

/// Triangles in a leaf: few enough that comparing them all is cheaper than another level.
const LEAF: usize = 4;

/// Pieces of work, so that threads stay busy to the end and a cancel is noticed.
const N_TASKS: usize = 1024;

/// A complete binary tree: node 1 is the root, the children of `i` are `2i` and `2i + 1`, and the
/// leaves fill the last level in the order of the soup.
pub(crate) struct Tree<'a> {
    soup: &'a Soup,
    boxes: Vec<Box3>,
    n_leaves: usize,
}

#[derive(Clone, Copy)]
struct Box3 {
    min: Vec3,
    max: Vec3,
}

impl Box3 {
    const EMPTY: Self = Self { min: Vec3::INFINITY, max: Vec3::NEG_INFINITY };

    fn of(triangle: &Triangle, margin: f32) -> Self {
        let [a, b, c] = triangle.points;
        Self { min: a.min(b).min(c) - margin, max: a.max(b).max(c) + margin }
    }

    fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    fn meets(&self, other: &Self) -> bool {
        self.min.cmple(other.max).all() && other.min.cmple(self.max).all()
    }
}

/// What was found, and whether the search was cut short.
pub(crate) struct Contacts {
    pub(crate) list: Vec<Contact>,
    pub(crate) is_complete: bool,
}

impl<'a> Tree<'a> {
    /// Boxes are grown so that those of triangles within `tolerance` of each other meet.
    pub(crate) fn new(soup: &'a Soup, tolerance: &Tolerance) -> Self {
        let margin = 0.5 * tolerance.separation as f32;
        let n_leaves = soup.triangles.len().div_ceil(LEAF).next_power_of_two();
        let mut boxes = vec![Box3::EMPTY; 2 * n_leaves];
        boxes[n_leaves..].par_iter_mut().zip(soup.triangles.par_chunks(LEAF)).with_min_len(1024).for_each(
            |(leaf, triangles)| {
                *leaf = triangles.iter().map(|t| Box3::of(t, margin)).fold(Box3::EMPTY, Box3::union);
            },
        );
        for node in (1..n_leaves).rev() {
            boxes[node] = boxes[2 * node].union(boxes[2 * node + 1]);
        }
        Self { soup, boxes, n_leaves }
    }

    /// Every pair of triangles that overlaps within the tolerance, in the order of the tree.
    /// Gives up, and says so, after `max_contacts` finds or `max_tests` comparisons.
    pub(crate) fn contacts(&self, tolerance: &Tolerance, limits: Limits, ctx: &WorkCtx) -> Contacts {
        let mut tasks = vec![(1, 1)];
        while tasks.len() < N_TASKS && tasks.first().is_some_and(|task| task.0 < self.n_leaves) {
            tasks = tasks.into_iter().flat_map(|task| self.descend(task)).collect();
        }
        let n_tests = AtomicUsize::new(0);
        let n_contacts = AtomicUsize::new(0);
        let is_over = || {
            ctx.is_cancelled()
                || n_tests.load(Ordering::Relaxed) > limits.n_tests
                || n_contacts.load(Ordering::Relaxed) > limits.n_contacts
        };
        let found: Vec<Vec<Contact>> = tasks
            .into_par_iter()
            .map(|task| {
                let mut found = Vec::new();
                let mut counted = (0, 0);
                let mut stack = vec![task];
                while let Some((a, b)) = stack.pop() {
                    if a >= self.n_leaves {
                        counted.0 += self.compare(a, b, tolerance, &mut found);
                        if counted.0 > 1 << 16 {
                            n_tests.fetch_add(counted.0, Ordering::Relaxed);
                            n_contacts.fetch_add(found.len() - counted.1, Ordering::Relaxed);
                            counted = (0, found.len());
                            if is_over() {
                                break;
                            }
                        }
                    } else {
                        stack.extend(self.descend((a, b)));
                    }
                }
                found
            })
            .collect();
        Contacts { list: found.concat(), is_complete: !is_over() }
    }

    /// The pairs of children that may hold something; both of a pair are on the same level.
    fn descend(&self, (a, b): (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
        let [a0, a1, b0, b1] = [2 * a, 2 * a + 1, 2 * b, 2 * b + 1];
        let pairs = if a == b {
            [(a0, a0), (a0, a1), (a1, a1), (0, 0)]
        } else {
            [(a0, b0), (a0, b1), (a1, b0), (a1, b1)]
        };
        pairs.into_iter().filter(|&(a, b)| a != 0 && (a == b || self.boxes[a].meets(&self.boxes[b])))
    }

    /// All pairs of two leaves, or of one with itself; returns how many were looked at.
    fn compare(&self, a: usize, b: usize, tolerance: &Tolerance, found: &mut Vec<Contact>) -> usize {
        let margin = 0.5 * tolerance.separation as f32;
        let [first_a, first_b] = [a, b].map(|leaf| (leaf - self.n_leaves) * LEAF);
        let n = self.soup.triangles.len();
        let range = |first: usize| first.min(n)..(first + LEAF).min(n);
        let mut boxes_b = [Box3::EMPTY; LEAF];
        for (i, slot) in range(first_b).zip(&mut boxes_b) {
            *slot = Box3::of(&self.soup.triangles[i], margin);
        }
        for i in range(first_a) {
            let one = &self.soup.triangles[i];
            let box_a = Box3::of(one, margin);
            if !box_a.meets(&self.boxes[b]) {
                continue;
            }
            let from = if a == b { i + 1 } else { first_b };
            for j in from..range(first_b).end {
                let other = &self.soup.triangles[j];
                if box_a.meets(&boxes_b[j - first_b])
                    && let Some(overlap) = touch(one, other, tolerance, &self.soup.owners)
                {
                    found.push(Contact { one: i as u32, other: j as u32, overlap });
                }
            }
        }
        LEAF * LEAF
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) n_tests: usize,
    pub(crate) n_contacts: usize,
}
