// From a surface to the targets of the geometry pass: shared by the textured and the plain one.
#import "common/lighting.wgsl"
#import "common/material.wgsl"
#import "common/object.wgsl"
#import "common/octahedral.wgsl"
#import "common/targets.wgsl"
#import "common/tonemap.wgsl"

// Blended surfaces enter the data targets where they hide more than they show.
const DATA_ALPHA: f32 = 0.5;

// The face's normal towards the eye, from how the position changes over the screen.
fn face_normal(position_dx: vec3<f32>, position_dy: vec3<f32>, v: vec3<f32>) -> vec3<f32> {
    let across = cross(position_dy, position_dx);
    let n = across * inverseSqrt(max(dot(across, across), 1e-38));
    return select(-n, n, dot(n, v) >= 0.0);
}

// Widens the roughness where the normal turns within a pixel, so that highlights do not sparkle
// (Tokuyoshi and Kaplanyan, "Improved Geometric Specular Antialiasing", 2019).
fn filtered_roughness(roughness: f32, normal_dx: vec3<f32>, normal_dy: vec3<f32>) -> f32 {
    let variance = 0.15 * (dot(normal_dx, normal_dx) + dot(normal_dy, normal_dy));
    let alpha = roughness * roughness;
    return sqrt(sqrt(clamp(alpha * alpha + min(2.0 * variance, 0.18), 0.0, 1.0)));
}

// How much of what is seen is light that something may be in the way of: none of emission and of lamps
// whose shadows are drawn already, little of what a metal mirrors.
fn hideable_part(surface: Surface, light: vec3<f32>) -> f32 {
    let all = dot(light, vec3(1.0));
    var own = dot(surface.emissive, vec3(frame.look.x));
    if HAS_LIGHTS {
        own += dot(shadowed_light, vec3(frame.look.x));
    }
    return (1.0 - 0.6 * surface.metallic) * clamp(1.0 - own / max(all, 1e-4), 0.0, 1.0);
}

// It stands in the four lowest bits of the face's normal. Twin: `hideable_part` in
// app/render/src/octahedral.rs.
fn with_hideable_part(normals: vec4<u32>, part: f32) -> vec4<u32> {
    let code = u32(round(255.0 * part));
    return vec4(normals.xy, (normals.zw & vec2(0xfff0u)) | vec2(code >> 4u, code & 15u));
}

// Everything but the colours.
fn data_targets(surface: Surface, view_position: vec3<f32>, id_and_flags: vec2<u32>) -> Targets {
    var targets: Targets;
    let normals = vec4(octahedral_encode(surface.normal), octahedral_encode(surface.face_normal));
    targets.normals = with_hideable_part(normals, 0.0);
    targets.depth = -view_position.z;
    targets.id = id_and_flags.x;
    return targets;
}

// Transmissive surfaces are there to be measured, however clear.
fn is_in_data(coverage: f32) -> bool {
    let alpha = select(1.0, coverage, (material.flags & MATERIAL_BLEND) != 0u);
    return alpha >= DATA_ALPHA && coverage >= material.emissive_and_cutoff.a;
}

// From here on a blended surface hides all behind it: it is solid.
const SOLID_COVERAGE: f32 = 0.998;

// Whether the geometry pass draws a fragment; the rest of a blended surface is layers.
fn is_solid(coverage: f32) -> bool {
    return coverage >= select(material.emissive_and_cutoff.a, SOLID_COVERAGE, (material.flags & MATERIAL_BLEND) != 0u);
}

fn is_unlit(id_and_flags: vec2<u32>) -> bool {
    return (material.flags & MATERIAL_UNLIT) != 0u || (id_and_flags.y & OBJECT_UNLIT) != 0u;
}

fn surface_targets(surface: Surface, view_position: vec3<f32>, id_and_flags: vec2<u32>) -> Targets {
    if is_unlit(id_and_flags) {
        return colored_targets(surface, surface.base_color, 0.0, view_position, id_and_flags);
    }
    let light = shade(surface, to_eye(view_position), view_position);
    return colored_targets(surface, tonemap(light), hideable_part(surface, light), view_position, id_and_flags);
}

// `lit`: tone-mapped; `hideable`: see `hideable_part`.
fn colored_targets(
    surface: Surface,
    lit: vec3<f32>,
    hideable: f32,
    view_position: vec3<f32>,
    id_and_flags: vec2<u32>,
) -> Targets {
    var targets = data_targets(surface, view_position, id_and_flags);
    targets.normals = with_hideable_part(targets.normals, hideable);
    targets.lit = vec4(lit, 1.0);
    targets.albedo = vec4(surface.base_color, 1.0);
    return targets;
}
