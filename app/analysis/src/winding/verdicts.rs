//! Which side of each shell is meant to be seen, and what speaks for it.

use glam::DVec3;

use super::author::Author;
use super::cavities::Cavities;
use super::{Evidence, Verdict};
use crate::shells::Shell;
use crate::view::MeshView;
use crate::visibility::{Preference, Seen, SeenShells};

/// What is asked of the whole scene before any of its shells is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Premises {
    /// It is a furnished room, to be seen from within.
    looks_inwards: bool,
    author: Author,
}

impl Premises {
    pub(crate) fn new(views: &[Option<MeshView>], seen: &SeenShells) -> Self {
        let author = Author::of(views, seen);
        Self { looks_inwards: look_inwards(views, seen, author), author }
    }
}

/// One for each shell of the view.
pub(crate) fn verdicts(view: &MeshView, seen: &[Option<Seen>], premises: Premises) -> Vec<Verdict> {
    let cavities = Cavities::new(view);
    let shells = view.shells.list.iter().enumerate();
    let judge = |(i, shell): (usize, &Shell)| {
        let seen = seen.get(i).copied().flatten();
        if shell.is_one_sided {
            Verdict { wrong: None, evidence: Evidence::OneSided, confidence: 0.0 }
        } else if let Some(first_is_right) = shell.outward() {
            judge_closed(shell, first_is_right, seen, &|| cavities.contain(i), premises)
        } else {
            judge_open(view, shell, seen, premises)
        }
    };
    shells.map(judge).collect()
}

fn judge_closed(
    shell: &Shell,
    first_is_right: bool,
    seen: Option<Seen>,
    is_cavity: &dyn Fn() -> bool,
    premises: Premises,
) -> Verdict {
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
    let is_meant = is_inward && premises.author == Author::Careful;
    if is_meant && is_cavity() {
        return verdict(!inward, n_outward, Evidence::Cavity, 1.0);
    }
    if is_meant && seen.is_some_and(|seen| seen.outside_of_room().is_some()) {
        return verdict(!inward, n_outward, Evidence::Enclosure, 0.5);
    }
    verdict(inward, n_inward, Evidence::Volume, 1.0)
}

/// How much more of one side than of the other must be seen where it speaks against all faces of a
/// part: of one that bends around something, and of a flat one, which other things may hide from one
/// side by accident.
const MARGIN_AGAINST_AUTHOR: f64 = 0.3;
const MARGIN_OF_FLAT_AGAINST_AUTHOR: f64 = 0.9;

/// Share of the authored normals that must agree.
const NORMALS_AGREE: f64 = 0.8;

fn judge_open(view: &MeshView, shell: &Shell, seen: Option<Seen>, premises: Premises) -> Verdict {
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
        if let Some(outside) = seen.outside_of_room().filter(|_| premises.looks_inwards) {
            return verdict(1 - outside, Evidence::Interior, 0.75);
        }
        if let Some(preference) = seen.preferred() {
            let is_against_author =
                preference.right != majority && (!is_mixed || is_clear) && premises.author == Author::Careful;
            if !is_against_author || speaks_against_author(&preference, &seen, is_mixed) {
                return verdict(preference.right, Evidence::Visibility, preference.difference);
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

/// Whether rays say enough to doubt whoever made the part.
fn speaks_against_author(preference: &Preference, seen: &Seen, is_mixed: bool) -> bool {
    let is_shaped = preference.is_bent || is_mixed;
    // A tile under a rug is as hidden as a poster that faces its wall, and so is from outside the wall
    // of a room.
    is_plain(preference, is_mixed) && (is_shaped || !seen.may_be_meant(1 - preference.right))
}

/// Whether rays leave no doubt.
pub(super) fn is_plain(preference: &Preference, is_mixed: bool) -> bool {
    let is_shaped = preference.is_bent || is_mixed;
    preference.difference > if is_shaped { MARGIN_AGAINST_AUTHOR } else { MARGIN_OF_FLAT_AGAINST_AUTHOR }
}

/// Whether the scene is a furnished room whose walls are to be seen from within: because by area they
/// are wound so, or, where the winding says nothing, because they stand square, as heads and hulls do
/// not, and are most of it or hide the rest.
fn look_inwards(views: &[Option<MeshView>], seen: &SeenShells, author: Author) -> bool {
    let (mut inwards, mut walls, mut square) = (0.0, 0.0, 0.0);
    let (mut in_view, mut contents) = (0.0, 0.0);
    for (view, seen) in views.iter().zip(seen) {
        let Some(view) = view else { continue };
        let placed = view.stage.first_instance(view.id);
        let scale = placed.map_or(1.0, |i| i.world_from_mesh.determinant().abs().cbrt().powi(2));
        for (shell, seen) in view.shells.list.iter().zip(seen) {
            let Some(seen) = seen else { continue };
            let area = scale * shell.area;
            let Some(outside) = seen.outside_of_room() else {
                in_view += area * seen.escapes[0].max(seen.escapes[1]);
                contents += area;
                continue;
            };
            let [n_in, n_out] = [shell.n_wound[1 - outside], shell.n_wound[outside]];
            inwards += area * n_in as f64 / (n_in + n_out).max(1) as f64;
            walls += area;
            square += area * squareness(view, shell);
        }
    }
    match author {
        Author::Careful => inwards > 0.6 * walls,
        Author::Careless => {
            let is_square = walls > 0.0 && square > SQUARE_ABOVE * walls;
            is_square && (walls > contents || in_view < HIDDEN_BELOW * contents)
        }
    }
}

/// 1 where all faces stand across an axis of the world, 0.83 for a ball.
fn squareness(view: &MeshView, shell: &Shell) -> f64 {
    let Some(placed) = view.stage.first_instance(view.id) else { return 0.0 };
    let (mut square, mut all) = (0.0, 0.0);
    for face in view.shells.faces(shell) {
        let across = placed.world_from_mesh.transform_vector3(view.surface.double_area(face));
        square += across.abs().max_element();
        all += across.length();
    }
    if all > 0.0 { square / all } else { 0.0 }
}

const SQUARE_ABOVE: f64 = 0.97;

/// Share of the rays from the furniture of a closed room that find a way out.
const HIDDEN_BELOW: f64 = 0.3;

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
