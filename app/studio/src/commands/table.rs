use std::sync::LazyLock;

use egui::{Key, KeyboardShortcut, Modifiers};

use super::entry::{Entry, Menu};
use super::{
    AppCommand, ClipCommand, Command, ConvertCommand, FileCommand, LightCommand, ViewCommand, camera_table,
    farm_table, mend_table,
};
use crate::conversion_view::RunOn;
use crate::keypad;
use crate::model::Model;
use crate::view::{PassChoice, Tab, View};

fn has_document(model: &Model, _: &View) -> bool {
    model.current.is_some()
}

fn has_several(model: &Model, _: &View) -> bool {
    model.documents.len() > 1
}

pub(super) fn has_model(model: &Model, _: &View) -> bool {
    model.loaded().is_some()
}

fn compares_models(_: &Model, view: &View) -> bool {
    view.wipe.is_some_and(|wipe| wipe.doc.is_some())
}

fn has_clips(model: &Model, view: &View) -> bool {
    let has_some = model.loaded().is_some_and(|l| !l.import.scene.animations.is_empty());
    has_some && !super::job_page::is_open(view)
}

fn has_clip(_: &Model, view: &View) -> bool {
    view.playback.clip.is_some()
}

fn can_export(model: &Model, _: &View) -> bool {
    model.loaded().is_some() && model.export.is_none()
}

fn can_convert(model: &Model, view: &View) -> bool {
    match view.convert.run_on {
        RunOn::ThisMachine => can_export(model, view),
        RunOn::Farm => model.current().is_some_and(|d| view.convert.farm_problem(model, d).is_none()),
    }
}

fn has_report(model: &Model, _: &View) -> bool {
    model.current().is_some_and(|d| d.report.value().is_some())
}

fn is_exporting(model: &Model, _: &View) -> bool {
    model.export.is_some()
}

pub(super) const NONE: Modifiers = Modifiers::NONE;
pub(super) const CTRL: Modifiers = Modifiers::COMMAND;
const ALT: Modifiers = Modifiers::ALT;
pub(super) const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

const fn file(command: FileCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::File, Command::File(command), label, tooltip)
}

const fn convert(command: ConvertCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::File, Command::Convert(command), label, tooltip)
}

const fn view(command: ViewCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::View, Command::View(command), label, tooltip)
}

const fn clip(command: ClipCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Animation, Command::Clip(command), label, tooltip).when(has_clips)
}

const fn light(command: LightCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::View, Command::Light(command), label, tooltip)
}

const fn mode(command: ViewCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Mode, Command::View(command), label, tooltip).when(has_document)
}

const fn pass(pass: PassChoice, label: &'static str, tooltip: &'static str) -> Entry {
    mode(ViewCommand::SetPass(pass), label, tooltip)
}

fn is_split(_: &Model, view: &View) -> bool {
    view.wipe.is_some()
}

fn has_depth_range(_: &Model, view: &View) -> bool {
    view.modes.depth_range.is_some()
}

/// Every command without an argument of its own.
pub static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    MOST.iter()
        .chain(farm_table::ENTRIES)
        .chain(camera_table::ENTRIES)
        .chain(mend_table::ENTRIES)
        .cloned()
        .collect()
});

