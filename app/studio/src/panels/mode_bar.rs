//! Which mode is shown: the five most used as segments, the others in a list, the chosen one always by
//! its name.

use egui::{
    Align2, Color32, Mesh, Painter, Popup, PopupCloseBehavior, Rect, Role, Sense, Shape, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use crate::commands::{Command, Commands, ViewCommand, entry_of, shortcut_text};
use crate::theme;
use crate::view::{PassChoice, View};
use crate::widgets;

const KEYS: [&str; 5] = ["1", "2", "3", "4", "5"];
const LIST_WIDTH: f32 = 208.0;
const ROW_HEIGHT: f32 = 26.0;

pub(super) fn mode_bar_ui(ui: &mut Ui, is_narrow: bool, view: &mut View, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = 2.0;
    if is_narrow {
        ui.spacing_mut().button_padding.x = 6.0;
    }
    for (pass, key) in PassChoice::FIRST.into_iter().zip(KEYS) {
        let key = if is_narrow { "" } else { key };
        let response = widgets::segment(ui, pass.label(), key, view.pass == pass);
        if response.on_hover_text(pass.legend()).clicked() {
            commands.push(ViewCommand::SetPass(pass));
        }
    }
    let is_other = !PassChoice::FIRST.contains(&view.pass);
    let name = if is_other { view.pass.label() } else { "More" };
    let button = widgets::menu_segment(ui, name, if is_narrow { "" } else { "M" }, is_other);
    // The key does what a click on the button does.
    if std::mem::take(&mut view.toggles_modes) {
        Popup::toggle_id(ui.ctx(), Popup::default_response_id(&button));
    }
    let close = PopupCloseBehavior::CloseOnClick;
    Popup::menu(&button).close_behavior(close).gap(6.0).show(|ui| {
        if let Some(pass) = list_ui(ui, view.pass, Rows::Others) {
            commands.push(ViewCommand::SetPass(pass));
        }
    });
}

/// What a list of modes shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Those without a segment of their own, with their keys.
    Others,
    AllWithKeys,
    /// For the side of a split view that keys do not change.
    All,
}

/// The modes by what they are about; returns the one that is clicked.
pub(super) fn list_ui(ui: &mut Ui, current: PassChoice, rows: Rows) -> Option<PassChoice> {
    ui.set_width(LIST_WIDTH);
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut chosen = None;
    let (with_first, with_keys) = (rows != Rows::Others, rows != Rows::All);
    if with_first {
        for pass in PassChoice::FIRST {
            chosen = row_ui(ui, pass, current, with_keys).or(chosen);
        }
    }
    for (i, (title, group)) in PassChoice::GROUPS.iter().enumerate() {
        if i > 0 || with_first {
            ui.add_space(6.0);
        }
        let (rect, _) = ui.allocate_exact_size(vec2(LIST_WIDTH, 20.0), Sense::hover());
        let at = rect.left_center() + vec2(8.0, 0.0);
        ui.painter().text(at, Align2::LEFT_CENTER, title, theme::small(), theme::TEXT_FAINT);
        for &pass in *group {
            chosen = row_ui(ui, pass, current, with_keys).or(chosen);
        }
    }
    chosen
}

fn row_ui(ui: &mut Ui, pass: PassChoice, current: PassChoice, with_key: bool) -> Option<PassChoice> {
    let (rect, response) = ui.allocate_exact_size(vec2(LIST_WIDTH, ROW_HEIGHT), Sense::click());
    let selected = pass == current;
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemRadio, true, selected, pass.label()));
    let color = widgets::row_ground(ui, rect, &response, selected);
    swatch(
        ui.painter(),
        Rect::from_center_size(rect.left_center() + vec2(18.0, 0.0), Vec2::splat(16.0)),
        pass,
    );
    let at = rect.left_center() + vec2(36.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, pass.label(), theme::body(), color);
    let entry = entry_of(&Command::View(ViewCommand::SetPass(pass)));
    if let Some(entry) = entry.filter(|_| with_key) {
        let at = rect.right_center() - vec2(10.0, 0.0);
        let key = shortcut_text(ui.ctx(), entry);
        ui.painter().text(at, Align2::RIGHT_CENTER, key, theme::small(), theme::TEXT_FAINT);
    }
    response.on_hover_text(pass.legend()).clicked().then_some(pass)
}

