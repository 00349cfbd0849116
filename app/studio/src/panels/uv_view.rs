//! The open map, its channels one by one, and the faces that lie on it.

use egui::{
    Align2, Color32, CursorIcon, FontId, Frame, Layout, Margin, Rect, Role, Sense, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use scene::Wrap;

use crate::icons::Icon;
use crate::inspector::{Channel, InspectorView, Map, UvFrame, UvPlace};
use crate::model::{Model, Picture};
use crate::pictures::Pictures;
use crate::text;
use crate::theme;
use crate::widgets;

/// With more copies of the texture in view only the first is drawn.
const MAX_TILES: i64 = 1_200;
/// Below this many points a unit, tiles have no names.
const MIN_NAMED_TILE: f32 = 40.0;

pub(super) fn map_view_ui(
    ui: &mut Ui,
    model: &Model,
    inspector: &mut InspectorView,
    pictures: &mut Pictures,
) {
    let line = Rect::from_min_size(ui.max_rect().min, vec2(ui.available_width(), 1.0));
    ui.painter().rect_filled(line, 0, theme::LINE);
    let maps = model.sheet.maps();
    let map = maps.and_then(|maps| maps.get(inspector.map));
    Frame::new().inner_margin(Margin { left: 8, right: 6, top: 6, bottom: 4 }).show(ui, |ui| {
        ui.horizontal(|ui| tools_ui(ui, model, inspector, map));
    });
    let rect = ui.available_rect_before_wrap();
    ui.allocate_rect(rect, Sense::hover());
    plane_ui(ui, rect, model, inspector, map, pictures);
}

fn tools_ui(ui: &mut Ui, model: &Model, inspector: &mut InspectorView, map: Option<&Map>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    ui.add_enabled_ui(map.is_some_and(|m| m.rgba.is_some()), |ui| {
        for channel in Channel::ALL {
            let name = channel.label();
            let hint = map.map_or("", |m| m.meaning);
            if widgets::segment(ui, name, "", inspector.channel == channel).on_hover_text(hint).clicked() {
                inspector.channel = channel;
            }
        }
    });
    ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
        let bounds = model.sheet.faces().filter(|f| f.low.x <= f.high.x).map(|f| (f.low, f.high));
        if widgets::icon_button(ui, Icon::Frame, "Show all UVs").clicked()
            && let Some(((low, high), frame)) = bounds.zip(inspector.frame)
        {
            let pixels_per_point = ui.ctx().pixels_per_point();
            let size = vec2(frame.size_px[0] as f32, frame.size_px[1] as f32) / pixels_per_point;
            let rect = Rect::from_min_size(pos2(0.0, 0.0), size);
            inspector.camera.frame(rect, vec2(low.x, low.y), vec2(high.x, high.y));
        }
        if widgets::segment(ui, "UVs", "", inspector.shows_uvs)
            .on_hover_text("Faces over the map (Shift+U)")
            .clicked()
        {
            inspector.shows_uvs = !inspector.shows_uvs;
        }
    });
}

