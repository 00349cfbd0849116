//! Normals that break shading, contradict their face, or are not there.

use glam::Vec3;
use rayon::prelude::*;

use crate::faces::FaceKind;
use crate::quantities::count;
use crate::report::MAX_FACES;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, values};
use crate::view::MeshView;

/// Normals stored in bytes miss length 1 by up to about this much.
const LENGTH_TOLERANCE: f32 = 0.03;

/// Smooth shading over sharp edges tilts normals past the horizon of their face; only a normal this
/// far behind (about 107°) is meant for the other side.
const OPPOSED_BELOW: f32 = -0.3;

/// `is_wrong`: faces already reported as wound wrongly, whose normals rightly disagree with them.
pub(crate) fn check(view: &MeshView, is_wrong: &[bool]) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (p, primitive) in view.primitives() {
        let faces = view.surface.faces_of_primitive(p);
        let Some(normals) = &primitive.normals else {
            if !faces.is_empty() {
                let label = count(faces.len(), "face", "faces");
                spots.push(view.spot(
                    Rule::NormalsMissing,
                    Severity::Info,
                    faces.len(),
                    faces.clone().take(MAX_FACES),
                    label,
                ));
            }
            continue;
        };
        let vertices = &primitive.faces.corner_vertices;
        let first = faces.start;
        let n_broken = values(normals).par_iter().with_min_len(8192).filter(|n| is_broken(**n)).count();
        if n_broken > 0 {
            let has_broken = |&face: &usize| {
                let mut corners = primitive.faces.corners(face - first);
                corners.any(|c| normals.at(c, vertices[c]).is_none_or(is_broken))
            };
            let label = count(n_broken, "normal", "normals");
            spots.push(view.spot(
                Rule::NormalsBroken,
                Severity::Warning,
                n_broken,
                faces.clone().filter(has_broken),
                label,
            ));
        }
        let is_opposed = |&face: &usize| {
            if is_wrong[face] || !matches!(view.kinds[face], FaceKind::Sound | FaceKind::TwoSided) {
                return false;
            }
            let geometric = view.surface.double_area(face).normalize_or_zero().as_vec3();
            let mut corners = primitive.faces.corners(face - first);
            corners.all(|c| {
                normals
                    .at(c, vertices[c])
                    .is_some_and(|n| n.normalize_or_zero().dot(geometric) < OPPOSED_BELOW)
            })
        };
        let opposed: Vec<usize> = faces.into_par_iter().with_min_len(4096).filter(is_opposed).collect();
        if !opposed.is_empty() {
            let label = count(opposed.len(), "face", "faces");
            spots.push(view.spot(Rule::NormalsOpposed, Severity::Warning, opposed.len(), opposed, label));
        }
    }
    spots
}

fn is_broken(normal: Vec3) -> bool {
    let length = normal.length();
    !length.is_finite() || (length - 1.0).abs() > LENGTH_TOLERANCE
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use scene::{Layer, Mesh};

    use crate::Rule::{EdgesOpen, NormalsBroken, NormalsOpposed, WindingInconsistent};
    use crate::test_scenes::{check_mesh, flip, quad};

    fn with_normals(normals: [Vec3; 4]) -> Mesh {
        let mut mesh = quad([0.0, 1.0], [0.0, 1.0], 0.0);
        mesh.primitives[0].normals = Some(Layer::PerVertex(normals.to_vec()));
        mesh
    }

    #[test]
    fn zero_long_and_undefined_normals() {
        let normals = [Vec3::ZERO, 2.0 * Vec3::Z, Vec3::splat(f32::NAN), Vec3::Z];
        check_mesh(with_normals(normals), &[(NormalsBroken, 3), (EdgesOpen, 4)]);
        // As bytes hold it: (73, 0, 103) / 127.
        let quantised = Vec3::new(73.0 / 127.0, 0.0, 103.0 / 127.0);
        check_mesh(with_normals([quantised; 4]), &[(EdgesOpen, 4)]);
    }

    #[test]
    fn normals_behind_the_face() {
        check_mesh(with_normals([Vec3::NEG_Z; 4]), &[(NormalsOpposed, 2), (EdgesOpen, 4)]);
        // Smooth shading may well look past the horizon.
        check_mesh(with_normals([Vec3::new(0.98, 0.0, -0.199); 4]), &[(EdgesOpen, 4)]);
    }

    #[test]
    fn a_flipped_face_is_told_by_its_normals_and_told_once() {
        for face in [0, 1] {
            let mut mesh = with_normals([Vec3::Z; 4]);
            flip(&mut mesh, &[face]);
            let report = check_mesh(mesh, &[(WindingInconsistent, 1), (EdgesOpen, 4)]);
            assert_eq!(report.findings[0].places[0].faces, [face as u32]);
        }
    }
}
