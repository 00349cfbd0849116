//! EXT_mesh_gpu_instancing: one node that places its mesh many times.

use glam::{Quat, Vec3};
use gltf::json::{Index, accessor};
use scene::{Node, Transform};
use serde_json::Value;

use super::Reader;
use super::accessor::Rows;
use super::container::damaged;
use crate::ReadFault;
use crate::source::Parsed;

const EXTENSION: &str = "EXT_mesh_gpu_instancing";

/// Each becomes a node of some hundred bytes, whatever its attributes take in the file.
const MAX_INSTANCES: usize = 1 << 20;

impl Reader<'_> {
    /// Gives the node one child for each instance; the mesh moves from the node to its children.
    ///
    /// # Errors
    /// Instance attributes that cannot be read.
    pub(super) fn read_instances(&self, parsed: &mut Parsed) -> Result<(), ReadFault> {
        for (n, stated) in self.root.nodes.iter().enumerate() {
            let extension = stated.extensions.as_ref().and_then(|e| e.others.get(EXTENSION));
            let Some(attributes) = extension.and_then(|e| e.get("attributes")) else { continue };
            let node = &parsed.scene.nodes[n];
            let (Some(mesh), morph_weights) = (node.mesh, node.morph_weights.clone()) else { continue };
            let transforms = self
                .instance_transforms(attributes)
                .map_err(|cause| damaged(format!("the instances of node {n}: {cause}; export it again")))?;
            parsed.scene.nodes[n].mesh = None;
            for transform in transforms {
                let child = parsed.scene.nodes.len();
                parsed.scene.nodes[n].children.push(child);
                let morph_weights = morph_weights.clone();
                let instance = Node { transform, mesh: Some(mesh), morph_weights, ..Default::default() };
                parsed.scene.nodes.push(instance);
            }
        }
        Ok(())
    }

    fn instance_transforms(&self, attributes: &Value) -> Result<Vec<Transform>, String> {
        let get = |name: &str| {
            let index = attributes.get(name).and_then(Value::as_u64).and_then(|i| u32::try_from(i).ok());
            index.map(|index| self.accessors.get(Index::<accessor::Accessor>::new(index))).transpose()
        };
        let (translation, rotation, scale) = (get("TRANSLATION")?, get("ROTATION")?, get("SCALE")?);
        let count = translation.or(rotation).or(scale).map_or(0, |a| a.count);
        if count > MAX_INSTANCES {
            return Err(format!("{count} of them are more than the {MAX_INSTANCES} that a node may have"));
        }
        if [translation, rotation, scale].into_iter().flatten().any(|a| a.count != count) {
            return Err("their attributes differ in length".into());
        }
        let translations = translation.map(|a| a.floats(Rows::All, [0.0; 3])).transpose()?;
        let rotations = rotation.map(|a| a.floats(Rows::All, [0.0, 0.0, 0.0, 1.0])).transpose()?;
        let scales = scale.map(|a| a.floats(Rows::All, [1.0; 3])).transpose()?;
        let sound_rotation =
            |q: [f32; 4]| Some(Quat::from_array(q)).filter(|q| q.length_squared().is_normal());
        let transform = |i: usize| Transform::Trs {
            translation: translations.as_ref().map_or(Vec3::ZERO, |t| t[i].into()),
            rotation: rotations.as_ref().and_then(|r| sound_rotation(r[i])).unwrap_or(Quat::IDENTITY),
            scale: scales.as_ref().map_or(Vec3::ONE, |s| s[i].into()),
        };
        Ok((0..count).map(transform).collect())
    }
}
