//! Material libraries: the classic keys, and the PBR ones that exporters agreed on later.
//!
//! Classic materials are dielectrics: metallic is 0 unless `Pm` says otherwise.

use std::collections::HashMap;
use std::f32::consts::TAU;
use std::path::{Path, PathBuf};

use glam::Vec3;
use scene::{
    AlphaMode, Anisotropy, Clearcoat, Image, Material, MaterialTexture, Scene, Sheen, Texture, Topology, Wrap,
};

use super::texture_line::Map;
use crate::ReadWarning;
use crate::dependency::DependencyKind;
use crate::plain_material::plain_material;
use crate::source::{Needed, Parsed, Source};

/// Far more text than any library has; what is larger is something else under its name.
const MAX_LIBRARY_N_BYTES: usize = 64 << 20;

/// The materials of a file by name; those that no library defines are plain.
pub(super) struct Materials {
    materials: Vec<Material>,
    by_name: HashMap<String, usize>,
    pictures: Pictures,
}

#[derive(Default)]
struct Pictures {
    images: Vec<Image>,
    textures: Vec<Texture>,
    by_path: HashMap<PathBuf, usize>,
}

impl Materials {
    /// Reads the libraries. One that is not there is a warning, not an error.
    pub(super) fn read<'a>(
        source: &Source<'_>,
        libraries: impl Iterator<Item = &'a str>,
        parsed: &mut Parsed,
    ) -> Self {
        let mut materials =
            Self { materials: Vec::new(), by_name: HashMap::new(), pictures: Pictures::default() };
        let mut seen = Vec::new();
        for line in libraries {
            for library in find_libraries(source, line) {
                let path = library.path().to_owned();
                if seen.contains(&path) {
                    continue;
                }
                seen.push(path.clone());
                let bytes = library.open().ok().filter(|bytes| bytes.len() <= MAX_LIBRARY_N_BYTES);
                match bytes {
                    Some(bytes) => materials.parse(source, &path, &String::from_utf8_lossy(&bytes), parsed),
                    None => parsed.warnings.push(ReadWarning::MissingMaterials { path }),
                }
            }
        }
        materials
    }

    pub(super) fn id_of(&mut self, name: &str) -> usize {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        self.by_name.insert(name.to_owned(), self.materials.len());
        self.materials.push(plain_material(name));
        self.materials.len() - 1
    }

    /// Moves everything into the scene; faces without material get the plain one.
    pub(super) fn finish(mut self, scene: &mut Scene) {
        let mut plain = None;
        let primitives = scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives);
        for primitive in primitives.filter(|p| p.topology == Topology::Faces) {
            for run in primitive.material_runs.iter_mut().filter(|run| run.material.is_none()) {
                run.material = Some(*plain.get_or_insert_with(|| {
                    self.materials.push(plain_material(""));
                    self.materials.len() - 1
                }));
            }
        }
        scene.materials = self.materials;
        scene.images = self.pictures.images;
        scene.textures = self.pictures.textures;
    }

    fn parse(&mut self, source: &Source<'_>, library: &Path, text: &str, parsed: &mut Parsed) {
        let mut draft: Option<Draft> = None;
        let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
        for line in text.lines() {
            let line = line.trim();
            let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let value = value.trim();
            if key.eq_ignore_ascii_case("newmtl") {
                self.take(draft.replace(Draft::new(value)), source, library, parsed);
            } else if let Some(draft) = &mut draft {
                draft.set(&key.to_ascii_lowercase(), value);
            }
        }
        self.take(draft, source, library, parsed);
    }

    fn take(&mut self, draft: Option<Draft>, source: &Source<'_>, library: &Path, parsed: &mut Parsed) {
        let Some(draft) = draft else { return };
        for named in &draft.unshown {
            source.find(library, named, DependencyKind::Picture);
        }
        let name = draft.name.clone();
        let material = draft.finish(&mut |map| self.pictures.texture(source, library, map, parsed));
        // Exporters that write a name twice mean the first; so do the programs that read it.
        if !self.by_name.contains_key(&name) {
            self.by_name.insert(name, self.materials.len());
            self.materials.push(material);
        }
    }
}

