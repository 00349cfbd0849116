// What a material has beyond metallic-roughness. Twin: `ExtensionsUniform` in
// app/render/src/gpu_scene/extensions.rs, which also writes "generated/extension_textures.wgsl": a
// function for each texture slot that gives its texel, or what changes nothing where there is none.

struct Extensions {
    // rgb: colour, a: factor.
    specular: vec4<f32>,
    // rgb: colour, a: perceptual roughness.
    sheen: vec4<f32>,
    // x: factor, y: perceptual roughness, z: scale of the normal map.
    clearcoat: vec4<f32>,
    // x: strength, y and z: cosine and sine of the rotation.
    anisotropy: vec4<f32>,
    // x: factor, y: index of refraction, z and w: least and most thickness in nanometres.
    iridescence: vec4<f32>,
    // rgb: colour, a: factor.
    diffuse_transmission: vec4<f32>,
    // Head-on reflection of the index of refraction alone, in x.
    reflection: vec4<f32>,
    // x: which slots have a texture, a bit each.
    slots: vec4<u32>,
    // Two rows for each slot, as in `Material`.
    uv_rows: array<vec4<f32>, 28>,
}

@group(1) @binding(11) var<uniform> extensions: Extensions;

fn extension_uv(slot: i32, uvs: vec4<f32>) -> vec2<f32> {
    let row_u = extensions.uv_rows[2 * slot];
    let row_v = extensions.uv_rows[2 * slot + 1];
    let uv = select(uvs.xy, uvs.zw, row_u.w > 0.5);
    return vec2(dot(row_u.xy, uv) + row_u.z, dot(row_v.xy, uv) + row_v.z);
}
