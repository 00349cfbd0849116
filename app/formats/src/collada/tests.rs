use std::path::Path;

use glam::{DVec3, Vec2, Vec3};
use scene::{AlphaMode, AnimationTarget, FaceSizes, LightKind, Projection, Topology, Transform, UpAxis};
use work::WorkCtx;

use super::*;
use crate::{DependencyState, Import, ReadError, read_bytes};

fn try_read(text: &str) -> Result<Import, ReadError> {
    read_bytes(Path::new("model.dae"), text.as_bytes(), &FORMAT, &WorkCtx::quiet())
}

fn read_model(text: &str) -> Import {
    try_read(text).unwrap()
}

/// A whole document around libraries and the nodes of its one scene.
fn document(asset: &str, libraries: &str, nodes: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><COLLADA xmlns=\"http://www.collada.org/2005/11/COLLADASchema\">\
         <asset>{asset}</asset>{libraries}\
         <library_visual_scenes><visual_scene id=\"S\" name=\"Set\">{nodes}</visual_scene></library_visual_scenes>\
         <scene><instance_visual_scene url=\"#S\"/></scene></COLLADA>"
    )
}

fn source(id: &str, params: &str, values: &str) -> String {
    let n = values.split_whitespace().count();
    let names: String = params.chars().map(|p| format!("<param name=\"{p}\" type=\"float\"/>")).collect();
    format!(
        "<source id=\"{id}\"><float_array id=\"{id}-a\" count=\"{n}\">{values}</float_array><technique_common>\
         <accessor source=\"#{id}-a\" count=\"{}\" stride=\"{}\">{names}</accessor></technique_common></source>",
        n / params.len(),
        params.len()
    )
}

const SIX: &str = "0 0 0 1 0 0 1 1 0 0 1 0 2 0 0 2 1 0";

/// Six points, two texture coordinates, one normal; `faces` are the primitive elements.
fn geometry(faces: &str) -> String {
    format!(
        "<library_geometries><geometry id=\"G\" name=\"Plate\"><mesh>{}{}{}\
         <vertices id=\"V\"><input semantic=\"POSITION\" source=\"#P\"/></vertices>{faces}</mesh></geometry>\
         </library_geometries>",
        source("P", "XYZ", SIX),
        source("T", "ST", "0 0 0.25 0.75"),
        source("N", "XYZ", "0 0 1")
    )
}

const VERTEX: &str = "<input semantic=\"VERTEX\" source=\"#V\" offset=\"0\"/>";
const PLATE: &str = "<node id=\"A\" name=\"Plate node\"><instance_geometry url=\"#G\"/></node>";
const TRIANGLE: &str =
    "<triangles count=\"1\"><input semantic=\"VERTEX\" source=\"#V\" offset=\"0\"/><p>0 1 2</p></triangles>";

fn faces(text: &str) -> (Vec<u32>, FaceSizes) {
    let import = read_model(&document("", &geometry(text), PLATE));
    let faces = &import.scene.meshes[0].primitives[0].faces;
    (faces.corner_vertices.clone(), faces.sizes.clone())
}

#[test]
fn polygons_keep_their_corners() {
    let (corners, sizes) =
        faces(&format!("<polylist count=\"2\">{VERTEX}<vcount>4 3</vcount><p>0 1 2 3 1 4 5</p></polylist>"));
    assert_eq!(corners, [0, 1, 2, 3, 1, 4, 5]);
    assert_eq!(sizes, FaceSizes::Starts(vec![0, 4, 7]));
    let (corners, sizes) =
        faces(&format!("<polygons>{VERTEX}<p>0 1 2 3</p><ph><p>1 4 5 2</p><h>0 0 0</h></ph></polygons>"));
    assert_eq!((corners.len(), sizes), (8, FaceSizes::Uniform(4)));
}