fn plane_ui(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    inspector: &mut InspectorView,
    map: Option<&Map>,
    pictures: &mut Pictures,
) {
    let response = ui.interact(rect, ui.scope_id().with("plane"), Sense::click_and_drag());
    let faces = model.sheet.faces().filter(|_| inspector.shows_uvs);
    response.widget_info(|| {
        let title = map.map_or("No map", |m| m.title);
        let n = faces.map_or(0, |f| f.n_faces);
        WidgetInfo::labeled(
            Role::Image,
            true,
            format!("{title}, {} in the UV plane", text::counted(n, "face", "faces")),
        )
    });
    if response.dragged() {
        inspector.camera.pan(rect, response.drag_delta());
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    }
    if let Some(pointer) = response.hover_pos().filter(|_| response.contains_pointer()) {
        let (wheel, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let factor = (wheel * 0.004).exp() * pinch;
        if factor != 1.0 {
            inspector.camera.zoom(rect, factor, pointer);
        }
    }
    if response.double_clicked() {
        inspector.camera = Default::default();
    }
    let place = inspector.camera.place_in(rect);
    inspector.frame = Some(frame_of(ui, rect, &place));
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    ui.set_clip_rect(rect.intersect(ui.clip_rect()));
    ui.painter().rect_filled(rect, 0, theme::GROUND);
    let picture = model.sheet.picture().filter(|_| map.is_some_and(|m| m.rgba.is_some()));
    tiles_ui(&mut ui, rect, &place, picture.zip(map), inspector.shows_uvs, pictures);
    grid_ui(&ui, rect, &place);
    if inspector.shows_uvs
        && let Some(drawing) = model.sheet.drawing()
    {
        // Where it was drawn, so that it moves with the texture until the new one is there.
        let UvFrame { min, px_per_unit, size_px } = drawing.frame;
        let size = vec2(size_px[0] as f32, size_px[1] as f32) / px_per_unit * place.points_per_unit;
        let at = Rect::from_min_size(place.to_screen(rect, vec2(min.x, min.y)), size);
        if let Some(texture) = pictures.texture(ui.ctx(), &drawing.picture) {
            egui::Image::new((texture.id(), at.size())).paint_at(&ui, at);
        }
    }
    notes_ui(&ui, rect, model, inspector, map);
}

/// On whole pixels of the screen, so that lines stay sharp.
fn frame_of(ui: &Ui, rect: Rect, place: &UvPlace) -> UvFrame {
    let pixels_per_point = ui.ctx().pixels_per_point();
    let min = place.to_uv(rect, rect.min);
    let size_px =
        [rect.width(), rect.height()].map(|s| (s * pixels_per_point).round().clamp(1.0, 4096.0) as u32);
    UvFrame {
        min: glam::Vec2::new(min.x, min.y),
        px_per_unit: place.points_per_unit * pixels_per_point,
        size_px,
    }
}

/// The first and last whole tile in view, along u and v.
fn tiles_in_view(rect: Rect, place: &UvPlace) -> [(i32, i32); 2] {
    let (low, high) = (place.to_uv(rect, rect.min), place.to_uv(rect, rect.max));
    [(low.x.floor() as i32, high.x.ceil() as i32), (low.y.floor() as i32, high.y.ceil() as i32)]
}

fn tiles_ui(
    ui: &mut Ui,
    rect: Rect,
    place: &UvPlace,
    shown: Option<(&Picture, &Map)>,
    is_under_uvs: bool,
    pictures: &mut Pictures,
) {
    let tile_rect = |u: i32, v: i32| {
        Rect::from_min_max(
            place.to_screen(rect, vec2(u as f32, v as f32)),
            place.to_screen(rect, vec2(u as f32 + 1.0, v as f32 + 1.0)),
        )
    };
    ui.painter().rect_filled(tile_rect(0, 0), 0, theme::WELL);
    let Some((picture, map)) = shown else { return };
    let Some(texture) = pictures.texture(ui.ctx(), picture) else { return };
    let [(left, right), (top, bottom)] = tiles_in_view(rect, place);
    let n_tiles = i64::from(right.saturating_sub(left)) * i64::from(bottom.saturating_sub(top));
    let (rows, columns) = if n_tiles > MAX_TILES { (0..1, 0..1) } else { (top..bottom, left..right) };
    for v in rows {
        for u in columns.clone() {
            let is_own = (u, v) == (0, 0);
            let [wrap_u, wrap_v] = map.wrap;
            let repeats = |wrap: Wrap, i: i32| i == 0 || wrap != Wrap::ClampToEdge;
            let is_copied = repeats(wrap_u, u) && repeats(wrap_v, v);
            if !is_own && !is_copied {
                continue;
            }
            let turned = |wrap: Wrap, i: i32| wrap == Wrap::MirroredRepeat && i.rem_euclid(2) == 1;
            let ends = |is_turned: bool| if is_turned { (1.0, 0.0) } else { (0.0, 1.0) };
            let ((u0, u1), (v0, v1)) = (ends(turned(wrap_u, u)), ends(turned(wrap_v, v)));
            let light = match (is_own, is_under_uvs) {
                (true, false) => 1.0,
                (true, true) => 0.62,
                (false, _) => 0.25,
            };
            let uv = Rect::from_min_max(pos2(u0, v0), pos2(u1, v1));
            let tint = Color32::WHITE.gamma_multiply(light);
            ui.painter().image(texture.id(), tile_rect(u, v), uv, tint);
        }
    }
}

/// Borders of the tiles with their UDIM numbers, where there are such.
fn grid_ui(ui: &Ui, rect: Rect, place: &UvPlace) {
    if place.points_per_unit < 12.0 {
        return;
    }
    let [(left, right), (top, bottom)] = tiles_in_view(rect, place);
    let painter = ui.painter();
    let stroke = |i: i32| Stroke::new(1.0, if i == 0 || i == 1 { theme::LINE_STRONG } else { theme::LINE });
    for u in left..=right {
        let x = painter.round_to_pixel_center(place.to_screen(rect, vec2(u as f32, 0.0)).x);
        painter.vline(x, rect.y_range(), stroke(u));
    }
    for v in top..=bottom {
        let y = painter.round_to_pixel_center(place.to_screen(rect, vec2(0.0, v as f32)).y);
        painter.hline(rect.x_range(), y, stroke(v));
    }
    if place.points_per_unit < MIN_NAMED_TILE {
        return;
    }
    for v in top..bottom {
        // UDIM counts rows from the bottom up.
        let row = -v;
        for u in left.max(0)..right.min(10) {
            if row >= 0 {
                let corner = place.to_screen(rect, vec2(u as f32, v as f32 + 1.0));
                let name = (1001 + u + 10 * row).to_string();
                let at = corner + vec2(4.0, -4.0);
                painter.text(at, Align2::LEFT_BOTTOM, name, FontId::proportional(9.5), theme::TEXT_FAINT);
            }
        }
    }
}

/// What there is to see, and what is left out.
fn notes_ui(ui: &Ui, rect: Rect, model: &Model, inspector: &InspectorView, map: Option<&Map>) {
    let mut lines: Vec<String> = Vec::new();
    if let Some(faces) = model.sheet.faces().filter(|_| inspector.shows_uvs) {
        let of = if inspector.faces_of.is_some() { "of the selected object" } else { "of all objects" };
        lines.push(format!("{} {of}", text::counted(faces.n_faces, "face", "faces")));
        let is_outside = faces.low.min_element() < -0.005 || faces.high.max_element() > 1.005;
        if is_outside && faces.n_faces > 0 {
            let span = |low: f32, high: f32| format!("{low:.1} to {high:.1}");
            let [u, v] = [span(faces.low.x, faces.high.x), span(faces.low.y, faces.high.y)];
            lines.push(format!("u {u}, v {v}"));
        }
        if faces.n_without > 0 {
            lines.push(format!("{} without UVs", text::counted(faces.n_without, "face", "faces")));
        }
        if faces.is_cut_off {
            let cap = text::count(crate::inspector::MAX_CORNERS as u64);
            lines.push(format!("only the first {cap} corners"));
        }
        if model.sheet.drawing().is_some_and(|d| d.is_lines_only) {
            lines.push("lines only".to_owned());
        }
    } else if map.is_none() && model.sheet.maps().is_some() {
        lines.push("No map".to_owned());
    }
    if lines.is_empty() {
        return;
    }
    let galley = ui.painter().layout_no_wrap(lines.join("   ·   "), theme::small(), theme::TEXT);
    let at = rect.left_bottom() + vec2(8.0, -8.0);
    let tag = Align2::LEFT_BOTTOM.anchor_size(at, galley.size() + Vec2::new(16.0, 8.0));
    ui.painter().rect_filled(tag, 4, theme::SCRIM);
    ui.painter().galley(tag.min + vec2(8.0, 4.0), galley, theme::TEXT);
}
