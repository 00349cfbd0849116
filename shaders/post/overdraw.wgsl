// Heat by the mean number of layers of a pixel's samples, over the studio background.
#import "common/picture.wgsl"
#import "common/heat.wgsl"

@group(3) @binding(0) var color_target: texture_2d<f32>;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let first = vec2<i32>(position.xy) * i32(picture.samples);
    var n_layers = 0.0;
    var n_covered = 0.0;
    for (var y = 0; y < i32(picture.samples); y++) {
        for (var x = 0; x < i32(picture.samples); x++) {
            let n = round(textureLoad(color_target, first + vec2(x, y), 0).a * 255.0);
            n_layers += n;
            n_covered += select(0.0, 1.0, n > 0.0);
        }
    }
    let cover = n_covered / f32(picture.samples * picture.samples);
    let heat = srgb_decode(overdraw_color(n_layers / max(n_covered, 1.0), picture.overdraw_hottest));
    return vec4(srgb_encode(mix(studio_background(position.xy), heat, cover)), 1.0);
}
