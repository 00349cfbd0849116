//! The clips of the model on stage: which one, when, how fast.

use egui::{
    Align, Align2, ComboBox, CursorIcon, Layout, Rect, Response, RichText, Role, Sense, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use scene::Animation;

use crate::commands::{ClipCommand, Commands};
use crate::icons::Icon;
use crate::model::Model;
use crate::playback::{ClipInView, Playback, SPEEDS, clip_name};
use crate::theme;
use crate::view::View;
use crate::widgets;

pub(super) const HEIGHT: f32 = 76.0;
const TIME_LINE_HEIGHT: f32 = 26.0;
/// Frames whose ticks would stand closer are not drawn.
const MIN_TICK_STEP: f32 = 5.0;

pub(super) fn has_clips(model: &Model) -> bool {
    model.loaded().is_some_and(|loaded| !loaded.import.scene.animations.is_empty())
}

/// Of what stands at the right end.
const PACE_WIDTH: f32 = 200.0;

pub(super) fn clips_ui(ui: &mut Ui, model: &Model, view: &View, commands: &mut Commands) {
    let Some(loaded) = model.loaded() else { return };
    let playback = &view.playback;
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        transport_ui(ui, playback, commands);
        ui.add_space(6.0);
        list_ui(ui, &loaded.import.scene.animations, playback, commands);
        if ui.available_width() > 330.0 {
            ui.add_space(6.0);
            clock_ui(ui, playback);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| pace_ui(ui, playback, commands));
    });
    time_line_ui(ui, playback, commands);
}

fn transport_ui(ui: &mut Ui, playback: &Playback, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let has_clip = playback.clip.is_some();
    let mut button = |ui: &mut Ui, enabled: bool, icon, name, command| {
        let response = ui.add_enabled_ui(enabled, |ui| widgets::icon_button(ui, icon, name)).inner;
        if response.clicked() {
            commands.push(command);
        }
    };
    button(ui, has_clip, Icon::ToStart, "To the clip's start (Shift+←)", ClipCommand::ToStart);
    button(ui, true, Icon::FrameBack, "Frame back (←)", ClipCommand::StepFrames(-1));
    let (icon, name) = match playback.is_playing {
        true => (Icon::Pause, "Pause (Space)"),
        false => (Icon::Play, "Play (Space)"),
    };
    button(ui, true, icon, name, ClipCommand::PlayOrPause);
    button(ui, true, Icon::FrameForward, "Frame forward (→)", ClipCommand::StepFrames(1));
    button(ui, has_clip, Icon::ToEnd, "To the clip's end (Shift+→)", ClipCommand::ToEnd);
}

fn list_ui(ui: &mut Ui, clips: &[Animation], playback: &Playback, commands: &mut Commands) {
    let chosen = playback.clip.as_ref();
    let text = chosen.map_or("Rest pose", |clip| clip.name.as_str());
    let combo = ComboBox::from_id_salt("clips")
        .width(150.0)
        .truncate()
        .selected_text(RichText::new(text).font(theme::medium(13.0)))
        .show_ui(ui, |ui| {
            let is_resting = chosen.is_none();
            if ui.selectable_label(is_resting, "Rest pose").clicked() {
                commands.push(ClipCommand::Choose(None));
            }
            for (i, clip) in clips.iter().enumerate() {
                let label =
                    format!("{}   {:.2} s", clip_name(i, clip), ClipInView::new(i, clip).length_secs());
                if ui.selectable_label(chosen.is_some_and(|c| c.index == i), label).clicked() {
                    commands.push(ClipCommand::Choose(Some(i)));
                }
            }
        });
    combo.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Clip");
        info.current_text_value = Some(text.to_owned());
        info
    });
    combo.response.on_hover_text("Clip (Page up, Page down for the one before and after)");
}

/// Seconds, and frames for those who count in them.
fn clock_ui(ui: &mut Ui, playback: &Playback) {
    let Some(clip) = &playback.clip else {
        let hint = RichText::new("Press Space to play").font(theme::small()).color(theme::TEXT_FAINT);
        ui.label(hint);
        return;
    };
    let seconds = format!("{:.2} s", playback.time_secs);
    let width = |ui: &Ui, text: &str| {
        ui.painter().layout_no_wrap(text.into(), theme::medium(13.0), theme::TEXT).size().x
    };
    // Wide enough for the longest, so that nothing moves while it plays.
    let widest = width(ui, &format!("{:.2} s", clip.end_secs).replace(|c: char| c.is_ascii_digit(), "0"));
    let (rect, response) = ui.allocate_exact_size(vec2(widest + 2.0, theme::CONTROL_HEIGHT), Sense::hover());
    let last = (clip.end_secs * playback.rate.frames_per_sec()).round();
    let (end, frame) = (clip.end_secs, playback.frame());
    response.widget_info(|| {
        let spoken = format!("{seconds} of {end:.2} s, frame {frame} of {last}");
        WidgetInfo::labeled(Role::Label, true, spoken)
    });
    ui.painter().text(rect.right_center(), Align2::RIGHT_CENTER, seconds, theme::medium(13.0), theme::TEXT);
    let rest = [
        format!("of {end:.2} s   ·   frame {frame} of {last}"),
        format!("of {end:.2} s   ·   {frame} of {last}"),
        format!("of {end:.2} s"),
    ];
    let room = ui.available_width() - PACE_WIDTH;
    if let Some(fits) = rest.iter().find(|text| width(ui, text) < room) {
        ui.label(RichText::new(fits).font(theme::small()).color(theme::TEXT_QUIET));
    }
}

