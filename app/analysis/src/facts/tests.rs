use glam::{Mat4, Vec3};
use scene::{Mesh, Scene};
use work::WorkCtx;

use super::{Coverage, Evidence, FaceId, Orientation, PatchShape, Turn, orientation, overlaps, surfaces};
use crate::test_scenes::{cube, flip, join, mesh, place, quad, remove_faces, scene, sphere};
use crate::{AnalyzeOptions, Rule};

fn orient(scene: &Scene) -> Vec<Orientation> {
    assert_eq!(scene.validate(), Ok(()));
    orientation(scene, &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap()
}

fn flips(orientation: &Orientation) -> Vec<usize> {
    let turns = orientation.turns[0].iter().enumerate();
    turns.filter(|(_, turn)| **turn == Turn::Flip).map(|(face, _)| face).collect()
}

/// `share` of all faces, the same ones at each call.
fn some_faces(n: usize, share: f64) -> Vec<usize> {
    let mut state = 11u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    (0..n).filter(|_| next() < share).collect()
}

fn n_faces(mesh: &Mesh) -> usize {
    mesh.primitives[0].faces.n_faces()
}

fn inside_out(mut mesh: Mesh) -> Mesh {
    let all: Vec<usize> = (0..n_faces(&mesh)).collect();
    flip(&mut mesh, &all);
    mesh
}

fn dome() -> Mesh {
    let mut dome = sphere(3);
    remove_faces(&mut dome, 256, 256);
    dome
}

#[test]
fn scrambled_faces_of_closed_and_open_parts_come_back() {
    for sound in [sphere(4), dome(), cube(Vec3::ZERO, 1.0)] {
        for share in [0.1, 0.25, 0.5] {
            let mut scrambled = sound.clone();
            let turned = some_faces(n_faces(&sound), share);
            flip(&mut scrambled, &turned);
            let found = orient(&scene(vec![scrambled]));
            assert_eq!(flips(&found[0]), turned, "{share} of {}", n_faces(&sound));
        }
    }
}

#[test]
fn whole_parts_come_back_where_one_side_is_hidden() {
    for (sound, evidence) in [(sphere(3), Evidence::Volume), (dome(), Evidence::Visibility)] {
        assert!(flips(&orient(&scene(vec![sound.clone()]))[0]).is_empty());
        let n = n_faces(&sound);
        let found = orient(&scene(vec![inside_out(sound)]));
        assert_eq!(flips(&found[0]).len(), n);
        assert_eq!(found[0].patches[0].evidence, evidence);
        assert!(found[0].patches[0].confidence > 0.3, "{:?}", found[0].patches[0]);
    }
}

#[test]
fn a_mirroring_node_changes_nothing() {
    let mut scene = scene(vec![dome()]);
    place(&mut scene, 0, Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0)));
    assert!(flips(&orient(&scene)[0]).is_empty());
}

#[test]
fn a_furnished_room_looks_inwards_and_its_furniture_outwards() {
    let chairs = [-1.2f32, 0.0, 1.2].map(|x| cube(Vec3::new(x, -1.0, 0.3), 0.9));
    let room = |walls: Mesh| scene([walls].into_iter().chain(chairs.clone()).collect());
    let walls = inside_out(cube(Vec3::ZERO, 4.0));
    assert!(orient(&room(walls.clone())).iter().all(|of| flips(of).is_empty()));
    let mut scrambled = walls;
    flip(&mut scrambled, &[3]);
    let mut scene = room(scrambled);
    flip(&mut scene.meshes[2], &(0..12).collect::<Vec<_>>());
    let found = orient(&scene);
    assert_eq!((flips(&found[0]), flips(&found[2]).len()), (vec![3], 12));
}

/// Its eyes make it look like a furnished room.
#[test]
fn a_scrambled_head_looks_outwards() {
    let mut head = sphere(4);
    remove_faces(&mut head, 1024, 100);
    let eye = |x: f32| {
        let mut eye = sphere(2);
        eye.primitives[0].vertex_positions.iter_mut().for_each(|p| *p = 0.25 * *p + Vec3::new(x, 0.2, 0.75));
        eye
    };
    let turned = some_faces(n_faces(&head), 0.5);
    flip(&mut head, &turned);
    let eyes = [-0.3f32, 0.3].map(|x| {
        let mut eye = eye(x);
        remove_faces(&mut eye, 0, 3);
        let turned = some_faces(n_faces(&eye), 0.5);
        flip(&mut eye, &turned);
        eye
    });
    let found = orient(&scene([head].into_iter().chain(eyes).collect()));
    assert_eq!(flips(&found[0]), turned);
}

