//! One setting of a job type: where its value comes from, and what is wrong with it.

use flamenco::wire::{JobSetting, SettingSubtype, SettingVisibility};

use super::{Facts, FieldKind, FieldValue, FormProblem, Formula, title_case};

/// One setting.
#[derive(Clone, Debug, PartialEq)]
pub struct FormField {
    pub key: String,
    pub label: String,
    /// What it means; often empty.
    pub help: String,
    pub kind: FieldKind,
    pub value: FieldValue,
    pub is_shown: bool,
    /// Shown, but not to be changed.
    pub is_read_only: bool,
    pub is_required: bool,
    /// Who sees it by the script's wish. [`Form::work_out`] shows more where a value is wanted that
    /// nothing here can tell.
    pub visibility: SettingVisibility,
    /// How its value is worked out; `None`: by whoever fills in the form.
    pub formula: Option<Formula>,
    /// The value is worked out, and follows what it is worked out from.
    pub follows: bool,
    /// Following can be switched off and on.
    pub can_follow: bool,
    /// What it follows, for people.
    pub follow_note: String,
    /// Filled by the outbox with the models' places on the farm.
    pub is_models: bool,
    /// The script's own start value, for "back to default".
    pub default: FieldValue,
    has_default: bool,
    pub(super) is_editable: bool,
    /// Its value is an earlier job's, which may have followed then.
    pub(super) is_filled: bool,
}

impl FormField {
    pub(super) fn of(setting: &JobSetting, is_models: bool) -> Self {
        let kind = FieldKind::of(setting);
        let default = setting.default.as_ref().and_then(|value| kind.value_of(value));
        let default = default.unwrap_or_else(|| kind.empty());
        let visibility = setting.visible.unwrap_or(SettingVisibility::Visible);
        let is_visible = matches!(visibility, SettingVisibility::Visible | SettingVisibility::Submission);
        let label = setting.label.as_deref().filter(|label| !label.is_empty());
        let formula = formula_of(setting);
        let note = setting.eval_info.as_ref().map(|it| it.description.trim()).unwrap_or_default();
        Self {
            follow_note: match (&formula, note) {
                (Some(Formula::FarmStorage), _) => {
                    "The farm's own storage, until the results are home".into()
                }
                (Some(Formula::Unknown(eval)), "") => format!("Blender would take {eval}"),
                (_, "") => "As the scene file says".into(),
                (_, note) => note.into(),
            },
            follows: formula.is_some(),
            can_follow: false,
            formula,
            visibility,
            is_filled: false,
            has_default: setting.default.is_some(),
            is_editable: setting.editable != Some(false),
            key: setting.key.clone(),
            label: label.map_or_else(|| title_case(&setting.key), str::to_owned),
            help: setting.description.clone().unwrap_or_default(),
            value: default.clone(),
            is_shown: is_visible && !is_models,
            is_read_only: setting.editable == Some(false),
            is_required: setting.required.unwrap_or(false),
            is_models,
            kind,
            default,
        }
    }

    pub(super) fn work_out(
        &mut self,
        facts: &Facts,
        is_told: bool,
        setting: impl Fn(&str) -> Option<String>,
    ) {
        let Some(formula) = &self.formula else { return };
        let worked_out = formula.work_out(&self.kind, facts, setting);
        let is_known = worked_out.is_some();
        let is_visible =
            matches!(self.visibility, SettingVisibility::Visible | SettingVisibility::Submission);
        self.can_follow = is_known && is_visible && self.is_editable;
        // What nobody can work out is asked for, whoever was meant to see it.
        let is_wanted = !is_known && is_told && self.is_required;
        self.is_shown = is_visible || is_wanted;
        self.is_read_only = !self.is_editable && !is_wanted;
        if self.is_filled && is_known {
            let text = self.value.to_string();
            let was_kept = *formula == Formula::FarmStorage && text.starts_with(FARM_STORAGE);
            self.follows = was_kept || worked_out.as_ref() == Some(&self.value);
            self.is_filled = false;
        }
        if let Some(value) = worked_out.filter(|_| self.follows || self.is_read_only) {
            self.value = value;
        }
    }

    /// `None` when the value can be sent.
    pub fn problem(&self) -> Option<FormProblem> {
        if self.is_models {
            return None;
        }
        let message = match (&self.kind, &self.value) {
            (FieldKind::Choice(choices), FieldValue::Text(text)) => {
                let is_known = choices.contains(text) || (text.is_empty() && !self.is_required);
                (!is_known).then(|| format!("choose one of {}", choices.join(", ")))
            }
            (FieldKind::Integer { min, max }, FieldValue::Integer(value)) => {
                (!(*min..=*max).contains(value)).then(|| out_of_range(&[*min, *max], &[i32::MIN, i32::MAX]))
            }
            (FieldKind::Number { min, max }, FieldValue::Number(value)) => {
                let limits = [f64::NEG_INFINITY, f64::INFINITY];
                (!(*min..=*max).contains(value)).then(|| out_of_range(&[*min, *max], &limits))
            }
            (_, FieldValue::Text(text)) if self.is_required && self.is_shown && text.trim().is_empty() => {
                Some("it must be filled in".to_owned())
            }
            _ => None,
        };
        message.map(|message| FormProblem {
            key: self.key.clone(),
            message: format!("{}: {message}", self.label),
        })
    }

    pub(super) fn is_left_out(&self) -> bool {
        let is_empty = matches!(&self.value, FieldValue::Text(text) if text.is_empty());
        // A number that nobody could work out is no zero.
        let is_untold = self.formula.is_some() && !self.has_default;
        self.default == self.value && (is_empty || is_untold)
    }
}

/// Below it jobs' results lie on a farm of ours.
pub(super) const FARM_STORAGE: &str = "{jobs}/kiln-results/";

/// Stock render jobs ask for a folder on the Workers' disks; a farm that hands results out has one.
fn formula_of(setting: &JobSetting) -> Option<Formula> {
    let is_root = setting.key == "render_output_root" && setting.subtype == Some(SettingSubtype::DirPath);
    match setting.eval.as_deref().map(str::trim).filter(|eval| !eval.is_empty()) {
        Some(eval) => Some(Formula::recognise(eval)),
        None => is_root.then_some(Formula::FarmStorage),
    }
}

fn out_of_range<T: PartialEq + std::fmt::Display>(range: &[T; 2], open: &[T; 2]) -> String {
    let [min, max] = range;
    match (*min == open[0], *max == open[1]) {
        (true, true) => "this is no number".into(),
        (true, false) => format!("at most {max}"),
        (false, true) => format!("at least {min}"),
        (false, false) => format!("between {min} and {max}"),
    }
}
