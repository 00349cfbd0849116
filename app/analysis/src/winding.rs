//! Faces that look the wrong way: within a connected shell, and whole shells.
//!
//! Connectivity and volume are those of object space: a node that mirrors its mesh is no fault,
//! since renderers flip the winding with it (glTF 2.0 §3.7.4). Closed shells are judged by the sign
//! of their volume. Open ones are judged by which side is seen ([`crate::visibility`]); where both
//! sides are seen alike, by the authored normals and by what most faces do; and where that says
//! nothing either, not at all.

use std::cell::Cell;

use glam::DVec3;

use crate::faces::FaceKind;
use crate::report::Severity;
use crate::rules::Rule;
use crate::sentences::{count, grouped};
use crate::shells::Shell;
use crate::spots::Spot;
use crate::view::MeshView;
use crate::visibility::{Seen, SeenShells};

/// What is wound wrongly, and which faces those are, by their numbers in the surface.
pub(crate) struct Winding {
    pub(crate) spots: Vec<Spot>,
    /// As long as the faces.
    pub(crate) is_wrong: Vec<bool>,
}

/// What there is to say about the winding of one shell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// The side that is wound wrongly: faces wound like the shell's first one, or against it.
    /// `None`: nothing is.
    pub(crate) wrong: Option<bool>,
    pub(crate) evidence: Evidence,
    /// From 0, a guess, to 1.
    pub(crate) confidence: f64,
}

/// What a verdict on a shell's winding rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The sign of the volume it encloses.
    Volume,
    /// It is the inner wall of a hollow body, and looks into the hollow.
    Cavity,
    /// It looks inwards, and there are things inside, as in a room; left as it is.
    Enclosure,
    /// One side is seen, or has room before it, more than the other.
    Visibility,
    /// It is one of the outer walls of a scene that is to be seen from within.
    Interior,
    /// Both sides are seen alike; the authored normals prefer one.
    Normals,
    /// Both sides are seen alike; most faces agree.
    Majority,
    /// Both sides are seen alike; all faces agree, and stay as they are.
    Authored,
    /// Nothing prefers one side.
    Nothing,
    /// There are no two sides, as on a Möbius strip.
    OneSided,
}

impl Evidence {
    pub fn is_decisive(self) -> bool {
        !matches!(self, Self::Nothing | Self::OneSided)
    }
}

/// `verdicts`: one for each shell of the view.
pub(crate) fn check(view: &MeshView, verdicts: &[Verdict]) -> Winding {
    let mut winding = Winding { spots: Vec::new(), is_wrong: vec![false; view.surface.n_faces()] };
    for (shell, verdict) in view.shells.list.iter().zip(verdicts) {
        let faces = wrong_faces(view, shell, verdict);
        for &face in &faces {
            winding.is_wrong[face] = true;
        }
        winding.spots.extend(spot(view, shell, verdict, &faces));
    }
    winding
}

/// The sound faces on the wrong side, ascending.
pub(crate) fn wrong_faces(view: &MeshView, shell: &Shell, verdict: &Verdict) -> Vec<usize> {
    let Some(wrong) = verdict.wrong else { return Vec::new() };
    let is_wrong = |&f: &usize| view.kinds[f] == FaceKind::Sound && view.shells.is_reversed[f] == wrong;
    let mut faces: Vec<usize> = view.shells.faces(shell).filter(is_wrong).collect();
    faces.sort_unstable();
    faces
}

fn spot(view: &MeshView, shell: &Shell, verdict: &Verdict, wrong: &[usize]) -> Option<Spot> {
    let n = shell.n_faces();
    if verdict.evidence == Evidence::OneSided {
        let label = format!("{} on a one-sided strip", count(n, "face", "faces"));
        let faces = view.shells.faces(shell);
        return Some(view.spot(Rule::WindingUndecidable, Severity::Warning, 1, faces, label));
    }
    if wrong.is_empty() {
        let is_room = verdict.evidence == Evidence::Enclosure;
        let faces: Vec<usize> = view.shells.faces(shell).filter(|_| is_room).collect();
        let label = format!("{} around other things", count(n, "face", "faces"));
        return is_room.then(|| view.spot(Rule::ShellInsideOutEnclosing, Severity::Info, n, faces, label));
    }
    let shows_both_sides = wrong.iter().all(|&face| view.is_double_sided(face));
    let severity = if shows_both_sides { Severity::Warning } else { Severity::Error };
    let is_mixed = !shell.n_wound.contains(&0);
    let (rule, severity) = match verdict.evidence {
        _ if is_mixed => (Rule::WindingInconsistent, severity),
        Evidence::Volume | Evidence::Cavity => (Rule::ShellInsideOut, severity),
        _ if shows_both_sides => return None,
        _ => (Rule::PartFacesAway, Severity::Warning),
    };
    let share = format!("{} of {}", grouped(wrong.len()), count(n, "face", "faces"));
    let label = match verdict.evidence {
        Evidence::Visibility => {
            format!("{share}, {:.0} % of the lines of sight agree", 50.0 + 50.0 * verdict.confidence)
        }
        _ => share,
    };
    Some(view.spot(rule, severity, wrong.len(), wrong.iter().copied(), label))
}

