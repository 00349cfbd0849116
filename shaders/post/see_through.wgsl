// What is behind all layers, refracted and dimmed, under their sum.
#import "common/fullscreen.wgsl"
#import "common/layering.wgsl"

@group(3) @binding(0) var<uniform> layering: Layering;
@group(3) @binding(1) var sum_color: texture_2d<f32>;
@group(3) @binding(2) var sum_light: texture_2d<f32>;
@group(3) @binding(3) var sum_bend: texture_2d<f32>;
@group(3) @binding(4) var sum_albedo: texture_2d<f32>;
// The solid surfaces, premultiplied: each sample, and as pixels with smaller and smaller levels.
@group(3) @binding(5) var solid: texture_2d<f32>;
@group(3) @binding(6) var backdrop: texture_2d<f32>;
@group(3) @binding(7) var backdrop_sampler: sampler;

struct Colors {
    @location(0) lit: vec4<f32>,
    // Blended over what is there.
    @location(1) albedo: vec4<f32>,
}

// A level through a cubic B-spline in four bilinear taps (Sigg and Hadwiger, "Fast Third-Order
// Texture Filtering", GPU Gems 2, 2005): bilinear alone would show the level's pixels.
fn cubic(at: vec2<f32>, level: f32) -> vec4<f32> {
    let size = vec2<f32>(textureDimensions(backdrop, u32(level)));
    let texel = at * size - 0.5;
    let first = floor(texel);
    let f = texel - first;
    let w0 = (1.0 - f) * (1.0 - f) * (1.0 - f) / 6.0;
    let w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    let w3 = f * f * f / 6.0;
    let w2 = 1.0 - w0 - w1 - w3;
    let low = w0 + w1;
    let high = w2 + w3;
    let a = (first - 0.5 + w1 / low) / size;
    let b = (first + 1.5 + w3 / high) / size;
    return (textureSampleLevel(backdrop, backdrop_sampler, a, level) * low.x
        + textureSampleLevel(backdrop, backdrop_sampler, vec2(b.x, a.y), level) * high.x) * low.y
        + (textureSampleLevel(backdrop, backdrop_sampler, vec2(a.x, b.y), level) * low.x
        + textureSampleLevel(backdrop, backdrop_sampler, b, level) * high.x) * high.y;
}

fn backdrop_at(at: vec2<f32>, blur: f32) -> vec4<f32> {
    let size = vec2<f32>(textureDimensions(backdrop));
    let level = clamp(log2(max(blur * max(size.x, size.y), 1.0)), 0.0, f32(layering.n_levels) - 1.0);
    let inside = clamp(at, 0.5 / size, 1.0 - 0.5 / size);
    let whole = floor(level);
    if level == 0.0 {
        return textureSampleLevel(backdrop, backdrop_sampler, inside, 0.0);
    }
    let next = min(whole + 1.0, f32(layering.n_levels) - 1.0);
    return mix(cubic(inside, whole), cubic(inside, next), level - whole);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> Colors {
    let sample = vec2<i32>(position.xy);
    let color = textureLoad(sum_color, sample, 0);
    if color.a == 0.0 {
        discard;
    }
    let light = textureLoad(sum_light, sample, 0).rgb;
    let bend = textureLoad(sum_bend, sample, 0);
    var behind = textureLoad(solid, sample, 0);
    if layering.n_levels > 0u && any(bend != vec4(0.0)) {
        let at = position.xy / layering.size;
        let blur = sqrt(max(bend.w, 0.0)) / BLUR_SCALE;
        behind = backdrop_at(at + bend.xy, blur);
        if bend.z != 0.0 {
            behind.r = backdrop_at(at + bend.xy * (1.0 - bend.z), blur).r;
            behind.b = backdrop_at(at + bend.xy * (1.0 + bend.z), blur).b;
        }
    }
    var colors: Colors;
    let hides = 1.0 - dot(light, vec3(1.0 / 3.0));
    colors.lit = vec4(color.rgb + light * behind.rgb, 1.0 - (1.0 - hides) * (1.0 - behind.a));
    colors.albedo = textureLoad(sum_albedo, sample, 0);
    return colors;
}
