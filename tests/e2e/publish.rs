//! Requirement A in one go: an FBX with turned faces, surfaces in one plane and crumbs comes out mended
//! and is published, by the command and as a job.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::{Finished, Receiver, TestHome};

/// A ball of 512 quads, 24 of them turned; a wall with a poster in its plane; a crumb far off.
const N_TURNED: usize = 24;

#[derive(Default)]
struct Shape {
    points: Vec<[f64; 3]>,
    faces: Vec<Vec<usize>>,
}

impl Shape {
    fn ball() -> Self {
        let (n_around, n_down) = (32, 18);
        let mut shape = Self::default();
        for v in 0..=n_down {
            for u in 0..n_around {
                let (a, b) = (
                    std::f64::consts::TAU * f64::from(u) / f64::from(n_around),
                    std::f64::consts::PI * f64::from(v) / f64::from(n_down),
                );
                shape.points.push([100.0 * b.sin() * a.cos(), 100.0 * b.cos(), -100.0 * b.sin() * a.sin()]);
            }
        }
        let at = |u: usize, v: usize| v * 32 + u % 32;
        for v in 1..n_down as usize - 1 {
            for u in 0..32 {
                shape.faces.push(vec![at(u, v), at(u, v + 1), at(u + 1, v + 1), at(u + 1, v)]);
            }
        }
        for face in shape.faces.iter_mut().step_by(21).take(N_TURNED) {
            face.reverse();
        }
        // The poles are closed by polygons.
        shape.faces.push((0..32).map(|u| at(u, 1)).collect());
        shape.faces.push((0..32).rev().map(|u| at(u, n_down as usize - 1)).collect());
        shape
    }

    fn rectangle([x0, x1]: [f64; 2], [y0, y1]: [f64; 2], z: f64) -> Self {
        Self {
            points: vec![[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]],
            faces: vec![vec![0, 1, 2, 3]],
        }
    }

    /// A tetrahedron of a tenth of a millimetre, far from everything.
    fn with_crumb(mut self) -> Self {
        let first = self.points.len();
        self.points.extend([[0.0, 150.0, 0.0], [0.01, 150.0, 0.0], [0.0, 150.01, 0.0], [0.0, 150.0, 0.01]]);
        let faces = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
        self.faces.extend(faces.map(|face| face.map(|corner| first + corner).to_vec()));
        self
    }
}

/// ASCII FBX 7.4, centimetres, Y up.
fn fbx(shapes: &[(&str, Shape)]) -> String {
    let mut objects = String::new();
    let mut connections = String::new();
    for (i, (name, shape)) in shapes.iter().enumerate() {
        let (mesh, model, material) = (100 + i, 200 + i, 300 + i);
        // In one colour nobody would see surfaces fight.
        let shade = 0.2 + 0.3 * i as f64;
        let numbers: Vec<String> = shape.points.iter().flatten().map(ToString::to_string).collect();
        let mut corners = Vec::new();
        for face in &shape.faces {
            for (c, &corner) in face.iter().enumerate() {
                // The last corner of a polygon is stored as its complement.
                let corner = corner as i64;
                corners.push(if c + 1 == face.len() { !corner } else { corner }.to_string());
            }
        }
        let _ = write!(
            objects,
            "Geometry: {mesh}, \"Geometry::{name}\", \"Mesh\" {{\n Vertices: *{} {{ a: {} }}\n \
             PolygonVertexIndex: *{} {{ a: {} }}\n GeometryVersion: 124\n \
             LayerElementMaterial: 0 {{ Version: 101\n Name: \"\"\n MappingInformationType: \"AllSame\"\n \
             ReferenceInformationType: \"IndexToDirect\"\n Materials: *1 {{ a: 0 }} }}\n}}\n\
             Material: {material}, \"Material::{name}\", \"\" {{ Version: 102\n ShadingModel: \"lambert\"\n \
             Properties70: {{ P: \"DiffuseColor\", \"Color\", \"\", \"A\",{shade},0.5,0.5\n }} }}\n\
             Model: {model}, \"Model::{name}\", \"Mesh\" {{ Version: 232 }}\n",
            numbers.len(),
            numbers.join(","),
            corners.len(),
            corners.join(",")
        );
        let _ = write!(
            connections,
            "C: \"OO\",{mesh},{model}\nC: \"OO\",{material},{model}\nC: \"OO\",{model},0\n"
        );
    }
    format!(
        "; FBX 7.4.0 project file\nFBXHeaderExtension: {{ FBXHeaderVersion: 1003\n FBXVersion: 7400 }}\n\
         GlobalSettings: {{ Version: 1000\n Properties70: {{\n\
         P: \"UpAxis\", \"int\", \"Integer\", \"\",1\nP: \"UpAxisSign\", \"int\", \"Integer\", \"\",1\n\
         P: \"FrontAxis\", \"int\", \"Integer\", \"\",2\nP: \"FrontAxisSign\", \"int\", \"Integer\", \"\",1\n\
         P: \"CoordAxis\", \"int\", \"Integer\", \"\",0\nP: \"CoordAxisSign\", \"int\", \"Integer\", \"\",1\n\
         P: \"UnitScaleFactor\", \"double\", \"Number\", \"\",1\n }} }}\n\
         Objects: {{\n{objects}}}\nConnections: {{\n{connections}}}\n"
    )
}

