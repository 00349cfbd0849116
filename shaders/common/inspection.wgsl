// What is asked of surfaces beside how they look. Twin: app/render/src/inspection.rs.
#import "common/frame.wgsl"
#import "common/heat.wgsl"
#import "common/material.wgsl"
#import "common/object.wgsl"
#import "common/octahedral.wgsl"
#import "common/targets.wgsl"

struct InspectionOptions {
    mode: u32,
    // How often the lettered cells repeat along each side of the UV square.
    checker_repeats: f32,
    // Pixels a metre that are shown as right.
    target_px_per_m: f32,
    pad_0: u32,
}

@group(3) @binding(0) var<uniform> inspection: InspectionOptions;
@group(3) @binding(1) var checker_texture: texture_2d<f32>;
@group(3) @binding(2) var checker_sampler: sampler;

const CLAY: u32 = 0u;
const UV_CHECKER: u32 = 1u;
const VERTEX_COLOR: u32 = 2u;
const ROUGHNESS: u32 = 3u;
const METALLIC: u32 = 4u;
const OCCLUSION: u32 = 5u;
const OBJECT_ID: u32 = 6u;
const MATERIAL_ID: u32 = 7u;
const FACE_ORIENTATION: u32 = 8u;
const TEXEL_DENSITY: u32 = 9u;

// sRGB.
const FRONT_SIDE: vec3<f32> = vec3(62.0, 110.0, 214.0) / 255.0;
const BACK_SIDE: vec3<f32> = vec3(222.0, 54.0, 46.0) / 255.0;

// What a mode may ask of a surface at one sample.
struct Sight {
    view_position: vec3<f32>,
    // Unit, view space, towards the eye.
    normal: vec3<f32>,
    face_normal: vec3<f32>,
    // Linear.
    vertex_color: vec3<f32>,
    roughness: f32,
    metallic: f32,
    occlusion: f32,
    is_front: bool,
    // First UV set; the colours of its cells.
    has_uvs: bool,
    cell: vec3<f32>,
    // Pixels a metre of the material's main texture; 0: it has none.
    px_per_m: f32,
    object_tint: u32,
    flags: u32,
    // From the upper left corner of the targets, in samples.
    sample: vec2<f32>,
}

// The face's normal towards the eye, from how the position changes over the screen.
fn side_to_eye(view_position: vec3<f32>) -> vec3<f32> {
    let across = cross(dpdy(view_position), dpdx(view_position));
    let n = across * inverseSqrt(max(dot(across, across), 1e-38));
    return select(-n, n, dot(n, to_eye(view_position)) >= 0.0);
}

// Fired earth under a window at the upper left, sky from above and a cool rim: in closed form, as
// the eye sees the normal from where it stands.
fn clay(normal: vec3<f32>, v: vec3<f32>) -> vec3<f32> {
    let right = normalize(vec3(v.z, 0.0, -v.x) + vec3(1e-6, 0.0, 0.0));
    let m = vec3(dot(normal, right), dot(normal, cross(v, right)), dot(normal, v));
    let window = saturate(0.46 + 0.54 * dot(m, vec3(-0.455, 0.569, 0.685)));
    let bounce = saturate(0.4 + 0.6 * dot(m, vec3(0.62, -0.68, 0.39)));
    let sheen = pow(saturate(dot(m, vec3(-0.262, 0.328, 0.907))), 22.0);
    let rim = pow(1.0 - saturate(m.z), 3.0) * saturate(0.25 + 0.75 * m.y + 0.35 * abs(m.x));
    let light = vec3(1.06, 1.02, 0.95) * pow(window, 3.0) + vec3(0.10, 0.075, 0.06) * bounce + vec3(0.022, 0.026, 0.034);
    return vec3(0.62, 0.41, 0.31) * light + vec3(0.13, 0.125, 0.12) * sheen + vec3(0.15, 0.19, 0.25) * rim;
}

fn unpacked(color: u32) -> vec3<f32> {
    return unpack4x8unorm(color).rgb;
}

// Stripes over a quiet grey where a mode has nothing to show.
fn hatched(sample: vec2<f32>) -> vec3<f32> {
    let stripe = fract((sample.x + sample.y) / 20.0);
    return vec3(select(0.23, 0.29, stripe < 0.5));
}

// Linear; `shade` darkens what turns away, so that the shape stays to be seen under flat colours.
fn shown(sight: Sight) -> vec3<f32> {
    let v = to_eye(sight.view_position);
    // Lines and points have no side.
    let facing = select(saturate(dot(sight.normal, v)), 1.0, (sight.flags & OBJECT_UNLIT) != 0u);
    let shade = mix(0.42, 1.0, facing);
    switch inspection.mode {
        case CLAY: {
            return clay(sight.normal, v);
        }
        case UV_CHECKER: {
            return select(srgb_decode(hatched(sight.sample)), sight.cell, sight.has_uvs) * shade;
        }
        case VERTEX_COLOR: {
            let has_colors = (sight.flags & OBJECT_HAS_COLORS) != 0u;
            return select(srgb_decode(hatched(sight.sample)) * shade, sight.vertex_color, has_colors);
        }
        case ROUGHNESS: {
            return srgb_decode(vec3(sight.roughness));
        }
        case METALLIC: {
            return srgb_decode(vec3(sight.metallic));
        }
        case OCCLUSION: {
            return srgb_decode(vec3(sight.occlusion));
        }
        case OBJECT_ID: {
            return srgb_decode(unpacked(sight.object_tint));
        }
        case MATERIAL_ID: {
            return srgb_decode(unpacked(material.tint));
        }
        case FACE_ORIENTATION: {
            return srgb_decode(select(BACK_SIDE, FRONT_SIDE, sight.is_front)) * shade;
        }
        case TEXEL_DENSITY: {
            let heat = density_color(sight.px_per_m, inspection.target_px_per_m);
            return srgb_decode(select(hatched(sight.sample), heat, sight.px_per_m > 0.0)) * shade;
        }
        default: {
            return vec3(0.0);
        }
    }
}

fn sight_targets(sight: Sight, id: u32) -> Targets {
    var targets: Targets;
    targets.lit = vec4(shown(sight), 1.0);
    targets.albedo = targets.lit;
    // All of the clay's light may be hidden.
    targets.normals = vec4(octahedral_encode(sight.normal), octahedral_encode(sight.face_normal) | vec2(15u));
    targets.depth = -sight.view_position.z;
    targets.id = id;
    return targets;
}

// Unit normal on the side that is seen.
fn seen_normal(normal: vec3<f32>, face: vec3<f32>, is_front: bool, flags: u32) -> vec3<f32> {
    let unit = normal * inverseSqrt(max(dot(normal, normal), 1e-38));
    let turned = select(-unit, unit, is_front);
    return select(turned, face, (flags & OBJECT_FLAT) != 0u);
}

// A mask cuts; what is blended is shown where it hides more than it lets through.
fn lets_through(alpha: f32) -> bool {
    let least = select(material.emissive_and_cutoff.a, 0.5, (material.flags & MATERIAL_BLEND) != 0u);
    return alpha < least;
}

// One more surface, counted in alpha.
fn one_layer() -> Targets {
    var targets: Targets;
    targets.lit = vec4(0.0, 0.0, 0.0, 1.0 / 255.0);
    return targets;
}
