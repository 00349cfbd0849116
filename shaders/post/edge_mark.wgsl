// Marks the samples that lines run through (after Saito and Takahashi, "Comprehensible Rendering of
// 3-D Shapes", 1990). Twin, with the reasons: app/render/src/still/edges.rs.
#import "common/picture.wgsl"
#import "common/octahedral.wgsl"

@group(3) @binding(1) var normals_target: texture_2d<u32>;
@group(3) @binding(2) var depth_target: texture_2d<f32>;
@group(3) @binding(3) var id_target: texture_2d<u32>;

// Cosine of the angle between two faces beyond which their common edge is a line: 40 degrees.
const CREASE_COS: f32 = 0.766;
// Each side of a crease bends less than this: 15 degrees.
const FLAT_COS: f32 = 0.966;
// Three steps lead over a crease; the sharpest is at least a third of its angle.
const SHARPEST_COS: f32 = 0.973;
// A jump in distance is a line beyond this many sample sizes.
const JUMP_SAMPLES: f32 = 12.0;

fn id_at(p: vec2<i32>) -> u32 {
    return textureLoad(id_target, p, 0).x;
}

// Grows linearly across a plane on screen.
fn planar_depth(p: vec2<i32>) -> f32 {
    let depth = textureLoad(depth_target, p, 0).x;
    return select(-1.0 / max(depth, 1e-30), depth, picture.is_orthographic == 1u);
}

fn face_at(p: vec2<i32>) -> vec3<f32> {
    return octahedral_decode(textureLoad(normals_target, p, 0).zw);
}

fn is_line_towards(here: vec2<i32>, step: vec2<i32>, id: u32, depth: f32) -> bool {
    let there = here + step;
    let other_id = id_at(there);
    let other_depth = textureLoad(depth_target, there, 0).x;
    if other_id != id {
        return other_id == 0u || depth < other_depth || (depth == other_depth && id < other_id);
    }
    let behind = here - step;
    if id_at(behind) != id {
        return false;
    }
    let drop = planar_depth(there) - 2.0 * planar_depth(here) + planar_depth(behind);
    let footprint = picture.sample_size * select(depth, 1.0, picture.is_orthographic == 1u);
    let drop_m = drop * select(depth * depth, 1.0, picture.is_orthographic == 1u);
    return drop_m > JUMP_SAMPLES * footprint;
}

fn is_crease_along(here: vec2<i32>, step: vec2<i32>, id: u32) -> bool {
    if id_at(here - 5 * step) != id || id_at(here + 6 * step) != id {
        return false;
    }
    let a1 = face_at(here);
    let b1 = face_at(here + step);
    let bend = dot(a1, b1);
    if bend > SHARPEST_COS {
        return false;
    }
    let a3 = face_at(here - 5 * step);
    let a2 = face_at(here - step);
    let b2 = face_at(here + 2 * step);
    let b3 = face_at(here + 6 * step);
    let is_sharpest = bend < dot(a2, a1) && bend <= dot(b1, b2);
    return is_sharpest && dot(a2, b2) < CREASE_COS && dot(a3, a2) > FLAT_COS && dot(b2, b3) > FLAT_COS;
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let here = vec2<i32>(position.xy);
    let id = id_at(here);
    if id == 0u {
        return vec4(0.0);
    }
    let depth = textureLoad(depth_target, here, 0).x;
    let is_line = is_line_towards(here, vec2(1, 0), id, depth)
        || is_line_towards(here, vec2(-1, 0), id, depth)
        || is_line_towards(here, vec2(0, 1), id, depth)
        || is_line_towards(here, vec2(0, -1), id, depth)
        || is_crease_along(here, vec2(1, 0), id)
        || is_crease_along(here, vec2(0, 1), id);
    return vec4(select(0.0, 1.0, is_line));
}
