// How much of each pixel shows what is selected.
#import "common/picture.wgsl"

// 1 for the ids that are selected, in rows of 1024.
@group(2) @binding(0) var selected_of_id: texture_2d<u32>;
@group(3) @binding(3) var id_target: texture_2d<u32>;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let first = vec2<i32>(position.xy) * i32(picture.samples);
    var n_selected = 0u;
    for (var y = 0; y < i32(picture.samples); y++) {
        for (var x = 0; x < i32(picture.samples); x++) {
            let id = textureLoad(id_target, first + vec2(x, y), 0).x;
            n_selected += textureLoad(selected_of_id, vec2<u32>(id & 1023u, id >> 10u), 0).x;
        }
    }
    return vec4(f32(n_selected) / f32(picture.samples * picture.samples));
}
