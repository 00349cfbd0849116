// How much of the light the surroundings of each pixel leave: what is near (Alchemy AO), and shadows. Twin, with the reasons:
// app/render/src/still/occlusion.rs.
#import "common/picture.wgsl"
#import "common/octahedral.wgsl"
#import "common/shadows.wgsl"

@group(3) @binding(1) var normals_target: texture_2d<u32>;
@group(3) @binding(2) var depth_target: texture_2d<f32>;

const N_TAPS: i32 = 12;
const GOLDEN_ANGLE: f32 = 2.399963;
const STRENGTH: f32 = 2.0;
const BIAS: f32 = 0.06;
const MAX_RADIUS_PX: f32 = 96.0;

fn depth_at(pixel: vec2<i32>) -> f32 {
    return textureLoad(depth_target, pixel * i32(picture.samples), 0).x;
}

fn position_at(pixel: vec2<i32>, depth: f32) -> vec3<f32> {
    let scale = picture.sample_size * f32(picture.samples);
    // Middle of the first sample.
    let inset = 0.5 / f32(picture.samples);
    let ray = vec2(f32(pixel.x) + inset - 0.5 * picture.size.x, 0.5 * picture.size.y - f32(pixel.y) - inset) * scale;
    return vec3(select(ray * depth, ray, picture.is_orthographic == 1u), -depth);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    const TURNS = array<f32, 16>(0.0, 8.0, 2.0, 10.0, 12.0, 4.0, 14.0, 6.0, 3.0, 11.0, 1.0, 9.0, 15.0, 7.0, 13.0, 5.0);
    let pixel = vec2<i32>(position.xy);
    let depth = depth_at(pixel);
    // Every second pixel, as the squares of a board; the others are told by their neighbours.
    if depth == 0.0 || ((pixel.x + pixel.y) & 1) == 1 {
        return vec4(1.0);
    }
    let here = position_at(pixel, depth);
    let normal = octahedral_decode(textureLoad(normals_target, pixel * i32(picture.samples), 0).zw);
    let pixel_size = picture.sample_size * f32(picture.samples) * select(depth, 1.0, picture.is_orthographic == 1u);
    let radius_px = min(picture.occlusion_radius / pixel_size, MAX_RADIUS_PX);
    let turns = TURNS;
    let turn = turns[(pixel.x & 3) + 4 * (pixel.y & 3)] * (6.2831853 / 8.0);
    let reaching = light_reaching(here, normal, turn);
    if radius_px < 1.0 {
        return vec4(reaching);
    }
    var hidden = 0.0;
    for (var tap = 0; tap < N_TAPS; tap++) {
        let distance = radius_px * sqrt((f32(tap) + 0.5) / f32(N_TAPS));
        let angle = f32(tap) * GOLDEN_ANGLE + turn;
        let there = vec2<i32>(floor(vec2<f32>(pixel) + 0.5 + distance * vec2(cos(angle), sin(angle))));
        let is_inside = all(there >= vec2(0)) && all(vec2<f32>(there) < picture.size);
        let other = select(0.0, depth_at(there), is_inside);
        if other != 0.0 {
            let to = position_at(there, other) - here;
            let squared = dot(to, to);
            let fade = max(1.0 - squared / (picture.occlusion_radius * picture.occlusion_radius), 0.0);
            hidden += max(dot(to, normal) * inverseSqrt(max(squared, 1e-30)) - BIAS, 0.0) * fade;
        }
    }
    return vec4(reaching * clamp(1.0 - STRENGTH * hidden / f32(N_TAPS), 0.0, 1.0));
}
