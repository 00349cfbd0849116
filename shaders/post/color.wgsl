// Averages the samples of a colour target over the studio background.
#import "common/picture.wgsl"

@group(3) @binding(0) var color_target: texture_2d<f32>;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let color = mean_color(color_target, position.xy);
    let behind = studio_background(position.xy);
    return vec4(srgb_encode(color.rgb + behind * (1.0 - color.a)), 1.0);
}
