use std::path::Path;

use scene::Scene;
use work::WorkCtx;

use crate::kscene::{Attachment, write_kscene};
use crate::obj::write_obj;
use crate::ply::write_ply;
use crate::stl::write_stl;
use crate::{WriteError, WriteReport, write_glb};

/// A format that Kiln writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Glb,
    KilnScene,
    Obj,
    Ply,
    Stl,
}

impl Target {
    pub const ALL: [Self; 5] = [Self::Glb, Self::KilnScene, Self::Obj, Self::Ply, Self::Stl];

    /// Without dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Glb => "glb",
            Self::KilnScene => "kscene",
            Self::Obj => "obj",
            Self::Ply => "ply",
            Self::Stl => "stl",
        }
    }

    /// By the extension of the name that the file is to have.
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        Self::ALL.into_iter().find(|target| extension.eq_ignore_ascii_case(target.extension()))
    }

    /// What this format cannot hold of a scene, in words; empty: it holds everything.
    pub fn leaves_out(self) -> &'static str {
        match self {
            Self::Glb | Self::KilnScene => "",
            Self::Obj => "hierarchy, animation, lamps, cameras and most of the materials",
            Self::Ply => "materials, hierarchy, animation, lamps and cameras",
            Self::Stl => "everything but the shape",
        }
    }
}

/// What is paid for a smaller file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Arrays lie in the file as they lie in memory: the quickest to open.
    #[default]
    None,
    /// Meshes by meshoptimizer's codecs (EXT_meshopt_compression), what is left of a Kiln scene by
    /// zstd; without loss.
    Smaller,
    /// As `Smaller`, by KHR_meshopt_compression: a tenth less, for readers of 2026 and later.
    Smallest,
}

/// What goes into a file beside the scene, as far as its format has a place for it.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    pub compression: Compression,
    pub attachments: Vec<Attachment>,
}

