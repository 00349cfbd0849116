//! What the device bends, held against what the processor bends at upload.

use glam::{DVec3, Mat4, Quat, Vec2, Vec3, Vec4};
use scene::{
    Animation, AnimationChannel, AnimationTarget, Faces, Image, ImageData, Interpolation, Layer, Material,
    MaterialRun, MaterialTexture, Mesh, MorphTarget, Node, Primitive, Scene, Skin, Texture, Transform,
    UvTransform, Wrap,
};

use super::Puppet;
use crate::gpu_scene::{GpuScene, UploadOptions};
use crate::vertex::{PlainVertex, TexturedVertex};
use crate::{Gpu, Renderer};

const N_RINGS: u32 = 12;
const N_SECTORS: u32 = 9;

fn gpu_or_skip() -> Option<(Gpu, Renderer)> {
    match Gpu::headless() {
        Ok(gpu) => {
            let renderer = Renderer::new(&gpu).unwrap();
            Some((gpu, renderer))
        }
        Err(error) if std::env::var_os("REQUIRE_GPU").is_some_and(|v| v == "1") => panic!("{error}"),
        Err(_) => {
            println!("SKIPPED: no wgpu adapter");
            None
        }
    }
}

/// A limb along +Y, two metres high, that three joints bend smoothly and two shapes swell.
fn limb() -> Primitive {
    let point = |ring: u32, sector: u32| {
        let (sin, cos) = (std::f32::consts::TAU * sector as f32 / N_SECTORS as f32).sin_cos();
        Vec3::new(0.2 * cos, 2.0 * ring as f32 / N_RINGS as f32, 0.2 * sin)
    };
    let positions: Vec<Vec3> = (0..=N_RINGS).flat_map(|r| (0..N_SECTORS).map(move |s| point(r, s))).collect();
    let at = |r: u32, s: u32| r * N_SECTORS + s % N_SECTORS;
    let triangles = (0..N_RINGS).flat_map(|r| (0..N_SECTORS).map(move |s| (r, s)));
    let triangles = triangles.flat_map(|(r, s)| {
        [at(r, s), at(r + 1, s), at(r + 1, s + 1), at(r, s), at(r + 1, s + 1), at(r, s + 1)]
    });
    let outward = |p: &Vec3| Vec3::new(p.x, 0.0, p.z).normalize_or_zero();
    let swell = |weight: fn(f32) -> f32| MorphTarget {
        positions: positions.iter().map(|p| outward(p) * weight(p.y)).collect(),
        normals: positions.iter().map(|p| Vec3::Y * weight(p.y)).collect(),
        tangents: positions.iter().map(|p| Vec3::Z * weight(p.y)).collect(),
        ..MorphTarget::default()
    };
    // Sums other than 1, a vertex without any weight, and a joint that does not exist.
    let weights =
        |p: &Vec3| [1.5 - p.y, 0.7, p.y, 0.0].map(|w| w.max(0.0) * if p.y > 1.9 { 0.0 } else { 1.0 });
    Primitive {
        faces: Faces::triangles(triangles.collect()),
        normals: Some(Layer::PerVertex(positions.iter().map(outward).collect())),
        tangents: Some(Layer::PerVertex(positions.iter().map(|p| Vec3::Y.extend(p.x.signum())).collect())),
        uvs: vec![Layer::PerVertex(positions.iter().map(|p| Vec2::new(p.x, p.y)).collect())],
        joints: vec![vec![[0, 1, 2, 9]; positions.len()], vec![[2, 7, 0, 1]; positions.len()]],
        weights: vec![
            positions.iter().map(weights).collect(),
            positions.iter().map(|p| if p.y > 1.9 { [0.0; 4] } else { [0.1, 0.4, 0.2, 0.0] }).collect(),
        ],
        morph_targets: vec![swell(|y| 0.1 * y), swell(|y| 0.2 - 0.1 * y)],
        vertex_positions: positions,
        ..Primitive::default()
    }
}

