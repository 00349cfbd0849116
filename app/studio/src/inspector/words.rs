//! What a material is, in words and numbers.

use scene::{AlphaMode, Material, MaterialId, NodeId, Scene};

/// One line of the sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    /// Linear RGB to show beside it.
    pub color: Option<[f32; 3]>,
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: value.into(), color: None }
}

fn color(name: &'static str, rgb: glam::Vec3) -> Fact {
    let [r, g, b] = rgb.to_array();
    Fact { name, value: format!("{r:.3}  {g:.3}  {b:.3}"), color: Some([r, g, b]) }
}

fn number(name: &'static str, value: f32) -> Fact {
    fact(name, format!("{value:.3}"))
}

impl Fact {
    /// The number multiplies what the map says.
    fn times(mut self, has_map: bool) -> Self {
        if has_map {
            self.value.push_str(" × map");
        }
        self
    }
}

/// What every material says, then what extensions add, where they do something.
pub fn facts(material: &Material) -> Vec<Fact> {
    let alpha = match material.alpha_mode {
        AlphaMode::Opaque => "opaque".to_owned(),
        AlphaMode::Mask { cutoff } => format!("cut out below {cutoff:.2}"),
        AlphaMode::Blend => format!("blended, {:.2}", material.base_color.w),
    };
    let mut facts = vec![
        color("Base colour", material.base_color.truncate()).times(material.base_color_texture.is_some()),
        number("Metallic", material.metallic).times(material.metallic_roughness_texture.is_some()),
        number("Roughness", material.roughness).times(material.metallic_roughness_texture.is_some()),
        fact("Opacity", alpha),
        fact("Back faces", if material.double_sided { "shown" } else { "left out" }),
    ];
    if material.emissive != glam::Vec3::ZERO {
        facts.push(color("Emission", material.emissive).times(material.emissive_texture.is_some()));
    }
    if material.normal_texture.is_some() && material.normal_scale != 1.0 {
        facts.push(number("Normal strength", material.normal_scale));
    }
    if material.occlusion_texture.is_some() && material.occlusion_strength != 1.0 {
        facts.push(number("Occlusion strength", material.occlusion_strength));
    }
    if material.unlit {
        facts.push(fact("Light", "shows its colour without any"));
    }
    if material.ior != 1.5 {
        facts.push(number("Index of refraction", material.ior));
    }
    if material.dispersion != 0.0 {
        facts.push(number("Dispersion", material.dispersion));
    }
    facts.extend(extensions(material));
    facts
}

fn extensions(material: &Material) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(it) = &material.specular {
        facts.extend([number("Specular", it.factor), color("Specular colour", it.color)]);
    }
    if let Some(it) = &material.clearcoat {
        facts.extend([number("Clearcoat", it.factor), number("Clearcoat roughness", it.roughness)]);
    }
    if let Some(it) = &material.sheen {
        facts.extend([color("Sheen", it.color), number("Sheen roughness", it.roughness)]);
    }
    if let Some(it) = &material.transmission {
        facts.push(number("Transmission", it.factor));
    }
    if let Some(it) = &material.diffuse_transmission {
        facts.extend([number("Diffuse transmission", it.factor), color("Diffuse colour", it.color)]);
    }
    if let Some(it) = &material.volume {
        facts.push(fact("Thickness", format!("{:.3} m", it.thickness)));
        if it.attenuation_distance.is_finite() {
            facts.push(fact("Colours within", format!("{:.3} m", it.attenuation_distance)));
            facts.push(color("Colour of depth", it.attenuation_color));
        }
    }
    if let Some(it) = &material.anisotropy {
        let degrees = it.rotation_radians.to_degrees();
        facts.push(fact("Anisotropy", format!("{:.3} at {degrees:.0}°", it.strength)));
    }
    if let Some(it) = &material.iridescence {
        facts.push(number("Iridescence", it.factor));
        facts.push(fact("Film", format!("{:.0} to {:.0} nm", it.thickness_min_nm, it.thickness_max_nm)));
        facts.push(number("Film's index", it.ior));
    }
    facts
}

/// The objects that wear a material, in file order.
pub fn used_by(scene: &Scene, material: MaterialId) -> Vec<NodeId> {
    let wears = |mesh: usize| {
        let primitives = scene.meshes.get(mesh).map_or(&[][..], |m| &m.primitives);
        primitives.iter().any(|p| p.material_runs.iter().any(|run| run.material == Some(material)))
    };
    let worn: Vec<bool> = (0..scene.meshes.len()).map(wears).collect();
    let nodes = scene.nodes.iter().enumerate();
    nodes.filter(|(_, node)| node.mesh.is_some_and(|m| worn.get(m) == Some(&true))).map(|(i, _)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_material_says_little_and_a_rich_one_all() {
        let plain = facts(&Material::default());
        assert_eq!(plain.len(), 5);
        assert_eq!((plain[0].name, plain[0].value.as_str()), ("Base colour", "1.000  1.000  1.000"));
        let rich = Material {
            transmission: Some(scene::Transmission { factor: 0.5, texture: None }),
            iridescence: Some(scene::Iridescence::default()),
            alpha_mode: AlphaMode::Mask { cutoff: 0.25 },
            ..Material::default()
        };
        let told: Vec<_> = facts(&rich).iter().map(|f| format!("{} {}", f.name, f.value)).collect();
        for expected in ["Transmission 0.500", "Film 100 to 400 nm", "Opacity cut out below 0.25"] {
            assert!(told.iter().any(|t| t == expected), "{told:?}");
        }
    }
}
