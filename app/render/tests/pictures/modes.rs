//! What the passes beyond the picture show, held against numbers.

use glam::{DVec3, Quat, Vec2, Vec3, Vec4};
use image::{ImageFormat, RgbImage, RgbaImage};
use render::{
    Background, EdgeOptions, Lens, ModeOptions, Pass, StillOptions, View, density_color, id_color,
    overdraw_color,
};
use scene::{
    AlphaMode, Image, ImageData, Layer, Material, MaterialRun, MaterialTexture, Scene, Texture, Transform,
    UvTransform,
};
use scene::{FaceSizes, Faces, Primitive, Topology};

use crate::models::{add, cube, front_view, matte, placed, quad, scene_of, unlit};
use crate::still_of;

const FRONT: [u8; 3] = [62, 110, 214];
const BACK: [u8; 3] = [222, 54, 46];

/// A picture a metre wide around the origin, 64 pixels a side unless `options` say otherwise.
fn picture_of(scene: &Scene, pass: Pass, modes: ModeOptions) -> Option<RgbaImage> {
    let view = View { lens: Lens::Orthographic { height: 1.25 }, ..front_view(2.0) };
    let options = StillOptions { modes, ..StillOptions::new(80, 80, &[pass]) };
    Some(still_of(scene, &view, &options)?.picture(pass).unwrap().into_rgba8())
}

fn shown(scene: &Scene, pass: Pass) -> Option<RgbaImage> {
    picture_of(scene, pass, ModeOptions::default())
}

fn rgb(picture: &RgbaImage, x: u32, y: u32) -> [u8; 3] {
    let [r, g, b, _] = picture.get_pixel(x, y).0;
    [r, g, b]
}

fn is_close(a: [u8; 3], b: [u8; 3], tolerance: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= tolerance)
}

