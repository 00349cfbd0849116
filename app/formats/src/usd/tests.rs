use std::io::Write as _;
use std::path::Path;

use glam::{DVec3, Vec2, Vec3, Vec4};
use scene::{AlphaMode, AnimationTarget, FaceSizes, ImageData, Layer, LightKind, Projection, Scene, UpAxis};
use work::WorkCtx;

use crate::{DependencyKind, DependencyState, Import, ReadError, ReadWarning, read};

fn read_files(files: &[(&str, &[u8])]) -> Result<Import, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    read(&folder.path().join(files[0].0), &WorkCtx::quiet())
}

fn read_text(text: &str) -> Import {
    read_files(&[("stage.usda", format!("#usda 1.0\n{text}").as_bytes())]).unwrap()
}

/// A unit quad in the XY plane with whatever else is said of it.
fn quad(name: &str, more: &str) -> String {
    format!(
        "def Mesh \"{name}\" {{
            int[] faceVertexCounts = [4]
            int[] faceVertexIndices = [0, 1, 2, 3]
            point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
            uniform token subdivisionScheme = \"none\"
            {more}
        }}\n"
    )
}

fn said(import: &Import, words: &str) -> bool {
    import.warnings.iter().any(|warning| warning.to_string().contains(words))
}

fn node(scene: &Scene, name: &str) -> usize {
    scene.nodes.iter().position(|node| node.name == name).unwrap()
}

#[test]
fn axes_and_unit_become_ours() {
    let mesh = quad("Quad", "");
    let import = read_text(&format!(
        "(\n upAxis = \"Z\"\n metersPerUnit = 0.01\n doc = \"Blender v5.0.1\"\n)\n{mesh}"
    ));
    let bounds = import.scene.bounds();
    assert!(bounds.min.abs_diff_eq(DVec3::new(0.0, 0.0, -0.01), 1e-9), "{bounds:?}");
    assert!(bounds.max.abs_diff_eq(DVec3::new(0.01, 0.0, 0.0), 1e-9), "{bounds:?}");
    let authored = &import.scene.authored;
    assert_eq!((authored.up, authored.meters_per_unit), (Some(UpAxis::Z), Some(0.01)));
    assert_eq!(authored.program, "Blender v5.0.1");
    assert_eq!(import.warnings, []);
}

#[test]
fn polygons_stay_as_authored() {
    let import = read_text(
        "(\n metersPerUnit = 1\n)
        def Mesh \"Sheet\" {
            int[] faceVertexCounts = [4, 3, 5, 3, 2, 3]
            int[] faceVertexIndices = [0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 3, 4, 1, 2, 3, 0, 1, 0, 1, 99]
            int[] holeIndices = [3]
            uniform token orientation = \"leftHanded\"
            uniform token subdivisionScheme = \"catmullClark\"
            point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0.5, 0)]
            texCoord2f[] primvars:st = [(0.25, 0)] (interpolation = \"constant\")
            normal3f[] normals = [(0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 0, 1), (0, 0, 1), (0, 0, 1)] (interpolation = \"uniform\")
        }",
    );
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!(primitive.faces.sizes, FaceSizes::Starts(vec![0, 4, 7, 12]));
    assert_eq!(primitive.faces.corner_vertices, [0, 3, 2, 1, 0, 2, 1, 0, 4, 3, 2, 1]);
    assert_eq!(primitive.normals.as_ref().unwrap().at(5, 0), Some(Vec3::Y));
    assert_eq!(primitive.uvs[0].at(11, 1), Some(Vec2::new(0.25, 1.0)));
    assert!(said(&import, "2 faces left out"), "{:?}", import.warnings);
    assert!(said(&import, "cages"));
}