/// The whole line is a name first, several names second; an OBJ without the library it names may
/// have one of its own name.
fn find_libraries(source: &Source<'_>, line: &str) -> Vec<Needed> {
    let is_there = |name: &str| !matches!(source.peek(name), Needed::Missing(_));
    let own = source.path.with_extension("mtl");
    let own = own.file_name().unwrap_or_default().to_string_lossy();
    let parts: Vec<_> = line.split_whitespace().collect();
    let names = if is_there(line) {
        vec![line]
    } else if parts.iter().any(|name| is_there(name)) {
        parts
    } else if is_there(&own) {
        vec![own.as_ref()]
    } else {
        vec![line]
    };
    names.iter().map(|name| source.find(source.path, name, DependencyKind::Materials)).collect()
}

/// One `newmtl` block as far as it is read.
#[derive(Default)]
struct Draft {
    name: String,
    diffuse: Option<Vec3>,
    specular: Option<Vec3>,
    emission: Option<Vec3>,
    shininess: Option<f32>,
    opacity: Option<f32>,
    roughness: Option<f32>,
    metallic: Option<f32>,
    ior: Option<f32>,
    clearcoat: Option<f32>,
    clearcoat_roughness: Option<f32>,
    sheen: Option<f32>,
    anisotropy: Option<f32>,
    /// Of a full turn.
    anisotropy_turn: Option<f32>,
    maps: HashMap<&'static str, Map>,
    /// Pictures that belong to the model and have no place in its look here.
    unshown: Vec<String>,
}

