// What stands behind everything that is seen through: the solid surfaces, a pixel each, before the
// background with the model's shadow on it.
#import "common/floor.wgsl"

@group(3) @binding(0) var color_target: texture_2d<f32>;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let color = mean_color(color_target, position.xy);
    if picture.background_center.a == 0.0 {
        return color;
    }
    let behind = studio_background(position.xy) * floor_light(position.xy);
    return vec4(color.rgb + behind * (1.0 - color.a), 1.0);
}
