//! Pictures that nobody found, and materials that nothing wears.

use scene::{ImageData, Material, MaterialId, Scene};

use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Where};

pub(crate) fn check(scene: &Scene) -> Vec<Spot> {
    let missing = scene.images.iter().filter_map(|image| match &image.data {
        ImageData::Missing(path) => {
            Some(spot(Rule::ImagesMissing, Severity::Error, file_or_name(path, &image.name)))
        }
        ImageData::Embedded(_) | ImageData::File(_) => None,
    });
    let mut is_used = vec![false; scene.materials.len()];
    for primitive in scene.meshes.iter().flat_map(|mesh| &mesh.primitives) {
        for run in primitive.material_runs.iter().filter(|run| run.n_faces > 0) {
            if let Some(used) = run.material.and_then(|id| is_used.get_mut(id)) {
                *used = true;
            }
        }
    }
    let unused = scene.materials.iter().zip(is_used).enumerate().filter(|(_, (_, used))| !used);
    let unused = unused.map(|(i, (material, _))| {
        let name = match material.name.trim() {
            "" => format!("material {}", i + 1),
            name => format!("'{name}'"),
        };
        spot(Rule::MaterialsUnused, Severity::Info, name)
    });
    missing.chain(unused).chain(of_copies(scene)).collect()
}

/// Materials of equal looks that are compared; of more, the rest are left.
const MAX_COMPARED: usize = 1024;

fn of_copies(scene: &Scene) -> Vec<Spot> {
    let name = |id: MaterialId| match scene.materials[id].name.trim() {
        "" => format!("material {}", id + 1),
        name => format!("'{name}'"),
    };
    let copies = copies(scene).into_iter();
    copies
        .map(|(copy, first)| Spot {
            label: format!("{} looks like {}", name(copy), name(first)),
            ..spot(Rule::MaterialsCopied, Severity::Info, name(copy))
        })
        .collect()
}

/// Materials that look like one before them, each with the first of its kind, ascending. Names and
/// extras may differ.
pub(crate) fn copies(scene: &Scene) -> Vec<(MaterialId, MaterialId)> {
    let look = |material: &Material| Material { name: String::new(), extras: None, ..material.clone() };
    let mut firsts: Vec<(MaterialId, Material)> = Vec::new();
    let mut copies = Vec::new();
    for (id, material) in scene.materials.iter().enumerate() {
        let look = look(material);
        match firsts.iter().find(|(_, first)| *first == look) {
            Some((first, _)) => copies.push((id, *first)),
            None if firsts.len() < MAX_COMPARED => firsts.push((id, look)),
            None => {}
        }
    }
    copies
}

/// Data URIs and the like would fill the screen.
fn file_or_name(path: &str, name: &str) -> String {
    let text = if path.is_empty() || path.len() > 200 { name } else { path };
    format!("'{text}'")
}

fn spot(rule: Rule, severity: Severity, subject: String) -> Spot {
    Spot { rule, severity, count: 1, label: subject.clone(), subject, place: Where::Nowhere }
}

#[cfg(test)]
mod tests {
    use scene::{Image, ImageData};

    use crate::Rule::{EdgesOpen, ImagesMissing, ImagesUnused, MaterialsCopied, MaterialsUnused};
    use crate::test_scenes::{check, material, quad, scene, with_materials};

    #[test]
    fn materials_that_look_alike() {
        let other = scene::Material { roughness: 0.5, ..material("other") };
        let twin = scene::Material { name: "b".into(), ..material("a") };
        let worn = vec![material("a"), twin, other];
        let quads = (0..3).map(|i| quad([0.0, 1.0], [0.0, 1.0], i as f32)).collect();
        let scene = with_materials(scene(quads), worn);
        check(&scene, &[(EdgesOpen, 12), (MaterialsCopied, 1)]);
    }

    #[test]
    fn lost_pictures_and_idle_materials() {
        let worn_and_idle = vec![material("worn"), material("idle")];
        let mut scene = with_materials(scene(vec![quad([0.0, 1.0], [0.0, 1.0], 0.0)]), worn_and_idle);
        let data = ImageData::Missing("textures/wood.png".into());
        scene.images.push(Image { name: String::new(), mime_type: String::new(), data });
        let report =
            check(&scene, &[(ImagesMissing, 1), (EdgesOpen, 4), (MaterialsUnused, 1), (ImagesUnused, 1)]);
        assert!(
            report.findings[0].sentence.contains("'textures/wood.png'"),
            "{}",
            report.findings[0].sentence
        );
        let idle = report.finding(MaterialsUnused).unwrap();
        assert!(idle.sentence.contains("'idle'"), "{}", idle.sentence);
    }
}
