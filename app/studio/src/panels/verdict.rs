//! What the model is for, and whether it is fit for it.

use analysis::{LimitCheck, Preset, Report, Verdict};
use egui::{Frame, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use crate::commands::{Commands, IssueCommand};
use crate::icons::Icon;
use crate::text;
use crate::theme;
use crate::widgets;

pub(super) fn verdict_ui(
    ui: &mut Ui,
    report: &Report,
    preset: Option<&'static str>,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("For").color(theme::TEXT_QUIET))
            .on_hover_text("What the model is for: which problems count how much, and how large it may be");
        Frame::new().fill(theme::WELL).corner_radius(theme::RADIUS).inner_margin(2).show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            if widgets::segment(ui, "Any use", "", preset.is_none()).clicked() {
                commands.push(IssueCommand::UsePreset(None));
            }
            for name in Preset::shipped_names() {
                if widgets::segment(ui, &text::sentence(name), "", preset == Some(name)).clicked() {
                    commands.push(IssueCommand::UsePreset(Some(name)));
                }
            }
        });
    });
    if let Some(verdict) = &report.verdict {
        theme::card_frame().show(ui, |ui| {
            ui.set_width(ui.available_width());
            judged_ui(ui, verdict, report);
        });
    }
}

fn judged_ui(ui: &mut Ui, verdict: &Verdict, report: &Report) {
    let n_broken = verdict.limits.iter().filter(|limit| limit.is_broken).count();
    let n_failed = verdict.failed_rules.len();
    let (icon, color, line) = if verdict.is_kept() {
        (Icon::Check, theme::OK, format!("Fit for {}", verdict.preset))
    } else {
        let limits = (n_broken > 0).then(|| text::counted(n_broken, "limit broken", "limits broken"));
        let kinds = (n_failed > 0).then(|| text::counted(n_failed, "problem", "kinds of problems"));
        let reasons: Vec<String> = limits.into_iter().chain(kinds).collect();
        (Icon::Error, theme::ERROR, format!("Not fit for {}: {}", verdict.preset, reasons.join(", ")))
    };
    widgets::note(ui, icon, color, &line);
    ui.spacing_mut().item_spacing.y = 0.0;
    for limit in &verdict.limits {
        limit_ui(ui, limit);
    }
    let titles = verdict.failed_rules.iter().filter_map(|rule| report.finding(*rule));
    let titles: Vec<&str> = titles.map(|finding| finding.title.as_str()).collect();
    if !titles.is_empty() {
        ui.add_space(4.0);
        let line = format!("Not allowed: {}", titles.join(", "));
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_QUIET));
    }
}

/// What is allowed and what there is; a broken one bears a sign.
fn limit_ui(ui: &mut Ui, limit: &LimitCheck) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let (actual, allowed) = (amount(limit.actual), text::count(limit.allowed));
    let name = text::sentence(limit.limit.name());
    let state = if limit.is_broken { "too many" } else { "kept" };
    let spoken = format!("{name} {actual} of {allowed}, {state}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.clone()));
    let (icon, color, ink) = match limit.is_broken {
        true => (Icon::Close, theme::ERROR, theme::TEXT),
        false => (Icon::Check, theme::OK, theme::TEXT_QUIET),
    };
    let sign = egui::Rect::from_center_size(rect.left_center() + vec2(7.0, 0.0), egui::Vec2::splat(11.0));
    icon.paint(ui.painter(), sign, color);
    let numbers = format!("{actual} / {allowed}");
    let galley = ui.painter().layout_no_wrap(numbers, theme::medium(12.0), ink);
    let room = rect.width() - galley.size().x - 32.0;
    widgets::elided(ui, rect.left_center() + vec2(20.0, 0.0), room, &name, theme::small(), ink);
    let at = rect.right_center() - vec2(galley.size().x, 0.5 * galley.size().y);
    ui.painter().galley(at, galley, ink);
}

/// Whole numbers as they are, others with one digit.
fn amount(value: f64) -> String {
    if value.fract() == 0.0 { text::count(value as u64) } else { format!("{value:.1}") }
}
