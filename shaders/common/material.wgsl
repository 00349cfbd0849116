// Twin: `MaterialUniform` in app/render/src/gpu_scene/material.rs.

struct Material {
    // Linear, straight alpha.
    base_color: vec4<f32>,
    // rgb: linear; a: alpha below which nothing is drawn, 0 to draw all.
    emissive_and_cutoff: vec4<f32>,
    metallic: f32,
    roughness: f32,
    normal_scale: f32,
    occlusion_strength: f32,
    flags: u32,
    // Of the light that is not mirrored, how much goes through.
    transmission: f32,
    // Of what the surface encloses, in the mesh's own units; 0: thin walled.
    thickness: f32,
    ior: f32,
    // rgb: absorbed per metre; a: how much more blue bends than green, and red less.
    absorption: vec4<f32>,
    // What a surface that is no metal reflects seen head on (x) and at the rim (y).
    reflection: vec4<f32>,
    // Two rows for each of the five texture slots: xy: matrix, z: offset; w of the first: UV set.
    uv_rows: array<vec4<f32>, 10>,
    // Width and height in its file of the texture that says how finely the surface is painted: the
    // base colour's, else the first there is; 0: there is none.
    main_texture_px: vec2<f32>,
    main_slot: u32,
    // sRGB in pictures of ids, red lowest.
    tint: u32,
}

const MATERIAL_UNLIT: u32 = 1u;
const MATERIAL_HAS_NORMAL_MAP: u32 = 2u;
const MATERIAL_BLEND: u32 = 4u;
// A texture that is not there is not sampled: on a processor each costs as much as the lighting.
const MATERIAL_HAS_BASE_COLOR_MAP: u32 = 8u;
const MATERIAL_HAS_METALLIC_ROUGHNESS_MAP: u32 = 16u;
const MATERIAL_HAS_OCCLUSION_MAP: u32 = 32u;
const MATERIAL_HAS_EMISSIVE_MAP: u32 = 64u;

@group(1) @binding(0) var<uniform> material: Material;
