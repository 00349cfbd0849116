//! A material taken apart: which there are, what the open one is made of, its maps and UVs.

use egui::{
    Align2, CentralPanel, Color32, Frame, Margin, Panel, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};
use scene::{Filter, Material, MaterialId, Scene, UvTransform, Wrap};

use super::outliner::label_of;
use super::{header_ui, scrolled, uv_view};
use crate::commands::{Commands, ViewCommand};
use crate::icons::Icon;
use crate::inspector::{Fact, InspectorView, Map, facts, used_by};
use crate::model::{Loaded, Model};
use crate::pictures::Pictures;
use crate::text;
use crate::theme;
use crate::view::View;
use crate::widgets;

/// Rows of the list before it scrolls.
const N_ROWS_SHOWN: usize = 5;
const MAP_ROW_HEIGHT: f32 = 58.0;
/// Objects listed before "and n more".
const N_OBJECTS_SHOWN: usize = 8;

pub(super) fn materials_ui(
    ui: &mut Ui,
    model: &Model,
    view: &mut View,
    commands: &mut Commands,
    pictures: &mut Pictures,
) {
    let Some(loaded) = model.loaded() else {
        widgets::empty_state(ui, Icon::Material, "No model on stage", "Open one to see its materials");
        return;
    };
    let scene = &loaded.import.scene;
    if scene.materials.is_empty() {
        let hint = "Every face has the default: white and rough";
        widgets::empty_state(ui, Icon::Material, "No materials", hint);
        return;
    }
    let rows = scene.materials.len().min(N_ROWS_SHOWN) as f32;
    Panel::top("material list")
        .frame(Frame::new())
        .resizable(false)
        .exact_size(40.0 + rows * theme::ROW_HEIGHT + 6.0)
        .show(ui, |ui| list_ui(ui, scene, &mut view.inspector));
    let Some((id, material)) = view.inspector.material.and_then(|id| Some((id, scene.materials.get(id)?)))
    else {
        return;
    };
    let height = ui.available_height();
    Panel::bottom("map view")
        .frame(Frame::new())
        .resizable(true)
        .default_size((0.5 * height).min(ui.available_width() + 70.0))
        .size_range(160.0..=(height - 120.0).max(161.0))
        .show(ui, |ui| uv_view::map_view_ui(ui, model, &mut view.inspector, pictures));
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        let salt = format!("material {id}");
        scrolled(ui, &salt, |ui| sheet_ui(ui, model, loaded, (id, material), view, commands, pictures));
    });
}

fn list_ui(ui: &mut Ui, scene: &Scene, inspector: &mut InspectorView) {
    header_ui(ui, "Materials", Some(text::count(scene.materials.len() as u64)), |_| {});
    ui.spacing_mut().item_spacing.y = 0.0;
    let n_rows = scene.materials.len();
    ScrollArea::vertical().id_salt("materials").auto_shrink(false).show_rows(
        ui,
        theme::ROW_HEIGHT,
        n_rows,
        |ui, range| {
            for id in range {
                let (rect, response) =
                    ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
                let is_open = inspector.material == Some(id);
                let name = name_of(scene, id);
                response.widget_info(|| {
                    WidgetInfo::selected(Role::ListItem, true, is_open, format!("{name}, material"))
                });
                let ground = rect.shrink2(vec2(6.0, 0.0));
                let ink = widgets::row_ground(ui, ground, &response, is_open);
                let swatch =
                    Rect::from_center_size(pos2(rect.left() + 22.0, rect.center().y), Vec2::splat(13.0));
                swatch_ui(ui, swatch, base_color(&scene.materials[id]));
                let left = pos2(rect.left() + 38.0, rect.center().y);
                widgets::elided(ui, left, rect.right() - 14.0 - left.x, &name, theme::body(), ink);
                if response.clicked() {
                    inspector.show(id);
                }
            }
        },
    );
}