#[test]
fn values_by_corner_follow_a_turned_face() {
    let more = "uniform token orientation = \"leftHanded\"
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1)] (interpolation = \"faceVarying\")
        int[] primvars:st:indices = [0, 1, 2, 0]
        texCoord2f[] primvars:map2 = [(0, 0), (0.1, 0), (0.2, 0), (0.3, 0)] (interpolation = \"faceVarying\")";
    let import = read_text(&quad("Quad", more));
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!(primitive.faces.corner_vertices, [0, 3, 2, 1]);
    assert!(
        matches!(&primitive.uvs[0], Layer::Indexed { corner_values, .. } if *corner_values == [0, 0, 2, 1])
    );
    assert_eq!(primitive.uvs[1].at(1, 3), Some(Vec2::new(0.3, 1.0)));
}

const MATERIALS: &str = r#"
def Scope "Looks" {
    def Material "Paint" {
        asset inputs:picture = @textures/a.png@
        token outputs:surface.connect = </Looks/Paint/Surface.outputs:surface>
        def Shader "Surface" {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </Looks/Paint/Picture.outputs:rgb>
            float inputs:opacity.connect = </Looks/Paint/Picture.outputs:a>
            float inputs:opacityThreshold = 0.25
            float inputs:roughness.connect = </Looks/Paint/Packed.outputs:g>
            float inputs:metallic.connect = </Looks/Paint/Packed.outputs:b>
            normal3f inputs:normal.connect = </Looks/Paint/Bumps.outputs:rgb>
            float inputs:clearcoat = 0.5
            float inputs:ior = 1.4
            token outputs:surface
        }
        def Shader "Picture" {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file.connect = </Looks/Paint.inputs:picture>
            float2 inputs:st.connect = </Looks/Paint/Move.outputs:result>
            token inputs:wrapS = "clamp"
            float4 inputs:scale = (0.5, 1, 1, 1)
            float3 outputs:rgb
        }
        def Shader "Move" {
            uniform token info:id = "UsdTransform2d"
            float2 inputs:in.connect = </Looks/Paint/Uv.outputs:result>
            float2 inputs:scale = (2, 4)
            float2 inputs:translation = (0.5, 0.25)
        }
        def Shader "Uv" {
            uniform token info:id = "UsdPrimvarReader_float2"
            string inputs:varname = "map2"
        }
        def Shader "Packed" {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @textures/orm.png@
        }
        def Shader "Bumps" {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @textures/missing.png@
            float4 inputs:scale = (3, 3, 2, 1)
            float4 inputs:bias = (-1.5, -1.5, -1, 0)
        }
    }
    def Material "Plain" {
        token outputs:surface.connect = </Looks/Plain/Surface.outputs:surface>
        def Shader "Surface" {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (1, 0, 0)
            float inputs:opacity = 0.5
            token outputs:surface
        }
    }
}
"#;

#[test]
fn a_preview_surface_keeps_its_pictures_and_values() {
    let more = "texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (interpolation = \"vertex\")
        texCoord2f[] primvars:map2 = [(0, 0), (1, 0), (1, 1), (0, 1)] (interpolation = \"vertex\")
        rel material:binding = </Looks/Paint>";
    let text = format!("#usda 1.0\n{MATERIALS}{}", quad("Quad", more));
    let png: &[u8] = b"\x89PNG\r\n\x1a\n";
    let files = [("a.usda", text.as_bytes()), ("textures/a.png", png), ("textures/orm.png", png)];
    let import = read_files(&files).unwrap();
    let scene = &import.scene;
    let material = &scene.materials[0];
    assert_eq!(material.name, "Paint");
    assert_eq!(material.base_color, Vec4::new(0.5, 1.0, 1.0, 1.0));
    assert_eq!(material.alpha_mode, AlphaMode::Mask { cutoff: 0.25 });
    assert_eq!((material.ior, material.normal_scale), (1.4, 1.5));
    assert_eq!(material.clearcoat.unwrap().factor, 0.5);
    let base = material.base_color_texture.unwrap();
    assert_eq!(base.uv_set, 1, "map2 is the mesh's second");
    // At (0, 1) from the top, which is USD's (0, 0), stands what was moved to (0.5, 0.25).
    let transform = base.uv_transform;
    assert_eq!(transform.offset + transform.scale * Vec2::new(0.0, 1.0), Vec2::new(0.5, 0.75));
    let packed = material.metallic_roughness_texture.unwrap();
    assert_eq!(packed.uv_set, 0);
    assert_eq!(scene.textures[base.texture].wrap_u, scene::Wrap::ClampToEdge);
    assert!(matches!(scene.images[scene.textures[packed.texture].image].data, ImageData::File(_)));
    let states: Vec<_> = import.dependencies.iter().map(|d| (d.named.as_str(), d.kind, d.state)).collect();
    assert_eq!(
        states,
        [
            ("textures/a.png", DependencyKind::Picture, DependencyState::Found),
            ("textures/orm.png", DependencyKind::Picture, DependencyState::Found),
            ("textures/missing.png", DependencyKind::Picture, DependencyState::Missing),
        ]
    );
}

#[test]
fn bindings_are_inherited_and_overruled() {
    let own = quad("Own", "rel material:binding = </Looks/Plain>");
    let subsets = "def GeomSubset \"A\" {
            uniform token elementType = \"face\"
            uniform token familyName = \"materialBind\"
            int[] indices = [1]
            rel material:binding = </Looks/Plain>
        }";
    let import = read_text(&format!(
        "{MATERIALS}
        def Xform \"Group\" (prepend apiSchemas = [\"CollectionAPI:some\"]) {{
            rel material:binding = </Looks/Paint>
            uniform token collection:some:expansionRule = \"expandPrims\"
            rel collection:some:includes = [</Group/InCollection>]
            rel material:binding:collection:some = [</Group.collection:some>, </Looks/Plain>]
            {}{}{own}
            def Mesh \"Parts\" {{
                int[] faceVertexCounts = [3, 3, 3]
                int[] faceVertexIndices = [0, 1, 2, 0, 2, 3, 1, 2, 3]
                point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
                {subsets}
            }}
        }}",
        quad("Handed", ""),
        quad("InCollection", ""),
    ));
    let scene = &import.scene;
    let runs = |name: &str| {
        let mesh = scene.nodes[node(scene, name)].mesh.unwrap();
        let runs = &scene.meshes[mesh].primitives[0].material_runs;
        runs.iter()
            .map(|r| (scene.materials[r.material.unwrap()].name.as_str(), r.n_faces))
            .collect::<Vec<_>>()
    };
    assert_eq!(runs("Handed"), [("Paint", 1)]);
    assert_eq!(runs("InCollection"), [("Plain", 1)]);
    assert_eq!(runs("Own"), [("Plain", 1)]);
    assert_eq!(runs("Parts"), [("Plain", 1), ("Paint", 2)], "faces of one material stand together");
    let parts = scene.nodes[node(scene, "Parts")].mesh.unwrap();
    let primitive = &scene.meshes[parts].primitives[0];
    assert_eq!(primitive.faces.corner_vertices, [0, 2, 3, 0, 1, 2, 1, 2, 3]);
    let plain = scene.materials.iter().find(|m| m.name == "Plain").unwrap();
    assert_eq!((plain.base_color, plain.alpha_mode), (Vec4::new(1.0, 0.0, 0.0, 0.5), AlphaMode::Blend));
}

