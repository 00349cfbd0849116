// Surfaces with material extensions, textured or not.
#import "common/see_through.wgsl"
#import "common/textured_surface.wgsl"
#import "common/rich_surface.wgsl"
#import "generated/extension_textures.wgsl"

@vertex
fn vs_main(vertex: Vertex, @builtin(instance_index) object_index: u32) -> Varying {
    return varying_of(vertex, object_index);
}

fn brush_of(in: Varying, core: Surface, side: f32) -> Brush {
    let axes = tangent_frame(in, core.normal, side, slot_uv(2, in.uvs));
    let texel = anisotropy_texel(in.uvs);
    let drawn = texel.xy * 2.0 - 1.0;
    let turn = extensions.anisotropy.yz;
    let direction = vec2(drawn.x * turn.x - drawn.y * turn.y, drawn.x * turn.y + drawn.y * turn.x);
    let along = axes.tangent * direction.x + axes.bitangent * direction.y;
    // Onto the surface; a model without UVs is brushed around its vertical.
    let flat = along - core.normal * dot(along, core.normal);
    let fallback = cross(vec3(0.0, 1.0, 0.001), core.normal);
    let has_direction = dot(flat, flat) > 1e-8;
    let unit = normalize(select(fallback, flat, has_direction));
    return Brush(unit, cross(core.normal, unit), saturate(extensions.anisotropy.x * texel.z));
}

fn rich_of(in: Varying, core: Surface, is_front: bool) -> RichSurface {
    let side = side_of(in, is_front);
    var rich: RichSurface;
    rich.core = core;
    rich.specular_color = extensions.specular.rgb * specular_color_texel(in.uvs).rgb;
    rich.specular = extensions.specular.a * specular_texel(in.uvs).a;
    if HAS_CLEARCOAT {
        rich.coat = extensions.clearcoat.x * clearcoat_texel(in.uvs).r;
        let smooth_coat = smooth_normal(in, side, core.face_normal);
        let axes = tangent_frame(in, smooth_coat, side, extension_uv(CLEARCOAT_NORMAL_SLOT, in.uvs));
        let bend = clearcoat_normal_texel(in.uvs).xyz * 2.0 - 1.0;
        rich.coat_normal = bent_normal(axes, smooth_coat, vec3(bend.xy * extensions.clearcoat.z, bend.z));
        let coat_roughness = max(extensions.clearcoat.y * clearcoat_roughness_texel(in.uvs).g, 0.04);
        rich.coat_roughness = filtered_roughness(coat_roughness, dpdx(rich.coat_normal), dpdy(rich.coat_normal));
    }
    if HAS_SHEEN {
        rich.sheen_color = extensions.sheen.rgb * sheen_color_texel(in.uvs).rgb;
        rich.sheen_roughness = max(extensions.sheen.a * sheen_roughness_texel(in.uvs).a, 0.07);
    }
    if HAS_ANISOTROPY {
        rich.brush = brush_of(in, core, side);
    }
    if HAS_IRIDESCENCE {
        rich.film = extensions.iridescence.x * iridescence_texel(in.uvs).r;
        let part = iridescence_thickness_texel(in.uvs).g;
        rich.film_nm = mix(extensions.iridescence.z, extensions.iridescence.w, part);
    }
    if HAS_DIFFUSE_TRANSMISSION {
        rich.through_color = extensions.diffuse_transmission.rgb * diffuse_transmission_color_texel(in.uvs).rgb;
        rich.through = extensions.diffuse_transmission.a * diffuse_transmission_texel(in.uvs).a;
    }
    return rich;
}

@fragment
fn fs_main(in: Varying, @builtin(front_facing) is_front: bool) -> Targets {
    var core = surface_of(in, is_front);
    let base = base_color_of(in.uvs);
    core.base_color *= base.rgb;
    let rich = rich_of(in, core, is_front);
    let coverage = material.base_color.a * in.color.a * base.a;
    if !is_solid(coverage) || is_cut_away(in.view_position) {
        discard;
    }
    if is_unlit(in.id_and_flags) {
        return colored_targets(core, core.base_color, 0.0, in.view_position, in.id_and_flags);
    }
    let light = shade_rich(rich, to_eye(in.view_position), in.view_position);
    return colored_targets(core, tonemap(light), hideable_part(core, light), in.view_position, in.id_and_flags);
}

@fragment
fn fs_layer(in: Varying, @builtin(front_facing) is_front: bool) -> Layer {
    var core = surface_of(in, is_front);
    let base = base_color_of(in.uvs);
    core.base_color *= base.rgb;
    let transmission = material.transmission * transmission_texel(in.uvs).r;
    let thickness = material.thickness * thickness_texel(in.uvs).g;
    var rich = rich_of(in, core, is_front);
    let coverage = material.base_color.a * in.color.a * base.a;
    let is_drawn = is_layer(coverage, in.id_and_flags.y, is_front) && !is_cut_away(in.view_position);
    if !is_drawn || is_out_of_turn(in.clip_position) {
        discard;
    }
    rich.core = reflecting_part(core, transmission);
    var reflected = vec3(0.0);
    if !is_unlit(in.id_and_flags) {
        reflected = shade_rich(rich, to_eye(in.view_position), in.view_position);
    }
    return layer_with(core, reflected, coverage, transmission, thickness, in.clip_position, in.view_position, in.id_and_flags);
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
