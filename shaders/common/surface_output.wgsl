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

// Everything but the colours.
fn data_targets(surface: Surface, view_position: vec3<f32>, id_and_flags: vec2<u32>) -> Targets {
    var targets: Targets;
    targets.normals = vec4(octahedral_encode(surface.normal), octahedral_encode(surface.face_normal));
    targets.depth = -view_position.z;
    targets.id = id_and_flags.x;
    return targets;
}

// What a surface hides of those behind it. Glass lets diffuse light pass and keeps its mirror image,
// which grows towards the rim (Schlick).
fn hiding_alpha(coverage: f32, surface: Surface, view_position: vec3<f32>) -> f32 {
    let alpha = select(1.0, coverage, (material.flags & MATERIAL_BLEND) != 0u);
    if material.see_through == 0.0 {
        return alpha;
    }
    let facing = saturate(abs(dot(surface.normal, to_eye(view_position))));
    let mirror = 0.04 + 0.96 * pow(1.0 - facing, 5.0);
    return alpha * (1.0 - material.see_through * (1.0 - mirror));
}

// Transmissive surfaces are there to be measured, however clear.
fn is_in_data(coverage: f32) -> bool {
    let alpha = select(1.0, coverage, (material.flags & MATERIAL_BLEND) != 0u);
    return alpha >= DATA_ALPHA && coverage >= material.emissive_and_cutoff.a;
}

fn surface_targets(surface: Surface, alpha: f32, view_position: vec3<f32>, id_and_flags: vec2<u32>) -> Targets {
    let is_unlit = (material.flags & MATERIAL_UNLIT) != 0u || (id_and_flags.y & OBJECT_UNLIT) != 0u;
    var lit = surface.base_color;
    if !is_unlit {
        lit = tonemap(shade(surface, to_eye(view_position)));
    }
    var targets = data_targets(surface, view_position, id_and_flags);
    targets.lit = vec4(lit * alpha, alpha);
    targets.albedo = vec4(surface.base_color * alpha, alpha);
    return targets;
}