#[test]
fn strips_and_fans_wind_alike() {
    let strip = format!("<tristrips>{VERTEX}<p>0 1 3 2</p><p>1 4 2</p></tristrips>");
    assert_eq!(faces(&strip).0, [0, 1, 3, 3, 1, 2, 1, 4, 2]);
    let fan = format!("<trifans>{VERTEX}<p>0 1 2 3</p></trifans>");
    assert_eq!(faces(&fan).0, [0, 1, 2, 0, 2, 3]);
}

#[test]
fn lines_stand_beside_faces() {
    let both = format!("{TRIANGLE}<linestrips>{VERTEX}<p>3 4 5</p></linestrips>");
    let import = read_model(&document("", &geometry(&both), PLATE));
    let [faces, lines] = &import.scene.meshes[0].primitives[..] else { panic!() };
    assert_eq!((faces.topology, lines.topology), (Topology::Faces, Topology::Lines));
    assert_eq!(lines.faces.corner_vertices, [3, 4, 4, 5]);
}

#[test]
fn each_attribute_has_its_own_indices() {
    let text = format!(
        "<triangles material=\"m\">{VERTEX}<input semantic=\"NORMAL\" source=\"#N\" offset=\"1\"/>\
         <input semantic=\"TEXCOORD\" source=\"#T\" offset=\"2\" set=\"1\"/><p>0 0 0 1 0 1 2 0 0</p></triangles>{TRIANGLE}"
    );
    let import = read_model(&document("", &geometry(&text), PLATE));
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!(primitive.material_runs.len(), 2);
    let uv = &primitive.uvs[0];
    assert_eq!(uv.at(1, 1), Some(Vec2::new(0.25, 0.25)), "V is counted from the top");
    assert_eq!(uv.at(3, 0), None, "the second element has none");
    assert_eq!(primitive.normals.as_ref().unwrap().at(2, 2), Some(Vec3::Z));
}

#[test]
fn faces_that_point_nowhere_are_left_out() {
    let text = format!("<triangles>{VERTEX}<p>0 1 2 0 1 6 0 -1 2</p></triangles>");
    let import = read_model(&document("", &geometry(&text), PLATE));
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
    assert!(matches!(import.warnings[..], [ReadWarning::Skipped { n: 2, .. }]), "{:?}", import.warnings);
}

#[test]
fn unit_and_axis_become_a_root_node() {
    let asset = "<contributor><authoring_tool>Tool 7</authoring_tool></contributor>\
                 <unit meter=\"0.01\"/><up_axis>Z_UP</up_axis>";
    let import = read_model(&document(asset, &geometry(TRIANGLE), PLATE));
    let bounds = import.scene.bounds();
    assert!(bounds.max.abs_diff_eq(DVec3::new(0.01, 0.0, 0.0), 1e-9), "{bounds:?}");
    assert!(bounds.min.abs_diff_eq(DVec3::new(0.0, 0.0, -0.01), 1e-9), "{bounds:?}");
    assert_eq!(import.scene.authored.up, Some(UpAxis::Z));
    assert_eq!(import.scene.authored.meters_per_unit, Some(0.01));
    assert_eq!(import.scene.authored.program, "Tool 7");
    let x_up =
        Frame { up: UpAxis::X, meters_per_unit: None, program: String::new(), copyright: String::new() };
    assert_eq!(x_up.scene_from_file().transform_vector3(DVec3::X), DVec3::Y);
}

#[test]
fn instances_repeat_and_never_contain_themselves() {
    let library = "<library_nodes><node id=\"N1\"><instance_geometry url=\"#G\"/><instance_node url=\"#N1\"/></node></library_nodes>";
    let nodes = "<node><instance_node url=\"#N1\"/><instance_node url=\"#N1\"/><instance_node url=\"other.dae#x\"/></node>";
    let import = read_model(&document("", &(geometry(TRIANGLE) + library), nodes));
    assert_eq!(import.scene.nodes.iter().filter(|n| n.mesh == Some(0)).count(), 2);
    assert_eq!(import.scene.meshes.len(), 1, "shared");
    assert_eq!(import.warnings.len(), 2, "{:?}", import.warnings);
}

