use scene::{Node, NodeId, OtherScene, Transform};
use ufbx::ElementType;

use super::document::Document;
use crate::ReadWarning;
use crate::source::Parsed;

impl Document<'_> {
    /// Moves meshes that their program does not show into scenes of their own, placed where they
    /// stand: hidden objects, and all but the first level of detail. Where nothing would be left,
    /// the hidden ones stay.
    pub(super) fn put_hidden_aside(&self, parsed: &mut Parsed) {
        let (is_hidden, is_lower_lod) = self.find_hidden();
        let mesh_nodes = |wanted: &dyn Fn(NodeId) -> bool| -> Vec<NodeId> {
            let nodes = parsed.scene.nodes.iter().enumerate();
            nodes.filter(|(i, node)| node.mesh.is_some() && wanted(*i)).map(|(i, _)| i).collect()
        };
        let lower_lods = mesh_nodes(&|i| is_lower_lod[i]);
        let hidden = mesh_nodes(&|i| is_hidden[i] && !is_lower_lod[i]);
        let shown = mesh_nodes(&|i| !is_hidden[i] && !is_lower_lod[i]);
        if !lower_lods.is_empty() {
            let n = lower_lods.len();
            set_aside(parsed, "Lower levels of detail", &lower_lods);
            let words =
                format!("the finest level of detail is shown; {n} meshes of lower ones are set aside");
            parsed.warnings.push(ReadWarning::Repaired(words));
        }
        if !hidden.is_empty() && shown.is_empty() {
            let words = "every mesh is hidden in the file; they are shown all the same";
            parsed.warnings.push(ReadWarning::Repaired(words.into()));
        } else if !hidden.is_empty() {
            set_aside(parsed, "Hidden", &hidden);
            let words = format!("{} meshes are hidden in the file and set aside", hidden.len());
            parsed.warnings.push(ReadWarning::Repaired(words));
        }
    }

    /// Both inherited: by node, whether it is hidden, and whether it is a lower level of detail.
    fn find_hidden(&self) -> (Vec<bool>, Vec<bool>) {
        let n_nodes = self.node_ids.iter().flatten().count();
        let (mut is_hidden, mut is_lower_lod) = (vec![false; n_nodes], vec![false; n_nodes]);
        let mut stack = vec![(&*self.fbx.root_node, false, false)];
        while let Some((node, hidden, lower_lod)) = stack.pop() {
            let hidden = hidden || !node.visible;
            if let Some(id) = self.node_id(node) {
                is_hidden[id] = hidden;
                is_lower_lod[id] = lower_lod;
            }
            let is_group = node.attrib_type == ElementType::LodGroup;
            for (level, child) in node.children.as_ref().iter().enumerate() {
                stack.push((child, hidden, lower_lod || is_group && level > 0));
            }
        }
        (is_hidden, is_lower_lod)
    }
}

fn set_aside(parsed: &mut Parsed, name: &str, ids: &[NodeId]) {
    let scene = &mut parsed.scene;
    let world = scene.world_transforms();
    let mut roots = Vec::with_capacity(ids.len());
    for &id in ids {
        let node = &mut scene.nodes[id];
        let moved = Node {
            name: node.name.clone(),
            transform: Transform::Matrix(world.world_from_node[id].as_mat4()),
            mesh: node.mesh.take(),
            skin: node.skin.take(),
            ..Default::default()
        };
        roots.push(scene.nodes.len());
        scene.nodes.push(moved);
    }
    scene.other_scenes.push(OtherScene { name: name.into(), roots, extras: None });
}
