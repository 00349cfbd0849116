//! Steps that make a model smaller or quicker to draw.

use std::collections::BTreeSet;
use std::io::Cursor;

use glam::{Vec2, Vec3, Vec4};
use scene::{Image, ImageData, Layer, MaterialTexture, Scene, Texture, UvTransform};

use super::*;
use crate::Step;
use crate::test_scenes::{colored, cube, join, mesh, place, quad, run, scene, sphere};

fn triangles_of(scene: &Scene) -> BTreeSet<Vec<[u32; 3]>> {
    let primitives = scene.meshes.iter().flat_map(|mesh| &mesh.primitives);
    let of_primitive = |p: &scene::Primitive| -> Vec<Vec<[u32; 3]>> {
        let at = |&v: &u32| p.vertex_positions[v as usize].to_array().map(f32::to_bits);
        let turned = |face: &[u32]| {
            let mut points: Vec<[u32; 3]> = face.iter().map(at).collect();
            let first = (0..points.len()).min_by_key(|&i| points[i]).unwrap_or(0);
            points.rotate_left(first);
            points
        };
        p.faces.iter().map(turned).collect()
    };
    primitives.flat_map(of_primitive).collect()
}

fn grid(n: u32) -> scene::Mesh {
    let points = (0..=n).flat_map(|y| (0..=n).map(move |x| Vec3::new(x as f32, y as f32, 0.0))).collect();
    let at = |x: u32, y: u32| y * (n + 1) + x;
    let cells = (0..n).flat_map(|y| (0..n).map(move |x| (x, y)));
    let triangles: Vec<[u32; 3]> = cells
        .flat_map(|(x, y)| {
            [[at(x, y), at(x + 1, y), at(x + 1, y + 1)], [at(x, y), at(x + 1, y + 1), at(x, y + 1)]]
        })
        .collect();
    mesh("grid", points, &triangles)
}

#[test]
fn nothing_is_simplified_unasked() {
    let mut model = scene(vec![grid(20)]);
    assert!(run(&mut model, Step::Simplify(Simplify::default())).changes.is_empty());
}

#[test]
fn a_flat_grid_needs_few_triangles_and_keeps_its_outline() {
    let mut model = scene(vec![grid(20)]);
    let step = Step::Simplify(Simplify { max_triangles: Some(20), ..Simplify::default() });
    run(&mut model, step);
    let grid = &model.meshes[0].primitives[0];
    assert!(grid.faces.n_faces() <= 20, "{}", grid.faces.n_faces());
    assert_eq!(model.bounds().size(), glam::DVec3::new(20.0, 20.0, 0.0));
}

#[test]
fn a_sphere_keeps_within_the_error() {
    let mut model = scene(vec![sphere(64)]);
    let before = model.meshes[0].primitives[0].faces.n_faces();
    let step = Simplify { ratio: Some(0.01), max_error: Some(0.01), ..Simplify::default() };
    Step::Simplify(step).apply(&mut model, &work::WorkCtx::quiet()).unwrap();
    let sphere = &model.meshes[0].primitives[0];
    assert!(sphere.faces.n_faces() < before / 4);
    for face in sphere.faces.iter() {
        let middle: Vec3 = face.iter().map(|&v| sphere.vertex_positions[v as usize]).sum::<Vec3>() / 3.0;
        assert!((1.0 - middle.length()).abs() < 0.02, "{}", middle.length());
    }
}

#[test]
fn a_mesh_that_would_lose_its_outline_stays() {
    // Far cubes, so that each is a corner of a box; simplified to nothing they would be gone.
    let cubes: Vec<scene::Mesh> = (0..4)
        .map(|i| {
            let mut cube = sphere(6);
            cube.primitives[0].vertex_positions.iter_mut().for_each(|p| p.x += 3.0 * i as f32);
            cube
        })
        .collect();
    let mut model = scene(vec![join(&cubes)]);
    let step =
        Simplify { ratio: Some(0.05), max_error: Some(10.0), max_outline_pixels: 20, ..Simplify::default() };
    let receipt = run(&mut model, Step::Simplify(step));
    assert!(receipt.changes.is_empty());
    assert!(
        receipt.notes[0].starts_with("'joined' stays: its outline would change by "),
        "{:?}",
        receipt.notes
    );
}

#[test]
fn another_order_is_the_same_model() {
    let mut shuffled = sphere(16);
    let corners = &mut shuffled.primitives[0].faces.corner_vertices;
    let n = corners.len() / 3;
    let order = (0..n).map(|i| i * 397 % n);
    *corners = order.flat_map(|i| [corners[3 * i], corners[3 * i + 1], corners[3 * i + 2]]).collect();
    let model = scene(vec![shuffled]);
    let before = triangles_of(&model);
    for goal in [OrderGoal::Drawing, OrderGoal::Size] {
        let mut model = model.clone();
        let receipt = run(&mut model, Step::Order(Order { goal }));
        assert_eq!(receipt.changes["primitives in a new order"], 1);
        assert_eq!(triangles_of(&model), before);
    }
}

