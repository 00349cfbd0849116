use super::*;

/// A scene with one of everything a GLB can hold.
fn rich_scene() -> Scene {
    let quad = Primitive {
        vertex_positions: vec![
            Vec3::ZERO,
            Vec3::X,
            Vec3::new(1.0, 1.0, 0.0),
            Vec3::Y,
            Vec3::new(2.0, 0.0, 0.0),
        ],
        faces: Faces { corner_vertices: vec![0, 1, 2, 3, 1, 4, 2], sizes: FaceSizes::Starts(vec![0, 4, 7]) },
        // The corners on vertex 1 differ, those on vertex 2 agree.
        uvs: vec![Layer::Indexed {
            values: vec![Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y],
            corner_values: vec![0, 1, 2, 3, 0, 1, 2],
        }],
        normals: Some(Layer::PerCorner(vec![
            Vec3::Z,
            Vec3::Z,
            Vec3::Z,
            Vec3::Z,
            Vec3::Z,
            Vec3::ZERO,
            Vec3::Z,
        ])),
        material_runs: vec![
            MaterialRun { first_face: 0, n_faces: 1, material: Some(0) },
            MaterialRun { first_face: 1, n_faces: 1, material: None },
        ],
        variant_materials: vec![
            VariantMaterial { variant: 0, material: 0 },
            VariantMaterial { variant: 1, material: 1 },
        ],
        extras: Some(r#"{"panel":7}"#.into()),
        ..Default::default()
    };
    let soft = Primitive {
        vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y],
        faces: Faces::triangles(vec![0, 1, 2]),
        joints: vec![vec![[0, 1, 1, 9]; 3]],
        weights: vec![vec![[0.5, 0.25, 0.5, 0.5]; 3]],
        morph_targets: vec![MorphTarget {
            name: "smile".into(),
            positions: vec![Vec3::Z; 3],
            ..Default::default()
        }],
        ..Default::default()
    };
    let material = Material {
        name: "Glow".into(),
        base_color: Vec4::new(0.1, 0.2, 0.3, 0.5),
        emissive: Vec3::new(4.0, 2.0, 0.0),
        alpha_mode: AlphaMode::Mask { cutoff: 0.25 },
        base_color_texture: Some(MaterialTexture {
            texture: 0,
            uv_set: 0,
            uv_transform: UvTransform {
                offset: Vec2::new(0.5, 0.0),
                rotation_radians: 0.3,
                scale: Vec2::splat(2.0),
            },
        }),
        unlit: true,
        ..Default::default()
    };
    let map = |uv_set| Some(MaterialTexture { texture: 0, uv_set, uv_transform: UvTransform::default() });
    let glass = Material {
        name: "Glass".into(),
        metallic_roughness_texture: map(0),
        normal_texture: map(0),
        normal_scale: 0.5,
        occlusion_texture: map(0),
        occlusion_strength: 0.5,
        emissive_texture: map(0),
        double_sided: true,
        ior: 1.25,
        dispersion: 0.5,
        specular: Some(Specular {
            factor: 0.5,
            texture: map(0),
            color: Vec3::new(1.0, 0.5, 2.0),
            color_texture: map(0),
        }),
        clearcoat: Some(Clearcoat {
            factor: 0.75,
            texture: map(0),
            roughness: 0.25,
            roughness_texture: map(0),
            normal_texture: map(0),
            normal_scale: 2.0,
        }),
        sheen: Some(Sheen {
            color: Vec3::splat(0.25),
            color_texture: map(0),
            roughness: 0.5,
            roughness_texture: map(0),
        }),
        transmission: Some(Transmission { factor: 1.0, texture: map(0) }),
        diffuse_transmission: Some(DiffuseTransmission {
            factor: 0.5,
            texture: map(0),
            color: Vec3::X,
            color_texture: map(0),
        }),
        volume: Some(Volume {
            thickness: 0.5,
            thickness_texture: map(0),
            attenuation_distance: 2.0,
            attenuation_color: Vec3::new(0.5, 1.0, 0.25),
        }),
        anisotropy: Some(Anisotropy { strength: 0.5, rotation_radians: 1.25, texture: map(0) }),
        iridescence: Some(Iridescence {
            factor: 0.5,
            texture: map(0),
            ior: 1.75,
            thickness_min_nm: 50.0,
            thickness_max_nm: 500.0,
            thickness_texture: map(0),
        }),
        extras: Some(r#"{"finish":"wet"}"#.into()),
        ..Default::default()
    };
    let keys = |target, values: Vec<f32>| AnimationChannel {
        node: 1,
        target,
        interpolation: Interpolation::Linear,
        key_times_secs: vec![0.0, 1.5],
        values,
    };
    Scene {
        nodes: vec![
            Node {
                name: "Root №1".into(),
                children: vec![1, 2, 3],
                extras: Some(r#"{"a":[1,2]}"#.into()),
                ..Default::default()
            },
            Node {
                name: "Body".into(),
                mesh: Some(1),
                skin: Some(0),
                morph_weights: vec![0.5],
                ..Default::default()
            },
            Node {
                name: "Eye".into(),
                mesh: Some(0),
                camera: Some(0),
                light: Some(0),
                transform: Transform::Matrix(Mat4::from_translation(Vec3::Y)),
                ..Default::default()
            },
            Node { name: "Bone".into(), ..Default::default() },
            Node { name: "Ghost".into(), mesh: Some(0), is_hidden: true, ..Default::default() },
        ],
        name: "Whole".into(),
        roots: vec![0],
        other_scenes: vec![OtherScene {
            name: "Part".into(),
            roots: vec![4],
            extras: Some(r#"{"n":1}"#.into()),
        }],
        variants: vec!["Dry".into(), "Wet".into()],
        authored: Authored { copyright: "CC0".into(), ..Default::default() },
        extras: Some(r#"[1]"#.into()),
        meshes: vec![
            Mesh { name: "Quad".into(), primitives: vec![quad], ..Default::default() },
            Mesh { name: "Soft".into(), primitives: vec![soft], ..Default::default() },
        ],
        materials: vec![material, glass],
        textures: vec![Texture {
            image: 0,
            wrap_u: Wrap::ClampToEdge,
            wrap_v: Wrap::Repeat,
            mag_filter: Filter::Nearest,
            min_filter: Filter::Linear,
        }],
        images: vec![Image {
            name: "dot".into(),
            mime_type: "image/png".into(),
            data: ImageData::Embedded(b"\x89PNG\r\n\x1a\n"[..].into()),
        }],
        skins: vec![Skin {
            name: "Rig".into(),
            joints: vec![0, 3],
            inverse_bind_matrices: vec![Mat4::IDENTITY; 2],
            skeleton: Some(0),
        }],
        animations: vec![Animation {
            name: "Wave".into(),
            channels: vec![
                keys(AnimationTarget::Rotation, vec![0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0]),
                keys(AnimationTarget::Weights, vec![0.0, 1.0]),
                keys(AnimationTarget::Scale, vec![f32::NAN; 6]),
            ],
        }],
        cameras: vec![Camera {
            name: "Front".into(),
            projection: Projection::Perspective { fov_y_radians: 0.7, aspect: Some(1.5) },
            near: 0.1,
            far: None,
        }],
        lights: vec![Light {
            name: "Lamp".into(),
            kind: LightKind::Spot { inner_cone_radians: 0.1, outer_cone_radians: 0.4 },
            color_linear: Vec3::new(1.0, 0.5, 0.25),
            intensity: 20.0,
            range: Some(3.0),
        }],
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rich.glb");
    let scene = rich_scene();
    let report = write_glb(&scene, &path, &WorkCtx::quiet()).unwrap();
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
    assert_eq!((wave.name.as_str(), wave.channels.len()), ("Wave", 2));
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
        let report = write_glb(scene, &path, &WorkCtx::quiet()).unwrap();
        (read(&path, &WorkCtx::quiet()).unwrap().scene, report.warnings.len())
    };
    let (first, _) = round(&rich_scene(), "first.glb");
    let (second, n_warnings) = round(&first, "second.glb");
    assert_eq!(n_warnings, 0);
    assert_eq!(format!("{second:#?}"), format!("{first:#?}"));
    let primitive = &second.meshes[0].primitives[0];
    assert_eq!(primitive.variant_materials, rich_scene().meshes[0].primitives[0].variant_materials);
    assert_eq!(primitive.extras, rich_scene().meshes[0].primitives[0].extras);
    assert!(second.nodes[4].is_hidden);
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
    write_glb(&scene, &path, &WorkCtx::quiet()).unwrap();
    let back = read(&path, &WorkCtx::quiet()).unwrap().scene;
    let sizes: Vec<usize> = back.meshes[0].primitives[0].faces.iter().map(<[u32]>::len).collect();
    assert_eq!(sizes, n_sides);
}

#[test]
fn a_written_file_cut_anywhere_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rich.glb");
    write_glb(&rich_scene(), &path, &WorkCtx::quiet()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for sixteenth in 0..16 {
        let cut = &bytes[..bytes.len() * sixteenth / 16];
        assert!(read_bytes("cut.glb", cut).is_err(), "{sixteenth}/16 of the file was read");
    }
    // Any byte may be wrong: an error or a scene, both are fine.
    for i in (0..bytes.len()).step_by(7) {
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
    assert!(write_glb(&rich_scene(), &folder.path().join("a.glb"), &ctx).is_err());
    assert!(
        write_glb(&rich_scene(), &folder.path().join("no/such/folder/a.glb"), &WorkCtx::quiet()).is_err()
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
    write_glb(&scene, &path, &WorkCtx::quiet()).unwrap();
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
    write_glb(&scene, &path, &WorkCtx::quiet()).unwrap();
    let back = read(&path, &WorkCtx::quiet()).unwrap().scene;
    assert_eq!(back.nodes[0].transform.matrix().w_axis.x, 1.0);
    assert!(back.nodes[0].transform.matrix().is_finite());
}
