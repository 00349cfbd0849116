// Points and lines in their material.
#import "common/surface_output.wgsl"
#import "common/thin.wgsl"

@fragment
fn fs_main(in: Varying) -> Targets {
    let coverage = material.base_color.a * in.color.a;
    if is_off(in) || coverage < material.emissive_and_cutoff.a {
        discard;
    }
    let normal = thin_normal(in);
    var surface: Surface;
    surface.base_color = material.base_color.rgb * in.color.rgb;
    surface.metallic = material.metallic;
    surface.roughness = material.roughness;
    surface.occlusion = 1.0;
    surface.emissive = material.emissive_and_cutoff.rgb;
    surface.normal = normal;
    surface.face_normal = normal;
    return surface_targets(surface, in.view_position, in.id_and_flags);
}
