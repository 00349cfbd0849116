mod field;
mod formula;
mod kind;

use flamenco::wire::{JobSetting, JobType, SettingType, SettingVisibility, Settings};

pub use field::FormField;
pub use formula::{Facts, Formula, PathPart};
pub use kind::{FieldKind, FieldValue};

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

    /// The job type is one of Blender's, which work on one scene file.
    pub fn takes_one_scene(&self) -> bool {
        self.fields.iter().any(|field| field.is_models && field.key == "blendfile")
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
        field.follows = false;
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

    /// Takes over values of an earlier job, where they still fit; what was given follows nothing.
    pub fn fill(&mut self, settings: &Settings) {
        for field in &mut self.fields {
            // What only the script itself sets was the other job's own.
            let is_scripts = !field.is_editable && field.formula.is_none();
            let value = settings.get(&field.key).filter(|_| !is_scripts);
            if let Some(value) = value.and_then(|value| field.kind.value_of(value)) {
                field.value = value;
                let is_seen =
                    matches!(field.visibility, SettingVisibility::Visible | SettingVisibility::Submission);
                field.follows &= !is_seen;
                field.is_filled = is_seen;
            }
        }
    }

    /// What somebody chose, for a preset: neither what follows something nor what the script sets.
    pub fn chosen(&self) -> Settings {
        let is_chosen = |it: &&FormField| {
            let is_seen = matches!(it.visibility, SettingVisibility::Visible | SettingVisibility::Submission);
            is_seen
                && !it.is_models
                && it.is_editable
                && !(it.follows && it.can_follow)
                && it.value != it.default
        };
        self.fields.iter().filter(is_chosen).map(|it| (it.key.clone(), it.value.to_json())).collect()
    }

    /// Takes over what an earlier form held, where it still fits.
    pub fn take_over(&mut self, earlier: &Self) {
        for field in &mut self.fields {
            let same = |it: &&FormField| it.key == field.key && !it.is_models;
            if let Some(before) = earlier.fields.iter().find(same)
                && let Some(value) = field.kind.value_of(&before.value.to_json())
            {
                field.value = value;
                field.follows = before.follows;
            }
        }
    }

    /// Which settings an earlier form had otherwise, or not at all; in labels.
    pub fn differences(&self, earlier: &Self) -> Vec<String> {
        let other = |field: &&FormField| {
            let before = earlier.fields.iter().find(|it| it.key == field.key);
            before.is_none_or(|it| {
                (&it.kind, &it.default, &it.label) != (&field.kind, &field.default, &field.label)
            })
        };
        let mut changed: Vec<String> = self.fields.iter().filter(other).map(|it| it.label.clone()).collect();
        let gone = |field: &&FormField| self.fields.iter().all(|it| it.key != field.key);
        changed.extend(earlier.fields.iter().filter(gone).map(|it| format!("{} (gone)", it.label)));
        changed
    }

    /// Gives every field that follows something its value, and shows those that nothing here can
    /// fill in.
    pub fn work_out(&mut self, facts: &Facts) {
        let is_told = facts.model.is_some() || !self.takes_models();
        // A path is made of other settings, which may be worked out themselves.
        for _ in 0..2 {
            let values: Vec<(String, String)> =
                self.fields.iter().map(|it| (it.key.clone(), it.value.to_string())).collect();
            let value_of =
                |key: &str| values.iter().find(|(it, _)| it == key).map(|(_, value)| value.clone());
            for field in self.fields.iter_mut().filter(|it| !it.is_models) {
                field.work_out(facts, is_told, value_of);
            }
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

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

    fn stock_render() -> Form {
        let job_type: JobType = serde_json::from_value(serde_json::json!({
            "name": "simple-blender-render", "label": "Render", "etag": "e",
            "settings": [
                {"key": "frames", "type": "string", "required": true,
                    "eval": "f'{C.scene.frame_start}-{C.scene.frame_end}'",
                    "evalInfo": {"showLinkButton": true, "description": "Scene frame range"}},
                {"key": "chunk_size", "type": "int32", "default": 1, "visible": "submission"},
                {"key": "render_output_root", "type": "string", "subtype": "dir_path", "required": true},
                {"key": "add_path_components", "type": "int32", "default": 0, "propargs": {"min": 0, "max": 32}},
                {"key": "render_output_path", "type": "string", "editable": false,
                    "eval": "str(Path(abspath(settings.render_output_root), last_n_dir_parts(settings.add_path_components), jobname, '{timestamp}', '######'))"},
                {"key": "blendfile", "type": "string", "required": true, "visible": "web"},
                {"key": "fps", "type": "float", "eval": "C.scene.render.fps / C.scene.render.fps_base", "visible": "hidden"},
                {"key": "format", "type": "string", "required": true,
                    "eval": "C.scene.render.image_settings.file_format", "visible": "web"},
                {"key": "device", "type": "string", "required": true, "eval": "C.preferences.x", "visible": "hidden"}
            ]
        }))
        .unwrap();
        Form::of(&job_type)
    }

    #[test]
    fn a_stock_render_is_filled_in_from_the_scene_file() {
        let mut form = stock_render();
        let setup =
            formats::RenderSetup { last_frame: 16, fps: 23.976, format: "PNG".into(), ..Default::default() };
        let facts = Facts {
            job_name: "Dance".into(),
            model: Some("/shows/dance.blend".into()),
            setup: Some(setup),
            farm_storage: Some("{jobs}/kiln-results".into()),
        };
        form.work_out(&facts);
        let shown: Vec<&str> =
            form.fields.iter().filter(|it| it.is_shown).map(|it| it.key.as_str()).collect();
        let [frames, chunk, root, add, path, device] = shown[..] else { panic!("{shown:?}") };
        assert_eq!(
            [frames, chunk, root, add],
            ["frames", "chunk_size", "render_output_root", "add_path_components"]
        );
        // What Blender alone could answer is asked for, hidden or not.
        assert_eq!([path, device], ["render_output_path", "device"]);
        form.set_text("device", "CPU").unwrap();
        let expected = serde_json::json!({
            "frames": "0-16", "chunk_size": 1, "render_output_root": "{jobs}/kiln-results",
            "add_path_components": 0, "fps": 23.976, "format": "PNG", "device": "CPU",
            "render_output_path": "{jobs}/kiln-results/Dance/{timestamp}/######"
        });
        assert_eq!(Value::Object(form.settings()), expected);

        // A job that is sent again follows what it followed before.
        let mut again = stock_render();
        let mut settings = form.settings();
        settings["render_output_root"] = "{jobs}/kiln-results/5c8ea671".into();
        again.fill(&settings);
        again.work_out(&facts);
        assert_eq!(again.settings(), form.settings());

        form.set_text("frames", "3").unwrap();
        form.work_out(&facts);
        assert_eq!(form.settings()["frames"], "3", "what is typed follows no more");
        let mut elsewhere = stock_render();
        elsewhere.take_over(&form);
        elsewhere.work_out(&Facts { farm_storage: None, ..facts });
        let root = elsewhere.field_mut("render_output_root").unwrap();
        assert!(!root.can_follow, "this farm hands nothing out, so a person says where");
    }

    #[test]
    fn what_is_not_told_is_left_out() {
        let mut form = stock_render();
        form.work_out(&Facts::default());
        assert!(!form.settings().contains_key("fps"));
        assert!(
            form.fields.iter().all(|it| it.key != "device" || !it.is_shown),
            "no scene file, no questions"
        );
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
