// A picture of surroundings on a cube, from app/render/src/environment: each level rougher than the
// one before, the last one the irradiance.
#import "common/frame.wgsl"

@group(0) @binding(1) var environment_texture: texture_cube<f32>;
@group(0) @binding(2) var environment_sampler: sampler;

// The level of a fully rough surface. Twin: `ROUGHEST` in app/render/src/environment/mod.rs.
const ENVIRONMENT_ROUGHEST: f32 = 5.0;

fn surroundings_direction(d: vec3<f32>) -> vec3<f32> {
    return mat3x3(
        frame.surroundings_from_view[0].xyz,
        frame.surroundings_from_view[1].xyz,
        frame.surroundings_from_view[2].xyz,
    ) * d;
}

fn environment_radiance(d: vec3<f32>, roughness: f32) -> vec3<f32> {
    return textureSampleLevel(environment_texture, environment_sampler, d, roughness * ENVIRONMENT_ROUGHEST).rgb;
}

// Irradiance / pi.
fn environment_irradiance(n: vec3<f32>) -> vec3<f32> {
    return textureSampleLevel(environment_texture, environment_sampler, n, ENVIRONMENT_ROUGHEST + 1.0).rgb;
}
