//! The first triangle on a line of sight, found through the tree.

use glam::{Vec3, Vec3A};

use super::tree::{Box3, LEAF, Tree};

/// Towards a direction without zero components, so that no reciprocal is infinite times zero.
pub(crate) struct Sight {
    pub(crate) origin: Vec3,
    pub(crate) direction: Vec3,
    /// Nearer than this nothing counts, as rounding may find what the ray starts on.
    pub(crate) nearest: f32,
}

impl Tree<'_> {
    /// Distance to the first triangle, seen from either side; `None` when nothing is in the way.
    pub(crate) fn first_hit(&self, sight: &Sight, skipped: u32) -> Option<f32> {
        let origin = Vec3A::from(sight.origin);
        let reciprocal = Vec3A::from(sight.direction).recip();
        let mut best = f32::INFINITY;
        let mut stack = [0u32; 64];
        let mut n = 1;
        stack[0] = 1;
        while n > 0 {
            n -= 1;
            let node = stack[n] as usize;
            if entry(&self.boxes[node], origin, reciprocal).is_none_or(|t| t >= best) {
                continue;
            }
            if node >= self.n_leaves {
                let first = LEAF * (node - self.n_leaves);
                let end = (first + LEAF).min(self.soup.triangles.len());
                for i in first..end {
                    if i as u32 != skipped
                        && let Some(t) = meet(sight, &self.soup.triangles[i].points)
                        && t < best
                    {
                        best = t;
                    }
                }
                continue;
            }
            let children = [2 * node, 2 * node + 1];
            let [t0, t1] = children.map(|child| entry(&self.boxes[child], origin, reciprocal));
            // The nearer one is looked at first.
            let ordered = if t0 > t1 { [(t0, 0), (t1, 1)] } else { [(t1, 1), (t0, 0)] };
            for (t, which) in ordered {
                if t.is_some_and(|t| t < best) && n < stack.len() {
                    stack[n] = children[which] as u32;
                    n += 1;
                }
            }
        }
        best.is_finite().then_some(best)
    }
}

/// Where a ray enters a box (Kay & Kajiya 1986).
fn entry(of: &Box3, origin: Vec3A, reciprocal: Vec3A) -> Option<f32> {
    let [a, b] = [(of.min - origin) * reciprocal, (of.max - origin) * reciprocal];
    let enter = a.min(b).max_element().max(0.0);
    let leave = a.max(b).min_element();
    (enter <= leave * 1.000_001).then_some(enter)
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
