//! The first triangle on a line of sight.
//!
//! A tree of its own over each four triangles of the soup, split where the surface area heuristic
//! says (Wald, "On fast Construction of SAH-based Bounding Volume Hierarchies", 2007): rays pay for
//! every box that two halves share, which meeting a tree with itself does not.

use glam::{Vec3, Vec3A};
use rayon::prelude::*;

use super::soup::{Soup, Triangle};
use super::tree::{Box3, LEAF};

pub(crate) struct Sight {
    pub(crate) origin: Vec3,
    /// Without zero components, so that no reciprocal is infinite times zero.
    pub(crate) direction: Vec3,
    /// Nearer than this nothing counts, as rounding may find what the ray starts on.
    pub(crate) nearest: f32,
}

pub(crate) struct SightTree<'a> {
    soup: &'a Soup,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy)]
struct Node {
    bounds: Box3,
    /// Of a leaf: which four triangles of the soup.
    four: u32,
    /// Of what is no leaf, its second child, and the first follows it; 0 of a leaf.
    second: u32,
}

const N_BINS: usize = 12;

/// Subtrees of more are built at the same time.
const MANY: usize = 2048;

#[derive(Clone, Copy)]
struct Item {
    bounds: Box3,
    /// Twice the middle.
    middle: Vec3A,
    index: u32,
}

impl<'a> SightTree<'a> {
    pub(crate) fn new(soup: &'a Soup) -> Self {
        let item = |(index, four): (usize, &[Triangle])| {
            let points = four.iter().flat_map(|triangle| triangle.points).map(Vec3A::from);
            let bounds = points.fold(Box3::EMPTY, |all, p| all.union(Box3 { min: p, max: p }));
            Item { bounds, middle: bounds.min + bounds.max, index: index as u32 }
        };
        let fours = soup.triangles.par_chunks(LEAF).with_min_len(1024).enumerate();
        let mut items: Vec<Item> = fours.map(item).collect();
        let nothing = Node { bounds: Box3::EMPTY, four: 0, second: 0 };
        let mut nodes = vec![nothing; (2 * items.len()).max(1)];
        if !items.is_empty() {
            build(&mut items, &mut nodes, 0, 0);
        }
        Self { soup, nodes }
    }

    /// Distance to the first triangle, seen from either side, and its index; `None` when nothing is
    /// in the way.
    pub(crate) fn first_hit(&self, sight: &Sight, skipped: u32) -> Option<(f32, usize)> {
        let origin = Vec3A::from(sight.origin);
        let reciprocal = Vec3A::from(sight.direction).recip();
        let (mut best, mut best_index) = (f32::INFINITY, 0);
        let mut stack = [(0u32, 0f32); 64];
        let mut n = 1;
        while n > 0 {
            n -= 1;
            let (index, at) = stack[n];
            if at >= best {
                continue;
            }
            let node = &self.nodes[index as usize];
            if node.second == 0 {
                let first = LEAF * node.four as usize;
                let end = (first + LEAF).min(self.soup.triangles.len());
                for i in first..end {
                    if i as u32 != skipped
                        && let Some(t) = meet(sight, &self.soup.triangles[i].points)
                        && t < best
                    {
                        (best, best_index) = (t, i);
                    }
                }
                continue;
            }
            let mut children = [index + 1, node.second]
                .map(|child| (child, entry(&self.nodes[child as usize].bounds, origin, reciprocal)));
            // The nearer one is looked at first.
            if children[0].1 < children[1].1 {
                children.swap(0, 1);
            }
            for (child, at) in children {
                if at < best && n < stack.len() {
                    stack[n] = (child, at);
                    n += 1;
                }
            }
        }
        best.is_finite().then_some((best, best_index))
    }
}

