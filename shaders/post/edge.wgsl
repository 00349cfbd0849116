// Black lines on white: the marked samples, widened to a disc each. Twin: `draw` in
// app/render/src/still/edges.rs.
#import "common/picture.wgsl"

@group(3) @binding(0) var mark_target: texture_2d<f32>;

fn is_inked(p: vec2<i32>) -> bool {
    let radius = picture.edges.radius;
    let reach = i32(radius);
    for (var y = -reach; y <= reach; y++) {
        for (var x = -reach; x <= reach; x++) {
            let is_near = f32(x * x + y * y) <= radius * radius;
            if is_near && textureLoad(mark_target, p + vec2(x, y), 0).x > 0.5 {
                return true;
            }
        }
    }
    return false;
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let samples = i32(picture.samples);
    let first = vec2<i32>(position.xy) * samples;
    var ink = 0.0;
    for (var y = 0; y < samples; y++) {
        for (var x = 0; x < samples; x++) {
            ink += select(0.0, 1.0, is_inked(first + vec2(x, y)));
        }
    }
    return vec4(vec3(1.0 - ink / f32(samples * samples)), 1.0);
}
