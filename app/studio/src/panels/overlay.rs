//! What is written and drawn over the picture.

use egui::{Align2, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};
use render::Seen;
use scene::Aabb;

use super::legend::{self, Explained};
use super::outliner::label_of;
use crate::commands::Commands;
use crate::model::{Loaded, Model};
use crate::text;
use crate::theme;
use crate::view::{PassChoice, Side, View};
use crate::viewport::{Projector, Stage};
use crate::widgets;

const MARGIN: f32 = 12.0;
/// From one tag to the next above it.
const TAG_STEP: f32 = 28.0;
/// Narrower pictures have no room for two legends.
const TWO_LEGENDS_WIDTH: f32 = 620.0;

/// What the colours mean, how large the model is, what is selected, and which way is up.
pub(super) fn overlay_ui(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    view: &mut View,
    stage: &mut Stage,
    commands: &mut Commands,
) {
    let Some(loaded) = model.loaded() else { return };
    let pose = &stage.camera.pose();
    let projector = Projector::new(pose, [rect.width(), rect.height()]);
    let selected = view.selected_node.and_then(|n| Some((n, *loaded.node_bounds.get(n)?)));
    if let Some(half) = stage.camera.file_frame() {
        file_frame_ui(ui, rect, half);
    }
    if let Some(walk) = stage.camera.walk() {
        walking_ui(ui, rect, walk.speed());
        return;
    }
    let inner = rect.shrink(MARGIN);
    let at = pointed_at(ui, rect, view);
    let seen = stage.under_pointer(ui.ctx(), at);
    let seen_on = |side: Side| seen.filter(|_| at.is_some_and(|(on, _)| on == side));
    let (side, pass, depth_span) = (Side::Left, view.pass, stage.depth_span());
    let explained = Explained { side, pass, loaded, depth_span, seen: seen_on(side) };
    let legend_height = legend::legend_ui(ui, inner, &explained, &mut view.modes, commands);
    let mut above = inner.bottom() - legend_height - 6.0;
    if let Some((node, bounds)) = selected {
        let label = label_of(&loaded.import.scene, node);
        let line = format!("{label}   ·   {}", size_text(&bounds));
        tag_ui(ui, pos2(inner.left(), above), Align2::LEFT_BOTTOM, &line);
        above -= TAG_STEP;
    }
    if !loaded.is_whole && model.current().is_some_and(|document| document.load.is_running()) {
        let line = "As modelled; pose and modifiers follow from Blender";
        tag_ui(ui, pos2(inner.left(), above), Align2::LEFT_BOTTOM, line);
    }
    let right = right_side_ui(ui, inner, model, view, stage, seen_on(Side::Right), commands);
    if rect.width() > 560.0 {
        let at = right.unwrap_or(inner.right_bottom());
        let other = view.wipe.and_then(|wipe| model.document(wipe.doc?)?.load.value());
        tag_ui(ui, at, Align2::RIGHT_BOTTOM, &summary(other.map_or(loaded, AsRef::as_ref)));
    }
    super::tape::tapes_ui(ui, rect, &view.tape, &projector, commands);
    if rect.width() > 360.0 && rect.height() > 260.0 {
        let corner = pos2(rect.right() - MARGIN, rect.top() + 50.0);
        super::gizmo::gizmo_ui(ui, corner, stage, commands);
    }
}

/// What the right side of a split view shows, where it needs other words than the left one. Returns
/// the lower right corner of what is free above it.
fn right_side_ui(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    view: &mut View,
    stage: &Stage,
    seen: Option<Seen>,
    commands: &mut Commands,
) -> Option<Pos2> {
    let wipe = view.wipe?;
    let other = wipe.doc.and_then(|doc| model.document(doc)).and_then(|document| document.load.value());
    let loaded = match wipe.doc {
        Some(_) => other?,
        None => model.loaded()?,
    };
    let mut corner = rect.right_bottom();
    let names_things = matches!(wipe.pass, PassChoice::ObjectId | PassChoice::MaterialId);
    let differs = wipe.pass != view.pass || other.is_some() && names_things;
    if differs && rect.width() > TWO_LEGENDS_WIDTH {
        let depth_span = other.and_then(|_| stage.other_depth_span()).or_else(|| stage.depth_span());
        let explained = Explained { side: Side::Right, pass: wipe.pass, loaded, depth_span, seen };
        corner.y -= legend::legend_ui(ui, rect, &explained, &mut view.modes, commands) + 6.0;
    }
    let selected = wipe.selected.filter(|_| other.is_some());
    if let Some((node, bounds)) = selected.and_then(|node| Some((node, loaded.node_bounds.get(node)?))) {
        let line = format!("{}   ·   {}", label_of(&loaded.import.scene, node), size_text(bounds));
        tag_ui(ui, corner - vec2(0.0, TAG_STEP), Align2::RIGHT_BOTTOM, &line);
    }
    Some(corner)
}

