//! One Worker in full: what it is, its tags, and when it sleeps.

use egui::{Margin, RichText, Role, TextEdit, Ui, WidgetInfo};
use flamenco::wire::{WorkerSleepSchedule, WorkerStatus};

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{Model, WorkerRow};
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

/// In Flamenco's words, and in people's.
const DAYS: [(&str, &str, &str); 7] = [
    ("mo", "Mo", "Monday"),
    ("tu", "Tu", "Tuesday"),
    ("we", "We", "Wednesday"),
    ("th", "Th", "Thursday"),
    ("fr", "Fr", "Friday"),
    ("sa", "Sa", "Saturday"),
    ("su", "Su", "Sunday"),
];

pub(super) fn worker_ui(
    ui: &mut Ui,
    worker: &WorkerRow,
    model: &Model,
    view: &mut FarmView,
    commands: &mut Commands,
) {
    egui::Frame::new().inner_margin(Margin { left: 32, right: 4, top: 2, bottom: 10 }).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(egui::Label::new(quiet(&facts(worker))).wrap());
        ui.add_space(6.0);
        tags_ui(ui, worker, model, view, commands);
        ui.add_space(6.0);
        schedule_ui(ui, worker, model, view, commands);
        if worker.status == WorkerStatus::Offline {
            ui.add_space(6.0);
            if widgets::button(ui, Some(Icon::Bin), "Take it off the list").clicked() {
                commands.push(FarmCommand::ForgetWorker(worker.id.clone()));
            }
        }
    });
}

/// `linux · 192.168.0.7 · version 3.8 · heard of 4 s ago · runs blender, ffmpeg`.
fn facts(worker: &WorkerRow) -> String {
    let mut parts: Vec<String> =
        [&worker.platform, &worker.address].into_iter().filter(|it| !it.is_empty()).cloned().collect();
    parts.push(format!("version {}", worker.version));
    if let Some(secs) = worker.seen_secs {
        parts.push(format!("heard of {} ago", text::duration(secs)));
    }
    if !worker.task_types.is_empty() {
        parts.push(format!("runs {}", worker.task_types.join(", ")));
    }
    parts.join(" · ")
}

fn tags_ui(ui: &mut Ui, worker: &WorkerRow, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    ui.label(quiet("Tags")).on_hover_text("A Worker runs jobs without a tag, and those with one of its own");
    if !model.farm.tags.is_empty() {
        ui.horizontal_wrapped(|ui| {
            for tag in &model.farm.tags {
                let Some(id) = &tag.id else { continue };
                let mut has = worker.tags.contains(id);
                if ui.checkbox(&mut has, &tag.name).changed() {
                    commands.push(FarmCommand::ToggleWorkerTag(worker.id.clone(), id.clone()));
                }
            }
        });
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let hint = RichText::new("New tag").color(theme::TEXT_FAINT);
        let width = (ui.available_width() - theme::CONTROL_HEIGHT - 4.0).min(180.0);
        let field = TextEdit::singleline(&mut view.new_tag).hint_text(hint).desired_width(width);
        let response = ui.add(field.margin(Margin::symmetric(8, 6)));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "New tag"));
        let name = view.new_tag.trim().to_owned();
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let adds = ui.add_enabled_ui(!name.is_empty(), |ui| {
            widgets::icon_button(ui, Icon::Plus, "Make this tag and give it to this Worker").clicked()
        });
        if !name.is_empty() && (adds.inner || entered) {
            commands.push(FarmCommand::CreateTag(worker.id.clone(), name));
        }
    });
}

