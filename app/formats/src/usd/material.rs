//! Materials: UsdPreviewSurface whole, of MaterialX's surfaces the plain values and pictures.

use std::collections::BTreeMap;

use glam::{DVec3, Vec3, Vec4};
use openusd::sdf;
use scene::{AlphaMode, Clearcoat, Material, MaterialId, MaterialTexture, Specular, Transmission};

use crate::plain_material::plain_material;

use super::shader::{Input, Network, Shader};
use super::stage::Walk;
use super::texture::{Pictures, Sampled};
use super::value;

/// Materials by path, and each with the places of the UV sets in the meshes that use it.
#[derive(Default)]
pub(super) struct Materials {
    read: BTreeMap<String, Option<ReadMaterial>>,
    placed: BTreeMap<(String, Vec<usize>, bool), MaterialId>,
    plain: BTreeMap<([u32; 4], bool), MaterialId>,
    pictures: Pictures,
}

/// A material whose `uv_set`s count in `uv_names`.
#[derive(Clone)]
pub(super) struct ReadMaterial {
    material: Material,
    pub(super) uv_names: Vec<String>,
    /// It takes the mesh's own colours.
    pub(super) shows_colors: bool,
}

impl Walk<'_, '_> {
    /// The material at `path`, read once; `None` when there is nothing there to show.
    pub(super) fn read_material(&mut self, path: &sdf::Path) -> Option<ReadMaterial> {
        if let Some(known) = self.materials.read.get(path.as_str()) {
            return known.clone();
        }
        let network = Network { stage: &self.stage, time: self.time };
        let surface = network.surface(path);
        let material = surface.map(|surface| {
            let mut reading = Reading {
                pictures: &mut self.materials.pictures,
                network,
                files: self.files,
                scene: &mut self.scene,
                warnings: &mut self.warnings,
                lost: &mut self.lost,
                uv_names: Vec::new(),
                shows_colors: false,
                surface: surface.clone(),
            };
            let name = path.name().unwrap_or_default();
            let material = reading.material(name);
            let Reading { uv_names, shows_colors, .. } = reading;
            ReadMaterial { material, uv_names, shows_colors }
        });
        self.materials.read.insert(path.as_str().to_owned(), material.clone());
        material
    }

    /// The material as a mesh with these UV sets uses it.
    pub(super) fn material_for(
        &mut self,
        path: &sdf::Path,
        mesh_uv_names: &[String],
        double_sided: bool,
    ) -> Option<MaterialId> {
        let read = self.read_material(path)?;
        let place = |name: &String| mesh_uv_names.iter().position(|n| n == name).unwrap_or(0);
        let places: Vec<usize> = read.uv_names.iter().map(place).collect();
        let key = (path.as_str().to_owned(), places, double_sided);
        if let Some(&id) = self.materials.placed.get(&key) {
            return Some(id);
        }
        let mut material = read.material;
        material.double_sided = double_sided;
        for slot in slots(&mut material) {
            slot.uv_set = key.1.get(slot.uv_set).copied().unwrap_or(0);
        }
        self.scene.materials.push(material);
        self.materials.placed.insert(key, self.scene.materials.len() - 1);
        Some(self.scene.materials.len() - 1)
    }

    /// For what has no material: the colour that somebody gave the shape itself.
    pub(super) fn plain_material_for(&mut self, color: Vec4, double_sided: bool) -> MaterialId {
        let key = (color.to_array().map(f32::to_bits), double_sided);
        *self.materials.plain.entry(key).or_insert_with(|| {
            let alpha_mode = if color.w < 1.0 { AlphaMode::Blend } else { AlphaMode::Opaque };
            let material = Material { base_color: color, alpha_mode, double_sided, ..plain_material("") };
            self.scene.materials.push(material);
            self.scene.materials.len() - 1
        })
    }
}

fn slots(material: &mut Material) -> impl Iterator<Item = &mut MaterialTexture> {
    let coat = material.clearcoat.as_mut().map(|c| [&mut c.texture, &mut c.roughness_texture]);
    let core = [
        &mut material.base_color_texture,
        &mut material.metallic_roughness_texture,
        &mut material.normal_texture,
        &mut material.occlusion_texture,
        &mut material.emissive_texture,
    ];
    core.into_iter().chain(coat.into_iter().flatten()).filter_map(Option::as_mut)
}

