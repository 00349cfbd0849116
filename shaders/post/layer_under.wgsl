// Puts a layer, or the weighted sum of the layers that are left, under those before it. The targets
// blend: colours add up, light multiplies.
#import "common/fullscreen.wgsl"
#import "common/layering.wgsl"

@group(3) @binding(0) var<uniform> layering: Layering;
@group(3) @binding(1) var layer_color: texture_2d<f32>;
@group(3) @binding(2) var layer_light: texture_2d<f32>;
@group(3) @binding(3) var layer_bend: texture_2d<f32>;
@group(3) @binding(4) var layer_albedo: texture_2d<f32>;

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> Layer {
    let sample = vec2<i32>(position.xy);
    let color = textureLoad(layer_color, sample, 0);
    if color.a == 0.0 {
        discard;
    }
    let light = textureLoad(layer_light, sample, 0);
    // McGuire and Bavoil, "Weighted Blended Order-Independent Transparency", JCGT 2(2) 2013: the mean
    // by weight, as much of it as all together hide.
    let hides = 1.0 - dot(light.rgb, vec3(1.0 / 3.0));
    let scale = select(1.0, hides / color.a, layering.is_weighted == 1u);
    var layer: Layer;
    layer.color = vec4(color.rgb * scale, 1.0);
    layer.light = light;
    layer.bend = textureLoad(layer_bend, sample, 0);
    layer.albedo = textureLoad(layer_albedo, sample, 0) * scale;
    return layer;
}
