// Surfaces without textures.
#import "common/see_through.wgsl"

// Twin: `PlainVertex` in app/render/src/vertex.rs.
struct Vertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: vec4<f32>,
    // Square roots of linear RGB; straight alpha.
    @location(2) color: vec4<f32>,
}

struct Varying {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) view_position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) color: vec4<f32>,
    @location(3) @interpolate(flat) id_and_flags: vec2<u32>,
}

@vertex
fn vs_main(vertex: Vertex, @builtin(instance_index) object_index: u32) -> Varying {
    let view_position = objects[object_index].view_from_object * vec4(vertex.position, 1.0);
    var out: Varying;
    out.clip_position = frame.clip_from_view * view_position;
    out.view_position = view_position.xyz;
    out.normal = view_normal(object_index, vertex.normal.xyz);
    out.color = vec4(vertex.color.rgb * vertex.color.rgb, vertex.color.a);
    out.id_and_flags = vec2(objects[object_index].id, objects[object_index].flags);
    return out;
}

fn surface_of(in: Varying, is_front: bool) -> Surface {
    let flags = in.id_and_flags.y;
    let v = to_eye(in.view_position);
    let face = face_normal(dpdx(in.view_position), dpdy(in.view_position), v);
    var normal = in.normal * inverseSqrt(max(dot(in.normal, in.normal), 1e-38));
    let normal_dx = dpdx(normal);
    let normal_dy = dpdy(normal);
    let is_mirrored = (flags & OBJECT_MIRRORED) != 0u;
    normal = select(-normal, normal, is_front != is_mirrored);
    if (flags & OBJECT_FLAT) != 0u {
        normal = face;
    }
    var surface: Surface;
    surface.base_color = material.base_color.rgb * in.color.rgb;
    surface.metallic = material.metallic;
    surface.roughness = filtered_roughness(material.roughness, normal_dx, normal_dy);
    surface.occlusion = 1.0;
    surface.emissive = material.emissive_and_cutoff.rgb;
    surface.normal = normal;
    surface.face_normal = face;
    return surface;
}

@fragment
fn fs_main(in: Varying, @builtin(front_facing) is_front: bool) -> Targets {
    let surface = surface_of(in, is_front);
    let coverage = material.base_color.a * in.color.a;
    if !is_solid(coverage) || is_cut_away(in.view_position) {
        discard;
    }
    return surface_targets(surface, in.view_position, in.id_and_flags);
}

@fragment
fn fs_layer(in: Varying, @builtin(front_facing) is_front: bool) -> Layer {
    let surface = surface_of(in, is_front);
    let coverage = material.base_color.a * in.color.a;
    let is_drawn = is_layer(coverage, in.id_and_flags.y, is_front) && !is_cut_away(in.view_position);
    if !is_drawn || is_out_of_turn(in.clip_position) {
        discard;
    }
    return layer_of(surface, coverage, material.transmission, material.thickness, in.clip_position, in.view_position, in.id_and_flags);
}

// The data of what is seen through.
@fragment
fn fs_data(in: Varying, @builtin(front_facing) is_front: bool) -> Targets {
    let surface = surface_of(in, is_front);
    if !is_in_data(material.base_color.a * in.color.a) || is_cut_away(in.view_position) {
        discard;
    }
    return data_targets(surface, in.view_position, in.id_and_flags);
}
