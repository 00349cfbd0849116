// The core of a surface with textures: what the textured pass shows, and the rich one builds on.
#import "common/surface_output.wgsl"

@group(1) @binding(1) var base_color_texture: texture_2d<f32>;
@group(1) @binding(2) var metallic_roughness_texture: texture_2d<f32>;
@group(1) @binding(3) var normal_texture: texture_2d<f32>;
@group(1) @binding(4) var occlusion_texture: texture_2d<f32>;
@group(1) @binding(5) var emissive_texture: texture_2d<f32>;
@group(1) @binding(6) var base_color_sampler: sampler;
@group(1) @binding(7) var metallic_roughness_sampler: sampler;
@group(1) @binding(8) var normal_sampler: sampler;
@group(1) @binding(9) var occlusion_sampler: sampler;
@group(1) @binding(10) var emissive_sampler: sampler;

// Twins: `PlainVertex` and `TexturedVertex` in app/render/src/vertex.rs.
struct Vertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: vec4<f32>,
    // Square roots of linear RGB; straight alpha.
    @location(2) color: vec4<f32>,
    @location(3) tangent: vec4<f32>,
    @location(4) uvs: vec4<f32>,
}

struct Varying {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) view_position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) color: vec4<f32>,
    @location(3) tangent: vec4<f32>,
    @location(4) uvs: vec4<f32>,
    @location(5) @interpolate(flat) id_and_flags: vec2<u32>,
}

fn varying_of(vertex: Vertex, object_index: u32) -> Varying {
    let view_from_object = objects[object_index].view_from_object;
    let view_position = view_from_object * vec4(vertex.position, 1.0);
    var out: Varying;
    out.clip_position = frame.clip_from_view * view_position;
    out.view_position = view_position.xyz;
    out.normal = view_normal(object_index, vertex.normal.xyz);
    out.color = vec4(vertex.color.rgb * vertex.color.rgb, vertex.color.a);
    out.tangent = vec4((view_from_object * vec4(vertex.tangent.xyz, 0.0)).xyz, vertex.tangent.w);
    out.uvs = vertex.uvs;
    out.id_and_flags = vec2(objects[object_index].id, objects[object_index].flags);
    return out;
}

fn slot_uv(slot: i32, uvs: vec4<f32>) -> vec2<f32> {
    let row_u = material.uv_rows[2 * slot];
    let row_v = material.uv_rows[2 * slot + 1];
    let uv = select(uvs.xy, uvs.zw, row_u.w > 0.5);
    return vec2(dot(row_u.xy, uv) + row_u.z, dot(row_v.xy, uv) + row_v.z);
}

// Directions of U and of -V on the surface, and whether the surface is seen from behind.
struct TangentFrame {
    tangent: vec3<f32>,
    bitangent: vec3<f32>,
    side: f32,
}

// Without tangents in the file, the directions of the UV axes come from the screen (Schüler, "Normal
// Mapping Without Precomputed Tangents", 2006).
fn tangent_frame(in: Varying, normal: vec3<f32>, side: f32, uv: vec2<f32>) -> TangentFrame {
    let position_dx = dpdx(in.view_position);
    let position_dy = dpdy(in.view_position);
    let uv_dx = dpdx(uv);
    let uv_dy = dpdy(uv);
    var tangent: vec3<f32>;
    var bitangent: vec3<f32>;
    if (in.id_and_flags.y & OBJECT_HAS_TANGENTS) != 0u {
        tangent = in.tangent.xyz * inverseSqrt(max(dot(in.tangent.xyz, in.tangent.xyz), 1e-38));
        let mirror = select(1.0, -1.0, (in.id_and_flags.y & OBJECT_MIRRORED) != 0u);
        bitangent = cross(side * normal, tangent) * (sign(in.tangent.w) * mirror);
    } else {
        let across_y = cross(position_dy, normal);
        let across_x = cross(normal, position_dx);
        tangent = across_y * uv_dx.x + across_x * uv_dy.x;
        // V runs down the picture, and a normal map's green runs up.
        bitangent = -(across_y * uv_dx.y + across_x * uv_dy.y);
        let longest = max(dot(tangent, tangent), dot(bitangent, bitangent));
        // The cross products turn with the winding on screen.
        let turn = sign(dot(cross(position_dx, position_dy), normal));
        let scale = turn * inverseSqrt(max(longest, 1e-38));
        tangent *= scale;
        bitangent *= scale;
    }
    return TangentFrame(tangent, bitangent, side);
}

