// Surfaces that show what is behind them: one fragment as a layer of colour over light that is let
// through. Which layers are drawn, and how they are put together, is said in
// app/render/src/see_through/mod.rs.
#import "common/layering.wgsl"
#import "common/surface_output.wgsl"

@group(3) @binding(0) var<uniform> layering: Layering;
@group(3) @binding(1) var solid_depth: texture_depth_2d;
@group(3) @binding(2) var last_depth: texture_depth_2d;
// What the layers so far let through.
@group(3) @binding(3) var light_left: texture_2d<f32>;

// The grey that the tone curve takes a transmissive surface's mirror image to stand before.
const MIDDLE_GREY: vec3<f32> = vec3(0.18);

fn is_out_of_turn(position: vec4<f32>) -> bool {
    let sample = vec2<i32>(position.xy);
    return position.z < textureLoad(solid_depth, sample, 0) || position.z >= textureLoad(last_depth, sample, 0);
}

// Whether there is something to draw that the geometry pass did not. What encloses a volume is
// passed once: its thickness is that of the whole way through.
fn is_layer(coverage: f32, flags: u32, is_front: bool) -> bool {
    let is_drawn = material.transmission == 0.0 && is_solid(coverage);
    let leaves_volume = material.thickness > 0.0 && is_front == ((flags & OBJECT_MIRRORED) != 0u);
    return !is_drawn && !leaves_volume && coverage >= material.emissive_and_cutoff.a;
}

// How far the ray that enters at `view_position` is shifted where it leaves (KHR_materials_volume,
// as Khronos' sample viewer draws it).
fn shift_of(surface: Surface, view_position: vec3<f32>, thickness_m: f32) -> vec2<f32> {
    let ray = refract(-to_eye(view_position), surface.normal, 1.0 / material.ior);
    let entry = frame.clip_from_view * vec4(view_position, 1.0);
    let exit = frame.clip_from_view * vec4(view_position + ray * thickness_m, 1.0);
    let shift = exit.xy / max(exit.w, 1e-6) - entry.xy / max(entry.w, 1e-6);
    return clamp(shift * vec2(0.5, -0.5), vec2(-1.0), vec2(1.0));
}

// Radius in parts of the picture: a smooth surface none, a rough one all, each tenth doubling it
// (the framebuffer level of Khronos' sample viewer, at any size of picture).
fn blur_of(roughness: f32) -> f32 {
    let by_index = roughness * clamp(2.0 * material.ior - 2.0, 0.0, 1.0);
    return max(exp2(10.0 * (by_index - 1.0)) - exp2(10.0 * (0.05 - 1.0)), 0.0);
}

// Part of the light that a transmissive surface throws back (Schlick).
fn mirrored(surface: Surface, v: vec3<f32>) -> f32 {
    let facing = saturate(abs(dot(surface.normal, v)));
    return mix(material.reflection.x, material.reflection.y, pow(1.0 - facing, 5.0));
}

// A mirror image through the tone curve, as it adds to a middle grey of which `light` is let through.
fn before_grey(image: vec3<f32>, light: vec3<f32>) -> vec3<f32> {
    return max(tonemap(image + light * MIDDLE_GREY) - light * tonemap(MIDDLE_GREY), vec3(0.0));
}

// `transmission` and `thickness` are those of the material times their textures.
fn layer_of(
    surface: Surface,
    coverage: f32,
    transmission: f32,
    thickness: f32,
    position: vec4<f32>,
    view_position: vec3<f32>,
    id_and_flags: vec2<u32>,
) -> Layer {
    var reflected = vec3(0.0);
    if !is_unlit(id_and_flags) {
        reflected = shade(reflecting_part(surface, transmission), to_eye(view_position), view_position);
    }
    return layer_with(surface, reflected, coverage, transmission, thickness, position, view_position, id_and_flags);
}

// What goes through is not scattered back.
fn reflecting_part(surface: Surface, transmission: f32) -> Surface {
    var part = surface;
    part.base_color *= 1.0 - transmission * (1.0 - surface.metallic);
    return part;
}

// `reflected`: the light of the surface itself.
fn layer_with(
    surface: Surface,
    reflected: vec3<f32>,
    coverage: f32,
    transmission: f32,
    thickness: f32,
    position: vec4<f32>,
    view_position: vec3<f32>,
    id_and_flags: vec2<u32>,
) -> Layer {
    let v = to_eye(view_position);
    let through = transmission * (1.0 - surface.metallic);
    let thickness_m = thickness * object_scale(id_and_flags.y);
    var light = vec3(0.0);
    var bend = vec4(0.0);
    if through > 0.0 {
        light = through * (1.0 - mirrored(surface, v)) * surface.base_color * exp(-material.absorption.rgb * thickness_m);
        bend = vec4(shift_of(surface, view_position, thickness_m), material.absorption.a, pow(BLUR_SCALE * blur_of(surface.roughness), 2.0));
    }
    var color = surface.base_color;
    if !is_unlit(id_and_flags) {
        color = before_grey(reflected, light);
    }
    let alpha = select(1.0, coverage, (material.flags & MATERIAL_BLEND) != 0u);
    if through > 0.0 && alpha < 1.0 {
        // Glass that a file makes clear by its alpha as well mirrors no less for it.
        var mirror = surface;
        mirror.base_color = vec3(0.0);
        mirror.emissive = vec3(0.0);
        let lets_through = vec3(1.0 - mirrored(surface, v));
        color = mix(before_grey(shade(mirror, v, view_position), lets_through), color, alpha);
        light = mix(lets_through, light, alpha);
    } else {
        color *= alpha;
        light = mix(vec3(1.0), light, alpha);
    }
    let hides = 1.0 - dot(light, vec3(1.0 / 3.0));
    let before = textureLoad(light_left, vec2<i32>(position.xy), 0).rgb;
    let distance = saturate((-view_position.z - layering.near) / (layering.far - layering.near));
    let weight = select(1.0, max(300.0 * pow(1.0 - distance, 3.0), 0.01), layering.is_weighted == 1u);
    var layer: Layer;
    layer.color = vec4(before * color * weight, select(1.0, hides * weight, layering.is_weighted == 1u));
    layer.light = vec4(light, 1.0);
    layer.bend = bend;
    layer.albedo = vec4(surface.base_color, 1.0) * (dot(before, vec3(1.0 / 3.0)) * hides * weight);
    return layer;
}