/// Changed here until it is kept; then what the Manager says is shown again.
fn schedule_ui(ui: &mut Ui, worker: &WorkerRow, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    let Some(open) = model.farm.worker.as_ref().filter(|open| open.id == worker.id) else {
        widgets::spinner(ui, 12.0);
        return;
    };
    let kept = open.schedule.clone().unwrap_or_default();
    let mut schedule = view.schedule.clone().unwrap_or_else(|| kept.clone());
    ui.checkbox(&mut schedule.is_active, "Sleeps by schedule");
    if schedule.is_active {
        days_ui(ui, &mut schedule);
        ui.horizontal(|ui| {
            ui.label(quiet("from"));
            time_ui(ui, "Sleeps from", "00:00", &mut schedule.start_time);
            ui.label(quiet("to"));
            time_ui(ui, "Sleeps to", "24:00", &mut schedule.end_time);
            ui.label(quiet("the Manager's time"));
        });
        ui.label(quiet(&in_words(&schedule)));
    }
    let problem = problem(&schedule);
    if let Some(problem) = &problem {
        widgets::note(ui, Icon::Warning, theme::WARNING, problem);
    }
    let is_changed = schedule != kept;
    view.schedule = is_changed.then(|| schedule.clone());
    if !is_changed {
        return;
    }
    ui.horizontal(|ui| {
        ui.add_enabled_ui(problem.is_none(), |ui| {
            let text = if schedule.is_active { "Keep this schedule" } else { "Sleep by no schedule" };
            if widgets::button(ui, Some(Icon::Check), text).clicked() {
                commands.push(FarmCommand::SetSchedule(worker.id.clone(), schedule));
            }
        });
        if widgets::button(ui, None, "As it was").clicked() {
            view.schedule = None;
        }
    });
}

/// None chosen means every day.
fn days_ui(ui: &mut Ui, schedule: &mut WorkerSleepSchedule) {
    let is_on = |schedule: &WorkerSleepSchedule, word: &str| {
        schedule.days_of_week.split_whitespace().any(|day| day.eq_ignore_ascii_case(word))
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (word, short, long) in DAYS {
            let was_on = is_on(schedule, word);
            let text = RichText::new(short).font(theme::small());
            let response = ui.add(egui::Button::selectable(was_on, text).frame_when_inactive(true));
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, was_on, long));
            if response.clicked() {
                let days = DAYS.iter().map(|(it, ..)| *it);
                let chosen = days.filter(|it| is_on(schedule, it) != (*it == word));
                schedule.days_of_week = chosen.collect::<Vec<_>>().join(" ");
            }
        }
    });
}

fn time_ui(ui: &mut Ui, name: &str, hint: &str, time: &mut String) {
    let hint = RichText::new(hint).color(theme::TEXT_FAINT);
    let field = TextEdit::singleline(time).hint_text(hint).desired_width(58.0).char_limit(8);
    let response = ui.add(field.margin(Margin::symmetric(8, 6)));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
}

/// `Sleeps on Sa, Su from 00:00 to 24:00`.
fn in_words(schedule: &WorkerSleepSchedule) -> String {
    let short = |word: &str| DAYS.iter().find(|(it, ..)| it.eq_ignore_ascii_case(word)).map(|(_, it, _)| *it);
    let days: Vec<&str> = schedule.days_of_week.split_whitespace().filter_map(short).collect();
    let days = if days.is_empty() { "every day".to_owned() } else { format!("on {}", days.join(", ")) };
    let or = |time: &str, open: &str| if time.is_empty() { open.to_owned() } else { time.to_owned() };
    format!("Sleeps {days} from {} to {}", or(&schedule.start_time, "00:00"), or(&schedule.end_time, "24:00"))
}

fn problem(schedule: &WorkerSleepSchedule) -> Option<String> {
    let is_time = |text: &str| {
        let Some((hour, minute)) = text.split_once(':') else { return false };
        let is_below = |text: &str, limit: u32| {
            text.len() == 2 && text.parse::<u32>().is_ok_and(|number| number < limit)
        };
        is_below(hour, 24) && is_below(minute, 60)
    };
    let times = [&schedule.start_time, &schedule.end_time];
    let wrong = times.into_iter().find(|it| !it.is_empty() && !is_time(it))?;
    Some(format!("{wrong} is no time; write it like 09:30, or leave it empty"))
}

fn quiet(text: &str) -> RichText {
    RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_told_in_words() {
        let schedule = |days: &str, start: &str, end: &str| WorkerSleepSchedule {
            is_active: true,
            days_of_week: days.into(),
            start_time: start.into(),
            end_time: end.into(),
        };
        assert_eq!(in_words(&schedule("sa su", "", "")), "Sleeps on Sa, Su from 00:00 to 24:00");
        assert_eq!(in_words(&schedule("", "09:00", "18:30")), "Sleeps every day from 09:00 to 18:30");
        assert_eq!(problem(&schedule("", "09:00", "")), None);
        for wrong in ["9", "9:00", "24:00", "12:60", "noon"] {
            assert!(problem(&schedule("", wrong, "")).is_some(), "{wrong}");
        }
    }
}