#[test]
fn rounding_states_its_error_and_keeps_seams_closed() {
    let mut ball = sphere(24);
    let flat = quad("flat", [-0.3, 0.9], [0.0, 0.7], 0.1);
    let normals = ball.primitives[0].vertex_positions.clone();
    ball.primitives[0].normals = Some(Layer::PerVertex(normals.clone()));
    let uvs = normals.iter().map(|n| Vec2::new(n.x, n.y) * 0.777).collect();
    ball.primitives[0].uvs = vec![Layer::PerVertex(uvs)];
    // Two primitives of one mesh that meet.
    ball.primitives.push(ball.primitives[0].clone());
    let mut model = scene(vec![ball, flat]);
    let before = model.clone();
    let receipt = run(&mut model, Step::Quantize(Quantize::default()));
    assert_eq!(receipt.changes["meshes rounded"], 2);
    // 2 m in 2^14 - 1 cells at least: the next power of two is 2^-13.
    let step = 2f32.powi(-13);
    let ball = &model.meshes[0];
    assert_eq!(ball.primitives[0].vertex_positions, ball.primitives[1].vertex_positions);
    let mut largest = 0.0f32;
    for (p, before) in ball.primitives[0].vertex_positions.iter().zip(&normals) {
        assert_eq!((*p / step).fract(), Vec3::ZERO);
        largest = largest.max(p.distance(*before));
    }
    assert!(largest <= 0.5 * step * 3f32.sqrt());
    let told = format!("positions moved by at most {largest:.3e} m");
    let moved = |m: usize| {
        let after = &model.meshes[m].primitives[0].vertex_positions;
        let pairs = after.iter().zip(&before.meshes[m].primitives[0].vertex_positions);
        pairs.map(|(a, b)| a.distance(*b)).fold(0.0, f32::max)
    };
    assert!(moved(1) <= moved(0) && receipt.notes[0] == told, "{:?}", receipt.notes);
    assert!(receipt.notes[1].starts_with("normals turned by at most 0."), "{:?}", receipt.notes);
    assert!(receipt.notes[2].starts_with("texture coordinates moved by at most 1.2"), "{:?}", receipt.notes);
}

#[test]
fn equal_meshes_are_shared_and_their_objects_keep_their_names() {
    let mut model = scene(vec![cube(1.0), cube(2.0), cube(1.0)]);
    model.nodes[2].name = "copy".into();
    place(&mut model, 2, Vec3::X * 5.0);
    let receipt = run(&mut model, Step::Instance(Instance {}));
    assert_eq!(receipt.changes["objects that share a mesh now"], 1);
    assert_eq!(model.nodes.iter().map(|node| node.mesh).collect::<Vec<_>>(), [Some(0), Some(1), Some(0)]);
    let receipt = run(&mut model, Step::Prune(Prune {}));
    assert_eq!((receipt.changes["meshes removed"], model.nodes[2].name.as_str()), (1, "copy"));
}

fn png(width: u32, height: u32) -> Image {
    let pixels =
        image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
    let mut bytes = Vec::new();
    pixels.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    Image { name: "bricks".into(), mime_type: "image/png".into(), data: ImageData::Embedded(bytes.into()) }
}

fn slot(texture: usize) -> Option<MaterialTexture> {
    Some(MaterialTexture { texture, uv_set: 0, uv_transform: UvTransform::default() })
}

fn texture(image: usize) -> Texture {
    Texture {
        image,
        fallback: None,
        wrap_u: scene::Wrap::default(),
        wrap_v: scene::Wrap::default(),
        mag_filter: scene::Filter::default(),
        min_filter: scene::Filter::default(),
    }
}

fn textured() -> Scene {
    let mut model =
        colored(scene(vec![quad("a", [0.0, 1.0], [0.0, 1.0], 0.0), quad("b", [2.0, 3.0], [0.0, 1.0], 0.0)]));
    model.images = vec![png(64, 32), png(64, 32), png(8, 8)];
    model.textures = vec![texture(0), texture(1), texture(2)];
    for (i, material) in model.materials.iter_mut().enumerate() {
        material.base_color = Vec4::ONE;
        material.base_color_texture = slot(i);
    }
    model
}

#[test]
fn what_looks_the_same_becomes_one_and_the_rest_goes() {
    let mut model = textured();
    let receipt = run(&mut model, Step::MergeMaterials(MergeMaterials {}));
    assert_eq!(receipt.changes["materials merged"], 1);
    let receipt = run(&mut model, Step::Prune(Prune {}));
    assert_eq!(receipt.changes["pictures removed"], 2);
    assert_eq!((model.materials.len(), model.textures.len(), model.images.len()), (1, 1, 1));
    assert_eq!(model.materials[0].name, "color 0");
    for mesh in &model.meshes {
        assert_eq!(mesh.primitives[0].material_runs[0].material, Some(0));
    }
}

