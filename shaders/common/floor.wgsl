// The model's shadow on the floor, as it darkens the background.
#import "common/picture.wgsl"

@group(1) @binding(0) var floor_darkness: texture_2d<f32>;
fn darkness_at(cell: vec2<f32>) -> f32 {
    let last = f32(textureDimensions(floor_darkness).x) - 1.0;
    let is_inside = all(cell >= vec2(0.0)) && all(cell <= vec2(last));
    return select(0.0, textureLoad(floor_darkness, vec2<i32>(cell), 0).x, is_inside);
}

// Twin: `Ground::light` in app/render/src/ground.rs.
fn floor_light(pixel: vec2<f32>) -> f32 {
    let at = vec2(2.0, -2.0) * pixel / picture.size + vec2(-1.0, 1.0);
    let aside = picture.ground.right.xyz * at.x + picture.ground.up.xyz * at.y;
    let is_orthographic = picture.ground.eye.w > 0.5;
    let origin = picture.ground.eye.xyz + select(vec3(0.0), aside, is_orthographic);
    let direction = picture.ground.forward.xyz + select(aside, vec3(0.0), is_orthographic);
    let steepness = -direction.y / length(direction);
    if picture.ground.forward.w == 0.0 || origin.y <= 0.0 || steepness < 0.02 {
        return 1.0;
    }
    let hit = origin - direction * (origin.y / direction.y);
    let cell = (hit.xz * 0.5 + 0.5) * f32(textureDimensions(floor_darkness).x) - 0.5;
    let first = floor(cell);
    let part = cell - first;
    let darkness = mix(
        mix(darkness_at(first), darkness_at(first + vec2(1.0, 0.0)), part.x),
        mix(darkness_at(first + vec2(0.0, 1.0)), darkness_at(first + vec2(1.0, 1.0)), part.x),
        part.y,
    );
    return 1.0 - picture.ground.forward.w * smoothstep(0.02, 0.18, steepness) * darkness;
}
