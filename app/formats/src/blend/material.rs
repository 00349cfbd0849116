//! Materials: the Principled node and its kin, or the plain values of a material without nodes.

use glam::{Vec3, Vec4};
use scene::{AlphaMode, Material, MaterialTexture, UvTransform};

use super::image::Images;
use super::nodes::{Tree, color, input, value};
use super::record::Record;
use crate::plain_material::plain_material;

const CULLS_BACK_FACES: i64 = 1 << 2;
/// `blend_method` up to 4.1.
const CLIP: i64 = 3;
const OPAQUE: i64 = 0;
/// "Affects colour" of a texture slot of Blender Internal.
const MAPS_TO_COLOR: i64 = 1;

pub(super) fn read(record: &Record<'_>, images: &mut Images<'_>) -> Material {
    let mut material = plain_material(&record.name());
    let flags = record.int("blend_flag").unwrap_or(0);
    material.double_sided = flags & CULLS_BACK_FACES == 0;
    let tree = Tree::of(record).filter(|_| record.int("use_nodes") != Some(0));
    let surface = tree.as_ref().and_then(Tree::surface);
    match (&tree, surface) {
        (Some(tree), Some(node)) => from_node(record, tree, &node, images, &mut material),
        _ => from_values(record, images, &mut material),
    }
    material
}

fn from_node<'a>(
    record: &Record<'a>,
    tree: &Tree<'a>,
    node: &Record<'a>,
    images: &mut Images<'_>,
    material: &mut Material,
) {
    let mut texture = |socket: &Record<'a>| texture_of(tree, socket, images);
    let is_emission = node.text("idname") == "ShaderNodeEmission";
    // The group that early glTF add-ons made has a colour and a factor for it.
    let factor = |name: &str| {
        let socket = input(node, &[name]).filter(|socket| !tree.is_linked(socket));
        socket.and_then(|socket| color(&socket)).map_or(Vec4::ONE, Vec4::from)
    };
    if let Some(socket) = input(node, &["Base Color", "BaseColor", "Color", "Diffuse"]) {
        material.base_color_texture = texture(&socket);
        let own = color(&socket).filter(|_| !tree.is_linked(&socket)).unwrap_or([1.0; 4]);
        material.base_color = (Vec4::from(own) * factor("BaseColorFactor")).with_w(1.0);
    }
    material.unlit = is_emission;
    let number = |names: &[&str]| input(node, names).and_then(|socket| value(&socket));
    material.metallic = number(&["Metallic", "MetallicFactor"]).unwrap_or(0.0).clamp(0.0, 1.0);
    material.roughness = number(&["Roughness", "RoughnessFactor"]).unwrap_or(0.5).clamp(0.0, 1.0);
    if let Some(ior) = number(&["IOR"]).filter(|ior| *ior >= 1.0) {
        material.ior = ior;
    }
    let both = input(node, &["MetallicRoughness"]).and_then(|socket| texture(&socket));
    let rough = input(node, &["Roughness"]).and_then(|socket| texture(&socket));
    let metal = input(node, &["Metallic"]).and_then(|socket| texture(&socket));
    // One picture for both is packed glTF's way; a roughness alone must not make metal.
    if let Some(shared) = both.or_else(|| rough.filter(|_| metal.is_none() || metal == rough)) {
        material.metallic_roughness_texture = Some(shared);
        material.roughness = 1.0;
        material.metallic = if both.is_some() || metal.is_some() { 1.0 } else { material.metallic };
    }
    if let Some(socket) = input(node, &["Normal"]) {
        material.normal_texture = texture(&socket);
        material.normal_scale = tree.strength_behind(&socket).unwrap_or(1.0);
    }
    if let Some(socket) = input(node, &["Emission Color", "Emission", "Emissive"]) {
        material.emissive_texture = texture(&socket);
        let own = color(&socket).filter(|_| !tree.is_linked(&socket)).unwrap_or([1.0; 4]);
        let strength = number(&["Emission Strength"]).unwrap_or(1.0).max(0.0);
        let is_there = material.emissive_texture.is_some() || !tree.is_linked(&socket);
        let color = (Vec4::from(own) * factor("EmissiveFactor")).truncate();
        material.emissive = if is_there { color * strength } else { Vec3::ZERO };
    }
    if let Some(socket) = input(node, &["Alpha"]) {
        let own = value(&socket).unwrap_or(1.0).clamp(0.0, 1.0);
        let is_linked = tree.is_linked(&socket);
        material.base_color.w = if is_linked { 1.0 } else { own };
        material.alpha_mode = match record.int("blend_method") {
            // Since 4.2 whatever has an alpha shows it.
            Some(OPAQUE) if record.file.version < 402 => AlphaMode::Opaque,
            Some(CLIP) => AlphaMode::Mask { cutoff: record.float("alpha_threshold").unwrap_or(0.5) },
            _ if is_linked || own < 1.0 => AlphaMode::Blend,
            _ => AlphaMode::Opaque,
        };
    }
}

fn texture_of<'a>(tree: &Tree<'a>, socket: &Record<'a>, images: &mut Images<'_>) -> Option<MaterialTexture> {
    let image = tree.image_texture(socket)?.follow("id")?;
    let texture = images.texture(&image)?;
    Some(MaterialTexture { texture, uv_set: 0, uv_transform: UvTransform::default() })
}

fn from_values(record: &Record<'_>, images: &mut Images<'_>, material: &mut Material) {
    let [r, g, b] = ["r", "g", "b"].map(|name| record.float(name).filter(|v| v.is_finite()).unwrap_or(0.8));
    material.base_color = Vec4::new(r, g, b, 1.0);
    if let Some(metallic) = record.float("metallic") {
        material.metallic = metallic.clamp(0.0, 1.0);
        material.roughness = record.float("roughness").unwrap_or(0.5).clamp(0.0, 1.0);
    }
    let slots = record.pointers_within("mtex").into_iter();
    let colored = slots.filter(|slot| slot.int("mapto").is_some_and(|to| to & MAPS_TO_COLOR != 0));
    let mut pictures = colored.filter_map(|slot| slot.follow("tex")?.follow("ima"));
    if let Some(texture) = pictures.find_map(|image| images.texture(&image)) {
        material.base_color = Vec4::ONE;
        let uv_transform = UvTransform::default();
        material.base_color_texture = Some(MaterialTexture { texture, uv_set: 0, uv_transform });
    }
}