/// Over the last picture, while a mode is shown for the first time.
pub(super) fn preparing_ui(ui: &Ui, rect: Rect, pass: PassChoice) {
    let line = format!("Preparing {}…", pass.label());
    let galley = ui.painter().layout_no_wrap(line, theme::medium(13.0), theme::TEXT);
    let card = Rect::from_center_size(rect.center(), galley.size() + vec2(64.0, 22.0));
    ui.painter().rect_filled(card, theme::RADIUS_LARGE, theme::SCRIM);
    let spinner = Rect::from_center_size(card.left_center() + vec2(24.0, 0.0), Vec2::splat(18.0));
    widgets::spinner_at(ui, spinner);
    let at = pos2(card.left() + 44.0, card.center().y - 0.5 * galley.size().y);
    ui.painter().galley(at, galley, theme::TEXT);
}

/// What the file's camera takes in; the rest is dimmed.
fn file_frame_ui(ui: &Ui, rect: Rect, half: [f32; 2]) {
    let frame = Rect::from_center_size(rect.center(), 2.0 * rect.height() * vec2(half[0], half[1]));
    let frame = frame.intersect(rect);
    let painter = ui.painter().with_clip_rect(rect);
    let sides = [
        Rect::from_min_max(rect.min, pos2(rect.max.x, frame.min.y)),
        Rect::from_min_max(pos2(rect.min.x, frame.max.y), rect.max),
        Rect::from_min_max(pos2(rect.min.x, frame.min.y), pos2(frame.min.x, frame.max.y)),
        Rect::from_min_max(pos2(frame.max.x, frame.min.y), pos2(rect.max.x, frame.max.y)),
    ];
    for side in sides {
        painter.rect_filled(side, 0, theme::SCRIM);
    }
    painter.rect_stroke(frame, 0, Stroke::new(1.0, theme::TEXT_FAINT), egui::StrokeKind::Outside);
}

fn walking_ui(ui: &Ui, rect: Rect, metres_a_second: f32) {
    let speed = text::length(metres_a_second.into());
    let line = format!(
        "Walking   ·   W A S D and mouse   ·   Q E down and up   ·   Shift faster   ·   wheel {speed}/s   ·   Esc or click leaves"
    );
    tag_ui(ui, pos2(rect.center().x, rect.bottom() - MARGIN), Align2::CENTER_BOTTOM, &line);
    let cross = rect.center();
    for arm in [vec2(5.0, 0.0), vec2(0.0, 5.0)] {
        ui.painter().line_segment([cross - arm, cross + arm], Stroke::new(3.0, theme::SCRIM));
        ui.painter().line_segment([cross - arm, cross + arm], Stroke::new(1.0, theme::TEXT));
    }
}

/// The side and the pixel under the pointer, where the mode has something to say of it and nothing is
/// dragged.
fn pointed_at(ui: &Ui, rect: Rect, view: &View) -> Option<(Side, [u32; 2])> {
    let pointer = ui.input(|i| i.pointer.latest_pos().filter(|_| !i.pointer.any_down()))?;
    let side = super::wipe::side_of(rect, view, pointer);
    let pass = match (side, view.wipe) {
        (Side::Right, Some(wipe)) => wipe.pass,
        _ => view.pass,
    };
    let at = (pointer - rect.min) * ui.ctx().pixels_per_point();
    let pixel = [at.x.max(0.0) as u32, at.y.max(0.0) as u32];
    (rect.contains(pointer) && pass.tells_values()).then_some((side, pixel))
}

fn summary(loaded: &Loaded) -> String {
    let triangles = text::counted(loaded.n_triangles, "triangle", "triangles");
    format!("{}   ·   {triangles}", size_text(&loaded.bounds))
}

/// Width, depth, height: in Blender's order, as in the report.
fn size_text(bounds: &Aabb) -> String {
    let size = bounds.size();
    format!("{} × {} × {}", text::length(size.x), text::length(size.z), text::length(size.y))
}

fn tag_ui(ui: &Ui, at: Pos2, align: Align2, text: &str) {
    let galley = ui.painter().layout_no_wrap(text.into(), theme::small(), theme::TEXT);
    let tag = align.anchor_size(at, galley.size() + vec2(16.0, 8.0));
    ui.painter().rect_filled(tag, 4, theme::SCRIM);
    ui.painter().galley(tag.min + vec2(8.0, 4.0), galley, theme::TEXT);
}
