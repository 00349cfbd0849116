//! Everything a person can ask for. Panels push commands; [`crate::app::App`] runs them between
//! frames, each group in its own file. Menu, palette, keys and help read one [`table`].

pub mod camera;
mod camera_table;
pub mod clip;
pub mod convert;
mod entry;
pub mod farm;
mod farm_command;
mod farm_table;
pub mod file;
pub mod files;
pub mod issues;
pub(crate) mod job_page;
pub mod light;
pub mod mend;
mod mend_table;
mod table;
pub mod view;

use std::path::PathBuf;

use analysis::Rule;
use glam::DVec3;
use scene::{Aabb, MaterialId, NodeId};

use crate::conversion_view::{ConvertPage, RunOn};
use crate::model::{DocId, IssueStop};
use crate::view::{PassChoice, Tab};
use crate::viewport::{Optics, StandardView};

pub use entry::{Entry, Menu, Room};
pub use farm_command::{FarmCommand, JobStep, PageCommand};
pub use table::{ENTRIES, entry_of, shortcut_text, shortcuts_text};

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    File(FileCommand),
    Files(FilesCommand),
    View(ViewCommand),
    Clip(ClipCommand),
    Convert(ConvertCommand),
    Camera(CameraCommand),
    Issue(IssueCommand),
    Light(LightCommand),
    Mend(MendCommand),
    Farm(FarmCommand),
    Page(PageCommand),
    App(AppCommand),
}

#[derive(Clone, Debug, PartialEq)]
pub enum FileCommand {
    OpenDialog,
    OpenFolderDialog,
    /// Files and folders, as dropped or named on the command line.
    Open(Vec<PathBuf>),
    Select(DocId),
    SelectNext,
    SelectPrevious,
    Close(DocId),
    CloseCurrent,
    CloseAll,
    Reload,
    CancelLoad(DocId),
    SaveThumbnailsDialog,
    SaveThumbnails(PathBuf),
    /// Asks how large the picture on stage is to be saved.
    OpenPictureForm,
    SavePictureDialog,
    SavePicture(PathBuf),
    ConvertDialog,
    Convert(PathBuf),
    CancelExport,
    ShowInFolder,
    Reveal(PathBuf),
    /// With the program that the system has for it.
    OpenFile(PathBuf),
    DismissNotice(usize),
    DismissUnread,
}

