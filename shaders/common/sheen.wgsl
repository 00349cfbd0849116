// The rim of cloth (KHR_materials_sheen; Estevez and Kulla, "Production Friendly Microfacet Sheen
// BRDF", 2017).

// Part of the light that a white sheen reflects towards the eye: exp of a polynomial fitted to the
// integral of the lobe below, which it meets within 0.035 for a roughness of at least 0.15.
fn sheen_albedo(n_dot_v: f32, roughness: f32) -> f32 {
    let r = clamp(roughness, 0.15, 1.0);
    let powers = vec4(1.0, 1.0 / r, 1.0 / (r * r), r);
    let p = powers * mat4x4(
        vec4(-1.3687, 0.4437, -0.0363, 0.9843),
        vec4(11.5478, -7.5984, 0.8209, -8.6073),
        vec4(-48.6455, 28.4430, -3.8644, 29.5504),
        vec4(57.9063, -33.2930, 4.3002, -32.5826),
    );
    return saturate(exp(p.x + n_dot_v * (p.y + n_dot_v * (p.z + n_dot_v * p.w))));
}

fn charlie_shadow(cosine: f32, alpha: f32) -> f32 {
    let t = (1.0 - alpha) * (1.0 - alpha);
    let a = mix(21.5473, 25.3245, t);
    let b = mix(3.82987, 3.32435, t);
    let c = mix(0.19823, 0.16801, t);
    let d = mix(-1.97760, -1.27393, t);
    let e = mix(-4.32054, -4.85967, t);
    let x = select(1.0 - cosine, cosine, cosine < 0.5);
    let l = a / (1.0 + b * pow(max(x, 1e-5), c)) + d * x + e;
    let middle = a / (1.0 + b * pow(0.5, c)) + d * 0.5 + e;
    return exp(select(2.0 * middle - l, l, cosine < 0.5));
}

// Distribution times visibility.
fn charlie(n_dot_h: f32, n_dot_v: f32, n_dot_l: f32, roughness: f32) -> f32 {
    let alpha = max(roughness * roughness, 0.005);
    let sine = sqrt(max(1.0 - n_dot_h * n_dot_h, 1e-6));
    let distribution = (2.0 + 1.0 / alpha) * pow(sine, 1.0 / alpha) / (2.0 * PI);
    let shadow = 1.0 + charlie_shadow(n_dot_v, alpha) + charlie_shadow(n_dot_l, alpha);
    return distribution / (shadow * 4.0 * n_dot_v * n_dot_l);
}