/// From the right.
fn pace_ui(ui: &mut Ui, playback: &Playback, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let rate = format!("{} fps", playback.rate.frames_per_sec());
    if widgets::segment(ui, &rate, "", false).on_hover_text("Count 24 or 30 frames a second").clicked() {
        commands.push(ClipCommand::ToggleRate);
    }
    if widgets::segment(ui, "Loop", "L", playback.is_looping)
        .on_hover_text("Start over at the end (L)")
        .clicked()
    {
        commands.push(ClipCommand::ToggleLoop);
    }
    let combo = ComboBox::from_id_salt("speed")
        .width(64.0)
        .selected_text(speed_text(playback.speed))
        .show_ui(ui, |ui| {
            for speed in SPEEDS {
                if ui.selectable_label(speed == playback.speed, speed_text(speed)).clicked() {
                    commands.push(ClipCommand::SetSpeed(speed));
                }
            }
        });
    combo.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Speed");
        info.current_text_value = Some(speed_text(playback.speed));
        info
    });
    combo.response.on_hover_text("Speed (, slower   . faster)");
}

fn speed_text(speed: f64) -> String {
    format!("{speed} ×")
}

/// Where a moment of the clip is on the line.
struct Scale {
    line: Rect,
    start_secs: f64,
    length_secs: f64,
}

impl Scale {
    fn x(&self, time_secs: f64) -> f32 {
        let share =
            if self.length_secs > 0.0 { (time_secs - self.start_secs) / self.length_secs } else { 0.0 };
        egui::lerp(self.line.x_range(), share as f32)
    }

    fn time_secs(&self, x: f32) -> f64 {
        let share = (x - self.line.left()) / self.line.width().max(1.0);
        self.start_secs + f64::from(share.clamp(0.0, 1.0)) * self.length_secs
    }
}

/// Frames above, keys below, and what is to be dragged.
fn time_line_ui(ui: &mut Ui, playback: &Playback, commands: &mut Commands) {
    let size = vec2(ui.available_width(), TIME_LINE_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let line = rect.shrink2(vec2(8.0, 0.0));
    ui.painter().rect_filled(rect, theme::RADIUS, theme::WELL);
    let enabled = playback.clip.is_some();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Slider, enabled, "Time in the clip");
        info.value = Some(playback.time_secs);
        info
    });
    let Some(clip) = &playback.clip else { return };
    let scale = Scale { line, start_secs: clip.start_secs, length_secs: clip.length_secs() };
    frames_ui(ui, &scale, playback);
    keys_ui(ui, &scale, clip);
    playhead_ui(ui, &scale, rect, playback, &response);
    if (response.dragged() || response.clicked())
        && let Some(pointer) = response.interact_pointer_pos()
    {
        commands.push(ClipCommand::Seek(scale.time_secs(pointer.x)));
    }
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
}

fn frames_ui(ui: &Ui, scale: &Scale, playback: &Playback) {
    let rate = playback.rate.frames_per_sec();
    let n_frames = scale.length_secs * rate;
    // From every frame to every hundred thousandth.
    let steps = [1.0, 2.0, 6.0, 12.0, 24.0, 120.0, 600.0, 6_000.0, 100_000.0];
    let width = f64::from(scale.line.width());
    let step = steps.into_iter().find(|s| width * s / n_frames.max(1.0) >= f64::from(MIN_TICK_STEP));
    let Some(step) = step else { return };
    let first = (scale.start_secs * rate / step).ceil() as i64;
    let last = ((scale.start_secs + scale.length_secs) * rate / step).floor() as i64;
    let painter = ui.painter();
    for i in first..=last.min(first + 4096) {
        let frame = i as f64 * step;
        let x = painter.round_to_pixel_center(scale.x(frame / rate));
        let is_second = (frame % rate).abs() < 1e-6;
        let (height, color) = if is_second { (9.0, theme::LINE_STRONG) } else { (4.0, theme::CONTROL_LINE) };
        painter.vline(x, scale.line.top()..=scale.line.top() + height, Stroke::new(1.0, color));
        if is_second {
            let at = pos2(x + 4.0, scale.line.top() + 1.0);
            let label = format!("{:.0} s", frame / rate);
            painter.text(at, Align2::LEFT_TOP, label, egui::FontId::proportional(9.5), theme::TEXT_FAINT);
        }
    }
}

/// A mark a key, at most one a pixel.
fn keys_ui(ui: &Ui, scale: &Scale, clip: &ClipInView) {
    let mut last_x = f32::NEG_INFINITY;
    for time in clip.key_times_secs.iter() {
        let x = scale.x(f64::from(*time));
        if x - last_x < 1.0 {
            continue;
        }
        last_x = x;
        let y = scale.line.bottom() - 6.0;
        let mark = Rect::from_center_size(pos2(x, y), vec2(1.5, 5.0));
        ui.painter().rect_filled(mark, 0, theme::INFO.gamma_multiply(0.8));
    }
}

fn playhead_ui(ui: &Ui, scale: &Scale, rect: Rect, playback: &Playback, response: &Response) {
    let painter = ui.painter();
    let x = painter.round_to_pixel_center(scale.x(playback.time_secs));
    let color = if response.hovered() || response.dragged() { theme::EMBER_HOVER } else { theme::EMBER };
    let passed = Rect::from_min_max(pos2(scale.line.left(), rect.bottom() - 2.0), pos2(x, rect.bottom()));
    painter.rect_filled(passed, 1, theme::EMBER);
    painter.vline(x, rect.y_range(), Stroke::new(1.5, color));
    let head = Rect::from_center_size(pos2(x, rect.top() + 4.0), Vec2::splat(8.0));
    painter.rect_filled(head, 2, color);
    if response.has_focus() {
        let ring = Stroke::new(1.5, theme::EMBER);
        painter.rect_stroke(rect, theme::RADIUS, ring, egui::StrokeKind::Outside);
    }
}
