// The edges of the model's polygons over a plain, dim surface. Each triangle is fetched corner by
// corner, so that a fragment knows how far it is from each edge; no device feature is needed.
#import "common/frame.wgsl"
#import "common/object.wgsl"
#import "common/octahedral.wgsl"
#import "common/targets.wgsl"

// `PlainVertex`, six words each, of which the first three are the position.
@group(2) @binding(1) var<storage, read> vertices: array<f32>;
@group(2) @binding(2) var<storage, read> indices: array<u32>;
// A byte a triangle: which of its three edges are edges of the polygon it was cut from.
@group(2) @binding(3) var<storage, read> edge_flags: array<u32>;

const WORDS_PER_VERTEX: u32 = 6u;
const LINE_HALF_WIDTH: f32 = 0.9;
const SURFACE_DARK: vec3<f32> = vec3(0.035, 0.038, 0.043);
const SURFACE_LIGHT: vec3<f32> = vec3(0.13, 0.138, 0.155);
const LINE: vec3<f32> = vec3(0.70, 0.78, 0.86);
// How much of a line's colour a surface takes on whose triangles are too small to be told apart.
const DENSE_TONE: f32 = 0.30;

struct Varying {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) view_position: vec3<f32>,
    // Distance from each edge, 1 at the corner opposite to it.
    @location(1) edge_distance: vec3<f32>,
    @location(2) @interpolate(flat) id: u32,
}

@vertex
fn vs_main(@builtin(vertex_index) i: u32, @builtin(instance_index) object_index: u32) -> Varying {
    let corner = i % 3u;
    let triangle = i / 3u;
    let word = (indices[i] + objects[object_index].base_vertex) * WORDS_PER_VERTEX;
    let position = vec3(vertices[word], vertices[word + 1u], vertices[word + 2u]);
    let view_position = objects[object_index].view_from_object * vec4(position, 1.0);
    let flags = (edge_flags[triangle / 4u] >> (8u * (triangle % 4u))) & 7u;
    var out: Varying;
    out.clip_position = frame.clip_from_view * view_position;
    out.view_position = view_position.xyz;
    // An edge inside a polygon is moved out of reach.
    out.edge_distance = select(vec3(2.0), vec3(0.0), vec3((flags & 2u) != 0u, (flags & 4u) != 0u, (flags & 1u) != 0u));
    out.edge_distance[corner] += 1.0;
    out.id = objects[object_index].id;
    return out;
}

@fragment
fn fs_main(in: Varying) -> Targets {
    let v = to_eye(in.view_position);
    let across = cross(dpdy(in.view_position), dpdx(in.view_position));
    var normal = across * inverseSqrt(max(dot(across, across), 1e-38));
    normal = select(-normal, normal, dot(normal, v) >= 0.0);
    let facing = dot(normal, v);
    let per_sample = max(fwidth(in.edge_distance), vec3(1e-6));
    let samples = in.edge_distance / per_sample;
    let nearest = min(samples.x, min(samples.y, samples.z));
    let line = 1.0 - smoothstep(LINE_HALF_WIDTH - 0.5, LINE_HALF_WIDTH + 0.5, nearest);
    let density = max(per_sample.x, max(per_sample.y, per_sample.z));
    let ink = mix(line, DENSE_TONE, smoothstep(0.12, 0.45, density));
    if is_cut_away(in.view_position) {
        discard;
    }
    let color = mix(mix(SURFACE_DARK, SURFACE_LIGHT, facing * facing), LINE, ink);
    var targets: Targets;
    targets.lit = vec4(color, 1.0);
    targets.albedo = targets.lit;
    targets.normals = vec4(octahedral_encode(normal), octahedral_encode(normal));
    targets.depth = -in.view_position.z;
    targets.id = in.id;
    return targets;
}
