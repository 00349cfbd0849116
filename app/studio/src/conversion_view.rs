//! What of the conversion panel is chosen and typed.

use std::path::PathBuf;

use convert::Plan;
use formats::Target;

use crate::draft::Draft;
use crate::model::{Document, Model};

/// The farm's job type that runs a plan on every model.
pub(crate) const JOB_TYPE: &str = "kiln-convert";
/// Its setting for a plan that is none of the shipped ones.
const PLAN_TEXT: &str = "plan_text";

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
        // Nothing that does not run is told to a farm or written into a receipt.
        plan.off.clear();
        let mended = document.history.plan().steps;
        plan.steps.splice(0..0, mended);
        plan
    }

    /// What a farm's job is told: the name of a shipped plan, or the text of any other.
    pub(crate) fn farm_settings(&self, document: &Document) -> Vec<(&'static str, String)> {
        let plan = self.plan(document);
        let is_shipped = Plan::shipped().contains(&plan) || plan == Plan::as_is();
        let plan = if is_shipped { ("plan", plan.name) } else { (PLAN_TEXT, plan.to_toml()) };
        vec![plan, ("format", self.format.extension().into())]
    }

    /// Why the farm that `model` knows cannot do this, in words.
    pub fn farm_problem(&self, model: &Model, document: &Document) -> Option<&'static str> {
        // As long as nobody has told its job types, it may.
        let job_type = model.farm.job_type(JOB_TYPE)?;
        let lacks = |key: &str| !job_type.settings.iter().any(|setting| setting.key == key);
        let is_missing = self.farm_settings(document).into_iter().any(|(key, _)| lacks(key));
        is_missing.then_some("This farm runs the plans that come with Kiln; yours runs on this machine")
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
        assert_eq!(view.farm_settings(&document), [("plan", "clean".into()), ("format", "kscene".into())]);
        view.draft.lines[0].is_on = false;
        let (key, text) = view.farm_settings(&document).remove(0);
        let told = Plan::from_toml(&text).unwrap();
        assert_eq!((key, &told.steps, told.off.len()), (PLAN_TEXT, &view.draft.plan().steps, 0));
    }
}
