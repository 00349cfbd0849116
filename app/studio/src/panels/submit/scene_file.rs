use egui::{RichText, Ui};
use farm::FieldValue;
use formats::RenderSetup;

use crate::form;
use crate::icons::Icon;
use crate::model::{Model, SceneFile};
use crate::text;
use crate::theme;
use crate::view::SubmitView;
use crate::widgets;

/// What the scene file says about being rendered.
pub(super) fn scene_file_ui(ui: &mut Ui, scene: &SceneFile) {
    match scene {
        SceneFile::None | SceneFile::Read(_, None) => {}
        SceneFile::Reading(_) => {
            ui.horizontal(|ui| {
                widgets::spinner(ui, 12.0);
                ui.label(quiet("Reading what the scene says about rendering"));
            });
        }
        SceneFile::Failed(_, why) => {
            let line = format!("What the scene says about rendering is not known: {why}");
            widgets::note(ui, Icon::Warning, theme::WARNING, &line);
        }
        SceneFile::Read(_, Some(setup)) => {
            widgets::small_note(ui, Icon::Camera, &summary(setup));
            if !setup.has_camera {
                let line = "The scene has no camera; Blender renders nothing without one";
                widgets::note(ui, Icon::Warning, theme::WARNING, line);
            }
        }
    }
}

fn summary(setup: &RenderSetup) -> String {
    let [width, height] = setup.size_px;
    let engine = match setup.engine.as_str() {
        "BLENDER_EEVEE" | "BLENDER_EEVEE_NEXT" => "EEVEE",
        "CYCLES" => "Cycles",
        "BLENDER_WORKBENCH" => "Workbench",
        other => other,
    };
    let frames = format!("frames {} to {}", setup.first_frame, setup.last_frame);
    let fps = format!("{:.3}", setup.fps);
    let fps = fps.trim_end_matches('0').trim_end_matches('.');
    format!("Scene {}: {frames}, {fps} fps, {width} × {height}, {engine}, {}", setup.scene, setup.format)
}

/// The files that a render will have made, as far as its settings tell.
pub(super) fn what_comes_home(model: &Model, view: &SubmitView) -> Option<String> {
    let form = view.form.as_ref()?;
    let text = |key: &str| match form.fields.iter().find(|field| field.key == key).map(|it| &it.value) {
        Some(FieldValue::Text(text)) if !text.trim().is_empty() => Some(text.as_str()),
        _ => None,
    };
    let (path, extension) = (text("render_output_path")?, text("image_file_extension")?);
    let frames = text("frames")?;
    let name = path.rsplit('/').next()?;
    let (first, last, n) = ends_of(frames)?;
    let numbered = |frame: u64| format!("{}{extension}", numbered(name, frame));
    let stills = match n {
        1 => numbered(first),
        n => format!("{} to {}, {}", numbered(first), numbered(last), text::counted(n, "frame", "frames")),
    };
    let has_speed = form.fields.iter().any(|it| it.key == "fps" && it.value != FieldValue::Number(0.0));
    let is_exr = text("format").is_some_and(|format| format.contains("EXR"));
    let stem = form::chosen_documents(model, view).first()?.path.file_stem()?.to_string_lossy().into_owned();
    let video =
        if has_speed && !is_exr && n > 1 { format!(", and a video of {stem}") } else { String::new() };
    Some(format!("{stills}{video}"))
}

/// First, last and number of the frames in a range such as `1-10, 20`.
fn ends_of(frames: &str) -> Option<(u64, u64, usize)> {
    let (mut first, mut last, mut n) = (u64::MAX, 0_u64, 0_usize);
    for part in frames.split(',') {
        let (a, b) = part.split_once("..").or_else(|| part.split_once('-')).unwrap_or((part, part));
        let (a, b): (u64, u64) = (a.trim().parse().ok()?, b.trim().parse().ok()?);
        (first, last) = (first.min(a), last.max(b));
        n = n.checked_add(usize::try_from(b.checked_sub(a)?).ok()?.checked_add(1)?)?;
    }
    Some((first, last, n))
}

/// Blender counts in the last run of `#`, or appends four digits.
fn numbered(name: &str, frame: u64) -> String {
    let Some(end) = name.rfind('#') else { return format!("{name}{frame:04}") };
    let before = name[..end].trim_end_matches('#');
    let width = end + 1 - before.len();
    format!("{before}{frame:0width$}{}", &name[end + 1..])
}

fn quiet(text: &str) -> RichText {
    RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_named_as_blender_names_them() {
        assert_eq!(numbered("######", 7), "000007");
        assert_eq!(numbered("beauty_##_v1", 123), "beauty_123_v1");
        assert_eq!(numbered("frame", 7), "frame0007");
        assert_eq!(ends_of("1-10, 20, 30..31"), Some((1, 31, 13)));
        assert_eq!(ends_of("1-x"), None);
        assert_eq!(ends_of("5-1"), None);
    }
}
