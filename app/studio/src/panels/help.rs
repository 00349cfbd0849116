use egui::{Context, Grid, Id, Modal, RichText, Ui};

use crate::commands::{ENTRIES, Entry, Menu, Room, job_page, shortcuts_text};
use crate::icons::Icon;
use crate::theme;
use crate::view::View;
use crate::widgets;

const MOUSE: [(&str, &str); 12] = [
    ("Left or middle drag", "Turn around the model"),
    ("Right drag, Shift + drag", "Move the picture"),
    ("Ctrl + middle, Alt + right drag", "Come closer or go away"),
    ("Ctrl + Shift + drag", "Turn the light"),
    ("Wheel", "Come closer to what is under the pointer"),
    ("Click", "Select the object under the pointer"),
    ("Ctrl + click", "Select what it belongs to"),
    ("Shift + click", "Take the selection back"),
    ("Alt + click", "Show what it is made of"),
    ("Double click", "Come closer to that point and turn around it"),
    ("Ctrl + 1 … 9", "Save the view, or come back to it"),
    ("Drop files or folders", "Open them, anywhere on the window"),
];

/// Every key and what the mouse does, on one page.
pub(super) fn help_ui(ctx: &Context, view: &mut View) {
    if !view.help_open {
        return;
    }
    let modal = Modal::new(Id::unique("help"))
        .backdrop_color(theme::BACKDROP)
        .frame(theme::dialog_frame())
        .show(ctx, |ui| {
            let screen = ui.ctx().content_rect();
            ui.set_width((screen.width() - 80.0).min(820.0));
            ui.set_max_height(screen.height() - 96.0);
            let mut close = false;
            ui.horizontal(|ui| {
                ui.label(RichText::new("Keys and mouse").font(theme::semibold(17.0)).color(theme::TEXT));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    close = widgets::icon_button(ui, Icon::Close, "Close").clicked();
                });
            });
            ui.add_space(8.0);
            egui::ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
                ui.columns(2, |columns| {
                    let is_job_open = job_page::is_open(view);
                    if is_job_open {
                        page_ui(&mut columns[0]);
                        columns[0].add_space(theme::SECTION_GAP);
                    }
                    menu_ui(&mut columns[0], Menu::View);
                    columns[0].add_space(theme::SECTION_GAP);
                    menu_ui(&mut columns[0], Menu::Camera);
                    mouse_ui(&mut columns[1]);
                    for menu in [Menu::File, Menu::Mend, Menu::Animation, Menu::Farm, Menu::Help] {
                        columns[1].add_space(theme::SECTION_GAP);
                        menu_ui(&mut columns[1], menu);
                    }
                    if !is_job_open {
                        columns[0].add_space(theme::SECTION_GAP);
                        page_ui(&mut columns[0]);
                    }
                });
            });
            close
        });
    if modal.inner || modal.should_close() {
        view.help_open = false;
    }
}

fn mouse_ui(ui: &mut Ui) {
    widgets::section_title(ui, "Mouse");
    rows_ui(ui, "mouse", MOUSE.iter().map(|(key, what)| ((*key).to_owned(), *what)));
}

fn menu_ui(ui: &mut Ui, menu: Menu) {
    widgets::section_title(ui, menu.label());
    let ctx = ui.ctx().clone();
    let is_its = |e: &&Entry| e.menu == menu && e.room == Room::Everywhere;
    let entries = ENTRIES.iter().filter(is_its).filter(|e| e.is_listed && e.shortcut.is_some());
    rows_ui(ui, menu.label(), entries.map(|e| (shortcuts_text(&ctx, e), e.label)));
}

/// Keys that mean something else while a job is open.
fn page_ui(ui: &mut Ui) {
    widgets::section_title(ui, "While a job is open");
    let ctx = ui.ctx().clone();
    let entries = ENTRIES.iter().filter(|e| e.room == Room::JobPage && e.shortcut.is_some());
    let escape = std::iter::once(("Escape".to_owned(), "Back to the model"));
    rows_ui(ui, "job page", entries.map(|e| (shortcuts_text(&ctx, e), e.label)).chain(escape));
}

fn rows_ui(ui: &mut Ui, id: &str, rows: impl Iterator<Item = (String, &'static str)>) {
    ui.spacing_mut().interact_size.y = 20.0;
    ui.spacing_mut().interact_size.y = 20.0;
    Grid::new(("help", id)).num_columns(2).spacing([16.0, 4.0]).min_col_width(96.0).show(ui, |ui| {
        for (key, what) in rows {
            ui.label(RichText::new(key).font(theme::small()).color(theme::TEXT_QUIET));
            ui.label(RichText::new(what).color(theme::TEXT));
            ui.end_row();
        }
    });
}
