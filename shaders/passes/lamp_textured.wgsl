// What a lamp sees of surfaces whose texture has holes: depth alone.
#import "common/textured_surface.wgsl"

@vertex
fn vs_main(vertex: Vertex, @builtin(instance_index) object_index: u32) -> Varying {
    return varying_of(vertex, object_index);
}

@fragment
fn fs_main(in: Varying) {
    let coverage = material.base_color.a * in.color.a * base_color_of(in.uvs).a;
    if coverage < max(material.emissive_and_cutoff.a, 0.5) || is_cut_away(in.view_position) {
        discard;
    }
}
