//! The lines of the table that move the camera.

use egui::{Key, Modifiers};

use super::entry::{Entry, Menu};
use super::table::{CTRL, NONE, has_model};
use super::{CameraCommand, Command, ViewCommand};
use crate::keypad::{DECIMAL, DIGITS};
use crate::model::Model;
use crate::view::View;
use crate::viewport::StandardView;

const SHIFT: Modifiers = Modifiers::SHIFT;

fn has_cameras(model: &Model, _: &View) -> bool {
    model.loaded().is_some_and(|loaded| !loaded.cameras.is_empty())
}

fn has_tapes(_: &Model, view: &View) -> bool {
    !view.tape.tapes.is_empty() || view.tape.start.is_some()
}

const fn camera(command: CameraCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Camera, Command::Camera(command), label, tooltip).when(has_model)
}

const fn view(command: ViewCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Camera, Command::View(command), label, tooltip).when(has_model)
}

const fn side(from: StandardView, label: &'static str) -> Entry {
    view(ViewCommand::LookFrom(from), label, "Fly to this side of the model; turning leaves it again")
}

const fn turn(right: i8, up: i8, label: &'static str, arrow: Key, digit: usize) -> Entry {
    camera(CameraCommand::Turn { right, up }, label, "By 15 degrees")
        .key(Modifiers::ALT, arrow)
        .also(NONE, DIGITS[digit])
}

const fn saved(number: u8, label: &'static str, key: Key) -> Entry {
    camera(
        CameraCommand::SavedView(number),
        label,
        "Fly to this saved view of the model, or save the view under the number",
    )
    .key(CTRL, key)
    .unlisted()
}

pub(super) static ENTRIES: &[Entry] = &[
    view(ViewCommand::Frame, "Frame selection", "Fly until the selected object, or all, fills the picture")
        .key(NONE, Key::F)
        .also(NONE, DECIMAL),
    view(ViewCommand::FrameAll, "Frame all", "Fly until the whole model fills the picture")
        .key(NONE, Key::A)
        .also(NONE, Key::Home),
    view(
        ViewCommand::LookFrom(StandardView::Home),
        "Look from three quarters",
        "Fly to the front right, a little above",
    )
    .key(SHIFT, Key::Home)
    .group(),
    side(StandardView::Front, "Look from the front").key(NONE, Key::Num7).also(NONE, DIGITS[1]),
    side(StandardView::Right, "Look from the right").key(NONE, Key::Num8).also(NONE, DIGITS[3]),
    side(StandardView::Top, "Look from above").key(NONE, Key::Num9).also(NONE, DIGITS[7]),
    side(StandardView::Back, "Look from the back").key(CTRL, DIGITS[1]),
    side(StandardView::Left, "Look from the left").key(CTRL, DIGITS[3]),
    side(StandardView::Bottom, "Look from below").key(CTRL, DIGITS[7]),
    camera(
        CameraCommand::LookFromOpposite,
        "Look from the opposite side",
        "Fly to the other side of the model",
    )
    .key(SHIFT, Key::O)
    .also(NONE, DIGITS[9]),
    camera(CameraCommand::OpenPie, "Views around the pointer", "The sides in a ring, one click or key away")
        .key(NONE, Key::Backtick),
    turn(-1, 0, "Turn left", Key::ArrowLeft, 4).group(),
    turn(1, 0, "Turn right", Key::ArrowRight, 6),
    turn(0, 1, "Turn up", Key::ArrowUp, 8),
    turn(0, -1, "Turn down", Key::ArrowDown, 2),
    camera(CameraCommand::ToggleProjection, "Perspective or orthographic", "The target keeps its size")
        .key(NONE, Key::P)
        .also(NONE, DIGITS[5])
        .group(),
    camera(CameraCommand::LongerLens, "Longer lens", "Less perspective; the target keeps its size")
        .key(NONE, Key::CloseBracket),
    camera(CameraCommand::ShorterLens, "Shorter lens", "More perspective; the target keeps its size")
        .key(NONE, Key::OpenBracket),
    camera(
        CameraCommand::NextFileCamera,
        "Look through the file's camera",
        "The next one, when there are several",
    )
    .key(NONE, Key::Num0)
    .also(NONE, DIGITS[0])
    .when(has_cameras)
    .group(),
    camera(CameraCommand::SaveNextView, "Save this view", "Under the next free number, for this model")
        .key(CTRL, Key::Num0),
    saved(1, "Saved view 1", Key::Num1),
    saved(2, "Saved view 2", Key::Num2),
    saved(3, "Saved view 3", Key::Num3),
    saved(4, "Saved view 4", Key::Num4),
    saved(5, "Saved view 5", Key::Num5),
    saved(6, "Saved view 6", Key::Num6),
    saved(7, "Saved view 7", Key::Num7),
    saved(8, "Saved view 8", Key::Num8),
    saved(9, "Saved view 9", Key::Num9),
    camera(
        CameraCommand::Walk,
        "Walk through",
        "W A S D and the mouse; from outside a closed room, inside it",
    )
    .key(NONE, Key::W)
    .also(SHIFT, Key::Backtick)
    .group(),
    camera(CameraCommand::ToggleWalls, "Cut walls away", "Show or hide what stands between you and a room")
        .key(NONE, Key::I),
    view(
        ViewCommand::ToggleTape,
        "Measure",
        "Click two points of the surface; with Ctrl on vertices and middles of edges",
    )
    .key(NONE, Key::R)
    .group(),
    view(ViewCommand::RemoveTapes, "Remove measurements", "All of this model")
        .key(SHIFT, Key::R)
        .when(has_tapes),
];
