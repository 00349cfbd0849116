//! A small ASCII FBX, written out the way the format wants it: a box of quads in centimetres with
//! Z up, two materials, two bones, a blend shape, a clip, a camera and a hidden copy.

/// Ticks of FBX's clock.
const SECOND: i64 = 46_186_158_000;
const IDENTITY: &str = "1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1";
/// Wound outwards; the box reaches from -1 to 1 across and from 0 to 2 in height.
const FACES: [[i32; 4]; 6] =
    [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];
const NORMALS: [&str; 6] = ["0,0,-1", "0,0,1", "0,-1,0", "1,0,0", "0,1,0", "-1,0,0"];

/// `video` is what hangs on the texture, such as an embedded picture.
pub(super) fn boxed(video: &str) -> String {
    format!(
        "; FBX 7.4.0 project file\n\
         FBXHeaderExtension:  {{\n FBXHeaderVersion: 1003\n FBXVersion: 7400\n Creator: \"by hand\"\n}}\n\
         GlobalSettings:  {{\n Version: 1000\n Properties70:  {{\n\
         {}{}{}{}{}{}  P: \"UnitScaleFactor\", \"double\", \"Number\", \"\",1\n }}\n}}\n\
         Objects:  {{\n{}{}{}{}{video}}}\nConnections:  {{\n{}}}\n",
        axis("UpAxis", 2),
        axis("UpAxisSign", 1),
        axis("FrontAxis", 1),
        axis("FrontAxisSign", -1),
        axis("CoordAxis", 0),
        axis("CoordAxisSign", 1),
        geometry(),
        models(),
        deformers(),
        animation(),
        connections(),
    )
}

fn axis(name: &str, value: i32) -> String {
    format!("  P: \"{name}\", \"int\", \"Integer\", \"\",{value}\n")
}

fn list(name: &str, values: &str) -> String {
    format!("  {name}: *{} {{\n   a: {values}\n  }}\n", values.split(',').count())
}

fn geometry() -> String {
    let corners: Vec<i32> = FACES.iter().flat_map(|&[a, b, c, d]| [a, b, c, -d - 1]).collect();
    let corners = corners.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
    let normals = NORMALS.map(|normal| [normal; 4].join(",")).join(",");
    let layer = |kind: &str| format!("  LayerElement:  {{\n   Type: \"{kind}\"\n   TypedIndex: 0\n  }}\n");
    let element = |kind: &str, name: &str, mapping: &str, reference: &str, lists: &str| {
        format!(
            " {kind}: 0 {{\n  Version: 101\n  Name: \"{name}\"\n  MappingInformationType: \"{mapping}\"\n  \
             ReferenceInformationType: \"{reference}\"\n{lists} }}\n"
        )
    };
    format!(
        " Geometry: 100, \"Geometry::Box\", \"Mesh\" {{\n{}{}{}{}{} Layer: 0 {{\n  Version: 100\n{}{}{} }}\n }}\n",
        list("Vertices", "-1,-1,0,1,-1,0,1,1,0,-1,1,0,-1,-1,2,1,-1,2,1,1,2,-1,1,2"),
        list("PolygonVertexIndex", &corners),
        element("LayerElementNormal", "", "ByPolygonVertex", "Direct", &list("Normals", &normals)),
        element(
            "LayerElementUV",
            "map1",
            "ByPolygonVertex",
            "IndexToDirect",
            &(list("UV", "0,0,1,0,1,0.75,0,0.75") + &list("UVIndex", &["0,1,2,3"; 6].join(","))),
        ),
        element("LayerElementMaterial", "", "ByPolygon", "IndexToDirect", &list("Materials", "0,1,0,1,0,0")),
        layer("LayerElementNormal"),
        layer("LayerElementUV"),
        layer("LayerElementMaterial"),
    )
}

fn models() -> String {
    let model = |id: u32, name: &str, kind: &str, properties: &str| {
        format!(
            " Model: {id}, \"Model::{name}\", \"{kind}\" {{\n  Version: 232\n  Properties70:  {{\n{properties}  }}\n }}\n"
        )
    };
    let color = |name: &str, rgb: &str| format!("   P: \"{name}\", \"Color\", \"\", \"A\",{rgb}\n");
    let number = |name: &str, value: &str| format!("   P: \"{name}\", \"Number\", \"\", \"A\",{value}\n");
    let material = |id: u32, name: &str, shading: &str, properties: String| {
        format!(
            " Material: {id}, \"Material::{name}\", \"\" {{\n  Version: 102\n  ShadingModel: \"{shading}\"\n  \
             Properties70:  {{\n{properties}  }}\n }}\n"
        )
    };
    [
        model(200, "Box", "Mesh", "   P: \"note\", \"KString\", \"\", \"U\", \"by the door\"\n"),
        model(201, "Root", "LimbNode", ""),
        model(202, "Tip", "LimbNode", "   P: \"Lcl Translation\", \"Lcl Translation\", \"\", \"A\",0,0,1\n"),
        model(203, "Ghost", "Mesh", "   P: \"Visibility\", \"Visibility\", \"\", \"A\",0\n"),
        model(204, "Eye", "Camera", ""),
        format!(
            " NodeAttribute: 500, \"NodeAttribute::Eye\", \"Camera\" {{\n  TypeFlags: \"Camera\"\n  \
             Properties70:  {{\n{}  }}\n }}\n",
            number("NearPlane", "10")
        ),
        material(
            700,
            "Wood",
            "phong",
            color("DiffuseColor", "0.5,0.25,0.125")
                + &color("SpecularColor", "1,1,1")
                + &number("ShininessExponent", "30"),
        ),
        material(
            701,
            "Glass",
            "lambert",
            color("DiffuseColor", "0.2,0.4,0.8")
                + &color("TransparentColor", "1,1,1")
                + &number("TransparencyFactor", "0.75"),
        ),
        " Texture: 600, \"Texture::wood\", \"\" {\n  Type: \"TextureVideoClip\"\n  Version: 202\n  \
         FileName: \"C:\\art\\wood.png\"\n  RelativeFilename: \"..\\art\\wood.png\"\n }\n"
            .to_owned(),
    ]
    .concat()
}

