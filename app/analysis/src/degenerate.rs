//! Faces without area, faces that are there twice, and cards with a face for each side.

use crate::faces::FaceKind;
use crate::report::{Rule, Severity};
use crate::sentences::count;
use crate::spots::Spot;
use crate::view::MeshView;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let is_flat = |f: &usize| matches!(view.kinds[*f], FaceKind::ZeroArea | FaceKind::Collapsed);
    let flat: Vec<usize> = (0..view.surface.n_faces()).filter(is_flat).collect();
    let duplicates: Vec<usize> = view.faces_of_kind(FaceKind::Duplicate).collect();
    let twins: Vec<usize> = view.faces_of_kind(FaceKind::BackTwin).collect();
    [
        (Rule::FacesZeroArea, Severity::Warning, flat),
        (Rule::FacesDuplicate, Severity::Warning, duplicates),
        (Rule::FacesBackToBack, Severity::Info, twins),
    ]
    .into_iter()
    .filter(|(_, _, faces)| !faces.is_empty())
    .map(|(rule, severity, faces)| {
        let n = faces.len();
        view.spot(rule, severity, n, faces, count(n, "face", "faces"))
    })
    .collect()
}
