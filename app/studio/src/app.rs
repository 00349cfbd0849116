//! The application: takes in what other threads finished, runs commands, lays out the panels.

mod keeping;
mod keys;

use std::sync::Arc;

use eframe::egui_wgpu::RenderState;
use work::Pool;

use crate::commands::{self, AppCommand, CameraCommand, Command, Commands, FileCommand, ViewCommand};
use crate::dialogs::Dialogs;
use crate::farm_link::FarmRoom;
use crate::frame_log::FrameLog;
use crate::journal::Journal;
use crate::keeper::Keeper;
use crate::light::LightRoom;
use crate::model::{FarmLink, Model, Severity, ViewBook};
use crate::pictures::Pictures;
use crate::rescue::{Lifeboat, Rescue};
use crate::rooms::Rooms;
use crate::settings::Settings;
use crate::tape::Mark;
use crate::view::{IssuesView, Tab, View};
use crate::viewport::{Projector, Purpose, Stage};
use crate::watch::Watch;
use crate::{inspector, loading, marks, panels, theme, viewport};

pub struct App {
    /// What the user would miss.
    pub model: Model,
    /// What is open, selected and typed.
    pub view: View,
    /// What was asked, not yet done.
    pub commands: Commands,
    /// What works for the window behind the scenes.
    rooms: Rooms,
    pictures: Pictures,
    settings: Settings,
    keeper: Keeper,
    frame_log: FrameLog,
    /// `None` without a home.
    lifeboat: Option<Lifeboat>,
    /// `None` without a home, or where nothing can be written there.
    journal: Option<Journal>,
    /// What is still to be put back.
    rescue: Option<Rescue>,
    /// What the system shows as the window's name.
    title: String,
    /// Somebody said that the window may close.
    is_closing: bool,
}

/// What the window is started with.
pub struct Start {
    /// `None` in tests that need no home: nothing is saved and no farm is spoken to.
    pub home: Option<farm::Home>,
    pub settings: Settings,
    pub paths: Vec<std::path::PathBuf>,
    pub no_drop_reason: Option<&'static str>,
    pub frame_log: FrameLog,
    /// What a window left that lost its graphics device.
    pub rescue: Option<Rescue>,
}