#[test]
fn multiplying_instances_end() {
    let level = |i: usize| {
        let next = format!("<instance_node url=\"#L{}\"/>", i + 1).repeat(10);
        format!("<node id=\"L{i}\">{next}</node>")
    };
    let levels: String = (0..12).map(level).collect();
    let text = document(
        "",
        &format!("<library_nodes>{levels}</library_nodes>"),
        "<node><instance_node url=\"#L0\"/></node>",
    );
    let import = read_model(&text);
    assert!(import.scene.nodes.len() < 110_000);
}

fn effect(shader: &str) -> String {
    format!(
        "<library_images><image id=\"I\"><init_from>file:///C:/job/wood.png</init_from></image></library_images>\
         <library_effects><effect id=\"E\"><profile_COMMON>\
         <newparam sid=\"sf\"><surface type=\"2D\"><init_from>I</init_from></surface></newparam>\
         <newparam sid=\"sm\"><sampler2D><source>sf</source><wrap_s>MIRROR</wrap_s></sampler2D></newparam>\
         <technique sid=\"c\">{shader}</technique></profile_COMMON></effect></library_effects>\
         <library_materials><material id=\"M\" name=\"Wood\"><instance_effect url=\"#E\"/></material></library_materials>"
    )
}

fn bound(extra: &str) -> String {
    format!(
        "<node><instance_geometry url=\"#G\"><bind_material><technique_common>\
         <instance_material symbol=\"m\" target=\"#M\">{extra}</instance_material>\
         </technique_common></bind_material></instance_geometry></node>"
    )
}

fn material_of(shader: &str) -> scene::Material {
    let triangle = TRIANGLE.replace("<triangles", "<triangles material=\"m\"");
    let import = read_model(&document("", &(geometry(&triangle) + &effect(shader)), &bound("")));
    let run = import.scene.meshes[0].primitives[0].material_runs[0];
    import.scene.materials[run.material.unwrap()].clone()
}

#[test]
fn textures_are_found_over_sampler_surface_and_binding() {
    let uv = |set: u32| format!("<input semantic=\"TEXCOORD\" source=\"#T\" offset=\"0\" set=\"{set}\"/>");
    let triangle = format!("<triangles material=\"m\">{VERTEX}{}{}<p>0 1 1</p></triangles>", uv(0), uv(3));
    let shader = "<lambert><diffuse><texture texture=\"sm\" texcoord=\"CH\"/></diffuse></lambert>";
    let nodes = bound("<bind_vertex_input semantic=\"CH\" input_semantic=\"TEXCOORD\" input_set=\"3\"/>");
    let import = read_model(&document("", &(geometry(&triangle) + &effect(shader)), &nodes));
    let scene = &import.scene;
    assert_eq!(scene.materials.len(), 1);
    assert_eq!(scene.materials[0].name, "Wood");
    let texture = scene.materials[0].base_color_texture.unwrap();
    assert_eq!(texture.uv_set, 1, "set 3 is the second there is");
    assert_eq!(scene.textures[texture.texture].wrap_u, scene::Wrap::MirroredRepeat);
    assert_eq!(import.dependencies[0].named, "file:///C:/job/wood.png");
    assert_eq!(import.dependencies[0].state, DependencyState::Missing);
}

