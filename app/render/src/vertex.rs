//! Vertices as the device reads them.

use glam::{Vec2, Vec3, Vec4};

/// What every surface has. Twin of `Vertex` in shaders/passes/plain.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct PlainVertex {
    pub position: [f32; 3],
    pub normal: [i16; 4],
    /// Square roots of linear RGB, because eight bits of linear light show bands; straight alpha.
    pub color: [u8; 4],
}

/// What textured surfaces have besides. Twin of the rest of `Vertex` in
/// shaders/passes/textured.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct TexturedVertex {
    pub tangent: [i16; 4],
    /// The first two UV sets.
    pub uvs: [f32; 4],
}

impl PlainVertex {
    pub(crate) const ATTRIBUTES: [wgpu::VertexAttribute; 3] =
        wgpu::vertex_attr_array![0 => Float32x3, 1 => Snorm16x4, 2 => Unorm8x4];

    pub(crate) fn new(position: Vec3, normal: Vec3, color: Vec4) -> Self {
        Self {
            position: position.into(),
            normal: snorm(normal.normalize_or_zero().extend(0.0)),
            color: encode_color(color),
        }
    }
}

impl TexturedVertex {
    pub(crate) const ATTRIBUTES: [wgpu::VertexAttribute; 2] =
        wgpu::vertex_attr_array![3 => Snorm16x4, 4 => Float32x4];

    pub(crate) fn new(tangent: Vec4, uvs: [Vec2; 2]) -> Self {
        let direction = tangent.truncate().normalize_or_zero();
        let handedness = if tangent.w < 0.0 { -1.0 } else { 1.0 };
        let [a, b] = uvs.map(|uv| if uv.is_finite() { uv } else { Vec2::ZERO });
        Self { tangent: snorm(direction.extend(handedness)), uvs: [a.x, a.y, b.x, b.y] }
    }
}

impl PlainVertex {
    /// As long as it was rounded.
    pub(crate) fn unit_normal(&self) -> [f32; 3] {
        let [x, y, z, _] = self.normal.map(|c| f32::from(c) / 32767.0);
        [x, y, z]
    }
}

/// A cast from NaN gives 0.
fn snorm(v: Vec4) -> [i16; 4] {
    (v * 32767.0).round().to_array().map(|c| c as i16)
}

fn encode_color(linear: Vec4) -> [u8; 4] {
    let byte = |x: f32| (x * 255.0 + 0.5) as u8;
    let [r, g, b, a] = linear.clamp(Vec4::ZERO, Vec4::ONE).to_array();
    [byte(r.sqrt()), byte(g.sqrt()), byte(b.sqrt()), byte(a)]
}