/// One for each shell of the view. `looks_inwards`: what [`look_inwards`] says of the scene.
pub(crate) fn verdicts(view: &MeshView, seen: &[Option<Seen>], looks_inwards: bool) -> Vec<Verdict> {
    let cavities = Cavities::new(view);
    let shells = view.shells.list.iter().enumerate();
    let judge = |(i, shell): (usize, &Shell)| {
        if shell.is_one_sided {
            Verdict { wrong: None, evidence: Evidence::OneSided, confidence: 0.0 }
        } else if let Some(first_is_right) = shell.outward() {
            judge_closed(shell, first_is_right, seen.get(i).copied().flatten(), &cavities)
        } else {
            judge_open(view, shell, seen.get(i).copied().flatten(), looks_inwards)
        }
    };
    shells.map(judge).collect()
}

fn judge_closed(shell: &Shell, first_is_right: bool, seen: Option<Seen>, cavities: &Cavities) -> Verdict {
    let inward = first_is_right;
    let n_inward = shell.n_wound[usize::from(inward)];
    let n_outward = shell.n_wound[usize::from(!inward)];
    let verdict = |wrong: bool, n: usize, evidence: Evidence, confidence: f64| Verdict {
        wrong: (n > 0).then_some(wrong),
        evidence,
        confidence,
    };
    // Most of it looks inwards, as the inner wall of a hollow body should: the rest is wrong.
    let is_inward =
        n_inward > n_outward && (n_inward >= 4 * n_outward || is_significant(n_inward, n_outward));
    if is_inward && cavities.contains(shell) {
        return verdict(!inward, n_outward, Evidence::Cavity, 1.0);
    }
    if is_inward && seen.is_some_and(|seen| seen.outside_of_room().is_some()) {
        return verdict(!inward, n_outward, Evidence::Enclosure, 0.5);
    }
    verdict(inward, n_inward, Evidence::Volume, 1.0)
}

/// How much more of one side than of the other must be seen: a margin, and what chance makes of so
/// many rays.
const MARGIN: f64 = 0.1;

/// The same where it speaks against all faces of a part: of one that bends around something, and of
/// a flat one, which other things may hide from one side by accident.
const MARGIN_AGAINST_AUTHOR: f64 = 0.3;
const MARGIN_OF_FLAT_AGAINST_AUTHOR: f64 = 0.9;

/// Share of the authored normals that must agree.
const NORMALS_AGREE: f64 = 0.8;

fn judge_open(view: &MeshView, shell: &Shell, seen: Option<Seen>, looks_inwards: bool) -> Verdict {
    let [like_first, against] = shell.n_wound;
    let is_mixed = like_first > 0 && against > 0;
    let majority = usize::from(against > like_first);
    let is_clear = is_significant(like_first, against);
    let verdict = |right: usize, evidence: Evidence, confidence: f64| Verdict {
        wrong: (shell.n_wound[1 - right] > 0).then_some(right == 0),
        evidence,
        confidence: confidence.clamp(0.0, 1.0),
    };
    if let Some(seen) = seen {
        if let Some(outside) = seen.outside_of_room().filter(|_| looks_inwards) {
            return verdict(1 - outside, Evidence::Interior, 0.75);
        }
        if let Some(preference) = seen_more(&seen) {
            let Preference { right, difference, .. } = preference;
            let is_against_author = right != majority && (!is_mixed || is_clear);
            if !is_against_author {
                return verdict(right, Evidence::Visibility, difference);
            }
            if difference > preference.needed_against_author(is_mixed) {
                return verdict(right, Evidence::Visibility, difference);
            }
        }
    }
    let normals = normals_prefer(view, shell).filter(|(_, share)| *share >= NORMALS_AGREE);
    if !is_mixed {
        // Where only the normals look the other way, it is they that are wrong.
        let agreed = normals.filter(|(right, _)| shell.n_wound[*right] > 0);
        let evidence = if agreed.is_some() { Evidence::Normals } else { Evidence::Authored };
        return Verdict { wrong: None, evidence, confidence: agreed.map_or(0.0, |(_, share)| share) };
    }
    if let Some((right, share)) = normals {
        return verdict(right, Evidence::Normals, share);
    }
    let share = like_first.max(against) as f64 / (like_first + against) as f64;
    let evidence = if is_clear { Evidence::Majority } else { Evidence::Nothing };
    match like_first == against {
        // Exactly one side is named, that of the normals where there are any.
        true => verdict(normals_prefer(view, shell).map_or(0, |(right, _)| right), evidence, 0.0),
        false => verdict(majority, evidence, share),
    }
}

