use std::time::Duration;

use super::framing::MARGIN;
use super::*;
use crate::viewport::Projector;

const LONG: Duration = Duration::from_secs(1);

fn chair() -> Aabb {
    Aabb { min: DVec3::new(10.0, 0.0, -1.0), max: DVec3::new(11.0, 2.0, 0.0) }
}

fn camera() -> OrbitCamera {
    let mut camera = OrbitCamera::default();
    camera.resize(Vec2::new(800.0, 600.0));
    camera.set_model(chair(), Arc::new(chair().corners()));
    camera
}

fn distance(pose: Pose) -> f64 {
    pose.eye.distance(pose.target)
}

fn projected(camera: &OrbitCamera) -> [[f32; 2]; 8] {
    let projector = Projector::new(&camera.pose(), [800.0, 600.0]);
    chair().corners().map(|corner| projector.project(corner).unwrap())
}

#[test]
fn a_chosen_view_stays_and_any_other_follows_the_model() {
    let mut camera = camera();
    let raised = Aabb { min: chair().min + 5.0 * DVec3::Y, max: chair().max + 5.0 * DVec3::Y };
    camera.keep_place(raised, Arc::new([]));
    assert!((camera.pose().target.y - raised.center().y).abs() < 0.2);
    camera.orbit(Vec2::new(30.0, 0.0));
    let chosen = camera.pose();
    camera.keep_place(chair(), Arc::new([]));
    assert_eq!(camera.pose(), chosen);
}

#[test]
fn a_new_model_fills_the_picture_with_equal_margins_from_any_side() {
    let mut camera = camera();
    let now = Instant::now();
    for view in [StandardView::Home, StandardView::Front, StandardView::Top, StandardView::Left] {
        camera.look_from(view, now);
        camera.step(now + LONG);
        let seen = projected(&camera);
        let margins = |axis: usize, size: f32| {
            let low = seen.iter().map(|p| p[axis]).fold(f32::INFINITY, f32::min);
            let high = seen.iter().map(|p| p[axis]).fold(f32::NEG_INFINITY, f32::max);
            [2.0 * low / size, 2.0 * (size - high) / size]
        };
        let sides = [margins(0, 800.0), margins(1, 600.0)];
        let tight = if sides[0][0] < sides[1][0] { sides[0] } else { sides[1] };
        for margin in tight {
            assert!((f64::from(margin) - MARGIN).abs() < 2e-3, "{view:?}: {sides:?}");
        }
    }
}

#[test]
fn the_view_from_above_is_straight_down_and_turns_on() {
    let mut camera = camera();
    let now = Instant::now();
    camera.look_from(StandardView::Top, now);
    camera.step(now + LONG);
    let [right, up, back] = camera.pose().axes();
    assert!(back.distance(DVec3::Y) < 1e-9 && right.distance(DVec3::X) < 1e-9, "{right} {up} {back}");
    assert!(up.distance(DVec3::NEG_Z) < 1e-9);
    assert_eq!(camera.optics().projection, Projection::Orthographic);
    camera.orbit(Vec2::new(100.0, 0.0));
    assert_eq!(camera.optics().projection, Projection::Perspective, "turning leaves the drawing");
    let [right, _, back] = camera.pose().axes();
    assert!(back.distance(DVec3::Y) < 1e-9 && right.distance(DVec3::X) > 0.3, "spins on the pole");
    camera.orbit(Vec2::new(0.0, -100.0));
    assert!(camera.pose().axes()[2].y < 0.9);
}

#[test]
fn projections_swap_without_the_target_changing_its_size() {
    let mut camera = camera();
    camera.orbit(Vec2::new(40.0, 20.0));
    let per_metre = |camera: &OrbitCamera| {
        let pose = camera.pose();
        Projector::new(&pose, [800.0, 600.0]).points_per_metre(pose.target)
    };
    let before = per_metre(&camera);
    camera.toggle_projection();
    assert_eq!(camera.optics().projection, Projection::Orthographic);
    assert!((per_metre(&camera) - before).abs() < 1e-6 * before);
    for focal_length_mm in [18.0, 135.0] {
        for projection in [Projection::Perspective, Projection::Orthographic] {
            camera.set_optics(Optics { focal_length_mm, projection });
            assert!((per_metre(&camera) - before).abs() < 1e-6 * before, "{focal_length_mm}");
        }
    }
}