#[test]
fn operations_compose_in_their_order() {
    let import = read_text(&format!(
        "(\n metersPerUnit = 1\n)
        def Xform \"Far\" {{
            double3 xformOp:translate = (100, 0, 0)
            uniform token[] xformOpOrder = [\"xformOp:translate\"]
            def Xform \"Pivoted\" {{
                double3 xformOp:translate:pivot = (1, 0, 0)
                float xformOp:rotateZ = 90
                uniform token[] xformOpOrder = [\"xformOp:translate:pivot\", \"xformOp:rotateZ\", \"!invert!xformOp:translate:pivot\"]
                {}
            }}
            def Xform \"Reset\" {{
                quatf xformOp:orient = (0.70710678, 0, 0, 0.70710678)
                uniform token[] xformOpOrder = [\"!resetXformStack!\", \"xformOp:orient\"]
                {}
            }}
        }}",
        quad("A", ""),
        quad("B", ""),
    ));
    let scene = &import.scene;
    let world = scene.world_transforms().world_from_node;
    let at = |name: &str, p: DVec3| world[node(scene, name)].transform_point3(p);
    // A quarter turn about (1, 0, 0): the origin goes to (1, -1, 0).
    assert!(at("A", DVec3::ZERO).abs_diff_eq(DVec3::new(101.0, -1.0, 0.0), 1e-5), "{}", at("A", DVec3::ZERO));
    assert!(at("B", DVec3::X).abs_diff_eq(DVec3::Y, 1e-5));
}

