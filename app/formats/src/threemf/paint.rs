//! From triangle properties to materials, colours and texture coordinates.

use std::collections::HashMap;

use glam::{Vec2, Vec4};
use scene::{
    AlphaMode, Image, ImageData, Layer, Material, MaterialId, MaterialRun, MaterialTexture, Primitive, Scene,
    Texture,
};

use super::package::{Package, part_name};
use super::part::{Base, Object, Part, Properties, ResourceId};
use crate::ReadWarning;
use crate::plain_material::plain_material;
use crate::source::Source;

/// The materials of the scene, each made when the first triangle asks for it.
#[derive(Default)]
pub(super) struct Paints {
    by_key: HashMap<Key, MaterialId>,
    /// Triangles whose property is not there.
    pub(super) n_unpainted: usize,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Plain,
    /// White, for what has colours of its own.
    Colored,
    Base(String, ResourceId, u32),
    Picture(String, ResourceId),
}

/// What a stretch of triangles looks like.
struct Look {
    material: MaterialId,
    colors: Option<[Vec4; 3]>,
    uvs: Option<[Vec2; 3]>,
}

pub(super) struct Painter<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) package: &'a Package<'a>,
    pub(super) part_name: &'a str,
    pub(super) part: &'a Part,
}

impl Painter<'_> {
    /// Gives `primitive`, which holds the triangles of `object`, its materials.
    pub(super) fn paint(
        &self,
        object: &Object,
        primitive: &mut Primitive,
        paints: &mut Paints,
        scene: &mut Scene,
        warnings: &mut Vec<ReadWarning>,
    ) {
        let mut coat = Coat::default();
        let n_triangles = object.triangles.len();
        let default = object.default_property.map(|(id, index)| (id, [index; 3]));
        let mut next = 0;
        for painted in &object.painted {
            if next < painted.triangles.start {
                let look = self.look(default, painted.triangles.start - next, paints, scene, warnings);
                coat.add(next..painted.triangles.start, look);
            }
            let property = Some((painted.properties, painted.corners));
            let look = self.look(property, painted.triangles.len(), paints, scene, warnings);
            coat.add(painted.triangles.clone(), look);
            next = painted.triangles.end;
        }
        if next < n_triangles {
            let look = self.look(default, n_triangles - next, paints, scene, warnings);
            coat.add(next..n_triangles, look);
        }
        primitive.material_runs = coat.runs;
        if !coat.colors.is_empty() {
            coat.colors.resize(3 * n_triangles, Vec4::ONE);
            primitive.colors = vec![Layer::PerCorner(coat.colors)];
        }
        if !coat.uvs.is_empty() {
            coat.uvs.resize(3 * n_triangles, Vec2::ZERO);
            primitive.uvs = vec![Layer::PerCorner(coat.uvs)];
        }
    }

    fn look(
        &self,
        property: Option<(ResourceId, [u32; 3])>,
        n_triangles: usize,
        paints: &mut Paints,
        scene: &mut Scene,
        warnings: &mut Vec<ReadWarning>,
    ) -> Look {
        let mut look = Look { material: 0, colors: None, uvs: None };
        let Some((id, corners)) = property else {
            look.material = paints.material(Key::Plain, scene, || plain_material(""));
            return look;
        };
        let part = || self.part_name.to_owned();
        match self.part.properties.get(&id) {
            Some(Properties::Bases(bases)) => {
                if let Some(base) = bases.get(corners[0] as usize) {
                    let key = Key::Base(part(), id, corners[0]);
                    look.material = paints.material(key, scene, || self.base_material(base));
                    return look;
                }
            }
            Some(Properties::Colors(colors)) => {
                if let [Some(a), Some(b), Some(c)] = corners.map(|i| colors.get(i as usize)) {
                    let white = || Material { base_color: Vec4::ONE, ..plain_material("") };
                    look.material = paints.material(Key::Colored, scene, white);
                    look.colors = Some([*a, *b, *c]);
                    return look;
                }
            }
            Some(Properties::Coordinates { texture, uvs }) => {
                if let [Some(a), Some(b), Some(c)] = corners.map(|i| uvs.get(i as usize)) {
                    let key = Key::Picture(part(), *texture);
                    look.material = match paints.by_key.get(&key) {
                        Some(material) => *material,
                        None => {
                            let material = self.picture_material(*texture, scene, warnings);
                            paints.material(key, scene, || material)
                        }
                    };
                    // From a bottom-left origin to a top-left one.
                    look.uvs = Some([a, b, c].map(|uv| Vec2::new(uv.x, 1.0 - uv.y)));
                    return look;
                }
            }
            _ => {}
        }
        paints.n_unpainted += n_triangles;
        look.material = paints.material(Key::Plain, scene, || plain_material(""));
        look
    }

    fn base_material(&self, base: &Base) -> Material {
        let mut material = Material { base_color: base.color, ..plain_material(&base.name) };
        if base.color.w < 1.0 {
            material.alpha_mode = AlphaMode::Blend;
        }
        if let Some((id, index)) = base.display
            && let Some(Properties::Metallic(all)) = self.part.properties.get(&id)
            && let Some([metallic, roughness]) = all.get(index)
        {
            material.metallic = metallic.clamp(0.0, 1.0);
            material.roughness = roughness.clamp(0.0, 1.0);
        }
        material
    }

    fn picture_material(
        &self,
        id: ResourceId,
        scene: &mut Scene,
        warnings: &mut Vec<ReadWarning>,
    ) -> Material {
        let Some(Properties::Texture(texture)) = self.part.properties.get(&id) else {
            return plain_material("");
        };
        let image = self.image(&texture.path, warnings);
        let slot =
            MaterialTexture { texture: scene.textures.len(), uv_set: 0, uv_transform: Default::default() };
        scene.textures.push(Texture {
            image: scene.images.len(),
            fallback: None,
            wrap_u: texture.wrap_u,
            wrap_v: texture.wrap_v,
            mag_filter: texture.filter,
            min_filter: texture.filter,
        });
        let name = image.name.clone();
        scene.images.push(image);
        Material { base_color: Vec4::ONE, base_color_texture: Some(slot), ..plain_material(&name) }
    }

    fn image(&self, path: &str, warnings: &mut Vec<ReadWarning>) -> Image {
        let inner = part_name(path);
        let place = self.source.path.join(&inner);
        let name = place.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let found = self.package.archive.find(&inner).map(|entry| self.package.archive.unpack(entry));
        let data = match found {
            Some(Ok(bytes)) => ImageData::Embedded(bytes),
            Some(Err(fault)) => {
                warnings.push(ReadWarning::Repaired(fault.to_string()));
                ImageData::Missing(path.to_owned())
            }
            None => {
                warnings.push(ReadWarning::MissingPicture { named: path.to_owned(), path: place.clone() });
                ImageData::Missing(path.to_owned())
            }
        };
        let sniffed = match &data {
            ImageData::Embedded(bytes) => picture::sniff(bytes),
            _ => "",
        };
        let mime_type = if sniffed.is_empty() { picture::type_of(&place) } else { sniffed };
        Image { name, mime_type: mime_type.into(), data }
    }
}

