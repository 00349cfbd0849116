use egui::{
    DragValue, EventFilter, Key, Label, Modifiers, Rect, Response, RichText, Role, Sense, Stroke, Ui, Vec2,
    WidgetInfo, vec2,
};

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{Model, Submission};
use crate::settled::settled;
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

const BYTES_A_MEGABYTE: f64 = 1e6;
/// What the field begins with; a tenth of a usual line.
const USUAL_LIMIT: u64 = 10_000_000;

/// What is dragged: its id.
#[derive(Clone)]
struct Dragged(String);

/// What is on its way, in its order; how fast it goes, and what holds it back.
pub(super) fn outbox_ui(ui: &mut Ui, model: &Model, view: &FarmView, commands: &mut Commands) {
    let outbox = &model.farm.outbox;
    let is_steered = outbox.holds_all || outbox.upload_limit.is_some() || view.shows_limit;
    if model.farm.submissions.is_empty() && !is_steered {
        return;
    }
    ui.add_space(theme::SECTION_GAP - 6.0);
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Outbox");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let (icon, name) = if outbox.holds_all {
                (Icon::Play, "Go on sending everything")
            } else {
                (Icon::Pause, "Hold everything here")
            };
            if widgets::icon_toggle(ui, icon, name, outbox.holds_all).clicked() {
                commands.push(FarmCommand::HoldAll(!outbox.holds_all));
            }
            let is_limited = outbox.upload_limit.is_some() || view.shows_limit;
            if widgets::icon_toggle(ui, Icon::Gauge, "Limit the speed of uploads", is_limited).clicked() {
                commands.push(FarmCommand::ToggleUploadLimit);
            }
        });
    });
    if view.shows_limit || outbox.upload_limit.is_some() {
        limit_ui(ui, outbox.upload_limit, commands);
    }
    if outbox.holds_all {
        let line = "Nothing is sent until you go on; what is on a farm goes on there";
        widgets::note(ui, Icon::Pause, theme::WARNING, line);
    }
    for submission in &model.farm.submissions {
        ui.add_space(2.0);
        ui.push_id(&submission.id, |ui| submission_ui(ui, submission, model, commands));
    }
}

/// A switch and a number, in megabytes a second.
fn limit_ui(ui: &mut Ui, limit: Option<u64>, commands: &mut Commands) {
    ui.horizontal(|ui| {
        let mut is_limited = limit.is_some();
        if ui.checkbox(&mut is_limited, "Send at most").changed() {
            commands.push(FarmCommand::LimitUploads(is_limited.then_some(USUAL_LIMIT)));
        }
        ui.add_enabled_ui(is_limited, |ui| {
            let kept = limit.unwrap_or(USUAL_LIMIT) as f64 / BYTES_A_MEGABYTE;
            let id = ui.scope_id().with("upload limit");
            let chosen = settled(ui, id, kept, |ui, megabytes| {
                let field = DragValue::new(megabytes).range(0.1..=10_000.0).speed(0.1).max_decimals(1);
                let response = ui.add_sized([72.0, theme::CONTROL_HEIGHT], field);
                response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Megabytes a second"));
                response
            });
            if let Some(megabytes) = chosen {
                commands.push(FarmCommand::LimitUploads(Some((megabytes * BYTES_A_MEGABYTE) as u64)));
            }
        });
        ui.label(quiet("MB a second, all together"));
    });
}

/// On its way, or stuck before the Manager.
fn submission_ui(ui: &mut Ui, submission: &Submission, model: &Model, commands: &mut Commands) {
    let queue = &model.farm.outbox.queue;
    let turn = queue.iter().position(|it| it.as_str() == submission.id).filter(|_| queue.len() > 1);
    let shown = theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            match (turn, &submission.failure) {
                (Some(turn), _) => grip_ui(ui, submission, turn, model, commands),
                (None, Some(_)) => drop(widgets::icon_ui(ui, Icon::Error, theme::ERROR)),
                (None, None) => drop(widgets::icon_ui(ui, Icon::Send, theme::INFO)),
            }
            let n_buttons = if submission.failure.is_some() { 3.0 } else { 2.0 };
            let room = ui.available_width() - n_buttons * (theme::CONTROL_HEIGHT + 8.0);
            ui.scope(|ui| {
                ui.set_max_width(room);
                let name = RichText::new(&submission.name).font(theme::medium(13.0)).color(theme::TEXT);
                ui.add(Label::new(name).truncate());
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                buttons_ui(ui, submission, commands);
            });
        });
        let to = farm_name(model, &submission.farm);
        let detail = match &submission.failure {
            Some(failure) => text::sentence(failure),
            None if submission.is_held => format!("Held here · to {to}"),
            None => format!("{} · to {to}", submission.state),
        };
        ui.add(Label::new(quiet(&detail)).wrap());
        let is_held = submission.is_held || model.farm.outbox.holds_all && turn.is_some();
        if submission.failure.is_none() && !is_held {
            widgets::progress_bar(ui, &submission.name, submission.fraction, theme::INFO);
            bytes_ui(ui, submission);
        }
    });
    if let Some(turn) = turn {
        let after = queue.get(turn + 1).map(|id| id.as_str().to_owned());
        drop_ui(ui, &shown.response, &submission.id, after, commands);
    }
}

