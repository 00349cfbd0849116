use egui::{Color32, Label, Margin, Rect, RichText, Role, Sense, TextEdit, Ui, Vec2, WidgetInfo, vec2};
use flamenco::discovery::FoundManager;

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{FarmLink, FarmRow, FarmSearch, Model, SearchState};
use crate::settings::FarmEntry;
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

/// Every farm that is watched; one is chosen.
pub(super) fn farms_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Farms");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let is_adding = view.new_farm.is_some();
            if widgets::icon_toggle(ui, Icon::Plus, "Add a farm", is_adding).clicked() {
                view.new_farm = (!is_adding).then(FarmEntry::default);
            }
            if !matches!(model.farm.link, FarmLink::Off)
                && widgets::icon_button(ui, Icon::Refresh, "Refresh now").clicked()
            {
                commands.push(FarmCommand::Refresh);
            }
        });
    });
    if model.farm.farms.is_empty() {
        // Before the outbox is open there is no line to any.
        let alone = FarmRow {
            name: "This machine".into(),
            url: String::new(),
            link: model.farm.link.clone(),
            n_active_jobs: 0,
        };
        farm_ui(ui, &alone, true, model, commands);
    }
    for farm in &model.farm.farms {
        farm_ui(ui, farm, farm.url == view.manager_url, model, commands);
    }
    let known: Vec<String> = view.farms.iter().map(|farm| farm.url.clone()).collect();
    if let Some(entry) = &mut view.new_farm {
        new_farm_ui(ui, entry, &known, &model.farm.search, commands);
    }
}

/// The Manager was there a moment ago.
const LOST: &str = "It does not answer, so what you see may be old; it is asked again by itself";

fn look_of_link(link: &FarmLink) -> (Icon, Color32, &'static str) {
    match link {
        FarmLink::Off => (Icon::Farm, theme::TEXT_FAINT, "off"),
        FarmLink::Connecting => (Icon::Clock, theme::INFO, "connecting"),
        FarmLink::Ready { .. } => (Icon::Check, theme::OK, "connected"),
        FarmLink::Lost { .. } => (Icon::Warning, theme::WARNING, "does not answer"),
        FarmLink::Failed(_) => (Icon::Error, theme::ERROR, "not reached"),
    }
}

fn farm_ui(ui: &mut Ui, farm: &FarmRow, is_chosen: bool, model: &Model, commands: &mut Commands) {
    // The chosen one's link is told at once, the others' now and then.
    let link = if is_chosen { &model.farm.link } else { &farm.link };
    let (icon, color, word) = look_of_link(link);
    let size = vec2(ui.available_width(), 30.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let spoken = format!("Farm {}, {word}", farm.name);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, &spoken));
    widgets::row_ground(ui, rect, &response, is_chosen);
    let icon_at = Rect::from_center_size(rect.left_center() + vec2(16.0, 0.0), Vec2::splat(15.0));
    icon.paint(ui.painter(), icon_at, color);
    let mut right = rect.right() - 8.0;
    if is_chosen && !farm.url.is_empty() {
        let place =
            Rect::from_center_size(rect.right_center() - vec2(16.0, 0.0), Vec2::splat(theme::CONTROL_HEIGHT));
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(place));
        if widgets::icon_button(&mut inside, Icon::Close, "Take this farm off the list").clicked() {
            commands.push(FarmCommand::RemoveFarm(farm.url.clone()));
        }
        right -= 28.0;
    }
    let said = match farm.n_active_jobs {
        0 => word.to_owned(),
        n => text::counted(n, "job", "jobs"),
    };
    let at = egui::pos2(right, rect.center().y);
    let drawn = ui.painter().text(at, egui::Align2::RIGHT_CENTER, said, theme::small(), theme::TEXT_FAINT);
    let left = rect.left_center() + vec2(32.0, 0.0);
    let font = if is_chosen { theme::medium(13.0) } else { theme::body() };
    widgets::elided(ui, left, drawn.left() - left.x - 8.0, &farm.name, font, theme::TEXT);
    let tip = if farm.url.is_empty() { "The farm of this machine" } else { farm.url.as_str() };
    if response.on_hover_text(tip).clicked() && !is_chosen {
        commands.push(FarmCommand::UseManager(farm.url.clone()));
    }
    if is_chosen {
        detail_ui(ui, link, commands);
        storage_ui(ui, model, commands);
    }
}

/// Who answers, or what stands in the way.
fn detail_ui(ui: &mut Ui, link: &FarmLink, commands: &mut Commands) {
    let detail = match link {
        FarmLink::Off => "Starts with the first job".to_owned(),
        FarmLink::Connecting => return,
        FarmLink::Ready { name, .. } => name.clone(),
        FarmLink::Lost { .. } => LOST.to_owned(),
        FarmLink::Failed(reason) => reason.clone(),
    };
    egui::Frame::new().inner_margin(Margin { left: 32, right: 4, top: 0, bottom: 4 }).show(ui, |ui| {
        let line = RichText::new(text::sentence(&detail)).font(theme::small()).color(theme::TEXT_QUIET);
        let said = ui.add(Label::new(line).wrap());
        if let FarmLink::Lost { reason, .. } = link {
            said.on_hover_text(text::sentence(reason));
        }
        if matches!(link, FarmLink::Off | FarmLink::Failed(_)) {
            ui.add_space(2.0);
            let text = if matches!(link, FarmLink::Off) { "Start now" } else { "Try again" };
            if widgets::button(ui, Some(Icon::Farm), text).clicked() {
                commands.push(FarmCommand::Connect);
            }
        }
    });
}

