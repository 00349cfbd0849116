use rayon::prelude::*;
use scene::{Image, ImageData, Mesh, Node, Scene};
use serde::de::DeserializeOwned;

use super::chunk::Tag;
use super::container::{Container, VERSION};
use super::parts::{Hierarchy, Materials, Meta, animation_from_bytes, image_from_bytes, split};
use super::{NAME, mesh};
use crate::source::{Parsed, Source};
use crate::{ReadFault, ReadWarning};

/// More of one kind than a file of its length can describe is a lie.
const MIN_CHUNK_BYTES: usize = 64;

pub(super) fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let version = source.bytes.get(8..12).map_or(0, |v| u32::from_le_bytes([v[0], v[1], v[2], v[3]]));
    let container = Container::new(source.bytes);
    if container.entries.is_empty() {
        let cause = "no chunk of it is left".into();
        return Err(ReadFault::Damaged { format: NAME, cause });
    }
    let mut reader =
        Reader { container: &container, max: source.bytes.len() / MIN_CHUNK_BYTES, lost: Vec::new() };
    let scene = reader.scene(source)?;
    let mut warnings = Vec::new();
    if version > VERSION && !container.is_table_lost {
        let told = format!(
            "written by a newer Kiln (version {version} of the format); update Kiln if parts are missing"
        );
        warnings.push(ReadWarning::Repaired(told));
    }
    if !reader.lost.is_empty() {
        let told = format!("parts of the file are lost, the rest is shown: {}", reader.lost.join(", "));
        warnings.push(ReadWarning::Repaired(told));
    } else if container.is_table_lost {
        warnings
            .push(ReadWarning::Repaired("the table of chunks was damaged; all of them were found".into()));
    }
    Ok(Parsed { scene, warnings })
}

struct Reader<'a> {
    container: &'a Container<'a>,
    max: usize,
    /// Names of what could not be read, with the cause.
    lost: Vec<String>,
}

impl Reader<'_> {
    fn scene(&mut self, source: &Source<'_>) -> Result<Scene, ReadFault> {
        let meta: Option<Meta> = self.head(Tag::META);
        let hierarchy: Option<Hierarchy> = self.head(Tag::NODE);
        let materials: Option<Materials> = self.head(Tag::MATERIALS);
        let stated = |of: fn(&Meta) -> u32| meta.as_ref().map(|meta| of(meta) as usize);
        let n_meshes = self.count(Tag::MESH, stated(|meta| meta.n_meshes));
        let n_images = self.count(Tag::IMAGE, stated(|meta| meta.n_images));
        let n_animations = self.count(Tag::ANIMATION, stated(|meta| meta.n_animations));
        let meshes = self.each(Tag::MESH, n_meshes, mesh::from_bytes);
        source.ctx.check_cancelled()?;
        let images = self.each(Tag::IMAGE, n_images, image_from_bytes);
        let animations = self.each(Tag::ANIMATION, n_animations, animation_from_bytes);
        let mut scene = Scene {
            meshes: meshes.into_iter().map(Option::unwrap_or_default).collect(),
            images: images
                .into_iter()
                .enumerate()
                .map(|(i, image)| image.unwrap_or_else(|| lost_image(i)))
                .collect(),
            animations: animations.into_iter().flatten().collect(),
            ..Scene::default()
        };
        if let Some(meta) = meta {
            (scene.name, scene.authored, scene.extras) = (meta.name, meta.authored, meta.extras);
        }
        if let Some(materials) = materials {
            (scene.materials, scene.textures) = (materials.materials, materials.textures);
            scene.variants = materials.variants;
        }
        match hierarchy {
            Some(hierarchy) => {
                (scene.nodes, scene.roots) = (hierarchy.nodes, hierarchy.roots);
                (scene.other_scenes, scene.skins) = (hierarchy.other_scenes, hierarchy.skins);
                (scene.cameras, scene.lights) = (hierarchy.cameras, hierarchy.lights);
            }
            None => stand_alone(&mut scene),
        }
        if !self.lost.is_empty() {
            let_go(&mut scene);
        }
        Ok(scene)
    }

    /// How many there should be: as the file says, else as many as can be seen.
    fn count(&self, tag: Tag, stated: Option<usize>) -> usize {
        let seen = self
            .container
            .entries
            .iter()
            .filter(|entry| entry.tag == tag)
            .map(|entry| entry.number as usize + 1);
        stated.unwrap_or_else(|| seen.max().unwrap_or(0)).min(self.max)
    }

    fn head<T: DeserializeOwned + Send>(&mut self, tag: Tag) -> Option<T> {
        let read = |bytes: &[u8]| Some(split(bytes)?.0);
        self.each(tag, 1, read).pop().flatten()
    }

    /// In parallel; what is not there or cannot be used is `None`, and named in `lost`.
    fn each<T: Send>(
        &mut self,
        tag: Tag,
        n: usize,
        read: impl Fn(&[u8]) -> Option<T> + Sync,
    ) -> Vec<Option<T>> {
        let container = self.container;
        let name = |number: usize| if n == 1 { tag.to_string() } else { format!("{tag} {number}") };
        let results: Vec<Result<T, String>> = (0..n)
            .into_par_iter()
            .map(|number| {
                let entry = container
                    .find(tag, number as u32)
                    .ok_or_else(|| format!("{} (missing)", name(number)))?;
                let bytes = container.read(entry).map_err(|fault| format!("{} ({fault})", entry.name()))?;
                read(&bytes).ok_or_else(|| format!("{} (makes no sense)", entry.name()))
            })
            .collect();
        let keep = |result: Result<T, String>| result.map_err(|lost| self.lost.push(lost)).ok();
        results.into_iter().map(keep).collect()
    }
}

fn lost_image(number: usize) -> Image {
    Image {
        name: String::new(),
        mime_type: String::new(),
        data: ImageData::Missing(format!("IMAG {number}")),
    }
}

/// Without a hierarchy every mesh stands at the origin, which shows what it was.
fn stand_alone(scene: &mut Scene) {
    let node = |(m, mesh): (usize, &Mesh)| Node { name: mesh.name.clone(), mesh: Some(m), ..Node::default() };
    scene.nodes = scene.meshes.iter().enumerate().map(node).collect();
    scene.roots = (0..scene.nodes.len()).collect();
    scene.animations.clear();
}

/// Takes away references to what is lost.
fn let_go(scene: &mut Scene) {
    let (n_materials, n_variants) = (scene.materials.len(), scene.variants.len());
    for primitive in scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives) {
        for run in &mut primitive.material_runs {
            run.material = run.material.filter(|&material| material < n_materials);
        }
        primitive.variant_materials.retain(|v| v.material < n_materials && v.variant < n_variants);
    }
    let (n_meshes, n_nodes) = (scene.meshes.len(), scene.nodes.len());
    for node in &mut scene.nodes {
        node.mesh = node.mesh.filter(|&mesh| mesh < n_meshes);
    }
    for animation in &mut scene.animations {
        animation.channels.retain(|channel| channel.node < n_nodes);
    }
    for texture in &mut scene.textures {
        texture.fallback = texture.fallback.filter(|&image| image < scene.images.len());
    }
    // Pictures after the last one that was found are missing too; a texture each at most.
    let n_needed = scene.textures.iter().map(|texture| texture.image.saturating_add(1)).max().unwrap_or(0);
    if n_needed <= scene.images.len() + scene.textures.len() {
        let missing = scene.images.len()..n_needed.max(scene.images.len());
        scene.images.extend(missing.map(lost_image));
    }
}
