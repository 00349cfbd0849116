//! Renumbering what the parts of a scene refer to.

use scene::{Material, MaterialTexture};

/// Which elements of a list stay, and their numbers afterwards.
pub(super) struct Kept {
    new_numbers: Vec<Option<usize>>,
}

impl Kept {
    pub(super) fn of(n: usize, used: impl Iterator<Item = usize>) -> Self {
        let mut is_used = vec![false; n];
        used.for_each(|i| is_used[i] = true);
        let mut next = 0;
        let number = |used: bool| {
            used.then(|| {
                next += 1;
                next - 1
            })
        };
        Self { new_numbers: is_used.into_iter().map(number).collect() }
    }

    /// Of an element that stays.
    pub(super) fn new_number(&self, old: usize) -> usize {
        self.new_numbers[old].unwrap_or(old)
    }

    pub(super) fn renumber(&self, reference: &mut Option<usize>) {
        *reference = reference.and_then(|old| self.new_numbers[old]);
    }

    /// Returns how many went.
    pub(super) fn retain<T>(&self, list: &mut Vec<T>) -> usize {
        let before = list.len();
        let mut stays = self.new_numbers.iter().map(Option::is_some);
        list.retain(|_| stays.next().unwrap_or(true));
        before - list.len()
    }
}

/// Every texture slot of a material that is filled.
pub(super) fn each_texture(material: &mut Material, mut change: impl FnMut(&mut MaterialTexture)) {
    let core = [
        &mut material.base_color_texture,
        &mut material.metallic_roughness_texture,
        &mut material.normal_texture,
        &mut material.occlusion_texture,
        &mut material.emissive_texture,
    ];
    core.into_iter().flatten().for_each(&mut change);
    let mut of_extension = |slots: [Option<&mut Option<MaterialTexture>>; 3]| {
        slots.into_iter().flatten().filter_map(Option::as_mut).for_each(&mut change);
    };
    if let Some(it) = &mut material.specular {
        of_extension([Some(&mut it.texture), Some(&mut it.color_texture), None]);
    }
    if let Some(it) = &mut material.clearcoat {
        of_extension([Some(&mut it.texture), Some(&mut it.roughness_texture), Some(&mut it.normal_texture)]);
    }
    if let Some(it) = &mut material.sheen {
        of_extension([Some(&mut it.color_texture), Some(&mut it.roughness_texture), None]);
    }
    if let Some(it) = &mut material.transmission {
        of_extension([Some(&mut it.texture), None, None]);
    }
    if let Some(it) = &mut material.diffuse_transmission {
        of_extension([Some(&mut it.texture), Some(&mut it.color_texture), None]);
    }
    if let Some(it) = &mut material.volume {
        of_extension([Some(&mut it.thickness_texture), None, None]);
    }
    if let Some(it) = &mut material.anisotropy {
        of_extension([Some(&mut it.texture), None, None]);
    }
    if let Some(it) = &mut material.iridescence {
        of_extension([Some(&mut it.texture), Some(&mut it.thickness_texture), None]);
    }
}
