use super::rich_scene::rich_scene;
use super::*;
use crate::Compression;
use crate::precision::nearest_octahedral;

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rich.glb");
    let scene = rich_scene();
    let report = write_glb(&scene, &path, Compression::None, &WorkCtx::quiet()).unwrap();
    assert_eq!(report.n_bytes, path.metadata().unwrap().len());
    assert_eq!(report.warnings.len(), 1, "the NaN channel: {:?}", report.warnings);
    let import = read(&path, &WorkCtx::quiet()).unwrap();
    assert_eq!(import.warnings.len(), 1, "the hidden node: {:?}", import.warnings);
    let back = import.scene;
    assert_eq!((back.name.as_str(), &back.roots), ("Whole", &scene.roots));
    assert_eq!((&back.extras, &back.other_scenes), (&scene.extras, &scene.other_scenes));
    assert_eq!(back.variants, scene.variants);
    assert_eq!(back.authored.copyright, "CC0");
    assert_eq!(format!("{:?}", back.materials[1]), format!("{:?}", scene.materials[1]));

    let names =
        |scene: &Scene| scene.nodes.iter().map(|n| (n.name.clone(), n.children.clone())).collect::<Vec<_>>();
    assert_eq!(names(&back), names(&scene));
    assert_eq!(back.nodes[0].extras, scene.nodes[0].extras);
    assert_eq!(back.nodes[2].transform, scene.nodes[2].transform);
    assert_eq!((back.nodes[2].camera, back.nodes[2].light), (Some(0), Some(0)));
    assert_eq!(back.bounds(), scene.bounds());

    let [quad, triangle] = &back.meshes[0].primitives[..] else { panic!("one primitive for each material") };
    assert_eq!((quad.faces.n_faces(), triangle.faces.n_faces()), (1, 1), "the quad is one again");
    assert_eq!((quad.vertex_positions.len(), triangle.vertex_positions.len()), (4, 3));
    assert_eq!((quad.runs()[0].material, triangle.runs()[0].material), (Some(0), None));
    let Some(Layer::PerVertex(normals)) = &triangle.normals else { panic!("normals are kept") };
    assert!(normals.iter().all(|n| *n == Vec3::Z), "a normal of length 0 becomes its face's: {normals:?}");

    let soft = &back.meshes[1].primitives[0];
    assert_eq!(soft.joints[0][0], [0, 1, 0, 0]);
    assert_eq!(soft.weights[0][0], [0.4, 0.6, 0.0, 0.0]);
    assert_eq!(soft.morph_targets[0].name, "smile");
    assert_eq!(soft.morph_targets[0].positions, [Vec3::Z; 3]);
    assert_eq!(back.nodes[1].morph_weights, [0.5]);
    assert_eq!(back.skins[0].joints, [0, 3]);

    let (material, original) = (&back.materials[0], &scene.materials[0]);
    assert_eq!((material.base_color, material.emissive), (original.base_color, original.emissive));
    assert_eq!(material.base_color_texture, original.base_color_texture);
    assert_eq!((material.alpha_mode, material.unlit), (original.alpha_mode, true));
    assert_eq!(back.textures, scene.textures);
    assert_eq!(back.images[0].mime_type, "image/png");

    let wave = &back.animations[0];
    assert_eq!((wave.name.as_str(), wave.channels.len()), ("Wave", 4));
    assert_eq!(wave.channels[0].values, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(wave.channels[1].key_times_secs, [0.0, 1.5]);
    assert_eq!(back.cameras[0].projection, scene.cameras[0].projection);
    assert_eq!(back.lights[0].kind, scene.lights[0].kind);
}

