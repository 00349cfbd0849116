//! What the picture's colours mean, with what can be set about them, in the picture's lower left corner.

use egui::{
    Align2, Color32, DragValue, Frame, Margin, Mesh, Rect, Response, RichText, Role, Sense, Shape, Stroke,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};
use render::{DENSITY_OCTAVES, Seen, density_color, id_color, overdraw_color};

use super::mode_bar;
use super::outliner::label_of;
use crate::commands::{Commands, ViewCommand};
use crate::model::{Loaded, Model};
use crate::modes::ModeView;
use crate::text;
use crate::theme;
use crate::view::{PassChoice, View};
use crate::widgets;

const WIDTH: f32 = 236.0;
const RAMP_HEIGHT: f32 = 12.0;
/// Objects or materials that are named; more would hide the picture.
const MOST_NAMES: usize = 8;

/// What the stage knows of the picture.
pub(super) struct Point {
    /// Distances in metres between which the model lies.
    pub depth_span: Option<[f32; 2]>,
    /// What lies under the pointer.
    pub seen: Option<Seen>,
}

/// Returns how high the legend is.
pub(super) fn legend_ui(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    view: &mut View,
    point: &Point,
    commands: &mut Commands,
) -> f32 {
    let id = ui.scope_id().with(("legend", view.pass));
    let known = ui.data(|data| data.get_temp::<f32>(id));
    let height = known.unwrap_or(96.0);
    let place = Rect::from_min_size(pos2(rect.left(), rect.bottom() - height), vec2(WIDTH, height));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
    let frame = Frame::new().fill(theme::SCRIM).corner_radius(theme::RADIUS);
    let frame = frame.inner_margin(Margin { left: 10, right: 10, top: 6, bottom: 8 });
    let shown = frame.show(&mut child, |ui| {
        ui.set_width(WIDTH - 20.0);
        ui.spacing_mut().item_spacing = vec2(6.0, 5.0);
        head_ui(ui, view.pass);
        if let Some(loaded) = model.loaded() {
            body_ui(ui, loaded, view, point.depth_span, commands);
            if view.pass.tells_values() {
                let value = point.seen.and_then(|seen| value_of(view, loaded, &seen));
                value_ui(ui, value.as_deref().unwrap_or("–"));
            }
        }
    });
    let found = shown.response.rect.height();
    if known != Some(found) {
        ui.data_mut(|data| data.insert_temp(id, found));
        ui.ctx().request_discard("the legend's height is known");
    }
    found
}

fn head_ui(ui: &mut Ui, pass: PassChoice) {
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        let (icon, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
        mode_bar::swatch(ui.painter(), icon, pass);
        ui.label(RichText::new(pass.label()).font(theme::semibold(12.5)).color(theme::TEXT));
    });
    ui.add(
        egui::Label::new(RichText::new(pass.legend()).font(theme::small()).color(theme::TEXT_QUIET)).wrap(),
    );
    ui.add_space(2.0);
}

fn body_ui(
    ui: &mut Ui,
    loaded: &Loaded,
    view: &mut View,
    depth_span: Option<[f32; 2]>,
    commands: &mut Commands,
) {
    let modes = &mut view.modes;
    match view.pass {
        PassChoice::Textured | PassChoice::Clay | PassChoice::Albedo => {}
        PassChoice::Wireframe | PassChoice::VertexColor => {}
        PassChoice::Normal => normals_ui(ui, modes),
        PassChoice::Depth => depth_ui(ui, modes, depth_span, commands),
        PassChoice::Edge => edges_ui(ui, modes),
        PassChoice::UvChecker => checker_ui(ui, modes),
        PassChoice::Roughness | PassChoice::Metallic | PassChoice::Occlusion => {
            ramp_ui(ui, |t| Color32::from_gray((255.0 * t) as u8));
            ticks_ui(ui, &["0".into(), "0.5".into(), "1".into()]);
        }
        PassChoice::FaceOrientation => {
            key_ui(ui, theme::FRONT_SIDE, "Front, what faces outwards");
            key_ui(ui, theme::BACK_SIDE, "Back, the inside of a surface");
        }
        PassChoice::TexelDensity => density_ui(ui, modes),
        PassChoice::Overdraw => overdraw_ui(ui, modes),
        PassChoice::ObjectId => objects_ui(ui, loaded, commands),
        PassChoice::MaterialId => materials_ui(ui, loaded),
    }
}

