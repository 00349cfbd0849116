// What the geometry pass writes for each sample. Twin: `TARGET_FORMATS` in app/render/src/targets.rs.

struct Targets {
    // Tone-mapped, linear, premultiplied; the target encodes to sRGB.
    @location(0) lit: vec4<f32>,
    // Linear, premultiplied.
    @location(1) albedo: vec4<f32>,
    // xy: shading normal, zw: face normal; view space, octahedral.
    @location(2) normals: vec4<u32>,
    // Distance along the line of sight in metres; 0 where there is nothing.
    @location(3) depth: f32,
    // Of the pair (node, material), from 1; 0 where there is nothing.
    @location(4) id: u32,
}