/// Fills `nodes` with the tree over `items`; the first is its root, and stands at `offset` of all.
fn build(items: &mut [Item], nodes: &mut [Node], offset: u32, depth: usize) {
    let bounds = items.iter().fold(Box3::EMPTY, |all, item| all.union(item.bounds));
    if let [item] = items {
        nodes[0] = Node { bounds, four: item.index, second: 0 };
        return;
    }
    let at = split(items, depth);
    let (left, right) = items.split_at_mut(at);
    let (head, rest) = nodes.split_at_mut(1);
    let (of_left, of_right) = rest.split_at_mut(2 * at - 1);
    let second = offset + 2 * at as u32;
    head[0] = Node { bounds, four: 0, second };
    let is_large = left.len() + right.len() > MANY;
    let mut build_left = || build(left, of_left, offset + 1, depth + 1);
    let mut build_right = || build(right, of_right, second, depth + 1);
    if is_large {
        rayon::join(build_left, build_right);
    } else {
        build_left();
        build_right();
    }
}

/// Deeper than this only the middle splits, so that the depth stays bounded.
const MAX_SAH_DEPTH: usize = 40;

/// Orders the items around a place to split at, and returns it; neither side is empty.
fn split(items: &mut [Item], depth: usize) -> usize {
    let (mut low, mut high) = (Vec3A::INFINITY, Vec3A::NEG_INFINITY);
    for item in items.iter() {
        low = low.min(item.middle);
        high = high.max(item.middle);
    }
    let size = high - low;
    let axis = if size.x >= size.y && size.x >= size.z { 0 } else { 1 + usize::from(size.z > size.y) };
    let middle = items.len() / 2;
    if size[axis] <= 0.0 || !size[axis].is_finite() || depth > MAX_SAH_DEPTH {
        return middle;
    }
    let scale = N_BINS as f32 / size[axis] * 0.999_99;
    let bin = |item: &Item| (((item.middle[axis] - low[axis]) * scale) as usize).min(N_BINS - 1);
    let mut bins = [(Box3::EMPTY, 0usize); N_BINS];
    for item in items.iter() {
        let of = &mut bins[bin(item)];
        *of = (of.0.union(item.bounds), of.1 + 1);
    }
    let mut costs = [0.0f32; N_BINS];
    let (mut from_left, mut from_right) = ((Box3::EMPTY, 0), (Box3::EMPTY, 0));
    for i in 0..N_BINS - 1 {
        from_left = (from_left.0.union(bins[i].0), from_left.1 + bins[i].1);
        costs[i] += from_left.0.half_area() * from_left.1 as f32;
        let j = N_BINS - 1 - i;
        from_right = (from_right.0.union(bins[j].0), from_right.1 + bins[j].1);
        costs[j - 1] += from_right.0.half_area() * from_right.1 as f32;
    }
    let best = (0..N_BINS - 1).min_by(|&a, &b| costs[a].total_cmp(&costs[b])).unwrap_or(0);
    let mut at = 0;
    for i in 0..items.len() {
        if bin(&items[i]) <= best {
            items.swap(i, at);
            at += 1;
        }
    }
    if at == 0 || at == items.len() { middle } else { at }
}

/// Where a ray enters a box (Kay & Kajiya 1986); infinity when it does not.
fn entry(of: &Box3, origin: Vec3A, reciprocal: Vec3A) -> f32 {
    let [a, b] = [(of.min - origin) * reciprocal, (of.max - origin) * reciprocal];
    let enter = a.min(b).max_element().max(0.0);
    let leave = a.max(b).min_element();
    if enter <= leave * 1.000_001 { enter } else { f32::INFINITY }
}

/// Möller & Trumbore 1997. What is missed along an edge is one ray of many.
fn meet(sight: &Sight, [a, b, c]: &[Vec3; 3]) -> Option<f32> {
    let (ab, ac) = (*b - *a, *c - *a);
    let across = sight.direction.cross(ac);
    let determinant = ab.dot(across);
    if determinant == 0.0 {
        return None;
    }
    let inverse = 1.0 / determinant;
    let from_a = sight.origin - *a;
    let u = from_a.dot(across) * inverse;
    let turned = from_a.cross(ab);
    let v = sight.direction.dot(turned) * inverse;
    let distance = ac.dot(turned) * inverse;
    (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && distance > sight.nearest).then_some(distance)
}
