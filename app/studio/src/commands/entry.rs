use egui::{Key, KeyboardShortcut, Modifiers};

use super::Command;
use crate::model::Model;
use crate::view::View;

/// Where the menu bar shows a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    View,
    Mode,
    Animation,
    Camera,
    Mend,
    Farm,
    Help,
}

impl Menu {
    pub const ALL: [Self; 8] = [
        Self::File,
        Self::View,
        Self::Camera,
        Self::Mode,
        Self::Animation,
        Self::Mend,
        Self::Farm,
        Self::Help,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::View => "View",
            Self::Mode => "Mode",
            Self::Animation => "Animation",
            Self::Camera => "Camera",
            Self::Mend => "Mend",
            Self::Farm => "Farm",
            Self::Help => "Help",
        }
    }
}

/// Where a key belongs to a command. Rooms may use the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Everywhere,
    /// While a job fills the middle of the window; goes before the other.
    JobPage,
}

/// One line of the table that menu, palette, keys and help are made of.
#[derive(Clone)]
pub struct Entry {
    pub command: Command,
    pub menu: Menu,
    pub label: &'static str,
    pub tooltip: &'static str,
    pub shortcut: Option<KeyboardShortcut>,
    /// A second key, for keyboards that have it.
    pub other_shortcut: Option<KeyboardShortcut>,
    pub enabled: fn(&Model, &View) -> bool,
    pub room: Room,
    /// A line above it in its menu.
    pub starts_group: bool,
    /// The menu shows it; the palette shows all.
    pub is_listed: bool,
}

impl Entry {
    pub(super) const fn new(
        menu: Menu,
        command: Command,
        label: &'static str,
        tooltip: &'static str,
    ) -> Self {
        Self {
            command,
            menu,
            label,
            tooltip,
            shortcut: None,
            other_shortcut: None,
            enabled: always,
            room: Room::Everywhere,
            starts_group: false,
            is_listed: true,
        }
    }

    pub(super) const fn key(mut self, modifiers: Modifiers, key: Key) -> Self {
        self.shortcut = Some(KeyboardShortcut::new(modifiers, key));
        self
    }

    pub(super) const fn also(mut self, modifiers: Modifiers, key: Key) -> Self {
        self.other_shortcut = Some(KeyboardShortcut::new(modifiers, key));
        self
    }

    pub(super) const fn unlisted(mut self) -> Self {
        self.is_listed = false;
        self
    }

    pub fn shortcuts(&self) -> impl Iterator<Item = KeyboardShortcut> {
        self.shortcut.into_iter().chain(self.other_shortcut)
    }

    pub(super) const fn when(mut self, enabled: fn(&Model, &View) -> bool) -> Self {
        self.enabled = enabled;
        self
    }

    pub(super) const fn on_job_page(mut self) -> Self {
        self.room = Room::JobPage;
        self
    }

    pub(super) const fn group(mut self) -> Self {
        self.starts_group = true;
        self
    }
}

fn always(_: &Model, _: &View) -> bool {
    true
}