/// Dragged, or with Shift and the arrows, it changes the order.
fn grip_ui(ui: &mut Ui, submission: &Submission, turn: usize, model: &Model, commands: &mut Commands) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::ICON_SIZE), Sense::click_and_drag());
    let queue = &model.farm.outbox.queue;
    let spoken = format!(
        "{} is sent as number {} of {}; Shift and the arrows change it",
        submission.name,
        turn + 1,
        queue.len()
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let is_lit = response.hovered() || response.has_focus();
    Icon::Grip.paint(ui.painter(), rect, if is_lit { theme::TEXT } else { theme::TEXT_FAINT });
    response.dnd_set_drag_payload(Dragged(submission.id.clone()));
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        let ring = Stroke::new(1.5, theme::EMBER);
        ui.painter().rect_stroke(rect.expand(2.0), theme::RADIUS, ring, egui::StrokeKind::Inside);
        let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let id_at = |at: Option<usize>| at.and_then(|at| queue.get(at)).map(|id| id.as_str().to_owned());
        let is_pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, key));
        if is_pressed(Key::ArrowUp)
            && let Some(before) = id_at(turn.checked_sub(1))
        {
            commands.push(FarmCommand::SendBefore(submission.id.clone(), Some(before)));
        }
        if is_pressed(Key::ArrowDown) && turn + 1 < queue.len() {
            commands.push(FarmCommand::SendBefore(submission.id.clone(), id_at(Some(turn + 2))));
        }
    }
    response
        .on_hover_cursor(egui::CursorIcon::Grab)
        .on_hover_text("Drag it to change the order (Shift+Up, Shift+Down)");
}

/// A card that is let go over another goes before or after it.
fn drop_ui(ui: &Ui, card: &Response, id: &str, after: Option<String>, commands: &mut Commands) {
    let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let is_before = pointer.y < card.rect.center().y;
    if let Some(dragged) = card.dnd_hover_payload::<Dragged>()
        && dragged.0 != id
    {
        let y = if is_before { card.rect.top() - 3.0 } else { card.rect.bottom() + 3.0 };
        let line = Rect::from_center_size(egui::pos2(card.rect.center().x, y), vec2(card.rect.width(), 2.0));
        ui.painter().rect_filled(line, 1, theme::EMBER);
    }
    if let Some(dragged) = card.dnd_release_payload::<Dragged>()
        && dragged.0 != id
        && (is_before || after.as_ref() != Some(&dragged.0))
    {
        let next = if is_before { Some(id.to_owned()) } else { after };
        commands.push(FarmCommand::SendBefore(dragged.0.clone(), next));
    }
}

/// As somebody called it; the outbox knows its address alone.
fn farm_name<'a>(model: &'a Model, address: &'a str) -> &'a str {
    let called = model.farm.farms.iter().find(|farm| !farm.url.is_empty() && address.ends_with(&farm.url));
    called.map_or(address, |farm| farm.name.as_str())
}

fn buttons_ui(ui: &mut Ui, submission: &Submission, commands: &mut Commands) {
    let id = || submission.id.clone();
    let tip = if submission.failure.is_some() { "Take it off the list" } else { "Do not send it" };
    if widgets::icon_button(ui, Icon::Close, tip).clicked() {
        commands.push(FarmCommand::DiscardSubmission(id()));
    }
    if submission.failure.is_none() {
        let (icon, tip) =
            if submission.is_held { (Icon::Play, "Go on sending") } else { (Icon::Pause, "Hold it here") };
        if widgets::icon_button(ui, icon, tip).clicked() {
            commands.push(FarmCommand::HoldSubmission(id(), !submission.is_held));
        }
    }
    if submission.failure.is_some() {
        if widgets::icon_button(ui, Icon::Refresh, "Send it again").clicked() {
            commands.push(FarmCommand::RetrySubmission(id()));
        }
        if widgets::icon_button(ui, Icon::Copy, "Send again with changes…").clicked() {
            commands.push(FarmCommand::SendAgain(id()));
        }
    }
}

/// `3 files · 12 MB of 340 MB · 45 MB/s · 7 s left`.
fn bytes_ui(ui: &mut Ui, submission: &Submission) {
    let mut line = String::new();
    if submission.n_bytes_total > 0 {
        let (done, total) = (submission.n_bytes, submission.n_bytes_total);
        line = format!("{} of {}", text::n_bytes(done), text::n_bytes(total));
        if submission.n_files > 1 {
            line = format!("{} · {line}", text::counted(submission.n_files, "file", "files"));
        }
        if let Some(speed) = submission.bytes_per_sec.filter(|speed| *speed >= 1.0) {
            let left = (total.saturating_sub(done)) as f64 / speed;
            line =
                format!("{line} · {}/s · {} left", text::n_bytes(speed as u64), text::duration(left as u64));
        }
    }
    if !line.is_empty() {
        ui.add(Label::new(quiet(&line)).wrap());
    }
}

fn quiet(text: &str) -> RichText {
    RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET)
}
