use egui::{Label, RichText, Ui};

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{Model, Submission};
use crate::text;
use crate::theme;
use crate::widgets;

/// On its way, or stuck before the Manager.
pub(super) fn submission_ui(ui: &mut Ui, submission: &Submission, model: &Model, commands: &mut Commands) {
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            match &submission.failure {
                Some(_) => widgets::icon_ui(ui, Icon::Error, theme::ERROR),
                None => widgets::icon_ui(ui, Icon::Send, theme::INFO),
            };
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
        let detail = match &submission.failure {
            Some(failure) => text::sentence(failure),
            None if submission.is_held => {
                format!("Held here · to {}", farm_name(model, &submission.farm))
            }
            None => format!("{} · to {}", submission.state, farm_name(model, &submission.farm)),
        };
        ui.add(Label::new(quiet(&detail)).wrap());
        if submission.failure.is_none() && !submission.is_held {
            widgets::progress_bar(ui, &submission.name, submission.fraction, theme::INFO);
            bytes_ui(ui, submission);
        }
    });
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