/// Once in glTF's own shape, a scene comes through writing and reading without any change.
#[test]
fn a_second_round_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let round = |scene: &Scene, name: &str| {
        let path = folder.path().join(name);
        let report = write_glb(scene, &path, Compression::None, &WorkCtx::quiet()).unwrap();
        (read(&path, &WorkCtx::quiet()).unwrap().scene, report.warnings.len())
    };
    let (first, _) = round(&rich_scene(), "first.glb");
    let (second, n_warnings) = round(&first, "second.glb");
    assert_eq!(n_warnings, 0);
    assert_eq!(format!("{second:#?}"), format!("{first:#?}"));
    let primitive = &second.meshes[0].primitives[0];
    assert_eq!(primitive.variant_materials, rich_scene().meshes[0].primitives[0].variant_materials);
    assert_eq!(primitive.extras, rich_scene().meshes[0].primitives[0].extras);
    assert!(second.nodes[6].is_hidden);
    let topologies = second.meshes[2].primitives.iter().map(|p| (p.topology, p.faces.n_faces()));
    assert_eq!(topologies.collect::<Vec<_>>(), [(Topology::Lines, 2), (Topology::Points, 4)]);
    let wave = &second.animations[0].channels;
    assert_eq!(
        (wave[2].interpolation, wave[3].interpolation),
        (Interpolation::CubicSpline, Interpolation::Step)
    );
    assert_eq!(wave[2].values, rich_scene().animations[0].channels[3].values);
    let projections =
        |scene: &Scene| scene.cameras.iter().map(|c| (c.projection, c.near, c.far)).collect::<Vec<_>>();
    assert_eq!(projections(&second), projections(&rich_scene()));
    let lights =
        |scene: &Scene| scene.lights.iter().map(|l| (l.kind, l.color_linear, l.range)).collect::<Vec<_>>();
    assert_eq!(lights(&second), lights(&rich_scene()));
}