impl Paints {
    fn material(&mut self, key: Key, scene: &mut Scene, make: impl FnOnce() -> Material) -> MaterialId {
        *self.by_key.entry(key).or_insert_with(|| {
            scene.materials.push(make());
            scene.materials.len() - 1
        })
    }
}

/// Runs and corner values as they grow; values start with the first triangle that has any.
#[derive(Default)]
struct Coat {
    runs: Vec<MaterialRun>,
    colors: Vec<Vec4>,
    uvs: Vec<Vec2>,
}

impl Coat {
    fn add(&mut self, triangles: std::ops::Range<usize>, look: Look) {
        let corners = 3 * triangles.start..3 * triangles.end;
        if let Some(colors) = look.colors {
            self.colors.resize(corners.start, Vec4::ONE);
            self.colors.extend(triangles.clone().flat_map(|_| colors));
        }
        if let Some(uvs) = look.uvs {
            self.uvs.resize(corners.start, Vec2::ZERO);
            self.uvs.extend(triangles.clone().flat_map(|_| uvs));
        }
        match self.runs.last_mut() {
            Some(run) if run.material == Some(look.material) => run.n_faces += triangles.len(),
            _ => self.runs.push(MaterialRun {
                first_face: triangles.start,
                n_faces: triangles.len(),
                material: Some(look.material),
            }),
        }
    }
}
