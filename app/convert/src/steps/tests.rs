use analysis::Rule;
use glam::{Vec2, Vec3};
use scene::{Aabb, Layer, Node, Scene};

use super::*;
use crate::Step;
use crate::test_scenes::{colored, cube, flip, join, mesh, n_found, place, quad, report, run, scene, sphere};

fn changes(scene: &mut Scene, step: Step) -> Vec<(&'static str, u64)> {
    run(scene, step).changes.into_iter().collect()
}

#[test]
fn flipped_faces_of_a_closed_part_are_turned_and_no_others() {
    let right = sphere(8);
    let mut wrong = right.clone();
    flip(&mut wrong, &[0, 7, 8, 9, 40, 100]);
    let mut model = scene(vec![wrong]);
    assert_eq!(changes(&mut model, Step::Orient(Orient::default())), [("faces turned", 6)]);
    let turned = |mesh: &scene::Mesh| -> Vec<Vec3> {
        let p = &mesh.primitives[0];
        let normal = |face: &[u32]| {
            let [a, b, c] = [0, 1, 2].map(|i| p.vertex_positions[face[i] as usize]);
            (b - a).cross(c - a)
        };
        p.faces.iter().map(normal).collect()
    };
    assert_eq!(turned(&model.meshes[0]).len(), turned(&right).len());
    for (now, before) in turned(&model.meshes[0]).iter().zip(turned(&right)) {
        assert!(now.distance(before) < 1e-6);
    }
}

#[test]
fn what_has_no_right_side_shows_both() {
    // A card alone in the world, whose halves disagree.
    let card = || {
        let mut card = quad("card", [0.0, 1.0], [0.0, 1.0], 0.0);
        flip(&mut card, &[1]);
        colored(scene(vec![card]))
    };
    let mut model = card();
    let receipt = run(&mut model, Step::Orient(Orient::default()));
    assert_eq!(
        receipt.changes.into_iter().collect::<Vec<_>>(),
        [("faces that show both sides now", 2), ("faces turned", 1)]
    );
    assert_eq!(receipt.notes, ["1 part has no side that is clearly the outer one"]);
    assert!(!model.materials[0].double_sided && model.materials[1].double_sided);
    assert_eq!(model.materials[1].name, "color 0 (both sides)");
    let leave = Orient { undecidable: Undecidable::LeaveAlone };
    let receipt = run(&mut card(), Step::Orient(leave));
    assert_eq!(receipt.changes.into_iter().collect::<Vec<_>>(), [("faces turned", 1)]);
}

#[test]
fn second_faces_go_and_the_sides_of_cards_stay() {
    let mut doubled = cube(1.0);
    let corners = &mut doubled.primitives[0].faces.corner_vertices;
    let first: Vec<u32> = corners[..6].to_vec();
    corners.extend(first);
    let mut model = scene(vec![doubled]);
    assert_eq!(changes(&mut model, Step::RemoveDuplicates(RemoveDuplicates {})), [("faces removed", 2)]);
    assert_eq!(model.meshes[0].primitives[0].faces.n_faces(), 12);

    let mut card = quad("card", [0.0, 1.0], [0.0, 1.0], 0.0);
    card.primitives[0].faces.corner_vertices.extend([0, 2, 1, 0, 3, 2]);
    assert!(run(&mut scene(vec![card]), Step::RemoveDuplicates(RemoveDuplicates {})).changes.is_empty());
}

#[test]
fn faces_that_a_skin_takes_apart_are_no_duplicates() {
    let mut both = join(&[quad("a", [0.0, 1.0], [0.0, 1.0], 0.0), quad("b", [0.0, 1.0], [0.0, 1.0], 0.0)]);
    let primitive = &mut both.primitives[0];
    primitive.joints = vec![(0..8).map(|v| [u16::from(v >= 4), 0, 0, 0]).collect()];
    primitive.weights = vec![vec![[1.0, 0.0, 0.0, 0.0]; 8]];
    let receipt = run(&mut scene(vec![both]), Step::RemoveDuplicates(RemoveDuplicates {}));
    assert!(receipt.changes.is_empty() && receipt.notes.len() == 1, "{receipt:?}");
}