#[test]
fn pictures_fit_and_small_ones_stay() {
    let mut model = textured();
    let receipt = run(&mut model, Step::Textures(Textures { max_side_px: 16, ..Textures::default() }));
    assert_eq!(receipt.changes["pictures made smaller"], 2);
    let size = |image: &Image| {
        let ImageData::Embedded(bytes) = &image.data else { panic!("embedded") };
        let info = picture::probe(bytes, &image.mime_type).unwrap();
        (info.width, info.height)
    };
    assert_eq!(model.images.iter().map(size).collect::<Vec<_>>(), [(16, 8), (16, 8), (8, 8)]);
}

#[test]
fn data_stays_lossless_where_colours_become_jpeg() {
    let mut model = textured();
    model.materials[1].base_color_texture = None;
    model.materials[1].normal_texture = slot(1);
    let step = Textures { max_side_px: 16, encoding: TextureEncoding::Jpeg, ..Textures::default() };
    run(&mut model, Step::Textures(step));
    assert_eq!(model.images[0].mime_type, "image/jpeg");
    assert_eq!(model.images[1].mime_type, "image/png");
}

/// Through a file and back: the WebP is shown, the PNG stands beside it, and nothing is left to do.
#[test]
fn webp_keeps_a_plain_picture_beside_it_where_that_is_wished() {
    use formats::{Target, WriteOptions, read, write};
    for fallback in [false, true] {
        let mut model = textured();
        let before = picture::decode(&bytes(&model.images[0]), "", &Default::default()).unwrap();
        let step =
            Step::Textures(Textures { encoding: TextureEncoding::Webp, fallback, ..Textures::default() });
        assert!(run(&mut model, step.clone()).changes["pictures made smaller"] >= 2);
        run(&mut model, Step::Prune(Prune {}));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.glb");
        let ctx = work::WorkCtx::quiet();
        write(&model, &path, Target::Glb, &WriteOptions::default(), &ctx).unwrap();
        let mut back = read(&path, &ctx).unwrap().scene;
        let shown = &back.textures[0];
        assert_eq!(back.images[shown.image].mime_type, "image/webp");
        let after = picture::decode(&bytes(&back.images[shown.image]), "", &Default::default()).unwrap();
        assert_eq!(after, before);
        let plain = shown.fallback.map(|image| back.images[image].mime_type.as_str());
        assert_eq!(plain, fallback.then_some("image/png"));
        let json = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let required = json.split("extensionsRequired").nth(1).unwrap_or_default();
        assert_eq!(required.contains("EXT_texture_webp"), !fallback);
        assert!(run(&mut back, step).changes.is_empty());
        assert!(run(&mut back, Step::Prune(Prune {})).changes.is_empty());
    }
}

fn bytes(image: &Image) -> Vec<u8> {
    formats::image_bytes(image).unwrap().to_vec()
}

#[test]
fn lamps_are_added_once_and_never_to_those_that_have_some() {
    let mut model = scene(vec![cube(1.0)]);
    let receipt = run(&mut model, Step::Lighting(Lighting::default()));
    assert_eq!(receipt.changes["lamps added"], 3);
    // The key light comes from above, in front and to the right, and so shines down, back and left.
    let transforms = model.world_transforms();
    let shines = transforms.world_from_node[1].transform_vector3(-glam::DVec3::Z);
    assert!(shines.x < -0.4 && shines.y < -0.7 && shines.z < -0.5, "{shines}");
}

#[test]
fn tangents_follow_the_uvs() {
    let mut model = textured();
    model.materials[0].normal_texture = slot(2);
    let primitive = &mut model.meshes[0].primitives[0];
    primitive.normals = Some(Layer::PerVertex(vec![Vec3::Z; 4]));
    // U runs along +Y and V, which points down, along +X: seen from +Z not mirrored.
    let uvs = primitive.vertex_positions.iter().map(|p| Vec2::new(p.y, p.x)).collect();
    primitive.uvs = vec![Layer::PerVertex(uvs)];
    run(&mut model, Step::Tangents(Tangents::default()));
    let Some(Layer::PerVertex(tangents)) = &model.meshes[0].primitives[0].tangents else { panic!("none") };
    for tangent in tangents {
        assert!(tangent.truncate().distance(Vec3::Y) < 1e-6);
        let bitangent = Vec3::Z.cross(tangent.truncate()) * tangent.w;
        // glTF's bitangent points where V falls in picture space, that is up in texture space.
        assert!(bitangent.distance(Vec3::X) < 1e-6 || bitangent.distance(-Vec3::X) < 1e-6, "{bitangent}");
    }
    assert!(model.meshes[1].primitives[0].tangents.is_none());
}