fn name_of(scene: &Scene, id: MaterialId) -> String {
    let name = scene.materials.get(id).map_or("", |m| m.name.as_str());
    if name.is_empty() { format!("Material {}", id + 1) } else { name.to_owned() }
}

fn base_color(material: &Material) -> [f32; 3] {
    material.base_color.truncate().to_array()
}

fn swatch_ui(ui: &Ui, rect: Rect, [r, g, b]: [f32; 3]) {
    let color: Color32 = egui::Rgba::from_rgb(r.clamp(0.0, 1.0), g.clamp(0.0, 1.0), b.clamp(0.0, 1.0)).into();
    ui.painter().rect_filled(rect, 3, color);
    ui.painter().rect_stroke(rect, 3, Stroke::new(1.0, theme::LINE_STRONG), StrokeKind::Inside);
}

fn sheet_ui(
    ui: &mut Ui,
    model: &Model,
    loaded: &Loaded,
    (id, material): (MaterialId, &Material),
    view: &mut View,
    commands: &mut Commands,
    pictures: &mut Pictures,
) {
    let maps = model.sheet.maps().map_or(&[][..], |maps| maps.as_slice());
    if material.textures().next().is_some() {
        ui.horizontal(|ui| {
            widgets::section_title(ui, "Maps");
            if model.sheet.is_decoding() {
                widgets::spinner(ui, 12.0);
            }
        });
        ui.add_space(2.0);
        for (i, map) in maps.iter().enumerate() {
            map_ui(ui, map, i, &mut view.inspector, pictures);
        }
        ui.add_space(theme::SECTION_GAP - 6.0);
    }
    widgets::section_title(ui, "Surface");
    ui.add_space(2.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    facts(material).iter().for_each(|fact| fact_ui(ui, fact));
    ui.add_space(theme::SECTION_GAP);
    users_ui(ui, &loaded.import.scene, id, view, commands);
}

fn fact_ui(ui: &mut Ui, fact: &Fact) {
    let right = ui.cursor().min + vec2(ui.available_width(), 0.0);
    widgets::fact(ui, fact.name, &fact.value);
    if let Some(color) = fact.color {
        let width =
            ui.painter().layout_no_wrap(fact.value.clone(), theme::medium(13.0), theme::TEXT).size().x;
        let center = right + vec2(-width - 14.0, 11.0);
        swatch_ui(ui, Rect::from_center_size(center, Vec2::splat(12.0)), color);
    }
}

/// A picture of the map, what it is, and how it is laid on.
fn map_ui(ui: &mut Ui, map: &Map, i: usize, inspector: &mut InspectorView, pictures: &mut Pictures) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), MAP_ROW_HEIGHT), Sense::click());
    let is_open = inspector.map == i;
    let lines = map_lines(map);
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ListItem,
            true,
            is_open,
            format!("{} map, {}", map.title, lines.join(", ")),
        )
    });
    widgets::row_ground(ui, rect, &response, is_open);
    let square = Rect::from_min_size(rect.min + vec2(7.0, 5.0), Vec2::splat(48.0));
    ui.painter().rect_filled(square, 3, theme::WELL);
    match map.thumbnail.as_ref().map(|p| pictures.texture(ui.ctx(), p)) {
        Some(Some(texture)) => {
            egui::Image::new((texture.id(), square.size())).corner_radius(3).paint_at(ui, square)
        }
        Some(None) => {}
        None => Icon::Warning.paint(ui.painter(), square.shrink(15.0), theme::WARNING),
    }
    let left = square.right() + 10.0;
    let width = rect.right() - 8.0 - left;
    let at = |y: f32| pos2(left, rect.top() + y);
    widgets::elided(ui, at(13.0), width, map.title, theme::medium(13.0), theme::TEXT);
    for (line, y) in lines.iter().zip([30.0, 45.0]) {
        let color = if map.info.is_ok() { theme::TEXT_QUIET } else { theme::WARNING };
        widgets::elided(ui, at(y), width, line, theme::small(), color);
    }
    if response.on_hover_ui(|ui| map_tooltip_ui(ui, map)).clicked() {
        inspector.map = i;
    }
}

