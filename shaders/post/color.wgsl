// Averages the samples of a colour target over the studio background.
#import "common/picture.wgsl"

@group(3) @binding(0) var color_target: texture_2d<f32>;

// Twin: `studio_background` in app/render/src/still/resolve.rs.
fn studio_background(pixel: vec2<f32>) -> vec3<f32> {
    let centered = (pixel - vec2(0.5, 0.46) * picture.size) / (0.5 * max(picture.size.x, picture.size.y));
    let t = clamp(length(centered) / 1.25, 0.0, 1.0);
    return mix(picture.background_center.rgb, picture.background_rim.rgb, t * t * (3.0 - 2.0 * t));
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let first = vec2<i32>(position.xy) * i32(picture.samples);
    var sum = vec4(0.0);
    for (var y = 0; y < i32(picture.samples); y++) {
        for (var x = 0; x < i32(picture.samples); x++) {
            sum += textureLoad(color_target, first + vec2(x, y), 0);
        }
    }
    let color = sum / f32(picture.samples * picture.samples);
    let behind = studio_background(position.xy);
    return vec4(srgb_encode(color.rgb + behind * (1.0 - color.a)), 1.0);
}
