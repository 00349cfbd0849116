//! What outlives the window: settings, views, mends that no file holds, and a lost device.

use super::App;
use crate::commands::FileCommand;
use crate::model::Severity;
use crate::view::Leaving;

impl App {
    /// What is mended and unsaved outlives the window.
    pub(super) fn keep_mends(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        let n_back = journal.step(&mut self.model, &self.rooms.pool);
        if n_back > 0 {
            let models = crate::text::counted(n_back, "model", "models");
            let told = format!("What was mended and not saved is back for {models}; Ctrl+Z takes it back");
            self.model.notify(Severity::Info, told);
        }
    }

    /// After a lost device: the model that was on stage, from where it was seen, and the form.
    pub(super) fn come_back(&mut self) {
        let Some(rescue) = &mut self.rescue else { return };
        rescue.restore_mends(&mut self.model);
        let on_stage = self.model.documents.iter().find(|d| Some(&d.path) == rescue.current.as_ref());
        if let Some(doc) = on_stage.map(|d| d.id)
            && rescue.current.is_some()
            && self.model.n_scans == 0
            && self.model.current != Some(doc)
        {
            self.commands.push(FileCommand::Select(doc));
        }
        let stage = &self.rooms.stage;
        let is_up = self.model.current.is_some_and(|doc| stage.upload_of(doc).is_some());
        let has_failed = self.model.current().is_some_and(|document| document.failure().is_some());
        if !is_up && !has_failed && rescue.current.is_some() {
            return;
        }
        if rescue.restore_late(&self.model, &mut self.view, &mut self.rooms.stage.camera) {
            self.rescue = None;
        }
    }

    /// Mends that no file holds are lost with the window; whoever closes it is asked.
    pub(super) fn ask_before_closing(&mut self, ctx: &egui::Context) {
        if std::mem::take(&mut self.view.may_close) {
            self.is_closing = true;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        let is_asked = ctx.input(|i| i.viewport().close_requested());
        if is_asked && !self.is_closing && !self.model.unsaved(None).is_empty() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.view.leaving = Some(Leaving::Window);
        }
    }

    /// Where the model on stage is looked at from, for the next time.
    pub(super) fn remember_view(&mut self) {
        let is_up = self.model.loaded().is_some();
        if let Some(path) = self.model.current().map(|d| d.path.clone())
            && is_up
            && self.rooms.stage.camera.has_settled()
        {
            self.model.views.remember(&path, &self.rooms.stage.camera.pose());
        }
    }

    pub(super) fn remember(&mut self, ctx: &egui::Context) {
        let (size, maximized) =
            ctx.input(|i| (i.viewport().inner_rect.map(|r| r.size()), i.viewport().maximized));
        let maximized = maximized.unwrap_or(false);
        if let Some(size) = size.filter(|_| !maximized) {
            self.settings.window = size.into();
        }
        self.settings.maximized = maximized;
        self.settings.left_open = self.view.left_open;
        self.settings.right_open = self.view.right_open;
        self.settings.light.clone_from(&self.view.light);
        self.settings.strip_open = self.view.strip_open;
        self.settings.modes = self.view.modes;
        self.settings.last_folder.clone_from(&self.model.last_folder);
        self.settings.preset = self.view.issues.preset.unwrap_or_default().into();
        self.settings.manager_url.clone_from(&self.view.farm.manager_url);
        self.settings.farms.clone_from(&self.view.farm.farms);
        self.settings.results_folder.clone_from(&self.view.submit.destination);
        if let Some(form) = &self.view.submit.form {
            self.settings.job_type.clone_from(&form.job_type);
        }
    }
}
