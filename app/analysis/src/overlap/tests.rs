use glam::{Mat4, Vec3};
use scene::{Material, Mesh, Scene};

use crate::Rule::{
    EdgesOpen, FacesBackToBack, ObjectDuplicate, OverlapBackToBack, OverlapSameLook, ZFighting, ZFightingNear,
};
use crate::test_scenes::{check, cube, join, material, mesh, place, quad, scene, sphere, with_materials};
use crate::{Report, Rule};

/// In different colours.
#[track_caller]
fn check_pair(one: Mesh, other: Mesh, expected: &[(Rule, usize)]) -> Report {
    let colors = vec![material("red"), material("blue")];
    check(&with_materials(scene(vec![one, other]), colors), expected)
}

fn double_sided(scene: Scene) -> Scene {
    let both = |name| Material { double_sided: true, ..material(name) };
    with_materials(scene, vec![both("front"), both("back")])
}

fn unit_quad(z: f32) -> Mesh {
    quad([0.0, 1.0], [0.0, 1.0], z)
}

#[test]
fn quads_shifted_by_half_overlap_once_in_the_middle() {
    let other = quad([0.5, 1.5], [0.0, 1.0], 0.0);
    let report = check_pair(unit_quad(0.0), other, &[(ZFighting, 1), (EdgesOpen, 8)]);
    let place = &report.findings[0].places[0];
    assert!(place.point.distance(glam::DVec3::new(0.75, 0.5, 0.0)) < 1e-6, "{}", place.point);
    assert_eq!((place.node, place.other.as_ref().map(|part| part.node)), (Some(0), Some(1)));
    assert!(place.label.contains("0.5 m²"), "{}", place.label);
}

#[test]
fn what_looks_alike_cannot_flicker() {
    let shifted = vec![unit_quad(0.0), quad([0.5, 1.5], [0.0, 1.0], 0.0)];
    check(&scene(shifted), &[(OverlapSameLook, 1), (EdgesOpen, 8)]);
}

#[test]
fn neighbours_touch_and_do_not_overlap() {
    let both_open = [(EdgesOpen, 8)];
    check_pair(unit_quad(0.0), quad([1.0, 2.0], [0.0, 1.0], 0.0), &both_open);
    // With a T-junction, in thirds that rounding moves, turned out of the axes.
    let third = 1.0 / 3.0;
    let meshes = vec![unit_quad(0.1), quad([1.0, 2.0], [third, third + 1.0], 0.1)];
    let mut turned = with_materials(scene(meshes), vec![material("red"), material("blue")]);
    for node in 0..2 {
        place(&mut turned, node, Mat4::from_rotation_x(0.7) * Mat4::from_rotation_z(0.4));
    }
    check(&turned, &both_open);
}

#[test]
fn distance_decides() {
    let poster = |z| quad([0.2, 0.8], [0.2, 0.8], z);
    let open = (EdgesOpen, 8);
    let report = check_pair(unit_quad(0.0), poster(8e-6), &[(ZFightingNear, 1), open]);
    assert!(
        report.findings[0].places[0].label.contains("8 µm apart"),
        "{}",
        report.findings[0].places[0].label
    );
    check_pair(unit_quad(0.0), poster(1e-3), &[open]);
}

#[test]
fn crossing_planes_do_not_fight() {
    let tilted = |angle: f32| {
        let colors = vec![material("red"), material("blue")];
        let mut scene = with_materials(scene(vec![unit_quad(0.0), unit_quad(0.0)]), colors);
        let middle = Mat4::from_translation(Vec3::new(0.5, 0.5, 0.0));
        place(&mut scene, 1, middle * Mat4::from_rotation_x(angle) * middle.inverse());
        scene
    };
    check(&tilted(0.01), &[(EdgesOpen, 8)]);
}

#[test]
fn cubes_that_stand_on_each_other_hide_where_they_touch() {
    check_pair(cube(Vec3::ZERO, 1.0), cube(Vec3::Y, 1.0), &[]);
    // Sides that run on in one plane touch along an edge only.
    let beside = check_pair(cube(Vec3::ZERO, 1.0), cube(Vec3::new(0.5, 1.0, 0.0), 1.0), &[]);
    assert_eq!(beside.findings.len(), 1, "missing normals only");
    // Sunk into each other, their sides do lie in one plane.
    check_pair(cube(Vec3::ZERO, 1.0), cube(Vec3::new(0.0, 0.5, 0.0), 1.0), &[(ZFighting, 4)]);
}