/// About the files that a model needs; those are named in the model's own words.
#[derive(Clone, Debug, PartialEq)]
pub enum FilesCommand {
    FindDialog(DocId, String),
    Relink(DocId, String, PathBuf),
    Unlink(DocId, String),
    SearchDialog(DocId),
    SearchIn(DocId, PathBuf),
    CancelSearch(DocId),
    Ignore(DocId, String),
    Heed(DocId, String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum ViewCommand {
    SetPass(PassChoice),
    /// The list of the modes that have no segment of their own.
    OpenModes,
    /// Splits the view, or joins it again.
    ToggleWipe,
    /// What the right side of a split view shows.
    SetWipePass(PassChoice),
    /// Of which model; `None`: the one on stage.
    CompareWith(Option<DocId>),
    CompareWithNext,
    SwapWipe,
    /// Two models that are compared fill the picture alike, or keep the sizes they have.
    ToggleTrueSizes,
    ToggleNormalSpace,
    /// The depth picture shows what the model spans.
    FitDepth,
    /// What is selected, or the whole model.
    Frame,
    FrameAll,
    FrameBox(Aabb),
    LookFrom(StandardView),
    SelectNode(Option<NodeId>),
    OpenTab(Tab),
    /// Opens its sheet.
    InspectMaterial(MaterialId),
    ToggleUvs,
    ToggleLeft,
    ToggleRight,
    ToggleStrip,
    /// All files of the model, or the first few.
    ToggleAllFiles,
    /// The measuring tape, in hand or away.
    ToggleTape,
    RemoveTape(usize),
    RemoveTapes,
    OpenPalette,
    OpenHelp,
    Escape,
}

/// About the clips of the model on stage.
#[derive(Clone, Debug, PartialEq)]
pub enum ClipCommand {
    /// By number; `None` is the rest pose.
    Choose(Option<usize>),
    Next,
    Previous,
    /// Without a clip the first one plays.
    PlayOrPause,
    StepFrames(i64),
    /// Seconds on the clip's own time line.
    Seek(f64),
    ToStart,
    ToEnd,
    SetSpeed(f64),
    Faster,
    Slower,
    ToggleLoop,
    ToggleRate,
}

/// About plans, and running them.
#[derive(Clone, Debug, PartialEq)]
pub enum ConvertCommand {
    /// Name of a shipped one.
    UsePlan(String),
    /// By its name in plans.
    AddStep(String),
    OpenPlanDialog,
    OpenPlan(PathBuf),
    SavePlanDialog,
    SavePlan(PathBuf),
    ChooseFolderDialog,
    UseFolder(PathBuf),
    RunOn(RunOn),
    Run,
    ShowPage(ConvertPage),
    /// Of this session's conversions, by number.
    ShowReceipt(usize),
    /// The original and the result of the receipt in view.
    Compare,
    /// Faces that differ are coloured, or not.
    ToggleChanges,
}

/// About where the model is seen from, and through which lens.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraCommand {
    /// Around the target, in steps of 15 degrees.
    Turn {
        right: i8,
        up: i8,
    },
    LookFromOpposite,
    ToggleProjection,
    SetLens(Optics),
    LongerLens,
    ShorterLens,
    /// A camera of the file, by number.
    LookThrough(usize),
    NextFileCamera,
    /// Flies to the view of this number, or saves it where there is none.
    SavedView(u8),
    SaveView(u8),
    SaveNextView,
    RemoveView(u8),
    /// Comes closer to a point of the model.
    FocusAt(DVec3),
    Walk,
    ToggleWalls,
    OpenPie,
}

/// About what is wrong with the model on stage.
#[derive(Clone, Debug, PartialEq)]
pub enum IssueCommand {
    /// Opens a finding, flies to one of its places and colours its faces.
    Show(IssueStop),
    /// The open finding is closed; the picture stays.
    Leave,
    Next,
    Previous,
    /// All problems are coloured, or only those that are looked at.
    ToggleAll,
    /// Name of a shipped preset that the report is held against.
    UsePreset(Option<&'static str>),
}

/// About mending the model on stage, which changes it in memory and never its file.
#[derive(Clone, Debug, PartialEq)]
pub enum MendCommand {
    /// What a rule found, by the step that mends it.
    Mend(Rule),
    /// What the open finding found.
    MendOpen,
    /// Everything whose mending changes nothing that is seen.
    MendSafe,
    MendAll,
    Undo,
    Redo,
    /// The state after so many changes.
    GoTo(usize),
    Stop,
    SaveDialog,
    Save(PathBuf),
    /// Closes what waits for an answer, though mends are lost.
    Leave,
    Stay,
}

/// About the light a model is shown in.
#[derive(Clone, Debug, PartialEq)]
pub enum LightCommand {
    /// The panel with its settings.
    Toggle,
    UseStudio,
    ChooseFile,
    UseFile(PathBuf),
    /// Whether the picture of surroundings stands behind the model; asks for one where there is none.
    ToggleBackdrop,
    /// By degrees, counter-clockwise seen from above.
    Turn(f32),
    Reset,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AppCommand {
    Quit,
    CopyReport,
    CopyReceipt,
}

impl From<FileCommand> for Command {
    fn from(command: FileCommand) -> Self {
        Self::File(command)
    }
}

impl From<FilesCommand> for Command {
    fn from(command: FilesCommand) -> Self {
        Self::Files(command)
    }
}

impl From<ViewCommand> for Command {
    fn from(command: ViewCommand) -> Self {
        Self::View(command)
    }
}

impl From<ClipCommand> for Command {
    fn from(command: ClipCommand) -> Self {
        Self::Clip(command)
    }
}

impl From<ConvertCommand> for Command {
    fn from(command: ConvertCommand) -> Self {
        Self::Convert(command)
    }
}

impl From<CameraCommand> for Command {
    fn from(command: CameraCommand) -> Self {
        Self::Camera(command)
    }
}

impl From<IssueCommand> for Command {
    fn from(command: IssueCommand) -> Self {
        Self::Issue(command)
    }
}

impl From<MendCommand> for Command {
    fn from(command: MendCommand) -> Self {
        Self::Mend(command)
    }
}

impl From<LightCommand> for Command {
    fn from(command: LightCommand) -> Self {
        Self::Light(command)
    }
}

impl From<FarmCommand> for Command {
    fn from(command: FarmCommand) -> Self {
        Self::Farm(command)
    }
}

impl From<PageCommand> for Command {
    fn from(command: PageCommand) -> Self {
        Self::Page(command)
    }
}

impl From<AppCommand> for Command {
    fn from(command: AppCommand) -> Self {
        Self::App(command)
    }
}

/// What was asked, not yet done.
#[derive(Debug, Default)]
pub struct Commands {
    queue: Vec<Command>,
}

impl Commands {
    pub fn push(&mut self, command: impl Into<Command>) {
        self.queue.push(command.into());
    }

    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.queue)
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub fn queued(&self) -> &[Command] {
        &self.queue
    }
}
