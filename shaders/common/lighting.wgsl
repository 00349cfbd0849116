// The light around the model, and what a common surface makes of it. Without a picture of
// surroundings, that is a photographer's studio in closed form: soft boxes under a dome, blurred as far
// as the surface is rough. No texture is sampled, and any processor can draw it. Where the boxes stand is
// said in app/render/src/studio_light.rs, which writes the constants of "generated/studio_light.wgsl":
// constants, because a processor reads uniforms slowly.
#import "common/environment.wgsl"
#import "common/frame.wgsl"
#import "common/material.wgsl"
#import "common/punctual.wgsl"
#import "generated/studio_light.wgsl"
#import "generated/variant.wgsl"

struct Surface {
    base_color: vec3<f32>,
    metallic: f32,
    // Perceptual.
    roughness: f32,
    occlusion: f32,
    emissive: vec3<f32>,
    // Unit, view space, towards the eye's side.
    normal: vec3<f32>,
    face_normal: vec3<f32>,
}

// A step from 0 to 1 that is `width` wide on each side of zero.
fn soft_step(x: f32, inverse_width: f32) -> f32 {
    let t = clamp(0.5 + 0.5 * x * inverse_width, 0.0, 1.0);
    return t * t * (3.0 - 2.0 * t);
}

// `half_size`: half width and half height as twice the tangents of half the angles.
fn softbox_light(
    d: vec3<f32>,
    inverse_width: f32,
    center: vec3<f32>,
    right: vec3<f32>,
    up: vec3<f32>,
    half_size: vec2<f32>,
    radiance: vec3<f32>,
) -> vec3<f32> {
    // Stereographic: straight enough for a box, and finite all around.
    let scale = 2.0 / max(1.0 + dot(d, center), 0.05);
    let x = scale * dot(d, right);
    let y = scale * dot(d, up);
    let across = soft_step(x + half_size.x, inverse_width) - soft_step(x - half_size.x, inverse_width);
    let along = soft_step(y + half_size.y, inverse_width) - soft_step(y - half_size.y, inverse_width);
    return across * along * radiance;
}

// Light from direction `d` (unit, rig space), averaged over a lobe of about `spread` radians.
fn studio_radiance(d: vec3<f32>, spread: f32) -> vec3<f32> {
    let inverse_width = 1.0 / (0.02 + 1.9 * spread);
    let dome_width = 1.0 / (0.35 + 1.3 * spread);
    let upper = soft_step(d.y - 0.25, dome_width);
    let lower = soft_step(-d.y - 0.05, dome_width);
    var radiance = mix(DOME_LEVEL, DOME_ABOVE, upper);
    radiance = mix(radiance, DOME_BELOW, lower);
    radiance += softboxes_light(d, inverse_width);
    return radiance;
}

// Irradiance / pi (Ramamoorthi and Hanrahan 2001), `n` in rig space.
fn studio_irradiance(n: vec3<f32>) -> vec3<f32> {
    let sum = IRRADIANCE_0
        + IRRADIANCE_1 * n.y
        + IRRADIANCE_2 * n.z
        + IRRADIANCE_3 * n.x
        + IRRADIANCE_4 * (n.x * n.y)
        + IRRADIANCE_5 * (n.y * n.z)
        + IRRADIANCE_6 * (3.0 * n.z * n.z - 1.0)
        + IRRADIANCE_7 * (n.x * n.z)
        + IRRADIANCE_8 * (n.x * n.x - n.y * n.y);
    return max(sum, vec3(0.0));
}

// Scale and bias on F0 of the split sum (Karis, "Physically Based Shading on Mobile", 2014).
fn environment_brdf(roughness: f32, n_dot_v: f32) -> vec2<f32> {
    let r = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    let a = min(r.x * r.x, exp2(-9.28 * n_dot_v)) * r.x + r.y;
    return vec2(-1.04, 1.04) * a + r.zw;
}

