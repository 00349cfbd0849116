//! `profile_COMMON` of an effect, as the surface it means.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use glam::{Vec3, Vec4};
use roxmltree::NodeId;
use scene::{
    AlphaMode, Filter, Material, MaterialId, MaterialTexture, Scene, Texture, TextureId, UvTransform, Wrap,
};

use super::document::{Document, Element, below, child, children, is, name_of, number, numbers, text};
use crate::ReadWarning;
use crate::dependency::DependencyKind;
use crate::neighbors::Reference;
use crate::plain_material::plain_material;
use crate::source::Source;

/// Materials, textures and images as far as the scene uses them.
pub(super) struct Materials<'a> {
    document: &'a Document<'a>,
    source: &'a Source<'a>,
    /// By material and the texture coordinates of its textures.
    known: HashMap<(Option<NodeId>, String, Vec<usize>), MaterialId>,
    /// The `texture` elements of each effect.
    slots: HashMap<NodeId, Rc<[Element<'a>]>>,
    images: HashMap<NodeId, usize>,
    textures: HashMap<(usize, Wrap, Wrap, bool), TextureId>,
    pub(super) scene: Scene,
    pub(super) warnings: RefCell<Vec<ReadWarning>>,
}

/// What a colour or texture slot of a shader holds.
enum Slot<'a> {
    Color(Vec4),
    /// The `texture` element.
    Texture(Element<'a>),
}

impl<'a> Materials<'a> {
    pub(super) fn new(document: &'a Document<'a>, source: &'a Source<'a>) -> Self {
        Self {
            document,
            source,
            known: HashMap::new(),
            slots: HashMap::new(),
            images: HashMap::new(),
            textures: HashMap::new(),
            scene: Scene::default(),
            warnings: RefCell::default(),
        }
    }

