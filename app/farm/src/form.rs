use flamenco::wire::{JobSetting, JobType, SettingSubtype, SettingType, SettingVisibility, Settings};
use serde_json::Value;

/// A job type's settings as a form: what to ask, what is there already, what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The job type's name, such as `kiln-thumbnails`.
    pub job_type: String,
    /// For people.
    pub label: String,
    pub description: String,
    pub etag: String,
    /// Every setting, in the script's order; draw those that are [`FormField::is_shown`].
    pub fields: Vec<FormField>,
}

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
    /// Filled by the outbox with the models' places on the farm.
    pub is_models: bool,
    /// The script's own start value, for "back to default".
    pub default: FieldValue,
}

/// How a field is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    Text,
    File,
    Folder,
    FileName,
    Choice(Vec<String>),
    Integer { min: i32, max: i32 },
    Number { min: f64, max: f64 },
    Toggle,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    Text(String),
    Integer(i32),
    Number(f64),
    Toggle(bool),
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormProblem {
    pub key: String,
    pub message: String,
}

impl Form {
    pub fn of(job_type: &JobType) -> Self {
        let models = model_setting(job_type).map(|setting| setting.key.clone());
        let fields = job_type.settings.iter().map(|it| FormField::of(it, models.as_deref() == Some(&it.key)));
        Self {
            job_type: job_type.name.clone(),
            label: if job_type.label.is_empty() {
                title_case(&job_type.name)
            } else {
                job_type.label.clone()
            },
            description: job_type.description.clone().unwrap_or_default(),
            etag: job_type.etag.clone(),
            fields: fields.collect(),
        }
    }

    /// Whether the job type works on models at all.
    pub fn takes_models(&self) -> bool {
        self.fields.iter().any(|field| field.is_models)
    }

    pub fn field_mut(&mut self, key: &str) -> Option<&mut FormField> {
        self.fields.iter_mut().find(|field| field.key == key)
    }

    /// Sets a field from text, as a command line gives it.
    ///
    /// # Errors
    /// When there is no such field, or the text does not fit it.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), FormProblem> {
        let problem = |message: String| FormProblem { key: key.into(), message };
        let keys: Vec<String> =
            self.fields.iter().filter(|it| it.is_shown).map(|it| it.key.clone()).collect();
        let field = self.field_mut(key).ok_or_else(|| {
            problem(format!("the job type has no setting {key}; it has {}", keys.join(", ")))
        })?;
        field.value = match &field.value {
            FieldValue::Text(_) => FieldValue::Text(text.into()),
            FieldValue::Integer(_) => FieldValue::Integer(
                text.trim().parse().map_err(|_| problem(format!("{text} is not a whole number")))?,
            ),
            FieldValue::Number(_) => FieldValue::Number(
                text.trim().parse().map_err(|_| problem(format!("{text} is not a number")))?,
            ),
            FieldValue::Toggle(_) => match text.trim() {
                "true" | "yes" | "on" | "1" => FieldValue::Toggle(true),
                "false" | "no" | "off" | "0" => FieldValue::Toggle(false),
                _ => return Err(problem(format!("{text} is neither true nor false"))),
            },
        };
        field.problem().map_or(Ok(()), Err)
    }

    /// Everything that keeps the job from being sent.
    pub fn problems(&self) -> Vec<FormProblem> {
        self.fields.iter().filter_map(FormField::problem).collect()
    }

    /// Values by key, as they are sent. Empty optional texts are left out, and so are the models.
    pub fn settings(&self) -> Settings {
        let given = self.fields.iter().filter(|field| !field.is_models && !field.is_left_out());
        given.map(|field| (field.key.clone(), field.value.to_json())).collect()
    }

    /// Takes over values of an earlier form or job, where they still fit.
    pub fn fill(&mut self, settings: &Settings) {
        for field in &mut self.fields {
            if let Some(value) = settings.get(&field.key).and_then(|value| field.kind.value_of(value)) {
                field.value = value;
            }
        }
    }
}

