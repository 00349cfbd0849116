// Khronos PBR Neutral (Khronos Group, 2024): base colours under even light come out as they are;
// only what is brighter than 0.76 is compressed, and turns white on the way.

fn tonemap(linear_color: vec3<f32>) -> vec3<f32> {
    const START = 0.76;
    const DESATURATION = 0.15;
    let low = min(linear_color.r, min(linear_color.g, linear_color.b));
    let toe = select(0.04, low - 6.25 * low * low, low < 0.08);
    let color = linear_color - toe;
    let peak = max(color.r, max(color.g, color.b));
    if peak < START {
        return color;
    }
    let headroom = 1.0 - START;
    let new_peak = 1.0 - headroom * headroom / (peak + headroom - START);
    let whitening = 1.0 - 1.0 / (DESATURATION * (peak - new_peak) + 1.0);
    return mix(color * (new_peak / peak), vec3(new_peak), whitening);
}