impl App {
    pub fn new(ctx: &egui::Context, gpu: Option<RenderState>, start: Start) -> Self {
        theme::install(ctx);
        let wake = {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let pool = Arc::new(Pool::new(wake.clone()));
        if let Some(gpu) = &gpu {
            viewport::outlive_errors(gpu, wake.clone());
        }
        let lifeboat = start.home.as_ref().map(|home| Lifeboat::new(home.data(), start.rescue.as_ref()));
        if let (Some(gpu), Some(lifeboat)) = (&gpu, lifeboat.clone()) {
            viewport::when_lost(gpu, move |reason| lifeboat.leave(reason));
        }
        let journal = start.home.as_ref().and_then(|home| {
            let opened = Journal::open(home.data());
            opened.inspect_err(|error| tracing::warn!("mends are not kept until saved ({error})")).ok()
        });
        let config_folder = start.home.as_ref().map(|home| home.config().to_owned());
        let stage = Stage::new(gpu, &pool);
        let mut model = Model::default();
        if let Some(home) = &start.home {
            model.views = ViewBook::load(home.config());
        }
        model.last_folder = start.settings.last_folder.clone();
        model.machine.no_drop_reason = start.no_drop_reason;
        model.machine.gpu = stage.gpu().map(render::Gpu::description);
        let mut view = View {
            left_open: start.settings.left_open,
            right_open: start.settings.right_open,
            strip_open: start.settings.strip_open,
            modes: start.settings.modes,
            light: start.settings.light.clone(),
            ..View::default()
        };
        view.issues.preset = IssuesView::preset_named(&start.settings.preset);
        view.farm.manager_url.clone_from(&start.settings.manager_url);
        view.farm.farms.clone_from(&start.settings.farms);
        view.submit.destination.clone_from(&start.settings.results_folder);
        model.farm.preferred_job_type.clone_from(&start.settings.job_type);
        let mut commands = Commands::default();
        if !start.paths.is_empty() {
            commands.push(FileCommand::Open(start.paths));
        }
        if let Some(rescue) = &start.rescue {
            rescue.restore_view(&mut view);
            if !rescue.job_type().is_empty() {
                model.farm.preferred_job_type = rescue.job_type().to_owned();
            }
            commands.push(FileCommand::Open(rescue.paths.clone()));
            model.notify(
                Severity::Info,
                "The graphics device was lost, and the window started anew; everything is where it was",
            );
        }
        let keeper = Keeper::new(config_folder, &start.settings, &model.views);
        let choices = start.home.as_ref().map(farm::ChoicesStore::of);
        let rooms = Rooms {
            choices,
            watch: Watch::new(wake.clone()),
            dialogs: Dialogs::new(wake.clone()),
            farm: FarmRoom::new(start.home, wake),
            light: LightRoom::default(),
            stage,
            pool,
            plan_file: None,
            intakes: Vec::new(),
            opened_at: None,
        };
        Self {
            model,
            view,
            commands,
            rooms,
            pictures: Pictures::default(),
            keeper,
            settings: start.settings,
            frame_log: start.frame_log,
            lifeboat,
            journal,
            rescue: start.rescue,
            title: String::new(),
            is_closing: false,
        }
    }

    /// Whether what the window needs behind the scenes has started up.
    pub fn rooms_are_ready(&self) -> bool {
        self.rooms.farm.is_ready()
    }

    /// Everything that is not drawing. Never waits.
    fn step(&mut self, ctx: &egui::Context) {
        self.take_input(ctx);
        if let Some(command) = self.rooms.dialogs.answer(&mut self.model) {
            self.commands.push(command);
        }
        self.reload_changed(ctx);
        let is_visible = ctx.input(|i| !i.viewport().minimized.unwrap_or(false));
        let pool = Arc::clone(&self.rooms.pool);
        let (wait, opens) = self.rooms.farm.poll(&mut self.model, &mut self.view, &pool, is_visible);
        if let Some(wait) = wait {
            ctx.request_repaint_after(wait);
        }
        if !opens.is_empty() {
            self.commands.push(FileCommand::Open(opens));
        }
        for command in self.commands.take() {
            self.run(ctx, command);
        }
        self.remember_view();
        commands::file::take_in(&mut self.model, &mut self.view, &mut self.rooms);
        commands::file::finish_export(&mut self.model, &mut self.view);
        commands::convert::take_in(&mut self.model, &mut self.view, &mut self.rooms);
        commands::mend::take_in(&mut self.model, &mut self.view, &mut self.rooms);
        self.rooms.light.advance(&mut self.view.light, &mut self.model, &self.rooms.pool);
        let look = self.view.light.look(self.rooms.light.environment());
        self.rooms.stage.set_light(look, self.view.light.scenery());
        commands::files::take_in(&mut self.model, &mut self.rooms);
        if let Some(wait) = self.model.drop_old_notices(std::time::Instant::now()) {
            ctx.request_repaint_after(wait);
        }
        loading::advance(&mut self.model, &mut self.rooms.stage, &mut self.rooms.watch, &self.rooms.pool);
        let compared = self.view.wipe.and_then(|wipe| wipe.doc);
        if !loading::advance_compared(compared, &mut self.model, &mut self.rooms.stage, &self.rooms.pool)
            && let Some(wipe) = &mut self.view.wipe
        {
            wipe.doc = None;
        }
        self.take_answers(ctx);
        if let Some(document) = self.model.current_mut() {
            document.judge(self.view.issues.preset);
        }
        self.view.playback.follow(&self.model);
        inspector::advance(&mut self.model, &mut self.view, &self.rooms.pool);
        if let Some(doc) = self.model.current {
            let clip = self.view.playback.moment().map(|m| m.clip);
            self.rooms.stage.measure_clip(doc, clip, &self.rooms.pool);
            self.view.playback.bounds = self.rooms.stage.clip_bounds(doc, clip);
        }
        marks::advance(&mut self.model, &self.view, &self.rooms.stage, &self.rooms.pool);
        if self.view.playback.advance(ctx.input(|i| i.time)) && is_visible {
            ctx.request_repaint();
        }
        self.model.machine.gpu_error = self.rooms.stage.renderer_failure().map(str::to_owned);
        let now = std::time::Instant::now();
        if let Some(wait) = self.keeper.step(&self.settings, &self.model.views, &self.rooms.pool, now) {
            ctx.request_repaint_after(wait);
        }
        self.name_window(ctx);
        self.ask_before_closing(ctx);
        self.come_back();
        self.keep_mends();
        if let Some(lifeboat) = &self.lifeboat {
            lifeboat.keep(&self.model, &self.view, &self.rooms.stage.camera);
        }
    }

    /// The model on stage, so that it is found among a desktop's windows.
    fn name_window(&mut self, ctx: &egui::Context) {
        let title = match (self.model.current(), self.model.documents.len()) {
            (None, _) => "Kiln".to_owned(),
            (Some(document), 1) => format!("{} – Kiln", document.name()),
            (Some(document), n) => format!("{} – {n} models – Kiln", document.name()),
        };
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn run(&mut self, ctx: &egui::Context, command: Command) {
        tracing::debug!("{command:?}");
        match command {
            Command::File(it) => commands::file::run(it, &mut self.model, &mut self.view, &mut self.rooms),
            Command::View(it) => {
                // The form is the farm's to tell; whoever opens it wants this machine's own started.
                let asks_farm = it == ViewCommand::OpenTab(Tab::Submit);
                if asks_farm && matches!(self.model.farm.link, FarmLink::Off) {
                    self.rooms.farm.connect(&mut self.model);
                }
                commands::view::run(it, &self.model, &mut self.view, &mut self.rooms.stage)
            }
            Command::Clip(it) => commands::clip::run(it, &self.model, &mut self.view),
            Command::Convert(it) => {
                commands::convert::run(it, &mut self.model, &mut self.view, &mut self.rooms);
            }
            Command::Camera(it) => {
                commands::camera::run(it, &mut self.model, &mut self.view, &mut self.rooms.stage)
            }
            Command::Issue(it) => {
                commands::issues::run(it, &self.model, &mut self.view, &mut self.rooms.stage);
            }
            Command::Mend(it) => commands::mend::run(it, &mut self.model, &mut self.view, &mut self.rooms),
            Command::Light(it) => commands::light::run(it, &self.model, &mut self.view, &mut self.rooms),
            Command::Files(it) => commands::files::run(it, &mut self.model, &mut self.rooms),
            Command::Farm(it) => commands::farm::run(it, &mut self.model, &mut self.view, &mut self.rooms),
            Command::Page(it) => {
                let now_secs = ctx.input(|i| i.time);
                commands::job_page::run(it, &mut self.model, &mut self.view, &mut self.rooms, now_secs);
            }
            Command::App(AppCommand::Quit) => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            Command::App(AppCommand::CopyReceipt) => {
                if let Some(text) = commands::convert::receipt_in_view(&self.model, &self.view) {
                    ctx.copy_text(text);
                    self.model.notify(Severity::Good, "The receipt is on the clipboard");
                }
            }
            Command::App(AppCommand::CopyReport) => {
                if let Some(text) = self.model.current().and_then(panels::report::report_text) {
                    ctx.copy_text(text);
                    self.model.notify(Severity::Good, "The report is on the clipboard");
                }
            }
        }
    }

    /// Reads documents anew whose files have changed on disk.
    fn reload_changed(&mut self, ctx: &egui::Context) {
        let (changed, wait) = self.rooms.watch.changed(std::time::Instant::now());
        if let Some(wait) = wait {
            ctx.request_repaint_after(wait);
        }
        let current = self.model.current;
        for doc in changed {
            let Some(document) = self.model.document_mut(doc) else { continue };
            document.n_reloads += 1;
            if current == Some(doc) {
                loading::read(document, &self.rooms.pool);
            } else {
                document.load = crate::model::Request::Idle;
                document.survey = crate::model::Request::Idle;
                self.rooms.stage.forget(doc);
            }
        }
    }

    /// What clicks on the picture have found.
    fn take_answers(&mut self, ctx: &egui::Context) {
        let Self { model, view, rooms, commands, .. } = self;
        let Some(document) = model.current() else { return };
        let Some(loaded) = document.load.value() else { return };
        if let Some((node, way, side)) = rooms.stage.picked(ctx) {
            commands::view::select_picked(node, way, side, model, view);
        }
        rooms.stage.outline(document.id, view.selected_node, &loaded.import.scene);
        rooms.stage.advance_walk(loaded, &rooms.pool);
        let mut probe = std::mem::take(&mut rooms.stage.probe);
        let answer =
            probe.step(Some(loaded), view.playback.moment(), || rooms.stage.unseen(document.id), &rooms.pool);
        rooms.stage.probe = probe;
        if let Some((question, hit)) = answer {
            let camera = &rooms.stage.camera;
            let projector = Projector::new(&camera.pose(), camera.size());
            let material = hit.as_ref().and_then(|hit| hit.material);
            let mark = hit.map(|hit| Mark::of(&hit, &question, &projector));
            match (question.purpose, mark) {
                (Purpose::Focus, Some(mark)) => commands.push(CameraCommand::FocusAt(mark.point)),
                (Purpose::Focus, None) => commands.push(ViewCommand::FrameAll),
                (Purpose::Hover, mark) => view.tape.hover = mark,
                (Purpose::Mark, Some(mark)) => view.tape.set_point(mark.point),
                (Purpose::Mark, None) => {}
                (Purpose::Material, _) => match material {
                    Some(material) => commands.push(ViewCommand::InspectMaterial(material)),
                    None => commands.push(ViewCommand::OpenTab(Tab::Materials)),
                },
            }
            ctx.request_repaint();
        }
    }

    /// What the window is busy with, for the frame log.
    fn activity(&self) -> &'static str {
        match self.model.current() {
            Some(document) if document.load.is_running() => "reading",
            Some(document) if self.rooms.stage.upload_of(document.id).is_some_and(|u| u.is_running()) => {
                "uploading"
            }
            Some(document) if document.report.is_running() => "checking",
            Some(document) if document.pictures.is_running() => "drawing thumbnails",
            _ => "idle",
        }
    }
}

impl eframe::App for App {
    fn raw_input_hook(&mut self, _ctx: &egui::Context, _input: &mut egui::RawInput) {
        let activity = self.activity();
        self.frame_log.begin(activity);
    }

    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.step(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.pictures.begin_frame();
        panels::window_ui(
            ui,
            &self.model,
            &mut self.view,
            &mut self.commands,
            &mut self.rooms.stage,
            &mut self.pictures,
        );
        self.remember(ui.ctx());
        if !self.commands.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        theme::GROUND.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self) {
        if let Some(lifeboat) = &self.lifeboat {
            lifeboat.close();
        }
        if let Some(journal) = &mut self.journal {
            journal.finish();
        }
        if let Err(error) = self.keeper.finish(&self.settings, &self.model.views) {
            tracing::warn!("the window's settings were not saved: {error}");
        }
    }
}