/// A cube whose edge from corner 0 to 1 has a point in its middle on one side only: the line triangle
/// that closes the surface goes, and the surface stays closed.
#[test]
fn a_line_that_closes_a_surface_leaves_no_seam() {
    let mut model = cube(2.0);
    let p = &mut model.primitives[0];
    let corners = &mut p.faces.corner_vertices;
    let middle = p.vertex_positions.len() as u32;
    p.vertex_positions.push(p.vertex_positions[0].midpoint(p.vertex_positions[1]));
    let face = (0..12).find(|f| corners[3 * f..3 * f + 2] == [0, 1]).unwrap();
    let apex = corners[3 * face + 2];
    corners.splice(3 * face..3 * face + 3, [0, middle, apex, middle, 1, apex, 0, 1, middle]);
    let mut model = scene(vec![model]);
    assert_eq!((n_found(&model, Rule::FacesZeroArea), n_found(&model, Rule::EdgesOpen)), (1, 0));
    let receipt = run(&mut model, Step::RemoveDegenerate(RemoveDegenerate {}));
    assert_eq!(receipt.changes["faces removed"], 1);
    assert!(report(&model).worst() < Some(analysis::Severity::Warning), "{:?}", report(&model).findings);
}

/// A quad with two corners in one place: however it is cut, one triangle has no area.
#[test]
fn a_polygon_that_cannot_be_cut_well_is_mended_once() {
    let points = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [2.0, 2.0]].map(|[x, y]| Vec3::new(x, y, 0.0));
    let mut quad = mesh("quad", points.to_vec(), &[]);
    let faces = &mut quad.primitives[0].faces;
    (faces.corner_vertices, faces.sizes) = ((0..4).collect(), scene::FaceSizes::Uniform(4));
    let mut model = scene(vec![quad]);
    let receipt = run(&mut model, Step::RemoveDegenerate(RemoveDegenerate {}));
    assert_eq!((receipt.changes["polygons cut"], receipt.changes["faces removed"]), (1, 1));
    let p = &model.meshes[0].primitives[0];
    let area: f32 = p
        .triangle_corners()
        .iter()
        .map(|t| {
            let [a, b, c] = t.map(|i| p.vertex_positions[p.faces.corner_vertices[i as usize] as usize]);
            assert!(!scene::has_no_area(3, |i| [a, b, c][i].as_dvec3()));
            0.5 * (b - a).cross(c - a).z
        })
        .sum();
    assert!((area - 2.0).abs() < 1e-6, "{area}");
    assert!(run(&mut model, Step::RemoveDegenerate(RemoveDegenerate {})).changes.is_empty());
}

#[test]
fn crumbs_go_and_the_model_stays() {
    let crumb = |x: f32| {
        let mut crumb = cube(1e-4);
        crumb.primitives[0].vertex_positions.iter_mut().for_each(|p| p.x += x);
        crumb
    };
    let mut model = scene(vec![join(&[crumb(1.0), cube(1.0), crumb(2.0)]), cube(1e-4)]);
    let done = changes(&mut model, Step::RemoveLoose(RemoveLoose::default()));
    assert_eq!(done, [("faces removed", 24), ("parts removed", 2)]);
    // An object of its own is no crumb.
    assert_eq!(model.meshes[1].primitives[0].faces.n_faces(), 12);
}

fn front_of(scene: &Scene, node: usize) -> f64 {
    let transforms = scene.world_transforms();
    let mut bounds = Aabb::EMPTY;
    for instance in scene.mesh_instances(&transforms).iter().filter(|instance| instance.node == node) {
        for primitive in &scene.meshes[instance.mesh].primitives {
            scene.world_positions(instance, primitive, &transforms).into_iter().for_each(|p| bounds.add(p));
        }
    }
    bounds.max.z
}

fn separate() -> Step {
    Step::SeparateOverlaps(SeparateOverlaps { distance: Some(0.01) })
}

#[test]
fn a_poster_is_lifted_off_its_wall_as_a_whole() {
    let wall = quad("wall", [0.0, 4.0], [0.0, 3.0], 0.0);
    let mut model = colored(scene(vec![wall, quad("poster", [1.0, 2.0], [1.0, 2.0], 0.0)]));
    assert_eq!(n_found(&model, Rule::ZFighting), 1);
    assert_eq!(changes(&mut model, separate()), [("faces lifted off others", 2)]);
    assert!((front_of(&model, 1) - 0.01).abs() < 1e-6 && front_of(&model, 0) == 0.0);
    assert_eq!(n_found(&model, Rule::ZFighting), 0);
    assert_eq!(
        model.meshes[1].primitives[0].vertex_positions[0].z, 0.0,
        "the mesh was changed, not the node"
    );
}