// Bends `normal` as a normal map says whose texel, from -1 to 1, is `bend`.
fn bent_normal(axes: TangentFrame, normal: vec3<f32>, bend: vec3<f32>) -> vec3<f32> {
    // Seen from behind, what bulges is a dent.
    let mapped = axes.side * (axes.tangent * bend.x + axes.bitangent * bend.y) + normal * bend.z;
    let length_squared = dot(mapped, mapped);
    return select(normal, mapped * inverseSqrt(max(length_squared, 1e-38)), length_squared > 1e-12);
}

fn mapped_normal(in: Varying, normal: vec3<f32>, side: f32) -> vec3<f32> {
    let uv = slot_uv(2, in.uvs);
    let sampled = textureSample(normal_texture, normal_sampler, uv).xyz * 2.0 - 1.0;
    let bend = vec3(sampled.xy * material.normal_scale, sampled.z);
    return bent_normal(tangent_frame(in, normal, side, uv), normal, bend);
}

// -1 where the surface is seen from behind.
fn side_of(in: Varying, is_front: bool) -> f32 {
    let is_mirrored = (in.id_and_flags.y & OBJECT_MIRRORED) != 0u;
    return select(-1.0, 1.0, is_front != is_mirrored);
}

// Towards the eye, before any normal map.
fn smooth_normal(in: Varying, side: f32, face: vec3<f32>) -> vec3<f32> {
    let normal = in.normal * (side * inverseSqrt(max(dot(in.normal, in.normal), 1e-38)));
    return select(normal, face, (in.id_and_flags.y & OBJECT_FLAT) != 0u);
}

fn surface_of(in: Varying, is_front: bool) -> Surface {
    let v = to_eye(in.view_position);
    let face = face_normal(dpdx(in.view_position), dpdy(in.view_position), v);
    let side = side_of(in, is_front);
    var normal = smooth_normal(in, side, face);
    if (material.flags & MATERIAL_HAS_NORMAL_MAP) != 0u {
        normal = mapped_normal(in, normal, side);
    }
    var metallic_roughness = vec4(1.0);
    if (material.flags & MATERIAL_HAS_METALLIC_ROUGHNESS_MAP) != 0u {
        metallic_roughness = textureSample(metallic_roughness_texture, metallic_roughness_sampler, slot_uv(1, in.uvs));
    }
    var occlusion = 1.0;
    if (material.flags & MATERIAL_HAS_OCCLUSION_MAP) != 0u {
        occlusion = textureSample(occlusion_texture, occlusion_sampler, slot_uv(3, in.uvs)).r;
    }
    var emissive = vec3(1.0);
    if (material.flags & MATERIAL_HAS_EMISSIVE_MAP) != 0u {
        emissive = textureSample(emissive_texture, emissive_sampler, slot_uv(4, in.uvs)).rgb;
    }
    var surface: Surface;
    surface.base_color = material.base_color.rgb * in.color.rgb;
    surface.metallic = material.metallic * metallic_roughness.b;
    surface.roughness = filtered_roughness(material.roughness * metallic_roughness.g, dpdx(normal), dpdy(normal));
    surface.occlusion = 1.0 + material.occlusion_strength * (occlusion - 1.0);
    surface.emissive = material.emissive_and_cutoff.rgb * emissive;
    surface.normal = normal;
    surface.face_normal = face;
    return surface;
}

fn base_color_of(uvs: vec4<f32>) -> vec4<f32> {
    if (material.flags & MATERIAL_HAS_BASE_COLOR_MAP) == 0u {
        return vec4(1.0);
    }
    return textureSample(base_color_texture, base_color_sampler, slot_uv(0, uvs));
}
