//! Faces that look the wrong way: within a connected shell, and whole closed shells.
//!
//! Works in object space: a node that mirrors its mesh is no fault, since renderers flip the
//! winding with it (glTF 2.0 §3.7.4). Open shells are judged for consistency only; which side of
//! them is meant to be seen is not guessed.

use std::cell::Cell;

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
    let mut faces: Vec<usize> = view.shells.faces(shell).filter(has_wrong_side).collect();
    faces.sort_unstable();
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

/// Points of a shell that are asked whether they lie inside another.
const N_SAMPLES: usize = 9;

/// Tells the inner walls of hollow bodies, which look inwards for good reason, from shells that
/// are inside out.
struct Cavities<'v> {
    view: &'v MeshView<'v>,
    outer: Vec<&'v Shell>,
    /// Boxes of the other things in the scene, in the mesh's space; looked up when first needed.
    neighbours: Option<Vec<Aabb>>,
    /// Triangles and boxes that may still be looked at; a model made to exhaust them gets its cavities reported.
    budget: Cell<usize>,
}

impl<'v> Cavities<'v> {
    fn new(view: &'v MeshView<'v>) -> Self {
        let closed = view.shells.list.iter().filter(|shell| shell.outward().is_some());
        Self { view, outer: closed.collect(), neighbours: None, budget: Cell::new(20_000_000) }
    }

    /// Whether the shell lies inside a closed one of the same mesh.
    fn contains(&self, shell: &Shell) -> bool {
        if !self.spend(self.outer.len()) {
            return false;
        }
        // A bubble may poke out through the wall, so that one point says little.
        let faces: Vec<usize> = self.view.shells.faces(shell).collect();
        let samples =
            faces.iter().step_by(faces.len() / N_SAMPLES + 1).map(|&f| self.view.surface.face_center(f));
        let samples: Vec<DVec3> = samples.collect();
        for outer in &self.outer {
            let is_within = outer.bounds.min.cmplt(shell.bounds.min).all()
                && outer.bounds.max.cmpgt(shell.bounds.max).all();
            if !is_within {
                continue;
            }
            let cost = outer.n_faces() * samples.len();
            if !self.spend(cost) {
                return false;
            }
            let n_inside = samples.iter().filter(|&&point| is_inside(self.view, outer, point)).count();
            if 2 * n_inside >= samples.len() {
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
        let neighbours = self.neighbours.get_or_insert_with(|| self.view.stage.neighbours(self.view.id));
        let cost = shells.len() + neighbours.len();
        let is_around = shells.iter().any(|inner| holds(&inner.bounds)) || neighbours.iter().any(holds);
        self.spend(cost) && is_around
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

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};
    use scene::{Mesh, Scene};

    use crate::Rule::{
        EdgesOpen, PartsLoose, ShellInsideOut, ShellInsideOutEnclosing, WindingInconsistent,
        WindingUndecidable,
    };
    use crate::Severity;
    use crate::test_scenes::{
        check, check_mesh, cube, flip, join, material, mesh, place, remove_faces, scene, sphere, split,
        with_materials,
    };

    fn inside_out(mut mesh: Mesh) -> Mesh {
        let n = mesh.primitives[0].faces.n_faces();
        flip(&mut mesh, &(0..n).collect::<Vec<_>>());
        mesh
    }

    #[test]
    fn a_sound_cube_is_left_alone_mirrored_or_not() {
        let mut scene = scene(vec![cube(Vec3::ZERO, 1.0)]);
        check(&scene, &[]);
        place(&mut scene, 0, Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0)));
        check(&scene, &[]);
    }