#[test]
fn a_card_is_left_to_its_author_and_a_strip_of_one_side_to_nobody() {
    let found = orient(&scene(vec![quad([0.0, 1.0], [0.0, 1.0], 0.0)]));
    let patch = &found[0].patches[0];
    assert_eq!((patch.shape, patch.evidence, patch.n_flips), (PatchShape::Open, Evidence::Authored, 0));
    let mut torn = quad([0.0, 1.0], [0.0, 1.0], 0.0);
    flip(&mut torn, &[1]);
    let found = orient(&scene(vec![torn]));
    assert_eq!(found[0].patches[0].evidence, Evidence::Nothing);
    // Made to agree with itself all the same.
    let mut turns = found[0].turns[0].clone();
    turns.sort_by_key(|turn| *turn == Turn::Flip);
    assert_eq!(turns, [Turn::Undecidable, Turn::Flip]);
}

#[test]
fn what_a_clean_mesh_would_not_have_is_listed_in_full() {
    let points = vec![
        Vec3::ZERO,
        Vec3::X,
        Vec3::Y,
        Vec3::new(1.0, 1.0, 0.0),
        0.5 * Vec3::X,
        9.0 * Vec3::ONE,
        Vec3::NAN,
    ];
    let faces = [[0, 1, 2], [1, 3, 2], [2, 0, 1], [2, 1, 0], [0, 4, 1], [0, 0, 1], [1, 3, 6]];
    let facts = surfaces(&scene(vec![mesh("m", points, &faces)]), &WorkCtx::quiet()).unwrap();
    let facts = &facts[0];
    let numbers = |faces: &[FaceId]| faces.iter().map(|face| face.face).collect::<Vec<_>>();
    let pairs: Vec<_> = facts.duplicates.iter().map(|twice| (twice.face.face, twice.of.face)).collect();
    assert_eq!(pairs, [(2, 0)]);
    let twins: Vec<_> = facts.back_twins.iter().map(|twin| (twin.face.face, twin.of.face)).collect();
    assert_eq!(twins, [(3, 0)]);
    assert_eq!(numbers(&facts.zero_area), [4]);
    assert_eq!(numbers(&facts.collapsed), [5]);
    assert_eq!(numbers(&facts.non_finite), [6]);
    assert_eq!(facts.unreferenced, [vec![5]]);
    assert_eq!(facts.n_parts, 1);
    let two = join(cube(Vec3::ZERO, 1.0), cube(3.0 * Vec3::X, 1.0));
    let facts = surfaces(&scene(vec![two]), &WorkCtx::quiet()).unwrap();
    assert_eq!(facts[0].n_parts, 2);
    assert_eq!((facts[0].part_of_face[0][0], facts[0].part_of_face[0][12]), (0, 1));
}

#[test]
fn overlaps_say_who_covers_whom() {
    let check = |one: Mesh, other: Mesh, rule: Rule, coverage: Coverage, area: f64| {
        let found =
            overlaps(&scene(vec![one, other]), &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap();
        assert!(found.is_complete && found.list.len() == 1, "{:?}", found.list);
        let overlap = &found.list[0];
        assert_eq!((overlap.rule, overlap.coverage), (rule, coverage));
        assert!((overlap.area - area).abs() < 1e-6, "{}", overlap.area);
        assert!((overlap.normal - glam::DVec3::Z).length() < 1e-6, "{}", overlap.normal);
        assert_eq!((overlap.one.node, overlap.other.node), (0, 1));
        assert!((1..=2).contains(&overlap.one.faces.len()));
    };
    let wall = || quad([0.0, 4.0], [0.0, 4.0], 0.0);
    let poster = |x: f32| quad([x, x + 2.0], [1.0, 2.0], 0.0);
    check(wall(), wall(), Rule::ObjectDuplicate, Coverage::Both, 16.0);
    check(wall(), poster(1.0), Rule::OverlapSameLook, Coverage::Other, 2.0);
    check(poster(1.0), wall(), Rule::OverlapSameLook, Coverage::One, 2.0);
    check(wall(), poster(3.0), Rule::OverlapSameLook, Coverage::Partial, 1.0);
}
