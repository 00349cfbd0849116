// Unit vectors in two numbers (Cigolle et al., "A Survey of Efficient Representations for
// Independent Unit Vectors", JCGT 3(2) 2014), each -1..1 as 1..65535. +Z comes back exactly.
// Twin: app/render/src/octahedral.rs.

fn octahedral_encode(n: vec3<f32>) -> vec2<u32> {
    let p = n.xy / (abs(n.x) + abs(n.y) + abs(n.z));
    let folded = (1.0 - abs(p.yx)) * select(vec2(-1.0), vec2(1.0), p >= vec2(0.0));
    let unit = clamp(select(folded, p, n.z >= 0.0), vec2(-1.0), vec2(1.0));
    return vec2<u32>(round(unit * 32767.0) + 32768.0);
}

fn octahedral_decode(encoded: vec2<u32>) -> vec3<f32> {
    let p = (vec2<f32>(encoded) - 32768.0) / 32767.0;
    let z = 1.0 - abs(p.x) - abs(p.y);
    let fold = max(-z, 0.0);
    return normalize(vec3(p - select(vec2(-fold), vec2(fold), p >= vec2(0.0)), z));
}
