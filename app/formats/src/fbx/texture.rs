use glam::{DMat2, DVec2, Vec2};
use scene::{MaterialTexture, Texture, UvTransform, Wrap};
use ufbx::{MaterialMap, Ref, TextureType, WrapMode};

use super::document::Document;
use crate::source::Parsed;

impl Document<'_> {
    /// The picture of one map; `None` when there is none, or none that can be shown.
    pub(super) fn texture(
        &mut self,
        map: &MaterialMap,
        material: &ufbx::Material,
        parsed: &mut Parsed,
    ) -> Option<MaterialTexture> {
        let stated = map.texture.as_ref().filter(|_| map.texture_enabled)?;
        let Some(file) = shown_file(stated) else {
            self.losses.procedural_pictures += 1;
            return None;
        };
        self.losses.layered_pictures += usize::from(matches!(stated.type_, TextureType::Layered));
        let image = self.image(file, parsed);
        let wrap = |mode: WrapMode| match mode {
            WrapMode::Repeat => Wrap::Repeat,
            WrapMode::Clamp => Wrap::ClampToEdge,
        };
        let texture = Texture {
            image,
            fallback: None,
            wrap_u: wrap(file.wrap_u),
            wrap_v: wrap(file.wrap_v),
            mag_filter: Default::default(),
            min_filter: Default::default(),
        };
        Some(MaterialTexture {
            texture: self.pictures.texture_id(texture),
            uv_set: self.uv_set(&file.uv_set, material),
            uv_transform: if file.has_uv_transform {
                uv_transform_of(&file.uv_to_texture)
            } else {
                UvTransform::default()
            },
        })
    }

    /// The picture file behind a map, so that two maps can be compared.
    pub(super) fn file_of(&self, map: &MaterialMap) -> Option<u32> {
        let stated = map.texture.as_ref().filter(|_| map.texture_enabled)?;
        shown_file(stated).filter(|file| file.has_file).map(|file| file.file_index)
    }

    /// Whether the opacity map is the colour map's own alpha. Another picture cannot be joined to
    /// it here.
    pub(super) fn is_cut_out(&mut self, opacity: &MaterialMap, base: &MaterialMap) -> bool {
        let Some(file) = self.file_of(opacity) else { return false };
        let is_same = self.file_of(base) == Some(file);
        self.losses.opacity_pictures += usize::from(!is_same);
        is_same
    }

    /// Programs keep normal maps in the bump slot too; only the file's name tells them from height
    /// maps.
    pub(super) fn is_normal_map(&mut self, bump: &MaterialMap) -> bool {
        let stated = bump.texture.as_ref().filter(|_| bump.texture_enabled);
        let Some(file) = stated.and_then(shown_file) else { return false };
        let named = [&file.relative_filename, &file.absolute_filename, &file.filename, &file.element.name];
        let named = named.into_iter().find(|named| !named.is_empty()).map_or("", |named| named);
        let bare = named.rsplit(['/', '\\']).next().unwrap_or(named).to_lowercase();
        let is_height = ["bump", "height", "hght", "disp"].iter().any(|word| bare.contains(word));
        let is_normal = !is_height || bare.contains("normal") || bare.contains("nrm");
        self.losses.height_pictures += usize::from(!is_normal);
        is_normal
    }

    /// UV sets are named by textures and numbered by meshes: the first mesh with the material and a
    /// set of that name decides.
    fn uv_set(&self, name: &str, material: &ufbx::Material) -> usize {
        if name.is_empty() || name == "default" {
            return 0;
        }
        let number = material.element.typed_id;
        let meshes = self.fbx.meshes.as_ref().iter();
        let users =
            meshes.filter(|mesh| mesh.materials.as_ref().iter().any(|m| m.element.typed_id == number));
        let mut sets = users.filter_map(|mesh| {
            let sets = mesh.uv_sets.as_ref().iter().filter(|set| set.vertex_uv.exists);
            sets.into_iter().position(|set| set.name.as_ref() == name)
        });
        sets.next().unwrap_or(0)
    }
}

/// The file that stands for a texture: itself, the most opaque of its layers (the upper one of
/// two), or the picture that a shader starts from.
fn shown_file(texture: &Ref<ufbx::Texture>) -> Option<&ufbx::Texture> {
    match texture.type_ {
        TextureType::File => Some(texture),
        TextureType::Layered => {
            let layers = texture.layers.as_ref().iter();
            let files =
                layers.filter_map(|layer| Some((layer.alpha, layer.texture.file_textures.as_ref().first()?)));
            let best = files.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, file)| &**file);
            best.or_else(|| texture.file_textures.as_ref().first().map(|file| &**file))
        }
        TextureType::Procedural | TextureType::Shader => {
            texture.file_textures.as_ref().first().map(|file| &**file)
        }
    }
}

/// FBX's transform counts V from the bottom; ours from the top, so it is mirrored before and after.
fn uv_transform_of(m: &ufbx::Matrix) -> UvTransform {
    let mirror = DMat2::from_diagonal(DVec2::new(1.0, -1.0));
    let linear = DMat2::from_cols(DVec2::new(m.m00, m.m10), DVec2::new(m.m01, m.m11));
    let mirrored = mirror * linear * mirror;
    let offset = mirror * (linear * DVec2::Y + DVec2::new(m.m03, m.m13)) + DVec2::Y;
    let rotation = f64::atan2(-mirrored.x_axis.y, mirrored.x_axis.x);
    let (sin, cos) = rotation.sin_cos();
    let scale = DVec2::new(mirrored.x_axis.length(), sin * mirrored.y_axis.x + cos * mirrored.y_axis.y);
    let made =
        UvTransform { offset: offset.as_vec2(), rotation_radians: rotation as f32, scale: scale.as_vec2() };
    let numbers = [made.offset, made.scale, Vec2::splat(made.rotation_radians)];
    if numbers.iter().all(|n| n.is_finite()) { made } else { UvTransform::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A point through the transform as glTF applies it.
    fn apply(t: &UvTransform, uv: Vec2) -> Vec2 {
        let scaled = t.scale * uv;
        let (sin, cos) = t.rotation_radians.sin_cos();
        t.offset + Vec2::new(cos * scaled.x + sin * scaled.y, -sin * scaled.x + cos * scaled.y)
    }

    #[test]
    fn an_affine_map_keeps_its_meaning_with_v_from_the_top() {
        let (sin, cos) = 0.4f64.sin_cos();
        // Rotation after a scale of 2 by 3, then a shift, with V from the bottom.
        let (m00, m01, m10, m11) = (2.0 * cos, -3.0 * sin, 2.0 * sin, 3.0 * cos);
        let bottom_up = |u: f64, v: f64| (m00 * u + m01 * v + 0.25, m10 * u + m11 * v - 0.5);
        let matrix = ufbx::Matrix { m00, m01, m10, m11, m03: 0.25, m13: -0.5, ..Default::default() };
        let made = uv_transform_of(&matrix);
        for (u, v) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.3, 0.7)] {
            let (x, y) = bottom_up(u, v);
            let top_down = apply(&made, Vec2::new(u as f32, 1.0 - v as f32));
            assert!((top_down - Vec2::new(x as f32, 1.0 - y as f32)).length() < 1e-5, "{top_down} {x} {y}");
        }
    }
}
