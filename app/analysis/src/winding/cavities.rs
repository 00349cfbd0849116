//! Tells the inner walls of hollow bodies, which look inwards for good reason, from shells that
//! are inside out.

use std::cell::Cell;

use glam::DVec3;

use crate::shells::Shell;
use crate::view::MeshView;

/// Points of a shell that are asked whether they lie inside another.
const N_SAMPLES: usize = 9;

pub(super) struct Cavities<'v> {
    view: &'v MeshView<'v>,
    /// Closed shells, which may hold others.
    outer: Vec<&'v Shell>,
    /// Of each shell, how much of it lies inside another, as far as somebody asked.
    shares: Vec<Cell<Option<f64>>>,
    /// Triangles and boxes that may still be looked at; a model made to exhaust them gets its cavities reported.
    budget: Cell<usize>,
}

impl<'v> Cavities<'v> {
    pub(super) fn new(view: &'v MeshView<'v>) -> Self {
        let shells = &view.shells.list;
        let closed = shells.iter().filter(|shell| shell.outward().is_some());
        Self {
            view,
            outer: closed.collect(),
            shares: shells.iter().map(|_| Cell::new(None)).collect(),
            budget: Cell::new(20_000_000),
        }
    }

    /// Whether the shell of that number lies inside a closed one of the same mesh, or pokes out of it
    /// where others of its making lie inside, as one of many bubbles in glass may.
    pub(super) fn contain(&self, number: usize) -> bool {
        let is_inside = |share: f64| share >= 0.5;
        let share = self.share_inside(number);
        is_inside(share) || (share > 0.0 && self.fellows(number).any(|i| is_inside(self.share_inside(i))))
    }

    /// Shells that look inwards and have as many faces.
    fn fellows(&self, number: usize) -> impl Iterator<Item = usize> {
        let shells = &self.view.shells.list;
        let n_faces = shells[number].n_faces();
        let is_alike = move |shell: &Shell| {
            let looks_inwards = |first_is_right: bool| shell.n_wound[usize::from(!first_is_right)] == 0;
            shell.n_faces() == n_faces && shell.outward().is_some_and(looks_inwards)
        };
        let is_fellow = move |&i: &usize| i != number && is_alike(&shells[i]);
        (0..shells.len()).take_while(|_| self.spend(1)).filter(is_fellow)
    }

    fn share_inside(&self, number: usize) -> f64 {
        let share = self.shares[number].get().unwrap_or_else(|| self.measure(&self.view.shells.list[number]));
        self.shares[number].set(Some(share));
        share
    }

    /// The largest share of the shell's samples that lie inside one other shell.
    fn measure(&self, shell: &Shell) -> f64 {
        if !self.spend(self.outer.len()) {
            return 0.0;
        }
        // A bubble may poke out through the wall, so that one point says little.
        let faces: Vec<usize> = self.view.shells.faces(shell).collect();
        let samples =
            faces.iter().step_by(faces.len() / N_SAMPLES + 1).map(|&f| self.view.surface.face_center(f));
        let samples: Vec<DVec3> = samples.collect();
        let mut most: f64 = 0.0;
        for outer in &self.outer {
            let meet = outer.bounds.min.cmplt(shell.bounds.max).all()
                && outer.bounds.max.cmpgt(shell.bounds.min).all();
            if !meet || std::ptr::eq(*outer, shell) {
                continue;
            }
            if !self.spend(outer.n_faces() * samples.len()) {
                break;
            }
            let n_inside = samples.iter().filter(|&&point| is_inside(self.view, outer, point)).count();
            most = most.max(n_inside as f64 / samples.len() as f64);
            if most >= 0.5 {
                break;
            }
        }
        most
    }

    fn spend(&self, cost: usize) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(cost));
        left >= cost
    }
}

/// By the winding number (solid angles: van Oosterom & Strackee 1983), which needs no lucky ray.
fn is_inside(view: &MeshView, shell: &Shell, point: DVec3) -> bool {
    let surface = &view.surface;
    let mut angle = 0.0;
    for face in view.shells.faces(shell) {
        let corners = surface.face_corners(face);
        let sign = if view.shells.is_reversed[face] { -1.0 } else { 1.0 };
        let a = surface.point(corners.start) - point;
        for corner in corners.start + 1..corners.end - 1 {
            let [b, c] = [corner, corner + 1].map(|i| surface.point(i) - point);
            let [la, lb, lc] = [a, b, c].map(DVec3::length);
            let below = la * lb * lc + a.dot(b) * lc + b.dot(c) * la + c.dot(a) * lb;
            angle += sign * 2.0 * a.dot(b.cross(c)).atan2(below);
        }
    }
    angle.abs() > 2.0 * std::f64::consts::PI
}