#[test]
fn orbit_keeps_target_and_distance() {
    let mut camera = camera();
    let before = camera.pose();
    camera.orbit(Vec2::new(120.0, -40.0));
    let after = camera.pose();
    assert!(after.eye.distance(before.eye) > 0.5);
    assert!(after.target.distance(before.target) < 1e-9);
    assert!((distance(after) - distance(before)).abs() < 1e-9);
}

#[test]
fn zoom_keeps_what_is_under_the_pointer_in_both_projections() {
    for projection in [Projection::Perspective, Projection::Orthographic] {
        let mut camera = camera();
        camera.set_optics(Optics { projection, ..Optics::default() });
        let before = camera.pose();
        let [right, up, _] = before.axes();
        let point = before.target + 0.3 * right + 0.2 * up;
        let at = Projector::new(&before, [800.0, 600.0]).project(point).unwrap();
        camera.zoom(80.0, Vec2::from_array(at));
        let after = camera.pose();
        assert!(distance(after) < 0.95 * distance(before));
        let now = Projector::new(&after, [800.0, 600.0]).project(point).unwrap();
        assert!(
            (now[0] - at[0]).abs() < 0.5 && (now[1] - at[1]).abs() < 0.5,
            "{projection:?} {now:?} {at:?}"
        );
    }
}

#[test]
fn zoom_stops_before_the_target() {
    let mut camera = camera();
    for _ in 0..200 {
        camera.zoom(400.0, Vec2::new(10.0, 10.0));
    }
    assert!(distance(camera.pose()) > 0.0 && camera.pose().eye.is_finite());
}

#[test]
fn pan_keeps_what_is_under_the_pointer() {
    let mut camera = camera();
    let target = camera.pose().target;
    camera.pan(Vec2::new(30.0, 10.0));
    let at = Projector::new(&camera.pose(), [800.0, 600.0]).project(target).unwrap();
    assert!((at[0] - 430.0).abs() < 0.01 && (at[1] - 310.0).abs() < 0.01, "{at:?}");
}

#[test]
fn flights_arrive_and_keys_pressed_in_flight_count() {
    let mut camera = camera();
    let corner = Aabb { min: DVec3::new(10.0, 0.0, -0.2), max: DVec3::new(10.2, 0.2, 0.0) };
    let start = Instant::now();
    camera.frame(corner, start);
    assert!(camera.step(start + LONG / 10), "still on the way");
    assert!(!camera.step(start + LONG));
    assert!(camera.pose().target.distance(corner.center()) < 0.05);
    let azimuth = |camera: &OrbitCamera| camera.stand.angle.azimuth_radians;
    let before = azimuth(&camera);
    camera.turn(0.25, 0.0, start);
    camera.turn(0.25, 0.0, start);
    camera.step(start + LONG);
    assert!((azimuth(&camera) - before - 0.5).abs() < 1e-9);
}

#[test]
fn a_cameras_picture_is_seen_whole_in_a_narrow_window() {
    let mut camera = camera();
    let pose = Pose {
        eye: DVec3::new(10.0, 1.0, 6.0),
        target: DVec3::new(10.0, 1.0, 0.0),
        up: DVec3::Y,
        optics: Optics::default(),
    };
    let of_file = FileCamera { name: "Shot".into(), pose, aspect: Some(2.39) };
    let now = Instant::now();
    camera.look_through(0, &of_file, now);
    camera.step(now + LONG);
    assert_eq!(camera.looks_through(), Some(0));
    let [half_width, half_height] = camera.file_frame().unwrap();
    assert!((half_width / half_height - 2.39).abs() < 1e-4);
    assert!(half_width * 600.0 < 400.0, "{half_width}");
    // The frame is where the camera's own picture ends.
    let edge = pose.target + pose.half_height() * DVec3::Y;
    let at = Projector::new(&camera.pose(), [800.0, 600.0]).project(edge).unwrap();
    assert!((at[1] - (300.0 - 600.0 * half_height)).abs() < 0.01);
    camera.orbit(Vec2::new(5.0, 0.0));
    assert_eq!(camera.looks_through(), None);
}

