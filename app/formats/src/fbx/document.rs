use std::collections::HashMap;

use scene::{Authored, MaterialId, MeshId, NodeId, SkinId, UpAxis};
use ufbx::CoordinateAxis;

use super::budget::Budget;
use super::image::Pictures;
use super::losses::{Losses, tell_of_warnings};
use super::material::fill_empty_slots;
use crate::ReadFault;
use crate::source::{Parsed, Source};

/// What ufbx read, and which numbers its parts have in the scene.
pub(super) struct Document<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) fbx: &'a ufbx::Scene,
    /// Metres of the file's unit, for what no transform scales.
    pub(super) meters_per_unit: f64,
    pub(super) budget: Budget,
    /// By ufbx's `typed_id`; the implicit root has none.
    pub(super) node_ids: Vec<Option<NodeId>>,
    /// Parts of the scene by ufbx's `typed_id`, filled while they are made.
    pub(super) skin_ids: HashMap<u32, Option<SkinId>>,
    pub(super) mesh_ids: HashMap<(u32, Vec<Option<MaterialId>>), MeshId>,
    pub(super) pictures: Pictures,
    pub(super) losses: Losses,
}

impl<'a> Document<'a> {
    pub(super) fn new(source: &'a Source<'a>, fbx: &'a ufbx::Scene) -> Self {
        let mut n_nodes = 0;
        let mut node_ids = vec![None; fbx.nodes.len()];
        for node in fbx.nodes.as_ref().iter().filter(|node| !node.is_root) {
            if let Some(id) = node_ids.get_mut(node.element.typed_id as usize) {
                *id = Some(n_nodes);
                n_nodes += 1;
            }
        }
        let unit = fbx.settings.original_unit_meters;
        Self {
            source,
            fbx,
            meters_per_unit: if unit.is_normal() && unit > 0.0 { unit } else { 1.0 },
            budget: Budget::of(source.bytes.len()),
            node_ids,
            skin_ids: HashMap::new(),
            mesh_ids: HashMap::new(),
            pictures: Pictures::default(),
            losses: Losses::default(),
        }
    }

    pub(super) fn read(mut self, parsed: &mut Parsed) -> Result<(), ReadFault> {
        parsed.scene.name = self.source.stem();
        parsed.scene.authored = self.authored();
        self.read_materials(parsed);
        self.read_nodes(parsed)?;
        fill_empty_slots(&mut parsed.scene);
        self.read_animations(parsed)?;
        self.put_hidden_aside(parsed);
        parsed.scene.images = std::mem::take(&mut self.pictures.images);
        parsed.scene.textures = std::mem::take(&mut self.pictures.textures);
        tell_of_warnings(self.fbx, parsed);
        self.tell_of_what_is_not_read(parsed);
        self.losses.tell(parsed);
        Ok(())
    }

    pub(super) fn node_id(&self, node: &ufbx::Node) -> Option<NodeId> {
        self.node_ids.get(node.element.typed_id as usize).copied().flatten()
    }

    fn authored(&self) -> Authored {
        let metadata = &self.fbx.metadata;
        let made_with = [&metadata.latest_application, &metadata.original_application];
        let program =
            made_with.into_iter().map(|a| format!("{} {}", a.name, a.version)).map(|p| p.trim().to_owned());
        let creator = std::iter::once(metadata.creator.to_string());
        let settings = &self.fbx.settings;
        Authored {
            program: program.chain(creator).find(|program| !program.is_empty()).unwrap_or_default(),
            copyright: String::new(),
            meters_per_unit: Some(settings.original_unit_meters)
                .filter(|unit| unit.is_normal() && *unit > 0.0),
            up: match settings.original_axis_up {
                CoordinateAxis::PositiveX | CoordinateAxis::NegativeX => Some(UpAxis::X),
                CoordinateAxis::PositiveY | CoordinateAxis::NegativeY => Some(UpAxis::Y),
                CoordinateAxis::PositiveZ | CoordinateAxis::NegativeZ => Some(UpAxis::Z),
                CoordinateAxis::Unknown => None,
            },
        }
    }
}
