use glam::Vec4;
use scene::Material;

/// How shapes without any material look: light grey and matt, from both sides. glTF's own default
/// is a rough metal, which nobody means by an STL.
pub(crate) fn plain_material(name: &str) -> Material {
    Material {
        name: name.to_owned(),
        base_color: Vec4::new(0.8, 0.8, 0.8, 1.0),
        metallic: 0.0,
        roughness: 0.5,
        double_sided: true,
        ..Default::default()
    }
}
