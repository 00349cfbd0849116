use scene::{ImageId, MaterialId, Scene, TextureId, VariantMaterial};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use super::references::each_texture;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Makes one of pictures, textures and materials that are equal, so that what looks the same is
/// drawn together. Of equal materials the first one's name stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MergeMaterials {}

impl Apply for MergeMaterials {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, _ctx: &WorkCtx) -> Result<(), Cancelled> {
        let images: Vec<ImageId> =
            firsts(&scene.images, |a, b| a.data == b.data && a.mime_type == b.mime_type);
        for texture in &mut scene.textures {
            log.count("pictures merged", usize::from(images[texture.image] != texture.image));
            texture.image = images[texture.image];
            texture.fallback = texture.fallback.map(|image| images[image]);
        }
        let textures: Vec<TextureId> = firsts(&scene.textures, |a, b| a == b);
        for material in &mut scene.materials {
            each_texture(material, |slot| slot.texture = textures[slot.texture]);
        }
        let is_same = |a: &scene::Material, b: &scene::Material| {
            scene::Material { name: b.name.clone(), ..a.clone() } == *b
        };
        let materials: Vec<MaterialId> = firsts(&scene.materials, is_same);
        let mut replaced = vec![false; scene.materials.len()];
        for primitive in scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives) {
            let of_runs = primitive.material_runs.iter_mut().filter_map(|run| run.material.as_mut());
            let of_variants =
                primitive.variant_materials.iter_mut().map(|VariantMaterial { material, .. }| material);
            for material in of_runs.chain(of_variants) {
                replaced[*material] |= materials[*material] != *material;
                *material = materials[*material];
            }
            join_runs(&mut primitive.material_runs);
        }
        log.count("materials merged", replaced.into_iter().filter(|r| *r).count());
        Ok(())
    }
}

/// Neighbouring runs that have the same material now.
fn join_runs(runs: &mut Vec<scene::MaterialRun>) {
    runs.dedup_by(|next, run| {
        let is_same = next.material == run.material;
        run.n_faces += if is_same { next.n_faces } else { 0 };
        is_same
    });
}

/// For each element the first one that is the same. Lists of materials are short; quadratic.
fn firsts<T>(list: &[T], is_same: impl Fn(&T, &T) -> bool) -> Vec<usize> {
    let mut distinct: Vec<usize> = Vec::new();
    (0..list.len())
        .map(|i| {
            let known = distinct.iter().copied().find(|&first| is_same(&list[first], &list[i]));
            known.unwrap_or_else(|| {
                distinct.push(i);
                i
            })
        })
        .collect()
}