/// The number or name that the colour under the pointer stands for.
fn value_of(view: &View, loaded: &Loaded, seen: &Seen) -> Option<String> {
    let scene = &loaded.import.scene;
    let modes = &view.modes;
    let part = |code: u8| f32::from(code) / 255.0;
    match view.pass {
        PassChoice::Depth => Some(text::length(f64::from(seen.depth_m))),
        PassChoice::Normal => {
            let [x, y, z] = seen.color.map(|code| 2.0 * part(code) - 1.0);
            Some(format!("{x:.2}, {y:.2}, {z:.2}"))
        }
        PassChoice::Roughness | PassChoice::Metallic | PassChoice::Occlusion => {
            Some(format!("{:.2}", part(seen.color[0])))
        }
        PassChoice::ObjectId => Some(label_of(scene, seen.node)),
        PassChoice::MaterialId => {
            let is_near = |i: &usize| id_color(*i).iter().zip(seen.color).all(|(a, b)| a.abs_diff(b) <= 1);
            (0..scene.materials.len()).find(is_near).map(|i| material_name(loaded, i))
        }
        PassChoice::Overdraw => {
            let hottest = modes.hottest_overdraw;
            let n =
                (1..=hottest as u32).min_by_key(|&n| apart(overdraw_color(n as f32, hottest), seen.color))?;
            Some(text::counted(n as usize, "layer", "layers"))
        }
        PassChoice::TexelDensity => density_of(seen.color, modes.target_px_per_m),
        _ => None,
    }
}

fn apart(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The picture darkens what turns away, so that the hue tells the number.
fn density_of(color: [u8; 3], target: f32) -> Option<String> {
    let hue = |color: [u8; 3]| {
        glam::Vec3::from(color.map(|c| (f32::from(c) / 255.0).powf(2.2))).normalize_or_zero()
    };
    let seen = hue(color);
    let at = |i: u32| target * (2.0 * DENSITY_OCTAVES * (i as f32 / 96.0 - 0.5)).exp2();
    let nearness = |i: &u32| hue(density_color(at(*i), target)).dot(seen);
    let best = (0..=96).max_by(|a, b| nearness(a).total_cmp(&nearness(b)))?;
    // Grey is a surface without a texture.
    if nearness(&best) < 0.98 {
        return None;
    }
    let number = text::count(at(best).round() as u64);
    Some(match best {
        0 => format!("{number} px/m or less"),
        96 => format!("{number} px/m or more"),
        _ => format!("about {number} px/m"),
    })
}

fn value_ui(ui: &mut Ui, value: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Under the pointer {value}")));
    let name = "Under the pointer";
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, name, theme::small(), theme::TEXT_QUIET);
    let galley = ui.painter().layout_no_wrap(value.to_owned(), theme::medium(12.0), theme::TEXT);
    let width = galley.size().x.min(rect.width() - 104.0);
    let at = pos2(rect.right() - width, rect.center().y);
    widgets::elided(ui, at, width + 1.0, value, theme::medium(12.0), theme::TEXT);
}

fn material_name(loaded: &Loaded, i: usize) -> String {
    let material = loaded.import.scene.materials.get(i);
    let name = material.map_or("", |material| &material.name);
    if name.is_empty() { format!("Material {}", i + 1) } else { name.to_owned() }
}

fn normals_ui(ui: &mut Ui, modes: &mut ModeView) {
    let sides = if modes.world_normals {
        ["X right of the model", "Y away", "Z up"]
    } else {
        ["X to the right", "Y up", "Z towards you"]
    };
    // The picture's own colours of the three directions.
    for (codes, side) in [[255, 128, 128], [128, 255, 128], [128, 128, 255]].into_iter().zip(sides) {
        key_ui(ui, theme::of_codes(codes), side);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (name, world) in [("Camera", false), ("World", true)] {
            if widgets::segment(ui, name, "", modes.world_normals == world).clicked() {
                modes.world_normals = world;
            }
        }
    });
}