fn deformers() -> String {
    let cluster = |id: u32, indexes: &str, weights: &str, transform: &str, link: &str| {
        format!(
            " Deformer: {id}, \"SubDeformer::\", \"Cluster\" {{\n  Version: 100\n{}{}{}{} }}\n",
            list("Indexes", indexes),
            list("Weights", weights),
            list("Transform", transform),
            list("TransformLink", link)
        )
    };
    [
        " Deformer: 300, \"Deformer::\", \"Skin\" {\n  Version: 101\n  Link_DeformAcuracy: 50\n }\n"
            .to_owned(),
        cluster(301, "0,1,2,3,4", "1,1,1,1,0.5", IDENTITY, IDENTITY),
        cluster(
            302,
            "4,5,6,7",
            "1.5,1,1,1",
            "1,0,0,0,0,1,0,0,0,0,1,0,0,0,-1,1",
            "1,0,0,0,0,1,0,0,0,0,1,0,0,0,1,1",
        ),
        format!(
            " Geometry: 110, \"Geometry::smile\", \"Shape\" {{\n  Version: 100\n{}{}{} }}\n",
            list("Indexes", "6"),
            list("Vertices", "0,0,0.5"),
            list("Normals", "0,0,0")
        ),
        " Deformer: 310, \"Deformer::\", \"BlendShape\" {\n  Version: 100\n }\n".to_owned(),
        format!(
            " Deformer: 311, \"SubDeformer::smile\", \"BlendShapeChannel\" {{\n  Version: 100\n  \
             DeformPercent: 25\n{} }}\n",
            list("FullWeights", "100")
        ),
    ]
    .concat()
}

fn animation() -> String {
    let curve = |id: u32, from: f32, to: f32| {
        format!(
            " AnimationCurve: {id}, \"AnimCurve::\", \"\" {{\n  Default: 0\n  KeyVer: 4008\n{}{}{}{}{} }}\n",
            list("KeyTime", &format!("0,{SECOND}")),
            list("KeyValueFloat", &format!("{from},{to}")),
            list("KeyAttrFlags", "4"),
            list("KeyAttrDataFloat", "0,0,0,0"),
            list("KeyAttrRefCount", "2")
        )
    };
    let node = |id: u32, name: &str, property: &str| {
        format!(
            " AnimationCurveNode: {id}, \"AnimCurveNode::{name}\", \"\" {{\n  Properties70:  {{\n   \
             P: \"d|{property}\", \"Number\", \"\", \"A\",0\n  }}\n }}\n"
        )
    };
    [
        format!(
            " AnimationStack: 400, \"AnimStack::Walk\", \"\" {{\n  Properties70:  {{\n   \
             P: \"LocalStop\", \"KTime\", \"Time\", \"\",{SECOND}\n  }}\n }}\n"
        ),
        " AnimationLayer: 401, \"AnimLayer::Base\", \"\" {\n }\n".to_owned(),
        node(402, "T", "X"),
        curve(403, 0.0, 100.0),
        node(404, "DeformPercent", "DeformPercent"),
        curve(405, 25.0, 75.0),
    ]
    .concat()
}

fn connections() -> String {
    let objects = [
        (200, 0),
        (201, 0),
        (202, 201),
        (203, 0),
        (204, 0),
        (500, 204),
        (100, 200),
        (100, 203),
        (700, 200),
        (701, 200),
        (300, 100),
        (301, 300),
        (302, 300),
        (201, 301),
        (202, 302),
        (110, 311),
        (311, 310),
        (310, 100),
        (401, 400),
        (402, 401),
        (404, 401),
        (601, 600),
    ];
    let properties = [
        (600, 700, "DiffuseColor"),
        (402, 201, "Lcl Translation"),
        (403, 402, "d|X"),
        (404, 311, "DeformPercent"),
        (405, 404, "d|DeformPercent"),
    ];
    let objects = objects.map(|(child, parent)| format!(" C: \"OO\",{child},{parent}\n"));
    let properties =
        properties.map(|(child, parent, name)| format!(" C: \"OP\",{child},{parent}, \"{name}\"\n"));
    objects.concat() + &properties.concat()
}
