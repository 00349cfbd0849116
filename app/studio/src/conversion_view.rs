//! What of the conversion panel is chosen and typed.

use std::path::PathBuf;

use convert::Plan;
use formats::Target;

use crate::draft::Draft;
use crate::model::Document;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConvertPage {
    #[default]
    Plan,
    Receipt,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunOn {
    #[default]
    ThisMachine,
    Farm,
}

#[derive(Debug)]
pub struct ConvertView {
    pub page: ConvertPage,
    pub draft: Draft,
    pub format: Target,
    /// Empty: beside the model.
    pub folder: String,
    /// Without its ending; empty: the suggested one.
    pub name: String,
    pub replaces: bool,
    pub run_on: RunOn,
    /// Which conversion the receipt is of; `None`: the newest.
    pub receipt: Option<usize>,
    /// Faces that a conversion changed are coloured in the split view.
    pub shows_changes: bool,
}

impl Default for ConvertView {
    fn default() -> Self {
        Self {
            page: ConvertPage::default(),
            draft: Draft::default(),
            format: Target::Glb,
            folder: String::new(),
            name: String::new(),
            replaces: false,
            run_on: RunOn::default(),
            receipt: None,
            shows_changes: true,
        }
    }
}

impl ConvertView {
    /// `chair-web`, without its ending.
    pub fn suggested_name(&self, document: &Document) -> String {
        let stem = document.path.file_stem().unwrap_or_default().to_string_lossy();
        format!("{stem}-{}", self.draft.name())
    }

    /// Where the result goes.
    pub fn target(&self, document: &Document) -> PathBuf {
        let name = match self.name.trim() {
            "" => self.suggested_name(document),
            name => name.to_owned(),
        };
        let folder = match self.folder.trim() {
            // Beside an archive, where a model lies in one.
            "" => document.path.ancestors().skip(1).find(|folder| !folder.is_file()).map(Into::into),
            folder => Some(PathBuf::from(folder)),
        };
        folder.unwrap_or_default().join(format!("{name}.{}", self.format.extension()))
    }

    /// What was mended already comes first.
    pub fn plan(&self, document: &Document) -> Plan {
        let mut plan = self.draft.plan();
        let mended = document.history.plan().steps;
        plan.steps.splice(0..0, mended);
        plan
    }

    /// Why a farm cannot do this, in words.
    pub fn farm_problem(&self, document: &Document) -> Option<&'static str> {
        let is_shipped =
            Plan::shipped().iter().chain([&Plan::as_is()]).any(|plan| *plan == self.draft.plan());
        if document.history.shown() > 0 {
            Some("The farm gets the file, without what was mended here; save the result and send that")
        } else if !is_shipped {
            Some("The farm knows the plans that come with Kiln; a changed one runs on this machine")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::DocId;

    #[test]
    fn the_result_goes_beside_the_model_under_the_plans_name() {
        let document = Document::new(DocId(1), "/models/chair.fbx".into());
        let mut view = ConvertView::default();
        assert_eq!(view.target(&document), Path::new("/models/chair-clean.glb"));
        view.format = Target::KilnScene;
        view.folder = " /out ".into();
        view.name = "seat".into();
        assert_eq!(view.target(&document), Path::new("/out/seat.kscene"));
        assert_eq!(view.farm_problem(&document), None);
        view.draft.lines[0].is_on = false;
        assert!(view.farm_problem(&document).is_some());
    }
}
