// A layer of what is seen through, as it is drawn and as layers are summed up.

// Twin: `LayeringUniform` in app/render/src/see_through/mod.rs.
struct Layering {
    // 0: the nearest layer behind the last one; 1: all that are left, by weight.
    is_weighted: u32,
    // Distances between which weights fall off.
    near: f32,
    far: f32,
    // Levels of the backdrop; 0 when nothing is refracted.
    n_levels: u32,
    // Of the drawn part of the targets, in samples.
    size: vec2<f32>,
    pad: vec2<f32>,
}

struct Layer {
    // Display-linear, as the eye meets it through the layers before; w: weight.
    @location(0) color: vec4<f32>,
    // What this layer lets through.
    @location(1) light: vec4<f32>,
    // xy: how far what is behind is shifted, in parts of the picture; z: how much more so for blue
    // and less for red; w: square of the blur.
    @location(2) bend: vec4<f32>,
    // Premultiplied.
    @location(3) albedo: vec4<f32>,
}

// Blur is stored in these parts of the picture, so that its square fits a half float.
const BLUR_SCALE: f32 = 32.0;
