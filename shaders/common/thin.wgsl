// Points as discs towards the eye and lines as bands, so wide that they can be seen. Corners are
// fetched by number; no device feature is needed.
#import "common/frame.wgsl"
#import "common/object.wgsl"

// `PlainVertex`, six words each. Twin: app/render/src/vertex.rs.
@group(2) @binding(1) var<storage, read> vertices: array<u32>;
@group(2) @binding(2) var<storage, read> indices: array<u32>;

const WORDS_PER_VERTEX: u32 = 6u;
// In pixels.
const LEAST_RADIUS: f32 = 0.75;
// In parts of the picture's height.
const LARGEST_RADIUS: f32 = 0.016;
const LINE_HALF_WIDTH: f32 = 0.8;

struct Varying {
    @builtin(position) clip_position: vec4<f32>,
    // Of the point, or along the line.
    @location(0) view_position: vec3<f32>,
    // Zero where the file has none.
    @location(1) normal: vec3<f32>,
    @location(2) color: vec4<f32>,
    @location(3) @interpolate(flat) id_and_flags: vec2<u32>,
    // From the middle of a disc, 1 at its rim; 0 for lines.
    @location(4) off_center: vec2<f32>,
    // The object's colour among ids.
    @location(5) @interpolate(flat) tint: u32,
}

struct End {
    view_position: vec3<f32>,
    normal: vec3<f32>,
    color: vec4<f32>,
}

fn end_at(object_index: u32, i: u32) -> End {
    let word = (indices[i] + objects[object_index].base_vertex) * WORDS_PER_VERTEX;
    let position = bitcast<vec3<f32>>(vec3(vertices[word], vertices[word + 1u], vertices[word + 2u]));
    let normal = vec3(unpack2x16snorm(vertices[word + 3u]), unpack2x16snorm(vertices[word + 4u]).x);
    let root = unpack4x8unorm(vertices[word + 5u]);
    var end: End;
    end.view_position = (objects[object_index].view_from_object * vec4(position, 1.0)).xyz;
    end.normal = view_normal(object_index, normal);
    end.color = vec4(root.rgb * root.rgb, root.a);
    return end;
}

fn seen(object_index: u32, end: End) -> Varying {
    var out: Varying;
    out.clip_position = frame.clip_from_view * vec4(end.view_position, 1.0);
    out.view_position = end.view_position;
    out.normal = end.normal;
    out.color = end.color;
    out.id_and_flags = vec2(objects[object_index].id, objects[object_index].flags);
    out.tint = objects[object_index].tint;
    return out;
}

// Width and height of the picture in samples.
fn picture_size() -> vec2<f32> {
    return frame.lens.z * vec2(frame.clip_from_view[1][1] / frame.clip_from_view[0][0], 1.0);
}

// Three corners a point, around its disc.
@vertex
fn vs_points(@builtin(vertex_index) i: u32, @builtin(instance_index) object_index: u32) -> Varying {
    const CORNERS = array<vec2<f32>, 3>(vec2(0.0, 2.0), vec2(-1.7320508, -1.0), vec2(1.7320508, -1.0));
    var corners = CORNERS;
    var out = seen(object_index, end_at(object_index, i / 3u));
    let size = picture_size();
    let samples_per_metre = 0.5 * size.y * frame.clip_from_view[1][1] / max(out.clip_position.w, 1e-6);
    let radius = clamp(
        objects[object_index].normal_x.w * samples_per_metre,
        LEAST_RADIUS * frame.lens.w,
        max(LARGEST_RADIUS * size.y, LEAST_RADIUS * frame.lens.w),
    );
    out.off_center = corners[i % 3u];
    let offset = out.off_center * radius * 2.0 / size;
    out.clip_position += vec4(offset * out.clip_position.w, 0.0, 0.0);
    return out;
}

// Six corners a line.
@vertex
fn vs_lines(@builtin(vertex_index) i: u32, @builtin(instance_index) object_index: u32) -> Varying {
    let first = 2u * (i / 6u);
    let corner = i % 6u;
    let a = end_at(object_index, first);
    let b = end_at(object_index, first + 1u);
    var out_a = seen(object_index, a);
    var out_b = seen(object_index, b);
    // What lies behind the eye has no place on screen: the line is cut short.
    let least = max(1e-4 * max(out_a.clip_position.w, out_b.clip_position.w), 1e-9);
    let wa = out_a.clip_position.w;
    let wb = out_b.clip_position.w;
    out_a.clip_position = mix(out_a.clip_position, out_b.clip_position, select(0.0, (least - wa) / (wb - wa), wa < least && wb > least));
    out_b.clip_position = mix(out_b.clip_position, out_a.clip_position, select(0.0, (least - wb) / (wa - wb), wb < least && wa > least));
    let size = picture_size();
    let along = (out_b.clip_position.xy / out_b.clip_position.w - out_a.clip_position.xy / out_a.clip_position.w) * size;
    let aside = vec2(-along.y, along.x) * inverseSqrt(max(dot(along, along), 1e-20));
    let side = select(-1.0, 1.0, corner == 1u || corner == 2u || corner == 4u);
    var out = out_a;
    if corner == 2u || corner == 4u || corner == 5u {
        out = out_b;
    }
    let offset = aside * (side * LINE_HALF_WIDTH * frame.lens.w * 2.0) / size;
    out.clip_position += vec4(offset * out.clip_position.w, 0.0, 0.0);
    out.off_center = vec2(0.0);
    return out;
}

// Unit normal towards the eye; that of the sight where the file has none.
fn thin_normal(in: Varying) -> vec3<f32> {
    let v = to_eye(in.view_position);
    let length_squared = dot(in.normal, in.normal);
    let normal = select(v, in.normal * inverseSqrt(max(length_squared, 1e-38)), length_squared > 1e-12);
    return select(-normal, normal, dot(normal, v) >= 0.0);
}

// Beside a point's disc, or cut away.
fn is_off(in: Varying) -> bool {
    return dot(in.off_center, in.off_center) > 1.0 || is_cut_away(in.view_position);
}
