// What a lamp sees of surfaces without textures: depth alone.
#import "common/frame.wgsl"
#import "common/material.wgsl"
#import "common/object.wgsl"

// Twin: `PlainVertex` in app/render/src/vertex.rs.
struct Vertex {
    @location(0) position: vec3<f32>,
    @location(2) color: vec4<f32>,
}

struct Varying {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) view_position: vec3<f32>,
    @location(1) alpha: f32,
}

@vertex
fn vs_main(vertex: Vertex, @builtin(instance_index) object_index: u32) -> Varying {
    let view_position = objects[object_index].view_from_object * vec4(vertex.position, 1.0);
    var out: Varying;
    out.clip_position = frame.clip_from_view * view_position;
    out.view_position = view_position.xyz;
    out.alpha = vertex.color.a;
    return out;
}

@fragment
fn fs_main(in: Varying) {
    let coverage = material.base_color.a * in.alpha;
    if coverage < max(material.emissive_and_cutoff.a, 0.5) || is_cut_away(in.view_position) {
        discard;
    }
}