#[test]
fn a_walk_goes_where_one_looks_and_ends_in_a_place_to_turn_around() {
    let mut camera = camera();
    let room = Aabb { min: DVec3::new(5.0, 0.0, -5.0), max: DVec3::new(15.0, 3.0, 5.0) };
    camera.start_walking_in(&room, None);
    let before = camera.pose();
    assert!(before.eye.cmpgt(room.min).all() && before.eye.cmplt(room.max).all());
    camera.walk_on(&Step { seconds: 0.1, direction: Vec3::Z, ..Step::default() });
    let moved = camera.pose().eye - before.eye;
    let forward = -before.axes()[2];
    assert!(moved.length() > 0.01 && moved.normalize().distance(forward) < 1e-3, "{moved} {forward}");
    camera.walk_on(&Step { seconds: 0.1, look: Vec2::new(200.0, 0.0), ..Step::default() });
    let turned = -camera.pose().axes()[2];
    assert!(turned.dot(before.axes()[0]) > 0.2, "to the right: {turned}");
    assert!(camera.stop_walking() && !camera.stop_walking());
    camera.orbit(Vec2::new(10.0, 0.0));
    assert!(camera.pose().eye.is_finite());
    // The lens for rooms is not that of the next model.
    let before = Optics::default().focal_length_mm;
    assert!(camera.optics().focal_length_mm < before);
    camera.set_model(chair(), Arc::new([]));
    assert_eq!(camera.optics().focal_length_mm, before);
}

#[test]
fn a_focus_turns_around_the_point_and_a_saved_pose_comes_back() {
    let mut camera = camera();
    let now = Instant::now();
    let point = DVec3::new(10.9, 1.9, -0.1);
    camera.focus(point, now);
    camera.step(now + LONG);
    let close = camera.pose();
    assert!(close.target.distance(point) < 1e-9);
    camera.look_from(StandardView::Bottom, now);
    camera.step(now + LONG);
    camera.take_pose(&close, now);
    camera.step(now + LONG);
    assert!(camera.pose().eye.distance(close.eye) < 1e-6);
    assert_eq!(camera.optics(), close.optics);
}

#[test]
fn what_fills_the_picture_of_one_model_fills_that_of_another() {
    let mut camera = camera();
    let now = Instant::now();
    let tower = Aabb { min: DVec3::new(-500.0, 0.0, 40.0), max: DVec3::new(-480.0, 300.0, 60.0) };
    let no_outline: Arc<[DVec3]> = Arc::new([]);
    camera.frame_all(now);
    camera.step(now + LONG);
    let beside = camera.pose_beside(tower, &no_outline);
    let projector = Projector::new(&beside, camera.size());
    let corners = tower.corners().map(|corner| projector.project(corner).unwrap());
    let [width, height] = camera.size();
    assert!(
        corners.iter().all(|[x, y]| (0.0..width).contains(x) && (0.0..height).contains(y)),
        "{corners:?}"
    );
    let top = corners.iter().map(|[_, y]| *y).fold(height, f32::min);
    assert!(top < 0.2 * height, "it fills the picture: {top}");
    // Its own model is seen as it is, and what comes closer to one comes closer to the other.
    let own = camera.pose_beside(camera.subject.bounds, &camera.subject.outline.clone());
    assert!(own.eye.distance(camera.pose().eye) < 1e-6 && own.target.distance(camera.pose().target) < 1e-6);
    camera.zoom(120.0, Vec2::new(0.5 * width, 0.5 * height));
    let closer = camera.pose_beside(tower, &no_outline);
    let reach = |pose: &Pose| pose.eye.distance(pose.target);
    assert!(reach(&closer) < 0.98 * reach(&beside));
}
