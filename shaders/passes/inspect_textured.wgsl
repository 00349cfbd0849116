// Inspections of surfaces with UVs, or with a material that would have them.
#import "common/inspection.wgsl"

@group(1) @binding(1) var base_color_texture: texture_2d<f32>;
@group(1) @binding(2) var metallic_roughness_texture: texture_2d<f32>;
@group(1) @binding(4) var occlusion_texture: texture_2d<f32>;
@group(1) @binding(6) var base_color_sampler: sampler;
@group(1) @binding(7) var metallic_roughness_sampler: sampler;
@group(1) @binding(9) var occlusion_sampler: sampler;

// Twins: `PlainVertex` and `TexturedVertex` in app/render/src/vertex.rs.
struct Vertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: vec4<f32>,
    // Square roots of linear RGB; straight alpha.
    @location(2) color: vec4<f32>,
    @location(4) uvs: vec4<f32>,
}

struct Varying {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) view_position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) color: vec4<f32>,
    @location(3) uvs: vec4<f32>,
    @location(4) @interpolate(flat) id_flags_tint: vec3<u32>,
}

@vertex
fn vs_main(vertex: Vertex, @builtin(instance_index) object_index: u32) -> Varying {
    let view_position = objects[object_index].view_from_object * vec4(vertex.position, 1.0);
    var out: Varying;
    out.clip_position = frame.clip_from_view * view_position;
    out.view_position = view_position.xyz;
    out.normal = view_normal(object_index, vertex.normal.xyz);
    out.color = vec4(vertex.color.rgb * vertex.color.rgb, vertex.color.a);
    out.uvs = vertex.uvs;
    let object = &objects[object_index];
    out.id_flags_tint = vec3((*object).id, (*object).flags, (*object).tint);
    return out;
}

fn slot_uv(slot: u32, uvs: vec4<f32>) -> vec2<f32> {
    let row_u = material.uv_rows[2u * slot];
    let row_v = material.uv_rows[2u * slot + 1u];
    let uv = select(uvs.xy, uvs.zw, row_u.w > 0.5);
    return vec2(dot(row_u.xy, uv) + row_u.z, dot(row_v.xy, uv) + row_v.z);
}

// Pixels of the material's main texture along a metre of the surface: the root of pixels over area.
fn texel_density(uv: vec2<f32>, view_position: vec3<f32>) -> f32 {
    let uv_dx = dpdx(uv) * material.main_texture_px;
    let uv_dy = dpdy(uv) * material.main_texture_px;
    let area = cross(dpdx(view_position), dpdy(view_position));
    let n_pixels = abs(uv_dx.x * uv_dy.y - uv_dx.y * uv_dy.x);
    return sqrt(n_pixels / max(length(area), 1e-38));
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
    sight.has_uvs = (flags & OBJECT_HAS_UVS) != 0u;
    sight.object_tint = in.id_flags_tint.z;
    sight.flags = flags;
    sight.sample = in.clip_position.xy;
    let mode = inspection.mode;
    if (material.flags & MATERIAL_HAS_METALLIC_ROUGHNESS_MAP) != 0u && (mode == ROUGHNESS || mode == METALLIC) {
        let both = textureSample(metallic_roughness_texture, metallic_roughness_sampler, slot_uv(1u, in.uvs));
        sight.roughness *= both.g;
        sight.metallic *= both.b;
    }
    if (material.flags & MATERIAL_HAS_OCCLUSION_MAP) != 0u && mode == OCCLUSION {
        let light = textureSample(occlusion_texture, occlusion_sampler, slot_uv(3u, in.uvs)).r;
        sight.occlusion = 1.0 + material.occlusion_strength * (light - 1.0);
    }
    if mode == UV_CHECKER {
        sight.cell = textureSample(checker_texture, checker_sampler, in.uvs.xy * inspection.checker_repeats).rgb;
    }
    if mode == TEXEL_DENSITY {
        sight.px_per_m = texel_density(slot_uv(material.main_slot, in.uvs), in.view_position);
    }
    var alpha = material.base_color.a * in.color.a;
    if (material.flags & MATERIAL_HAS_BASE_COLOR_MAP) != 0u && (material.emissive_and_cutoff.a > 0.0) {
        alpha *= textureSample(base_color_texture, base_color_sampler, slot_uv(0u, in.uvs)).a;
    }
    if lets_through(alpha) || is_cut_away(in.view_position) {
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
