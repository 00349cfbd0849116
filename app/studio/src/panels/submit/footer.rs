use egui::{RichText, Ui};

use crate::commands::{Commands, FarmCommand};
use crate::form;
use crate::icons::Icon;
use crate::model::{Check, FarmLink, Model};
use crate::theme;
use crate::view::SubmitView;
use crate::widgets;

/// Where it goes, whether it would be taken, what is still missing, and the button.
pub(super) fn footer_ui(
    ui: &mut Ui,
    model: &Model,
    view: &SubmitView,
    chosen: &str,
    commands: &mut Commands,
) {
    missing_ui(ui, &form::missing(model, view));
    let problem = form::problem(model, view);
    let refusal = match (&problem, &model.farm.preparation.check) {
        (None, Check::Refused(why)) => Some(why),
        _ => None,
    };
    if let Some(why) = refusal {
        widgets::note(ui, Icon::Error, theme::ERROR, &crate::text::sentence(why));
    }
    ui.horizontal(|ui| {
        farm_ui(ui, model, chosen);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            check_ui(ui, &model.farm.preparation.check);
        });
    });
    let n = form::chosen_documents(model, view).len();
    let text = match (n > 1, view.is_paused) {
        (true, false) => format!("Submit {n} models"),
        (true, true) => format!("Submit {n} models, paused"),
        (false, true) => "Submit paused".to_owned(),
        (false, false) => "Submit".to_owned(),
    };
    ui.add_enabled_ui(problem.is_none() && refusal.is_none(), |ui| {
        if widgets::wide_primary_button(ui, Some(Icon::Send), &text).clicked() {
            commands.push(if view.all_models { FarmCommand::SubmitAll } else { FarmCommand::Submit });
        }
    });
    let line = match (problem, refusal) {
        (Some(problem), _) => problem,
        (None, Some(_)) => "The farm would refuse it as it is".into(),
        (None, None) => "You can close the window; the farm goes on".into(),
    };
    ui.vertical_centered(|ui| ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT)));
}

fn farm_ui(ui: &mut Ui, model: &Model, chosen: &str) {
    let (icon, color, text) = match &model.farm.link {
        FarmLink::Ready { is_embedded: true, .. } => {
            (Icon::Farm, theme::TEXT_FAINT, "To the farm on this machine".to_owned())
        }
        FarmLink::Ready { .. } => {
            (Icon::Farm, theme::TEXT_FAINT, format!("To {}", model.farm.chosen_name(chosen)))
        }
        FarmLink::Lost { .. } => {
            (Icon::Clock, theme::WARNING, "The Manager is away; the job waits here for it".to_owned())
        }
        _ => (Icon::Clock, theme::WARNING, "The job waits here until the farm is reached".to_owned()),
    };
    widgets::icon_ui(ui, icon, color);
    ui.label(RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET));
}

/// What the farm said when it was asked in advance.
fn check_ui(ui: &mut Ui, check: &Check) {
    let (text, color) = match check {
        Check::Unasked => return,
        Check::Asking => ("Checking", theme::TEXT_FAINT),
        Check::Fine => ("Checked", theme::OK),
        Check::Refused(_) => ("Refused", theme::ERROR),
    };
    let label = ui.label(RichText::new(text).font(theme::small()).color(color));
    match check {
        Check::Fine => {
            label.on_hover_text("The farm has tried the job type with these settings and would take the job");
            widgets::icon_ui(ui, Icon::Check, theme::OK);
        }
        Check::Asking => widgets::spinner(ui, 12.0),
        _ => {}
    }
}

/// Said before it is sent; results without textures come home too late.
fn missing_ui(ui: &mut Ui, missing: &[String]) {
    const N_NAMED: usize = 3;
    if missing.is_empty() {
        return;
    }
    let named: Vec<&str> =
        missing.iter().take(N_NAMED).map(|named| named.rsplit(['/', '\\']).next().unwrap_or(named)).collect();
    let more = if missing.len() > N_NAMED { " …" } else { "" };
    let are = if missing.len() == 1 { "file is" } else { "files are" };
    let them = if missing.len() == 1 { "it" } else { "them" };
    let line = format!(
        "{} {are} missing: {}{more}; find {them} under Report, or send without",
        missing.len(),
        named.join(", ")
    );
    widgets::note(ui, Icon::Warning, theme::WARNING, &line);
}
