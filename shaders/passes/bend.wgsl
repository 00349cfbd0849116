// Morphs, then skins the vertices of one primitive and writes them where the geometry passes read
// them (glTF 2.0 §3.7.2.2 and §3.7.3.3, linear blend skinning). One invocation a vertex.

// Twin: `BendUniform` in app/render/src/gpu_scene/rig.rs.
struct Bend {
    n_vertices: u32,
    // Where they begin in the buffers that are drawn from.
    base_vertex: u32,
    // Records of `rest`.
    first_rest: u32,
    // Words of `influences`.
    first_influence: u32,
    // Sets of four joints a vertex.
    n_sets: u32,
    // Numbers of `deltas`.
    first_delta: u32,
    // Vertices of the primitive, fewer than drawn ones where corners were split.
    n_source_vertices: u32,
    // 0: nothing, 1: positions, 2: and normals, 3: and tangents.
    n_delta_kinds: u32,
    first_matrix: u32,
    // What moves vertices without any weight, counted from `first_matrix`.
    rigid_matrix: u32,
    first_shape: u32,
    n_shapes: u32,
    flags: u32,
    pad_0: u32,
    pad_1: u32,
    pad_2: u32,
}

const HAS_NORMALS: u32 = 1u;
const IS_TEXTURED: u32 = 2u;
// Of `PlainVertex` and `TexturedVertex`.
const WORDS_PER_VERTEX: u32 = 6u;
const WORDS_PER_SET: u32 = 8u;

@group(0) @binding(0) var<uniform> bend: Bend;
@group(0) @binding(1) var<storage, read_write> vertices: array<u32>;
@group(0) @binding(2) var<storage, read_write> textured: array<u32>;
// Three a vertex: position and the primitive's vertex, normal and handedness, tangent.
@group(0) @binding(3) var<storage, read> rest: array<vec4<u32>>;
// Four joints, then their four weights, which add up to 1 over the sets.
@group(0) @binding(4) var<storage, read> influences: array<u32>;
// Target after target, kind after kind.
@group(0) @binding(5) var<storage, read> deltas: array<f32>;
// `object_from_mesh` by way of each joint.
@group(0) @binding(6) var<storage, read> matrices: array<mat4x4<f32>>;
// The morph targets in use, each with the bits of its weight.
@group(0) @binding(7) var<storage, read> shapes: array<vec2<u32>>;

fn delta(target_index: u32, kind: u32, vertex: u32) -> vec3<f32> {
    let row = (target_index * bend.n_delta_kinds + kind) * bend.n_source_vertices + vertex;
    let at = bend.first_delta + 3u * row;
    return vec3(deltas[at], deltas[at + 1u], deltas[at + 2u]);
}

fn object_from_mesh(vertex: u32) -> mat4x4<f32> {
    if bend.n_sets == 0u {
        return matrices[bend.first_matrix + bend.rigid_matrix];
    }
    var blended = mat4x4<f32>();
    for (var s = 0u; s < bend.n_sets; s++) {
        let at = bend.first_influence + (vertex * bend.n_sets + s) * WORDS_PER_SET;
        for (var i = 0u; i < 4u; i++) {
            let weight = bitcast<f32>(influences[at + 4u + i]);
            if weight != 0.0 {
                blended += matrices[bend.first_matrix + influences[at + i]] * weight;
            }
        }
    }
    return blended;
}

fn unit_or_zero(v: vec3<f32>) -> vec3<f32> {
    // Scaled first: the square of a short one would vanish.
    let largest = max(abs(v.x), max(abs(v.y), abs(v.z)));
    if largest == 0.0 {
        return vec3(0.0);
    }
    return normalize(v / largest);
}

@compute @workgroup_size(64)
fn bend_vertices(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = id.x + id.y * n_groups.x * 64u;
    if i >= bend.n_vertices {
        return;
    }
    let record = 3u * (bend.first_rest + i);
    let vertex = rest[record].w;
    var position = bitcast<vec3<f32>>(rest[record].xyz);
    var normal = bitcast<vec3<f32>>(rest[record + 1u].xyz);
    var tangent = bitcast<vec3<f32>>(rest[record + 2u].xyz);
    for (var s = bend.first_shape; s < bend.first_shape + bend.n_shapes; s++) {
        let weight = bitcast<f32>(shapes[s].y);
        position += weight * delta(shapes[s].x, 0u, vertex);
        if bend.n_delta_kinds > 1u {
            normal += weight * delta(shapes[s].x, 1u, vertex);
        }
        if bend.n_delta_kinds > 2u {
            tangent += weight * delta(shapes[s].x, 2u, vertex);
        }
    }
    let matrix = object_from_mesh(vertex);
    let moved = (matrix * vec4(position, 1.0)).xyz;
    let word = (bend.base_vertex + i) * WORDS_PER_VERTEX;
    vertices[word] = bitcast<u32>(moved.x);
    vertices[word + 1u] = bitcast<u32>(moved.y);
    vertices[word + 2u] = bitcast<u32>(moved.z);
    let axes = mat3x3(matrix[0].xyz, matrix[1].xyz, matrix[2].xyz);
    if (bend.flags & HAS_NORMALS) != 0u {
        // The cofactors turn normals even where the matrix flattens.
        let largest = max(length(axes[0]), max(length(axes[1]), length(axes[2])));
        let even = axes * (1.0 / max(largest, 1e-30));
        let across = mat3x3(cross(even[1], even[2]), cross(even[2], even[0]), cross(even[0], even[1]));
        let turned = unit_or_zero(across * normal * select(1.0, -1.0, determinant(even) < 0.0));
        vertices[word + 3u] = pack2x16snorm(turned.xy);
        vertices[word + 4u] = pack2x16snorm(vec2(turned.z, 0.0));
    }
    if (bend.flags & IS_TEXTURED) != 0u {
        let turned = unit_or_zero(axes * tangent);
        textured[word] = pack2x16snorm(turned.xy);
        textured[word + 1u] = pack2x16snorm(vec2(turned.z, bitcast<f32>(rest[record + 1u].w)));
    }
}
