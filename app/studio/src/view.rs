//! What is open, selected and typed: lost without regret, except what [`crate::settings`] keeps.

use std::collections::HashSet;

use farm::{FarmPlace, Form};
use flamenco::wire::WorkerSleepSchedule;
use scene::NodeId;

use crate::conversion_view::ConvertView;
use crate::inspector::InspectorView;
pub use crate::light::{BehindChoice, LightView, ToneMapChoice};
use crate::model::{DocId, IssueStop};
pub use crate::modes::{ModeView, PassChoice, Side, Sizes, WipeView};
use crate::playback::Playback;
use crate::settings::FarmEntry;
use crate::tape::TapeView;

/// Sections of the right panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Report,
    Materials,
    Convert,
    Submit,
    Farm,
    Results,
}

impl Tab {
    pub const ALL: [Self; 6] =
        [Self::Report, Self::Materials, Self::Convert, Self::Submit, Self::Farm, Self::Results];

    pub fn label(self) -> &'static str {
        match self {
            Self::Report => "Report",
            Self::Materials => "Materials",
            Self::Convert => "Convert",
            Self::Submit => "Submit",
            Self::Farm => "Farm",
            Self::Results => "Results",
        }
    }
}

#[derive(Debug)]
pub struct View {
    pub pass: PassChoice,
    pub modes: ModeView,
    /// The view is split.
    pub wipe: Option<WipeView>,
    pub light: LightView,
    /// The panel of the light is to be opened, or closed.
    pub toggles_light: bool,
    /// The list of the modes without a segment is to be opened, or closed.
    pub toggles_modes: bool,
    pub tab: Tab,
    pub left_open: bool,
    pub right_open: bool,
    pub strip_open: bool,
    pub shows_all_files: bool,
    pub selected_node: Option<NodeId>,
    pub issues: IssuesView,
    /// What waits for an answer because mends would be lost.
    pub leaving: Option<Leaving>,
    /// The answer was to let them go.
    pub may_close: bool,
    pub outliner: OutlinerView,
    pub playback: Playback,
    pub inspector: InspectorView,
    pub palette: Option<PaletteView>,
    pub help_open: bool,
    pub tape: TapeView,
    pub picture: PictureView,
    /// The ring of sides is open, around the pointer once it is known.
    pub pie: Option<Option<egui::Pos2>>,
    pub convert: ConvertView,
    pub submit: SubmitView,
    pub farm: FarmView,
    /// Something is held over the window that could be dropped on it.
    pub drop_hover: Option<usize>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            pass: PassChoice::default(),
            modes: ModeView::default(),
            wipe: None,
            light: LightView::default(),
            toggles_light: false,
            toggles_modes: false,
            tab: Tab::default(),
            left_open: true,
            right_open: true,
            strip_open: true,
            shows_all_files: false,
            selected_node: None,
            issues: IssuesView::default(),
            leaving: None,
            may_close: false,
            outliner: OutlinerView::default(),
            playback: Playback::default(),
            inspector: InspectorView::default(),
            palette: None,
            help_open: false,
            tape: TapeView::default(),
            picture: PictureView::default(),
            pie: None,
            convert: ConvertView::default(),
            submit: SubmitView::default(),
            farm: FarmView::default(),
            drop_hover: None,
        }
    }
}

impl View {
    /// Something lies over the window that Escape closes first.
    pub(crate) fn has_overlay(&self) -> bool {
        self.palette.is_some() || self.picture.is_open || self.help_open || self.pie.is_some()
    }

    /// Somebody fills in the submit form.
    pub(crate) fn is_submitting(&self) -> bool {
        self.right_open && self.tab == Tab::Submit
    }
}

/// What is about to be closed with mends that are not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    Document(DocId),
    All,
    Window,
}

impl Leaving {
    /// `None`: everything.
    pub fn document(self) -> Option<DocId> {
        match self {
            Self::Document(doc) => Some(doc),
            Self::All | Self::Window => None,
        }
    }
}

/// Which of the model's problems are looked at.
#[derive(Debug, Default)]
pub struct IssuesView {
    /// The open finding, and the place of it that one stands at.
    pub at: Option<IssueStop>,
    /// All problems are coloured in the picture.
    pub shows_all: bool,
    /// Name of the shipped preset that the report is held against.
    pub preset: Option<&'static str>,
    /// The list is to show the open finding, which somebody came to by key.
    pub scrolls: bool,
}

impl IssuesView {
    /// The shipped preset of that name.
    pub(crate) fn preset_named(name: &str) -> Option<&'static str> {
        analysis::Preset::shipped_names().find(|shipped| *shipped == name)
    }
}

#[derive(Debug, Default)]
pub struct OutlinerView {
    pub filter: String,
    pub collapsed: HashSet<NodeId>,
}

#[derive(Debug, Default)]
pub struct PaletteView {
    pub query: String,
    pub selected: usize,
}

/// The form of a picture that is to be saved.
#[derive(Debug)]
pub struct PictureView {
    pub is_open: bool,
    pub size: PictureSize,
    /// Of the picture in the window.
    pub shown_px: [u32; 2],
    pub custom_px: [u32; 2],
    pub is_transparent: bool,
}

impl PictureView {
    pub const SIDES: std::ops::RangeInclusive<u32> = 16..=8192;

