// What a thin film over a surface reflects (KHR_materials_iridescence, appendix; Belcour and Barla, "A
// Practical Extension to Microfacet Theory for the Modeling of Varying Iridescence", 2017).

// Contribution of a path difference to linear RGB: Gaussians fitted to the eye's sensitivity.
fn film_sensitivity(path_nm: f32, shift: vec3<f32>) -> vec3<f32> {
    const TURN = 6.2831853;
    let phase = TURN * path_nm * 1e-9;
    let weight = vec3(5.4856e-13, 4.4201e-13, 5.2481e-13);
    let position = vec3(1.6810e6, 1.7953e6, 2.2084e6);
    let variance = vec3(4.3278e9, 9.3046e9, 6.6121e9);
    var xyz = weight * sqrt(TURN * variance) * cos(position * phase + shift) * exp(-phase * phase * variance);
    xyz.x += 9.7470e-14 * sqrt(TURN * 4.5282e9) * cos(2.2399e6 * phase + shift.x) * exp(-4.5282e9 * phase * phase);
    xyz /= 1.0685e-7;
    // CIE XYZ to linear sRGB.
    return vec3(
        dot(xyz, vec3(3.2404542, -1.5371385, -0.4985314)),
        dot(xyz, vec3(-0.9692660, 1.8760108, 0.0415560)),
        dot(xyz, vec3(0.0556434, -0.2040259, 1.0572252)),
    );
}

fn f0_between(inside: vec3<f32>, outside: f32) -> vec3<f32> {
    let r = (inside - outside) / (inside + outside);
    return r * r;
}

// Reflection of a film of index `film_ior` in air over a surface that reflects `base_f0` head on.
fn film_reflection(film_ior: f32, cosine: f32, thickness_nm: f32, base_f0: vec3<f32>) -> vec3<f32> {
    // A film that thins out must come to nothing.
    let ior = mix(1.0, film_ior, smoothstep(0.0, 0.03, thickness_nm));
    let inner_squared = 1.0 - (1.0 - cosine * cosine) / (ior * ior);
    if inner_squared < 0.0 {
        return vec3(1.0);
    }
    let inner = sqrt(inner_squared);
    let outer_f = schlick(f0_between(vec3(ior), 1.0), 1.0, cosine).x;
    let through = 1.0 - outer_f;
    let root = sqrt(clamp(base_f0 + 0.0001, vec3(0.0), vec3(0.9999)));
    let base_ior = (1.0 + root) / (1.0 - root);
    let inner_f = schlick(f0_between(base_ior, ior), 1.0, inner);
    let shift_out = select(PI, 0.0, ior < 1.0);
    let shift = vec3(shift_out) + select(vec3(0.0), vec3(PI), base_ior < vec3(ior));
    let path_nm = 2.0 * ior * thickness_nm * inner;
    let bounced = clamp(outer_f * inner_f, vec3(1e-5), vec3(0.9999));
    let amplitude = sqrt(bounced);
    let series = through * through * inner_f / (1.0 - bounced);
    var sum = outer_f + series;
    var order = series - through;
    for (var m = 1; m <= 2; m++) {
        order *= amplitude;
        sum += order * 2.0 * film_sensitivity(f32(m) * path_nm, f32(m) * shift);
    }
    return max(sum, vec3(0.0));
}

// The head-on reflection with which Schlick's curve meets `reflection` at this angle.
fn f0_of(reflection: vec3<f32>, cosine: f32) -> vec3<f32> {
    let rim = pow(clamp(1.0 - cosine, 0.0, 1.0), 5.0);
    return clamp((reflection - rim) / max(1.0 - rim, 1e-3), vec3(0.0), vec3(1.0));
}
