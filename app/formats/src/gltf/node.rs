use glam::{Mat4, Quat, Vec3};
use gltf::json::extensions::scene::khr_lights_punctual::{Light as StatedLight, Type};
use gltf::json::validation::Checked;
use gltf::json::{camera, scene as stated_scene};
use scene::{Camera, Light, LightKind, Node, NodeId, OtherScene, Projection, Scene, Transform};

use super::{Reader, extras, shared_node, skipped};
use crate::ReadWarning;
use crate::source::Parsed;

impl Reader<'_> {
    /// Nodes, cameras and lights, and the roots of the default scene. What is wrong with the tree
    /// itself is for `Scene::validate` to find.
    pub(super) fn read_nodes(&self, parsed: &mut Parsed) {
        let mut n_bad_transforms = 0;
        let mut n_dangling = 0;
        for stated in &self.root.nodes {
            let node = self.node(stated, &mut n_bad_transforms, &mut n_dangling);
            parsed.scene.nodes.push(node);
        }
        let n_copies = shared_node::separate(&mut parsed.scene.nodes);
        if n_copies > 0 {
            let text = format!("some nodes stand under several parents; {n_copies} copies were made of them");
            parsed.warnings.push(ReadWarning::Repaired(text));
        }
        parsed.scene.cameras = self.root.cameras.iter().map(read_camera).collect();
        parsed.scene.lights = self.lights().iter().map(read_light).collect();
        self.read_scenes(&mut parsed.scene);
        let n_hidden = parsed.scene.nodes.iter().filter(|node| node.is_hidden).count();
        if n_hidden > 0 {
            let text = format!(
                "{n_hidden} nodes are hidden in the file; they and what is below them are kept, not shown"
            );
            parsed.warnings.push(ReadWarning::Repaired(text));
        }
        parsed.warnings.extend(skipped("node transforms", n_bad_transforms, "they are no finite numbers"));
        parsed.warnings.extend(skipped("node references", n_dangling, "what they name does not exist"));
    }

    fn lights(&self) -> &[StatedLight] {
        let extension = self.root.extensions.as_ref().and_then(|e| e.khr_lights_punctual.as_ref());
        extension.map_or(&[], |lights| &lights.lights)
    }

    fn node(&self, stated: &stated_scene::Node, n_bad: &mut usize, n_dangling: &mut usize) -> Node {
        let mut existing = |id: Option<usize>, count: usize| {
            let found = id.filter(|&id| id < count);
            *n_dangling += usize::from(id.is_some() && found.is_none());
            found
        };
        let light = stated.extensions.as_ref().and_then(|e| e.khr_lights_punctual.as_ref());
        let transform = read_transform(stated).unwrap_or_else(|| {
            *n_bad += 1;
            Transform::IDENTITY
        });
        Node {
            name: stated.name.clone().unwrap_or_default(),
            children: stated.children.iter().flatten().map(|child| child.value()).collect(),
            transform,
            mesh: existing(stated.mesh.map(|id| id.value()), self.root.meshes.len()),
            skin: existing(stated.skin.map(|id| id.value()), self.root.skins.len()),
            camera: existing(stated.camera.map(|id| id.value()), self.root.cameras.len()),
            light: existing(light.map(|l| l.light.value()), self.lights().len()),
            morph_weights: stated.weights.clone().unwrap_or_default(),
            is_hidden: is_hidden(stated),
            extras: extras(&stated.extras),
        }
    }

    /// The default scene is the stated one, or the first, or whatever has no parent.
    fn read_scenes(&self, scene: &mut Scene) {
        let mut is_child = vec![false; scene.nodes.len()];
        for &child in scene.nodes.iter().flat_map(|node| &node.children) {
            if let Some(is_child) = is_child.get_mut(child) {
                *is_child = true;
            }
        }
        if self.root.scenes.is_empty() {
            scene.roots = roots(0..scene.nodes.len(), is_child);
            return;
        }
        let stated = self.root.scene.map(|scene| scene.value()).filter(|&s| s < self.root.scenes.len());
        let default = stated.unwrap_or(0);
        for (s, stated) in self.root.scenes.iter().enumerate() {
            let name = stated.name.clone().unwrap_or_default();
            let roots = roots(stated.nodes.iter().map(|node| node.value()), is_child.clone());
            let extras = extras(&stated.extras);
            if s == default {
                (scene.name, scene.roots, scene.extras) = (name, roots, extras);
            } else {
                scene.other_scenes.push(OtherScene { name, roots, extras });
            }
        }
    }
}

/// The stated nodes without parent, once each: a root that is somebody's child is reached through
/// its parent.
fn roots(stated: impl Iterator<Item = NodeId>, mut is_taken: Vec<bool>) -> Vec<NodeId> {
    stated
        .filter(|&root| is_taken.get_mut(root).is_some_and(|is_taken| !std::mem::replace(is_taken, true)))
        .collect()
}

/// KHR_node_visibility.
fn is_hidden(stated: &stated_scene::Node) -> bool {
    let others = stated.extensions.as_ref().map(|e| &e.others);
    let visible = others.and_then(|others| others.get("KHR_node_visibility")?.get("visible")?.as_bool());
    visible == Some(false)
}

/// `None` when the numbers make no transform.
fn read_transform(stated: &stated_scene::Node) -> Option<Transform> {
    if let Some(matrix) = stated.matrix {
        let matrix = Mat4::from_cols_array(&matrix);
        return matrix.is_finite().then_some(Transform::Matrix(matrix));
    }
    let translation = stated.translation.map_or(Vec3::ZERO, Vec3::from);
    let rotation = stated.rotation.map_or(Quat::IDENTITY, |q| Quat::from_array(q.0));
    let scale = stated.scale.map_or(Vec3::ONE, Vec3::from);
    let is_sound = translation.is_finite() && scale.is_finite() && rotation.length_squared().is_normal();
    is_sound.then_some(Transform::Trs { translation, rotation, scale })
}

fn read_camera(stated: &camera::Camera) -> Camera {
    let name = stated.name.clone().unwrap_or_default();
    match (&stated.perspective, &stated.orthographic) {
        (_, Some(o)) if stated.perspective.is_none() || is_orthographic(stated) => Camera {
            name,
            projection: Projection::Orthographic { x_mag: o.xmag, y_mag: o.ymag },
            near: o.znear,
            far: Some(o.zfar),
        },
        (Some(p), _) => Camera {
            name,
            projection: Projection::Perspective { fov_y_radians: p.yfov, aspect: p.aspect_ratio },
            near: p.znear,
            far: p.zfar,
        },
        _ => Camera {
            name,
            projection: Projection::Perspective { fov_y_radians: 0.8, aspect: None },
            near: 0.01,
            far: None,
        },
    }
}

fn is_orthographic(stated: &camera::Camera) -> bool {
    matches!(stated.type_, Checked::Valid(camera::Type::Orthographic))
}

fn read_light(stated: &StatedLight) -> Light {
    let spot = stated.spot.clone().unwrap_or_default();
    Light {
        name: stated.name.clone().unwrap_or_default(),
        kind: match stated.type_ {
            Checked::Valid(Type::Directional) => LightKind::Directional,
            Checked::Valid(Type::Spot) => LightKind::Spot {
                inner_cone_radians: spot.inner_cone_angle,
                outer_cone_radians: spot.outer_cone_angle,
            },
            _ => LightKind::Point,
        },
        color_linear: Vec3::from(stated.color),
        intensity: stated.intensity,
        range: stated.range,
    }
}
