//! Coloured faces over the picture, and a pin with the sign of its severity at each problem.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use super::issues::look_of;
use super::wipe::divider_x;
use crate::marks::{Hidden, Marked, Tone};
use crate::model::Model;
use crate::theme;
use crate::view::{Sizes, View};
use crate::viewport::{Projector, Stage};

/// How strongly faces are coloured: those in sight and those behind something, of the place that is
/// looked at and of others.
const STRENGTH: [[f32; 2]; 2] = [[0.46, 0.12], [0.32, 0.06]];
/// Borders of more triangles would be a thicket.
const MOST_BORDERS: usize = 6000;
const PIN: f32 = 20.0;
/// Pins nearer to each other than this would hide each other; the graver one stays.
const PIN_STEP: f32 = 24.0;

/// On top of the picture and below what is written on it.
pub(super) fn marks_ui(ui: &Ui, rect: Rect, model: &Model, view: &View, projector: &Projector) {
    let painter = ui.painter().with_clip_rect(rect);
    if let Some((marks, hidden)) = model.marks.shown() {
        for (i, mark) in marks.0.iter().enumerate() {
            fill(&painter, rect, projector, (i, mark), hidden);
            outline(&painter, rect, projector, (i, mark), hidden);
        }
    }
    ring(&painter, rect, model, view, projector);
    if view.issues.shows_all && view.playback.moment().is_none() {
        pins(&painter, rect, model, view, projector);
    }
}

/// What an original and its result do not have in common, each on its side of the divider.
pub(super) fn changes_ui(ui: &Ui, rect: Rect, model: &Model, view: &View, stage: &Stage) {
    let (Some(wipe), Some(changes)) = (view.wipe, model.marks.changes()) else { return };
    let Some(other) = wipe.doc.and_then(|doc| model.document(doc)?.load.value()) else { return };
    let camera = &stage.camera;
    let beside = match wipe.sizes {
        Sizes::Alike => camera.pose_beside(other.bounds, &other.outline),
        Sizes::True => camera.pose(),
    };
    let x = divider_x(rect, wipe.at);
    let hidden = model.marks.hidden_changes();
    let sides = [
        (rect.x_range().min..=x, camera.pose(), &changes.gone, hidden[0]),
        (x..=rect.x_range().max, beside, &changes.made, hidden[1]),
    ];
    for (columns, pose, marks, hidden) in sides {
        let projector = Projector::new(&pose, rect.size().into());
        let painter = ui.painter().with_clip_rect(Rect::from_x_y_ranges(columns, rect.y_range()));
        for (i, mark) in marks.0.iter().enumerate() {
            fill(&painter, rect, &projector, (i, mark), hidden);
            outline(&painter, rect, &projector, (i, mark), hidden);
        }
    }
}

fn color_of(tone: Tone) -> Color32 {
    match tone {
        Tone::Problem(severity) => look_of(severity).1,
        Tone::Gone => theme::ERROR,
        Tone::Made => theme::OK,
    }
}

fn fill(
    painter: &Painter,
    rect: Rect,
    projector: &Projector,
    (i, mark): (usize, &Marked),
    hidden: Option<&Hidden>,
) {
    let strength = STRENGTH[usize::from(!mark.is_chosen)];
    let [seen, behind] = strength.map(|share| color_of(mark.tone).gamma_multiply(share));
    let mut mesh = egui::Mesh::default();
    for (t, triangle) in mark.patch.triangles.iter().enumerate() {
        let Some(corners) = on_screen(projector, rect, triangle) else { continue };
        let is_hidden = hidden.is_some_and(|hidden| hidden.is_hidden(i, t));
        let color = if is_hidden { behind } else { seen };
        let first = mesh.vertices.len() as u32;
        corners.iter().for_each(|&corner| mesh.colored_vertex(corner, color));
        mesh.add_triangle(first, first + 1, first + 2);
    }
    painter.add(Shape::mesh(mesh));
}

