//! The cameras that a file brings along.

use glam::DVec3;
use scene::{Aabb, Scene};

use super::{Optics, Pose, Projection};

/// One placed camera of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileCamera {
    pub name: String,
    pub pose: Pose,
    /// Width over height of its picture; `None`: any.
    pub aspect: Option<f64>,
}

/// Every camera the scene shows, in node order; `bounds` are the scene's. Those without a place or a
/// direction are left out.
pub fn file_cameras(scene: &Scene, bounds: &Aabb) -> Vec<FileCamera> {
    let transforms = scene.world_transforms();
    let nodes = scene.nodes.iter().enumerate().filter(|(i, _)| transforms.in_scene.get(*i) == Some(&true));
    nodes
        .filter_map(|(i, node)| {
            let camera = scene.cameras.get(node.camera?)?;
            let world_from_node = transforms.world_from_node.get(i)?;
            let eye = world_from_node.w_axis.truncate();
            let forward = world_from_node.transform_vector3(DVec3::NEG_Z).try_normalize()?;
            let up = world_from_node.transform_vector3(DVec3::Y).try_normalize()?;
            let (optics, distance, aspect) = match camera.projection {
                scene::Projection::Perspective { fov_y_radians, aspect } => {
                    let ahead = (bounds.center() - eye).dot(forward);
                    let distance = if ahead > 0.0 { ahead } else { bounds.radius() };
                    (Optics::of_fov_y(fov_y_radians.into()), distance, aspect.map(f64::from))
                }
                scene::Projection::Orthographic { x_mag, y_mag } => {
                    let optics = Optics { projection: Projection::Orthographic, ..Optics::default() };
                    let (half_width, half_height) = (f64::from(x_mag).abs(), f64::from(y_mag).abs());
                    (optics, half_height / optics.slope(), Some(half_width / half_height))
                }
            };
            let distance = if distance.is_finite() && distance > 0.0 { distance } else { 1.0 };
            let pose = Pose { eye, target: eye + distance * forward, up, optics };
            let named = [&camera.name, &node.name].into_iter().find(|name| !name.is_empty());
            let name = named.cloned().unwrap_or_else(|| "Camera".into());
            let aspect = aspect.filter(|aspect| aspect.is_finite() && (0.05..20.0).contains(aspect));
            eye.is_finite().then_some(FileCamera { name, pose, aspect })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};
    use scene::{Camera, Node, Transform};

    use super::*;

    fn scene_of(projection: scene::Projection, transform: Mat4) -> Scene {
        Scene {
            nodes: vec![Node {
                camera: Some(0),
                transform: Transform::Matrix(transform),
                ..Default::default()
            }],
            roots: vec![0],
            cameras: vec![Camera { name: "Shot".into(), projection, near: 0.1, far: None }],
            ..Default::default()
        }
    }

    #[test]
    fn a_camera_looks_along_its_nodes_minus_z() {
        let bounds = Aabb { min: DVec3::splat(-1.0), max: DVec3::ONE };
        let perspective = scene::Projection::Perspective { fov_y_radians: 0.47, aspect: Some(1.5) };
        let place = Mat4::from_translation(Vec3::new(5.0, 1.0, 0.0)) * Mat4::from_rotation_y(1.5707964);
        let found = file_cameras(&scene_of(perspective, place), &bounds);
        let [camera] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((camera.name.as_str(), camera.aspect), ("Shot", Some(1.5)));
        assert!((camera.pose.optics.focal_length_mm - 50.0).abs() < 0.5);
        // Its target is as far as the model.
        assert!(camera.pose.target.distance(DVec3::new(0.0, 1.0, 0.0)) < 1e-5);
    }

    #[test]
    fn an_orthographic_camera_keeps_its_height_and_a_flat_one_is_left_out() {
        let flat = scene::Projection::Orthographic { x_mag: 3.0, y_mag: 2.0 };
        let found = file_cameras(&scene_of(flat, Mat4::IDENTITY), &Aabb::EMPTY);
        assert!((found[0].pose.half_height() - 2.0).abs() < 1e-9);
        assert_eq!(found[0].aspect, Some(1.5));
        assert!(file_cameras(&scene_of(flat, Mat4::from_scale(Vec3::ZERO)), &Aabb::EMPTY).is_empty());
    }
}