    /// The material that `symbol` stands for where `instance` places a geometry that has the texture
    /// coordinate sets `uv_sets`; a plain one where nothing is bound.
    pub(super) fn bound(&mut self, instance: Element<'a>, symbol: &str, uv_sets: &[u32]) -> MaterialId {
        let binding = child(instance, "bind_material").and_then(|bind| {
            let common = child(bind, "technique_common")?;
            children(common, "instance_material").find(|i| i.attribute("symbol") == Some(symbol))
        });
        let bound = binding.and_then(|b| self.document.target(b, "target", "material"));
        // Exporters that bind nothing mean the material of that name.
        let named = || self.document.get(symbol).filter(|e| is(*e, "material"));
        let Some(material) = bound.or_else(named) else {
            return self.remember((None, symbol.to_owned(), Vec::new()), |_| plain_material(symbol));
        };
        let effect = child(material, "instance_effect")
            .and_then(|instance| self.document.target(instance, "url", "effect"));
        let slots = |effect: Element<'a>| {
            let find = || effect.descendants().filter(|e| is(*e, "texture")).collect();
            Rc::clone(self.slots.entry(effect.id()).or_insert_with(find))
        };
        let textures = effect.map(slots).unwrap_or_else(|| Rc::new([]));
        let sets: Vec<_> = textures
            .iter()
            .map(|texture| uv_set(texture.attribute("texcoord").unwrap_or_default(), binding, uv_sets))
            .collect();
        self.remember((Some(material.id()), String::new(), sets.clone()), |materials| {
            let set_of = |texture: Element<'a>| {
                textures.iter().position(|t| *t == texture).and_then(|i| sets.get(i).copied()).unwrap_or(0)
            };
            let mut made = effect.map(|e| materials.effect(e, &set_of)).unwrap_or_else(|| plain_material(""));
            made.name = name_of(material).to_owned();
            made
        })
    }

    fn remember(
        &mut self,
        key: (Option<NodeId>, String, Vec<usize>),
        make: impl FnOnce(&mut Self) -> Material,
    ) -> MaterialId {
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let material = make(self);
        let id = self.scene.materials.len();
        self.scene.materials.push(material);
        self.known.insert(key, id);
        id
    }

    fn effect(&mut self, effect: Element<'a>, set_of: &dyn Fn(Element<'a>) -> usize) -> Material {
        let mut material = plain_material("");
        let Some(profile) = child(effect, "profile_COMMON") else { return material };
        let technique = child(profile, "technique").unwrap_or(profile);
        let models = ["phong", "blinn", "lambert", "constant"];
        let Some(shader) = models.iter().find_map(|model| child(technique, model)) else { return material };
        let mut texture = |element: Element<'a>| self.texture(profile, element, set_of(element));
        let is_constant = is(shader, "constant");
        let base = if is_constant { "emission" } else { "diffuse" };
        let color = slot(profile, shader, base);
        match color {
            Some(Slot::Color(color)) => material.base_color = color.truncate().max(Vec3::ZERO).extend(1.0),
            Some(Slot::Texture(element)) => {
                material.base_color = Vec4::ONE;
                material.base_color_texture = texture(element);
            }
            None => {}
        }
        material.unlit = is_constant;
        if !is_constant {
            match slot(profile, shader, "emission") {
                Some(Slot::Color(color)) => material.emissive = color.truncate().max(Vec3::ZERO),
                Some(Slot::Texture(element)) => {
                    material.emissive_texture = texture(element);
                    material.emissive = Vec3::splat(f32::from(material.emissive_texture.is_some()));
                }
                None => {}
            }
        }
        material.roughness = roughness(profile, shader);
        if let Some(bump) = bump(effect) {
            material.normal_texture = texture(bump);
        }
        if let Some(index) = child(shader, "index_of_refraction").and_then(|e| scalar(profile, e)) {
            material.ior = if (1.0..=4.0).contains(&index) && index != 1.0 { index } else { material.ior };
        }
        self.opacity(profile, shader, &mut material);
        material
    }

    /// COLLADA 1.4.1, chapter 7, "Determining Transparency".
    fn opacity(&mut self, profile: Element<'a>, shader: Element<'a>, material: &mut Material) {
        let transparent = child(shader, "transparent");
        let transparency = child(shader, "transparency").and_then(|e| scalar(profile, e)).unwrap_or(1.0);
        let mode = transparent.and_then(|e| e.attribute("opaque")).unwrap_or("A_ONE");
        let color = match slot(profile, shader, "transparent") {
            Some(Slot::Color(color)) => color,
            Some(Slot::Texture(element)) => return self.cut_out(profile, shader, element, material),
            // Without a colour the factor alone has a meaning to those who write it.
            None => Vec4::ONE,
        };
        let luminance = color.truncate().dot(Vec3::new(0.212671, 0.71516, 0.072169));
        let alpha = match mode {
            "RGB_ZERO" => 1.0 - luminance * transparency,
            "RGB_ONE" => luminance * transparency,
            "A_ZERO" => 1.0 - color.w * transparency,
            _ => color.w * transparency,
        };
        if !(0.001..0.999).contains(&alpha) {
            // Nobody exports what cannot be seen: many exporters have the meaning the wrong way round.
            return;
        }
        material.base_color.w = alpha;
        material.alpha_mode = AlphaMode::Blend;
    }

    /// A texture that tells where the surface is: as a rule the picture of the colours itself.
    fn cut_out(
        &mut self,
        profile: Element<'a>,
        shader: Element<'a>,
        opacity: Element<'a>,
        material: &mut Material,
    ) {
        let colors = match slot(profile, shader, "diffuse") {
            Some(Slot::Texture(element)) => image_of(self.document, profile, element),
            _ => None,
        };
        if colors.is_some() && colors == image_of(self.document, profile, opacity) {
            material.alpha_mode = AlphaMode::Blend;
        } else {
            let text = format!(
                "a material has its transparency in a picture of its own, which is not shown: {}",
                opacity.attribute("texture").unwrap_or_default()
            );
            self.warnings.get_mut().push(ReadWarning::Repaired(text));
        }
    }

    fn texture(
        &mut self,
        profile: Element<'a>,
        element: Element<'a>,
        uv_set: usize,
    ) -> Option<MaterialTexture> {
        let Some(image) = image_of(self.document, profile, element) else {
            let named = element.attribute("texture").unwrap_or_default();
            let text = format!("a material names a texture that the file does not define: {named}");
            self.warnings.get_mut().push(ReadWarning::Repaired(text));
            return None;
        };
        let image = match self.images.get(&image.id()) {
            Some(&id) => id,
            None => {
                let made = self.picture(image)?;
                self.images.insert(image.id(), self.scene.images.len());
                self.scene.images.push(made);
                self.scene.images.len() - 1
            }
        };
        let sampler = sampler_of(profile, element);
        let wrap = |tag| sampler.and_then(|s| child(s, tag)).map(text).map_or(Wrap::Repeat, wrap);
        let filter = sampler.and_then(|s| child(s, "magfilter")).map(text);
        let is_nearest = filter == Some("NEAREST");
        let key = (image, wrap("wrap_s"), wrap("wrap_t"), is_nearest);
        let texture = *self.textures.entry(key).or_insert_with(|| {
            let filter = if is_nearest { Filter::Nearest } else { Filter::Linear };
            let (_, wrap_u, wrap_v, _) = key;
            let made =
                Texture { image, fallback: None, wrap_u, wrap_v, mag_filter: filter, min_filter: filter };
            self.scene.textures.push(made);
            self.scene.textures.len() - 1
        });
        Some(MaterialTexture { texture, uv_set, uv_transform: uv_transform(element) })
    }

    fn picture(&mut self, image: Element<'a>) -> Option<scene::Image> {
        let stated = child(image, "init_from")?;
        // COLLADA 1.5 puts the name one level deeper.
        let named = text(child(stated, "ref").unwrap_or(stated));
        if named.is_empty() {
            return None;
        }
        let uri = named.replace('\\', "/");
        match self.source.find_uri(&uri, DependencyKind::Picture) {
            Reference::Needed(needed) => Some(self.source.picture_at(needed, named, self.warnings.get_mut())),
            Reference::Data { mime_type, bytes } => {
                let mime_type = mime_type.to_owned();
                let data = scene::ImageData::Embedded(bytes?.into());
                Some(scene::Image { name: name_of(image).to_owned(), mime_type, data })
            }
        }
    }
}