/// Wheels of polygons around one vertex each: every fan begins where the one before it does.
#[test]
fn polygons_come_back_with_as_many_corners_as_they_had() {
    let n_sides = [5, 3, 4, 4, 3, 6, 4];
    let mut faces = Faces { corner_vertices: Vec::new(), sizes: FaceSizes::Uniform(3) };
    let mut starts = vec![0];
    let mut positions = vec![Vec3::ZERO];
    for (i, n) in n_sides.into_iter().enumerate() {
        faces.corner_vertices.push(0);
        for corner in 1..n {
            let angle = i as f32 * 0.9 + 0.8 * corner as f32 / n as f32;
            faces.corner_vertices.push(positions.len() as u32);
            positions.push(Vec3::new(angle.cos(), angle.sin(), 0.0));
        }
        starts.push(faces.corner_vertices.len() as u32);
    }
    faces.sizes = FaceSizes::Starts(starts);
    let primitive = Primitive { vertex_positions: positions, faces, ..Default::default() };
    let scene = Scene {
        nodes: vec![Node { mesh: Some(0), ..Default::default() }],
        roots: vec![0],
        meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
        ..Default::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.glb");
    write_glb(&scene, &path, Compression::None, &WorkCtx::quiet()).unwrap();
    let back = read(&path, &WorkCtx::quiet()).unwrap().scene;
    let sizes: Vec<usize> = back.meshes[0].primitives[0].faces.iter().map(<[u32]>::len).collect();
    assert_eq!(sizes, n_sides);
}

#[test]
fn a_written_file_cut_anywhere_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rich.glb");
    write_glb(&rich_scene(), &path, Compression::None, &WorkCtx::quiet()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for sixteenth in 0..16 {
        let cut = &bytes[..bytes.len() * sixteenth / 16];
        assert!(read_bytes("cut.glb", cut).is_err(), "{sixteenth}/16 of the file was read");
    }
    // Any byte may be wrong: an error or a scene, both are fine.
    for i in (0..bytes.len()).step_by(13) {
        let mut bytes = bytes.clone();
        bytes[i] ^= 0x5A;
        let _ = read(&save(&folder, "flipped.glb", &bytes), &WorkCtx::quiet());
    }
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let ctx = WorkCtx::quiet();
    ctx.cancel();
    assert!(write_glb(&rich_scene(), &folder.path().join("a.glb"), Compression::None, &ctx).is_err());
    assert!(
        write_glb(
            &rich_scene(),
            &folder.path().join("no/such/folder/a.glb"),
            Compression::None,
            &WorkCtx::quiet()
        )
        .is_err()
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_flat_matrix_is_written_as_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.glb");
    let turned = Mat4::from_scale_rotation_translation(
        Vec3::new(2.0, 0.0, 3.0),
        Quat::from_rotation_x(0.5),
        Vec3::new(1.0, 2.0, 3.0),
    );
    let node = Node { transform: Transform::Matrix(turned), ..Default::default() };
    let scene = Scene { nodes: vec![node], roots: vec![0], ..Default::default() };
    write_glb(&scene, &path, Compression::None, &WorkCtx::quiet()).unwrap();
    let back = read(&path, &WorkCtx::quiet()).unwrap().scene.nodes[0].transform;
    assert!(matches!(back, Transform::Trs { .. }), "{back:?}");
    assert!(back.matrix().abs_diff_eq(turned.as_dmat4(), 1e-6), "{back:?}");
}

#[test]
fn rotations_of_length_zero_do_not_reach_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.glb");
    let transform = Transform::Trs {
        translation: Vec3::ONE,
        rotation: Quat::from_xyzw(0.0, 0.0, 0.0, 0.0),
        scale: Vec3::ONE,
    };
    let scene =
        Scene { nodes: vec![Node { transform, ..Default::default() }], roots: vec![0], ..Default::default() };
    write_glb(&scene, &path, Compression::None, &WorkCtx::quiet()).unwrap();
    let back = read(&path, &WorkCtx::quiet()).unwrap().scene;
    assert_eq!(back.nodes[0].transform.matrix().w_axis.x, 1.0);
    assert!(back.nodes[0].transform.matrix().is_finite());
}

/// Triangles of all meshes as positions, each from its smallest corner on.
fn triangles(scene: &Scene) -> Vec<[[u32; 3]; 3]> {
    let primitives = scene.meshes.iter().flat_map(|mesh| &mesh.primitives);
    let mut all = Vec::new();
    for p in primitives {
        for triangle in p.triangle_corners() {
            let at = |c: u32| p.vertex_positions[p.faces.corner_vertices[c as usize] as usize];
            let mut triangle = triangle.map(|c| at(c).to_array().map(f32::to_bits));
            let first = (0..3).min_by_key(|&i| triangle[i]).unwrap_or(0);
            triangle.rotate_left(first);
            all.push(triangle);
        }
    }
    all
}

#[test]
fn a_smaller_file_holds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, small, smallest] =
        ["plain.glb", "small.glb", "smallest.glb"].map(|name| folder.path().join(name));
    // A wavy sheet, regular enough to be made smaller.
    let n = 40u32;
    let point = |i: u32| Vec3::new((i % n) as f32, (i / n) as f32, (i % 7) as f32) * 0.125;
    let points = (0..n * n).map(point).collect();
    let corners = |i: u32| [i, i + 1, i + n + 1, i, i + n + 1, i + n];
    let cells = (0..n * (n - 1)).filter(|i| i % n < n - 1);
    let tilted = |i: u32| Vec3::new((i % 7) as f32 - 3.0, (i % 5) as f32 - 2.0, 1.5).normalize_or_zero();
    let normals = (0..n * n).map(|i| nearest_octahedral(tilted(i))).collect();
    let sheet = Primitive {
        vertex_positions: points,
        faces: Faces::triangles(cells.flat_map(corners).collect()),
        normals: Some(Layer::PerVertex(normals)),
        ..Default::default()
    };
    let mut scene = rich_scene();
    scene.meshes[0].primitives.push(sheet);
    let sizes =
        [(&plain, Compression::None), (&small, Compression::Smaller), (&smallest, Compression::Smallest)]
            .map(|(path, compression)| {
                write_glb(&scene, path, compression, &WorkCtx::quiet()).unwrap().n_bytes
            });
    assert!(sizes[1] < sizes[0] / 2 && sizes[2] <= sizes[1], "{sizes:?}");
    let read = |path: &std::path::PathBuf| read(path, &WorkCtx::quiet()).unwrap().scene;
    let normals = |scene: &Scene| {
        let last = scene.meshes[0].primitives.last().unwrap();
        last.normals.clone().unwrap()
    };
    let plain = read(&plain);
    for small in [&small, &smallest].map(read) {
        assert_eq!(triangles(&plain), triangles(&small));
        assert_eq!(normals(&plain), normals(&small));
        assert_eq!(
            (&plain.nodes, &plain.materials, &plain.skins),
            (&small.nodes, &small.materials, &small.skins)
        );
        assert_eq!(plain.animations, small.animations);
    }
    // Numbers on a grid and directions of two bytes are found out.
    let bytes = std::fs::read(small).unwrap();
    let has = |word: &str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
    assert!(has("EXPONENTIAL") && has("OCTAHEDRAL") && has("KHR_mesh_quantization"));
}