/// The words of a surface shader for what we know.
struct Words {
    base_color: &'static str,
    metallic: &'static str,
    roughness: &'static str,
    emissive: &'static str,
    emissive_strength: &'static str,
    coat: &'static str,
    coat_roughness: &'static str,
    ior: &'static str,
    opacity: &'static str,
    transmission: &'static str,
    base_weight: &'static str,
    /// Base colour, metallic, roughness and emission strength where nobody says otherwise.
    fallbacks: (f64, f64, f64, f64),
}

/// UsdPreviewSurface 2.6.
const PREVIEW: Words = Words {
    base_color: "diffuseColor",
    metallic: "metallic",
    roughness: "roughness",
    emissive: "emissiveColor",
    emissive_strength: "",
    coat: "clearcoat",
    coat_roughness: "clearcoatRoughness",
    ior: "ior",
    opacity: "opacity",
    transmission: "",
    base_weight: "",
    fallbacks: (0.18, 0.0, 0.5, 1.0),
};

/// Autodesk Standard Surface 1.0.1.
const STANDARD: Words = Words {
    base_color: "base_color",
    metallic: "metalness",
    roughness: "specular_roughness",
    emissive: "emission_color",
    emissive_strength: "emission",
    coat: "coat",
    coat_roughness: "coat_roughness",
    ior: "specular_IOR",
    opacity: "opacity",
    transmission: "transmission",
    base_weight: "base",
    fallbacks: (0.8, 0.0, 0.2, 0.0),
};

/// OpenPBR Surface 1.1.
const OPEN_PBR: Words = Words {
    base_color: "base_color",
    metallic: "base_metalness",
    roughness: "specular_roughness",
    emissive: "emission_color",
    emissive_strength: "emission_luminance",
    coat: "coat_weight",
    coat_roughness: "coat_roughness",
    ior: "specular_ior",
    opacity: "geometry_opacity",
    transmission: "transmission_weight",
    base_weight: "base_weight",
    fallbacks: (0.8, 0.0, 0.3, 0.0),
};

struct Reading<'w, 'a> {
    pictures: &'w mut Pictures,
    network: Network<'w>,
    files: &'w super::layer_files::LayerFiles<'a>,
    scene: &'w mut scene::Scene,
    warnings: &'w mut Vec<crate::ReadWarning>,
    lost: &'w mut super::stage::Lost,
    uv_names: Vec<String>,
    shows_colors: bool,
    surface: Shader,
}

impl Reading<'_, '_> {
    fn material(&mut self, name: &str) -> Material {
        let id = self.surface.id.as_str();
        let words = if id == "UsdPreviewSurface" || id.starts_with("ND_UsdPreviewSurface") {
            &PREVIEW
        } else if id.starts_with("ND_standard_surface") {
            self.lost.add("details of MaterialX surfaces", 1, "base values and pictures are shown");
            &STANDARD
        } else if id.starts_with("ND_open_pbr_surface") {
            self.lost.add("details of MaterialX surfaces", 1, "base values and pictures are shown");
            &OPEN_PBR
        } else {
            self.lost.add("shaders of one renderer", 1, "add a UsdPreviewSurface to the material");
            return plain_material(name);
        };
        let (base, metallic, roughness, _) = words.fallbacks;
        let base_weight = self.number(words.base_weight).unwrap_or(1.0);
        let color = self.color(words.base_color).unwrap_or(DVec3::splat(base)) * base_weight;
        let mut material = Material {
            name: name.to_owned(),
            base_color: color.as_vec3().extend(1.0),
            metallic: self.number(words.metallic).unwrap_or(metallic) as f32,
            roughness: self.number(words.roughness).unwrap_or(roughness) as f32,
            ior: self.number(words.ior).filter(|ior| *ior >= 1.0).unwrap_or(1.5) as f32,
            ..Material::default()
        };
        let base = self.base_color(&mut material, words);
        self.opacity(&mut material, words, base.as_ref());
        self.metallic_roughness(&mut material, words);
        self.normal(&mut material);
        self.occlusion(&mut material);
        self.emission(&mut material, words);
        self.coat(&mut material, words);
        if let Some(factor) = self.number(words.transmission).filter(|factor| *factor > 0.0) {
            material.transmission = Some(Transmission { factor: factor as f32, texture: None });
        }
        self.specular(&mut material);
        material
    }

