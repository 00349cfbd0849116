// Surfaces with textures.
#import "common/see_through.wgsl"
#import "common/textured_surface.wgsl"

@vertex
fn vs_main(vertex: Vertex, @builtin(instance_index) object_index: u32) -> Varying {
    return varying_of(vertex, object_index);
}

@fragment
fn fs_main(in: Varying, @builtin(front_facing) is_front: bool) -> Targets {
    var surface = surface_of(in, is_front);
    let base = base_color_of(in.uvs);
    surface.base_color *= base.rgb;
    let coverage = material.base_color.a * in.color.a * base.a;
    if !is_solid(coverage) || is_cut_away(in.view_position) {
        discard;
    }
    return surface_targets(surface, in.view_position, in.id_and_flags);
}

@fragment
fn fs_layer(in: Varying, @builtin(front_facing) is_front: bool) -> Layer {
    var surface = surface_of(in, is_front);
    let base = base_color_of(in.uvs);
    surface.base_color *= base.rgb;
    let coverage = material.base_color.a * in.color.a * base.a;
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
    let base = base_color_of(in.uvs);
    if !is_in_data(material.base_color.a * in.color.a * base.a) || is_cut_away(in.view_position) {
        discard;
    }
    return data_targets(surface, in.view_position, in.id_and_flags);
}
