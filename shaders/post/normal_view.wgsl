// Shading normals as colours, in view or world axes as `Picture` says: -1..1 to 0..1. Background:
// the middle grey of no direction. One sample a pixel, never an average.
#import "common/picture.wgsl"
#import "common/octahedral.wgsl"

@group(3) @binding(1) var normals_target: texture_2d<u32>;
@group(3) @binding(3) var id_target: texture_2d<u32>;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let sample = vec2<i32>(position.xy) * i32(picture.samples);
    if textureLoad(id_target, sample, 0).x == 0u {
        return vec4(vec3(128.0 / 255.0), 1.0);
    }
    let n = octahedral_decode(textureLoad(normals_target, sample, 0).xy);
    let shown = picture.normal_x.xyz * n.x + picture.normal_y.xyz * n.y + picture.normal_z.xyz * n.z;
    return vec4(0.5 + 0.5 * shown, 1.0);
}