#[test]
fn cards_back_to_back_are_information_if_both_sides_show() {
    let back = || {
        let mut mesh = quad([0.0, 1.0], [0.0, 1.0], 0.0);
        mesh.primitives[0].faces.corner_vertices = vec![1, 0, 3, 1, 3, 2];
        mesh
    };
    check_pair(unit_quad(0.0), back(), &[(EdgesOpen, 8)]);
    check(&double_sided(scene(vec![unit_quad(0.0), back()])), &[(OverlapBackToBack, 1), (EdgesOpen, 8)]);
    // Glued in one mesh, on the same vertices.
    let mut card = unit_quad(0.0);
    card.primitives[0].faces.corner_vertices = vec![0, 1, 2, 0, 2, 3, 2, 1, 0, 3, 2, 0];
    let mut glued = double_sided(scene(vec![card]));
    glued.materials.truncate(1);
    check(&glued, &[(EdgesOpen, 4), (FacesBackToBack, 2)]);
    // Of one plain material nobody can tell which side is in front.
    let mut alike = double_sided(scene(vec![unit_quad(0.0), back()]));
    alike.meshes[1].primitives[0].material_runs[0].material = Some(0);
    alike.materials.truncate(1);
    check(&alike, &[(EdgesOpen, 8)]);
}

#[test]
fn a_mirroring_node_turns_the_facing() {
    let colors = vec![material("red"), material("blue")];
    let mut scene = with_materials(scene(vec![unit_quad(0.0), quad([-1.0, 0.0], [0.0, 1.0], 0.0)]), colors);
    place(&mut scene, 1, Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0)));
    // Mirrored in x the quad still looks along +Z, because renderers turn its winding.
    check(&scene, &[(ObjectDuplicate, 1), (EdgesOpen, 8)]);
    place(&mut scene, 1, Mat4::from_rotation_y(std::f32::consts::PI));
    check(&scene, &[(EdgesOpen, 8)]);
}

#[test]
fn of_three_objects_in_one_place_two_are_too_many() {
    let copies = || (0..3).map(|_| sphere(2)).collect();
    check(&scene(copies()), &[(ObjectDuplicate, 2)]);
    // Instances of one mesh count as well.
    let mut instances = scene(vec![sphere(2)]);
    let twin = instances.nodes[0].clone();
    instances.nodes.push(twin);
    instances.roots.push(1);
    check(&instances, &[(ObjectDuplicate, 1)]);
    place(&mut instances, 1, Mat4::from_translation(5.0 * Vec3::X));
    check(&instances, &[]);
}

#[test]
fn a_quad_cut_both_ways_overlaps_within_its_mesh() {
    let mut crossed = unit_quad(0.0);
    crossed.primitives[0].faces.corner_vertices.extend([0, 1, 3, 1, 2, 3]);
    let report = check(
        &with_materials(scene(vec![crossed]), vec![material("plain")]),
        &[(OverlapSameLook, 1), (EdgesOpen, 8)],
    );
    assert!(report.findings[0].places[0].label.contains("with itself"));
}

#[test]
fn fine_against_coarse_is_one_overlap() {
    let n = 40;
    let step = 1.0 / n as f32;
    let points = (0..=n * (n + 2)).map(|i| Vec3::new((i % (n + 1)) as f32, (i / (n + 1)) as f32, 0.0) * step);
    let cell = |i: u32| {
        let [a, b] = [i / n * (n + 1) + i % n, (i / n + 1) * (n + 1) + i % n];
        [[a, a + 1, b + 1], [a, b + 1, b]]
    };
    let fine = mesh("fine", points.collect(), &(0..n * n).flat_map(cell).collect::<Vec<_>>());
    let report = check_pair(fine, quad([0.25, 2.0], [0.25, 2.0], 0.0), &[(ZFighting, 1), (EdgesOpen, 164)]);
    let place = &report.findings[0].places[0];
    assert!(place.label.contains("0.6 m²"), "{}", place.label);
    assert!(place.faces.len() > crate::MAX_LISTED_FACES && place.other.as_ref().unwrap().faces == [0, 1]);
    let listed = serde_json::to_value(place).unwrap()["faces"].as_array().unwrap().len();
    assert_eq!(listed, crate::MAX_LISTED_FACES);
}

#[test]
fn everything_on_everything_ends() {
    let one = unit_quad(0.0);
    let heap = (1..1000).fold(one.clone(), |heap, i| {
        let mut next = one.clone();
        // Not bit-equal, or welding would make them duplicates.
        next.primitives[0].vertex_positions.iter_mut().for_each(|p| *p *= 1.0 - 1e-6 * i as f32);
        join(heap, next)
    });
    let heap = with_materials(scene(vec![heap]), vec![material("plain")]);
    check(&heap, &[(Rule::OverlapIncomplete, 1), (OverlapSameLook, 1), (EdgesOpen, 4_000)]);
}