/// A mode in little.
pub(super) fn swatch(painter: &Painter, rect: Rect, pass: PassChoice) {
    let grey = Color32::from_gray;
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let ball = |color: Color32| {
        painter.circle_filled(rect.center(), 0.5 * rect.width(), color.gamma_multiply(0.55).to_opaque());
        painter.circle_filled(rect.center() - vec2(0.8, 0.8), 0.42 * rect.width(), color);
        let shine = rect.center() - Vec2::splat(0.16 * rect.width());
        painter.circle_filled(shine, 0.13 * rect.width(), color.lerp_to_gamma(Color32::WHITE, 0.6));
    };
    match pass {
        PassChoice::Textured => ball(theme::EMBER),
        PassChoice::Clay => ball(theme::CLAY),
        PassChoice::Roughness => ball(grey(150)),
        PassChoice::Metallic => stripes(&painter, rect, &[grey(60), grey(225), grey(110), grey(40)]),
        PassChoice::Occlusion => stripes(&painter, rect, &[grey(235), grey(190), grey(120), grey(50)]),
        PassChoice::Depth => stripes(&painter, rect, &[grey(20), grey(90), grey(165), grey(240)]),
        PassChoice::Normal => {
            stripes(&painter, rect, &[theme::AXIS_X, theme::AXIS_Y, theme::AXIS_Z]);
        }
        PassChoice::Albedo => stripes(&painter, rect, &[theme::EMBER, theme::CLAY]),
        PassChoice::FaceOrientation => stripes(&painter, rect, &[theme::FRONT_SIDE, theme::BACK_SIDE]),
        PassChoice::Edge => {
            painter.rect_filled(rect, 3, grey(240));
            painter.circle_stroke(rect.center(), 0.32 * rect.width(), Stroke::new(1.3, grey(10)));
        }
        PassChoice::Wireframe => {
            painter.rect_filled(rect, 3, grey(40));
            for t in [0.33, 0.67] {
                let line = Stroke::new(1.0, grey(200));
                painter.hline(rect.x_range(), egui::lerp(rect.y_range(), t), line);
                painter.vline(egui::lerp(rect.x_range(), t), rect.y_range(), line);
            }
        }
        PassChoice::UvChecker => {
            painter.rect_filled(rect, 3, grey(215));
            for corner in [rect.left_top(), rect.center()] {
                painter.rect_filled(Rect::from_min_size(corner, 0.5 * rect.size()), 0, theme::AXIS_Z);
            }
        }
        PassChoice::VertexColor => {
            let mut mesh = Mesh::default();
            let corners = [rect.left_bottom(), rect.right_bottom(), rect.center_top()];
            for (corner, color) in corners.into_iter().zip([theme::AXIS_X, theme::AXIS_Z, theme::AXIS_Y]) {
                mesh.colored_vertex(corner, color);
            }
            mesh.add_triangle(0, 1, 2);
            painter.add(Shape::mesh(mesh));
        }
        PassChoice::ObjectId => {
            stripes(&painter, rect, &[0, 1, 2].map(|i| theme::of_codes(render::id_color(i))))
        }
        PassChoice::MaterialId => {
            stripes(&painter, rect, &[3, 4, 5].map(|i| theme::of_codes(render::id_color(i))));
        }
        PassChoice::TexelDensity => {
            let heat = [0.25_f32, 0.5, 1.0, 2.0, 4.0].map(|x| theme::of_codes(render::density_color(x, 1.0)));
            stripes(&painter, rect, &heat);
        }
        PassChoice::Overdraw => {
            stripes(
                &painter,
                rect,
                &[1.0, 2.0, 3.0, 4.0].map(|n| theme::of_codes(render::overdraw_color(n, 4.0))),
            );
        }
    }
}

fn stripes(painter: &Painter, rect: Rect, colors: &[Color32]) {
    let width = rect.width() / colors.len() as f32;
    for (i, color) in colors.iter().enumerate() {
        let left = rect.left() + i as f32 * width;
        let stripe = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        painter.rect_filled(stripe, 0, *color);
    }
}