/// Borders of what lies behind something would be a thicket over what does not.
fn outline(
    painter: &Painter,
    rect: Rect,
    projector: &Projector,
    (i, mark): (usize, &Marked),
    hidden: Option<&Hidden>,
) {
    let borders = &mark.patch.borders;
    if borders.len() > MOST_BORDERS {
        return;
    }
    let color = color_of(mark.tone).gamma_multiply(if mark.is_chosen { 0.95 } else { 0.5 });
    let stroke = Stroke::new(if mark.is_chosen { 1.5 } else { 1.0 }, color);
    for (t, edge) in borders {
        if hidden.is_some_and(|hidden| hidden.is_hidden(i, *t)) {
            continue;
        }
        if let Some(ends) = on_screen(projector, rect, edge) {
            painter.line_segment(ends, stroke);
        }
    }
}

/// `None` when a corner is behind the eye, or all lie beside the picture on the same side.
fn on_screen<const N: usize>(
    projector: &Projector,
    rect: Rect,
    points: &[glam::DVec3; N],
) -> Option<[Pos2; N]> {
    let mut corners = [Pos2::ZERO; N];
    for (corner, point) in corners.iter_mut().zip(points) {
        let [x, y] = projector.project(*point)?;
        *corner = rect.min + vec2(x, y);
    }
    let is_beside = |out: fn(&Rect, Pos2) -> bool| corners.iter().all(|&corner| out(&rect, corner));
    let sides: [fn(&Rect, Pos2) -> bool; 4] =
        [|r, p| p.x < r.left(), |r, p| p.x > r.right(), |r, p| p.y < r.top(), |r, p| p.y > r.bottom()];
    (!sides.into_iter().any(is_beside)).then_some(corners)
}

/// Around the place that is looked at, where it has no faces to be coloured or they are too small to
/// be seen.
fn ring(painter: &Painter, rect: Rect, model: &Model, view: &View, projector: &Projector) {
    const SMALL: f32 = 16.0;
    let report = model.current().and_then(|document| document.shown_report());
    let (Some(report), Some(at)) = (report, view.issues.at) else { return };
    let (Some(finding), Some(place)) = (at.finding(report), at.place(report)) else { return };
    let Some([x, y]) = projector.project(place.point).filter(|_| place.radius > 0.0) else { return };
    let radius = (projector.points_per_metre(place.point) * place.radius) as f32;
    let has_faces = model.marks.shown().is_some_and(|(marks, _)| marks.0.iter().any(|mark| mark.is_chosen));
    if has_faces && radius > SMALL {
        return;
    }
    let radius = radius.clamp(SMALL, 0.45 * rect.width().min(rect.height()));
    let center = rect.min + vec2(x, y);
    painter.circle_stroke(center, radius, Stroke::new(4.0, theme::SCRIM));
    painter.circle_stroke(center, radius, Stroke::new(1.75, look_of(finding.severity).1));
}

/// The gravest first; each takes its room from those that come after.
fn pins(painter: &Painter, rect: Rect, model: &Model, view: &View, projector: &Projector) {
    let Some(report) = model.current().and_then(|document| document.shown_report()) else { return };
    let mut taken: Vec<Pos2> = Vec::new();
    for finding in &report.findings {
        let (icon, color, _) = look_of(finding.severity);
        for (i, place) in finding.places.iter().enumerate() {
            let is_chosen = view.issues.at.is_some_and(|at| at.rule == finding.rule && at.place == i);
            let Some([x, y]) = projector.project(place.point).filter(|_| place.radius > 0.0) else {
                continue;
            };
            let at = rect.min + vec2(x, y);
            let has_room = taken.iter().all(|other| other.distance(at) >= PIN_STEP);
            if !rect.shrink(0.5 * PIN).contains(at) || !(has_room || is_chosen) {
                continue;
            }
            taken.push(at);
            let line = Stroke::new(1.5, if is_chosen { theme::TEXT } else { color });
            painter.circle(at, 0.5 * PIN, theme::SCRIM, line);
            icon.paint(painter, Rect::from_center_size(pos2(at.x, at.y), Vec2::splat(12.0)), color);
        }
    }
}
