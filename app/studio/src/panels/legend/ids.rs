//! Names of the colours of objects and materials.

use egui::{RichText, Sense, Ui};
use render::id_color;

use super::scales::key_ui;
use crate::commands::{Commands, ViewCommand};
use crate::model::Loaded;
use crate::panels::outliner::label_of;
use crate::text;
use crate::theme;

/// Objects or materials that are named; more would hide the picture.
const MOST_NAMES: usize = 8;

pub(super) fn objects_ui(ui: &mut Ui, loaded: &Loaded, commands: &mut Commands, selects: bool) {
    let scene = &loaded.import.scene;
    let shown = scene.nodes.iter().enumerate().filter(|(_, node)| node.mesh.is_some());
    let n_objects = shown.clone().count();
    for (node, _) in shown.take(MOST_NAMES) {
        let name = label_of(scene, node);
        let response = key_ui(ui, theme::of_codes(id_color(node)), &name);
        if selects && response.interact(Sense::click()).clicked() {
            commands.push(ViewCommand::SelectNode(Some(node)));
        }
    }
    more_ui(ui, n_objects);
}

pub(super) fn materials_ui(ui: &mut Ui, loaded: &Loaded) {
    let n_materials = loaded.import.scene.materials.len();
    for i in 0..n_materials.min(MOST_NAMES) {
        key_ui(ui, theme::of_codes(id_color(i)), &material_name(loaded, i));
    }
    more_ui(ui, n_materials);
}

fn more_ui(ui: &mut Ui, n: usize) {
    if let Some(more) = n.checked_sub(MOST_NAMES + 1) {
        let line = format!("and {} more", text::count(more as u64 + 1));
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT));
    }
}

pub(super) fn material_name(loaded: &Loaded, i: usize) -> String {
    let material = loaded.import.scene.materials.get(i);
    let name = material.map_or("", |material| &material.name);
    if name.is_empty() { format!("Material {}", i + 1) } else { name.to_owned() }
}