fn depth_ui(ui: &mut Ui, modes: &mut ModeView, span: Option<[f32; 2]>, commands: &mut Commands) {
    let Some(span) = span else { return };
    let mut shown = modes.depth_range.unwrap_or(span);
    let before = shown;
    // The scale holds the model and both handles, with a little room to drag them apart.
    let [low, high] = [span[0].min(shown[0]), span[1].max(shown[1])];
    let room = 0.08 * (high - low).max(1e-6);
    let scale = [(low - room).max(0.0), high + room];
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), RAMP_HEIGHT + 8.0), Sense::hover());
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), RAMP_HEIGHT));
    let at = |metres: f32| egui::remap(metres, scale[0]..=scale[1], bar.left()..=bar.right());
    ramp(ui, bar, |t| {
        let metres = egui::lerp(scale[0]..=scale[1], t);
        let grey = (metres - shown[0]) / (shown[1] - shown[0]).max(1e-9);
        Color32::from_gray((255.0 * grey.clamp(0.0, 1.0)) as u8)
    });
    for (i, name) in ["Near, shown black", "Far, shown white"].into_iter().enumerate() {
        let x = at(shown[i]).clamp(bar.left(), bar.right());
        let response = handle_ui(ui, pos2(x, bar.bottom()), name, shown[i]);
        if response.dragged() {
            shown[i] += response.drag_delta().x / bar.width().max(1.0) * (scale[1] - scale[0]);
        }
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size = vec2(66.0, 24.0);
        let speed = f64::from(0.005 * (scale[1] - scale[0]));
        for (i, name) in ["Near", "Far"].into_iter().enumerate() {
            let value = DragValue::new(&mut shown[i]).speed(speed).max_decimals(3).suffix(" m");
            named(ui.add(value), name);
        }
        if modes.depth_range.is_some() && widgets::segment(ui, "Fit", "", false).clicked() {
            commands.push(ViewCommand::FitDepth);
        }
    });
    if shown != before && shown.iter().all(|d| d.is_finite()) {
        let near = shown[0].max(0.0);
        let far = shown[1].max(near + 1e-4 * (high - low).max(1e-6));
        modes.depth_range = Some([near, far]);
    }
}

/// A small mark below the ramp that is dragged.
fn handle_ui(ui: &mut Ui, tip: egui::Pos2, name: &str, metres: f32) -> Response {
    let rect = Rect::from_center_size(tip, vec2(14.0, 22.0));
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::drag());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Slider, true, name);
        info.value = Some(f64::from(metres));
        info
    });
    let color = if response.hovered() || response.dragged() { theme::EMBER } else { theme::TEXT };
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
    }
    let corners = vec![tip - vec2(0.0, 3.0), tip + vec2(5.0, 6.0), tip + vec2(-5.0, 6.0)];
    ui.painter().add(Shape::convex_polygon(corners, color, Stroke::new(1.0, theme::GROUND)));
    response.on_hover_text(format!("{name}: {}", text::length(f64::from(metres))))
}

fn edges_ui(ui: &mut Ui, modes: &mut ModeView) {
    setting_ui(ui, "Creases sharper than", |ui| {
        ui.add(
            DragValue::new(&mut modes.crease_degrees)
                .range(5.0..=180.0)
                .speed(0.5)
                .max_decimals(0)
                .suffix("°"),
        )
    });
    setting_ui(ui, "Line width", |ui| {
        ui.add(
            DragValue::new(&mut modes.line_width_px)
                .range(1.0..=6.0)
                .speed(0.02)
                .max_decimals(1)
                .suffix(" px"),
        )
    });
    ui.checkbox(&mut modes.silhouettes, "Silhouettes");
    ui.checkbox(&mut modes.material_borders, "Borders of materials");
}

fn checker_ui(ui: &mut Ui, modes: &mut ModeView) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for repeats in [1.0, 2.0, 4.0, 8.0] {
            let name = format!("{repeats} ×");
            if widgets::segment(ui, &name, "", modes.checker_repeats == repeats).clicked() {
                modes.checker_repeats = repeats;
            }
        }
    });
}

fn density_ui(ui: &mut Ui, modes: &mut ModeView) {
    let target = modes.target_px_per_m;
    let at = |t: f32| target * (2.0 * DENSITY_OCTAVES * (t - 0.5)).exp2();
    ramp_ui(ui, |t| theme::of_codes(density_color(at(t), target)));
    let number = |t: f32| text::count(at(t).round().max(0.0) as u64);
    ticks_ui(ui, &[0.0, 0.25, 0.5, 0.75, 1.0].map(number));
    setting_ui(ui, "Target", |ui| {
        let speed = f64::from(0.01 * target);
        ui.add(
            DragValue::new(&mut modes.target_px_per_m)
                .range(1.0..=1e6)
                .speed(speed)
                .max_decimals(0)
                .suffix(" px/m"),
        )
    });
}

