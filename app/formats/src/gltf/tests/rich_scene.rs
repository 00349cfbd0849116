use super::*;

/// A scene with one of everything a GLB can hold.
pub(super) fn rich_scene() -> Scene {
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
        joints: vec![vec![[0, 1, 1, 9]; 3], vec![[0; 4]; 3]],
        weights: vec![vec![[0.5, 0.25, 0.5, 0.5]; 3], vec![[0.0; 4]; 3]],
        normals: Some(Layer::PerVertex(vec![Vec3::Z; 3])),
        tangents: Some(Layer::PerVertex(vec![Vec4::new(1.0, 0.0, 0.0, -1.0); 3])),
        colors: vec![Layer::PerVertex(vec![Vec4::new(0.5, 0.25, 1.0, 0.5); 3])],
        morph_targets: vec![MorphTarget {
            name: "smile".into(),
            positions: vec![Vec3::Z; 3],
            normals: vec![Vec3::X; 3],
            tangents: vec![Vec3::Y; 3],
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
            Node {
                name: "Marks".into(),
                mesh: Some(2),
                camera: Some(1),
                light: Some(1),
                ..Default::default()
            },
            Node { name: "Sun".into(), light: Some(2), ..Default::default() },
            Node { name: "Ghost".into(), mesh: Some(0), is_hidden: true, ..Default::default() },
        ],
        name: "Whole".into(),
        roots: vec![0, 4, 5],
        other_scenes: vec![OtherScene {
            name: "Part".into(),
            roots: vec![6],
            extras: Some(r#"{"n":1}"#.into()),
        }],
        variants: vec!["Dry".into(), "Wet".into()],
        authored: Authored { copyright: "CC0".into(), ..Default::default() },
        extras: Some(r#"[1]"#.into()),
        meshes: vec![
            Mesh { name: "Quad".into(), primitives: vec![quad], ..Default::default() },
            Mesh { name: "Soft".into(), primitives: vec![soft], ..Default::default() },
            Mesh {
                name: "Marks".into(),
                primitives: vec![marks(Topology::Lines, 2), marks(Topology::Points, 1)],
                ..Default::default()
            },
        ],
        materials: vec![material, glass],
        textures: vec![Texture {
            image: 0,
            fallback: None,
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
                AnimationChannel {
                    interpolation: Interpolation::CubicSpline,
                    ..keys(AnimationTarget::Translation, (0..18u8).map(f32::from).collect())
                },
                AnimationChannel {
                    node: 3,
                    interpolation: Interpolation::Step,
                    ..keys(AnimationTarget::Scale, vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
                },
            ],
        }],
        cameras: vec![
            Camera {
                name: "Front".into(),
                projection: Projection::Perspective { fov_y_radians: 0.7, aspect: Some(1.5) },
                near: 0.1,
                far: None,
            },
            Camera {
                name: "Plan".into(),
                projection: Projection::Orthographic { x_mag: 2.0, y_mag: 1.5 },
                near: 0.0,
                far: Some(20.0),
            },
        ],
        lights: vec![
            Light {
                name: "Lamp".into(),
                kind: LightKind::Spot { inner_cone_radians: 0.1, outer_cone_radians: 0.4 },
                color_linear: Vec3::new(1.0, 0.5, 0.25),
                intensity: 20.0,
                range: Some(3.0),
            },
            Light {
                name: "Bulb".into(),
                kind: LightKind::Point,
                color_linear: Vec3::ONE,
                intensity: 5.0,
                range: None,
            },
            Light {
                name: "Sun".into(),
                kind: LightKind::Directional,
                color_linear: Vec3::new(1.0, 1.0, 0.5),
                intensity: 1000.0,
                range: None,
            },
        ],
    }
}

/// Four coloured corners as segments or points.
fn marks(topology: Topology, size: u32) -> Primitive {
    Primitive {
        topology,
        vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::ONE],
        faces: Faces { corner_vertices: vec![0, 1, 2, 3], sizes: FaceSizes::Uniform(size) },
        colors: vec![Layer::PerVertex(vec![Vec4::new(1.0, 0.5, 0.25, 1.0); 4])],
        ..Default::default()
    }
}
