// From the targets of the geometry pass to a picture. Twin: `PictureUniform` in
// app/render/src/viewport/post.rs.
#import "common/fullscreen.wgsl"

// Rays of the picture relative to the middle of the floor's map, world axes, in half sides of it.
// Twin: `Ground` in app/render/src/ground.rs.
struct Ground {
    // w: 1 for an orthographic lens.
    eye: vec4<f32>,
    // To the right border of the picture.
    right: vec4<f32>,
    // To the upper border.
    up: vec4<f32>,
    // w: how dark the floor may become, 0 to leave it alone.
    forward: vec4<f32>,
}

// Which lines are drawn. Twin: `Edges` in app/render/src/still/edges.rs.
struct Edges {
    // Cosine of the angle between two faces beyond which their common edge is a line.
    crease_cos: f32,
    // Three steps lead over a crease; the sharpest is at least a third of its angle.
    sharpest_cos: f32,
    // Each side of a crease bends less than this.
    flat_cos: f32,
    // Samples by which a mark is widened.
    radius: f32,
    silhouettes: u32,
    material_borders: u32,
    pad_0: u32,
    pad_1: u32,
}

struct Picture {
    // Columns: view-space normal to the axes that are shown.
    normal_x: vec4<f32>,
    normal_y: vec4<f32>,
    normal_z: vec4<f32>,
    // Linear.
    background_center: vec4<f32>,
    // a: 2 when the two colours stand in squares, 3 for a picture of surroundings instead.
    background_rim: vec4<f32>,
    // Of the picture, in pixels.
    size: vec2<f32>,
    // Samples a pixel along each side: 1 or 2.
    samples: u32,
    // 1 for an orthographic lens.
    is_orthographic: u32,
    // Metres that are drawn black and white.
    near: f32,
    far: f32,
    // Metres that a sample covers at distance 1, or at any distance for an orthographic lens.
    sample_size: f32,
    // Metres within which surfaces darken each other; 0: they do not.
    occlusion_radius: f32,
    ground: Ground,
    edges: Edges,
    // Layers that have the hottest colour.
    overdraw_hottest: f32,
    pad_0: u32,
    pad_1: u32,
    pad_2: u32,
}

@group(0) @binding(0) var<uniform> picture: Picture;
// One of a single pixel where none is shown.
@group(0) @binding(1) var surroundings_behind: texture_2d<f32>;

fn srgb_encode(linear_color: vec3<f32>) -> vec3<f32> {
    let c = clamp(linear_color, vec3(0.0), vec3(1.0));
    return select(1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, 12.92 * c, c <= vec3(0.0031308));
}

// Twin: `studio_background` in app/render/src/still/resolve.rs.
fn studio_background(pixel: vec2<f32>) -> vec3<f32> {
    if picture.background_rim.a == 2.0 {
        let square = vec2<i32>(pixel) / 12;
        return select(picture.background_center.rgb, picture.background_rim.rgb, ((square.x + square.y) & 1) == 1);
    }
    if picture.background_rim.a == 3.0 {
        return textureLoad(surroundings_behind, vec2<i32>(pixel), 0).rgb;
    }
    let centered = (pixel - vec2(0.5, 0.56) * picture.size) / (0.5 * max(picture.size.x, picture.size.y));
    let t = clamp(length(centered) / 1.4, 0.0, 1.0);
    return mix(picture.background_center.rgb, picture.background_rim.rgb, t * t * (3.0 - 2.0 * t));
}

// Premultiplied mean of the samples of a pixel.
fn mean_color(color_target: texture_2d<f32>, pixel: vec2<f32>) -> vec4<f32> {
    let first = vec2<i32>(pixel) * i32(picture.samples);
    var sum = vec4(0.0);
    for (var y = 0; y < i32(picture.samples); y++) {
        for (var x = 0; x < i32(picture.samples); x++) {
            sum += textureLoad(color_target, first + vec2(x, y), 0);
        }
    }
    return sum / f32(picture.samples * picture.samples);
}
