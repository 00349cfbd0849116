// Inspections of surfaces without UVs.
#import "common/inspection.wgsl"

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
    @location(3) @interpolate(flat) id_flags_tint: vec3<u32>,
}

@vertex
fn vs_main(vertex: Vertex, @builtin(instance_index) object_index: u32) -> Varying {
    let view_position = objects[object_index].view_from_object * vec4(vertex.position, 1.0);
    var out: Varying;
    out.clip_position = frame.clip_from_view * view_position;
    out.view_position = view_position.xyz;
    out.normal = view_normal(object_index, vertex.normal.xyz);
    out.color = vec4(vertex.color.rgb * vertex.color.rgb, vertex.color.a);
    let object = &objects[object_index];
    out.id_flags_tint = vec3((*object).id, (*object).flags, (*object).tint);
    return out;
}

fn targets_of(in: Varying, is_front_on_screen: bool) -> Targets {
    let flags = in.id_flags_tint.y;
    var sight: Sight;
    sight.view_position = in.view_position;
    sight.is_front = is_front_on_screen != ((flags & OBJECT_MIRRORED) != 0u);
    sight.face_normal = side_to_eye(in.view_position);
    sight.normal = seen_normal(in.normal, sight.face_normal, sight.is_front, flags);
    sight.vertex_color = in.color.rgb;
    sight.roughness = material.roughness;
    sight.metallic = material.metallic;
    sight.occlusion = 1.0;
    sight.object_tint = in.id_flags_tint.z;
    sight.flags = flags;
    sight.sample = in.clip_position.xy;
    if lets_through(material.base_color.a * in.color.a) || is_cut_away(in.view_position) {
        discard;
    }
    return sight_targets(sight, in.id_flags_tint.x);
}

@fragment
fn fs_main(in: Varying, @builtin(front_facing) is_front_on_screen: bool) -> Targets {
    return targets_of(in, is_front_on_screen);
}

// What lies in front, under the layers.
@fragment
fn fs_data(in: Varying, @builtin(front_facing) is_front_on_screen: bool) -> Targets {
    return targets_of(in, is_front_on_screen);
}

@fragment
fn fs_layers(in: Varying) -> Targets {
    if is_cut_away(in.view_position) {
        discard;
    }
    return one_layer();
}
