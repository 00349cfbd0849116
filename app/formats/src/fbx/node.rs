use scene::{MaterialId, Node, Transform};
use ufbx::LightType;

use super::convert::transform_of;
use super::document::Document;
use super::lens::{camera_of, light_of};
use super::properties::extras_of;
use crate::ReadFault;
use crate::source::Parsed;

impl Document<'_> {
    /// All nodes but ufbx's own root, in its order, with what hangs on them.
    pub(super) fn read_nodes(&mut self, parsed: &mut Parsed) -> Result<(), ReadFault> {
        let fbx = self.fbx;
        let shown: Vec<_> = fbx.nodes.as_ref().iter().filter(|node| !node.is_root).collect();
        for (i, node) in shown.iter().enumerate() {
            self.source.ctx.check_cancelled()?;
            self.source.ctx.progress(0.8 + 0.2 * i as f32 / shown.len() as f32, "building");
            let node = self.node(node, parsed);
            parsed.scene.nodes.push(node);
        }
        parsed.scene.roots =
            fbx.root_node.children.as_ref().iter().filter_map(|child| self.node_id(child)).collect();
        Ok(())
    }

    fn node(&mut self, node: &ufbx::Node, parsed: &mut Parsed) -> Node {
        let transform = transform_of(&node.local_transform);
        self.losses.bad_transforms += usize::from(transform.is_none());
        self.losses.extra_attributes += node.all_attribs.len().saturating_sub(1);
        let mut made = Node {
            name: node.element.name.to_string(),
            children: node.children.as_ref().iter().filter_map(|child| self.node_id(child)).collect(),
            transform: transform.unwrap_or(Transform::IDENTITY),
            extras: extras_of(&node.element),
            ..Default::default()
        };
        if let Some(mesh) = &node.mesh {
            let materials = self.materials_of(node, mesh);
            made.mesh = self.mesh_id(mesh, materials, parsed);
            made.skin = made.mesh.and_then(|_| self.skin_id(mesh, parsed));
        }
        if let Some(camera) = &node.camera {
            made.camera = Some(parsed.scene.cameras.len());
            parsed.scene.cameras.push(camera_of(camera, self.meters_per_unit));
        }
        if let Some(light) = &node.light {
            self.losses.area_lights +=
                usize::from(matches!(light.type_, LightType::Area | LightType::Volume));
            made.light = Some(parsed.scene.lights.len());
            parsed.scene.lights.push(light_of(light));
        }
        made
    }

    /// The materials behind the mesh's slots as this node fills them; empty slots have none.
    fn materials_of(&self, node: &ufbx::Node, mesh: &ufbx::Mesh) -> Vec<Option<MaterialId>> {
        let n_slots = mesh.materials.len().max(node.materials.len());
        let slot = |i: usize| node.materials.as_ref().get(i).or_else(|| mesh.materials.as_ref().get(i));
        (0..n_slots).map(|i| slot(i).map(|material| material.element.typed_id as usize)).collect()
    }
}
