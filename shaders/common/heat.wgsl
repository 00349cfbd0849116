// Colours that stand for numbers. Twin, with the reasons: app/render/src/heat.rs.

const AROUND_TARGET = array<vec3<f32>, 5>(
    vec3(58.0, 76.0, 192.0), vec3(70.0, 168.0, 204.0), vec3(112.0, 184.0, 92.0), vec3(240.0, 188.0, 66.0), vec3(214.0, 62.0, 46.0),
);
const LAYERS = array<vec3<f32>, 5>(
    vec3(44.0, 40.0, 98.0), vec3(122.0, 42.0, 118.0), vec3(202.0, 62.0, 82.0), vec3(246.0, 136.0, 48.0), vec3(252.0, 236.0, 150.0),
);
const DENSITY_OCTAVES: f32 = 2.0;

fn ramp(stops: array<vec3<f32>, 5>, t: f32) -> vec3<f32> {
    var all = stops;
    let at = clamp(t, 0.0, 1.0) * 4.0;
    let first = min(i32(at), 3);
    return mix(all[first], all[first + 1], at - f32(first)) / 255.0;
}

// sRGB, 0 to 1.
fn density_color(px_per_m: f32, target_px_per_m: f32) -> vec3<f32> {
    let octaves = log2(max(px_per_m / target_px_per_m, 1e-30));
    return ramp(AROUND_TARGET, 0.5 + octaves / (2.0 * DENSITY_OCTAVES));
}

// sRGB, 0 to 1.
fn overdraw_color(n_layers: f32, hottest: f32) -> vec3<f32> {
    return ramp(LAYERS, (n_layers - 1.0) / max(hottest - 1.0, 1.0));
}

fn srgb_decode(code: vec3<f32>) -> vec3<f32> {
    return select(pow((code + 0.055) / 1.055, vec3(2.4)), code / 12.92, code <= vec3(0.04045));
}