static MOST: &[Entry] = &[
    file(FileCommand::OpenDialog, "Open models…", "Choose one or several model files").key(CTRL, Key::O),
    file(FileCommand::OpenFolderDialog, "Open folder…", "List every readable model in a folder and below")
        .key(CTRL_SHIFT, Key::O),
    file(FileCommand::Reload, "Read again", "Read the model anew; the camera stays")
        .key(CTRL, Key::R)
        .when(has_document),
    file(
        FileCommand::SaveThumbnailsDialog,
        "Save thumbnails…",
        "Write the four pass pictures and metadata.json",
    )
    .key(CTRL, Key::T)
    .when(can_export)
    .group(),
    file(
        FileCommand::OpenPictureForm,
        "Save picture…",
        "Write what the window shows as PNG, WebP or EXR, at any size",
    )
    .key(NONE, Key::F12)
    .when(can_export),
    file(
        FileCommand::ConvertDialog,
        "Convert to GLB…",
        "Write the model as one GLB file; the original stays as it is",
    )
    .key(CTRL, Key::E)
    .when(can_export),
    convert(
        ConvertCommand::Run,
        "Convert by plan",
        "Run the plan of the conversion panel, here or on the farm",
    )
    .key(CTRL_SHIFT, Key::E)
    .when(can_convert),
    convert(ConvertCommand::OpenPlanDialog, "Open plan…", "A plan of your own: a .toml or .json file"),
    convert(ConvertCommand::SavePlanDialog, "Save plan…", "Write the plan as it is edited to a .toml file"),
    file(FileCommand::CancelExport, "Stop saving", "Stop what is being written").when(is_exporting),
    file(FileCommand::ShowInFolder, "Show in file manager", "Open the folder that holds the model")
        .when(has_document),
    file(FileCommand::SelectNext, "Next model", "Put the next model of the list on stage")
        .key(CTRL, Key::ArrowDown)
        .when(has_several)
        .group(),
    file(FileCommand::SelectPrevious, "Previous model", "Put the previous model of the list on stage")
        .key(CTRL, Key::ArrowUp)
        .when(has_several),
    file(FileCommand::CloseCurrent, "Close model", "Take the model off the list; the file stays")
        .key(CTRL, Key::W)
        .when(has_document),
    file(FileCommand::CloseAll, "Close all", "Empty the list; the files stay")
        .key(CTRL_SHIFT, Key::W)
        .when(has_document),
    Entry::new(
        Menu::File,
        Command::App(AppCommand::Quit),
        "Quit",
        "Close the window; the farm finishes its jobs",
    )
    .key(CTRL, Key::Q)
    .group(),
    pass(PassChoice::Textured, "Textured", "Materials under the studio light").key(NONE, Key::Num1),
    pass(PassChoice::Normal, "Normal", "Shading normals as colours").key(NONE, Key::Num2),
    pass(PassChoice::Depth, "Depth", "Distance as grey, near is black").key(NONE, Key::Num3),
    pass(PassChoice::Edge, "Edge", "Black lines on white").key(NONE, Key::Num4),
    pass(PassChoice::Wireframe, "Wireframe", "The edges of the polygons").key(NONE, Key::Num5),
    pass(PassChoice::Clay, "Clay", "The shape alone, in one matte material").key(NONE, Key::Num6).group(),
    pass(PassChoice::Albedo, "Albedo", "Base colour without light"),
    pass(PassChoice::VertexColor, "Vertex colour", "Colours of the vertices without the material"),
    pass(
        PassChoice::UvChecker,
        "UV checker",
        "Lettered cells show flips, stretching and overlaps of the UVs",
    )
    .key(NONE, Key::U),
    pass(PassChoice::Roughness, "Roughness", "Grey: black is a mirror, white is rough").group(),
    pass(PassChoice::Metallic, "Metallic", "Grey: white is metal"),
    pass(PassChoice::Occlusion, "Occlusion", "The material's occlusion map"),
    pass(PassChoice::ObjectId, "Object id", "A colour for each object").group(),
    pass(PassChoice::MaterialId, "Material id", "A colour for each material"),
    pass(PassChoice::FaceOrientation, "Face orientation", "Front sides blue, back sides red").group(),
    pass(PassChoice::TexelDensity, "Texel density", "Texture pixels a metre, around a target"),
    pass(PassChoice::Overdraw, "Overdraw", "How many surfaces lie over each other"),
    mode(ViewCommand::OpenModes, "More modes", "List the modes that have no button of their own")
        .key(NONE, Key::M)
        .group(),
    mode(ViewCommand::ToggleNormalSpace, "Normals of world or camera", "In which axes normals are coloured"),
    mode(ViewCommand::FitDepth, "Fit depth to the model", "Show what the model spans from black to white")
        .when(has_depth_range),
    mode(ViewCommand::ToggleWipe, "Compare", "Split the view to see two modes or two models side by side")
        .key(NONE, Key::C)
        .group(),
    mode(ViewCommand::SwapWipe, "Swap sides", "Exchange the modes of both sides of a split view")
        .key(NONE, Key::X)
        .when(is_split),
    mode(
        ViewCommand::CompareWithNext,
        "Compare with the next model",
        "Split the view between this model and the next",
    )
    .when(has_several),
    mode(
        ViewCommand::ToggleTrueSizes,
        "Compare at true sizes",
        "Show two models as large to each other as they are, or both filling the picture",
    )
    .when(compares_models),
    light(LightCommand::Toggle, "Light", "Surroundings, exposure, shadow and background")
        .key(Modifiers::SHIFT, Key::L)
        .when(has_document)
        .group(),
    light(LightCommand::ChooseFile, "Light with a picture…", "A .hdr or .exr picture of all directions"),
    light(
        LightCommand::ToggleBackdrop,
        "Surroundings behind the model",
        "Shows the .hdr or .exr picture that lights it",
    ),
    light(LightCommand::Reset, "Reset light", "Back to the studio"),
    view(ViewCommand::OpenTab(Tab::Report), "Show report", "What is in the model and what is wrong with it")
        .key(ALT, Key::Num1)
        .group(),
    view(ViewCommand::OpenTab(Tab::Submit), "Show submit form", "Send the model to the farm")
        .key(ALT, Key::Num2),
    view(ViewCommand::OpenTab(Tab::Farm), "Show farm", "Jobs, tasks and Workers").key(ALT, Key::Num3),
    view(ViewCommand::OpenTab(Tab::Results), "Show results", "What came back from the farm")
        .key(ALT, Key::Num4),
    view(
        ViewCommand::OpenTab(Tab::Convert),
        "Show conversion",
        "A plan of steps, where its result goes, and what it did",
    )
    .key(ALT, Key::Num6),
    view(
        ViewCommand::OpenTab(Tab::Materials),
        "Show materials",
        "What surfaces are made of: maps, values, UVs",
    )
    .key(ALT, Key::Num5),
    view(ViewCommand::ToggleUvs, "UVs over the map", "Draw the faces over the open map, or the map alone")
        .key(Modifiers::SHIFT, Key::U)
        .when(has_model),
    view(ViewCommand::ToggleLeft, "Models and objects", "Show or hide the left panel")
        .key(CTRL, Key::B)
        .group(),
    view(ViewCommand::ToggleRight, "Side panel", "Show or hide the right panel").key(CTRL_SHIFT, Key::B),
    view(ViewCommand::ToggleStrip, "Pass thumbnails", "Show or hide the strip of four passes")
        .key(NONE, Key::T),
    clip(ClipCommand::PlayOrPause, "Play or pause", "Play the clip from where it stands, or hold it")
        .key(NONE, Key::Space),
    clip(ClipCommand::StepFrames(-1), "Frame back", "One frame earlier").key(NONE, Key::ArrowLeft),
    clip(ClipCommand::StepFrames(1), "Frame forward", "One frame later").key(NONE, Key::ArrowRight),
    clip(ClipCommand::ToStart, "To the clip's start", "The first key")
        .key(Modifiers::SHIFT, Key::ArrowLeft)
        .when(has_clip),
    clip(ClipCommand::ToEnd, "To the clip's end", "The last key")
        .key(Modifiers::SHIFT, Key::ArrowRight)
        .when(has_clip),
    clip(ClipCommand::Previous, "Previous clip", "Choose the clip before this one")
        .key(NONE, Key::PageUp)
        .group(),
    clip(ClipCommand::Next, "Next clip", "Choose the clip after this one").key(NONE, Key::PageDown),
    clip(ClipCommand::Choose(None), "Rest pose", "Show the model as it stands in its file, without a clip")
        .when(has_clip),
    clip(ClipCommand::ToggleLoop, "Loop", "Start over at the end, or stop there").key(NONE, Key::L).group(),
    clip(ClipCommand::Slower, "Play slower", "Half the speed, down to a tenth").key(NONE, Key::Comma),
    clip(ClipCommand::Faster, "Play faster", "Up to twice the speed").key(NONE, Key::Period),
    clip(ClipCommand::ToggleRate, "Count 24 or 30 frames a second", "How time is counted in frames"),
    Entry::new(
        Menu::Help,
        Command::View(ViewCommand::OpenPalette),
        "Command palette",
        "Find any command by its name",
    )
    .key(CTRL, Key::K),
    Entry::new(Menu::Help, Command::View(ViewCommand::OpenHelp), "Keys and mouse", "Every key on one page")
        .key(NONE, Key::F1),
    Entry::new(
        Menu::Help,
        Command::App(AppCommand::CopyReport),
        "Copy report",
        "Put the report of this model on the clipboard as text",
    )
    .key(CTRL_SHIFT, Key::C)
    .when(has_report),
];

