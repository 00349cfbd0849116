// Lights of the file (KHR_lights_punctual), and their shadows.
#import "common/frame.wgsl"

// Twin: `PunctualLight` in app/render/src/punctual.rs. View space.
struct PunctualLight {
    // w: 0 for a light without a place, such as the sun.
    position: vec4<f32>,
    // Where it shines; w: 1 / range^4, 0 for unlimited.
    direction: vec4<f32>,
    // Candela, or lux without a place, in the picture's exposure; linear RGB. w: first of its maps, -1
    // when it throws no shadow.
    color: vec4<f32>,
    // xy: scale and offset of the cosine to the direction: 1 inside of the cone, 0 outside. z: number of
    // its maps; w: metres of a texel at distance 1, or anywhere without a place.
    cone: vec4<f32>,
}

const MAX_LIGHTS: u32 = 32u;
const MAX_LAMP_MAPS: u32 = 12u;

// Twin: `PunctualLights` in app/render/src/punctual.rs.
struct PunctualLights {
    // x: of lights; y: side of a map of shadows in texels.
    count: vec4<u32>,
    lights: array<PunctualLight, MAX_LIGHTS>,
    // Of each map: from a place of the view to the lamp's clip space.
    clip_from_view: array<mat4x4<f32>, MAX_LAMP_MAPS>,
}

@group(0) @binding(3) var<uniform> punctual: PunctualLights;


// The maps one after the other, each in rows from the top.
@group(0) @binding(4) var<storage, read> lamp_depths: array<f32>;

const PI: f32 = 3.14159265;

// What lamps with shadows of their own add to a surface: nothing else hides it.
var<private> shadowed_light: vec3<f32>;

// Illuminance of a surface that faces the light, and the unit vector to the light.
struct Arriving {
    to_light: vec3<f32>,
    light: vec3<f32>,
}

// Part of three by three texels around a place of a map, each interpolated, that nothing nearer to the
// lamp hides. `at`: parts of the map from its upper left corner.
fn lit_part(map: i32, at: vec2<f32>, depth: f32) -> f32 {
    let side = i32(punctual.count.y);
    let place = at * f32(side) - 0.5;
    let first = floor(place);
    let part = place - first;
    let origin = map * side * side;
    var sum = 0.0;
    for (var y = 0; y < 4; y++) {
        let weight_y = select(select(1.0, part.y, y == 3), 1.0 - part.y, y == 0);
        for (var x = 0; x < 4; x++) {
            let weight_x = select(select(1.0, part.x, x == 3), 1.0 - part.x, x == 0);
            let texel = clamp(vec2<i32>(first) + vec2(x - 1, y - 1), vec2(0), vec2(side - 1));
            let nearest = lamp_depths[origin + texel.y * side + texel.x];
            sum += select(0.0, weight_x * weight_y, depth >= nearest);
        }
    }
    return sum / 9.0;
}

// Part of a lamp's light that reaches a place whose face has the normal `face`.
fn lamp_visibility(source: PunctualLight, position: vec3<f32>, face: vec3<f32>) -> f32 {
    let first = i32(source.color.w);
    if first < 0 {
        return 1.0;
    }
    var to_light = -source.direction.xyz;
    var texel = source.cone.w;
    if source.position.w != 0.0 {
        let to = source.position.xyz - position;
        texel *= length(to);
        to_light = normalize(to);
    }
    let facing = saturate(dot(face, to_light));
    // Off the surface, so that it does not lie in its own shadow; the more so the more it is grazed.
    let lifted = position + (face * (2.6 - 1.6 * facing) + to_light) * texel;
    var map = -1;
    var at = vec3(0.0);
    for (var i = 0; i < i32(source.cone.z); i++) {
        let clip = punctual.clip_from_view[first + i] * vec4(lifted, 1.0);
        if map < 0 && clip.w > 0.0 && all(abs(clip.xy) <= vec2(clip.w)) {
            map = first + i;
            at = clip.xyz / clip.w;
        }
    }
    if map < 0 {
        return 1.0;
    }
    return lit_part(map, at.xy * vec2(0.5, -0.5) + 0.5, at.z);
}

// `face`: normal of the face, towards the eye.
fn arriving_light(i: u32, position: vec3<f32>, face: vec3<f32>) -> Arriving {
    let source = punctual.lights[i];
    let visible = lamp_visibility(source, position, face);
    if source.position.w == 0.0 {
        return Arriving(-source.direction.xyz, source.color.rgb * visible);
    }
    let to = source.position.xyz - position;
    let squared = max(dot(to, to), 1e-12);
    let to_light = to * inverseSqrt(squared);
    let within = clamp(1.0 - squared * squared * source.direction.w, 0.0, 1.0);
    let cone = clamp(dot(-to_light, source.direction.xyz) * source.cone.x + source.cone.y, 0.0, 1.0);
    return Arriving(to_light, source.color.rgb * (visible * within * cone * cone / squared));
}

// What a common surface needs to know of itself.
struct PunctualSurface {
    normal: vec3<f32>,
    face_normal: vec3<f32>,
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
    shadowed_light = vec3(0.0);
    for (var i = 0u; i < punctual.count.x; i++) {
        let arriving = arriving_light(i, position, surface.face_normal);
        let n_dot_l = dot(surface.normal, arriving.to_light);
        if n_dot_l <= 0.0 {
            continue;
        }
        let h = normalize(arriving.to_light + v);
        let fresnel = schlick(surface.f0, surface.f90, dot(v, h));
        // A light without size would be a single white pixel in a mirror.
        let mirror = ggx(saturate(dot(surface.normal, h)), n_dot_v, n_dot_l, max(surface.alpha, 0.004));
        let scattered = surface.diffuse_color * (1.0 - fresnel) / PI;
        let one = (scattered + fresnel * mirror) * arriving.light * n_dot_l;
        sum += one;
        if punctual.lights[i].color.w >= 0.0 {
            shadowed_light += one;
        }
    }
    return sum;
}
