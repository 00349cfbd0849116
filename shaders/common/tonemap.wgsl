// From exposed light to what a screen can show: what 0 to 1 is comes out linear. `ToneMap` in
// app/render/src/look.rs says which of the three.
#import "generated/variant.wgsl"

// Khronos PBR Neutral (Khronos Group, 2024): base colours under even light come out as they are;
// only what is brighter than 0.76 is compressed, and turns white on the way.
fn neutral(light: vec3<f32>) -> vec3<f32> {
    const START = 0.76;
    const DESATURATION = 0.15;
    let low = min(light.r, min(light.g, light.b));
    let toe = select(0.04, low - 6.25 * low * low, low < 0.08);
    let color = light - toe;
    let peak = max(color.r, max(color.g, color.b));
    if peak < START {
        return color;
    }
    let headroom = 1.0 - START;
    let new_peak = 1.0 - headroom * headroom / (peak + headroom - START);
    let whitening = 1.0 - 1.0 / (DESATURATION * (peak - new_peak) + 1.0);
    return mix(color * (new_peak / peak), vec3(new_peak), whitening);
}

// After AgX (Troy Sobotka, github.com/sobotka/AgX, 2022): 20 % of the light spills over to the other
// primaries, then ten stops below and six and a half above middle grey run through a sigmoid of slope
// 2 and power 1.5, which keeps middle grey; the spilled light is taken back.
fn agx(light: vec3<f32>) -> vec3<f32> {
    const SPILL = 0.2;
    const SPILL_WEIGHTS = vec3(0.2118, 0.3922, 0.3960);
    const GREY = 0.18;
    const STOPS_BELOW = 10.0;
    const STOPS = 16.5;
    const PIVOT = STOPS_BELOW / STOPS;
    // 0.18 as the display encodes it, with the exponent 2.4.
    const PIVOT_CODE = 0.489437;
    const SLOPE = 2.0;
    // (SLOPE * PIVOT)^-1.5 * ((SLOPE * PIVOT / PIVOT_CODE)^1.5 - 1), to the power of -1/1.5.
    const TOE_SCALE = 0.596405;
    // The same with 1 - PIVOT and 1 - PIVOT_CODE.
    const SHOULDER_SCALE = 0.834749;
    let spilled = mix(light, vec3(dot(light, SPILL_WEIGHTS)), SPILL);
    let stops = log2(max(spilled, vec3(1e-10)) / GREY);
    let x = clamp((stops + STOPS_BELOW) / STOPS, vec3(0.0), vec3(1.0));
    let scale = select(vec3(SHOULDER_SCALE), vec3(TOE_SCALE), x < vec3(PIVOT));
    let t = abs(SLOPE * (x - PIVOT)) / scale;
    let bent = scale * t / pow(1.0 + t * sqrt(t), vec3(1.0 / 1.5));
    let code = PIVOT_CODE + sign(x - PIVOT) * bent;
    let shown = pow(clamp(code, vec3(0.0), vec3(1.0)), vec3(2.4));
    let restored = (shown - SPILL * dot(shown, SPILL_WEIGHTS)) / (1.0 - SPILL);
    return clamp(restored, vec3(0.0), vec3(1.0));
}

fn tonemap(light: vec3<f32>) -> vec3<f32> {
    if TONE_MAP == 1u {
        return agx(light);
    }
    if TONE_MAP == 2u {
        return light;
    }
    return neutral(light);
}
