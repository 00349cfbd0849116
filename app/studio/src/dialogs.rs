//! File dialogs that never hold up a frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rfd::AsyncFileDialog;

use crate::commands::{
    Command, ConvertCommand, FarmCommand, FileCommand, FilesCommand, LightCommand, MendCommand,
};
use crate::model::{DocId, Model, Severity};

/// A dialog that is gone sooner than this was never seen: the system has none to show.
const UNSEEN: Duration = Duration::from_millis(300);

pub(crate) struct Dialogs {
    send: SyncSender<Answer>,
    answers: Receiver<Answer>,
    wake: Arc<dyn Fn() + Send + Sync>,
    is_open: bool,
}

struct Answer {
    command: Option<Command>,
    was_unseen: bool,
}

impl Dialogs {
    pub(crate) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        // One dialog at a time, so one answer at most.
        let (send, answers) = sync_channel(1);
        Self { send, answers, wake: Arc::new(wake), is_open: false }
    }

    pub(crate) fn open_models(&mut self, folder: Option<&Path>) {
        let readable = formats::FORMATS.iter().filter(|f| f.is_readable());
        let extensions: Vec<&str> = readable.flat_map(|f| f.extensions).copied().collect();
        let dialog = starting_in(folder).set_title("Open models").add_filter("3D models", &extensions);
        let chosen = dialog.add_filter("All files", &["*"]).pick_files();
        self.ask(async move {
            let files = chosen.await?;
            Some(FileCommand::Open(files.iter().map(|f| f.path().to_owned()).collect()).into())
        });
    }

    pub(crate) fn open_folder(&mut self, folder: Option<&Path>) {
        let chosen = starting_in(folder).set_title("Open folder").pick_folders();
        self.ask(async move {
            let folders = chosen.await?;
            Some(FileCommand::Open(folders.iter().map(|f| f.path().to_owned()).collect()).into())
        });
    }

    pub(crate) fn save_thumbnails(&mut self, folder: Option<&Path>) {
        let chosen = starting_in(folder).set_title("Folder for the thumbnails").pick_folder();
        self.ask(async move { Some(FileCommand::SaveThumbnails(chosen.await?.path().to_owned()).into()) });
    }

    pub(crate) fn save_picture(&mut self, folder: Option<&Path>, name: &str) {
        let dialog = starting_in(folder).set_title("Save picture").set_file_name(name);
        let dialog =
            dialog.add_filter("PNG", &["png"]).add_filter("WebP", &["webp"]).add_filter("EXR", &["exr"]);
        let chosen = dialog.save_file();
        self.ask(async move { Some(FileCommand::SavePicture(chosen.await?.path().to_owned()).into()) });
    }

    pub(crate) fn save_mended(&mut self, folder: Option<&Path>, name: &str) {
        let mut dialog = starting_in(folder).set_title("Save the mended model").set_file_name(name);
        for target in formats::Target::ALL {
            dialog = dialog.add_filter(format!(".{}", target.extension()), &[target.extension()]);
        }
        let chosen = dialog.save_file();
        self.ask(async move { Some(MendCommand::Save(chosen.await?.path().to_owned()).into()) });
    }

    pub(crate) fn open_plan(&mut self, folder: Option<&Path>) {
        let dialog = starting_in(folder).set_title("Open plan").add_filter("Plans", &["toml", "json"]);
        let chosen = dialog.pick_file();
        self.ask(async move { Some(ConvertCommand::OpenPlan(chosen.await?.path().to_owned()).into()) });
    }

    pub(crate) fn save_plan(&mut self, folder: Option<&Path>, name: &str) {
        let dialog = starting_in(folder).set_title("Save plan").set_file_name(name);
        let chosen = dialog.add_filter("TOML", &["toml"]).add_filter("JSON", &["json"]).save_file();
        self.ask(async move { Some(ConvertCommand::SavePlan(chosen.await?.path().to_owned()).into()) });
    }

    pub(crate) fn result_folder(&mut self, folder: Option<&Path>) {
        let chosen = starting_in(folder).set_title("Folder for results").pick_folder();
        self.ask(async move { Some(ConvertCommand::UseFolder(chosen.await?.path().to_owned()).into()) });
    }

    pub(crate) fn job_results(&mut self, folder: Option<&Path>) {
        let chosen = starting_in(folder).set_title("Folder for jobs' results").pick_folder();
        self.ask(async move { Some(FarmCommand::UseResultsFolder(chosen.await?.path().to_owned()).into()) });
    }

    /// For a field of the form that says where a farm's storage is.
    pub(crate) fn storage(&mut self, folder: Option<&Path>, field: usize, is_folder: bool) {
        let dialog = starting_in(folder).set_title("Where the farm's storage is");
        self.ask(async move {
            let chosen = if is_folder { dialog.pick_folder().await } else { dialog.pick_file().await }?;
            Some(FarmCommand::SetStorage(field, chosen.path().to_owned()).into())
        });
    }

    /// For a setting of a job type.
    pub(crate) fn job_setting(&mut self, folder: Option<&Path>, key: String, is_folder: bool) {
        let dialog = starting_in(folder).set_title("Choose a path");
        self.ask(async move {
            let chosen = if is_folder { dialog.pick_folder().await } else { dialog.pick_file().await }?;
            Some(FarmCommand::SetField(key, chosen.path().to_owned()).into())
        });
    }

    pub(crate) fn convert(&mut self, folder: Option<&Path>, name: &str) {
        let dialog = starting_in(folder).set_title("Convert to GLB").set_file_name(name);
        let chosen = dialog.add_filter("glTF binary", &["glb"]).save_file();
        self.ask(async move { Some(FileCommand::Convert(chosen.await?.path().to_owned()).into()) });
    }

    /// A picture of all directions.
    pub(crate) fn open_surroundings(&mut self, folder: Option<&Path>) {
        let dialog = starting_in(folder).set_title("Light the model with");
        let chosen = dialog.add_filter("Surroundings", &["hdr", "exr"]).pick_file();
        self.ask(async move { Some(LightCommand::UseFile(chosen.await?.path().to_owned()).into()) });
    }

    /// For one file that `doc` names and nobody found.
    pub(crate) fn find_file(&mut self, folder: Option<&Path>, doc: DocId, named: String) {
        let title = format!("Where is {named}?");
        let chosen = starting_in(folder).set_title(title).pick_file();
        self.ask(
            async move { Some(FilesCommand::Relink(doc, named, chosen.await?.path().to_owned()).into()) },
        );
    }

    pub(crate) fn search_folder(&mut self, folder: Option<&Path>, doc: DocId) {
        let chosen = starting_in(folder).set_title("Search for missing files in").pick_folder();
        self.ask(async move { Some(FilesCommand::SearchIn(doc, chosen.await?.path().to_owned()).into()) });
    }

    /// What was chosen since the last frame.
    pub(crate) fn answer(&mut self, model: &mut Model) -> Option<Command> {
        let answer = self.answers.try_recv().ok()?;
        self.is_open = false;
        if answer.was_unseen {
            let text = "The system showed no file dialog. Install zenity or a desktop portal, or drop files on the window.";
            model.notify(Severity::Error, text);
        }
        answer.command
    }

    fn ask(&mut self, chosen: impl Future<Output = Option<Command>> + Send + 'static) {
        if std::mem::replace(&mut self.is_open, true) {
            return;
        }
        let (send, wake) = (self.send.clone(), Arc::clone(&self.wake));
        let asked = Instant::now();
        work::runtime().spawn(async move {
            let command = chosen.await;
            let was_unseen = command.is_none() && asked.elapsed() < UNSEEN;
            let _ = send.try_send(Answer { command, was_unseen });
            wake();
        });
    }
}

fn starting_in(folder: Option<&Path>) -> AsyncFileDialog {
    let dialog = AsyncFileDialog::new();
    match folder {
        Some(folder) if folder.is_dir() => dialog.set_directory(PathBuf::from(folder)),
        _ => dialog,
    }
}