/// Size and encoding, then the file.
fn map_lines(map: &Map) -> [String; 2] {
    let space = if map.is_srgb { "sRGB" } else { "linear" };
    let first = match &map.info {
        Ok(info) => {
            let bytes = map.n_bytes.map(|n| format!("   {}", text::n_bytes(n))).unwrap_or_default();
            format!("{} × {}   {}   {space}{bytes}", info.width, info.height, info.encoding)
        }
        Err(reason) => text::sentence(reason),
    };
    let file = if map.file.is_empty() { "inside the model" } else { map.file.as_str() };
    [first, file.to_owned()]
}

fn map_tooltip_ui(ui: &mut Ui, map: &Map) {
    ui.set_min_width(230.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    let line = |ui: &mut Ui, name: &str, value: &str| widgets::fact(ui, name, value);
    line(ui, "Channels", map.meaning);
    if let Ok(info) = &map.info {
        line(ui, "In the file", &text::counted(usize::from(info.n_channels), "channel", "channels"));
    }
    line(ui, "Wrap", &two(map.wrap.map(wrap_word)));
    line(ui, "Filter", &two(map.filter.map(filter_word)));
    line(ui, "UV set", &map.use_of.uv_set.to_string());
    let UvTransform { offset, rotation_radians, scale } = map.use_of.uv_transform;
    if map.use_of.uv_transform != UvTransform::default() {
        line(ui, "Offset", &format!("{:.3}, {:.3}", offset.x, offset.y));
        line(ui, "Scale", &format!("{:.3}, {:.3}", scale.x, scale.y));
        line(ui, "Turned", &format!("{:.1}°", rotation_radians.to_degrees()));
    }
}

fn two([a, b]: [&str; 2]) -> String {
    if a == b { a.to_owned() } else { format!("{a}, {b}") }
}

fn wrap_word(wrap: Wrap) -> &'static str {
    match wrap {
        Wrap::Repeat => "repeat",
        Wrap::MirroredRepeat => "mirrored",
        Wrap::ClampToEdge => "clamp",
    }
}

fn filter_word(filter: Filter) -> &'static str {
    match filter {
        Filter::Nearest => "nearest",
        Filter::Linear => "linear",
    }
}

fn users_ui(ui: &mut Ui, scene: &Scene, id: MaterialId, view: &View, commands: &mut Commands) {
    let nodes = used_by(scene, id);
    widgets::section_title(ui, &format!("Worn by {}", text::counted(nodes.len(), "object", "objects")));
    ui.add_space(2.0);
    for &node in nodes.iter().take(N_OBJECTS_SHOWN) {
        let label = label_of(scene, node);
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
        let is_selected = view.selected_node == Some(node);
        response
            .widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, format!("Select {label}")));
        let ink = widgets::row_ground(ui, rect, &response, is_selected);
        let icon = Rect::from_center_size(rect.left_center() + vec2(14.0, 0.0), Vec2::splat(14.0));
        Icon::Mesh.paint(ui.painter(), icon, theme::TEXT_FAINT);
        widgets::elided(
            ui,
            rect.left_center() + vec2(28.0, 0.0),
            rect.width() - 36.0,
            &label,
            theme::body(),
            ink,
        );
        if response.clicked() {
            commands.push(ViewCommand::SelectNode((!is_selected).then_some(node)));
        }
    }
    let more = nodes.len().saturating_sub(N_OBJECTS_SHOWN);
    if more > 0 {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
        let at = rect.left_center() + vec2(28.0, 0.0);
        let text = format!("and {} more", text::count(more as u64));
        ui.painter().text(at, Align2::LEFT_CENTER, text, theme::small(), theme::TEXT_FAINT);
    }
    ui.add_space(Margin::same(6).topf());
}
