//! Faces that look the wrong way: within a connected shell, and whole shells.
//!
//! Connectivity and volume are those of object space: a node that mirrors its mesh is no fault,
//! since renderers flip the winding with it (glTF 2.0 §3.7.4). Closed shells are judged by the sign
//! of their volume. Open ones are judged by which side is seen ([`crate::visibility`]); where both
//! sides are seen alike, by the authored normals and by what most faces do; and where that says
//! nothing either, not at all.

mod author;
mod cavities;
mod verdicts;

use crate::faces::FaceKind;
use crate::quantities::{count, grouped};
use crate::rules::Rule;
use crate::severity::Severity;
use crate::shells::Shell;
use crate::spots::Spot;
use crate::view::MeshView;

pub(crate) use verdicts::{Premises, verdicts};

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
fn wrong_faces(view: &MeshView, shell: &Shell, verdict: &Verdict) -> Vec<usize> {
    let mut faces = faces_to_turn(view, shell, verdict);
    faces.retain(|&face| view.kinds[face] == FaceKind::Sound);
    faces
}

/// The faces on the wrong side, ascending; with those that have no area, which nobody sees, but whose
/// edges should run against their neighbours' too.
pub(crate) fn faces_to_turn(view: &MeshView, shell: &Shell, verdict: &Verdict) -> Vec<usize> {
    let Some(wrong) = verdict.wrong else { return Vec::new() };
    let has_side = |f: usize| matches!(view.kinds[f], FaceKind::Sound | FaceKind::ZeroArea);
    let is_wrong = |&f: &usize| has_side(f) && view.shells.is_reversed[f] == wrong;
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