#[test]
fn transparency_has_four_meanings() {
    let alpha = |mode: &str, color: &str, transparency: f32| {
        material_of(&format!(
            "<phong><diffuse><color>1 0 0 1</color></diffuse><transparent opaque=\"{mode}\"><color>{color}</color>\
             </transparent><transparency><float>{transparency}</float></transparency></phong>"
        ))
    };
    assert_eq!(alpha("A_ONE", "1 1 1 0.5", 0.5).base_color.w, 0.25);
    assert_eq!(alpha("A_ZERO", "1 1 1 0.5", 0.5).base_color.w, 0.75);
    assert!((alpha("RGB_ZERO", "1 1 1 1", 0.25).base_color.w - 0.75).abs() < 1e-5);
    assert!((alpha("RGB_ONE", "0.5 0.5 0.5 1", 1.0).base_color.w - 0.5).abs() < 1e-5);
    assert_eq!(alpha("A_ONE", "1 1 1 0.5", 0.5).alpha_mode, AlphaMode::Blend);
    let inverted = alpha("A_ONE", "1 1 1 1", 0.0);
    assert_eq!((inverted.base_color.w, inverted.alpha_mode), (1.0, AlphaMode::Opaque));
}

#[test]
fn a_constant_shader_needs_no_light() {
    let material = material_of("<constant><emission><color>0.5 0.25 1 1</color></emission></constant>");
    assert!(material.unlit);
    assert_eq!(material.base_color.to_array(), [0.5, 0.25, 1.0, 1.0]);
}

#[test]
fn cameras_and_lights_stand_in_their_nodes() {
    let libraries = "<library_cameras><camera id=\"C\"><optics><technique_common><perspective><xfov>90</xfov>\
        <aspect_ratio>2</aspect_ratio><znear>10</znear><zfar>100</zfar></perspective></technique_common></optics></camera></library_cameras>\
        <library_lights><light id=\"L\"><technique_common><spot><color>2 1 0</color><falloff_angle>60</falloff_angle></spot></technique_common></light>\
        <light id=\"B\"><technique_common><ambient><color>1 1 1</color></ambient></technique_common></light></library_lights>";
    let nodes =
        "<node><instance_camera url=\"#C\"/><instance_light url=\"#L\"/><instance_light url=\"#B\"/></node>";
    let import = read_model(&document("<unit meter=\"0.1\"/>", libraries, nodes));
    let camera = &import.scene.cameras[0];
    let Projection::Perspective { fov_y_radians, aspect } = camera.projection else { panic!() };
    assert!((fov_y_radians - 2.0 * 0.5_f32.atan()).abs() < 1e-5);
    assert_eq!((aspect, camera.near), (Some(2.0), 1.0));
    let LightKind::Spot { outer_cone_radians, .. } = import.scene.lights[0].kind else { panic!() };
    assert!((outer_cone_radians - 30_f32.to_radians()).abs() < 1e-5);
    assert_eq!(import.scene.lights[0].color_linear, Vec3::new(1.0, 0.5, 0.0));
    assert_eq!(import.scene.lights.len(), 1);
}

fn names_source(id: &str, tag: &str, words: &str) -> String {
    format!("<source id=\"{id}\"><{tag}>{words}</{tag}></source>")
}

const MATRIX_UP: &str = "1 0 0 0 0 1 0 5 0 0 1 0 0 0 0 1";

fn skinned() -> String {
    let sources = names_source("J", "Name_array", "hip knee gone")
        + &source("B", "ABCDEFGHIJKLMNOP", &format!("{0} {0} {0}", "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"))
        + &source("W", "W", "1 0.5");
    let controller = format!(
        "<library_controllers><controller id=\"K\"><skin source=\"#G\">\
         <bind_shape_matrix>2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1</bind_shape_matrix>{sources}\
         <joints><input semantic=\"JOINT\" source=\"#J\"/><input semantic=\"INV_BIND_MATRIX\" source=\"#B\"/></joints>\
         <vertex_weights><input semantic=\"JOINT\" source=\"#J\" offset=\"0\"/><input semantic=\"WEIGHT\" source=\"#W\" offset=\"1\"/>\
         <vcount>1 1 2 1 1 1</vcount><v>0 0 1 0 0 1 1 1 0 0 0 0 0 0</v></vertex_weights></skin></controller></library_controllers>"
    );
    let nodes = format!(
        "<node id=\"R\" sid=\"hip\" type=\"JOINT\"><node sid=\"knee\"><matrix>{MATRIX_UP}</matrix></node></node>\
         <node><translate>9 9 9</translate><instance_controller url=\"#K\"><skeleton>#R</skeleton></instance_controller></node>"
    );
    document("", &(geometry(TRIANGLE) + &controller), &nodes)
}

