// Marks the samples that lines run through (after Saito and Takahashi, "Comprehensible Rendering of
// 3-D Shapes", 1990). Twin, with the reasons: app/render/src/still/edges.rs.
#import "common/picture.wgsl"
#import "common/octahedral.wgsl"

// Object of each id, 1024 in a row.
@group(2) @binding(0) var object_of_id: texture_2d<u32>;
@group(3) @binding(1) var normals_target: texture_2d<u32>;
@group(3) @binding(2) var depth_target: texture_2d<f32>;
@group(3) @binding(3) var id_target: texture_2d<u32>;

// A jump in distance is a line beyond this many sample sizes.
const JUMP_SAMPLES: f32 = 12.0;

fn id_at(p: vec2<i32>) -> u32 {
    return textureLoad(id_target, p, 0).x;
}

fn depth_at(p: vec2<i32>) -> f32 {
    return textureLoad(depth_target, p, 0).x;
}

fn face_at(p: vec2<i32>) -> vec3<f32> {
    return octahedral_decode(textureLoad(normals_target, p, 0).zw);
}

struct Sample {
    id: u32,
    depth: f32,
}

fn sample_at(p: vec2<i32>) -> Sample {
    return Sample(id_at(p), depth_at(p));
}

fn object_at(id: u32) -> u32 {
    return textureLoad(object_of_id, vec2<u32>(id & 1023u, id >> 10u), 0).x;
}

// Whether two ids stand for what no crease may run through.
fn are_apart(a: u32, b: u32) -> bool {
    if a == b {
        return false;
    }
    return a == 0u || b == 0u || picture.edges.material_borders == 1u || object_at(a) != object_at(b);
}

fn ends_at(here: Sample, other: Sample) -> bool {
    if other.id == here.id {
        return false;
    }
    let lies_behind = here.depth < other.depth || (here.depth == other.depth && here.id < other.id);
    if other.id != 0u && !lies_behind {
        return false;
    }
    let is_material_border = other.id != 0u && object_at(other.id) == object_at(here.id);
    return select(picture.edges.silhouettes, picture.edges.material_borders, is_material_border) == 1u;
}

// Whether a line separates the sample from one of its two neighbours along an axis. The picture's
// border cuts the model; that is no line of its own.
fn is_outline(here: Sample, before: Sample, after: Sample, is_first: bool, is_last: bool) -> bool {
    if (!is_first && ends_at(here, before)) || (!is_last && ends_at(here, after)) {
        return true;
    }
    if is_first || is_last || picture.edges.silhouettes == 0u {
        return false;
    }
    if are_apart(before.id, here.id) || are_apart(after.id, here.id) {
        return false;
    }
    let flat_drop = after.depth - 2.0 * here.depth + before.depth;
    let deep_drop = (2.0 / here.depth - 1.0 / after.depth - 1.0 / before.depth) * here.depth * here.depth;
    let drop_m = select(deep_drop, flat_drop, picture.is_orthographic == 1u);
    let footprint = picture.sample_size * select(here.depth, 1.0, picture.is_orthographic == 1u);
    return drop_m > JUMP_SAMPLES * footprint;
}

fn is_crease_along(here: vec2<i32>, step: vec2<i32>, id: u32, a1: vec3<f32>) -> bool {
    let b1 = face_at(here + step);
    let bend = dot(a1, b1);
    if bend > picture.edges.sharpest_cos || are_apart(id_at(here - 3 * step), id) || are_apart(id_at(here + 4 * step), id) {
        return false;
    }
    let a2 = face_at(here - step);
    let b2 = face_at(here + 2 * step);
    let is_sharpest = bend < dot(a2, a1) && bend <= dot(b1, b2);
    if !is_sharpest || dot(a2, b2) >= picture.edges.crease_cos {
        return false;
    }
    return dot(face_at(here - 3 * step), a2) > picture.edges.flat_cos && dot(b2, face_at(here + 4 * step)) > picture.edges.flat_cos;
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let p = vec2<i32>(position.xy);
    let here = sample_at(p);
    if here.id == 0u {
        return vec4(0.0);
    }
    let last = vec2<i32>(picture.size) * i32(picture.samples) - 1;
    let left = sample_at(p + vec2(-1, 0));
    let right = sample_at(p + vec2(1, 0));
    let above = sample_at(p + vec2(0, -1));
    let below = sample_at(p + vec2(0, 1));
    if is_outline(here, left, right, p.x == 0, p.x == last.x) || is_outline(here, above, below, p.y == 0, p.y == last.y) {
        return vec4(1.0);
    }
    let face = face_at(p);
    let is_crease = is_crease_along(p, vec2(1, 0), here.id, face) || is_crease_along(p, vec2(0, 1), here.id, face);
    return vec4(select(0.0, 1.0, is_crease));
}
