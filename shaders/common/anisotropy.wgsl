// Reflections stretched along a direction (KHR_materials_anisotropy).

struct Brush {
    // Unit vectors along the stretch and across it.
    along: vec3<f32>,
    across: vec3<f32>,
    strength: f32,
}

fn brushed_alpha(alpha: f32, strength: f32) -> f32 {
    return mix(alpha, 1.0, strength * strength);
}

// The surroundings in a brushed surface: mirror images in facets tilted along the brush, as many as
// GGX has of each slope (its slopes along one axis have the distribution s / sqrt(a^2 + s^2)).
fn brushed_light(n: vec3<f32>, v: vec3<f32>, brush: Brush, roughness: f32) -> vec3<f32> {
    const N_TILTS = 9;
    let alpha = roughness * roughness;
    let stretched = brushed_alpha(alpha, brush.strength);
    // Each tap blurs as far as the next one.
    let tap_alpha = max(alpha, 0.16 * stretched);
    let tap_roughness = sqrt(tap_alpha);
    var sum = vec3(0.0);
    var total = 0.0;
    for (var i = 0; i < N_TILTS; i++) {
        let w = (2.0 * f32(i) + 1.0) / f32(N_TILTS) - 1.0;
        let slope = (stretched - alpha) * w * inverseSqrt(1.0 - w * w);
        let facet = normalize(n + brush.along * slope);
        let mirror = reflect(-v, facet);
        // Facets that the eye does not see, and light from below, count for nothing.
        let weight = max(dot(facet, v), 0.0) * saturate(dot(mirror, n) * 4.0 + 0.2);
        if weight > 0.0 {
            sum += weight * incoming_light(lobe_direction(n, mirror, tap_alpha), tap_roughness, tap_alpha);
            total += weight;
        }
    }
    return sum / max(total, 1e-4);
}

// GGX with two roughnesses (KHR_materials_anisotropy, appendix).
fn brushed_ggx(n: vec3<f32>, v: vec3<f32>, l: vec3<f32>, brush: Brush, alpha: f32) -> f32 {
    let h = normalize(l + v);
    let at = brushed_alpha(alpha, brush.strength);
    let ab = alpha;
    let n_dot_v = clamp(dot(n, v), 0.02, 1.0);
    let n_dot_l = max(dot(n, l), 1e-4);
    let f = vec3(ab * dot(brush.along, h), at * dot(brush.across, h), at * ab * dot(n, h));
    let w2 = at * ab / max(dot(f, f), 1e-12);
    let distribution = at * ab * w2 * w2 / PI;
    let seen = n_dot_l * length(vec3(at * dot(brush.along, v), ab * dot(brush.across, v), n_dot_v));
    let lit = n_dot_v * length(vec3(at * dot(brush.along, l), ab * dot(brush.across, l), n_dot_l));
    return distribution * 0.5 / max(seen + lit, 1e-6);
}