fn count(picture: &RgbaImage, color: [u8; 3]) -> usize {
    picture.pixels().filter(|p| is_close([p.0[0], p.0[1], p.0[2]], color, 1)).count()
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Adds a texture of one colour and returns a slot that shows it.
fn texture(scene: &mut Scene, size: [u32; 2], color: [u8; 3]) -> MaterialTexture {
    let picture = RgbImage::from_pixel(size[0], size[1], image::Rgb(color));
    scene.images.push(Image {
        name: "one colour".into(),
        mime_type: "image/png".into(),
        data: ImageData::Embedded(png(&picture).into()),
    });
    scene.textures.push(Texture {
        image: scene.images.len() - 1,
        fallback: None,
        wrap_u: Default::default(),
        wrap_v: Default::default(),
        mag_filter: Default::default(),
        min_filter: Default::default(),
    });
    MaterialTexture { texture: scene.textures.len() - 1, uv_set: 0, uv_transform: UvTransform::default() }
}

#[test]
fn front_sides_are_blue_and_back_sides_red_whatever_culls_or_mirrors() {
    let turned = Transform::Trs {
        translation: Vec3::ZERO,
        rotation: Quat::from_rotation_y(std::f32::consts::PI),
        scale: Vec3::ONE,
    };
    let cases = [
        (Transform::IDENTITY, FRONT),
        (turned, BACK),
        // A mirror image shows the same side.
        (placed(Vec3::ZERO, Vec3::new(-1.0, 1.0, 1.0)), FRONT),
        (placed(Vec3::ZERO, Vec3::new(1.0, 1.0, -1.0)), BACK),
    ];
    for (transform, color) in cases {
        for double_sided in [false, true] {
            let mut scene = Scene::default();
            let material = Material { double_sided, ..matte(1.0, 1.0, 1.0) };
            add(&mut scene, quad(0.25), material, transform);
            let Some(picture) = shown(&scene, Pass::FaceOrientation) else { return };
            // Half a metre at 64 pixels a metre.
            assert_eq!(count(&picture, color), 32 * 32, "{transform:?}");
            assert_eq!(rgb(&picture, 40, 40), color);
        }
    }
}

#[test]
fn texel_density_is_pixels_over_metres() {
    // UV square over a side of one metre, 1024 pixels: 1024 a metre. Its scale and the transform count.
    let cases = [
        (0.5, [1024, 1024], 1.0, 1024.0),
        (0.25, [1024, 1024], 1.0, 2048.0),
        (0.5, [1024, 256], 1.0, 512.0),
        (0.5, [1024, 1024], 2.0, 2048.0),
        // Beyond what the device is given at most.
        (0.5, [4096, 16], 1.0, 256.0),
    ];
    for (half, size, uv_scale, px_per_m) in cases {
        let mut scene = Scene::default();
        let mut slot = texture(&mut scene, size, [200, 180, 160]);
        slot.uv_transform.scale = Vec2::splat(uv_scale);
        let material = Material { base_color_texture: Some(slot), ..matte(1.0, 1.0, 1.0) };
        add(&mut scene, quad(half), material, Transform::IDENTITY);
        let Some(picture) = shown(&scene, Pass::TexelDensity) else { return };
        let color = rgb(&picture, 40, 40);
        assert!(is_close(color, density_color(px_per_m, 1024.0), 1), "{size:?}: {color:?}, not {px_per_m}");
    }
    let mut modes = ModeOptions::default();
    modes.density.target_px_per_m = 512.0;
    let mut scene = Scene::default();
    let slot = texture(&mut scene, [512, 512], [0; 3]);
    let material = Material { base_color_texture: Some(slot), ..matte(1.0, 1.0, 1.0) };
    add(&mut scene, quad(0.5), material, Transform::IDENTITY);
    let picture = picture_of(&scene, Pass::TexelDensity, modes).unwrap();
    assert!(count(&picture, density_color(512.0, 512.0)) >= 63 * 63);
}

#[test]
fn the_checker_has_eight_by_eight_cells_for_each_repeat() {
    for (repeats, n_cells) in [(1.0, 8), (2.0, 16)] {
        let mut modes = ModeOptions::default();
        modes.checker.repeats = repeats;
        // Untextured: the UVs come to the device all the same.
        let scene = scene_of(quad(0.5), matte(0.5, 0.5, 0.5));
        let view = View { lens: Lens::Orthographic { height: 1.0 }, ..front_view(2.0) };
        let options = StillOptions { modes, ..StillOptions::new(256, 256, &[Pass::UvChecker]) };
        let Some(still) = still_of(&scene, &view, &options) else { return };
        let picture = still.picture(Pass::UvChecker).unwrap().into_rgba8();
        // Cells are light and dark in turn; just below the border of a cell there is no letter.
        let side = 256 / n_cells;
        let light = |column: u32| {
            let [r, g, b] = rgb(&picture, column * side + side / 2, 2);
            u32::from(r) + u32::from(g) + u32::from(b) > 450
        };
        let lights: Vec<bool> = (0..n_cells).map(light).collect();
        let expected: Vec<bool> = (0..n_cells).map(|column| column % 2 == 0).collect();
        assert_eq!(lights, expected, "{repeats} repeats");
    }
}

#[test]
fn layers_are_counted_through_everything_in_front() {
    let mut scene = Scene::default();
    for (z, half) in [(0.0, 0.5), (0.2, 0.25), (-0.2, 0.125)] {
        add(&mut scene, quad(half), matte(1.0, 1.0, 1.0), placed(Vec3::new(0.0, 0.0, z), Vec3::ONE));
    }
    // Culled from here: it costs nothing.
    let turned = Transform::Trs {
        translation: Vec3::ZERO,
        rotation: Quat::from_rotation_y(std::f32::consts::PI),
        scale: Vec3::ONE,
    };
    add(&mut scene, quad(0.5), matte(1.0, 1.0, 1.0), turned);
    let Some(picture) = shown(&scene, Pass::Overdraw) else { return };
    let [one, two, three] = [1.0, 2.0, 3.0].map(|n| overdraw_color(n, 8.0));
    assert_eq!(count(&picture, three), 16 * 16);
    assert_eq!(count(&picture, two), 32 * 32 - 16 * 16);
    assert_eq!(count(&picture, one), 64 * 64 - 32 * 32);
}

#[test]
fn every_object_and_every_material_has_its_colour() {
    // Two nodes; the first one's mesh has two materials, of which the second is also the other node's.
    let mut scene = scene_of(quad(0.25), matte(1.0, 0.0, 0.0));
    scene.materials.push(matte(0.0, 1.0, 0.0));
    scene.meshes[0].primitives[0].material_runs = vec![
        MaterialRun { first_face: 0, n_faces: 1, material: Some(0) },
        MaterialRun { first_face: 1, n_faces: 1, material: Some(1) },
    ];
    let mut other = quad(0.1);
    other.material_runs = vec![MaterialRun { first_face: 0, n_faces: 2, material: Some(1) }];
    scene.roots.push(1);
    let transform = placed(Vec3::new(0.4, 0.4, 0.0), Vec3::ONE);
    scene.nodes.push(scene::Node { mesh: Some(1), transform, ..Default::default() });
    scene.meshes.push(scene::Mesh { primitives: vec![other], ..Default::default() });
    let Some(objects) = shown(&scene, Pass::ObjectId) else { return };
    // Below and above the diagonal of the square, and the small one at the upper right.
    let [below, above, small] = [(48, 48), (32, 32), (66, 14)];
    let colors = |picture: &RgbaImage| [below, above, small].map(|(x, y)| rgb(picture, x, y));
    assert_eq!(colors(&objects), [0, 0, 1].map(id_color));
    let materials = shown(&scene, Pass::MaterialId).unwrap();
    assert_eq!(colors(&materials), [0, 1, 1].map(id_color));
    // No colour between two ids anywhere.
    let transparent = StillOptions {
        background: Background::Transparent,
        ..StillOptions::new(80, 80, &[Pass::MaterialId])
    };
    let tilted = View { eye: DVec3::new(0.7, 0.5, 1.6), ..front_view(2.0) };
    let still = still_of(&scene, &tilted, &transparent).unwrap();
    for pixel in still.picture(Pass::MaterialId).unwrap().into_rgba8().pixels() {
        let [r, g, b, a] = pixel.0;
        assert!(a == 0 || (a == 255 && [0, 1].map(id_color).contains(&[r, g, b])), "{pixel:?}");
    }
}

#[test]
fn numbers_of_the_material_are_grey_as_in_its_files() {
    let mut scene = Scene::default();
    // Roughness in green, metallic in blue; occlusion in red of another one.
    let both = texture(&mut scene, [8, 8], [0, 128, 51]);
    let open = texture(&mut scene, [8, 8], [102, 0, 0]);
    let material = Material {
        roughness: 0.5,
        metallic: 1.0,
        metallic_roughness_texture: Some(both),
        occlusion_texture: Some(open),
        occlusion_strength: 0.5,
        ..Material::default()
    };
    add(&mut scene, quad(0.5), material, Transform::IDENTITY);
    for (pass, code) in [(Pass::Roughness, 64), (Pass::Metallic, 51), (Pass::Occlusion, 178)] {
        let Some(picture) = shown(&scene, pass) else { return };
        assert!(is_close(rgb(&picture, 40, 40), [code; 3], 1), "{pass:?}: {:?}", rgb(&picture, 40, 40));
    }
    // Without UVs, and without textures.
    let mut bare = quad(0.5);
    bare.uvs.clear();
    let material = Material { roughness: 0.8, metallic: 0.2, ..Material::default() };
    let scene = scene_of(bare, material);
    for (pass, code) in [(Pass::Roughness, 204), (Pass::Metallic, 51), (Pass::Occlusion, 255)] {
        let picture = shown(&scene, pass).unwrap();
        assert!(is_close(rgb(&picture, 40, 40), [code; 3], 1), "{pass:?}: {:?}", rgb(&picture, 40, 40));
    }
}

#[test]
fn vertex_colours_are_shown_without_the_material() {
    let mut colored = quad(0.5);
    colored.colors = vec![Layer::PerVertex(vec![Vec4::new(0.5, 0.25, 1.0, 1.0); 4])];
    let Some(picture) = shown(&scene_of(colored, matte(0.1, 0.1, 0.1)), Pass::VertexColor) else { return };
    assert!(is_close(rgb(&picture, 40, 40), [188, 137, 255], 2), "{:?}", rgb(&picture, 40, 40));
    // Those that have none are hatched in two greys.
    let plain = shown(&scene_of(quad(0.5), matte(0.1, 0.1, 0.1)), Pass::VertexColor).unwrap();
    let [dark, light] = [[59; 3], [74; 3]].map(|grey| count(&plain, grey));
    assert!(dark > 1500 && light > 1500, "{dark} {light}");
}

#[test]
fn a_mask_cuts_holes_into_every_inspection() {
    for (alpha, n_seen) in [(0.3, 0), (0.7, 64 * 64)] {
        let mask = unlit(Vec4::new(1.0, 1.0, 1.0, alpha), AlphaMode::Mask { cutoff: 0.5 });
        let Some(picture) = shown(&scene_of(quad(0.5), mask), Pass::FaceOrientation) else { return };
        assert_eq!(count(&picture, FRONT), n_seen);
    }
}

#[test]
fn clay_is_lighter_towards_the_window_and_knows_no_material() {
    let view = View { eye: DVec3::new(0.0, 0.0, 4.0), ..front_view(4.0) };
    let picture = |color: Vec3| {
        let scene = scene_of(crate::models::sphere(24), matte(color.x, color.y, color.z));
        let still = still_of(&scene, &view, &StillOptions::new(64, 64, &[Pass::Clay]))?;
        Some(still.picture(Pass::Clay).unwrap().into_rgba8())
    };
    let Some(dark) = picture(Vec3::splat(0.02)) else { return };
    assert_eq!(dark, picture(Vec3::ONE).unwrap());
    let light = |x: u32, y: u32| rgb(&dark, x, y).iter().map(|c| u32::from(*c)).sum::<u32>();
    assert!(light(24, 22) > light(40, 42) + 120, "{} {}", light(24, 22), light(40, 42));
}

/// Lengths of the lines in a picture, told by the ink of a crossing: counted runs of dark pixels.
fn n_lines(row: impl Iterator<Item = [u8; 3]>) -> usize {
    let dark: Vec<bool> = row.map(|[r, ..]| r < 160).collect();
    dark.windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

fn edges_of(scene: &Scene, view: &View, edges: EdgeOptions) -> Option<RgbaImage> {
    let modes = ModeOptions { edges, ..ModeOptions::default() };
    let options = StillOptions { modes, ..StillOptions::new(160, 160, &[Pass::Edge]) };
    Some(still_of(scene, view, &options)?.picture(Pass::Edge).unwrap().into_rgba8())
}

/// How far each dark pixel lies from the nearest of `lines`, at most; and how much of the lines is dark.
fn fit(picture: &RgbaImage, lines: &[[Vec2; 2]]) -> (f32, f32) {
    let distance = |p: Vec2, [a, b]: [Vec2; 2]| {
        let t = ((p - a).dot(b - a) / (b - a).length_squared()).clamp(0.0, 1.0);
        p.distance(a + t * (b - a))
    };
    let is_dark = |x: u32, y: u32| rgb(picture, x, y)[0] < 200;
    let middle = |x: u32, y: u32| Vec2::new(x as f32, y as f32) + 0.5;
    let farthest = picture
        .enumerate_pixels()
        .filter(|(x, y, _)| is_dark(*x, *y))
        .map(|(x, y, _)| lines.iter().map(|l| distance(middle(x, y), *l)).fold(f32::INFINITY, f32::min))
        .fold(0.0, f32::max);
    let steps = lines.iter().flat_map(|[a, b]| (0..=100).map(move |i| a.lerp(*b, i as f32 / 100.0)));
    let found = steps.map(|p| {
        let near = |d: i32, at: f32| (at as i32 + d).clamp(0, picture.width() as i32 - 1) as u32;
        (-1..=1).any(|dy| (-1..=1).any(|dx| is_dark(near(dx, p.x), near(dy, p.y))))
    });
    let found: Vec<bool> = found.collect();
    (farthest, found.iter().filter(|f| **f).count() as f32 / found.len() as f32)
}

#[test]
fn lines_of_a_cube_are_exactly_its_nine_visible_edges() {
    let eye = DVec3::new(1.7, 1.3, 2.2);
    for lens in [Lens::NORMAL, Lens::Orthographic { height: 1.9 }] {
        let view = View { eye, lens, ..front_view(3.0) };
        let scene = scene_of(cube(0.5), matte(0.8, 0.8, 0.8));
        let Some(picture) = edges_of(&scene, &view, EdgeOptions::default()) else { return };
        let to_picture = |p: DVec3| {
            let ndc = view.clip_from_world().project_point3(p);
            Vec2::new(0.5 + 0.5 * ndc.x as f32, 0.5 - 0.5 * ndc.y as f32) * 160.0
        };
        let corner = |i: u32| DVec3::new(bit(i, 0), bit(i, 1), bit(i, 2)) * 0.5;
        // The eye stands where x, y and z are positive: the three edges at the far corner are hidden.
        let lines: Vec<[Vec2; 2]> = (0..8_u32)
            .flat_map(|i| [1, 2, 4].map(|axis| (i, i | axis)))
            .filter(|(from, to)| from != to && *from != 0)
            .map(|(from, to)| [to_picture(corner(from)), to_picture(corner(to))])
            .collect();
        assert_eq!(lines.len(), 9);
        let (farthest, covered) = fit(&picture, &lines);
        assert!(farthest < 1.8, "{lens:?}: ink {farthest} pixels from any edge");
        assert!(covered > 0.985, "{lens:?}: {covered} of the edges has ink");
        // Without silhouettes the three creases at the near corner are left, without creases the outline.
        let inner: Vec<_> = [3, 5, 6].map(|i| [to_picture(corner(i)), to_picture(corner(7))]).to_vec();
        let creases = EdgeOptions { silhouettes: false, ..EdgeOptions::default() };
        let (farthest, covered) = fit(&edges_of(&scene, &view, creases).unwrap(), &inner);
        assert!(farthest < 1.8 && covered > 0.93, "{lens:?}: creases {farthest} {covered}");
        let outline: Vec<_> = lines.iter().filter(|l| !inner.contains(l)).copied().collect();
        assert_eq!(outline.len(), 6);
        let blunt = EdgeOptions { crease_radians: 1.7, ..EdgeOptions::default() };
        let (farthest, covered) = fit(&edges_of(&scene, &view, blunt).unwrap(), &outline);
        assert!(farthest < 1.8 && covered > 0.985, "{lens:?}: outline {farthest} {covered}");
    }
}

fn bit(i: u32, n: u32) -> f64 {
    if i >> n & 1 == 1 { 1.0 } else { -1.0 }
}

#[test]
fn borders_of_materials_can_be_left_out_and_lines_have_the_width_asked_for() {
    let mut scene = scene_of(quad(0.5), matte(1.0, 0.0, 0.0));
    scene.materials.push(matte(0.0, 1.0, 0.0));
    scene.meshes[0].primitives[0].material_runs = vec![
        MaterialRun { first_face: 0, n_faces: 1, material: Some(0) },
        MaterialRun { first_face: 1, n_faces: 1, material: Some(1) },
    ];
    let view = View { lens: Lens::Orthographic { height: 1.25 }, ..front_view(2.0) };
    let row = |edges: EdgeOptions| {
        let picture = edges_of(&scene, &view, edges)?;
        Some((0..160).map(|x| rgb(&picture, x, 50)).collect::<Vec<_>>())
    };
    // Two sides and the diagonal.
    let Some(all) = row(EdgeOptions::default()) else { return };
    assert_eq!(n_lines(all.into_iter()), 3);
    let without = EdgeOptions { material_borders: false, ..EdgeOptions::default() };
    assert_eq!(n_lines(row(without).unwrap().into_iter()), 2);
    let only = EdgeOptions { silhouettes: false, ..EdgeOptions::default() };
    assert_eq!(n_lines(row(only).unwrap().into_iter()), 1);
    for line_width_px in [1.0, 1.5, 3.0, 5.0] {
        let edges = EdgeOptions { line_width_px, material_borders: false, ..EdgeOptions::default() };
        let ink: f32 = row(edges).unwrap().iter().map(|[r, ..]| 1.0 - f32::from(*r) / 255.0).sum();
        assert!((0.5 * ink - line_width_px).abs() <= 0.55, "{line_width_px}: {ink} of two lines");
    }
}

#[test]
fn wire_lines_are_exactly_the_edges_of_the_polygons() {
    let view = View { lens: Lens::Orthographic { height: 1.25 }, ..front_view(2.0) };
    let is_line = |picture: &RgbaImage, x: u32, y: u32| rgb(picture, x, y)[1] > 140;
    let n_inner_lines = |scene: &Scene| {
        let still = still_of(scene, &view, &StillOptions::new(160, 160, &[Pass::Wireframe]))?;
        let picture = still.picture(Pass::Wireframe).unwrap().into_rgba8();
        // Across the square, off its middle, without its sides.
        Some((20..140).filter(|&x| is_line(&picture, x, 50)).count())
    };
    let triangles = scene_of(quad(0.5), matte(1.0, 1.0, 1.0));
    let mut polygon = triangles.clone();
    polygon.meshes[0].primitives[0].faces =
        scene::Faces { corner_vertices: vec![0, 1, 2, 3], sizes: scene::FaceSizes::Uniform(4) };
    polygon.meshes[0].primitives[0].material_runs[0].n_faces = 1;
    let Some(n_diagonal) = n_inner_lines(&triangles) else { return };
    assert!((1..=3).contains(&n_diagonal), "{n_diagonal}");
    assert_eq!(n_inner_lines(&polygon), Some(0));
}

#[test]
fn depth_can_be_shown_between_two_distances() {
    let view = View { lens: Lens::Orthographic { height: 1.25 }, ..front_view(2.0) };
    let modes = ModeOptions { depth_range: Some([1.0, 5.0]), ..ModeOptions::default() };
    let options = StillOptions { modes, ..StillOptions::new(32, 32, &[Pass::Depth]) };
    let Some(still) = still_of(&scene_of(quad(0.5), matte(1.0, 1.0, 1.0)), &view, &options) else { return };
    assert_eq!(still.depth.unwrap().get_pixel(16, 16).0, [64]);
    assert_eq!(still.depth_range, Some([1.0, 5.0]));
}

#[test]
fn points_and_lines_are_there_in_every_mode() {
    let colors = vec![Layer::PerVertex(vec![Vec4::new(1.0, 0.2, 0.2, 1.0); 4])];
    for (topology, size) in [(Topology::Points, 1), (Topology::Lines, 2)] {
        let mut cloud = Primitive { topology, colors: colors.clone(), normals: None, ..quad(0.3) };
        cloud.uvs.clear();
        cloud.faces = Faces { corner_vertices: vec![0, 1, 2, 3], sizes: FaceSizes::Uniform(size) };
        let scene = scene_of(cloud, matte(1.0, 1.0, 1.0));
        // Those that show one of four samples may miss what is no larger than one.
        for pass in [Pass::Clay, Pass::VertexColor, Pass::Roughness, Pass::FaceOrientation, Pass::Overdraw] {
            let options =
                StillOptions { background: Background::Transparent, ..StillOptions::new(48, 48, &[pass]) };
            let Some(still) = still_of(&scene, &front_view(2.0), &options) else { return };
            let picture = still.picture(pass).unwrap().into_rgba8();
            assert!(picture.pixels().any(|p| p != picture.get_pixel(0, 0)), "{topology:?} in {pass:?}");
        }
    }
}

#[test]
fn broken_settings_and_empty_scenes_draw_something() {
    let broken = ModeOptions {
        depth_range: Some([3.0, 3.0]),
        edges: EdgeOptions {
            crease_radians: f32::NAN,
            line_width_px: f32::INFINITY,
            ..EdgeOptions::default()
        },
        checker: render::CheckerOptions { repeats: -1.0 },
        density: render::DensityOptions { target_px_per_m: 0.0 },
        overdraw: render::OverdrawOptions { hottest: f32::NAN },
    };
    for scene in [Scene::default(), scene_of(cube(0.3), matte(1.0, 1.0, 1.0))] {
        let options = StillOptions { modes: broken, ..StillOptions::new(32, 32, &Pass::ALL) };
        let Some(still) = still_of(&scene, &front_view(2.0), &options) else { return };
        assert!(Pass::ALL.iter().all(|&pass| still.picture(pass).is_some()));
    }
}
