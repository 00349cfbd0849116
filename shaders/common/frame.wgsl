// What is the same for every draw of a frame. Twin: `FrameUniform` in app/render/src/frame.rs.

struct Frame {
    clip_from_view: mat4x4<f32>,
    // The studio's rig stands upright and turns with the camera's azimuth; a picture of surroundings
    // stands still.
    surroundings_from_view: mat4x4<f32>,
    // x: 1 for an orthographic lens; y: 1 where walls are cut away; z: height of the picture in samples;
    // w: samples of a pixel along each side.
    lens: vec4<f32>,
    // x: exposure, y: strength of the surroundings times exposure.
    look: vec4<f32>,
    // Planes of the view; what lies on their positive side is a wall in front of a room.
    cuts: array<vec4<f32>, 3>,
}

@group(0) @binding(0) var<uniform> frame: Frame;

fn is_cut_away(view_position: vec3<f32>) -> bool {
    if frame.lens.y < 0.5 {
        return false;
    }
    let p = vec4(view_position, 1.0);
    return max(dot(frame.cuts[0], p), max(dot(frame.cuts[1], p), dot(frame.cuts[2], p))) > 0.0;
}

// Unit vector from a point of the surface to the eye, view space.
fn to_eye(view_position: vec3<f32>) -> vec3<f32> {
    if frame.lens.x > 0.5 {
        return vec3(0.0, 0.0, 1.0);
    }
    return -normalize(view_position);
}
