//! UVs that are not numbers, or missing where a texture needs them.

use std::collections::BTreeMap;

use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, values};
use crate::view::MeshView;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (p, primitive) in view.primitives() {
        let first = view.surface.faces_of_primitive(p).start;
        for layer in &primitive.uvs {
            let n = values(layer).iter().filter(|uv| !uv.is_finite()).count();
            if n > 0 {
                let vertices = &primitive.faces.corner_vertices;
                let is_broken = |c: usize| layer.at(c, vertices[c]).is_some_and(|uv| !uv.is_finite());
                let faces =
                    (0..primitive.faces.n_faces()).filter(|&f| primitive.faces.corners(f).any(is_broken));
                let label = count(n, "UV coordinate", "UV coordinates");
                spots.push(view.spot(
                    Rule::UvsNonFinite,
                    Severity::Error,
                    n,
                    faces.map(|f| first + f),
                    label,
                ));
            }
        }
        let mut unplaced: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for run in primitive.runs() {
            let Some(material) = run.material.and_then(|id| Some((id, view.stage.scene.materials.get(id)?)))
            else {
                continue;
            };
            let lacks_uvs =
                |(_, texture): (&str, &scene::MaterialTexture)| primitive.uvs.get(texture.uv_set).is_none();
            if run.n_faces > 0 && material.1.textures().any(lacks_uvs) {
                let faces = first + run.first_face..first + run.first_face + run.n_faces;
                unplaced.entry(material.0).or_default().extend(faces);
            }
        }
        for (material, faces) in unplaced {
            let name = &view.stage.scene.materials[material].name;
            let label = format!("{} with material '{name}'", count(faces.len(), "face", "faces"));
            spots.push(view.spot(Rule::UvsMissing, Severity::Warning, faces.len(), faces, label));
        }
    }
    spots
}

#[cfg(test)]
mod tests {
    use glam::Vec2;
    use scene::{Image, ImageData, Layer, MaterialTexture, Scene, Texture, UvTransform};

    use crate::Rule::{EdgesOpen, UvsMissing, UvsNonFinite};
    use crate::test_scenes::{check, material, quad, scene, with_materials};

    fn textured(uv_set: usize) -> Scene {
        let mut painted = material("painted");
        painted.base_color_texture =
            Some(MaterialTexture { texture: 0, uv_set, uv_transform: UvTransform::default() });
        let mut scene = with_materials(scene(vec![quad([0.0, 1.0], [0.0, 1.0], 0.0)]), vec![painted]);
        let data = ImageData::Embedded(Vec::new().into());
        scene.images.push(Image { name: "paint".into(), mime_type: String::new(), data });
        scene.textures.push(Texture {
            image: 0,
            fallback: None,
            wrap_u: Default::default(),
            wrap_v: Default::default(),
            mag_filter: Default::default(),
            min_filter: Default::default(),
        });
        scene
    }

    #[test]
    fn a_texture_without_uvs_to_place_it() {
        check(&textured(0), &[(UvsMissing, 2), (EdgesOpen, 4)]);
        let mut scene = textured(0);
        scene.meshes[0].primitives[0].uvs.push(Layer::PerVertex(vec![Vec2::ZERO; 4]));
        check(&scene, &[(EdgesOpen, 4)]);
        let mut scene = textured(1);
        scene.meshes[0].primitives[0].uvs.push(Layer::PerVertex(vec![Vec2::ZERO; 4]));
        check(&scene, &[(UvsMissing, 2), (EdgesOpen, 4)]);
    }

    #[test]
    fn uvs_that_are_no_numbers() {
        let mut scene = textured(0);
        let mut uvs = vec![Vec2::ZERO; 4];
        uvs[1].x = f32::NAN;
        scene.meshes[0].primitives[0].uvs.push(Layer::PerVertex(uvs));
        let report = check(&scene, &[(UvsNonFinite, 1), (EdgesOpen, 4)]);
        assert_eq!(report.findings[0].places[0].faces, [0]);
    }
}