#[test]
fn moving_operations_become_an_animation() {
    let import = read_text(&format!(
        "(\n metersPerUnit = 1\n timeCodesPerSecond = 10\n startTimeCode = 5\n endTimeCode = 25\n)
        def Xform \"Mover\" {{
            double3 xformOp:translate.timeSamples = {{ 5: (1, 0, 0), 25: (3, 0, 0) }}
            float3 xformOp:rotateXYZ.timeSamples = {{ 5: (0, 0, 0), 25: (0, 0, 360) }}
            uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:rotateXYZ\"]
            {}
        }}",
        quad("A", "")
    ));
    let scene = &import.scene;
    assert_eq!(scene.animations.len(), 1);
    let channel = |target| scene.animations[0].channels.iter().find(|c| c.target == target).unwrap();
    let moves = channel(AnimationTarget::Translation);
    assert_eq!((moves.key_times_secs[0], *moves.key_times_secs.last().unwrap()), (0.0, 2.0));
    assert_eq!(moves.values[..3], [1.0, 0.0, 0.0]);
    let turns = channel(AnimationTarget::Rotation);
    assert!(turns.key_times_secs.len() >= 5, "a full turn is more than its two ends");
    assert!((turns.values[4 * 2 + 2].abs() - 1.0).abs() < 1e-5, "half way round after half the time");
    assert_eq!(scene.bounds().min.x, 1.0, "shown as in the first frame");
}

#[test]
fn what_is_hidden_is_named() {
    let import = read_text(&format!(
        "def Xform \"X\" {{ token visibility = \"invisible\"\n {} }}\n{}{}",
        quad("Unseen", ""),
        quad("Proxy", "uniform token purpose = \"proxy\""),
        quad("Shown", "uniform token purpose = \"render\"\n color3f[] primvars:displayColor = [(0, 0.5, 0)]"),
    ));
    assert_eq!(import.scene.meshes.len(), 1);
    let material = &import.scene.materials[0];
    assert_eq!(material.base_color, Vec4::new(0.0, 0.5, 0.0, 1.0));
    assert!(said(&import, "1 invisible shapes") && said(&import, "1 proxy"), "{:?}", import.warnings);
}

#[test]
fn layers_beside_the_model_are_composed_and_listed() {
    let root = "#usda 1.0\n(\n subLayers = [@./over.usda@, @gone.usda@]\n metersPerUnit = 1\n)
        def Xform \"A\" (prepend references = @parts/part.usda@</Part>\n variants = { string look = \"big\" }) {}
        def Xform \"B\" (prepend payload = @parts/part.usda@\n instanceable = true) {}
        def Xform \"C\" (prepend payload = @parts/part.usda@\n instanceable = true) {}";
    let over = "#usda 1.0\nover \"A\" { double3 xformOp:translate = (7, 0, 0)\n uniform token[] xformOpOrder = [\"xformOp:translate\"] }";
    let part = format!(
        "#usda 1.0\n(\n defaultPrim = \"Part\"\n)
        def Xform \"Part\" (prepend variantSets = \"look\"\n variants = {{ string look = \"small\" }}) {{
            {}
            variantSet \"look\" = {{
                \"small\" {{ def Cube \"Small\" {{ double size = 1 }} }}
                \"big\" {{ def Cube \"Big\" {{ double size = 10 }} }}
            }}
        }}",
        quad("Quad", "")
    );
    let files = [
        ("root.usda", root.as_bytes()),
        ("over.usda", over.as_bytes()),
        ("parts/part.usda", part.as_bytes()),
    ];
    let import = read_files(&files).unwrap();
    let scene = &import.scene;
    assert_eq!(scene.bounds().max.x, 12.0, "the big variant, moved by the sublayer");
    let quads: Vec<_> = scene.nodes.iter().filter(|n| n.name == "Quad").map(|n| n.mesh.unwrap()).collect();
    assert_eq!(quads.len(), 3);
    assert_eq!(quads[1], quads[2], "instances share their meshes");
    let mut layers: Vec<_> =
        import.dependencies.iter().map(|d| (d.named.as_str(), d.kind, d.state)).collect();
    layers.sort_by_key(|layer| layer.0);
    assert_eq!(
        layers,
        [
            ("./over.usda", DependencyKind::Model, DependencyState::Found),
            ("gone.usda", DependencyKind::Model, DependencyState::Missing),
            ("parts/part.usda", DependencyKind::Model, DependencyState::Found),
        ]
    );
    assert!(said(&import, "gone.usda is missing"), "{:?}", import.warnings);
}