    fn number(&self, name: &str) -> Option<f64> {
        if name.is_empty() { None } else { self.network.number(&self.surface, name) }
    }

    fn color(&self, name: &str) -> Option<DVec3> {
        let value = self.network.value(&self.surface, name);
        value.as_ref().and_then(value::vec3).filter(|color| color.is_finite())
    }

    /// The picture that feeds an input.
    fn sampled(&mut self, name: &str) -> Option<Sampled> {
        let Some(Input::Node(shader, output)) = self.network.input(&self.surface, name) else { return None };
        let node = (&shader, output);
        let sampled = self.pictures.sampled(&self.network, node, self.files, self.scene, self.warnings);
        if sampled.is_none() && !self.takes_mesh_colors(&shader, name) {
            self.lost.add("shading nodes", 1, "only pictures and plain values are read");
        }
        sampled
    }

    fn takes_mesh_colors(&mut self, shader: &Shader, name: &str) -> bool {
        let takes = shader.id.contains("PrimvarReader")
            && self
                .network
                .text(shader, "varname")
                .is_some_and(|v| v == "displayColor" || v == "displayOpacity");
        self.shows_colors |= takes && (name == "diffuseColor" || name == "base_color");
        takes
    }

    fn slot(&mut self, sampled: &Sampled) -> MaterialTexture {
        let known = self.uv_names.iter().position(|name| *name == sampled.uv_name);
        let uv_set = known.unwrap_or_else(|| {
            self.uv_names.push(sampled.uv_name.clone());
            self.uv_names.len() - 1
        });
        MaterialTexture { texture: sampled.texture, uv_set, uv_transform: sampled.uv_transform }
    }

    fn base_color(&mut self, material: &mut Material, words: &Words) -> Option<Sampled> {
        let sampled = self.sampled(words.base_color);
        if self.shows_colors {
            material.base_color = Vec4::ONE;
        }
        let sampled = sampled?;
        material.base_color = sampled.scale.truncate().as_vec3().extend(1.0);
        material.base_color_texture = Some(self.slot(&sampled));
        Some(sampled)
    }

    fn opacity(&mut self, material: &mut Material, words: &Words, base: Option<&Sampled>) {
        let opacity = self.network.value(&self.surface, words.opacity).as_ref().and_then(value::numbers);
        let opacity = opacity.and_then(|numbers| numbers.first().copied()).unwrap_or(1.0);
        material.base_color.w = opacity.clamp(0.0, 1.0) as f32;
        let sampled = self.sampled(words.opacity);
        let mut is_varied = false;
        if let Some(sampled) = sampled {
            let is_alpha = base.is_some_and(|base| base.image == sampled.image && sampled.output == "a");
            is_varied = is_alpha;
            if !is_alpha {
                let reason = "only the alpha of the base colour's own picture can be used";
                self.lost.add("opacity pictures", 1, reason);
            }
        }
        let cutoff = self.number("opacityThreshold").unwrap_or(0.0);
        material.alpha_mode = match (cutoff > 0.0, opacity < 1.0 || is_varied) {
            (true, _) => AlphaMode::Mask { cutoff: cutoff as f32 },
            (false, true) => AlphaMode::Blend,
            (false, false) => AlphaMode::Opaque,
        };
    }

    /// glTF's slot takes roughness from G and metallic from B of one picture.
    fn metallic_roughness(&mut self, material: &mut Material, words: &Words) {
        let metallic = self.sampled(words.metallic);
        let roughness = self.sampled(words.roughness);
        let reason = "roughness and metallic share one picture here, in its green and blue";
        let fits = |sampled: &Sampled, channel: &str| sampled.output == channel;
        match (roughness, metallic) {
            (None, None) => {}
            (Some(rough), Some(metal)) if rough.image == metal.image => {
                if !(fits(&rough, "g") && fits(&metal, "b")) {
                    self.lost.add("channels of roughness and metallic", 1, reason);
                }
                material.roughness = rough.scale.y as f32;
                material.metallic = metal.scale.z as f32;
                material.metallic_roughness_texture = Some(self.slot(&rough));
            }
            (Some(rough), metal) => {
                // A grey picture says the same in all channels, so blue would be read as metal.
                if metal.is_some() || material.metallic > 0.0 {
                    self.lost.add("metallic values beside a picture of roughness", 1, reason);
                    material.metallic = 0.0;
                }
                material.roughness = rough.scale.x as f32;
                material.metallic_roughness_texture = Some(self.slot(&rough));
            }
            (None, Some(metal)) => {
                self.lost.add("roughness values beside a picture of metallic", 1, reason);
                material.metallic = metal.scale.x as f32;
                material.roughness = 1.0;
                material.metallic_roughness_texture = Some(self.slot(&metal));
            }
        }
    }