#[test]
fn a_skin_moves_with_its_joints() {
    let import = read_model(&skinned());
    let scene = &import.scene;
    assert_eq!(scene.skins[0].joints.len(), 3);
    let transforms = scene.world_transforms();
    let instance = scene.mesh_instances(&transforms)[0];
    let primitive = &scene.meshes[0].primitives[0];
    let world = scene.world_positions(&instance, primitive, &transforms);
    assert_eq!(world[0], DVec3::ZERO);
    assert_eq!(world[1], DVec3::new(2.0, 5.0, 0.0), "scaled by its bind shape, moved by the knee");
    assert_eq!(world[2], DVec3::new(2.0, 4.5, 0.0), "half by each");
    assert!(matches!(import.warnings[..], [ReadWarning::Skipped { what: "joints", n: 1, .. }]));
}

#[test]
fn a_morph_is_relative_to_its_mesh() {
    let target = "<library_geometries><geometry id=\"G2\" name=\"Smile\"><mesh>".to_owned()
        + &source("P2", "XYZ", &SIX.replace('2', "3"))
        + "<vertices id=\"V2\"><input semantic=\"POSITION\" source=\"#P2\"/></vertices></mesh></geometry></library_geometries>";
    let controller = "<library_controllers><controller id=\"K\"><morph source=\"#G\" method=\"NORMALIZED\">"
        .to_owned()
        + &names_source("MT", "IDREF_array", "G2 none")
        + &source("MW", "W", "0.5 0")
        + "<targets><input semantic=\"MORPH_TARGET\" source=\"#MT\"/><input semantic=\"MORPH_WEIGHT\" source=\"#MW\"/></targets>\
           </morph></controller></library_controllers>";
    let text = document(
        "",
        &(geometry(TRIANGLE) + &target + &controller),
        "<node><instance_controller url=\"#K\"/></node>",
    );
    let import = read_model(&text);
    let mesh = &import.scene.meshes[0];
    assert_eq!(mesh.morph_weights, [0.5]);
    assert_eq!(mesh.primitives[0].morph_targets[0].name, "Smile");
    assert_eq!(mesh.primitives[0].morph_targets[0].positions[4], Vec3::X);
}

fn animated(target: &str, width: &str, keys: &str, words: &str, extra: &str) -> Import {
    let sampler = source("ti", "T", "0 1")
        + &source("va", width, keys)
        + &names_source("in", "Name_array", words)
        + extra
        + "<sampler id=\"sa\"><input semantic=\"INPUT\" source=\"#ti\"/><input semantic=\"OUTPUT\" source=\"#va\"/>\
           <input semantic=\"INTERPOLATION\" source=\"#in\"/><input semantic=\"IN_TANGENT\" source=\"#it\"/>\
           <input semantic=\"OUT_TANGENT\" source=\"#ot\"/></sampler>"
        + &format!("<channel source=\"#sa\" target=\"{target}\"/>");
    let library = format!(
        "<library_animations><animation id=\"an\"><animation>{sampler}</animation></animation></library_animations>"
    );
    let nodes = "<node id=\"A\"><translate sid=\"t\">0 7 0</translate><rotate sid=\"r\">0 0 1 0</rotate>\
                 <instance_geometry url=\"#G\"/></node>";
    read_model(&document("", &(geometry(TRIANGLE) + &library), nodes))
}

#[test]
fn one_coordinate_moves_and_the_others_stay() {
    let import = animated("A/t.X", "X", "1 3", "LINEAR LINEAR", "");
    let [channel] = &import.scene.animations[0].channels[..] else { panic!() };
    assert_eq!(channel.target, AnimationTarget::Translation);
    assert_eq!(channel.key_times_secs, [0.0, 1.0]);
    assert_eq!(channel.values, [1.0, 7.0, 0.0, 3.0, 7.0, 0.0]);
    let Transform::Trs { translation, .. } = import.scene.nodes[0].transform else { panic!() };
    assert_eq!(translation, Vec3::new(0.0, 7.0, 0.0), "the default pose is the file's");
}

