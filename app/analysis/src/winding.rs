//! Faces that look the wrong way: within a connected shell, and whole closed shells.
//!
//! Works in object space: a node that mirrors its mesh is no fault, since renderers flip the
//! winding with it (glTF 2.0 §3.7.4). Open shells are judged for consistency only; which side of
//! them is meant to be seen is not guessed.

use glam::DVec3;
use scene::Aabb;

use crate::faces::FaceKind;
use crate::report::{Rule, Severity};
use crate::sentences::{count, grouped};
use crate::shells::Shell;
use crate::spots::Spot;
use crate::view::MeshView;

/// What is wound wrongly, and which faces those are, by their numbers in the surface.
pub(crate) struct Winding {
    pub(crate) spots: Vec<Spot>,
    /// As long as the faces.
    pub(crate) is_wrong: Vec<bool>,
}

pub(crate) fn check(view: &MeshView) -> Winding {
    let mut winding = Winding { spots: Vec::new(), is_wrong: vec![false; view.surface.n_faces()] };
    let mut cavities = Cavities::new(view);
    for shell in &view.shells.list {
        let (faces, spot) = judge(view, shell, &mut cavities);
        for face in faces {
            winding.is_wrong[face] = true;
        }
        winding.spots.extend(spot);
    }
    winding
}

/// Which of the two sides of a shell is wound wrongly: the inward one of a closed shell, the
/// smaller one of an open one. `None` when nothing is wrong or it cannot be told.
fn wrong_side(view: &MeshView, shell: &Shell) -> Option<bool> {
    let [like_first, against] = shell.n_wound;
    let is_mixed = like_first > 0 && against > 0;
    if shell.is_one_sided {
        return None;
    }
    match shell.outward() {
        Some(first_is_right) => (shell.n_wound[usize::from(first_is_right)] > 0).then_some(first_is_right),
        None if !is_mixed => None,
        None if like_first != against => Some(against < like_first),
        None => Some(normals_disagree(view, shell)),
    }
}

/// Breaks a tie by the authored normals: whether the faces wound against the first one are those
/// that contradict them. True without normals, so that exactly one side is named.
fn normals_disagree(view: &MeshView, shell: &Shell) -> bool {
    let votes: f64 = view
        .shells
        .faces(shell)
        .filter_map(|face| {
            let (primitive, number) = view.surface.primitive_face(face);
            let primitive = &view.surface.mesh.primitives[primitive];
            let normals = primitive.normals.as_ref()?;
            let geometric = view.surface.double_area(face);
            let corners = primitive.faces.corners(number as usize);
            let authored: DVec3 = corners
                .filter_map(|c| normals.at(c, primitive.faces.corner_vertices[c]))
                .map(|n| n.as_dvec3())
                .sum();
            let agrees = authored.dot(geometric);
            (agrees.is_finite() && agrees != 0.0)
                .then(|| if view.shells.is_reversed[face] { -agrees.signum() } else { agrees.signum() })
        })
        .sum();
    votes >= 0.0
}

/// The faces of one shell to turn, and what to say about it.
fn judge(view: &MeshView, shell: &Shell, cavities: &mut Cavities) -> (Vec<usize>, Option<Spot>) {
    let n = shell.n_faces();
    if shell.is_one_sided {
        let label = format!("{} on a one-sided strip", count(n, "face", "faces"));
        let faces = view.shells.faces(shell);
        return (Vec::new(), Some(view.spot(Rule::WindingUndecidable, Severity::Warning, 1, faces, label)));
    }
    let Some(mut wrong) = wrong_side(view, shell) else { return (Vec::new(), None) };
    // Most of it looks inwards, as the inner wall of a hollow body should: the rest is wrong.
    let n_wound = shell.n_wound;
    if n_wound[usize::from(wrong)] > n_wound[usize::from(!wrong)] && cavities.contains(shell) {
        wrong = !wrong;
    }
    let has_wrong_side = |&f: &usize| view.kinds[f] == FaceKind::Sound && view.shells.is_reversed[f] == wrong;
    let faces: Vec<usize> = view.shells.faces(shell).filter(has_wrong_side).collect();
    if faces.is_empty() {
        return (faces, None);
    }
    let shows_both_sides = faces.iter().all(|&face| view.is_double_sided(face));
    let severity = if shows_both_sides { Severity::Warning } else { Severity::Error };
    let (rule, severity) = match n_wound.contains(&0) {
        false => (Rule::WindingInconsistent, severity),
        true if cavities.encloses(shell) => (Rule::ShellInsideOutEnclosing, Severity::Info),
        true => (Rule::ShellInsideOut, severity),
    };
    let label = format!("{} of {}", grouped(faces.len()), count(n, "face", "faces"));
    let spot = view.spot(rule, severity, faces.len(), faces.iter().copied(), label);
    (faces, Some(spot))
}

/// Tells the inner walls of hollow bodies, which look inwards for good reason, from shells that
/// are inside out.
struct Cavities<'v> {
    view: &'v MeshView<'v>,
    outer: Vec<&'v Shell>,
    /// Triangle tests left; a model made to exhaust them gets its cavities reported.
    budget: usize,
}

impl<'v> Cavities<'v> {
    fn new(view: &'v MeshView<'v>) -> Self {
        let closed = view.shells.list.iter().filter(|shell| shell.outward().is_some());
        Self { view, outer: closed.collect(), budget: 50_000_000 }
    }

    /// Whether the shell lies inside a closed one of the same mesh.
    fn contains(&mut self, shell: &Shell) -> bool {
        let Some(first) = self.view.shells.faces(shell).next() else { return false };
        let point = self.view.surface.face_center(first);
        for outer in &self.outer {
            let is_within = outer.bounds.min.cmplt(shell.bounds.min).all()
                && outer.bounds.max.cmpgt(shell.bounds.max).all();
            if !is_within {
                continue;
            }
            if self.budget < outer.n_faces() {
                return false;
            }
            self.budget -= outer.n_faces();
            if is_inside(self.view, outer, point) {
                return true;
            }
        }
        false
    }

    /// Whether something else stands inside the shell's box, as in a room or under a sky.
    fn encloses(&mut self, shell: &Shell) -> bool {
        let holds =
            |inner: &Aabb| shell.bounds.min.cmplt(inner.min).all() && shell.bounds.max.cmpgt(inner.max).all();
        let shells = &self.view.shells.list;
        if self.budget < shells.len() {
            return false;
        }
        self.budget -= shells.len();
        shells.iter().any(|inner| holds(&inner.bounds)) || self.view.neighbours.iter().any(holds)
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