fn package(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in entries {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_package_holds_its_own_files_and_reaches_no_others() {
    let mesh = quad("Quad", "rel material:binding = </Looks/Paint>");
    let root = format!(
        "#usda 1.0\n{MATERIALS}{mesh}\ndef \"In\" (prepend references = @geo/inner.usda@</Inner>) {{}}
        def \"Out\" (prepend references = @../../etc/outside.usda@</X>) {{}}"
    );
    let inner = format!("#usda 1.0\ndef Xform \"Inner\" {{ {} }}", quad("Deep", ""));
    let png: &[u8] = b"\x89PNG\r\n\x1a\nrest";
    let bytes = package(&[
        ("root.usda", root.as_bytes()),
        ("textures/a.png", png),
        ("geo/inner.usda", inner.as_bytes()),
    ]);
    for name in ["model.usdz", "model.usd"] {
        let import = read_files(&[(name, &bytes)]).unwrap();
        assert_eq!(import.format, "USD");
        assert_eq!(import.scene.meshes.len(), 2, "{:?}", import.warnings);
        let image = &import.scene.images[0];
        assert!(matches!(&image.data, ImageData::Embedded(bytes) if **bytes == *png), "{image:?}");
        assert_eq!(image.mime_type, "image/png");
        assert!(said(&import, "outside.usda is missing"), "{:?}", import.warnings);
    }
}

#[test]
fn a_skin_stands_where_its_first_frame_has_it() {
    let import = read_text(
        "(\n metersPerUnit = 1\n)
        def SkelRoot \"Root\" {
            rel skel:animationSource = </Root/Moves>
            rel skel:skeleton = </Root/Bones>
            def Skeleton \"Bones\" {
                uniform token[] joints = [\"hip\", \"hip/knee\"]
                uniform matrix4d[] bindTransforms = [((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,0,0,1)), ((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,1,0,1))]
                uniform matrix4d[] restTransforms = [((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,0,0,1)), ((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,1,0,1))]
            }
            def SkelAnimation \"Moves\" {
                uniform token[] joints = [\"hip/knee\"]
                float3[] translations.timeSamples = { 0: [(0, 1, 2)], 24: [(0, 1, 5)] }
                quatf[] rotations = [(1, 0, 0, 0)]
                half3[] scales = [(1, 1, 1)]
                uniform token[] blendShapes = [\"wide\"]
                float[] blendShapeWeights.timeSamples = { 0: [0.5], 24: [1] }
            }
            def Mesh \"Skin\" {
                int[] faceVertexCounts = [3]
                int[] faceVertexIndices = [0, 1, 2]
                point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
                int[] primvars:skel:jointIndices = [0, 0, 0, 0, 1, 0] (elementSize = 2\n interpolation = \"vertex\")
                float[] primvars:skel:jointWeights = [1, 0, 1, 0, 1, 0] (elementSize = 2\n interpolation = \"vertex\")
                uniform token[] skel:blendShapes = [\"wide\"]
                rel skel:blendShapeTargets = </Root/Skin/wide>
                def BlendShape \"wide\" {
                    uniform vector3f[] offsets = [(4, 0, 0)]
                    uniform int[] pointIndices = [1]
                }
            }
        }",
    );
    let scene = &import.scene;
    let skin = &scene.skins[0];
    assert_eq!(skin.joints.len(), 2);
    assert_eq!(scene.nodes[skin.joints[1]].name, "knee");
    assert_eq!(scene.meshes[0].morph_weights, [0.5]);
    // The knee has moved by 2, and with it the third corner; the shape widens the second by half.
    let bounds = scene.bounds();
    assert!(bounds.max.abs_diff_eq(DVec3::new(3.0, 1.0, 2.0), 1e-6), "{bounds:?}");
    let targets: Vec<_> = scene.animations[0].channels.iter().map(|c| c.target).collect();
    assert_eq!(targets, [AnimationTarget::Translation, AnimationTarget::Weights]);
    assert_eq!(scene.animations[0].channels[0].key_times_secs, [0.0, 1.0]);
}

#[test]
fn cameras_lights_curves_and_plain_shapes() {
    let import = read_text(
        "(\n metersPerUnit = 0.1\n)
        def Camera \"Cam\" {
            float focalLength = 50
            float horizontalAperture = 36
            float verticalAperture = 24
            float2 clippingRange = (1, 1000)
        }
        def DistantLight \"Sun\" { float inputs:intensity = 3 }
        def SphereLight \"Spot\" {
            float inputs:radius = 10
            float inputs:shaping:cone:angle = 30
        }
        def DomeLight \"Sky\" {}
        def Sphere \"Ball\" { double radius = 20 }
        def Capsule \"Pill\" {}
        def BasisCurves \"Hair\" {
            uniform token type = \"cubic\"
            int[] curveVertexCounts = [4]
            point3f[] points = [(0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0)]
        }
        def Points \"Dust\" { point3f[] points = [(0, 0, 0), (1, 1, 1)] }",
    );
    let scene = &import.scene;
    let Projection::Perspective { fov_y_radians, aspect } = scene.cameras[0].projection else { panic!() };
    assert!((fov_y_radians - 2.0 * 0.24_f32.atan()).abs() < 1e-6);
    assert_eq!((aspect, scene.cameras[0].near, scene.cameras[0].far), (Some(1.5), 0.1, Some(100.0)));
    assert_eq!((scene.lights[0].kind, scene.lights[0].intensity), (LightKind::Directional, 3.0));
    let LightKind::Spot { outer_cone_radians, .. } = scene.lights[1].kind else { panic!() };
    assert!((outer_cone_radians - 30_f32.to_radians()).abs() < 1e-6);
    assert!((scene.lights[1].intensity - std::f32::consts::PI).abs() < 1e-5, "π r² at one metre");
    assert!(said(&import, "lights of other kinds"));
    assert!((scene.bounds().max.y - 2.0).abs() < 1e-6, "the ball's radius in metres");
    let mesh = |name: &str| &scene.meshes[scene.nodes[node(scene, name)].mesh.unwrap()].primitives[0];
    let hair = &mesh("Hair").vertex_positions;
    assert_eq!((hair.first(), hair.last()), (Some(&Vec3::ZERO), Some(&Vec3::X)));
    assert!((hair[4] - Vec3::new(0.5, 0.75, 0.0)).length() < 1e-6);
    assert_eq!(mesh("Dust").faces.n_faces(), 2);
}