/// Two limbs of one mesh on skins of their own, a shape-shifter that is mirrored, and a rigid one; far
/// from the origin.
fn troupe() -> Scene {
    let textured = MaterialTexture { texture: 0, uv_set: 0, uv_transform: UvTransform::default() };
    let run = |primitive: &Primitive, material| MaterialRun {
        first_face: 0,
        n_faces: primitive.faces.n_faces(),
        material: Some(material),
    };
    let mut skinned = limb();
    skinned.material_runs = vec![run(&skinned, 0)];
    let mut shifting = Primitive { joints: Vec::new(), weights: Vec::new(), ..limb() };
    let corners = shifting.faces.corner_vertices.clone();
    let outward = |v: &u32| shifting.vertex_positions[*v as usize].with_y(0.3).normalize_or_zero();
    shifting.normals = Some(Layer::PerCorner(corners.iter().map(outward).collect()));
    shifting.material_runs = vec![run(&shifting, 1)];
    let mut rigid =
        Primitive { joints: Vec::new(), weights: Vec::new(), morph_targets: Vec::new(), ..limb() };
    rigid.material_runs = vec![run(&rigid, 1)];
    let mut scene = Scene {
        meshes: [skinned, shifting, rigid].map(|p| Mesh { primitives: vec![p], ..Mesh::default() }).into(),
        materials: vec![
            Material { base_color_texture: Some(textured), ..Material::default() },
            Material { base_color: Vec4::ONE, ..Material::default() },
        ],
        textures: vec![Texture {
            image: 0,
            fallback: None,
            wrap_u: Wrap::Repeat,
            wrap_v: Wrap::Repeat,
            mag_filter: scene::Filter::Linear,
            min_filter: scene::Filter::Linear,
        }],
        images: vec![Image {
            name: String::new(),
            mime_type: String::new(),
            data: ImageData::Missing("none.png".into()),
        }],
        ..Scene::default()
    };
    let place = |x: f32, y: f32, scale: f32| Transform::Trs {
        translation: Vec3::new(x, y, 0.0),
        rotation: Quat::from_rotation_z(0.2 * x.fract()),
        scale: Vec3::new(scale, scale.abs(), scale.abs()),
    };
    let mut add = |node: Node, parent: Option<usize>| {
        let id = scene.nodes.len();
        scene.nodes.push(node);
        match parent {
            Some(parent) => scene.nodes[parent].children.push(id),
            None => scene.roots.push(id),
        }
        id
    };
    let root = add(Node { transform: place(40_000.0, 3.0, 1.0), ..Node::default() }, None);
    let mut skins = Vec::new();
    for i in 0..2 {
        let hip = add(Node { transform: place(i as f32 * 3.5, 0.0, 1.0), ..Node::default() }, Some(root));
        let knee = add(Node { transform: place(0.0, 0.8, 1.2), ..Node::default() }, Some(hip));
        let foot = add(Node { transform: place(0.0, 0.7, 0.8), ..Node::default() }, Some(knee));
        let bind = |y: f32| Mat4::from_translation(Vec3::new(0.0, -y, 0.0));
        skins.push(Skin {
            joints: vec![hip, knee, foot],
            inverse_bind_matrices: vec![bind(0.0), bind(0.8), bind(1.5)],
            ..Skin::default()
        });
        add(
            Node { mesh: Some(0), skin: Some(i), transform: place(9.0, 9.0, 1.0), ..Node::default() },
            Some(root),
        );
    }
    add(Node { mesh: Some(1), transform: place(-2.3, 0.0, -1.5), ..Node::default() }, Some(root));
    add(Node { mesh: Some(2), transform: place(-4.0, 0.0, 1.0), ..Node::default() }, Some(root));
    scene.skins = skins;
    scene
}

/// Every second node turns, all meshes change their shape, the root walks.
fn clip(scene: &Scene) -> Animation {
    let mut channels = Vec::new();
    let linear = |node, target, values: Vec<f32>| AnimationChannel {
        node,
        target,
        interpolation: Interpolation::Linear,
        key_times_secs: vec![0.0, 1.0, 2.0],
        values,
    };
    for (i, node) in scene.nodes.iter().enumerate() {
        let turn = |t: f32| Quat::from_euler(glam::EulerRot::XYZ, t, 0.3 * i as f32 * t, -t).to_array();
        channels.push(linear(i, AnimationTarget::Rotation, [0.0, 0.9, -0.7].map(turn).concat()));
        if node.mesh.is_some_and(|m| m < 2) {
            channels.push(linear(i, AnimationTarget::Weights, vec![0.0, 0.0, 1.0, -0.5, 0.3, 2.0]));
        }
    }
    let walk = vec![40_000.0, 3.0, 0.0, 40_002.0, 3.0, 1.0, 40_900.0, 3.0, 1.0];
    channels.push(linear(0, AnimationTarget::Translation, walk));
    Animation { name: "act".into(), channels }
}

struct Vertex {
    world: DVec3,
    normal: Vec3,
    tangent: Option<[i16; 4]>,
}

