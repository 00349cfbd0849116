// Lights of the file (KHR_lights_punctual). They throw no shadows.
#import "common/frame.wgsl"

// Twin: `PunctualLight` in app/render/src/punctual.rs. View space.
struct PunctualLight {
    // w: 0 for a light without a place, such as the sun.
    position: vec4<f32>,
    // Where it shines; w: 1 / range^4, 0 for unlimited.
    direction: vec4<f32>,
    // Candela, or lux without a place, in the picture's exposure; linear RGB.
    color: vec4<f32>,
    // Scale and offset of the cosine to the direction: 1 inside of the cone, 0 outside.
    cone: vec4<f32>,
}

const MAX_LIGHTS: u32 = 32u;

struct PunctualLights {
    count: vec4<u32>,
    lights: array<PunctualLight, MAX_LIGHTS>,
}

@group(0) @binding(3) var<uniform> punctual: PunctualLights;

const PI: f32 = 3.14159265;

// Illuminance of a surface that faces the light, and the unit vector to the light.
struct Arriving {
    to_light: vec3<f32>,
    light: vec3<f32>,
}

fn arriving_light(i: u32, position: vec3<f32>) -> Arriving {
    let source = punctual.lights[i];
    if source.position.w == 0.0 {
        return Arriving(-source.direction.xyz, source.color.rgb);
    }
    let to = source.position.xyz - position;
    let squared = max(dot(to, to), 1e-12);
    let to_light = to * inverseSqrt(squared);
    let within = clamp(1.0 - squared * squared * source.direction.w, 0.0, 1.0);
    let cone = clamp(dot(-to_light, source.direction.xyz) * source.cone.x + source.cone.y, 0.0, 1.0);
    return Arriving(to_light, source.color.rgb * (within * cone * cone / squared));
}

// What a common surface needs to know of itself.
struct PunctualSurface {
    normal: vec3<f32>,
    f0: vec3<f32>,
    f90: f32,
    diffuse_color: vec3<f32>,
    // Roughness squared.
    alpha: f32,
}

fn schlick(f0: vec3<f32>, f90: f32, cosine: f32) -> vec3<f32> {
    return f0 + (f90 - f0) * pow(clamp(1.0 - cosine, 0.0, 1.0), 5.0);
}

// GGX distribution times Smith's visibility (glTF 2.0, appendix B.3.2).
fn ggx(n_dot_h: f32, n_dot_v: f32, n_dot_l: f32, alpha: f32) -> f32 {
    let a2 = alpha * alpha;
    let f = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0;
    let distribution = a2 / (PI * f * f);
    let lit = n_dot_l * sqrt(n_dot_v * n_dot_v * (1.0 - a2) + a2);
    let seen = n_dot_v * sqrt(n_dot_l * n_dot_l * (1.0 - a2) + a2);
    return distribution * 0.5 / max(lit + seen, 1e-6);
}

fn punctual_light(surface: PunctualSurface, v: vec3<f32>, position: vec3<f32>) -> vec3<f32> {
    let n_dot_v = clamp(dot(surface.normal, v), 0.02, 1.0);
    var sum = vec3(0.0);
    for (var i = 0u; i < punctual.count.x; i++) {
        let arriving = arriving_light(i, position);
        let n_dot_l = dot(surface.normal, arriving.to_light);
        if n_dot_l <= 0.0 {
            continue;
        }
        let h = normalize(arriving.to_light + v);
        let fresnel = schlick(surface.f0, surface.f90, dot(v, h));
        // A light without size would be a single white pixel in a mirror.
        let mirror = ggx(saturate(dot(surface.normal, h)), n_dot_v, n_dot_l, max(surface.alpha, 0.004));
        let scattered = surface.diffuse_color * (1.0 - fresnel) / PI;
        sum += (scattered + fresnel * mirror) * arriving.light * n_dot_l;
    }
    return sum;
}
