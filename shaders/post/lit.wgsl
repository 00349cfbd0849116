// The lit picture: averaged samples, darkened where the surroundings hide the sky, over the studio
// background with the model's shadow on the floor.
#import "common/floor.wgsl"

@group(3) @binding(0) var color_target: texture_2d<f32>;
@group(3) @binding(1) var normals_target: texture_2d<u32>;
@group(3) @binding(2) var depth_target: texture_2d<f32>;
@group(3) @binding(4) var occlusion_target: texture_2d<f32>;

// Twin: `Field::smoothed` in app/render/src/still/occlusion.rs.
fn sky_light(pixel: vec2<i32>) -> f32 {
    let depth = textureLoad(depth_target, pixel * i32(picture.samples), 0).x;
    if depth == 0.0 || picture.occlusion_radius == 0.0 {
        return 1.0;
    }
    var sum = 0.0;
    var total = 0.0;
    for (var y = max(pixel.y - 1, 0); y < min(pixel.y + 3, i32(picture.size.y)); y++) {
        for (var x = max(pixel.x - 1, 0); x < min(pixel.x + 3, i32(picture.size.x)); x++) {
            let other = textureLoad(depth_target, vec2(x, y) * i32(picture.samples), 0).x;
            if ((x + y) & 1) == 0 && abs(other - depth) < 0.02 * depth {
                sum += textureLoad(occlusion_target, vec2(x, y), 0).x;
                total += 1.0;
            }
        }
    }
    let code = textureLoad(normals_target, pixel * i32(picture.samples), 0).zw & vec2(15u);
    let hideable = f32(code.x << 4u | code.y) / 255.0;
    return 1.0 - hideable * (1.0 - select(1.0, sum / max(total, 1.0), total > 0.0));
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let color = mean_color(color_target, position.xy);
    let lit = color.rgb * sky_light(vec2<i32>(position.xy));
    let behind = studio_background(position.xy) * floor_light(position.xy);
    return vec4(srgb_encode(lit + behind * (1.0 - color.a)), 1.0);
}
