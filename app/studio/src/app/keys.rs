//! What drops and keys ask for.

use super::App;
use crate::commands::{self, Entry, FileCommand, LightCommand, PageCommand, Room, ViewCommand, job_page};
use crate::light;

impl App {
    /// Drops, and keys that no text field wants.
    pub(super) fn take_input(&mut self, ctx: &egui::Context) {
        let paths: Vec<_> = ctx.input(|i| i.raw.dropped_files.iter().map(|f| f.path().to_owned()).collect());
        let (pictures, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(|p| light::is_surroundings(p));
        if let Some(path) = pictures.into_iter().next() {
            self.commands.push(LightCommand::UseFile(path));
        }
        if !paths.is_empty() {
            self.commands.push(FileCommand::Open(paths));
        }
        let n_hovering = ctx.input(|i| i.raw.hovered_files.len());
        self.view.drop_hover = (n_hovering > 0).then_some(n_hovering);

        // A question that is open is answered first.
        if self.view.leaving.is_some() {
            return;
        }
        let is_typing = ctx.egui_wants_keyboard_input();
        let is_focused = ctx.memory(|m| m.focused().is_some());
        // A walker's letters are steps.
        let is_busy = is_typing || self.view.palette.is_some() || self.rooms.stage.camera.walk().is_some();
        // Ctrl+Enter would take Ctrl+Shift+Enter for itself, and 5 Alt+5, so the longer ones are asked
        // first.
        let is_job_open = job_page::is_open(&self.view);
        let keys = || keys(is_job_open);
        let is_longer = |key: &egui::KeyboardShortcut| key.modifiers.shift || key.modifiers.alt;
        let longer = keys().filter(|(key, _)| is_longer(key));
        for (shortcut, entry) in longer.chain(keys().filter(|(key, _)| !is_longer(key))) {
            let needs_hand = !shortcut.modifiers.command && !shortcut.modifiers.alt;
            if needs_hand && is_busy && !is_function_key(shortcut.logical_key) {
                continue;
            }
            if is_focused && moves_focus(shortcut.logical_key) {
                continue;
            }
            if ctx.input_mut(|i| i.consume_shortcut(&shortcut)) && (entry.enabled)(&self.model, &self.view) {
                self.commands.push(entry.command.clone());
            }
        }
        let no_modifiers = egui::Modifiers::NONE;
        if ctx.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, egui::Key::P)) {
            self.commands.push(ViewCommand::OpenPalette);
        }
        if !is_typing {
            if ctx.input_mut(|i| i.consume_key(no_modifiers, egui::Key::Questionmark)) {
                self.commands.push(ViewCommand::OpenHelp);
            }
            // An open list closes itself with it.
            let is_list_open = egui::Popup::is_any_open(ctx);
            if !is_list_open && ctx.input_mut(|i| i.consume_key(no_modifiers, egui::Key::Escape)) {
                if is_job_open && !self.view.has_overlay() {
                    self.commands.push(PageCommand::Close);
                } else {
                    self.commands.push(ViewCommand::Escape);
                }
            }
        }
    }
}

/// Every key and what it stands for. Those of a job's page go before the model's while it is open.
fn keys(is_job_open: bool) -> impl Iterator<Item = (egui::KeyboardShortcut, &'static Entry)> {
    let all = || commands::ENTRIES.iter().flat_map(|entry| entry.shortcuts().map(move |key| (key, entry)));
    let is_pages = move |key: &egui::KeyboardShortcut| {
        all().any(|(other, entry)| entry.room == Room::JobPage && other == *key)
    };
    all().filter(move |(key, entry)| match entry.room {
        Room::JobPage => is_job_open,
        Room::Everywhere => !is_job_open || !is_pages(key),
    })
}

/// What a control that has the focus wants for itself.
fn moves_focus(key: egui::Key) -> bool {
    use egui::Key::{ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Delete, Space};
    matches!(key, Space | ArrowLeft | ArrowRight | ArrowUp | ArrowDown | Delete)
}

fn is_function_key(key: egui::Key) -> bool {
    matches!(key, egui::Key::F1 | egui::Key::F5 | egui::Key::F8 | egui::Key::F9 | egui::Key::F12)
}
