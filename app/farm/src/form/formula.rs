//! What a job type's `eval` stands for. It is Python for Blender, which nothing here runs: the
//! expressions that Flamenco's job types are written with are recognised, and worked out from what the
//! scene file says.

use std::path::{Component, Path, PathBuf};

use formats::RenderSetup;
use work::WorkCtx;

use super::{FieldKind, FieldValue};
use crate::{FarmError, slug};

/// What formulas are worked out from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub job_name: String,
    /// The scene file on this machine.
    pub model: Option<PathBuf>,
    /// What it says about being rendered; `None` where it says nothing, or is not read yet.
    pub setup: Option<RenderSetup>,
    /// Where the farm itself keeps what jobs make, on farms that hand it out.
    pub farm_storage: Option<String>,
}

impl Facts {
    /// A place on a farm that hands out what lies there: Kiln's own. Each is a new one, because frames
    /// that are there already would be kept.
    pub fn storage_of_farm() -> String {
        let id = uuid::Uuid::new_v4().simple().to_string();
        format!("{}{}", super::field::FARM_STORAGE, id.get(..8).unwrap_or("frames"))
    }

    /// Reads the scene file. Blocks.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(job_name: &str, model: Option<&Path>, ctx: &WorkCtx) -> Result<Self, FarmError> {
        let read = |model: &Path| {
            let wrong = |error| FarmError::Invalid(format!("{error}: {}", model.display()));
            formats::render_setup(model, ctx).map_err(wrong)
        };
        let setup = model.map(read).transpose()?.flatten();
        Ok(Self { job_name: job_name.into(), model: model.map(Path::to_owned), setup, farm_storage: None })
    }
}

/// What a setting can be worked out from.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    Frames,
    FirstFrame,
    LastFrame,
    Fps,
    Format,
    Extension,
    HasPreviews,
    Scene,
    Engine,
    Width,
    Height,
    JobName,
    /// Parts of a path, joined with slashes.
    Path(Vec<PathPart>),
    /// The farm's own storage, where it hands out what lies there.
    FarmStorage,
    /// Python that only Blender could answer; for people to read.
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum PathPart {
    /// Another setting's value.
    Setting(String),
    /// As many of the scene file's last folders as another setting says.
    LastFoldersBySetting(String),
    LastFolders(usize),
    JobName,
    Literal(String),
}

const KNOWN: &[(&str, Formula)] = &[
    ("f'{C.scene.frame_start}-{C.scene.frame_end}'", Formula::Frames),
    ("C.scene.frame_start", Formula::FirstFrame),
    ("C.scene.frame_end", Formula::LastFrame),
    ("C.scene.render.fps/C.scene.render.fps_base", Formula::Fps),
    ("C.scene.render.fps", Formula::Fps),
    ("C.scene.render.image_settings.file_format", Formula::Format),
    ("C.scene.render.file_extension", Formula::Extension),
    ("C.scene.render.image_settings.use_preview", Formula::HasPreviews),
    ("C.scene.render.engine", Formula::Engine),
    ("C.scene.render.resolution_x", Formula::Width),
    ("C.scene.render.resolution_y", Formula::Height),
    ("C.scene.name", Formula::Scene),
    ("jobname", Formula::JobName),
];

impl Formula {
    pub(super) fn recognise(eval: &str) -> Self {
        let bare: String = eval.chars().filter(|it| !it.is_whitespace()).collect();
        let bare = bare.replace('"', "'").replace("bpy.context.", "C.");
        let known = KNOWN.iter().find(|(text, _)| *text == bare);
        known
            .map(|(_, formula)| formula.clone())
            // Spaces within quotes count there.
            .or_else(|| path_parts(eval).map(Self::Path))
            .unwrap_or_else(|| Self::Unknown(eval.trim().to_owned()))
    }

    /// `setting` gives another setting's value as text. `None`: what it takes is not known.
    pub(super) fn work_out(
        &self,
        kind: &FieldKind,
        facts: &Facts,
        setting: impl Fn(&str) -> Option<String>,
    ) -> Option<FieldValue> {
        let setup = facts.setup.as_ref();
        let text = |text: &str| Some(FieldValue::Text(text.to_owned()));
        let number = |number: f64| match kind {
            FieldKind::Integer { .. } => FieldValue::Integer(number.round() as i32),
            FieldKind::Number { .. } => FieldValue::Number(number),
            _ => FieldValue::Text(number.to_string()),
        };
        match self {
            Self::Frames => {
                // Negative frames have no words in the protocol.
                let setup = setup.filter(|it| it.first_frame >= 0 && it.last_frame >= it.first_frame)?;
                text(&format!("{}-{}", setup.first_frame, setup.last_frame))
            }
            Self::FirstFrame => setup.map(|it| number(it.first_frame.into())),
            Self::LastFrame => setup.map(|it| number(it.last_frame.into())),
            Self::Fps => setup.map(|it| number(it.fps)),
            Self::Format => text(&setup?.format),
            Self::Extension => text(&setup?.extension),
            Self::HasPreviews => setup.map(|it| FieldValue::Toggle(it.has_jpeg_previews)),
            Self::Scene => text(&setup?.scene),
            Self::Engine => text(&setup?.engine),
            Self::Width => setup.map(|it| number(it.size_px[0].into())),
            Self::Height => setup.map(|it| number(it.size_px[1].into())),
            Self::JobName => text(&facts.job_name),
            Self::FarmStorage => text(facts.farm_storage.as_ref()?),
            Self::Path(parts) => join(parts, facts, setting).map(FieldValue::Text),
            Self::Unknown(_) => None,
        }
    }
}

