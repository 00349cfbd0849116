//! What changes from frame to frame: the camera, and every object as the camera sees it.

use glam::{DMat3, DMat4, DVec3, DVec4, Mat4, Vec3};

use crate::gpu_scene::Part;
use crate::punctual::SURROUNDINGS_BESIDE_LIGHTS;
use crate::{Lens, Look, Surroundings, View};

/// Twin of `Frame` in shaders/common/frame.wgsl.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct FrameUniform {
    pub clip_from_view: [[f32; 4]; 4],
    pub surroundings_from_view: [[f32; 4]; 4],
    pub lens: [f32; 4],
    pub look: [f32; 4],
    pub cuts: [[f32; 4]; 3],
}

/// Twin of `Object` in shaders/common/object.wgsl.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct ObjectUniform {
    pub view_from_object: [[f32; 4]; 4],
    pub normal_x: [f32; 4],
    pub normal_y: [f32; 4],
    pub normal_z: [f32; 4],
    pub id: u32,
    pub flags: u32,
    pub base_vertex: u32,
    pub tint: u32,
}

impl FrameUniform {
    /// `cuts`: see [`crate::gpu_scene::Room::cuts`].
    pub(crate) fn new(view: &View, look: &Look, is_lit_by_file: bool, cuts: &[Option<DVec4>; 3]) -> Self {
        let is_orthographic = matches!(view.lens, Lens::Orthographic { .. });
        let exposure = look.exposure();
        let beside = if is_lit_by_file { SURROUNDINGS_BESIDE_LIGHTS } else { 1.0 };
        let strength = look.surroundings_strength() * beside;
        Self {
            clip_from_view: view.clip_from_view().as_mat4().to_cols_array_2d(),
            surroundings_from_view: Mat4::from_mat3(surroundings_from_view(view, look).as_mat3())
                .to_cols_array_2d(),
            lens: [flag(is_orthographic), flag(cuts.iter().any(Option::is_some)), 0.0, 0.0],
            look: [exposure, exposure * strength, 0.0, 0.0],
            cuts: cuts.map(|cut| cut.map_or([0.0, 0.0, 0.0, -1.0], |plane| in_view(plane, view))),
        }
    }
}

/// The studio turns with the camera, a picture of surroundings stands still in the world.
pub(crate) fn surroundings_from_view(view: &View, look: &Look) -> DMat3 {
    let upright_from_view = match look.surroundings {
        Surroundings::Studio => rig_from_view(view),
        Surroundings::Picture(_) => view.view_from_world_rotation().transpose(),
    };
    DMat3::from_rotation_y(-look.rotation()) * upright_from_view
}

fn flag(is_set: bool) -> f32 {
    f32::from(u8::from(is_set))
}

/// A plane of the world as the view sees it.
fn in_view(plane: DVec4, view: &View) -> [f32; 4] {
    let normal = view.view_from_world_rotation() * plane.truncate();
    normal.extend(plane.truncate().dot(view.eye) + plane.w).as_vec4().into()
}

/// The rig stays upright and turns with the camera, so that the key light always comes from the
/// upper left of the picture and the floor stays below.
fn rig_from_view(view: &View) -> DMat3 {
    let rotation = view.view_from_world_rotation();
    let back = rotation.transpose() * DVec3::Z;
    // Looking straight down or up, the picture's vertical tells which way the camera faces.
    let level = DVec3::new(back.x, 0.0, back.z);
    let heading = if level.length_squared() > 1e-6 {
        level
    } else {
        let up = rotation.transpose() * DVec3::Y;
        DVec3::new(up.x, 0.0, up.z) * -back.y.signum()
    };
    let z = heading.normalize_or(DVec3::Z);
    let x = DVec3::Y.cross(z);
    let rig_from_world = DMat3::from_cols(x, DVec3::Y, z).transpose();
    rig_from_world * rotation.transpose()
}

impl ObjectUniform {
    pub(crate) fn new(part: &Part, view_from_world: &DMat4) -> Self {
        let view_from_object = *view_from_world * part.world_from_object;
        let [mut normal_x, normal_y, normal_z] = normal_columns(&view_from_object);
        normal_x[3] = part.point_radius * scale_of(&part.world_from_object) as f32;
        Self {
            view_from_object: view_from_object.as_mat4().to_cols_array_2d(),
            normal_x,
            normal_y,
            normal_z,
            id: part.id,
            flags: part.flags | scale_bits(&part.world_from_object) << 16,
            base_vertex: part.base_vertex,
            tint: part.tint,
        }
    }
}

/// Mean enlargement as the exponent of two, twin of `object_scale` in shaders/common/object.wgsl.
fn scale_bits(world_from_object: &DMat4) -> u32 {
    (scale_of(world_from_object).log2() * 1024.0 + 32768.0).clamp(0.0, 65535.0) as u32
}

fn scale_of(world_from_object: &DMat4) -> f64 {
    DMat3::from_mat4(*world_from_object).determinant().abs().cbrt()
}

/// Columns of the cofactor matrix: what turns normals even where the transform flattens.
fn normal_columns(view_from_object: &DMat4) -> [[f32; 4]; 3] {
    let m = DMat3::from_mat4(*view_from_object);
    let sign = if m.determinant() < 0.0 { -1.0 } else { 1.0 };
    let columns = [m.y_axis.cross(m.z_axis), m.z_axis.cross(m.x_axis), m.x_axis.cross(m.y_axis)];
    let largest = columns.iter().map(|c| c.abs().max_element()).fold(0.0, f64::max);
    let scale = if largest > 0.0 { sign / largest } else { 0.0 };
    columns.map(|c| {
        let column: Vec3 = (c * scale).as_vec3();
        column.extend(0.0).into()
    })
}