#[test]
fn a_pile_of_sheets_comes_apart_in_order() {
    let sheet = |i: usize| quad(&format!("sheet {i}"), [0.0, 4.0 - i as f32], [0.0, 4.0 - i as f32], 0.0);
    let mut model = colored(scene((0..4).map(sheet).collect()));
    run(&mut model, separate());
    let heights = [0, 1, 2, 3].map(|node| front_of(&model, node));
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > 0.009), "{heights:?}");
}

#[test]
fn what_is_there_twice_goes() {
    let mut model = scene(vec![cube(1.0), cube(1.0)]);
    assert_eq!(changes(&mut model, separate()), [("duplicate objects removed", 1)]);
    assert_eq!((model.nodes[0].mesh, model.nodes[1].mesh), (Some(0), None));
}

#[test]
fn only_the_place_that_overlaps_gets_a_mesh_of_its_own() {
    let wall = quad("wall", [0.0, 4.0], [0.0, 3.0], 0.0);
    // A poster with a frame that stands away from the wall: one mesh, hung twice.
    let poster = join(&[quad("", [1.0, 2.0], [1.0, 2.0], 0.0), quad("", [1.0, 2.0], [1.0, 2.0], 0.5)]);
    let mut model = colored(scene(vec![wall, poster]));
    model.nodes.push(Node { name: "second".into(), mesh: Some(1), ..Default::default() });
    model.roots.push(2);
    place(&mut model, 2, Vec3::new(0.0, 0.0, 7.0));
    let done = changes(&mut model, separate());
    assert_eq!(done, [("faces lifted off others", 2), ("meshes made single", 1)]);
    assert_eq!((model.nodes[1].mesh, model.nodes[2].mesh), (Some(2), Some(1)));
    assert_eq!(model.meshes[1].primitives[0].vertex_positions[0].z, 0.0);
    assert!((model.meshes[2].primitives[0].vertex_positions[0].z - 0.01).abs() < 1e-6);
}

#[test]
fn what_a_clip_moves_is_left_alone_and_said_so() {
    let wall = quad("wall", [0.0, 4.0], [0.0, 3.0], 0.0);
    let mut model = colored(scene(vec![wall, quad("door", [1.0, 2.0], [1.0, 2.0], 0.0)]));
    model.animations.push(scene::Animation {
        channels: vec![scene::AnimationChannel {
            node: 1,
            target: scene::AnimationTarget::Translation,
            interpolation: scene::Interpolation::Linear,
            key_times_secs: vec![0.0, 1.0],
            values: vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        }],
        ..Default::default()
    });
    let receipt = run(&mut model, separate());
    assert!(receipt.changes.is_empty());
    assert_eq!(receipt.notes, ["left alone because a clip or skin moves them: door"]);
}

#[test]
fn a_cube_gets_hard_normals_and_a_sphere_soft_ones() {
    let all = |which| Step::Normals(Normals { which, ..Normals::default() });
    let mut model = scene(vec![cube(1.0), sphere(16)]);
    assert!(
        run(&mut model, all(WhichNormals::Broken)).changes.is_empty(),
        "meshes without normals are drawn flat"
    );
    run(&mut model, all(WhichNormals::Missing));
    let Some(Layer::PerCorner(normals)) = &model.meshes[0].primitives[0].normals else {
        panic!("a cube's corners have three normals each")
    };
    assert!(normals.iter().all(|n| n.abs().max_element() == 1.0 && n.abs().element_sum() == 1.0));
    let sphere = &model.meshes[1].primitives[0];
    let Some(Layer::PerVertex(normals)) = &sphere.normals else { panic!("a sphere has one normal a vertex") };
    for (normal, position) in normals.iter().zip(&sphere.vertex_positions) {
        assert!(normal.angle_between(*position) < 1_f32.to_radians());
    }
}

#[test]
fn broken_normals_are_mended_and_authored_ones_kept() {
    let mut model = scene(vec![quad("q", [0.0, 1.0], [0.0, 1.0], 0.0)]);
    let authored = Vec3::new(0.6, 0.0, 0.8);
    let normals = vec![authored, Vec3::splat(f32::NAN), Vec3::ZERO, authored];
    model.meshes[0].primitives[0].normals = Some(Layer::PerVertex(normals));
    assert_eq!(changes(&mut model, Step::Normals(Normals::default())), [("normals set", 3)]);
    let expected = vec![authored, Vec3::Z, Vec3::Z, authored];
    assert_eq!(model.meshes[0].primitives[0].normals, Some(Layer::PerVertex(expected)));
}

