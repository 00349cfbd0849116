//! What is known to be wrong with the broken models of `tests/data/broken`, found to the last face;
//! and the shapes of what `kiln inspect` prints.

use serde_json::Value;
use tests::{Finished, TestHome, sample, violations};

fn broken(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/broken").join(name)
}

fn full(home: &TestHome, model: &std::path::Path, more: &[&str]) -> (Option<i32>, Value) {
    let output = Finished::of(home.kiln(["inspect", "--full", "--json"]).args(more).arg(model));
    let json = serde_json::from_str(&output.stdout);
    (output.code, json.unwrap_or_else(|_| panic!("{}: {}", output.stdout, output.stderr)))
}

/// Rules and counts of the findings that are more than notes, and of the notes that are named.
#[track_caller]
fn check(model: &str, expected: &[(&str, u64)]) {
    let (code, json) = full(&TestHome::new(), &broken(model), &[]);
    assert_eq!(code, Some(0));
    let findings = json["report"]["findings"].as_array().unwrap();
    let found: Vec<(&str, u64)> = findings
        .iter()
        .map(|f| (f["severity"] != "info", f["rule"].as_str().unwrap(), f["count"].as_u64().unwrap()))
        .filter(|(is_grave, rule, _)| *is_grave || expected.iter().any(|(name, _)| name == rule))
        .map(|(_, rule, count)| (rule, count))
        .collect();
    assert_eq!(found, expected, "{model}");
}

#[test]
fn flipped_faces_and_a_box_inside_out_but_not_the_mirrored_one() {
    check(
        "flipped_faces.glb",
        &[("winding-inconsistent", 1272), ("shell-inside-out", 12), ("nodes-mirrored", 1)],
    );
}

#[test]
fn a_poster_in_the_wall_one_before_it_and_a_box_twice() {
    let expected = [("object-duplicate", 1), ("z-fighting", 1), ("z-fighting-near", 1)];
    check("z_fighting_coplanar.glb", &expected);
}

#[test]
fn duplicate_flat_missing_and_stray() {
    let expected = [
        ("faces-duplicate", 1),
        ("faces-zero-area", 2),
        ("holes", 1),
        ("edges-non-manifold", 1),
        ("vertices-unreferenced", 1),
    ];
    check("nonmanifold_degenerate_duplicate.obj", &expected);
}

#[test]
fn vertices_nowhere_a_lost_picture_and_a_header_that_lies() {
    check("nan_positions.obj", &[("positions-non-finite", 2)]);
    check("missing_texture.obj", &[("images-missing", 1)]);
    check("stl_lying_count.stl", &[("scene-empty", 1)]);
}

#[test]
fn what_is_printed_keeps_to_the_schema() {
    let home = TestHome::new();
    let schema: Value = serde_json::from_str(include_str!("../../app/analysis/report.schema.json")).unwrap();
    for model in [
        sample("table_long_decorated_C.glb"),
        broken("flipped_faces.glb"),
        broken("z_fighting_coplanar.glb"),
        broken("stl_lying_count.stl"),
    ] {
        for more in [&[][..], &["--preset", "web"]] {
            let (_, json) = full(&home, &model, more);
            assert_eq!(violations(&json, &schema, &schema), Vec::<String>::new(), "{}", model.display());
        }
    }
    let mut wrong = full(&home, &broken("flipped_faces.glb"), &[]).1;
    wrong["report"]["findings"][0]["rule"] = "no-such-rule".into();
    wrong["report"]["counts"]["vertices"] = "many".into();
    assert_eq!(violations(&wrong, &schema, &schema).len(), 2);
}

#[test]
fn a_broken_limit_ends_with_three_and_a_kept_one_with_none() {
    let home = TestHome::new();
    let preset = home.path().join("tight.toml");
    let model = sample("table_long_decorated_C.glb");
    for (limit, code) in [(3498, 3), (3499, 0)] {
        std::fs::write(&preset, format!("name = \"tight\"\n[limits]\ntriangles = {limit}\n")).unwrap();
        let output = Finished::of(home.kiln(["inspect", "--full", "--preset"]).arg(&preset).arg(&model));
        assert_eq!(output.code, Some(code), "{}", output.stderr);
        assert!(output.stdout.contains("triangles") && output.stdout.contains("3,499"), "{}", output.stdout);
    }
    // An error is more than the preset for the web allows.
    let (code, json) = full(&home, &broken("flipped_faces.glb"), &["--preset", "web"]);
    assert_eq!(code, Some(3));
    assert_eq!(json["report"]["verdict"]["failed_rules"][0], "winding-inconsistent");
}

#[test]
fn the_page_stands_alone_and_shows_the_place() {
    let home = TestHome::new();
    let page = home.out("report.html");
    let output =
        Finished::of(home.kiln(["inspect", "--full", "--html"]).arg(&page).arg(broken("flipped_faces.glb")));
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("1,272 flipped faces") && !html.contains("<script") && !html.contains("src=\"http")
    );
    // Without a device there are no pictures, and the page says the rest.
    if html.contains("<img") {
        // The whole model, the sphere and the box.
        assert_eq!(html.matches("data:image/jpeg;base64,/9j/").count(), 3);
    }
}
