//! Moving a model as a whole.

use glam::{DMat4, Quat, Vec3};
use scene::{LightKind, Node, NodeId, Projection, Scene, Transform};

/// Applies `moved_from_world`, a movement with a scale that is the same along all axes, to every
/// scene of the file. Cameras keep their view and lamps their effect: distances scale along, and
/// candela with the square of the distance they shine over.
pub(super) fn move_all(scene: &mut Scene, moved_from_world: DMat4) {
    let scale = moved_from_world.x_axis.truncate().length();
    let mut roots: Vec<NodeId> = scene.roots.clone();
    roots.extend(scene.other_scenes.iter().flat_map(|other| &other.roots));
    roots.sort_unstable();
    roots.dedup();
    let moves_a_root = |node: NodeId| {
        scene.animations.iter().flat_map(|animation| &animation.channels).any(|channel| channel.node == node)
    };
    if roots.iter().any(|&root| moves_a_root(root)) {
        // A clip would overwrite what is written into the nodes that it moves.
        stand_on_new_roots(scene, &roots);
        roots = (scene.nodes.len() - roots.len()..scene.nodes.len()).collect();
    }
    for root in roots {
        let node = &mut scene.nodes[root];
        node.transform = moved(moved_from_world, scale, &node.transform);
    }
    if scale != 1.0 {
        scale_distances(scene, scale as f32);
    }
}

/// Gives each root a parent of its own name; the new ones stand at the end of the nodes.
fn stand_on_new_roots(scene: &mut Scene, roots: &[NodeId]) {
    let first = scene.nodes.len();
    for &root in roots {
        let name = scene.nodes[root].name.clone();
        scene.nodes.push(Node { name, children: vec![root], ..Node::default() });
    }
    let lists =
        std::iter::once(&mut scene.roots).chain(scene.other_scenes.iter_mut().map(|other| &mut other.roots));
    for root in lists.flatten() {
        if let Ok(i) = roots.binary_search(root) {
            *root = first + i;
        }
    }
}

fn moved(moved_from_world: DMat4, scale: f64, transform: &Transform) -> Transform {
    match *transform {
        Transform::Trs { translation, rotation, scale: own } => {
            let turn = glam::DQuat::from_mat3(&(glam::DMat3::from_mat4(moved_from_world) * (1.0 / scale)));
            let rotation: Quat = (turn * rotation.as_dquat().normalize()).normalize().as_quat();
            let translation: Vec3 = moved_from_world.transform_point3(translation.as_dvec3()).as_vec3();
            Transform::Trs { translation, rotation, scale: (own.as_dvec3() * scale).as_vec3() }
        }
        Transform::Matrix(matrix) => Transform::Matrix((moved_from_world * matrix.as_dmat4()).as_mat4()),
    }
}

fn scale_distances(scene: &mut Scene, scale: f32) {
    for camera in &mut scene.cameras {
        camera.near *= scale;
        camera.far = camera.far.map(|far| far * scale);
        if let Projection::Orthographic { x_mag, y_mag } = &mut camera.projection {
            *x_mag *= scale;
            *y_mag *= scale;
        }
    }
    for light in &mut scene.lights {
        light.range = light.range.map(|range| range * scale);
        if !matches!(light.kind, LightKind::Directional) {
            light.intensity *= scale * scale;
        }
    }
    for volume in scene.materials.iter_mut().filter_map(|material| material.volume.as_mut()) {
        volume.attenuation_distance *= scale;
    }
}

/// How much each mesh is enlarged by the node that enlarges it most; `None` where none shows it.
pub(super) fn largest_scales(scene: &Scene) -> Vec<Option<f64>> {
    let mut scales: Vec<Option<f64>> = vec![None; scene.meshes.len()];
    for instance in scene.mesh_instances(&scene.world_transforms()) {
        let matrix = instance.world_from_mesh;
        let axes = [matrix.x_axis, matrix.y_axis, matrix.z_axis].map(|axis| axis.truncate().length());
        let scale = axes.into_iter().fold(0.0, f64::max);
        let known = &mut scales[instance.mesh];
        *known = Some(known.map_or(scale, |other| other.max(scale))).filter(|s| *s > 0.0);
    }
    scales
}