#[test]
fn only_equal_vertices_are_welded() {
    let mut two = join(&[quad("a", [0.0, 1.0], [0.0, 1.0], 0.0), quad("b", [1.0, 2.0], [0.0, 1.0], 0.0)]);
    let seam = (0..8).map(|v| Vec2::splat(if v == 1 { 1.0 } else { 0.0 })).collect();
    two.primitives[0].uvs = vec![Layer::PerVertex(seam)];
    let mut model = scene(vec![two]);
    // (1, 0) has another UV on either side of the seam; (1, 1) has not.
    assert_eq!(changes(&mut model, Step::Weld(Weld::default())), [("vertices merged", 1)]);
    assert_eq!(model.meshes[0].primitives[0].vertex_positions.len(), 7);
}

#[test]
fn cracks_close_within_the_distance() {
    let cracked = join(&[quad("a", [0.0, 1.0], [0.0, 1.0], 0.0), quad("b", [1.0005, 2.0], [0.0, 1.0], 0.0)]);
    let mut model = scene(vec![cracked]);
    model.nodes[0].transform = scene::Transform::Matrix(glam::Mat4::from_scale(Vec3::splat(10.0)));
    assert!(run(&mut model, Step::Weld(Weld { distance: 0.004 })).changes.is_empty());
    let done = changes(&mut model, Step::Weld(Weld { distance: 0.006 }));
    assert_eq!(done, [("vertices merged", 2), ("vertices moved together", 2)]);
}

#[test]
fn a_model_comes_to_size_and_stands_on_the_ground() {
    let mut model = scene(vec![cube(2.0), cube(1.0)]);
    place(&mut model, 1, Vec3::new(5.0, 3.0, 0.0));
    run(&mut model, Step::Units(Units { longest_side: Some(3.0), ..Units::default() }));
    run(&mut model, Step::Center(Center::default()));
    let bounds = model.bounds();
    assert!((bounds.size().max_element() - 3.0).abs() < 1e-5 && bounds.min.y.abs() < 1e-6);
    assert!((bounds.center().x.abs() + bounds.center().z.abs()) < 1e-6);
}

#[test]
fn a_moved_root_of_a_clip_gets_a_parent() {
    let mut model = scene(vec![cube(2.0)]);
    model.animations.push(scene::Animation {
        channels: vec![scene::AnimationChannel {
            node: 0,
            target: scene::AnimationTarget::Scale,
            interpolation: scene::Interpolation::Step,
            key_times_secs: vec![0.0],
            values: vec![1.0, 1.0, 1.0],
        }],
        ..Default::default()
    });
    run(&mut model, Step::Center(Center::default()));
    assert_eq!((model.roots.clone(), model.nodes[1].children.clone()), (vec![1], vec![0]));
    assert!(model.bounds().min.y.abs() < 1e-6);
}

#[test]
fn an_upright_axis_is_put_right() {
    let mut tall = cube(1.0);
    tall.primitives[0].vertex_positions.iter_mut().for_each(|p| p.z *= 4.0);
    let mut model = scene(vec![tall]);
    let step = Step::Units(Units { up: Some(Axis::Z), scale: Some(0.5), ..Units::default() });
    step.apply(&mut model, &work::WorkCtx::quiet()).unwrap();
    let size = model.bounds().size();
    assert!((size - glam::DVec3::new(0.5, 2.0, 0.5)).abs().max_element() < 1e-6, "{size}");
}

#[test]
fn polygons_become_triangles_of_their_material() {
    let mut model = colored(scene(vec![quad("q", [0.0, 1.0], [0.0, 1.0], 0.0)]));
    let primitive = &mut model.meshes[0].primitives[0];
    primitive.faces = scene::Faces { corner_vertices: vec![0, 1, 2, 3], sizes: scene::FaceSizes::Uniform(4) };
    primitive.material_runs[0].n_faces = 1;
    assert_eq!(changes(&mut model, Step::Triangulate(Triangulate {})), [("polygons cut", 1)]);
    assert_eq!(model.meshes[0].primitives[0].material_runs[0].n_faces, 2);
}

#[test]
fn nothing_at_all_is_no_trouble() {
    for plan in crate::Plan::shipped() {
        for mut model in [Scene::default(), scene(vec![mesh("empty", Vec::new(), &[])])] {
            crate::apply(&plan, &mut model, &work::WorkCtx::quiet()).unwrap();
        }
    }
}