#[test]
fn a_full_turn_between_two_keys_turns() {
    let import = animated("A/r.ANGLE", "A", "0 360", "LINEAR LINEAR", "");
    let channel = &import.scene.animations[0].channels[0];
    assert_eq!(channel.target, AnimationTarget::Rotation);
    let n = channel.key_times_secs.len();
    assert!((30..=40).contains(&n), "{n} samples");
    let half = channel.key_times_secs.iter().position(|t| (t - 0.5).abs() < 0.02).unwrap();
    assert!(channel.values[4 * half + 2].abs() > 0.99, "half way it has turned by 180 degrees");
}

#[test]
fn bezier_keys_ease() {
    let tangents = source("it", "XY", "-1 0 0.5 10") + &source("ot", "XY", "0.5 0 2 10");
    let import = animated("A/t.Y", "Y", "0 10", "BEZIER BEZIER", &tangents);
    let channel = &import.scene.animations[0].channels[0];
    let at = |time: f32| {
        let i = channel.key_times_secs.iter().position(|t| (t - time).abs() < 1e-3).unwrap();
        channel.values[3 * i + 1]
    };
    assert!((at(0.5) - 5.0).abs() < 1e-3);
    assert!(at(0.1) < 0.5, "slow at first: {}", at(0.1));
}

#[test]
fn other_encodings_read_alike() {
    let text = document("", &geometry(TRIANGLE), PLATE);
    let utf16: Vec<u8> =
        [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    assert!((FORMAT.sniff)(&utf16));
    let import = read_bytes(Path::new("a.dae"), &utf16, &FORMAT, &WorkCtx::quiet()).unwrap();
    assert_eq!(import.scene.meshes[0].name, "Plate");
}

#[test]
fn broken_documents_say_what_is_wrong() {
    let message = |text: &str| try_read(text).unwrap_err().to_string();
    assert!(message("<COLLADA><asset>").starts_with("the COLLADA file is damaged"));
    assert!(message("<gltf/>").contains("root element is gltf"));
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><COLLADA>&c;</COLLADA>";
    assert!(message(bomb).contains("document type"), "{}", message(bomb));
}

#[test]
fn decimal_commas_are_read_as_points() {
    let text = document("", &geometry(TRIANGLE).replace("0 0 0 1 0 0 1 1 0", "0 0 0 1,5 0 0 1,5 1 0"), PLATE);
    let import = read_model(&text);
    assert_eq!(import.scene.bounds().max.x, 1.5);
    assert_eq!(import.warnings.len(), 1, "{:?}", import.warnings);
}

#[test]
fn hostile_numbers_do_no_harm() {
    let whole = document("", &geometry(TRIANGLE), PLATE);
    for (from, to) in [
        ("offset=\"0\"", "offset=\"4294967295\""),
        ("stride=\"3\"", "stride=\"0\""),
        ("stride=\"3\"", "stride=\"18446744073709551615\""),
        ("count=\"6\"", "count=\"99999999999\""),
        ("0 1 2<", "4294967295 x -7<"),
        ("source=\"#P\"", "source=\"#V\""),
        ("source=\"#P-a\"", "source=\"#G\""),
    ] {
        assert!(whole.contains(from), "{from}");
        read_model(&whole.replace(from, to));
    }
    for end in (0..whole.len()).step_by(7) {
        let _ = try_read(&whole[..end]);
    }
    let mut skin = skinned();
    for (from, to) in [("<vcount>1 1 2", "<vcount>4294967295 1 2"), ("<v>0 0 1", "<v>70000 9 -1")] {
        skin = skin.replace(from, to);
        read_model(&skin);
    }
}
