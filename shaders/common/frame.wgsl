// What is the same for every draw of a frame. Twin: `FrameUniform` in app/render/src/frame.rs.

struct Softbox {
    // xyz: unit direction from the model to the middle of the box, rig space.
    center: vec4<f32>,
    // xyz: unit vector along the width; w: half width, as twice the tangent of half the angle.
    right: vec4<f32>,
    // xyz: unit vector along the height; w: half height, likewise.
    up: vec4<f32>,
    // rgb: linear radiance.
    radiance: vec4<f32>,
}

struct Frame {
    clip_from_view: mat4x4<f32>,
    // The light rig stands upright and turns with the camera's azimuth.
    rig_from_view: mat4x4<f32>,
    // Irradiance / pi over the normal, second-order spherical harmonics, rig space.
    irradiance: array<vec4<f32>, 9>,
    softboxes: array<Softbox, 5>,
    dome_above: vec4<f32>,
    dome_level: vec4<f32>,
    dome_below: vec4<f32>,
    // x: 1 for an orthographic lens.
    lens: vec4<f32>,
}

@group(0) @binding(0) var<uniform> frame: Frame;

// Unit vector from a point of the surface to the eye, view space.
fn to_eye(view_position: vec3<f32>) -> vec3<f32> {
    if frame.lens.x > 0.5 {
        return vec3(0.0, 0.0, 1.0);
    }
    return -normalize(view_position);
}