// Surroundings' light from view direction `d`, averaged over the lobe of a surface of this roughness
// (alpha is its square).
fn incoming_light(d: vec3<f32>, roughness: f32, alpha: f32) -> vec3<f32> {
    let direction = surroundings_direction(d);
    if HAS_ENVIRONMENT {
        return environment_radiance(direction, roughness);
    }
    return studio_radiance(direction, alpha);
}

// Irradiance / pi of a surface whose view-space normal is `n`.
fn diffuse_light(n: vec3<f32>) -> vec3<f32> {
    let direction = surroundings_direction(n);
    if HAS_ENVIRONMENT {
        return environment_irradiance(direction);
    }
    return studio_irradiance(direction);
}

// A rough lobe leans from the mirror direction towards the normal.
fn lobe_direction(n: vec3<f32>, mirror: vec3<f32>, alpha: f32) -> vec3<f32> {
    return normalize(mix(n, mirror, (1.0 - alpha) * (sqrt(1.0 - alpha) + alpha)));
}

// What the surroundings reflect in a surface: a mirror image of `incoming`, and `irradiance` of what
// bounces twice within a rough surface (Fdez-Agüera, "A Multiple-Scattering Microfacet Model for
// Real-Time Image Based Lighting", JCGT 8(1) 2019).
struct Reflectance {
    once: vec3<f32>,
    twice: vec3<f32>,
}

fn reflectance(f0: vec3<f32>, f90: f32, roughness: f32, n_dot_v: f32) -> Reflectance {
    let brdf = environment_brdf(roughness, n_dot_v);
    let once = f0 * brdf.x + f90 * brdf.y;
    let lost = 1.0 - brdf.x - brdf.y;
    let average = f0 + (f90 - f0) / 21.0;
    return Reflectance(once, once * average * lost / (1.0 - average * lost));
}

// The mirror direction may dip below the real surface; no light comes from there. Creases that hide
// the dome hide its reflection as well (Lagarde and de Rousiers, "Moving Frostbite to PBR", 2014).
fn mirror_visibility(surface: Surface, mirror: vec3<f32>, n_dot_v: f32) -> f32 {
    let horizon = clamp(1.0 + 1.3 * dot(mirror, surface.face_normal), 0.0, 1.0);
    let occlusion = surface.occlusion;
    let open = pow(n_dot_v + occlusion, exp2(-16.0 * surface.roughness - 1.0)) - 1.0 + occlusion;
    return clamp(open, 0.0, 1.0) * horizon * horizon;
}

// Exposed linear radiance towards the eye; `v` is the unit vector to the eye, `position` in view space.
fn shade(surface: Surface, v: vec3<f32>, position: vec3<f32>) -> vec3<f32> {
    let n = surface.normal;
    let n_dot_v = clamp(dot(n, v), 0.02, 1.0);
    let alpha = surface.roughness * surface.roughness;
    let f0 = mix(vec3(material.reflection.x), surface.base_color, surface.metallic);
    let f90 = mix(material.reflection.y, 1.0, surface.metallic);
    let diffuse_color = surface.base_color * (1.0 - surface.metallic);

    let mirror = 2.0 * dot(n, v) * n - v;
    let incoming = incoming_light(lobe_direction(n, mirror, alpha), surface.roughness, alpha);
    let irradiance = diffuse_light(n);
    let reflected = reflectance(f0, f90, surface.roughness, n_dot_v);
    let specular = (reflected.once * incoming + reflected.twice * irradiance) * mirror_visibility(surface, mirror, n_dot_v);
    let diffuse = diffuse_color * (1.0 - reflected.once - reflected.twice) * irradiance * surface.occlusion;
    var light = (diffuse + specular) * frame.look.y + surface.emissive * frame.look.x;
    if HAS_LIGHTS {
        light += punctual_light(PunctualSurface(n, surface.face_normal, f0, f90, diffuse_color, alpha), v, position) * frame.look.x;
    }
    return light;
}