impl Draft {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Default::default() }
    }

    fn set(&mut self, key: &str, value: &str) {
        let numbers: Vec<f32> = value
            .split_whitespace()
            .map_while(|v| fast_float2::parse(v).ok())
            .filter(|v: &f32| v.is_finite())
            .collect();
        let number = numbers.first().copied();
        let color = match numbers[..] {
            [r, g, b, ..] => Some(Vec3::new(r, g, b)),
            // One number stands for a grey.
            [grey, ..] => Some(Vec3::splat(grey)),
            [] => None,
        };
        match key {
            "kd" => self.diffuse = color,
            "ks" => self.specular = color,
            "ke" => self.emission = color,
            "ns" => self.shininess = number,
            "d" => self.opacity = numbers.last().copied(),
            "tr" => self.opacity = self.opacity.or(number.map(|t| 1.0 - t)),
            "pr" => self.roughness = number,
            "pm" => self.metallic = number,
            "ni" => self.ior = number,
            "pc" => self.clearcoat = number,
            "pcr" => self.clearcoat_roughness = number,
            "ps" => self.sheen = number,
            "aniso" => self.anisotropy = number,
            "anisor" => self.anisotropy_turn = number,
            "map_kd" => self.map("color", value),
            "map_ke" | "map_emissive" => self.map("emission", value),
            "map_d" | "map_opacity" => self.map("opacity", value),
            "map_pr" => self.map("roughness", value),
            "map_pm" => self.map("metallic", value),
            "norm" | "map_norm" | "map_kn" => self.map("normal", value),
            "map_bump" | "bump" => self.map("bump", value),
            "map_ka" | "map_ks" | "map_ns" | "map_ps" | "disp" | "map_disp" | "decal" | "refl"
            | "map_refl" => self.unshown.extend(Map::parse(value).map(|map| map.named)),
            _ => {}
        }
    }

    fn map(&mut self, slot: &'static str, value: &str) {
        if let Some(map) = Map::parse(value) {
            self.maps.insert(slot, map);
        }
    }

    fn finish(mut self, texture: &mut impl FnMut(&Map) -> MaterialTexture) -> Material {
        let mut material = plain_material(&self.name);
        let alpha = self.opacity.unwrap_or(1.0).clamp(0.0, 1.0);
        let color = self.maps.get("color").cloned();
        // Exporters write any Kd beside a picture; nobody multiplies the two.
        let diffuse = if color.is_some() { Vec3::ONE } else { self.diffuse.unwrap_or(Vec3::splat(0.8)) };
        material.base_color = diffuse.clamp(Vec3::ZERO, Vec3::ONE).extend(alpha);
        material.base_color_texture = color.as_ref().map(&mut *texture);
        let is_cut_out =
            self.maps.get("opacity").is_some_and(|o| color.as_ref().is_some_and(|c| c.named == o.named));
        if alpha < 1.0 || is_cut_out {
            material.alpha_mode = AlphaMode::Blend;
        }
        let normal = self.maps.remove("normal").or_else(|| self.maps.remove("bump"));
        material.normal_scale = normal.as_ref().map_or(1.0, |map| map.bump);
        material.normal_texture = normal.map(|map| texture(&map));
        material.metallic = self.metallic.unwrap_or(0.0).clamp(0.0, 1.0);
        material.roughness = self.roughness().clamp(0.0, 1.0);
        self.surface_map(&mut material, texture);
        self.layers(&mut material);
        let glow = self.maps.remove("emission").map(|map| texture(&map));
        let emission = self.emission.unwrap_or(Vec3::ZERO).max(Vec3::ZERO);
        material.emissive = if glow.is_some() && emission == Vec3::ZERO { Vec3::ONE } else { emission };
        material.emissive_texture = glow;
        material
    }

    /// Lacquer, cloth and brushed metal. An index of refraction of 1 stands where an exporter had
    /// nothing to say: taken by its word, it would put out every highlight.
    fn layers(&self, material: &mut Material) {
        let some = |value: Option<f32>| value.map(|v| v.clamp(0.0, 1.0)).filter(|&v| v > 0.0);
        if let Some(ior) = self.ior.filter(|&ior| ior > 1.0) {
            material.ior = ior;
        }
        material.clearcoat = some(self.clearcoat).map(|factor| Clearcoat {
            factor,
            roughness: self.clearcoat_roughness.unwrap_or(0.0).clamp(0.0, 1.0),
            ..Clearcoat::default()
        });
        material.sheen = some(self.sheen).map(|weight| Sheen {
            color: Vec3::splat(weight),
            roughness: 0.3,
            ..Sheen::default()
        });
        material.anisotropy = some(self.anisotropy).map(|strength| Anisotropy {
            strength,
            rotation_radians: TAU * self.anisotropy_turn.unwrap_or(0.0),
            texture: None,
        });
    }

    /// `Pr`, or what the width of the Phong highlight comes to, or matt without any highlight.
    fn roughness(&self) -> f32 {
        match (self.roughness, self.specular, self.shininess) {
            (Some(roughness), _, _) => roughness,
            (_, Some(specular), _) if specular == Vec3::ZERO => 1.0,
            (_, _, Some(exponent)) => (2.0 / (exponent.max(0.0) + 2.0)).powf(0.25),
            _ => 0.5,
        }
    }

    /// glTF packs roughness (G) and metallic (B) into one picture. A grey roughness map serves as
    /// one as long as metallic is 0; one picture named for both is one.
    fn surface_map(&mut self, material: &mut Material, texture: &mut impl FnMut(&Map) -> MaterialTexture) {
        let Some(roughness) = self.maps.remove("roughness") else { return };
        let packed = self.maps.remove("metallic").is_some_and(|metallic| metallic.named == roughness.named);
        material.metallic_roughness_texture = Some(texture(&roughness));
        material.roughness = 1.0;
        material.metallic = if packed { 1.0 } else { 0.0 };
    }
}

impl Pictures {
    fn texture(
        &mut self,
        source: &Source<'_>,
        library: &Path,
        map: &Map,
        parsed: &mut Parsed,
    ) -> MaterialTexture {
        let image = self.image(source, library, &map.named, parsed);
        let wrap = if map.clamp { Wrap::ClampToEdge } else { Wrap::Repeat };
        let texture = Texture {
            image,
            fallback: None,
            wrap_u: wrap,
            wrap_v: wrap,
            mag_filter: Default::default(),
            min_filter: Default::default(),
        };
        let id = self.textures.iter().position(|t| *t == texture).unwrap_or_else(|| {
            self.textures.push(texture);
            self.textures.len() - 1
        });
        MaterialTexture { texture: id, uv_set: 0, uv_transform: map.uv_transform() }
    }

    fn image(&mut self, source: &Source<'_>, library: &Path, named: &str, parsed: &mut Parsed) -> usize {
        let needed = source.find(library, named, DependencyKind::Picture);
        let path = needed.path().to_owned();
        if let Some(&id) = self.by_path.get(&path) {
            return id;
        }
        self.by_path.insert(path, self.images.len());
        self.images.push(source.picture_at(needed, named, &mut parsed.warnings));
        self.images.len() - 1
    }
}