    #[test]
    fn a_cube_inside_out_is_found_mirrored_or_not() {
        let mut scene = scene(vec![inside_out(cube(Vec3::ZERO, 1.0))]);
        check(&scene, &[(ShellInsideOut, 12)]);
        place(&mut scene, 0, Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0)));
        check(&scene, &[(ShellInsideOut, 12)]);
    }

    #[test]
    fn one_of_two_triangles_is_flipped() {
        let points = vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::new(1.0, 1.0, 0.0)];
        check_mesh(mesh("two", points, &[[0, 1, 2], [1, 2, 3]]), &[(WindingInconsistent, 1), (EdgesOpen, 4)]);
    }

    /// Flipping any faces of a closed shell finds exactly these, more than half of them too.
    #[test]
    fn random_flips_of_a_sphere_are_found_exactly() {
        let mut state = 7u64;
        for n_flips in [1, 2, 60, 200, 400] {
            let mut mesh = sphere(3);
            let mut faces: Vec<usize> = (0..512).collect();
            for i in (1..faces.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                faces.swap(i, (state >> 33) as usize % (i + 1));
            }
            faces.truncate(n_flips);
            faces.sort_unstable();
            flip(&mut mesh, &faces);
            split(&mut mesh);
            let report = check_mesh(mesh, &[(WindingInconsistent, n_flips)]);
            let place = &report.findings[0].places[0];
            let shown: Vec<usize> = place.faces.iter().map(|&f| f as usize).collect();
            assert_eq!(shown, faces[..shown.len()]);
            assert!(shown.len() == n_flips.min(crate::MAX_FACES), "{}", shown.len());
            assert!((place.point.length() - 1.0).abs() < 0.05, "not on the surface: {}", place.point);
        }
    }

    #[test]
    fn the_smaller_side_of_an_open_dome_is_wrong() {
        let mut dome = sphere(3);
        remove_faces(&mut dome, 256, 256);
        split(&mut dome);
        check_mesh(dome.clone(), &[(EdgesOpen, 32)]);
        flip(&mut dome, &[3, 40, 41]);
        check_mesh(dome, &[(WindingInconsistent, 3), (EdgesOpen, 32)]);
    }

    #[test]
    fn a_moebius_strip_is_undecidable_and_said_so() {
        let n = 24;
        let points = (0..n).flat_map(|i| {
            let angle = std::f32::consts::TAU * i as f32 / n as f32;
            let out = Vec3::new(angle.cos(), 0.0, angle.sin());
            let across = (0.5 * angle).cos() * out + (0.5 * angle).sin() * Vec3::Y;
            [out - 0.2 * across, out + 0.2 * across]
        });
        let points: Vec<Vec3> = points.collect();
        let triangles: Vec<[u32; 3]> = (0..n)
            .flat_map(|i| {
                let [a, b] = [2 * i, 2 * i + 1];
                // The last step meets the first one upside down.
                let [c, d] = if i + 1 == n { [1, 0] } else { [2 * i + 2, 2 * i + 3] };
                [[a, b, c], [b, d, c]]
            })
            .collect();
        check_mesh(mesh("strip", points, &triangles), &[(WindingUndecidable, 1), (EdgesOpen, 48)]);
    }

    #[test]
    fn the_inner_wall_of_a_hollow_body_looks_inwards_rightly() {
        let hollow = join(cube(Vec3::ZERO, 2.0), inside_out(cube(Vec3::ZERO, 1.0)));
        check_mesh(hollow, &[(PartsLoose, 2)]);
        let mut inner = inside_out(cube(Vec3::ZERO, 1.0));
        flip(&mut inner, &[5]);
        let report =
            check_mesh(join(cube(Vec3::ZERO, 2.0), inner), &[(WindingInconsistent, 1), (PartsLoose, 2)]);
        assert_eq!(report.findings[0].places[0].faces, [17]);
    }

    #[test]
    fn a_room_around_other_things_is_information_only() {
        let room = inside_out(cube(Vec3::ZERO, 4.0));
        let report = check(&scene(vec![room.clone(), cube(Vec3::X, 1.0)]), &[(ShellInsideOutEnclosing, 12)]);
        assert_eq!(report.worst(), Some(Severity::Info));
        check_mesh(join(room, cube(Vec3::X, 1.0)), &[(ShellInsideOutEnclosing, 12), (PartsLoose, 2)]);
    }

    #[test]
    fn double_sided_materials_make_it_less_grave() {
        let both = scene::Material { double_sided: true, ..material("both") };
        let scene: Scene = with_materials(scene(vec![inside_out(cube(Vec3::ZERO, 1.0))]), vec![both]);
        assert_eq!(check(&scene, &[(ShellInsideOut, 12)]).worst(), Some(Severity::Warning));
    }
}
