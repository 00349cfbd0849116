use analysis::facts::surfaces;
use scene::{Aabb, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::retain_faces;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Deletes crumbs: connected parts that are far smaller than the model and have few faces. What is
/// left of a mesh always keeps its largest part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RemoveLoose {
    /// Share of the model's diagonal that the part's box stays below.
    pub smaller_than: f64,
    /// Parts of more faces stay, however small.
    pub max_faces: usize,
}

impl Default for RemoveLoose {
    fn default() -> Self {
        Self { smaller_than: 1e-3, max_faces: 20 }
    }
}

impl Apply for RemoveLoose {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let limit = self.smaller_than * 2.0 * scene.bounds().radius();
        let scales = super::largest_scales(scene);
        for facts in surfaces(scene, ctx)? {
            let Some(scale) = scales[facts.mesh].filter(|_| facts.n_parts > 1) else { continue };
            let mesh = &mut scene.meshes[facts.mesh];
            let mut parts = vec![(Aabb::EMPTY, 0usize); facts.n_parts];
            for (primitive, of_face) in mesh.primitives.iter().zip(&facts.part_of_face) {
                for (face, &part) in primitive.faces.iter().zip(of_face) {
                    let Some((bounds, n_faces)) = parts.get_mut(part as usize) else { continue };
                    *n_faces += 1;
                    face.iter().for_each(|&v| bounds.add(primitive.vertex_positions[v as usize].as_dvec3()));
                }
            }
            let size = |part: &(Aabb, usize)| scale * part.0.size().length();
            let largest = (0..parts.len()).max_by(|&a, &b| size(&parts[a]).total_cmp(&size(&parts[b])));
            let is_crumb: Vec<bool> = parts
                .iter()
                .enumerate()
                .map(|(i, part)| Some(i) != largest && part.1 <= self.max_faces && size(part) < limit)
                .collect();
            log.count("parts removed", is_crumb.iter().filter(|crumb| **crumb).count());
            for (primitive, of_face) in mesh.primitives.iter_mut().zip(&facts.part_of_face) {
                let goes = |face: usize| {
                    of_face.get(face).is_some_and(|&part| is_crumb.get(part as usize) == Some(&true))
                };
                log.count("faces removed", retain_faces(primitive, |face| !goes(face)));
            }
        }
        Ok(())
    }
}
