// One placed part of the model. Twin: `ObjectUniform` in app/render/src/frame.rs.

struct Object {
    view_from_object: mat4x4<f32>,
    // Columns of the rotation of normals into view space, not normalised; w of the first: radius of
    // points in metres.
    normal_x: vec4<f32>,
    normal_y: vec4<f32>,
    normal_z: vec4<f32>,
    // Of the pair (node, material), from 1.
    id: u32,
    // The upper half: how much larger the transform makes it.
    flags: u32,
    // Where its vertices begin in the buffer, for the wireframe.
    base_vertex: u32,
    // sRGB of its node in pictures of ids, red lowest.
    tint: u32,
}

// The transform mirrors: what is wound clockwise on screen faces the front.
const OBJECT_MIRRORED: u32 = 1u;
// No normals in the file: each face is shaded flat.
const OBJECT_FLAT: u32 = 2u;
const OBJECT_HAS_TANGENTS: u32 = 4u;
// Lines and points have no side to light.
const OBJECT_UNLIT: u32 = 8u;
const OBJECT_HAS_COLORS: u32 = 16u;
const OBJECT_HAS_UVS: u32 = 32u;

// Metres of a length of one in the mesh's own units.
fn object_scale(flags: u32) -> f32 {
    return exp2((f32(flags >> 16u) - 32768.0) / 1024.0);
}

@group(2) @binding(0) var<storage, read> objects: array<Object>;

fn view_normal(object_index: u32, normal: vec3<f32>) -> vec3<f32> {
    return objects[object_index].normal_x.xyz * normal.x
        + objects[object_index].normal_y.xyz * normal.y
        + objects[object_index].normal_z.xyz * normal.z;
}
