// From the targets of the geometry pass to a picture. Twin: `PictureUniform` in
// app/render/src/viewport/post.rs.

struct Picture {
    // Columns: view-space normal to the axes that are shown.
    normal_x: vec4<f32>,
    normal_y: vec4<f32>,
    normal_z: vec4<f32>,
    // Linear.
    background_center: vec4<f32>,
    background_rim: vec4<f32>,
    // Of the picture, in pixels.
    size: vec2<f32>,
    // Samples a pixel along each side: 1 or 2.
    samples: u32,
    // 1 for an orthographic lens.
    is_orthographic: u32,
    // Metres that are drawn black and white.
    near: f32,
    far: f32,
    // Metres that a sample covers at distance 1, or at any distance for an orthographic lens.
    sample_size: f32,
    pad_0: f32,
}

@group(0) @binding(0) var<uniform> picture: Picture;

// One triangle over the whole picture.
@vertex
fn vs_main(@builtin(vertex_index) i: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(i & 1u), f32(i >> 1u));
    return vec4(corner * 4.0 - 1.0, 0.0, 1.0);
}

fn srgb_encode(linear_color: vec3<f32>) -> vec3<f32> {
    let c = clamp(linear_color, vec3(0.0), vec3(1.0));
    return select(1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, 12.92 * c, c <= vec3(0.0031308));
}
