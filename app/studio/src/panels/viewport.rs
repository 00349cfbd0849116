use egui::{
    Align2, CursorIcon, Frame, Image, Margin, PointerButton, Rect, Response, RichText, Sense, Ui, Vec2, vec2,
};

use super::{light, marks, mode_bar, overlay, walking, wipe};
use crate::commands::{Commands, FileCommand, LightCommand, ViewCommand};
use crate::icons::Icon;
use crate::model::{Document, Model};
use crate::text;
use crate::theme;
use crate::view::{PassChoice, Side, View};
use crate::viewport::{Compared, Projector, Purpose, Question, SelectWay, Stage, to_glam};
use crate::widgets;

/// The picture, the mouse over it, and what is written on it.
pub(super) fn viewport_ui(
    ui: &mut Ui,
    model: &Model,
    view: &mut View,
    commands: &mut Commands,
    stage: &mut Stage,
) {
    let rect = ui.max_rect();
    let Some(document) = model.current() else { return };
    let response = ui.interact(rect, ui.scope_id().with("viewport"), Sense::click_and_drag());
    response.widget_info(|| {
        let spoken = format!("Picture of {}, {} pass", document.name(), view.pass.label());
        egui::WidgetInfo::labeled(egui::Role::Image, true, spoken)
    });
    stage.camera.resize(to_glam(rect.size()));
    if model.loaded().is_some() {
        if stage.camera.walk().is_some() {
            walking::walk_ui(ui, &response, stage);
        } else {
            mouse_ui(ui, rect, &response, stage, commands);
            let pointer = response.interact_pointer_pos().or(response.hover_pos());
            let side = pointer.map_or(Side::Left, |pointer| wipe::side_of(rect, view, pointer));
            let is_elsewhere = side == Side::Right && view.wipe.is_some_and(|wipe| wipe.doc.is_some());
            if !view.tape.is_on {
                pick_ui(ui, rect, &response, (side, is_elsewhere), stage);
            } else if !is_elsewhere {
                super::tape::tape_mouse_ui(ui, rect, &response, stage);
            }
        }
    }
    walking::hold_pointer(ui.ctx(), stage);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let size_px = [rect.width(), rect.height()].map(|side| (side * pixels_per_point).round().max(1.0) as u32);
    let mode = view.modes.shown(view.pass);
    let picture = stage.picture(ui.ctx(), document.id, mode, view.playback.moment(), size_px);
    match picture {
        Ok(Some(texture)) => {
            Image::new((texture, rect.size())).paint_at(ui, rect);
            other_side_ui(ui, rect, model, document, view, stage);
            let projector = Projector::new(&stage.camera.pose(), rect.size().into());
            // Two models side by side have marks of their own.
            if view.wipe.is_none_or(|wipe| wipe.doc.is_none()) {
                marks::marks_ui(ui, rect, model, view, &projector);
            }
            marks::changes_ui(ui, rect, model, view, stage);
            overlay::overlay_ui(ui, rect, model, view, stage, commands);
            if stage.is_preparing() {
                overlay::preparing_ui(ui, rect, view.pass);
            }
            wipe::wipe_ui(ui, rect, model, view, commands);
        }
        Ok(None) => waiting_ui(ui, rect, model, document, stage),
        Err(reason) => trouble_ui(ui, rect, "The picture cannot be drawn", &reason, None, commands),
    }
    if let Some(reason) = document.failure().filter(|_| document.load.value().is_none()) {
        trouble_ui(
            ui,
            rect,
            &format!("{} cannot be read", document.name()),
            reason,
            Some(Icon::Refresh),
            commands,
        );
    }
    top_bar_ui(ui, rect, view, stage, commands);
}

/// What a drag turns the light by.
const DEGREES_PER_POINT: f32 = 0.5;

