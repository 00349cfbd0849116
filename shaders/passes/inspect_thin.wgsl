// Inspections of points and lines, as wide as they are drawn else.
#import "common/inspection.wgsl"
#import "common/thin.wgsl"

fn targets_of(in: Varying) -> Targets {
    if is_off(in) || lets_through(material.base_color.a * in.color.a) {
        discard;
    }
    var sight: Sight;
    sight.view_position = in.view_position;
    sight.normal = thin_normal(in);
    sight.face_normal = sight.normal;
    sight.is_front = true;
    sight.vertex_color = in.color.rgb;
    sight.roughness = material.roughness;
    sight.metallic = material.metallic;
    sight.occlusion = 1.0;
    sight.object_tint = in.tint;
    sight.flags = in.id_and_flags.y;
    sight.sample = in.clip_position.xy;
    return sight_targets(sight, in.id_and_flags.x);
}

@fragment
fn fs_main(in: Varying) -> Targets {
    return targets_of(in);
}

// What lies in front, under the layers.
@fragment
fn fs_data(in: Varying) -> Targets {
    return targets_of(in);
}

@fragment
fn fs_layers(in: Varying) -> Targets {
    if is_off(in) {
        discard;
    }
    return one_layer();
}