fn overdraw_ui(ui: &mut Ui, modes: &mut ModeView) {
    let hottest = modes.hottest_overdraw.round().max(2.0);
    let n_cells = (hottest as usize).min(8);
    let number = |i: usize| 1.0 + i as f32 / (n_cells - 1) as f32 * (hottest - 1.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let width = rect.width() / n_cells as f32;
    for i in 0..n_cells {
        let left = rect.left() + i as f32 * width;
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width - 1.0, rect.height()));
        ui.painter().rect_filled(cell, 2, theme::of_codes(overdraw_color(number(i), hottest)));
        let is_last = i + 1 == n_cells;
        let label = format!("{:.0}{}", number(i), if is_last { "+" } else { "" });
        let ink = if number(i) > 0.7 * hottest { theme::ON_EMBER } else { theme::TEXT };
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, label, theme::small(), ink);
    }
    setting_ui(ui, "Hottest from", |ui| {
        ui.add(DragValue::new(&mut modes.hottest_overdraw).range(2.0..=64.0).speed(0.05).max_decimals(0))
    });
}

fn objects_ui(ui: &mut Ui, loaded: &Loaded, commands: &mut Commands) {
    let scene = &loaded.import.scene;
    let shown = scene.nodes.iter().enumerate().filter(|(_, node)| node.mesh.is_some());
    let n_objects = shown.clone().count();
    for (node, _) in shown.take(MOST_NAMES) {
        let name = label_of(scene, node);
        if key_ui(ui, theme::of_codes(id_color(node)), &name).interact(Sense::click()).clicked() {
            commands.push(ViewCommand::SelectNode(Some(node)));
        }
    }
    more_ui(ui, n_objects);
}

fn materials_ui(ui: &mut Ui, loaded: &Loaded) {
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

/// A colour and what it stands for.
fn key_ui(ui: &mut Ui, color: Color32, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    let swatch = Rect::from_center_size(rect.left_center() + vec2(6.0, 0.0), Vec2::splat(12.0));
    ui.painter().rect_filled(swatch, 3, color);
    let at = rect.left_center() + vec2(20.0, 0.0);
    widgets::elided(ui, at, rect.width() - 20.0, name, theme::small(), theme::TEXT);
    response
}

fn setting_ui(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui) -> Response) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size = vec2(72.0, 24.0);
        ui.label(RichText::new(name).font(theme::small()).color(theme::TEXT_QUIET));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            named(control(ui), name);
        });
    });
}

fn named(response: Response, name: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
}

fn ramp_ui(ui: &mut Ui, color: impl Fn(f32) -> Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), RAMP_HEIGHT), Sense::hover());
    ramp(ui, rect, color);
}

/// A bar whose colour runs from 0 at its left to 1 at its right.
fn ramp(ui: &Ui, rect: Rect, color: impl Fn(f32) -> Color32) {
    const N_STEPS: u32 = 64;
    let mut mesh = Mesh::default();
    for i in 0..=N_STEPS {
        let t = i as f32 / N_STEPS as f32;
        let x = egui::lerp(rect.x_range(), t);
        mesh.colored_vertex(pos2(x, rect.top()), color(t));
        mesh.colored_vertex(pos2(x, rect.bottom()), color(t));
        if i > 0 {
            mesh.add_triangle(2 * i - 2, 2 * i - 1, 2 * i);
            mesh.add_triangle(2 * i - 1, 2 * i, 2 * i + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    let line = Stroke::new(1.0, theme::LINE_STRONG);
    ui.painter().rect_stroke(rect, 1, line, egui::StrokeKind::Outside);
}

/// Numbers under a ramp, at equal steps from end to end.
fn ticks_ui(ui: &mut Ui, labels: &[String]) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 13.0), Sense::hover());
    let last = labels.len().saturating_sub(1);
    for (i, label) in labels.iter().enumerate() {
        let t = i as f32 / last.max(1) as f32;
        let align = match i {
            0 => Align2::LEFT_TOP,
            _ if i == last => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        let at = pos2(egui::lerp(rect.x_range(), t), rect.top());
        ui.painter().text(at, align, label, theme::small(), theme::TEXT_QUIET);
    }
}
