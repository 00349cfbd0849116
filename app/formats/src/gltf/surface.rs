//! The KHR_materials_* extensions that add to metallic-roughness, with the defaults of their texts.

use glam::Vec3;
use gltf::json::material;
use scene::{
    Anisotropy, Clearcoat, DiffuseTransmission, Iridescence, Material, Sheen, Specular, Transmission, Volume,
};

use super::material::{Fields, Slots};

pub(super) fn read(stated: &material::Material, material: &mut Material, slots: &mut Slots) {
    if let Some(fields) = Fields::of(stated, "KHR_materials_ior", slots) {
        material.ior = fields.number("ior", 1.5);
    }
    if let Some(fields) = Fields::of(stated, "KHR_materials_dispersion", slots) {
        material.dispersion = fields.number("dispersion", 0.0);
    }
    material.specular = Fields::of(stated, "KHR_materials_specular", slots).map(specular);
    material.clearcoat = Fields::of(stated, "KHR_materials_clearcoat", slots).map(clearcoat);
    material.sheen = Fields::of(stated, "KHR_materials_sheen", slots).map(sheen);
    material.transmission = Fields::of(stated, "KHR_materials_transmission", slots).map(transmission);
    material.diffuse_transmission =
        Fields::of(stated, "KHR_materials_diffuse_transmission", slots).map(diffuse_transmission);
    material.volume = Fields::of(stated, "KHR_materials_volume", slots).map(volume);
    material.anisotropy = Fields::of(stated, "KHR_materials_anisotropy", slots).map(anisotropy);
    material.iridescence = Fields::of(stated, "KHR_materials_iridescence", slots).map(iridescence);
}

fn specular(mut f: Fields<'_>) -> Specular {
    Specular {
        factor: f.number("specularFactor", 1.0),
        texture: f.texture("specularTexture"),
        color: f.color("specularColorFactor", Vec3::ONE),
        color_texture: f.texture("specularColorTexture"),
    }
}

fn clearcoat(mut f: Fields<'_>) -> Clearcoat {
    Clearcoat {
        factor: f.number("clearcoatFactor", 0.0),
        texture: f.texture("clearcoatTexture"),
        roughness: f.number("clearcoatRoughnessFactor", 0.0),
        roughness_texture: f.texture("clearcoatRoughnessTexture"),
        normal_texture: f.texture("clearcoatNormalTexture"),
        normal_scale: f.scale("clearcoatNormalTexture"),
    }
}

fn sheen(mut f: Fields<'_>) -> Sheen {
    Sheen {
        color: f.color("sheenColorFactor", Vec3::ZERO),
        color_texture: f.texture("sheenColorTexture"),
        roughness: f.number("sheenRoughnessFactor", 0.0),
        roughness_texture: f.texture("sheenRoughnessTexture"),
    }
}

fn transmission(mut f: Fields<'_>) -> Transmission {
    Transmission { factor: f.number("transmissionFactor", 0.0), texture: f.texture("transmissionTexture") }
}

fn diffuse_transmission(mut f: Fields<'_>) -> DiffuseTransmission {
    DiffuseTransmission {
        factor: f.number("diffuseTransmissionFactor", 0.0),
        texture: f.texture("diffuseTransmissionTexture"),
        color: f.color("diffuseTransmissionColorFactor", Vec3::ONE),
        color_texture: f.texture("diffuseTransmissionColorTexture"),
    }
}

fn volume(mut f: Fields<'_>) -> Volume {
    Volume {
        thickness: f.number("thicknessFactor", 0.0),
        thickness_texture: f.texture("thicknessTexture"),
        attenuation_distance: f.number("attenuationDistance", f32::INFINITY),
        attenuation_color: f.color("attenuationColor", Vec3::ONE),
    }
}

fn anisotropy(mut f: Fields<'_>) -> Anisotropy {
    Anisotropy {
        strength: f.number("anisotropyStrength", 0.0),
        rotation_radians: f.number("anisotropyRotation", 0.0),
        texture: f.texture("anisotropyTexture"),
    }
}

fn iridescence(mut f: Fields<'_>) -> Iridescence {
    Iridescence {
        factor: f.number("iridescenceFactor", 0.0),
        texture: f.texture("iridescenceTexture"),
        ior: f.number("iridescenceIor", 1.3),
        thickness_min_nm: f.number("iridescenceThicknessMinimum", 100.0),
        thickness_max_nm: f.number("iridescenceThicknessMaximum", 400.0),
        thickness_texture: f.texture("iridescenceThicknessTexture"),
    }
}
