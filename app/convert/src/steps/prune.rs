use scene::{Scene, VariantMaterial};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use super::references::{Kept, each_texture};
use crate::receipt::StepLog;
use crate::step::Apply;

/// Drops what nothing uses: meshes, materials, textures, pictures, skins, cameras and lamps that no
/// node or material refers to. Nodes stay, empty ones too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prune {}

impl Apply for Prune {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, _ctx: &WorkCtx) -> Result<(), Cancelled> {
        let nodes = &scene.nodes;
        let meshes = Kept::of(scene.meshes.len(), nodes.iter().filter_map(|node| node.mesh));
        let skins = Kept::of(scene.skins.len(), nodes.iter().filter_map(|node| node.skin));
        let cameras = Kept::of(scene.cameras.len(), nodes.iter().filter_map(|node| node.camera));
        let lights = Kept::of(scene.lights.len(), nodes.iter().filter_map(|node| node.light));
        for node in &mut scene.nodes {
            meshes.renumber(&mut node.mesh);
            skins.renumber(&mut node.skin);
            cameras.renumber(&mut node.camera);
            lights.renumber(&mut node.light);
        }
        log.count("meshes removed", meshes.retain(&mut scene.meshes));
        log.count("skins removed", skins.retain(&mut scene.skins));
        log.count("cameras removed", cameras.retain(&mut scene.cameras));
        log.count("lamps removed", lights.retain(&mut scene.lights));
        prune_materials(scene, log);
        prune_textures(scene, log);
        Ok(())
    }
}

fn prune_materials(scene: &mut Scene, log: &mut StepLog) {
    let primitives = || scene.meshes.iter().flat_map(|mesh| &mesh.primitives);
    let of_runs = primitives().flat_map(|p| &p.material_runs).filter_map(|run| run.material);
    let of_variants = primitives().flat_map(|p| &p.variant_materials).map(|chosen| chosen.material);
    let materials = Kept::of(scene.materials.len(), of_runs.chain(of_variants));
    for primitive in scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives) {
        primitive.material_runs.iter_mut().for_each(|run| materials.renumber(&mut run.material));
        for VariantMaterial { material, .. } in &mut primitive.variant_materials {
            *material = materials.new_number(*material);
        }
    }
    log.count("materials removed", materials.retain(&mut scene.materials));
}

fn prune_textures(scene: &mut Scene, log: &mut StepLog) {
    let used = scene.materials.iter().flat_map(|material| material.textures()).map(|(_, t)| t.texture);
    let textures = Kept::of(scene.textures.len(), used);
    for material in &mut scene.materials {
        each_texture(material, |texture| texture.texture = textures.new_number(texture.texture));
    }
    log.count("textures removed", textures.retain(&mut scene.textures));
    let used =
        scene.textures.iter().flat_map(|texture| std::iter::once(texture.image).chain(texture.fallback));
    let images = Kept::of(scene.images.len(), used);
    for texture in &mut scene.textures {
        texture.image = images.new_number(texture.image);
        images.renumber(&mut texture.fallback);
    }
    log.count("pictures removed", images.retain(&mut scene.images));
}