impl FormField {
    fn of(setting: &JobSetting, is_models: bool) -> Self {
        let kind = FieldKind::of(setting);
        let default = setting.default.as_ref().and_then(|value| kind.value_of(value));
        let default = default.unwrap_or_else(|| kind.empty());
        let visibility = setting.visible.unwrap_or(SettingVisibility::Visible);
        let is_visible = matches!(visibility, SettingVisibility::Visible | SettingVisibility::Submission);
        let label = setting.label.as_deref().filter(|label| !label.is_empty());
        Self {
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

    fn is_left_out(&self) -> bool {
        matches!(&self.value, FieldValue::Text(text) if text.is_empty() && self.default == self.value)
    }
}

impl FieldKind {
    fn of(setting: &JobSetting) -> Self {
        let bound = |name: &str| setting.propargs.as_ref()?.get(name)?.as_f64().filter(|it| it.is_finite());
        match setting.setting_type {
            SettingType::Int32 => Self::Integer {
                // Saturates, which is meant.
                min: bound("min").map_or(i32::MIN, |it| it as i32),
                max: bound("max").map_or(i32::MAX, |it| it as i32),
            },
            SettingType::Float => Self::Number {
                min: bound("min").unwrap_or(f64::NEG_INFINITY),
                max: bound("max").unwrap_or(f64::INFINITY),
            },
            SettingType::Bool => Self::Toggle,
            SettingType::String | SettingType::Unknown => match (&setting.choices, setting.subtype) {
                (Some(choices), _) if !choices.is_empty() => Self::Choice(choices.clone()),
                (_, Some(SettingSubtype::FilePath)) => Self::File,
                (_, Some(SettingSubtype::DirPath | SettingSubtype::HashedFilePath)) => Self::Folder,
                (_, Some(SettingSubtype::FileName)) => Self::FileName,
                _ => Self::Text,
            },
        }
    }

    fn empty(&self) -> FieldValue {
        match self {
            Self::Text | Self::File | Self::Folder | Self::FileName => FieldValue::Text(String::new()),
            Self::Choice(choices) => FieldValue::Text(choices.first().cloned().unwrap_or_default()),
            Self::Integer { min, max } => FieldValue::Integer(0.clamp(*min, (*max).max(*min))),
            Self::Number { min, max } => FieldValue::Number(0.0_f64.max(*min).min(max.max(*min))),
            Self::Toggle => FieldValue::Toggle(false),
        }
    }

    /// `None` when a script's or an old job's value has another type.
    fn value_of(&self, value: &Value) -> Option<FieldValue> {
        match self {
            Self::Integer { .. } => {
                let number = value.as_f64().filter(|it| it.fract() == 0.0 && it.abs() <= 2_147_483_647.0)?;
                Some(FieldValue::Integer(number as i32))
            }
            Self::Number { .. } => value.as_f64().map(FieldValue::Number),
            Self::Toggle => value.as_bool().map(FieldValue::Toggle),
            _ => value.as_str().map(|text| FieldValue::Text(text.into())),
        }
    }
}

impl FieldValue {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Toggle(value) => (*value).into(),
        }
    }
}

/// The setting that names what the job works on: ours is `models`, one place a line; Blender's job
/// types have `blendfile`.
pub(crate) fn model_setting(job_type: &JobType) -> Option<&JobSetting> {
    let named = |key: &str| {
        let mut settings = job_type.settings.iter();
        settings.find(|it| it.key == key && it.setting_type == SettingType::String)
    };
    named("models").or_else(|| named("blendfile"))
}

/// As the Blender add-on labels a setting that brings no label.
fn title_case(key: &str) -> String {
    let words = key.split(['_', '-', ' ']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn job_type() -> JobType {
        serde_json::from_value(serde_json::json!({
            "name": "kiln-thumbnails", "label": "Thumbnails", "etag": "e",
            "settings": [
                {"key": "models", "type": "string", "required": true},
                {"key": "size", "type": "int32", "default": 512, "propargs": {"min": 16, "max": 4096}},
                {"key": "background_style", "type": "string", "choices": ["studio", "none"], "default": "none"},
                {"key": "scale", "type": "float", "default": 1, "propargs": {"min": 0.5}},
                {"key": "note", "type": "string"},
                {"key": "title", "type": "string", "required": true},
                {"key": "output_root", "type": "string", "default": "{jobs}/x", "visible": "hidden"},
                {"key": "loud", "type": "bool", "default": "yes"}
            ]
        }))
        .unwrap()
    }

    #[test]
    fn a_form_asks_what_the_script_declares() {
        let form = Form::of(&job_type());
        assert!(form.takes_models());
        let shown: Vec<&str> =
            form.fields.iter().filter(|it| it.is_shown).map(|it| it.label.as_str()).collect();
        assert_eq!(shown, ["Size", "Background Style", "Scale", "Note", "Title", "Loud"]);
        assert_eq!(form.fields[1].kind, FieldKind::Integer { min: 16, max: 4096 });
        // A default of the wrong type is no default.
        assert_eq!(form.fields[7].value, FieldValue::Toggle(false));
    }

    #[test]
    fn what_is_wrong_is_said_by_field() {
        let mut form = Form::of(&job_type());
        let keys = |form: &Form| form.problems().into_iter().map(|it| it.key).collect::<Vec<_>>();
        assert_eq!(keys(&form), ["title"]);
        form.set_text("title", "Robot").unwrap();
        assert!(form.problems().is_empty());
        assert_eq!(form.set_text("size", "8").unwrap_err().message, "Size: between 16 and 4096");
        assert_eq!(form.set_text("scale", "NaN").unwrap_err().message, "Scale: at least 0.5");
        assert_eq!(
            form.set_text("background_style", "x").unwrap_err().message,
            "Background Style: choose one of studio, none"
        );
        assert!(form.set_text("colour", "x").unwrap_err().message.contains("no setting colour"));
    }

    #[test]
    fn settings_keep_their_types_and_leave_models_to_the_outbox() {
        let mut form = Form::of(&job_type());
        form.set_text("loud", "on").unwrap();
        let expected = serde_json::json!({
            "size": 512, "background_style": "none", "scale": 1.0, "output_root": "{jobs}/x", "title": "T",
            "loud": true
        });
        form.set_text("title", "T").unwrap();
        assert_eq!(Value::Object(form.settings()), expected);
    }
}