/// Whether chance would hardly flip faces so unevenly (three standard deviations).
fn is_significant(one: usize, other: usize) -> bool {
    let (difference, all) = (one.abs_diff(other) as f64, (one + other) as f64);
    difference > 3.0 * all.sqrt()
}

/// The side that rays prefer, and by how much of all they do.
struct Preference {
    right: usize,
    difference: f64,
    /// The part bends around something: it sees itself on the other side.
    is_bent: bool,
}

impl Preference {
    fn needed_against_author(&self, is_mixed: bool) -> f64 {
        if self.is_bent || is_mixed { MARGIN_AGAINST_AUTHOR } else { MARGIN_OF_FLAT_AGAINST_AUTHOR }
    }
}

/// The outer side of a part that bends around something; else the side that sees more, or has more
/// room before it.
fn seen_more(seen: &Seen) -> Option<Preference> {
    let margin = MARGIN + 1.0 / (seen.n_rays.max(1) as f64).sqrt();
    let by = |[one, other]: [f64; 2], is_bent: bool| {
        let all = if one + other > 1.0 || is_bent { 1.0 } else { one + other };
        let difference = if all > 0.0 { (one - other).abs() / all } else { 0.0 };
        let right = usize::from((other > one) != is_bent);
        (difference > margin).then_some(Preference { right, difference, is_bent })
    };
    by(seen.own, true).or_else(|| by(seen.escapes, false)).or_else(|| by(seen.room, false))
}

/// Whether the walls of a furnished room, by area, are wound to be seen from within.
pub(crate) fn look_inwards(views: &[Option<MeshView>], seen: &SeenShells) -> bool {
    let (mut inwards, mut all) = (0.0, 0.0);
    for (view, seen) in views.iter().zip(seen) {
        let Some(view) = view else { continue };
        let placed = view.stage.first_instance(view.id);
        let scale = placed.map_or(1.0, |i| i.world_from_mesh.determinant().abs().cbrt().powi(2));
        for (shell, seen) in view.shells.list.iter().zip(seen) {
            let Some(outside) = seen.as_ref().and_then(Seen::outside_of_room) else { continue };
            let [n_in, n_out] = [shell.n_wound[1 - outside], shell.n_wound[outside]];
            let area = scale * shell.area;
            inwards += area * n_in as f64 / (n_in + n_out).max(1) as f64;
            all += area;
        }
    }
    inwards > 0.6 * all
}

/// The side on which more of the authored normals lie, and their share. `None` without normals.
fn normals_prefer(view: &MeshView, shell: &Shell) -> Option<(usize, f64)> {
    let mut votes = [0usize; 2];
    for face in view.shells.faces(shell) {
        let (primitive, number) = view.surface.primitive_face(face);
        let primitive = &view.surface.mesh.primitives[primitive];
        let Some(normals) = primitive.normals.as_ref() else { continue };
        let corners = primitive.faces.corners(number as usize);
        let authored: DVec3 = corners
            .filter_map(|c| normals.at(c, primitive.faces.corner_vertices[c]))
            .map(|n| n.as_dvec3())
            .sum();
        let agrees = authored.dot(view.surface.double_area(face));
        if agrees.is_finite() && agrees != 0.0 {
            votes[usize::from((agrees < 0.0) != view.shells.is_reversed[face])] += 1;
        }
    }
    let right = usize::from(votes[1] > votes[0]);
    let all = votes[0] + votes[1];
    (all > 0).then(|| (right, votes[right] as f64 / all as f64))
}

/// Points of a shell that are asked whether they lie inside another.
const N_SAMPLES: usize = 9;

/// Tells the inner walls of hollow bodies, which look inwards for good reason, from shells that
/// are inside out.
struct Cavities<'v> {
    view: &'v MeshView<'v>,
    outer: Vec<&'v Shell>,
    /// Triangles and boxes that may still be looked at; a model made to exhaust them gets its cavities reported.
    budget: Cell<usize>,
}

impl<'v> Cavities<'v> {
    fn new(view: &'v MeshView<'v>) -> Self {
        let closed = view.shells.list.iter().filter(|shell| shell.outward().is_some());
        Self { view, outer: closed.collect(), budget: Cell::new(20_000_000) }
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