    fn normal(&mut self, material: &mut Material) {
        // MaterialX puts a node in between that only unpacks.
        let sampled = match self.network.input(&self.surface, "normal") {
            Some(Input::Node(shader, _)) if shader.id.starts_with("ND_normalmap") => {
                let surface = std::mem::replace(&mut self.surface, shader);
                let sampled = self.sampled("in");
                self.surface = surface;
                sampled
            }
            _ => self.sampled("normal"),
        };
        let Some(sampled) = sampled else { return };
        // The usual scale of 2 with a bias of -1 is what a normal texture means anyway.
        let is_unpacked = sampled.bias.x < 0.0;
        material.normal_scale = if is_unpacked { (0.5 * sampled.scale.x) as f32 } else { 1.0 };
        if sampled.scale.y < 0.0 {
            self.lost.add("turned greens of normal maps", 1, "they are shown as if green pointed up");
        }
        material.normal_texture = Some(self.slot(&sampled));
    }

    fn occlusion(&mut self, material: &mut Material) {
        let Some(sampled) = self.sampled("occlusion") else { return };
        if sampled.output != "r" && !sampled.output.starts_with("rgb") {
            self.lost.add("channels of occlusion", 1, "occlusion is taken from red alone");
        }
        material.occlusion_texture = Some(self.slot(&sampled));
    }

    fn emission(&mut self, material: &mut Material, words: &Words) {
        let fallback = words.fallbacks.3;
        let mut strength = self.number(words.emissive_strength).unwrap_or(fallback);
        if words.emissive_strength == OPEN_PBR.emissive_strength {
            // From nits to what a screen calls white.
            strength /= 1000.0;
        }
        let is_white = words.fallbacks.3 == 0.0;
        let color = self.color(words.emissive).unwrap_or(if is_white { DVec3::ONE } else { DVec3::ZERO });
        material.emissive = (color * strength).as_vec3();
        if let Some(sampled) = self.sampled(words.emissive) {
            material.emissive = (sampled.scale.truncate() * strength).as_vec3();
            material.emissive_texture = Some(self.slot(&sampled));
        }
    }

    fn coat(&mut self, material: &mut Material, words: &Words) {
        let factor = self.number(words.coat).unwrap_or(0.0);
        let sampled = self.sampled(words.coat);
        if factor <= 0.0 && sampled.is_none() {
            return;
        }
        let rough = self.sampled(words.coat_roughness);
        material.clearcoat = Some(Clearcoat {
            factor: if sampled.is_some() { 1.0 } else { factor as f32 },
            texture: sampled.map(|sampled| self.slot(&sampled)),
            roughness: match rough {
                Some(_) => 1.0,
                None => self.number(words.coat_roughness).unwrap_or(0.01) as f32,
            },
            roughness_texture: rough.map(|sampled| self.slot(&sampled)),
            ..Default::default()
        });
    }

    /// The specular workflow: its colour is the reflection straight on, 0.04 for a common
    /// dielectric; one as strong as a metal's on a dark base is a metal.
    fn specular(&mut self, material: &mut Material) {
        if self.number("useSpecularWorkflow").unwrap_or(0.0) == 0.0 {
            return;
        }
        let color = self.color("specularColor").unwrap_or(DVec3::ZERO).as_vec3().max(Vec3::ZERO);
        let base = material.base_color.truncate();
        if color.max_element() > 0.3 && base.max_element() < 0.1 && material.base_color_texture.is_none() {
            material.metallic = 1.0;
            material.base_color = color.extend(material.base_color.w);
        } else {
            material.metallic = 0.0;
            material.specular = Some(Specular { color: color / 0.04, ..Default::default() });
        }
    }
}
