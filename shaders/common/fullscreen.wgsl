// One triangle over the whole target.
@vertex
fn vs_main(@builtin(vertex_index) i: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(i & 1u), f32(i >> 1u));
    return vec4(corner * 4.0 - 1.0, 0.0, 1.0);
}