/// Left or middle drag turns, right or Shift drag moves, the wheel comes closer; with Alt as in Maya.
/// With Ctrl and Shift a drag turns the light.
fn mouse_ui(ui: &Ui, rect: Rect, response: &Response, stage: &mut Stage, commands: &mut Commands) {
    let held = ui.input(|i| i.modifiers);
    let delta = to_glam(response.drag_delta());
    let [primary, middle, secondary] =
        [PointerButton::Primary, PointerButton::Middle, PointerButton::Secondary]
            .map(|button| response.dragged_by(button));
    if primary && held.command && held.shift {
        commands.push(LightCommand::Turn(DEGREES_PER_POINT * delta.x));
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        return;
    }
    let zooms = middle && held.command || secondary && held.alt;
    let pans = secondary || (held.shift && response.dragged()) || middle && held.alt;
    if zooms {
        let center = to_glam(0.5 * rect.size());
        stage.camera.zoom(2.0 * (delta.x - delta.y), center);
        ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
    } else if pans {
        stage.camera.pan(delta);
        ui.ctx().set_cursor_icon(CursorIcon::Move);
    } else if primary || middle {
        stage.camera.orbit(delta);
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    }
    if response.contains_pointer()
        && let Some(pointer) = response.hover_pos()
    {
        let (wheel, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let steps = wheel + 120.0 * (pinch - 1.0);
        if steps != 0.0 {
            stage.camera.zoom(steps, to_glam(pointer - rect.min));
        }
    }
}

/// A click selects, with Ctrl what the object belongs to, with Shift it takes the selection back, with
/// Alt it opens the material; a double click comes closer. Lines of sight meet the model on stage only.
fn pick_ui(ui: &Ui, rect: Rect, response: &Response, (side, is_elsewhere): (Side, bool), stage: &mut Stage) {
    let Some(pointer) = response.interact_pointer_pos() else { return };
    let at: [f32; 2] = (pointer - rect.min).into();
    let held = ui.input(|input| input.modifiers);
    let sight = Projector::new(&stage.camera.pose(), rect.size().into()).sight(at);
    let question = |purpose| Question { purpose, sight, at, snaps: false };
    if response.double_clicked() {
        if !is_elsewhere {
            stage.probe.ask(question(Purpose::Focus));
        }
    } else if response.clicked() {
        let way = match (held.command, held.shift) {
            (true, _) => SelectWay::Parent,
            (_, true) => SelectWay::TakeBack,
            _ => SelectWay::Object,
        };
        let pixel = at.map(|place| (place * ui.ctx().pixels_per_point()).max(0.0) as u32);
        stage.ask(side, pixel, way);
        // What it is made of, besides what it is.
        if held.alt && !is_elsewhere {
            stage.probe.ask(question(Purpose::Material));
        }
    } else {
        return;
    }
    ui.ctx().request_repaint();
}

fn top_bar_ui(ui: &mut Ui, rect: Rect, view: &mut View, stage: &Stage, commands: &mut Commands) {
    // A mode of the list is named in the bar, which takes its room.
    let needed = if PassChoice::FIRST.contains(&view.pass) { 560.0 } else { 760.0 };
    let is_narrow = rect.width() < needed;
    let bar = Rect::from_min_size(rect.min + vec2(12.0, 12.0), vec2(rect.width() - 24.0, 32.0));
    let mut ui = ui.new_child(
        egui::UiBuilder::new().max_rect(bar).layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    scrim_frame().show(&mut ui, |ui| mode_bar::mode_bar_ui(ui, is_narrow, view, commands));
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        scrim_frame().inner_margin(0).show(ui, |ui| {
            if widgets::icon_button(ui, Icon::Frame, "Frame selection (F)").clicked() {
                commands.push(ViewCommand::Frame);
            }
            super::camera::lens_button_ui(ui, stage, commands);
        });
        scrim_frame().inner_margin(0).show(ui, |ui| {
            if widgets::icon_toggle(ui, Icon::Compare, "Compare (C)", view.wipe.is_some()).clicked() {
                commands.push(ViewCommand::ToggleWipe);
            }
        });
        scrim_frame().inner_margin(0).show(ui, |ui| {
            light::light_ui(ui, &mut view.toggles_light, &mut view.light, commands);
        });
    });
}

/// The right side of a split view over the whole picture.
fn other_side_ui(ui: &Ui, rect: Rect, model: &Model, document: &Document, view: &View, stage: &mut Stage) {
    let Some(wipe) = view.wipe else {
        stage.close_other();
        return;
    };
    let side = Rect::from_x_y_ranges(wipe::divider_x(rect, wipe.at)..=rect.right(), rect.y_range());
    let painter = ui.painter().with_clip_rect(side);
    let (doc, mode) = (wipe.doc.unwrap_or(document.id), view.modes.shown(wipe.pass));
    let loaded = wipe.doc.and_then(|doc| model.document(doc)?.load.value());
    let compared = loaded.map(|loaded| Compared { loaded, sizes: wipe.sizes, selected: wipe.selected });
    match stage.other_picture(doc, mode, compared.as_ref()) {
        Ok(Some(texture)) => {
            let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.image(texture, rect, whole, egui::Color32::WHITE);
        }
        Ok(None) => {
            painter.rect_filled(side, 0, theme::GROUND);
            widgets::spinner_at(ui, Rect::from_center_size(side.center(), Vec2::splat(32.0)));
        }
        Err(reason) => {
            painter.rect_filled(side, 0, theme::GROUND);
            let at = side.center();
            painter.text(at, Align2::CENTER_CENTER, reason, theme::small(), theme::TEXT_QUIET);
        }
    }
}

