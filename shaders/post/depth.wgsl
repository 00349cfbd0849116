// Distance along the line of sight, black at `near`, white at `far` and beyond. One sample a pixel,
// never an average.
#import "common/picture.wgsl"

@group(3) @binding(2) var depth_target: texture_2d<f32>;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let depth = textureLoad(depth_target, vec2<i32>(position.xy) * i32(picture.samples), 0).x;
    let grey = clamp((depth - picture.near) / (picture.far - picture.near), 0.0, 1.0);
    return vec4(vec3(select(grey, 1.0, depth == 0.0)), 1.0);
}
