use std::collections::HashMap;

use glam::{Quat, Vec3};
use scene::{Authored, MaterialId, MeshId, Node, NodeId, SkinId, Transform, UpAxis};

use super::budget::Budget;
use super::image::Pictures;
use super::losses::{Losses, tell_of_warnings};
use super::material::fill_empty_slots;
use crate::source::{Parsed, Source};
use crate::{Clips, ReadFault, ReadWarning};

/// What ufbx read, and which numbers its parts have in the scene.
pub(super) struct Document<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) fbx: &'a ufbx::Scene,
    /// For what no transform scales, such as where a camera begins to see.
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
        Self {
            source,
            fbx,
            meters_per_unit: stated_unit(fbx).unwrap_or(CENTIMETER),
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
        if self.source.options.clips == Clips::Read {
            self.read_animations(parsed)?;
        }
        if setting(self.fbx, "UpAxis").is_none() {
            stand_up(parsed);
        }
        self.hide(parsed);
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
        Authored {
            program: program.chain(creator).find(|program| !program.is_empty()).unwrap_or_default(),
            copyright: String::new(),
            meters_per_unit: stated_unit(self.fbx),
            up: stated_up(self.fbx),
        }
    }
}

const CENTIMETER: f64 = 0.01;

fn setting<'a>(fbx: &'a ufbx::Scene, name: &str) -> Option<&'a ufbx::Prop> {
    ufbx::find_prop(&fbx.settings.props, name)
}

/// FBX counts in centimetres.
fn stated_unit(fbx: &ufbx::Scene) -> Option<f64> {
    let unit = setting(fbx, "UnitScaleFactor")?.value_vec4.x * CENTIMETER;
    (unit.is_normal() && unit > 0.0).then_some(unit)
}

fn stated_up(fbx: &ufbx::Scene) -> Option<UpAxis> {
    match setting(fbx, "UpAxis")?.value_int {
        0 => Some(UpAxis::X),
        1 => Some(UpAxis::Y),
        2 => Some(UpAxis::Z),
        _ => None,
    }
}

/// Files before FBX 6 do not say which way is up. 3ds Max wrote them with Z up, and so Blender takes
/// them.
fn stand_up(parsed: &mut Parsed) {
    let scene = &mut parsed.scene;
    if scene.roots.is_empty() {
        return;
    }
    let turn = Node {
        name: "Z up".into(),
        children: std::mem::take(&mut scene.roots),
        transform: Transform::Trs {
            translation: Vec3::ZERO,
            rotation: Quat::from_rotation_x(-std::f32::consts::FRAC_PI_2),
            scale: Vec3::ONE,
        },
        ..Default::default()
    };
    scene.roots.push(scene.nodes.len());
    scene.nodes.push(turn);
    let words = "the file does not say which way is up; Z was taken, as 3ds Max writes it";
    parsed.warnings.push(ReadWarning::Repaired(words.into()));
}
