//! `kiln inspect`, `thumbs` and `convert` on the models the project carries.

use serde_json::{Value, json};
use tests::{Finished, TestHome, kiln, sample};

#[test]
fn inspect_prints_exactly_the_agreed_json() {
    let home = TestHome::new();
    // Blender 5.0's own figures for these files.
    let expected = [
        ("building-small-c.glb", 834, 0, 0),
        ("table_long_decorated_C.glb", 3499, 0, 0),
        ("table_long_decorated_C.obj", 789, 1355, 0),
    ];
    for (name, triangles, quads, ngons) in expected {
        let output = Finished::of(home.kiln(["inspect"]).arg(sample(name))).ok();
        let value: Value = serde_json::from_str(&output.stdout).unwrap();
        let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 4, "{keys:?}");
        assert_eq!(value["filename"], name);
        assert_eq!(value["topology"], json!({ "triangles": triangles, "quads": quads, "ngons": ngons }));
        assert_eq!(value["geometry"]["faces"], triangles + quads + ngons);
        assert_eq!(value["dimensions"].as_object().unwrap().len(), 3);
    }
}

#[test]
fn a_batch_goes_on_after_a_bad_file_and_says_so() {
    let home = TestHome::new();
    let bad = home.path().join("bad.glb");
    std::fs::write(&bad, b"glTF but not really").unwrap();
    let mut inspect = home.kiln(["inspect"]);
    let output = Finished::of(inspect.arg(&bad).arg(sample("building-small-c.glb")));
    assert_eq!(output.code, Some(1));
    let lines: Vec<Value> = output.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0]["error"].as_str().unwrap().contains("bad.glb"), "{}", lines[0]);
    assert_eq!(lines[1]["topology"]["triangles"], 834);
}

#[test]
fn thumbs_writes_four_passes_and_their_metadata() {
    let home = TestHome::new();
    let out = home.out("thumbs");
    let output = Finished::of(home.kiln(["thumbs"]).arg(sample("building-small-c.glb")).arg(&out)).ok();
    assert_eq!(output.stdout.lines().count(), 5, "{}", output.stdout);
    for name in ["textured", "normal", "depth", "edge"] {
        let picture = image::open(out.join(format!("render_{name}.png"))).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (512, 512), "{name}");
        let corner = picture.get_pixel(0, 0);
        let n_subject = picture.pixels().filter(|p| *p != corner).count();
        assert!(n_subject > 2_000, "{name} shows nothing: {n_subject} pixels differ from the corner");
    }
    let metadata: Value = serde_json::from_slice(&std::fs::read(out.join("metadata.json")).unwrap()).unwrap();
    assert_eq!(metadata["source_file"], "building-small-c.glb");
    assert_eq!(metadata["render_resolution"], json!([512, 512]));
    assert_eq!(metadata["camera"]["look_at"], json!([0.0, 0.0, 0.0]));
    assert_eq!(metadata["bounding_box"]["dimensions"].as_array().unwrap().len(), 3);
}

#[test]
fn convert_writes_a_glb_that_counts_the_same() {
    let home = TestHome::new();
    let original = sample("table_long_decorated_C.obj");
    let before = std::fs::read(&original).unwrap();
    let result = home.out("table.glb");
    Finished::of(home.kiln(["convert"]).arg(&original).arg(&result)).ok();
    let output = Finished::of(home.kiln(["inspect"]).arg(&result)).ok();
    let value: Value = serde_json::from_str(&output.stdout).unwrap();
    // FB_ngon_encoding carries the polygons through glTF's triangles.
    assert_eq!(value["topology"], json!({ "triangles": 789, "quads": 1355, "ngons": 0 }));
    assert_eq!(std::fs::read(&original).unwrap(), before, "the original was touched");
}

#[test]
fn a_sheet_shows_every_model_and_says_why_one_is_missing() {
    let home = TestHome::new();
    let bad = home.path().join("bad.glb");
    std::fs::write(&bad, b"glTF but not really").unwrap();
    let out = home.out("sheet.png");
    let mut sheet = home.kiln(["sheet", "--size", "128", "--columns", "2"]);
    let output = Finished::of(sheet.arg(sample("building-small-c.glb")).arg(&bad).arg(&out)).ok();
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("bad.glb") && output.stderr.contains("1 of 2"), "{}", output.stderr);
    let sheet = image::open(&out).unwrap().to_rgb8();
    assert_eq!(sheet.width(), 2 * 128 + 3 * 5);
    // The building's own colours: nothing else on the page but the reason's heading has any.
    let is_colorful = |p: &image::Rgb<u8>| p.0.iter().max().unwrap() - p.0.iter().min().unwrap() > 60;
    let n_colorful = |from: u32| {
        let pixels = (from..from + 128).flat_map(|x| (5..133).map(move |y| (x, y)));
        pixels.filter(|(x, y)| is_colorful(sheet.get_pixel(*x, *y))).count()
    };
    assert!(n_colorful(5) > 500, "{}", n_colorful(5));
    assert_eq!(n_colorful(138), 0);
}

#[test]
fn a_survey_has_a_row_for_every_file() {
    let home = TestHome::new();
    let folder = home.path().join("models").join("below");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(sample("building-small-c.glb"), folder.join("a.glb")).unwrap();
    std::fs::write(folder.join("b.glb"), b"glTF but not really").unwrap();
    std::fs::write(folder.join("notes.txt"), b"not a model").unwrap();
    let output = Finished::of(home.kiln(["survey", "--json"]).arg(home.path().join("models"))).ok();
    let rows: Vec<Value> = output.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(rows.len(), 2, "{}", output.stdout);
    assert_eq!((&rows[0]["triangles"], &rows[0]["format"]), (&json!(834), &json!("glTF")));
    assert_eq!(rows[1]["outcome"], "error");
    assert!(!rows[1]["error"].as_str().unwrap().is_empty());
    let output = Finished::of(home.kiln(["survey", "--csv"]).arg(&folder)).ok();
    assert_eq!(output.stdout.lines().count(), 3);
    assert!(output.stderr.contains("2 files"), "{}", output.stderr);
}

#[test]
fn wrong_usage_exits_with_2_and_an_unknown_verb_is_named() {
    let output = Finished::of(kiln().arg("inspekt"));
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("inspekt"), "{}", output.stderr);
    assert_eq!(output.stdout, "");
}