fn join(parts: &[PathPart], facts: &Facts, setting: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut path = String::new();
    for part in parts {
        let part = match part {
            PathPart::Setting(key) => setting(key).filter(|it| !it.trim().is_empty())?,
            PathPart::LastFoldersBySetting(key) => last_folders(facts, setting(key)?.trim().parse().ok()?),
            PathPart::LastFolders(n) => last_folders(facts, *n),
            PathPart::JobName => slug::folder_name(&facts.job_name),
            PathPart::Literal(text) => text.clone(),
        };
        let part = part.trim().replace('\\', "/");
        if path.is_empty() {
            part.trim_end_matches('/').clone_into(&mut path);
        } else if !part.trim_matches('/').is_empty() {
            path = format!("{path}/{}", part.trim_matches('/'));
        }
    }
    Some(path)
}

fn last_folders(facts: &Facts, n: usize) -> String {
    let folder = facts.model.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let names = folder.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    let names: Vec<String> = names.collect();
    names.get(names.len().saturating_sub(n)..).unwrap_or_default().join("/")
}

/// `str(Path(…, …))` of what [`PathPart`] knows.
fn path_parts(eval: &str) -> Option<Vec<PathPart>> {
    let text = eval.trim();
    let text = unwrapped(text, "str").unwrap_or(text);
    let arguments = unwrapped(text, "Path")?;
    arguments.split(',').map(|part| path_part(part.trim())).collect()
}

fn path_part(text: &str) -> Option<PathPart> {
    if let Some(inside) = unwrapped(text, "abspath") {
        return path_part(inside.trim());
    }
    if let Some(n) = unwrapped(text, "last_n_dir_parts") {
        let n = n.trim();
        let by_setting = n.strip_prefix("settings.").map(|key| PathPart::LastFoldersBySetting(key.into()));
        return by_setting.or_else(|| n.parse().ok().map(PathPart::LastFolders));
    }
    if let Some(key) = text.strip_prefix("settings.") {
        let is_name = key.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        return is_name.then(|| PathPart::Setting(key.into()));
    }
    if text == "jobname" {
        return Some(PathPart::JobName);
    }
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    quoted('\'').or_else(|| quoted('"')).map(|inside| PathPart::Literal(inside.into()))
}

/// What stands between the parentheses of `function(…)`.
fn unwrapped<'a>(text: &'a str, function: &str) -> Option<&'a str> {
    text.strip_prefix(function)?.trim_start().strip_prefix('(')?.strip_suffix(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let setup = RenderSetup {
            scene: "Dance".into(),
            first_frame: 1,
            last_frame: 16,
            fps: 24.0,
            format: "PNG".into(),
            extension: ".png".into(),
            ..RenderSetup::default()
        };
        Facts {
            job_name: "Robot: dance".into(),
            model: Some("/shows/robots/dance/robot.blend".into()),
            setup: Some(setup),
            farm_storage: None,
        }
    }

    fn worked_out(eval: &str) -> Option<FieldValue> {
        let setting = |key: &str| match key {
            "render_output_root" => Some("/renders/".to_owned()),
            "add_path_components" => Some("2".to_owned()),
            _ => None,
        };
        Formula::recognise(eval).work_out(&FieldKind::Text, &facts(), setting)
    }

    #[test]
    fn the_expressions_of_stock_job_types_are_known() {
        let text = |text: &str| Some(FieldValue::Text(text.into()));
        assert_eq!(worked_out("f'{C.scene.frame_start}-{C.scene.frame_end}'"), text("1-16"));
        assert_eq!(worked_out("f\"{bpy.context.scene.frame_start} - {C.scene.frame_end}\""), text("1-16"));
        assert_eq!(worked_out("C.scene.render.image_settings.file_format"), text("PNG"));
        assert_eq!(worked_out("C.scene.name"), text("Dance"));
        let fps = Formula::recognise("C.scene.render.fps / C.scene.render.fps_base");
        let kind = FieldKind::Number { min: f64::NEG_INFINITY, max: f64::INFINITY };
        assert_eq!(fps.work_out(&kind, &facts(), |_| None), Some(FieldValue::Number(24.0)));
        let path = "str(Path(abspath(settings.render_output_root), last_n_dir_parts(settings.add_path_components), jobname, '{timestamp}', '######'))";
        assert_eq!(worked_out(path), text("/renders/robots/dance/Robot_ dance/{timestamp}/######"));
        assert_eq!(worked_out("Path(settings.unset, 'x')"), None, "a part of it is not there yet");
    }

    #[test]
    fn other_python_is_left_alone() {
        for eval in ["__import__('os').system('x')", "C.scene.cycles.samples", "Path(open('x'))", "str(1)"] {
            assert_eq!(Formula::recognise(eval), Formula::Unknown(eval.into()));
            assert_eq!(worked_out(eval), None);
        }
    }
}