/// A colour, a texture, or a parameter that holds a colour.
fn slot<'a>(profile: Element<'a>, shader: Element<'a>, tag: &'static str) -> Option<Slot<'a>> {
    let element = child(shader, tag)?;
    if let Some(texture) = child(element, "texture") {
        return Some(Slot::Texture(texture));
    }
    let color = child(element, "color").or_else(|| {
        let param = param(profile, child(element, "param")?.attribute("ref")?)?;
        ["float4", "float3"].iter().find_map(|tag| child(param, tag))
    })?;
    Some(Slot::Color(Vec4::from(numbers(color, [0.0, 0.0, 0.0, 1.0]))))
}

fn scalar(profile: Element<'_>, element: Element<'_>) -> Option<f32> {
    let param = || child(param(profile, child(element, "param")?.attribute("ref")?)?, "float");
    child(element, "float").or_else(param).and_then(number)
}

/// Parameters stand in the profile, in its technique, or one level up in the effect.
fn param<'a>(profile: Element<'a>, sid: &str) -> Option<Element<'a>> {
    let places = [Some(profile), child(profile, "technique"), profile.parent_element()];
    let params = places.into_iter().flatten().flat_map(|place| children(place, "newparam"));
    params.into_iter().find(|p| p.attribute("sid") == Some(sid))
}

fn sampler_of<'a>(profile: Element<'a>, texture: Element<'a>) -> Option<Element<'a>> {
    child(param(profile, texture.attribute("texture")?)?, "sampler2D")
}

/// From a texture over its sampler and surface to the image (1.4), over its sampler alone (1.5), or
/// straight to the image, as several exporters write it.
fn image_of<'a>(document: &Document<'a>, profile: Element<'a>, texture: Element<'a>) -> Option<Element<'a>> {
    let image = |id: &str| document.get(id).filter(|e| is(*e, "image"));
    let named = texture.attribute("texture")?;
    let Some(sampler) = sampler_of(profile, texture) else {
        let surface = param(profile, named).and_then(|p| child(child(p, "surface")?, "init_from"));
        return surface.map(text).and_then(image).or_else(|| image(named));
    };
    if let Some(instance) = child(sampler, "instance_image") {
        return document.target(instance, "url", "image");
    }
    let source = text(child(sampler, "source")?);
    let surface = param(profile, source).and_then(|p| child(child(p, "surface")?, "init_from"));
    surface.map(text).and_then(image).or_else(|| image(source))
}

/// Where the texture's word for its coordinates leads: over the binding, else by its own number.
fn uv_set(texcoord: &str, binding: Option<Element<'_>>, uv_sets: &[u32]) -> usize {
    let bound = binding
        .and_then(|b| children(b, "bind_vertex_input").find(|v| v.attribute("semantic") == Some(texcoord)))
        .map(|v| v.attribute("input_set").and_then(|set| set.trim().parse().ok()).unwrap_or(0));
    let digits = texcoord.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let set: Option<u32> = bound.or_else(|| digits.parse().ok());
    set.and_then(|set| uv_sets.iter().position(|s| *s == set)).unwrap_or(0)
}

fn wrap(word: &str) -> Wrap {
    match word {
        "MIRROR" => Wrap::MirroredRepeat,
        "CLAMP" | "BORDER" => Wrap::ClampToEdge,
        _ => Wrap::Repeat,
    }
}

/// Maya's and 3ds Max's repeats and offsets, which count V from the bottom.
fn uv_transform(texture: Element<'_>) -> UvTransform {
    let value = |tag: &'static str| below(texture, tag).and_then(number);
    let scale = glam::Vec2::new(value("repeatU").unwrap_or(1.0), value("repeatV").unwrap_or(1.0));
    let u = value("offsetU").unwrap_or(0.0);
    let v = value("offsetV").unwrap_or(0.0);
    UvTransform { offset: glam::Vec2::new(u, 1.0 - scale.y - v), rotation_radians: 0.0, scale }
}

/// The width of the highlight, or matt without any. Exponents up to 1 are shares of the usual 128.
fn roughness(profile: Element<'_>, shader: Element<'_>) -> f32 {
    if is(shader, "lambert") || is(shader, "constant") {
        return 1.0;
    }
    if let Some(Slot::Color(specular)) = slot(profile, shader, "specular")
        && specular.truncate() == Vec3::ZERO
    {
        return 1.0;
    }
    let Some(exponent) = child(shader, "shininess").and_then(|e| scalar(profile, e)) else { return 0.5 };
    let exponent = if exponent <= 1.0 { 128.0 * exponent } else { exponent };
    (2.0 / (exponent.max(0.0) + 2.0)).powf(0.25)
}

/// The normal map that several exporters add; heights are no normals.
fn bump(effect: Element<'_>) -> Option<Element<'_>> {
    let bump = below(effect, "bump").or_else(|| below(effect, "normal"))?;
    if bump.attribute("bumptype").is_some_and(|kind| kind.eq_ignore_ascii_case("HEIGHTFIELD")) {
        return None;
    }
    child(bump, "texture")
}
