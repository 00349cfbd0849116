use egui::{Key, Rect, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2};
use scene::{NodeId, Scene};

use super::header_ui;
use crate::commands::{Commands, ViewCommand};
use crate::icons::Icon;
use crate::model::{Loaded, Model};
use crate::text;
use crate::theme;
use crate::view::{OutlinerView, View};
use crate::widgets;

/// One visible line of the tree.
struct Row {
    node: NodeId,
    depth: usize,
}

/// The objects of the model on stage as a tree.
pub(super) fn outliner_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Commands) {
    let line = Rect::from_min_size(ui.max_rect().min, vec2(ui.available_width(), 1.0));
    ui.painter().rect_filled(line, 0, theme::LINE);
    let Some(loaded) = model.loaded() else {
        header_ui(ui, "Objects", None, |_| {});
        return;
    };
    let scene = &loaded.import.scene;
    header_ui(ui, "Objects", Some(text::count(scene.nodes.len() as u64)), |_| {});
    egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 10, top: 0, bottom: 6 }).show(ui, |ui| {
        let hint = egui::RichText::new("Filter by name").color(theme::TEXT_FAINT);
        let field =
            TextEdit::singleline(&mut view.outliner.filter).hint_text(hint).desired_width(f32::INFINITY);
        let response = ui.add(field.margin(egui::Margin::symmetric(8, 5)));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter objects by name"));
    });
    let rows = visible_rows(scene, &view.outliner);
    if rows.is_empty() {
        widgets::empty_state(ui, Icon::Search, "No object of that name", "Clear the filter to see all");
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let selected = view.selected_node;
    ScrollArea::vertical().id_salt("outliner").auto_shrink(false).show_rows(
        ui,
        theme::ROW_HEIGHT,
        rows.len(),
        |ui, range| {
            for row in &rows[range] {
                row_ui(ui, row, loaded, selected, &mut view.outliner, commands);
            }
        },
    );
}

/// Depth first, in file order; with a filter the matches alone, flat.
fn visible_rows(scene: &Scene, view: &OutlinerView) -> Vec<Row> {
    let filter = view.filter.trim().to_lowercase();
    let mut rows = Vec::new();
    let mut stack: Vec<(NodeId, usize)> = scene.roots.iter().rev().map(|&n| (n, 0)).collect();
    while let Some((node, depth)) = stack.pop() {
        let Some(item) = scene.nodes.get(node) else { continue };
        if filter.is_empty() {
            rows.push(Row { node, depth });
        } else if label_of(scene, node).to_lowercase().contains(&filter) {
            rows.push(Row { node, depth: 0 });
        }
        if !filter.is_empty() || !view.collapsed.contains(&node) {
            stack.extend(item.children.iter().rev().map(|&c| (c, depth + 1)));
        }
    }
    rows
}

pub(super) fn label_of(scene: &Scene, node: NodeId) -> String {
    let Some(item) = scene.nodes.get(node) else { return format!("Object {node}") };
    let mesh_name = item.mesh.and_then(|m| scene.meshes.get(m)).map(|m| m.name.as_str()).unwrap_or_default();
    match (item.name.as_str(), mesh_name) {
        ("", "") => format!("Object {node}"),
        ("", mesh) => mesh.to_owned(),
        (name, _) => name.to_owned(),
    }
}

fn kind_of(scene: &Scene, node: NodeId) -> (Icon, &'static str) {
    match scene.nodes.get(node) {
        Some(n) if n.mesh.is_some() => (Icon::Mesh, "mesh"),
        Some(n) if n.camera.is_some() => (Icon::Camera, "camera"),
        Some(n) if n.light.is_some() => (Icon::Light, "light"),
        _ => (Icon::Group, "group"),
    }
}

fn row_ui(
    ui: &mut Ui,
    row: &Row,
    loaded: &Loaded,
    selected: Option<NodeId>,
    view: &mut OutlinerView,
    commands: &mut Commands,
) {
    let scene = &loaded.import.scene;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
    let is_selected = selected == Some(row.node);
    let label = label_of(scene, row.node);
    let (icon, kind) = kind_of(scene, row.node);
    response
        .widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_selected, format!("{label}, {kind}")));
    let ground = Rect::from_min_max(rect.min + vec2(6.0, 0.0), rect.max - vec2(6.0, 0.0));
    let ink = widgets::row_ground(ui, ground, &response, is_selected);
    let left = rect.left() + 10.0 + 14.0 * row.depth.min(12) as f32;
    let has_children = scene.nodes.get(row.node).is_some_and(|n| !n.children.is_empty());
    if has_children && view.filter.trim().is_empty() {
        fold_ui(ui, pos2(left + 7.0, rect.center().y), row.node, &label, view);
    }
    let icon_rect = Rect::from_center_size(pos2(left + 24.0, rect.center().y), Vec2::splat(14.0));
    icon.paint(ui.painter(), icon_rect, if is_selected { theme::EMBER } else { theme::TEXT_FAINT });
    let text_left = left + 38.0;
    let width = rect.right() - 12.0 - text_left;
    widgets::elided(ui, pos2(text_left, rect.center().y), width, &label, theme::body(), ink);
    if response.double_clicked() {
        commands.push(ViewCommand::SelectNode(Some(row.node)));
        commands.push(ViewCommand::Frame);
    } else if response.clicked() {
        commands.push(ViewCommand::SelectNode((!is_selected).then_some(row.node)));
    }
    if response.has_focus() && ui.input(|i| i.key_pressed(Key::ArrowRight) || i.key_pressed(Key::ArrowLeft)) {
        let opens = ui.input(|i| i.key_pressed(Key::ArrowRight));
        if opens {
            view.collapsed.remove(&row.node);
        } else {
            view.collapsed.insert(row.node);
        }
    }
}

fn fold_ui(ui: &mut Ui, center: egui::Pos2, node: NodeId, label: &str, view: &mut OutlinerView) {
    let rect = Rect::from_center_size(center, Vec2::splat(18.0));
    let response = ui.interact(rect, ui.scope_id().with(("fold", node)), Sense::click());
    let is_open = !view.collapsed.contains(&node);
    let name = format!("{} {label}", if is_open { "Fold" } else { "Unfold" });
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, name.clone()));
    let icon = if is_open { Icon::ChevronDown } else { Icon::ChevronRight };
    icon.paint(
        ui.painter(),
        rect.shrink(3.0),
        if response.hovered() { theme::TEXT } else { theme::TEXT_FAINT },
    );
    if response.clicked() {
        if is_open {
            view.collapsed.insert(node);
        } else {
            view.collapsed.remove(&node);
        }
    }
}