/// Writes the scene in the format of `target`. Files appear under their names only when they are
/// complete; files that are there before are replaced.
///
/// # Errors
/// A scene that does not validate, more than the format can count, a disk that refuses, a cancel.
pub fn write(
    scene: &Scene,
    path: &Path,
    target: Target,
    options: &WriteOptions,
    ctx: &WorkCtx,
) -> Result<WriteReport, WriteError> {
    match target {
        Target::Glb => write_glb(scene, path, options.compression, ctx),
        Target::KilnScene => write_kscene(scene, path, options.compression, &options.attachments, ctx),
        Target::Obj => write_obj(scene, path, ctx),
        Target::Ply => write_ply(scene, path, ctx),
        Target::Stl => write_stl(scene, path, ctx),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use glam::{Quat, Vec2, Vec3, Vec4};
    use scene::{
        Aabb, FaceSizes, Faces, Image, ImageData, Layer, Material, MaterialRun, MaterialTexture, Mesh, Node,
        Primitive, Texture, Transform, UvTransform,
    };

    use super::*;
    use crate::read;

    /// A quad and a triangle, once as they are and once mirrored, far off and turned.
    fn model() -> Scene {
        let primitive = Primitive {
            vertex_positions: [(0, 0), (2, 0), (2, 1), (0, 1), (1, 3)]
                .map(|(x, y)| Vec3::new(x as f32, y as f32, 0.25))
                .to_vec(),
            faces: Faces {
                corner_vertices: vec![0, 1, 2, 3, 3, 2, 4],
                sizes: FaceSizes::Starts(vec![0, 4, 7]),
            },
            normals: Some(Layer::PerVertex(vec![Vec3::Z; 5])),
            uvs: vec![Layer::PerCorner((0..7).map(|c| Vec2::new(c as f32 / 8.0, 0.25)).collect())],
            colors: vec![Layer::PerVertex(vec![Vec4::new(1.0, 0.0, 1.0, 1.0); 5])],
            material_runs: vec![
                MaterialRun { first_face: 0, n_faces: 1, material: Some(0) },
                MaterialRun { first_face: 1, n_faces: 1, material: Some(1) },
            ],
            ..Default::default()
        };
        let mirrored = Transform::Trs {
            translation: Vec3::new(10.0, 5.0, -2.0),
            rotation: Quat::from_rotation_y(1.0),
            scale: Vec3::new(-1.0, 1.0, 1.0),
        };
        let slot = MaterialTexture { texture: 0, uv_set: 0, uv_transform: UvTransform::default() };
        let png = b"\x89PNG\r\n\x1a\n not a whole one";
        Scene {
            nodes: vec![
                Node { name: "here".into(), mesh: Some(0), ..Default::default() },
                Node { name: "there".into(), mesh: Some(0), transform: mirrored, ..Default::default() },
            ],
            roots: vec![0, 1],
            meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
            materials: vec![
                Material { name: "two words".into(), base_color_texture: Some(slot), ..Default::default() },
                Material { name: "two words".into(), roughness: 0.25, metallic: 0.5, ..Default::default() },
            ],
            textures: vec![Texture {
                image: 0,
                fallback: None,
                wrap_u: scene::Wrap::Repeat,
                wrap_v: scene::Wrap::Repeat,
                mag_filter: scene::Filter::Linear,
                min_filter: scene::Filter::Linear,
            }],
            images: vec![Image {
                name: "bricks".into(),
                mime_type: "image/png".into(),
                data: ImageData::Embedded(Arc::from(&png[..])),
            }],
            ..Default::default()
        }
    }

    fn again(scene: &Scene, target: Target) -> (Scene, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("a b.{}", target.extension()));
        assert_eq!(Target::of(&path), Some(target));
        let report = write(scene, &path, target, &WriteOptions::default(), &WorkCtx::quiet()).unwrap();
        assert_eq!((report.n_bytes, report.warnings), (path.metadata().unwrap().len(), vec![]));
        assert!(report.beside.iter().all(|path| path.is_file()));
        (read(&path, &WorkCtx::quiet()).unwrap().scene, folder)
    }

    fn is_same_box(a: &Aabb, b: &Aabb) -> bool {
        (a.min - b.min).abs().max_element() < 1e-5 && (a.max - b.max).abs().max_element() < 1e-5
    }

    /// Of all faces in the world, doubled: turned faces or a mirrored copy would cancel.
    fn area(scene: &Scene) -> Vec3 {
        let transforms = scene.world_transforms();
        let mut sum = Vec3::ZERO;
        for instance in scene.mesh_instances(&transforms) {
            let sign = instance.world_from_mesh.determinant().signum() as f32;
            for p in &scene.meshes[instance.mesh].primitives {
                let points = scene.world_positions(&instance, p, &transforms);
                for triangle in p.triangle_corners() {
                    let [a, b, c] =
                        triangle.map(|c| points[p.faces.corner_vertices[c as usize] as usize].as_vec3());
                    sum += sign * (b - a).cross(c - a);
                }
            }
        }
        sum
    }

    #[test]
    fn the_shape_stands_where_it_stood_in_every_format() {
        let scene = model();
        for target in Target::ALL {
            let (back, _folder) = again(&scene, target);
            assert!(is_same_box(&back.bounds(), &scene.bounds()), "{target:?}");
            assert!(area(&back).distance(area(&scene)) < 1e-4, "{target:?}");
            let n_polygons = |scene: &Scene| {
                let instances = scene.mesh_instances(&scene.world_transforms());
                let of = |mesh: usize| {
                    scene.meshes[mesh].primitives.iter().map(|p| p.faces.n_faces()).sum::<usize>()
                };
                instances.iter().map(|instance| of(instance.mesh)).sum::<usize>()
            };
            assert_eq!(n_polygons(&back), if target == Target::Stl { 6 } else { 4 }, "{target:?}");
        }
    }

    #[test]
    fn an_obj_brings_its_materials_and_pictures() {
        let (back, folder) = again(&model(), Target::Obj);
        let names: Vec<&str> = back.materials.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["two_words", "two_words.002"]);
        assert_eq!((back.materials[1].roughness, back.materials[1].metallic), (0.25, 0.5));
        assert!(back.materials[0].base_color_texture.is_some());
        assert!(folder.path().join("a b.0.png").is_file());
        assert_eq!(back.nodes.iter().filter(|node| node.mesh.is_some()).count(), 2);
    }

    #[test]
    fn a_ply_brings_colours_and_texture_coordinates() {
        let (back, _folder) = again(&model(), Target::Ply);
        let primitive = &back.meshes[0].primitives[0];
        assert_eq!(primitive.colors[0].at(0, 0), Some(Vec4::new(1.0, 0.0, 1.0, 1.0)));
        assert_eq!(primitive.uvs[0].at(1, primitive.faces.corner_vertices[1]), Some(Vec2::new(0.125, 0.25)));
        assert_eq!(primitive.normals.as_ref().unwrap().at(0, 0), Some(Vec3::Z));
    }
}
