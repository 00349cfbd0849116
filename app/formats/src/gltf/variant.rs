//! KHR_materials_variants: further materials that primitives offer under a name.

use gltf::json::mesh::Primitive as Stated;
use scene::VariantMaterial;
use serde_json::Value;

use super::Reader;
use super::primitive::extension;

const EXTENSION: &str = "KHR_materials_variants";

impl Reader<'_> {
    pub(super) fn variants(&self) -> Vec<String> {
        let name =
            |variant: &Value| variant.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.stated_variants().iter().map(name).collect()
    }

    fn stated_variants(&self) -> &[Value] {
        let extensions = self.root.extensions.as_ref();
        let stated = extensions.and_then(|e| e.others.get(EXTENSION)?.get("variants")?.as_array());
        stated.map_or(&[], Vec::as_slice)
    }

    /// What `stated` shows under which variant; what does not exist is left out.
    pub(super) fn variant_materials(&self, stated: &Stated) -> Vec<VariantMaterial> {
        let Some(extension) = extension(stated, EXTENSION) else { return Vec::new() };
        let (n_variants, n_materials) = (self.stated_variants().len(), self.root.materials.len());
        let below = |value: &Value, count: usize| {
            value.as_u64().and_then(|id| usize::try_from(id).ok()).filter(|&id| id < count)
        };
        let mut chosen = Vec::new();
        for mapping in extension.get("mappings").and_then(Value::as_array).into_iter().flatten() {
            let Some(material) = mapping.get("material").and_then(|m| below(m, n_materials)) else {
                continue;
            };
            let variants = mapping.get("variants").and_then(Value::as_array).into_iter().flatten();
            let variants = variants.filter_map(|variant| below(variant, n_variants));
            chosen.extend(variants.map(|variant| VariantMaterial { variant, material }));
        }
        chosen
    }
}
