// How much of the surroundings' light reaches a place. Twin, with the reasons: app/render/src/shadows.rs.
#import "generated/key_share.wgsl"

const N_MAPS: i32 = 5;
const SHADOW_SIDE: i32 = 256;
const BOUNCED: f32 = 0.42;
const PENUMBRA: f32 = 0.42;
const STRAY: f32 = 0.125;
const N_SEARCH: i32 = 8;
const N_SHADOW_TAPS: i32 = 12;
const N_DOME_TAPS: i32 = 3;
const LEAST_FACING: f32 = 0.2;
const NOTHING_THERE: f32 = -1e30;

struct Shadows {
    // Three rows of each map: from a place of the view to column, row, and metres towards the light.
    rows: array<array<vec4<f32>, 3>, 5>,
    // Of each map, view space: unit vector to the light; w: pixels of a metre.
    lights: array<vec4<f32>, 5>,
    // Columns of the rotation from view to rig. w of the first: how much stronger the sun is than the rest
    // of a picture's light; 0 in the studio.
    rig_x: vec4<f32>,
    rig_y: vec4<f32>,
    rig_z: vec4<f32>,
    // x: side of a cell in metres, y: how much of the key's light its shadow takes, z: farthest a
    // penumbra reaches in metres, w: 0 where nothing throws shadows.
    sizes: vec4<f32>,
}

// The maps below each other.
@group(3) @binding(5) var shadow_maps: texture_2d<f32>;
@group(3) @binding(6) var<uniform> shadows: Shadows;

fn shadow_at(map: i32, place: vec2<f32>) -> f32 {
    let inside = all(place >= vec2(0.0)) && all(place < vec2(f32(SHADOW_SIDE)));
    let texel = vec2<i32>(floor(place)) + vec2(0, map * SHADOW_SIDE);
    return select(NOTHING_THERE, textureLoad(shadow_maps, select(vec2(0), texel, inside), 0).x, inside);
}

fn shadow_place(map: i32, position: vec3<f32>) -> vec3<f32> {
    let p = vec4(position, 1.0);
    return vec3(dot(shadows.rows[map][0], p), dot(shadows.rows[map][1], p), dot(shadows.rows[map][2], p));
}

fn spiral_tap(tap: i32, turn: f32) -> vec2<f32> {
    let distance = sqrt((f32(tap) + 0.5) / f32(N_SHADOW_TAPS));
    let angle = f32(tap) * 2.399963 + turn;
    return distance * vec2(cos(angle), sin(angle));
}

fn key_hidden(position: vec3<f32>, n: vec3<f32>, turn: f32) -> f32 {
    let cell = shadows.sizes.x;
    let reach = shadows.sizes.z;
    let to_light = shadows.lights[0];
    let facing = dot(n, to_light.xyz);
    if facing <= 0.02 {
        return 0.0;
    }
    let here = shadow_place(0, position + n * (1.3 * cell) + to_light.xyz * (0.9 * cell));
    let slope = min(sqrt(max(1.0 - facing * facing, 0.0)) / facing, 1.6);
    var sum = 0.0;
    var n_found = 0.0;
    for (var tap = N_SHADOW_TAPS - N_SEARCH; tap < N_SHADOW_TAPS; tap++) {
        let offset = spiral_tap(tap, turn);
        let over = shadow_at(0, here.xy + offset * (reach * to_light.w)) - here.z;
        if over > reach * length(offset) * slope {
            sum += over;
            n_found += 1.0;
        }
    }
    let straight = shadow_at(0, here.xy) - here.z;
    if straight > 0.0 {
        sum += straight;
        n_found += 1.0;
    }
    if n_found == 0.0 {
        return 0.0;
    }
    let width = clamp(0.5 * PENUMBRA * sum / n_found, 0.9 * cell, reach);
    var hidden = 0.0;
    for (var tap = 0; tap < N_SHADOW_TAPS; tap++) {
        let offset = spiral_tap(tap, turn);
        let over = shadow_at(0, here.xy + offset * (width * to_light.w)) - here.z;
        hidden += clamp((over - width * length(offset) * slope) / cell, 0.0, 1.0);
    }
    return max((hidden / f32(N_SHADOW_TAPS) - STRAY) / (1.0 - STRAY), 0.0);
}

fn dome_hidden(position: vec3<f32>, n: vec3<f32>, turn: f32) -> f32 {
    let cell = shadows.sizes.x;
    let reach = shadows.sizes.z;
    var hidden = 0.0;
    var total = 0.25;
    for (var map = 1; map < N_MAPS; map++) {
        let to_light = shadows.lights[map];
        let facing = dot(n, to_light.xyz);
        let weight = facing - LEAST_FACING;
        if weight <= 0.0 {
            continue;
        }
        total += weight;
        let here = shadow_place(map, position + n * (2.0 * cell) + to_light.xyz * (0.75 * cell));
        let slope = min(sqrt(max(1.0 - facing * facing, 0.0)) / facing, 5.0);
        for (var tap = 0; tap < N_DOME_TAPS; tap++) {
            let offset = spiral_tap((tap * 4 + map) % N_SHADOW_TAPS, turn);
            let over = shadow_at(map, here.xy + offset * (0.6 * reach * to_light.w)) - here.z;
            let rise = 0.6 * reach * length(offset) * slope;
            hidden += weight * clamp((over - rise) / (3.0 * cell), 0.0, 1.0) / f32(N_DOME_TAPS);
        }
    }
    return hidden / total;
}

// Part of the studio's light that reaches a place of the view whose face has the normal `n`. `turn`:
// of the pixel's spiral, in radians.
fn light_reaching(position: vec3<f32>, n: vec3<f32>, turn: f32) -> f32 {
    let key_strength = shadows.sizes.y;
    if shadows.sizes.w == 0.0 {
        return 1.0;
    }
    var key_part = 0.0;
    var hidden = 0.0;
    if key_strength > 0.0 {
        let lit = shadows.rig_x.w * max(dot(n, shadows.lights[0].xyz), 0.0);
        let of_sun = lit / (lit + 1.0);
        let of_key = key_share(shadows.rig_x.xyz * n.x + shadows.rig_y.xyz * n.y + shadows.rig_z.xyz * n.z);
        key_part = key_strength * select(of_key, of_sun, shadows.rig_x.w > 0.0);
        hidden = key_hidden(position, n, turn);
    }
    let dome = dome_hidden(position, n, turn) * (1.0 - BOUNCED);
    return 1.0 - key_part * hidden - (1.0 - key_part) * dome;
}
