// A line around what is selected, with a dark rim, so that it is seen on light and on dark. Drawn over
// the picture.
#import "common/picture.wgsl"

@group(3) @binding(0) var coverage_target: texture_2d<f32>;

// Pixels.
const LINE: f32 = 2.0;
const RIM: f32 = 3.2;
const REACH: i32 = 4;
// Gamma-encoded, as the picture is.
const EMBER: vec3<f32> = vec3(0.96, 0.51, 0.25);
const DARK: vec3<f32> = vec3(0.05, 0.05, 0.06);
const RIM_ALPHA: f32 = 0.65;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let p = vec2<i32>(position.xy);
    let inside = textureLoad(coverage_target, p, 0).x;
    if inside == 1.0 {
        return vec4(0.0);
    }
    // A pixel covered in part has the border half a pixel off its middle at most.
    var nearest = 100.0;
    for (var y = -REACH; y <= REACH; y++) {
        for (var x = -REACH; x <= REACH; x++) {
            let coverage = textureLoad(coverage_target, p + vec2(x, y), 0).x;
            let distance = length(vec2(f32(x), f32(y))) + 0.5 - coverage;
            nearest = min(nearest, select(100.0, distance, coverage > 0.0));
        }
    }
    let line = saturate(LINE + 0.5 - nearest) * (1.0 - inside);
    let rim = saturate(RIM + 0.5 - nearest) * (1.0 - inside);
    let dark = RIM_ALPHA * (rim - line);
    return vec4(EMBER * line + DARK * dark, line + dark);
}
