//! The lights of a file (KHR_lights_punctual).
//!
//! Files give candela and lux without saying how the camera is exposed: a lamp of a thousand watts and a
//! sun come from the same program as a candle of intensity 1. So they keep their balance among each
//! other and are scaled together, until the well-lit tenth of the surfaces they reach gets as much light
//! as from the studio's key. The surroundings are dimmed beside them.

use glam::{DMat4, DVec3, Vec3};
use scene::{LightKind, Scene, WorldTransforms};

use crate::View;
use crate::lamp_shadows::{MAX_MAPS, Seat, Seats};

/// What the surroundings keep of their light beside lights of the file.
pub(crate) const SURROUNDINGS_BESIDE_LIGHTS: f32 = 0.35;
/// Of a white surface in the well-lit tenth; white is 1.
const WELL_LIT: f32 = 0.9;
/// Twin of `MAX_LIGHTS` in shaders/common/punctual.wgsl.
pub(crate) const MAX_LIGHTS: usize = 32;

/// Twin of `PunctualLight` in shaders/common/punctual.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct PunctualLight {
    pub position: [f32; 4],
    pub direction: [f32; 4],
    pub color: [f32; 4],
    pub cone: [f32; 4],
}

/// Twin of `PunctualLights` in shaders/common/punctual.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct PunctualLights {
    pub count: [u32; 4],
    pub lights: [PunctualLight; MAX_LIGHTS],
    pub clip_from_view: [[[f32; 4]; 4]; MAX_MAPS],
}

/// Where a light shines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shining {
    /// Everywhere in one direction.
    Along,
    /// A cone from a place; radians.
    Within { half_angle: f64 },
    /// From a place in all directions.
    Around,
}

/// A light in the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlacedLight {
    kind: LightKind,
    position: DVec3,
    direction: DVec3,
    color: Vec3,
    /// Metres; 0: unlimited.
    range: f64,
}

/// The lights of a scene that shine on something, in the picture's exposure, and how many more there
/// are than are drawn. `surfaces`: places with their normals, world space.
pub(crate) fn lights_of(
    scene: &Scene,
    transforms: &WorldTransforms,
    surfaces: &[(DVec3, DVec3)],
) -> (Vec<PlacedLight>, usize) {
    let mut lights: Vec<(f32, PlacedLight)> = placed(scene, transforms)
        .into_iter()
        .map(|light| (surfaces.iter().map(|at| light.on(*at)).fold(0.0, f32::max), light))
        .filter(|(brightest, _)| *brightest > 0.0)
        .collect();
    lights.sort_by(|a, b| b.0.total_cmp(&a.0));
    let n_left_out = lights.len().saturating_sub(MAX_LIGHTS);
    lights.truncate(MAX_LIGHTS);
    let mut lit: Vec<f32> =
        surfaces.iter().map(|at| lights.iter().map(|(_, light)| light.on(*at)).sum()).collect();
    lit.retain(|e: &f32| *e > 0.0 && e.is_finite());
    lit.sort_by(f32::total_cmp);
    let Some(well_lit) = lit.get(lit.len() * 9 / 10) else { return (Vec::new(), 0) };
    let scale = WELL_LIT * std::f32::consts::PI / well_lit;
    let lights = lights.into_iter().map(|(_, light)| PlacedLight { color: light.color * scale, ..light });
    (lights.filter(|light| light.color.is_finite()).collect(), n_left_out)
}

fn placed(scene: &Scene, transforms: &WorldTransforms) -> Vec<PlacedLight> {
    let shining = |(id, node): (usize, &scene::Node)| {
        let light = scene.lights.get(node.light?)?;
        let is_shown = transforms.in_scene.get(id).is_some_and(|shown| *shown);
        let world_from_node: &DMat4 = transforms.world_from_node.get(id).filter(|_| is_shown)?;
        let color = light.color_linear.max(Vec3::ZERO) * light.intensity.max(0.0);
        let position = world_from_node.transform_point3(DVec3::ZERO);
        let direction = world_from_node.transform_vector3(DVec3::NEG_Z).normalize_or(DVec3::NEG_Y);
        let range = light.range.filter(|r| r.is_finite() && *r > 0.0).map_or(0.0, f64::from);
        let is_shining = color.is_finite() && color.max_element() > 0.0 && position.is_finite();
        is_shining.then_some(PlacedLight { kind: light.kind, position, direction, color, range })
    };
    scene.nodes.iter().enumerate().filter_map(shining).collect()
}