fn broken_model(folder: &Path) -> PathBuf {
    let path = folder.join("showroom piece.fbx");
    let shapes = [
        ("ball", Shape::ball().with_crumb()),
        ("wall", Shape::rectangle([-300.0, 300.0], [-200.0, 200.0], -150.0)),
        ("poster", Shape::rectangle([-50.0, 50.0], [-30.0, 30.0], -150.0)),
    ];
    std::fs::write(&path, fbx(&shapes)).unwrap();
    path
}

/// Everything that mends, what makes it quick, lamps, and three places to go to.
fn plan(library: &Path, receiver: &Receiver) -> String {
    let steps = [
        "remove-duplicates",
        "remove-degenerate",
        "remove-loose",
        "orient",
        "separate-overlaps",
        "normals",
        "weld",
        "remove-unreferenced",
        "merge-materials",
        "instance",
        "triangulate",
        "order",
        "prune",
        "center",
        "lighting",
    ];
    let steps: String = steps.iter().map(|step| format!("[[steps]]\ndo = \"{step}\"\n")).collect();
    format!(
        "name = \"showroom\"\n[output]\ncompression = \"smaller\"\nlevels = [0.5, 0.1]\n\
         [publish]\nlibrary = {library:?}\nstore = \"{url}/models\"\nwebhook = \"{url}/hook?key=secret\"\n{steps}",
        url = receiver.url()
    )
}

fn changes(receipt: &Value, what: &str) -> u64 {
    let steps = receipt["steps"].as_array().unwrap();
    steps.iter().filter_map(|step| step["changes"][what].as_u64()).sum()
}