/// The vertices of every part as they are drawn, by the part's id.
fn vertices(gpu: &Gpu, scene: &GpuScene) -> Vec<(u32, u32, Vec<Vertex>)> {
    let mut all: Vec<_> = scene
        .parts
        .iter()
        .map(|part| {
            let arena = &scene.arenas[part.arena];
            let plain: Vec<PlainVertex> = bytemuck::pod_collect_to_vec(&read(gpu, &arena.vertices));
            let textured: Option<Vec<TexturedVertex>> =
                arena.textured.as_ref().map(|buffer| bytemuck::pod_collect_to_vec(&read(gpu, buffer)));
            let n = part.stand.bend.map_or(0, |b| scene.rig.as_ref().unwrap().bends[b].uniform.n_vertices);
            let vertex = |i: usize| {
                let PlainVertex { position, normal, .. } = plain[i];
                Vertex {
                    world: part.world_from_object.transform_point3(Vec3::from(position).as_dvec3()),
                    normal: Vec3::new(f32::from(normal[0]), f32::from(normal[1]), f32::from(normal[2]))
                        / 32767.0,
                    tangent: textured.as_ref().map(|all| all[i].tangent),
                }
            };
            let base = part.base_vertex as usize;
            (part.id, part.flags, (base..base + n as usize).map(vertex).collect())
        })
        .collect();
    all.sort_by_key(|(id, ..)| *id);
    all
}

fn read(gpu: &Gpu, buffer: &wgpu::Buffer) -> Vec<u8> {
    if !buffer.usage().contains(wgpu::BufferUsages::COPY_SRC) {
        return Vec::new();
    }
    let copy = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: buffer.size(),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(buffer, 0, &copy, 0, buffer.size());
    gpu.queue.submit([encoder.finish()]);
    copy.map_async(wgpu::MapMode::Read, .., |result| result.unwrap());
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    let view = copy.get_mapped_range(..).unwrap();
    view.to_vec()
}

#[test]
fn the_device_bends_as_the_processor_does() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let scene = troupe();
    scene.validate().unwrap();
    let clip = clip(&scene);
    let options = UploadOptions { keeps_rig: true, ..UploadOptions::default() };
    let (on_device, _) = GpuScene::upload(&gpu, &renderer, &scene, &options).unwrap();
    let mut puppet = Puppet::new(&gpu, &renderer, &scene, &on_device).unwrap();
    let size = 4.0;
    for time in [0.0, 0.37, 1.0, 1.6, 5.0] {
        let pose = scene.pose(&clip, time);
        puppet.set_pose(&gpu, &renderer, &scene, &pose);
        let mut held = scene.clone();
        held.hold(&pose);
        let (truth, _) = GpuScene::upload(&gpu, &renderer, &held, &options).unwrap();
        let (bent, expected) = (vertices(&gpu, puppet.scene()), vertices(&gpu, &truth));
        assert_eq!(bent.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(bent.iter().filter(|(_, _, all)| all.len() >= 117).count(), 3);
        for ((id, flags, bent), (_, expected_flags, expected)) in bent.iter().zip(&expected) {
            assert_eq!((flags, bent.len()), (expected_flags, expected.len()), "part {id} at {time}");
            for (i, (a, b)) in bent.iter().zip(expected).enumerate() {
                let distance = a.world.distance(b.world);
                assert!(distance < 1e-5 * size, "part {id}, vertex {i} at {time}: {} {}", a.world, b.world);
                assert!(a.normal.distance(b.normal) < 2e-4, "{id} {i} {time}: {} {}", a.normal, b.normal);
                let is_same = |(a, b): ([i16; 4], [i16; 4])| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 6);
                assert!(a.tangent.zip(b.tangent).is_none_or(is_same), "{:?} {:?}", a.tangent, b.tangent);
            }
        }
    }
}

#[test]
fn rigid_parts_follow_their_nodes_and_the_original_stays() {
    let Some((gpu, renderer)) = gpu_or_skip() else { return };
    let scene = troupe();
    let clip = clip(&scene);
    let options = UploadOptions { keeps_rig: true, ..UploadOptions::default() };
    let (on_device, _) = GpuScene::upload(&gpu, &renderer, &scene, &options).unwrap();
    let before = vertices(&gpu, &on_device);
    let mut puppet = Puppet::new(&gpu, &renderer, &scene, &on_device).unwrap();
    let pose = scene.pose(&clip, 1.3);
    puppet.set_pose(&gpu, &renderer, &scene, &pose);
    let world = scene.world_transforms_at(&pose).world_from_node;
    let rigid = puppet.scene().parts.iter().find(|part| part.stand.bend.is_none()).unwrap();
    let expected = world[rigid.stand.node].transform_point3(rigid.stand.center);
    assert!(rigid.world_from_object.transform_point3(DVec3::ZERO).distance(expected) < 1e-9);
    let after = vertices(&gpu, &on_device);
    assert_ne!(puppet.scene().floor.darkness, on_device.floor.darkness, "its shadow moved along");
    let pairs = before.iter().zip(&after).flat_map(|(a, b)| a.2.iter().zip(&b.2));
    assert!(pairs.into_iter().all(|(a, b)| a.world == b.world));
    let (plain, _) = GpuScene::upload(&gpu, &renderer, &scene, &UploadOptions::default()).unwrap();
    assert!(Puppet::new(&gpu, &renderer, &scene, &plain).is_none());
}
