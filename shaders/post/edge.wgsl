// Black lines on white from the marked samples: three samples wide at two samples a pixel.
#import "common/picture.wgsl"

@group(3) @binding(0) var mark_target: texture_2d<f32>;

fn mark_at(p: vec2<i32>) -> f32 {
    return textureLoad(mark_target, p, 0).x;
}

fn dilated(p: vec2<i32>) -> f32 {
    return max(
        max(max(mark_at(p + vec2(-1, 0)), mark_at(p + vec2(1, 0))), mark_at(p)),
        max(mark_at(p + vec2(0, -1)), mark_at(p + vec2(0, 1))),
    );
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let first = vec2<i32>(position.xy) * i32(picture.samples);
    var ink: f32;
    if picture.samples == 1u {
        ink = mark_at(first);
    } else {
        ink = 0.25 * (dilated(first) + dilated(first + vec2(1, 0)) + dilated(first + vec2(0, 1)) + dilated(first + vec2(1, 1)));
    }
    return vec4(vec3(1.0 - ink), 1.0);
}