/// Ways to its storage that were told once.
fn storage_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    for map in model.farm.storage.iter() {
        egui::Frame::new().inner_margin(Margin { left: 32, right: 4, top: 0, bottom: 2 }).show(ui, |ui| {
            ui.horizontal(|ui| {
                let room = ui.available_width() - theme::CONTROL_HEIGHT - 8.0;
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    let line = format!("{} is {} here", map.there, map.here);
                    let text = RichText::new(&line).font(theme::small()).color(theme::TEXT_QUIET);
                    ui.add(Label::new(text).truncate()).on_hover_text(&line);
                });
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if widgets::icon_button(ui, Icon::Close, "Forget this way to the storage").clicked() {
                        commands.push(FarmCommand::ForgetStorage(map.there.clone()));
                    }
                });
            });
        });
    }
}

fn new_farm_ui(
    ui: &mut Ui,
    entry: &mut FarmEntry,
    known: &[String],
    search: &FarmSearch,
    commands: &mut Commands,
) {
    ui.add_space(4.0);
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        search_ui(ui, entry, known, search, commands);
        let mut entered = false;
        let mut field = |ui: &mut Ui, label: &str, hint: &str, text: &mut String, is_secret: bool| {
            ui.label(RichText::new(label).font(theme::small()).color(theme::TEXT_QUIET));
            ui.add_space(-3.0);
            let hint = RichText::new(hint).color(theme::TEXT_FAINT);
            let edit = TextEdit::singleline(text).hint_text(hint).password(is_secret);
            let response = ui.add(edit.desired_width(f32::INFINITY).margin(Margin::symmetric(8, 6)));
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
            entered |= response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        };
        field(ui, "Manager address", "http://farm.studio.lan:8080", &mut entry.url, false);
        field(ui, "Name of the farm", "Studio", &mut entry.name, false);
        field(ui, "Token", "Only for a farm of Kiln's own", &mut entry.token, true);
        ui.add_space(2.0);
        ui.add_enabled_ui(!entry.url.trim().is_empty(), |ui| {
            if widgets::button(ui, Some(Icon::Plus), "Add this farm").clicked() || entered {
                commands.push(FarmCommand::AddFarm(entry.clone()));
            }
        });
    });
}

/// Those that let themselves be found; one that is clicked fills the fields below.
fn search_ui(
    ui: &mut Ui,
    entry: &mut FarmEntry,
    known: &[String],
    search: &FarmSearch,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        let is_running = search.state == SearchState::Running;
        ui.add_enabled_ui(!is_running, |ui| {
            if widgets::button(ui, Some(Icon::Search), "Find Managers").clicked() {
                commands.push(FarmCommand::FindManagers);
            }
        });
        if is_running {
            widgets::spinner(ui, 14.0);
            ui.label(RichText::new("Asking the network").font(theme::small()).color(theme::TEXT_QUIET));
        }
    });
    for found in &search.found {
        found_ui(ui, found, entry, known);
    }
    match &search.state {
        SearchState::Over if search.found.is_empty() => {
            let line = "No Manager answers; one may be there all the same, so ask for its address";
            widgets::small_note(ui, Icon::Info, line);
        }
        SearchState::Failed(why) => widgets::note(ui, Icon::Warning, theme::WARNING, &text::sentence(why)),
        SearchState::Idle | SearchState::Running | SearchState::Over => {}
    }
    ui.add_space(6.0);
}

fn found_ui(ui: &mut Ui, found: &FoundManager, entry: &mut FarmEntry, known: &[String]) {
    let plain = |url: &str| url.trim_end_matches('/').to_owned();
    let is_known = known.iter().any(|url| plain(url) == plain(&found.url));
    let is_chosen = plain(&entry.url) == plain(&found.url);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::click());
    let said = match (is_known, found.wants_token) {
        (true, _) => "in the list".to_owned(),
        (false, true) => "wants its token".to_owned(),
        (false, false) => found.version.clone(),
    };
    let spoken = format!("{} at {}, {said}", found.name, found.url);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, !is_known, is_chosen, &spoken));
    widgets::row_ground(ui, rect, &response, is_chosen);
    let left = rect.left() + 10.0;
    let top = egui::pos2(rect.right() - 8.0, rect.top() + 12.0);
    let drawn = ui.painter().text(top, egui::Align2::RIGHT_CENTER, said, theme::small(), theme::TEXT_FAINT);
    let name = egui::pos2(left, rect.top() + 12.0);
    let name_width = drawn.left() - left - 8.0;
    widgets::elided(ui, name, name_width, &found.name, theme::medium(13.0), theme::TEXT);
    let address = egui::pos2(left, rect.top() + 27.0);
    let width = rect.right() - 8.0 - left;
    widgets::elided(ui, address, width, &found.url, theme::small(), theme::TEXT_QUIET);
    if response.clicked() && !is_known {
        entry.url.clone_from(&found.url);
        entry.name.clone_from(&found.name);
    }
}
