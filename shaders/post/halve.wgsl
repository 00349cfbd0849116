// The next smaller level of a backdrop: five bilinear taps, so that blur shows no boxes (Bjørge,
// "Bandwidth-Efficient Rendering", SIGGRAPH 2015).
#import "common/fullscreen.wgsl"

@group(3) @binding(0) var level: texture_2d<f32>;
@group(3) @binding(1) var level_sampler: sampler;

fn at(uv: vec2<f32>) -> vec4<f32> {
    return textureSampleLevel(level, level_sampler, uv, 0.0);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let size = vec2<f32>(textureDimensions(level));
    let uv = position.xy / max(floor(size / 2.0), vec2(1.0));
    let step = 1.0 / size;
    let corners = at(uv - step) + at(uv + step) + at(uv + vec2(step.x, -step.y)) + at(uv + vec2(-step.x, step.y));
    return 0.5 * at(uv) + 0.125 * corners;
}