/// Cosines at the two borders of a cone; everything for a light without.
fn cone_cosines(kind: LightKind) -> Option<[f32; 2]> {
    let LightKind::Spot { inner_cone_radians, outer_cone_radians } = kind else { return None };
    let limit = std::f32::consts::FRAC_PI_2;
    let clamp = |angle: f32, most: f32| if angle.is_finite() { angle.clamp(0.0, most) } else { most };
    let outer = clamp(outer_cone_radians, limit).max(0.002);
    let inner = clamp(inner_cone_radians, outer - 0.001);
    Some([inner.cos(), outer.cos()])
}

impl PlacedLight {
    /// Illuminance of a surface, as its luminance.
    fn on(&self, (position, normal): (DVec3, DVec3)) -> f32 {
        let luminance = self.color.dot(Vec3::new(0.2126, 0.7152, 0.0722));
        if matches!(self.kind, LightKind::Directional) {
            return luminance * normal.dot(-self.direction).max(0.0) as f32;
        }
        let to = self.position - position;
        let squared = to.length_squared();
        let to_light = to.normalize_or_zero();
        let mut light = normal.dot(to_light).max(0.0) / squared.max(1e-12);
        if self.range > 0.0 {
            light *= (1.0 - (squared / (self.range * self.range)).powi(2)).clamp(0.0, 1.0);
        }
        if let Some([inner, outer]) = cone_cosines(self.kind) {
            let cosine = -to_light.dot(self.direction) as f32;
            light *= f64::from(((cosine - outer) / (inner - outer)).clamp(0.0, 1.0).powi(2));
        }
        luminance * light as f32
    }

    pub(crate) fn position(&self) -> DVec3 {
        self.position
    }

    /// Unit vector away from the light.
    pub(crate) fn direction(&self) -> DVec3 {
        self.direction
    }

    pub(crate) fn shining(&self) -> Shining {
        match self.kind {
            LightKind::Directional => Shining::Along,
            LightKind::Spot { .. } => {
                let cosine = cone_cosines(self.kind).map_or(0.0, |[_, outer]| outer);
                Shining::Within { half_angle: f64::from(cosine).clamp(-1.0, 1.0).acos() }
            }
            LightKind::Point => Shining::Around,
        }
    }

    fn uniform(&self, view: &View, seat: Option<Seat>) -> PunctualLight {
        let view_from_world = view.view_from_world();
        let position = view_from_world.transform_point3(self.position).as_vec3();
        let direction = view_from_world.transform_vector3(self.direction).as_vec3();
        let has_place = f32::from(u8::from(!matches!(self.kind, LightKind::Directional)));
        let range = if self.range > 0.0 { self.range.powi(-4) as f32 } else { 0.0 };
        let cone = cone_cosines(self.kind).map_or([0.0, 1.0], |[inner, outer]| {
            let scale = 1.0 / (inner - outer).max(1e-6);
            [scale, -outer * scale]
        });
        PunctualLight {
            position: position.extend(has_place).into(),
            direction: direction.extend(range).into(),
            color: self.color.extend(seat.map_or(-1.0, |seat| seat.first as f32)).into(),
            cone: [
                cone[0],
                cone[1],
                seat.map_or(0.0, |seat| seat.n as f32),
                seat.map_or(0.0, |seat| seat.texel as f32),
            ],
        }
    }
}

impl PunctualLights {
    /// `seats`: in which maps the lights' shadows are.
    pub(crate) fn new(lights: &[PlacedLight], view: &View, seats: &Seats) -> Self {
        let n = lights.len().min(MAX_LIGHTS) as u32;
        let clip_from_view = seats.clip_from_view(view);
        let mut all = Self { count: [n, seats.side_px(), 0, 0], clip_from_view, ..Self::default() };
        for (i, (slot, light)) in all.lights.iter_mut().zip(lights).enumerate() {
            *slot = light.uniform(view, seats.of_lights.get(i).copied().flatten());
        }
        all
    }
}
