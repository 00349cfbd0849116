//! What the numbers of an id picture mean.

use scene::Scene;
use serde::Serialize;

/// `render_id.json`: every object that a picture may show, by its number there.
#[derive(Serialize)]
pub(crate) struct ObjectNames {
    /// The number where there is nothing.
    background: u32,
    objects: Vec<ObjectName>,
}

#[derive(Serialize)]
struct ObjectName {
    id: u32,
    name: String,
    /// Names from the scene's root down, the object's own last.
    path: Vec<String>,
    /// Names of its materials, in order; empty where a surface has none.
    materials: Vec<String>,
}

impl ObjectNames {
    /// Those of the nodes that place a mesh. Each number is the node's index plus one, as in
    /// [`render::Still::ids`].
    pub(crate) fn of(scene: &Scene) -> Self {
        let mut parents = vec![None; scene.nodes.len()];
        for (i, node) in scene.nodes.iter().enumerate() {
            for &child in &node.children {
                parents[child] = Some(i);
            }
        }
        let path = |node: usize| {
            let line = std::iter::successors(Some(node), |&n| parents[n]).take(scene.nodes.len());
            let mut names: Vec<String> = line.map(|n| scene.nodes[n].name.clone()).collect();
            names.reverse();
            names
        };
        let placed = scene.nodes.iter().enumerate().filter_map(|(i, node)| Some((i, node, node.mesh?)));
        let objects = placed.map(|(i, node, mesh)| ObjectName {
            id: i as u32 + 1,
            name: node.name.clone(),
            path: path(i),
            materials: materials(scene, mesh),
        });
        Self { background: 0, objects: objects.collect() }
    }
}

fn materials(scene: &Scene, mesh: usize) -> Vec<String> {
    let mut used: Vec<usize> = Vec::new();
    for run in scene.meshes[mesh].primitives.iter().flat_map(|p| p.runs().to_vec()) {
        used.extend(run.material.filter(|m| !used.contains(m)));
    }
    used.into_iter().filter_map(|m| Some(scene.materials.get(m)?.name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use scene::{Mesh, Node};

    use super::*;

    #[test]
    fn objects_are_numbered_as_in_the_picture() {
        let mut scene = Scene { meshes: vec![Mesh::default()], roots: vec![0], ..Default::default() };
        scene.nodes.push(Node { name: "room".into(), children: vec![1], ..Default::default() });
        scene.nodes.push(Node { name: "chair".into(), mesh: Some(0), ..Default::default() });
        let json = serde_json::to_value(ObjectNames::of(&scene)).unwrap();
        assert_eq!(json["objects"][0]["id"], 2);
        assert_eq!(json["objects"][0]["path"], serde_json::json!(["room", "chair"]));
        assert_eq!(json["objects"].as_array().unwrap().len(), 1);
    }
}