    pub fn size_px(&self) -> [u32; 2] {
        match self.size {
            PictureSize::Shown => self.shown_px,
            PictureSize::FullHd => [1920, 1080],
            PictureSize::UltraHd => [3840, 2160],
            PictureSize::Square => [2048, 2048],
            PictureSize::Custom => self.custom_px,
        }
        .map(|side| side.clamp(*Self::SIDES.start(), *Self::SIDES.end()))
    }
}

impl Default for PictureView {
    fn default() -> Self {
        Self {
            is_open: false,
            size: PictureSize::default(),
            shown_px: [1280, 720],
            custom_px: [1920, 1080],
            is_transparent: false,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PictureSize {
    #[default]
    Shown,
    FullHd,
    UltraHd,
    Square,
    Custom,
}

impl PictureSize {
    pub const ALL: [Self; 5] = [Self::Shown, Self::FullHd, Self::UltraHd, Self::Square, Self::Custom];

    pub fn label(self) -> &'static str {
        match self {
            Self::Shown => "As shown",
            Self::FullHd => "HD",
            Self::UltraHd => "4K",
            Self::Square => "Square",
            Self::Custom => "Custom",
        }
    }
}

/// The submit form as it is filled in.
#[derive(Debug)]
pub struct SubmitView {
    pub form: Option<Form>,
    /// Empty: the suggested one.
    pub name: String,
    pub priority: i32,
    /// Id of the tag whose Workers may run it.
    pub tag: Option<String>,
    pub is_paused: bool,
    pub all_models: bool,
    /// Of the list, those that are sent, if not the one on stage or all.
    pub chosen_models: Option<HashSet<DocId>>,
    /// Empty: beside the first model.
    pub destination: String,
    /// What the farm's script has changed since the form was filled in.
    pub script_changes: Vec<String>,
    /// The list of the files is open.
    pub shows_files: bool,
    /// What the farm would make of it is looked at.
    pub shows_plan: bool,
    /// The name that the form is about to be kept under, while it is asked for.
    pub preset_name: Option<String>,
    /// The preset that the form was filled from.
    pub preset: String,
}

impl Default for SubmitView {
    fn default() -> Self {
        Self {
            form: None,
            name: String::new(),
            priority: 50,
            tag: None,
            is_paused: false,
            all_models: false,
            chosen_models: None,
            destination: String::new(),
            script_changes: Vec::new(),
            shows_files: false,
            shows_plan: false,
            preset_name: None,
            preset: String::new(),
        }
    }
}

#[derive(Debug, Default)]
pub struct FarmView {
    /// Of the chosen farm; empty is this machine.
    pub manager_url: String,
    /// Those that are watched beside this machine's own.
    pub farms: Vec<FarmEntry>,
    /// A farm that is being added.
    pub new_farm: Option<FarmEntry>,
    pub selected_job: Option<String>,
    /// The task that is looked into.
    pub selected_task: Option<String>,
    /// The list is to show it, because somebody came to it by key.
    pub scrolls_to_task: bool,
    /// Tasks that are steered together.
    pub marked_tasks: HashSet<String>,
    /// Jobs whose name or type has this.
    pub filter: String,
    /// Lines of the log that have this are pointed out.
    pub log_search: String,
    /// A job that is about to be deleted.
    pub deletes: Option<String>,
    /// Jobs that are over are about to be deleted after so many days.
    pub deletes_after: Option<u32>,
    /// The Worker that is looked into.
    pub opened_worker: Option<String>,
    /// Its sleep schedule as it is being changed.
    pub schedule: Option<WorkerSleepSchedule>,
    /// The name of a tag that is about to be made.
    pub new_tag: String,
    /// The speed of uploads is asked for.
    pub shows_limit: bool,
    /// Where the farm's storage is reached from here.
    pub storage: StorageForm,
    /// Of the frames that came home, the one that is shown; otherwise what was rendered last.
    pub frame: Option<usize>,
    /// The frames play since this time of the toolkit.
    pub plays_since: Option<f64>,
}

/// A way to the storage of the chosen farm, as it is filled in.
#[derive(Debug, Default)]
pub struct StorageForm {
    /// In the Manager's or its Workers' words; `None`: as the job says.
    pub there: Option<String>,
    /// Of [`farm::STORAGE_KINDS`].
    pub kind: usize,
    /// What stands in the fields of the kind.
    pub texts: Vec<String>,
    /// Why the last try came to nothing.
    pub problem: Option<String>,
    /// It is being tried.
    pub is_asking: bool,
}

impl FarmView {
    /// The farm that is chosen.
    pub fn place(&self) -> FarmPlace {
        self.place_of(&self.manager_url)
    }

    /// Empty is this machine.
    pub fn place_of(&self, url: &str) -> FarmPlace {
        let known = self.farms.iter().find(|farm| farm.url == url);
        let token = known.map(|farm| farm.token.clone()).filter(|token| !token.is_empty());
        match url.trim() {
            "" => FarmPlace::Embedded,
            url if url.contains("://") => FarmPlace::Studio { url: url.into(), token },
            url => FarmPlace::Studio { url: format!("http://{url}"), token },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_scheme_is_http() {
        let view = FarmView::default();
        assert_eq!(view.place_of("  "), FarmPlace::Embedded);
        let FarmPlace::Studio { url, .. } = view.place_of("farm.lan:8080") else { panic!("not a studio") };
        assert_eq!(url, "http://farm.lan:8080");
    }
}
