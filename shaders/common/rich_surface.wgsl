// What light makes of a surface with extensions: from the ground up the core, sheen above it,
// lacquer above all (glTF 2.0, appendix B, and the extensions' specifications).
#import "common/lighting.wgsl"
#import "common/extensions.wgsl"
#import "common/anisotropy.wgsl"
#import "common/iridescence.wgsl"
#import "common/sheen.wgsl"

struct RichSurface {
    core: Surface,
    specular_color: vec3<f32>,
    specular: f32,
    coat_normal: vec3<f32>,
    coat: f32,
    coat_roughness: f32,
    sheen_color: vec3<f32>,
    sheen_roughness: f32,
    brush: Brush,
    film: f32,
    film_nm: f32,
    through_color: vec3<f32>,
    through: f32,
}

fn largest(c: vec3<f32>) -> f32 {
    return max(c.r, max(c.g, c.b));
}

struct Base {
    f0: vec3<f32>,
    f90: f32,
    diffuse_color: vec3<f32>,
}

fn base_of(rich: RichSurface, n_dot_v: f32) -> Base {
    let core = rich.core;
    let dielectric = min(extensions.reflection.x * rich.specular_color, vec3(1.0)) * rich.specular;
    var base: Base;
    base.f0 = mix(dielectric, core.base_color, core.metallic);
    base.f90 = mix(rich.specular, 1.0, core.metallic);
    if HAS_IRIDESCENCE {
        let film = film_reflection(extensions.iridescence.y, n_dot_v, rich.film_nm, base.f0);
        base.f0 = mix(base.f0, f0_of(film, n_dot_v), rich.film);
    }
    base.diffuse_color = core.base_color * (1.0 - core.metallic);
    return base;
}

// Light of the surroundings without exposure.
fn surroundings_in(rich: RichSurface, base: Base, v: vec3<f32>, n_dot_v: f32) -> vec3<f32> {
    let core = rich.core;
    let n = core.normal;
    let alpha = core.roughness * core.roughness;
    let mirror = 2.0 * dot(n, v) * n - v;
    var incoming: vec3<f32>;
    if HAS_ANISOTROPY {
        incoming = brushed_light(n, v, rich.brush, core.roughness);
    } else {
        incoming = incoming_light(lobe_direction(n, mirror, alpha), core.roughness, alpha);
    }
    let irradiance = diffuse_light(n);
    let reflected = reflectance(base.f0, base.f90, core.roughness, n_dot_v);
    var scattered = base.diffuse_color * irradiance;
    if HAS_DIFFUSE_TRANSMISSION {
        let behind = rich.through_color * (1.0 - core.metallic) * diffuse_light(-n);
        scattered = mix(scattered, behind, rich.through);
    }
    let visible = mirror_visibility(core, mirror, n_dot_v);
    let under = 1.0 - largest(reflected.once + reflected.twice);
    var light = (reflected.once * incoming + reflected.twice * irradiance) * visible
        + scattered * under * core.occlusion;
    if HAS_SHEEN {
        let albedo = sheen_albedo(n_dot_v, rich.sheen_roughness);
        // Fibres that stand up throw light from a wide ring around; a mirror's lobe would see the dark behind.
        let wide = mix(0.8, 1.0, rich.sheen_roughness);
        let rim = incoming_light(lobe_direction(n, mirror, wide * wide), wide, wide * wide);
        light = light * (1.0 - largest(rich.sheen_color) * albedo) + rich.sheen_color * albedo * rim * core.occlusion;
    }
    if HAS_CLEARCOAT {
        let coat_n = rich.coat_normal;
        let coat_n_dot_v = clamp(dot(coat_n, v), 0.02, 1.0);
        let coat = reflectance(vec3(0.04), 1.0, rich.coat_roughness, coat_n_dot_v).once.x * rich.coat;
        let a = rich.coat_roughness * rich.coat_roughness;
        let coat_mirror = 2.0 * dot(coat_n, v) * coat_n - v;
        let shine = incoming_light(lobe_direction(coat_n, coat_mirror, a), rich.coat_roughness, a);
        light = light * (1.0 - coat) + coat * shine * mirror_visibility(core, coat_mirror, coat_n_dot_v);
    }
    return light;
}