fn scrim_frame() -> Frame {
    Frame::new().fill(theme::SCRIM).corner_radius(theme::RADIUS).inner_margin(Margin::same(2))
}

/// Before the first picture: what is on its way, at once.
fn waiting_ui(ui: &Ui, rect: Rect, model: &Model, document: &Document, stage: &Stage) {
    if document.failure().is_some() && document.load.value().is_none() {
        return;
    }
    let center = rect.center();
    if stage.gpu().is_none() {
        no_gpu_ui(ui, rect);
        return;
    }
    widgets::spinner_at(ui, Rect::from_center_size(center - vec2(0.0, 48.0), Vec2::splat(32.0)));
    let painter = ui.painter();
    painter.text(center, Align2::CENTER_CENTER, document.name(), theme::semibold(16.0), theme::TEXT);
    let size = document.n_bytes.map(text::n_bytes);
    let stage_text = if let Some(error) = &model.machine.gpu_error {
        error.clone()
    } else if let Some(progress) = document.load.progress() {
        let percent = progress.fraction.map(|f| format!(" {:.0} %", 100.0 * f)).unwrap_or_default();
        format!("{}{percent}", if progress.stage.is_empty() { "waiting" } else { &progress.stage })
    } else if stage.tools().is_none() {
        "preparing the renderer".into()
    } else {
        "bringing it to the graphics card".into()
    };
    let line = size.into_iter().chain([stage_text]).collect::<Vec<_>>().join("   ·   ");
    painter.text(center + vec2(0.0, 24.0), Align2::CENTER_CENTER, line, theme::body(), theme::TEXT_QUIET);
}

/// Everything but the picture works without a graphics device.
fn no_gpu_ui(ui: &Ui, rect: Rect) {
    let painter = ui.painter();
    let icon = Rect::from_center_size(rect.center() - vec2(0.0, 40.0), Vec2::splat(28.0));
    Icon::Warning.paint(painter, icon, theme::WARNING);
    let title = "No graphics device";
    painter.text(rect.center(), Align2::CENTER_CENTER, title, theme::semibold(16.0), theme::TEXT);
    let hint = "Install a Vulkan driver or mesa-vulkan-drivers to see the model; the report works without";
    let at = rect.center() + vec2(0.0, 24.0);
    painter.text(at, Align2::CENTER_CENTER, hint, theme::small(), theme::TEXT_QUIET);
}

/// An error in place of the picture: what happened, to which file, what to do now.
fn trouble_ui(
    ui: &mut Ui,
    rect: Rect,
    title: &str,
    reason: &str,
    retry: Option<Icon>,
    commands: &mut Commands,
) {
    let card = Rect::from_center_size(rect.center(), vec2(460.0_f32.min(rect.width() - 48.0), 220.0));
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(card));
    theme::card_frame().inner_margin(Margin::same(20)).show(&mut ui, |ui| {
        ui.set_width(card.width() - 40.0);
        ui.horizontal(|ui| {
            widgets::icon_ui(ui, Icon::Error, theme::ERROR);
            ui.label(RichText::new(title).font(theme::semibold(15.0)).color(theme::TEXT));
        });
        ui.add_space(6.0);
        ui.add(
            egui::Label::new(RichText::new(text::sentence(reason)).color(theme::TEXT_QUIET))
                .wrap()
                .selectable(true),
        );
        if let Some(icon) = retry {
            ui.add_space(10.0);
            ui.horizontal(|ui| {
                if widgets::button(ui, Some(icon), "Read again").clicked() {
                    commands.push(FileCommand::Reload);
                }
                if widgets::button(ui, None, "Close model").clicked() {
                    commands.push(FileCommand::CloseCurrent);
                }
            });
        }
    });
}
