// The picture of surroundings behind a model, display-linear.
#import "common/fullscreen.wgsl"
#import "common/tonemap.wgsl"

// Rays of the picture as directions of its surroundings. Twin: `BackdropUniform` in
// app/render/src/backdrop.rs.
struct Backdrop {
    // To the right border of the picture; w: level of the cube.
    right: vec4<f32>,
    // To the upper border; w: what multiplies the light.
    up: vec4<f32>,
    // w: the tone map's number.
    forward: vec4<f32>,
    // Of the picture in pixels.
    size: vec2<f32>,
    pad: vec2<f32>,
}

@group(0) @binding(0) var<uniform> backdrop: Backdrop;
@group(0) @binding(1) var cube: texture_cube<f32>;
@group(0) @binding(2) var cube_sampler: sampler;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = position.xy / backdrop.size * 2.0 - 1.0;
    let ray = backdrop.forward.xyz + backdrop.right.xyz * at.x - backdrop.up.xyz * at.y;
    let light = textureSampleLevel(cube, cube_sampler, ray, backdrop.right.w).rgb * backdrop.up.w;
    if backdrop.forward.w == 0.0 {
        return vec4(neutral(light), 1.0);
    }
    if backdrop.forward.w == 1.0 {
        return vec4(agx(light), 1.0);
    }
    return vec4(light, 1.0);
}
