use analysis::AnalyzeOptions;
use analysis::facts::{NO_PATCH, Orientation, Turn, orientation};
use scene::{Material, MaterialId, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::{material_of, set_materials, turn_faces};
use crate::receipt::StepLog;
use crate::step::Apply;

/// Makes faces look the same way as their neighbours, closed parts outwards, open ones towards
/// whoever sees them, walls of interiors into the room.
///
/// What may be meant either way keeps its winding and shows both sides from now on, by a material
/// of its own that is named after the old one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Orient {
    pub undecidable: Undecidable,
}

/// What becomes of parts whose right side cannot be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undecidable {
    #[default]
    ShowBothSides,
    LeaveAlone,
}

impl Apply for Orient {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let orientations = orientation(scene, &AnalyzeOptions::default(), ctx)?;
        let mut both_sides = BothSides { copies: vec![None; scene.materials.len()], of_none: None };
        let mut n_unclear = 0;
        for orientation in &orientations {
            ctx.check_cancelled()?;
            n_unclear += orientation.patches.iter().filter(|patch| !patch.evidence.is_decisive()).count();
            let mesh = &mut scene.meshes[orientation.mesh];
            for (p, primitive) in mesh.primitives.iter_mut().enumerate() {
                let turns = orientation.turns.get(p).map_or(&[][..], Vec::as_slice);
                let is_turned = |face: usize| turns.get(face) == Some(&Turn::Flip);
                log.count("faces turned", turn_faces(primitive, is_turned));
                if self.undecidable == Undecidable::ShowBothSides {
                    let shown = set_materials(primitive, |primitive, face| {
                        let material = material_of(primitive, face);
                        if is_unclear(orientation, p, face) {
                            both_sides.of(&mut scene.materials, material)
                        } else {
                            material
                        }
                    });
                    log.count("faces that show both sides now", shown);
                }
            }
        }
        if n_unclear > 0 {
            let parts = if n_unclear == 1 { "part has" } else { "parts have" };
            log.note(format!("{n_unclear} {parts} no side that is clearly the outer one"));
        }
        Ok(())
    }
}

/// Whether nothing says which side of the face's part is meant to be seen.
fn is_unclear(orientation: &Orientation, primitive: usize, face: usize) -> bool {
    let patch = orientation.patch_of_face.get(primitive).and_then(|faces| faces.get(face));
    let patch =
        patch.filter(|&&patch| patch != NO_PATCH).and_then(|&patch| orientation.patches.get(patch as usize));
    patch.is_some_and(|patch| !patch.evidence.is_decisive())
}

/// Materials that show both sides, made when first asked for.
struct BothSides {
    copies: Vec<Option<MaterialId>>,
    of_none: Option<MaterialId>,
}

impl BothSides {
    fn of(&mut self, materials: &mut Vec<Material>, material: Option<MaterialId>) -> Option<MaterialId> {
        if material.is_some_and(|id| materials[id].double_sided) {
            return material;
        }
        let known = match material {
            Some(id) => self.copies.get_mut(id)?,
            None => &mut self.of_none,
        };
        Some(*known.get_or_insert_with(|| {
            let mut copy = material.map_or_else(Material::default, |id| materials[id].clone());
            copy.double_sided = true;
            copy.name = format!("{} (both sides)", copy.name).trim_start().to_owned();
            materials.push(copy);
            materials.len() - 1
        }))
    }
}