fn assert_published(home: &TestHome, entry: &Path, receiver: &Receiver) {
    let described: Value = serde_json::from_slice(&std::fs::read(entry.join("entry.json")).unwrap()).unwrap();
    let names: Vec<&str> =
        described["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["showroom piece.glb", "showroom piece_lod1.glb", "showroom piece_lod2.glb"]);
    assert_eq!(image::open(entry.join("thumbnail.png")).unwrap().to_rgb8().dimensions(), (512, 512));
    let receipt: Value = serde_json::from_slice(&std::fs::read(entry.join("receipt.json")).unwrap()).unwrap();
    assert_eq!(changes(&receipt, "faces turned"), N_TURNED as u64);
    assert_eq!(changes(&receipt, "parts removed"), 1);
    assert_eq!(changes(&receipt, "faces lifted off others"), 1);
    assert_eq!(changes(&receipt, "lamps added"), 3);

    let inspected = Finished::of(home.kiln(["inspect", "--full", "--json"]).arg(entry.join(names[0]))).ok();
    let report: Value = serde_json::from_str(&inspected.stdout).unwrap();
    let rules: Vec<&str> = report["report"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["rule"].as_str().unwrap())
        .collect();
    for rule in rules {
        assert!(!["winding-inconsistent", "z-fighting", "faces-duplicate", "parts-loose"].contains(&rule));
    }

    // The store first, the webhook when all is there.
    let received = receiver.received();
    let (told, stored) = received.split_last().unwrap();
    let put: Vec<&str> = stored.iter().filter(|r| r.method == "PUT").map(|r| r.path.as_str()).collect();
    let folder = "/models/showroom%20piece";
    let files = [
        "showroom%20piece.glb",
        "showroom%20piece_lod1.glb",
        "showroom%20piece_lod2.glb",
        "thumbnail.png",
        "receipt.json",
        "entry.json",
    ];
    let expected: Vec<String> = files.iter().map(|file| format!("{folder}/{file}")).collect();
    assert_eq!(put[put.len() - 6..], expected);
    let glb = stored.iter().rfind(|r| r.path == expected[0]).unwrap();
    assert_eq!(glb.body, std::fs::read(entry.join(names[0])).unwrap());
    assert_eq!(glb.header("authorization"), Some("Bearer for the tests"));
    assert_eq!((told.method.as_str(), told.path.as_str()), ("POST", "/hook?key=secret"));
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(told["event"], "kiln.published");
    assert_eq!(told["entry"], described);
    assert_eq!(told["published"][0]["to"], "library");
    assert_eq!(told["published"][1]["urls"].as_array().unwrap().len(), 6);
}

#[test]
fn a_broken_fbx_is_mended_and_published_by_the_command() {
    let home = TestHome::new();
    let library = home.path().join("library");
    let model = broken_model(home.path());
    // A busy store is asked again.
    let receiver = Receiver::start(1);
    let path = home.path().join("showroom.toml");
    std::fs::write(&path, plan(&library, &receiver)).unwrap();
    let out = home.out("showroom piece.glb");
    let convert = || {
        let mut convert = home.kiln(["convert", "--json", "--plan"]);
        convert.arg(&path).arg(&model).arg(&out).env("KILN_PUBLISH_TOKEN", "for the tests");
        Finished::of(&mut convert)
    };
    let told: Value = serde_json::from_str(&convert().ok().stdout).unwrap();
    let levels = told["levels"].as_array().unwrap();
    let triangles = |numbers: &Value| numbers["drawn_triangles"].as_u64().unwrap();
    assert!(triangles(&levels[0]["after"]) <= triangles(&told["after"]) * 3 / 4, "{levels:?}");
    assert!(triangles(&levels[1]["after"]) < triangles(&levels[0]["after"]));
    assert_published(&home, &library.join("showroom piece"), &receiver);

    // Again: the entry is replaced. What is none is left alone.
    convert().ok();
    assert_published(&home, &library.join("showroom piece"), &receiver);
    std::fs::remove_file(library.join("showroom piece/entry.json")).unwrap();
    let refused = convert();
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("that Kiln did not put there"), "{}", refused.stderr);
    assert!(library.join("showroom piece/thumbnail.png").is_file());
    let entries = std::fs::read_dir(&library).unwrap().count();
    assert_eq!(entries, 1, "nothing unfinished stays");
}

#[test]
fn a_broken_fbx_is_mended_and_published_by_a_job() {
    let home = TestHome::new();
    let library = home.path().join("library");
    let model = broken_model(home.path());
    let receiver = Receiver::start(0);
    let path = home.path().join("showroom.toml");
    std::fs::write(&path, plan(&library, &receiver)).unwrap();
    let out = home.out("results");
    let own_plan = format!("plan_text=@{}", path.display());
    let mut submit = home.kiln(["submit", "kiln-convert", "--wait", "--set", &own_plan, "--results"]);
    submit.env("KILN_PUBLISH_TOKEN", "for the tests");
    let output = Finished::of(submit.arg(&out).arg(&model)).ok();
    let files: Vec<&str> = output.stdout.lines().collect();
    for end in ["piece.glb", "piece_lod1.glb", "piece_lod2.glb", "piece.receipt.json"] {
        assert!(files.iter().any(|file| file.ends_with(end)), "{end}: {files:?}");
    }
    assert_published(&home, &library.join("showroom piece"), &receiver);
}

#[test]
fn an_address_that_is_none_is_told_before_the_work() {
    let home = TestHome::new();
    let out = home.out("a.glb");
    let text = "name = \"a\"\n[publish]\nwebhook = \"hook.example\"\n";
    let mut convert = home.kiln(["convert", "--plan-text", text]);
    let refused = Finished::of(convert.arg(tests::sample("building-small-c.glb")).arg(&out));
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("write http:// or https:// before it: hook.example"),
        "{}",
        refused.stderr
    );
    assert!(!out.exists());
}