pub fn entry_of(command: &Command) -> Option<&'static Entry> {
    ENTRIES.iter().find(|e| e.command == *command)
}

/// "Ctrl+O", or nothing.
pub fn shortcut_text(ctx: &egui::Context, entry: &Entry) -> String {
    entry.shortcut.map(|shortcut| key_text(ctx, &shortcut)).unwrap_or_default()
}

/// All keys of a command, for the page that lists them.
pub fn shortcuts_text(ctx: &egui::Context, entry: &Entry) -> String {
    entry.shortcuts().map(|shortcut| key_text(ctx, &shortcut)).collect::<Vec<_>>().join(", ")
}

fn key_text(ctx: &egui::Context, shortcut: &KeyboardShortcut) -> String {
    let text = ctx.format_shortcut(shortcut);
    match keypad::name(shortcut.logical_key) {
        Some(name) => text.replace(shortcut.logical_key.name(), &name),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key_or_a_label() {
        for (i, a) in ENTRIES.iter().enumerate() {
            for b in &ENTRIES[i + 1..] {
                assert_ne!(a.label, b.label);
                let is_shared = a.shortcuts().any(|key| b.shortcuts().any(|other| key == other));
                assert!(!is_shared || a.room != b.room, "{} and {}", a.label, b.label);
            }
        }
    }
}
