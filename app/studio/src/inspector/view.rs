use egui::{Pos2, Rect, Vec2};
use scene::{MaterialId, NodeId};

use super::{Channel, UvFrame, used_by};
use crate::model::Loaded;

/// What of the materials is open and looked at.
#[derive(Debug)]
pub struct InspectorView {
    pub material: Option<MaterialId>,
    /// Of the material's maps.
    pub map: usize,
    pub channel: Channel,
    pub shows_uvs: bool,
    /// The selected object, where it wears the material; `None`: every object that does.
    pub faces_of: Option<NodeId>,
    /// The part of the plane that the panel shows, in pixels of the screen.
    pub frame: Option<UvFrame>,
    pub camera: UvCamera,
    followed: Option<NodeId>,
}

impl Default for InspectorView {
    fn default() -> Self {
        Self {
            material: None,
            map: 0,
            channel: Channel::default(),
            shows_uvs: true,
            faces_of: None,
            frame: None,
            camera: UvCamera::default(),
            followed: None,
        }
    }
}

impl InspectorView {
    pub fn show(&mut self, material: MaterialId) {
        if self.material != Some(material) {
            self.material = Some(material);
            self.map = 0;
            self.channel = Channel::Color;
            self.camera = UvCamera::default();
        }
    }

    /// A newly selected object brings the first of its materials.
    pub(super) fn follow(&mut self, loaded: &Loaded, selected: Option<NodeId>) {
        let scene = &loaded.import.scene;
        self.material = self.material.filter(|m| *m < scene.materials.len());
        let mesh = selected.and_then(|n| scene.nodes.get(n)?.mesh).and_then(|m| scene.meshes.get(m));
        if self.followed != selected {
            self.followed = selected;
            let mut worn = mesh
                .iter()
                .flat_map(|m| &m.primitives)
                .flat_map(|p| &p.material_runs)
                .filter_map(|r| r.material);
            let is_worn = self.material.is_some_and(|m| worn.clone().any(|w| w == m));
            if let Some(first) = worn.next().filter(|_| !is_worn) {
                self.show(first);
            }
        }
        if self.material.is_none() && !scene.materials.is_empty() {
            self.show(0);
        }
        let wears = |node: &NodeId| self.material.is_some_and(|m| used_by(scene, m).contains(node));
        self.faces_of = selected.filter(wears);
    }
}

/// Where one looks in the plane of the texture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UvCamera {
    /// `None`: the whole texture, as large as it fits.
    pub place: Option<UvPlace>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UvPlace {
    /// Texture coordinates in the middle of the view.
    pub center: Vec2,
    pub points_per_unit: f32,
}

impl UvCamera {
    pub fn place_in(&self, rect: Rect) -> UvPlace {
        let points_per_unit = (rect.width().min(rect.height()) - 28.0).max(16.0);
        self.place.unwrap_or(UvPlace { center: Vec2::splat(0.5), points_per_unit })
    }

    pub fn pan(&mut self, rect: Rect, by: Vec2) {
        let place = self.place_in(rect);
        self.place = Some(UvPlace { center: place.center - by / place.points_per_unit, ..place });
    }

    /// What is under `at` stays there.
    pub fn zoom(&mut self, rect: Rect, factor: f32, at: Pos2) {
        let place = self.place_in(rect);
        let points_per_unit = (place.points_per_unit * factor).clamp(4.0, 100_000.0);
        let under = place.center + (at - rect.center()) / place.points_per_unit;
        self.place =
            Some(UvPlace { center: under - (at - rect.center()) / points_per_unit, points_per_unit });
    }

    /// Until a box of the plane fills the view.
    pub fn frame(&mut self, rect: Rect, low: Vec2, high: Vec2) {
        let size = (high - low).max(Vec2::splat(1e-3));
        let room = (rect.size() - Vec2::splat(28.0)).max(Vec2::splat(16.0));
        let points_per_unit = (room.x / size.x).min(room.y / size.y).clamp(4.0, 100_000.0);
        self.place = Some(UvPlace { center: low + 0.5 * (high - low), points_per_unit });
    }
}

impl UvPlace {
    pub fn to_screen(&self, rect: Rect, uv: Vec2) -> Pos2 {
        rect.center() + (uv - self.center) * self.points_per_unit
    }

    pub fn to_uv(&self, rect: Rect, at: Pos2) -> Vec2 {
        self.center + (at - rect.center()) / self.points_per_unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let rect = Rect::from_min_size(pos2(20.0, 40.0), vec2(300.0, 200.0));
        let mut camera = UvCamera::default();
        let at = pos2(70.0, 90.0);
        let before = camera.place_in(rect).to_uv(rect, at);
        camera.zoom(rect, 7.5, at);
        let place = camera.place_in(rect);
        assert!((place.to_uv(rect, at) - before).length() < 1e-5);
        assert!(place.to_screen(rect, before).distance(at) < 1e-3);
        camera.pan(rect, vec2(30.0, -10.0));
        assert!(camera.place_in(rect).to_screen(rect, before).distance(at + vec2(30.0, -10.0)) < 1e-3);
        camera.frame(rect, vec2(-1.0, 0.0), vec2(3.0, 1.0));
        let place = camera.place_in(rect);
        assert!(
            rect.contains(place.to_screen(rect, vec2(-1.0, 0.0)))
                && rect.contains(place.to_screen(rect, vec2(3.0, 1.0)))
        );
    }
}
