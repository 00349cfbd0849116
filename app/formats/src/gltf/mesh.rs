use std::collections::HashMap;

use gltf::json::mesh::{self, Semantic};
use rayon::prelude::*;
use scene::{Mesh, Primitive};

use super::container::damaged;
use super::primitive::attribute;
use super::{Reader, extras, skipped};
use crate::source::Parsed;
use crate::{ReadFault, ReadWarning};

/// What was left out of the primitives of one mesh.
#[derive(Default)]
pub(super) struct Losses {
    pub(super) n_without_positions: usize,
    pub(super) n_attributes: usize,
    pub(super) n_dangling_materials: usize,
    pub(super) n_incomplete: usize,
    /// Primitives that cannot be read, each in words.
    broken: Vec<String>,
    /// Parts that had to be read another way, each in words.
    pub(super) repaired: Vec<String>,
}

/// Beyond these the causes repeat themselves.
const MAX_NAMED: usize = 8;

impl Losses {
    fn add(&mut self, other: Self) {
        self.n_without_positions += other.n_without_positions;
        self.n_attributes += other.n_attributes;
        self.n_dangling_materials += other.n_dangling_materials;
        self.n_incomplete += other.n_incomplete;
        self.broken.extend(other.broken);
        self.repaired.extend(other.repaired);
    }

    fn warnings(self) -> impl Iterator<Item = ReadWarning> {
        let n_more = self.broken.len().saturating_sub(MAX_NAMED);
        let named = self.broken.into_iter().take(MAX_NAMED);
        let named = named.map(|cause| ReadWarning::Repaired(format!("left out: {cause}")));
        let repaired = self.repaired.into_iter().take(MAX_NAMED).map(ReadWarning::Repaired);
        [
            skipped("primitives more", n_more, "they cannot be read"),
            skipped("primitives", self.n_without_positions, "they have no positions"),
            skipped("attributes", self.n_attributes, "their length or type does not fit the vertices"),
            skipped("material references", self.n_dangling_materials, "the material does not exist"),
            skipped("primitives' ends", self.n_incomplete, "the indices do not make whole faces"),
        ]
        .into_iter()
        .flatten()
        .chain(named)
        .chain(repaired)
    }
}

impl Reader<'_> {
    /// Meshes with their primitives, decoded on all cores.
    ///
    /// # Errors
    /// No primitive can be read at all; the first is named with its cause.
    pub(super) fn read_meshes(&self, parsed: &mut Parsed) -> Result<(), ReadFault> {
        let n_uses = self.position_uses();
        let read = |(m, stated)| self.read_mesh(m, stated, &n_uses);
        let meshes: Result<Vec<_>, _> = self.root.meshes.par_iter().enumerate().map(read).collect();
        let mut losses = Losses::default();
        for (mesh, lost) in meshes? {
            parsed.scene.meshes.push(mesh);
            losses.add(lost);
        }
        let is_empty = parsed.scene.meshes.iter().all(|mesh| mesh.primitives.is_empty());
        if let Some(first) = losses.broken.first().filter(|_| is_empty) {
            return Err(damaged(format!("{first}; export it again")));
        }
        parsed.warnings.extend(losses.warnings());
        Ok(())
    }

    fn read_mesh(
        &self,
        m: usize,
        stated: &mesh::Mesh,
        n_uses: &HashMap<usize, usize>,
    ) -> Result<(Mesh, Losses), ReadFault> {
        let read = |(p, primitive)| {
            self.source.ctx.check_cancelled()?;
            let mut losses = Losses::default();
            let read = self.read_primitive(primitive, n_uses, &mut losses).unwrap_or_else(|cause| {
                let name = stated.name.as_deref().unwrap_or_default();
                losses.broken.push(format!("mesh {m} {name:?} primitive {p}: {cause}"));
                None
            });
            Ok((read, losses))
        };
        let read: Result<Vec<_>, ReadFault> = stated.primitives.par_iter().enumerate().map(read).collect();
        let mut losses = Losses::default();
        let mut primitives = Vec::with_capacity(stated.primitives.len());
        for (primitive, lost) in read? {
            primitives.extend(primitive);
            losses.add(lost);
        }
        name_targets(stated, &mut primitives);
        let mesh = Mesh {
            name: stated.name.clone().unwrap_or_default(),
            primitives,
            morph_weights: stated.weights.clone().unwrap_or_default(),
            extras: extras(&stated.extras),
        };
        Ok((mesh, losses))
    }

    /// How many primitives use each position accessor.
    fn position_uses(&self) -> HashMap<usize, usize> {
        let mut n_uses = HashMap::new();
        for primitive in self.root.meshes.iter().flat_map(|m| &m.primitives) {
            if let Some(positions) = attribute(primitive, Semantic::Positions) {
                *n_uses.entry(positions.value()).or_insert(0) += 1;
            }
        }
        n_uses
    }
}

/// Names of morph targets have no place of their own; exporters agree on `extras.targetNames`.
fn name_targets(stated: &mesh::Mesh, primitives: &mut [Primitive]) {
    #[derive(serde::Deserialize)]
    struct Extras {
        #[serde(rename = "targetNames")]
        target_names: Vec<String>,
    }
    let Some(raw) = stated.extras.as_ref() else { return };
    let Ok(extras) = serde_json::from_str::<Extras>(raw.get()) else { return };
    for primitive in primitives {
        for (target, name) in primitive.morph_targets.iter_mut().zip(&extras.target_names) {
            target.name.clone_from(name);
        }
    }
}