#[test]
fn instancers_place_their_prototypes() {
    let import = read_text(&format!(
        "(\n metersPerUnit = 1\n)
        def PointInstancer \"Trees\" {{
            rel prototypes = [</Trees/Kinds/Tree>, </Trees/Kinds/Bush>]
            int[] protoIndices = [0, 0, 1, 7, 0]
            point3f[] positions = [(0, 0, 0), (10, 0, 0), (0, 0, 20), (0, 0, 0), (500, 0, 0)]
            float3[] scales = [(1, 1, 1), (2, 2, 2), (1, 1, 1), (1, 1, 1), (1, 1, 1)]
            int64[] invisibleIds = [4]
            def Scope \"Kinds\" {{ {}{} }}
        }}",
        quad("Tree", ""),
        quad("Bush", ""),
    ));
    let scene = &import.scene;
    assert_eq!(scene.meshes.len(), 2);
    assert_eq!(scene.mesh_instances(&scene.world_transforms()).len(), 3);
    assert_eq!(scene.bounds().max, DVec3::new(12.0, 2.0, 20.0));
}

#[test]
fn damage_is_an_error_or_a_warning_and_never_more() {
    let message = |bytes: &[u8]| read_files(&[("a.usda", bytes)]).unwrap_err().to_string();
    assert!(message(b"#usda 1.0\ndef Mesh \"A\" {").starts_with("the USD file is damaged"));
    let deep = format!("#usda 1.0\n{}", "def Xform \"A\" {\n".repeat(5000));
    assert!(message(deep.as_bytes()).contains("nested more than"), "{}", message(deep.as_bytes()));
    assert!(message(b"PXR-USDC").starts_with("the USD file is damaged"));
    let own = "#usda 1.0\ndef Xform \"A\" (prepend references = @a.usda@</A>) {}";
    let import = read_files(&[("a.usda", own.as_bytes())]).unwrap();
    assert!(import.warnings.contains(&ReadWarning::NothingToShow), "{:?}", import.warnings);
}

#[test]
fn references_may_not_multiply_without_end() {
    // Each level holds the one below ten times: ten milliards of prims from two kilobytes.
    let mut text = String::from("#usda 1.0\n");
    for level in 0..10 {
        let below: String = (0..10)
            .map(|i| format!("def \"c{i}\" (prepend references = </L{}>) {{}}\n", level + 1))
            .collect();
        text += &format!("def \"L{level}\" {{\n{below}}}\n");
    }
    text += "def \"L10\" {}\n";
    let ctx = WorkCtx::quiet();
    let (path, format) = (Path::new("a.usda"), crate::format_of(Path::new("a.usda")).unwrap());
    let seen = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| crate::read_bytes(path, text.as_bytes(), format, &ctx));
        // It is cancelled rather than waited for; that it listens is what is tested.
        ctx.cancel();
        seen.store(reading.join().unwrap().is_err(), std::sync::atomic::Ordering::Relaxed);
    });
    assert!(seen.into_inner());
}