// Light of the file's lamps without exposure.
fn lamps_in(rich: RichSurface, base: Base, v: vec3<f32>, n_dot_v: f32, position: vec3<f32>) -> vec3<f32> {
    let core = rich.core;
    let n = core.normal;
    let alpha = max(core.roughness * core.roughness, 0.004);
    var sum = vec3(0.0);
    shadowed_light = vec3(0.0);
    for (var i = 0u; i < punctual.count.x; i++) {
        let arriving = arriving_light(i, position, core.face_normal);
        let l = arriving.to_light;
        let h = normalize(l + v);
        let n_dot_l = dot(n, l);
        let v_dot_h = saturate(dot(v, h));
        let fresnel = schlick(base.f0, base.f90, v_dot_h);
        let lit = max(n_dot_l, 0.0);
        var scattered = base.diffuse_color * lit;
        if HAS_DIFFUSE_TRANSMISSION {
            let behind = rich.through_color * (1.0 - core.metallic) * max(-n_dot_l, 0.0);
            scattered = mix(scattered, behind, rich.through);
        }
        var one = scattered * ((1.0 - largest(fresnel)) / PI);
        if n_dot_l > 0.0 {
            var mirror: f32;
            if HAS_ANISOTROPY {
                mirror = brushed_ggx(n, v, l, rich.brush, alpha);
            } else {
                mirror = ggx(saturate(dot(n, h)), n_dot_v, lit, alpha);
            }
            one += fresnel * mirror * lit;
            if HAS_SHEEN {
                let albedo = max(sheen_albedo(n_dot_v, rich.sheen_roughness), sheen_albedo(lit, rich.sheen_roughness));
                let rim = charlie(saturate(dot(n, h)), n_dot_v, lit, rich.sheen_roughness);
                one = one * (1.0 - largest(rich.sheen_color) * albedo) + rich.sheen_color * rim * lit;
            }
        }
        if HAS_CLEARCOAT {
            let coat_lit = max(dot(rich.coat_normal, l), 0.0);
            let coat_n_dot_v = clamp(dot(rich.coat_normal, v), 0.02, 1.0);
            let a = max(rich.coat_roughness * rich.coat_roughness, 0.004);
            let shine = ggx(saturate(dot(rich.coat_normal, h)), coat_n_dot_v, max(coat_lit, 1e-4), a) * coat_lit;
            let coat = schlick(vec3(0.04), 1.0, v_dot_h).x * rich.coat;
            one = one * (1.0 - schlick(vec3(0.04), 1.0, coat_n_dot_v).x * rich.coat) + coat * shine;
        }
        sum += one * arriving.light;
        if punctual.lights[i].color.w >= 0.0 {
            shadowed_light += one * arriving.light;
        }
    }
    return sum;
}

// As `shade` of a common surface.
fn shade_rich(rich: RichSurface, v: vec3<f32>, position: vec3<f32>) -> vec3<f32> {
    let n_dot_v = clamp(dot(rich.core.normal, v), 0.02, 1.0);
    let base = base_of(rich, n_dot_v);
    var light = surroundings_in(rich, base, v, n_dot_v) * frame.look.y;
    var emissive = rich.core.emissive;
    if HAS_CLEARCOAT {
        // Lamps lie below the lacquer.
        emissive *= 1.0 - rich.coat * schlick(vec3(0.04), 1.0, clamp(dot(rich.coat_normal, v), 0.0, 1.0)).x;
    }
    if HAS_LIGHTS {
        light += lamps_in(rich, base, v, n_dot_v, position) * frame.look.x;
    }
    return light + emissive * frame.look.x;
}
