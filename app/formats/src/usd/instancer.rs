//! Many copies of a few prototypes (UsdGeomPointInstancer), as nodes that share meshes.

use std::collections::HashSet;

use glam::{DMat4, Quat, Vec3};
use scene::{Node, NodeId};

use crate::ReadFault;

use super::object::Object;
use super::stage::{Inherited, Walk};
use super::xform::decompose;
use super::{damaged, value};

/// Nodes that instancers may make, nested ones together.
const MAX_N_NODES: usize = 1 << 21;

impl Walk<'_, '_> {
    /// # Errors
    /// More nodes than can be meant.
    pub(super) fn add_instances(
        &mut self,
        object: &Object,
        node: NodeId,
        inherited: &Inherited,
    ) -> Result<(), ReadFault> {
        let positions = object.value("positions").and_then(value::vec3s).unwrap_or_default();
        let prototype_of = object.value("protoIndices").and_then(value::indices).unwrap_or_default();
        let orientations = ["orientationsf", "orientations"];
        let orientations = orientations.iter().find_map(|name| object.value(name).and_then(value::quats));
        let orientations = orientations.unwrap_or_default();
        let scales = object.value("scales").and_then(value::vec3s).unwrap_or_default();
        let hidden = hidden_instances(object);
        let ids = object.value("ids").and_then(value::ints).unwrap_or_default();
        let first_child = self.scene.nodes[node].children.len();
        let prototypes = object.targets("prototypes");
        // Each prototype is made once, below the instancer, then copied and taken away.
        let mut made: Vec<Option<NodeId>> = Vec::new();
        for path in &prototypes {
            let before = self.scene.nodes[node].children.len();
            self.descend(vec![path.clone()], inherited)?;
            made.push(self.scene.nodes[node].children.get(before).copied());
        }
        self.scene.nodes[node].children.truncate(first_child);
        let mut is_used = vec![false; made.len()];
        for (i, prototype) in prototype_of.iter().enumerate() {
            let Some(&Some(template)) = made.get(*prototype as usize) else { continue };
            let id = ids.get(i).copied().unwrap_or(i as i64);
            let Some(position) = positions.get(i).filter(|_| !hidden.contains(&id)) else { continue };
            let rotation = orientations.get(i).copied().unwrap_or(Quat::IDENTITY);
            let scale = scales.get(i).copied().unwrap_or(Vec3::ONE);
            let place = DMat4::from_scale_rotation_translation(
                scale.as_dvec3(),
                rotation.as_dquat().normalize(),
                position.as_dvec3(),
            );
            // The first instance is the prototype itself.
            let is_first = !std::mem::replace(&mut is_used[*prototype as usize], true);
            let shown = if is_first { template } else { self.copy_of(template)? };
            let holder = self.scene.nodes.len();
            let name = format!("{} {i}", object.name());
            let transform = decompose(place);
            self.scene.nodes.push(Node { name, transform, children: vec![shown], ..Default::default() });
            self.scene.nodes[node].children.push(holder);
        }
        Ok(())
    }

    /// A second set of nodes like those below `root`, with the same meshes.
    fn copy_of(&mut self, root: NodeId) -> Result<NodeId, ReadFault> {
        let copy = self.scene.nodes.len();
        let mut stack = vec![(root, None)];
        while let Some((from, parent)) = stack.pop() {
            self.files.source.ctx.check_cancelled()?;
            if self.scene.nodes.len() >= MAX_N_NODES {
                return Err(damaged(format!("its instances are more than {MAX_N_NODES} parts")));
            }
            let to = self.scene.nodes.len();
            let mut node = self.scene.nodes[from].clone();
            let children = std::mem::take(&mut node.children);
            stack.extend(children.into_iter().rev().map(|child| (child, Some(to))));
            self.scene.nodes.push(node);
            if let Some(parent) = parent {
                let parent: NodeId = parent;
                self.scene.nodes[parent].children.push(to);
            }
        }
        Ok(copy)
    }
}

/// By their ids, or by their numbers where there are none.
fn hidden_instances(object: &Object) -> HashSet<i64> {
    let mut hidden: HashSet<i64> =
        object.value("invisibleIds").and_then(value::ints).unwrap_or_default().into_iter().collect();
    let inactive = object.prim.stage().prim(object.path().clone());
    let inactive = inactive.attribute("inactiveIds").get_metadata::<openusd::sdf::Value>("inactiveIds");
    if let Some(openusd::sdf::Value::Int64ListOp(list)) = inactive.ok().flatten() {
        hidden.extend(list.flatten());
    }
    hidden
}
