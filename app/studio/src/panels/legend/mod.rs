//! What the picture's colours mean, with what can be set about them, in the picture's lower left corner.

mod depth;
mod ids;
mod scales;
mod settings;
mod value;

use egui::{Align2, Color32, Frame, Margin, Rect, RichText, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use render::Seen;

use self::scales::{key_ui, ramp_ui, ticks_ui};
use super::mode_bar;
use crate::commands::Commands;
use crate::model::Loaded;
use crate::modes::{ModeView, Side};
use crate::theme;
use crate::view::PassChoice;
use crate::widgets;

const WIDTH: f32 = 236.0;

/// The picture that is explained.
pub(super) struct Explained<'a> {
    pub side: Side,
    pub pass: PassChoice,
    pub loaded: &'a Loaded,
    /// Distances in metres between which the model lies.
    pub depth_span: Option<[f32; 2]>,
    /// What lies under the pointer.
    pub seen: Option<Seen>,
}

/// In the lower left corner of `rect`, or the lower right one. Returns how high the legend is.
pub(super) fn legend_ui(
    ui: &mut Ui,
    rect: Rect,
    explained: &Explained<'_>,
    modes: &mut ModeView,
    commands: &mut Commands,
) -> f32 {
    let Explained { side, pass, loaded, seen, .. } = *explained;
    let id = ui.scope_id().with(("legend", side == Side::Left, pass));
    let known = ui.data(|data| data.get_temp::<f32>(id));
    let corner = match side {
        Side::Left => Align2::LEFT_BOTTOM,
        Side::Right => Align2::RIGHT_BOTTOM,
    };
    let place = corner.align_size_within_rect(vec2(WIDTH, known.unwrap_or(96.0)), rect);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(id).max_rect(place));
    let frame = Frame::new().fill(theme::SCRIM).corner_radius(theme::RADIUS);
    let frame = frame.inner_margin(Margin { left: 10, right: 10, top: 6, bottom: 8 });
    let shown = frame.show(&mut child, |ui| {
        ui.set_width(WIDTH - 20.0);
        ui.spacing_mut().item_spacing = vec2(6.0, 5.0);
        head_ui(ui, pass);
        body_ui(ui, explained, modes, commands);
        if pass.tells_values() {
            let value = seen.and_then(|seen| value::value_of(pass, modes, loaded, &seen));
            value_ui(ui, value.as_deref().unwrap_or("–"));
        }
    });
    let found = shown.response.rect.height();
    if known != Some(found) {
        ui.data_mut(|data| data.insert_temp(id, found));
        ui.ctx().request_discard("the legend's height is known");
    }
    found
}

fn head_ui(ui: &mut Ui, pass: PassChoice) {
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        let (icon, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
        mode_bar::swatch(ui.painter(), icon, pass);
        ui.label(RichText::new(pass.label()).font(theme::semibold(12.5)).color(theme::TEXT));
    });
    ui.add(
        egui::Label::new(RichText::new(pass.legend()).font(theme::small()).color(theme::TEXT_QUIET)).wrap(),
    );
    ui.add_space(2.0);
}

fn body_ui(ui: &mut Ui, explained: &Explained<'_>, modes: &mut ModeView, commands: &mut Commands) {
    let Explained { side, loaded, depth_span, .. } = *explained;
    match explained.pass {
        PassChoice::Textured | PassChoice::Clay | PassChoice::Albedo => {}
        PassChoice::Wireframe | PassChoice::VertexColor => {}
        PassChoice::Normal => settings::normals_ui(ui, modes),
        PassChoice::Depth => depth::depth_ui(ui, modes, depth_span, commands),
        PassChoice::Edge => settings::edges_ui(ui, modes),
        PassChoice::UvChecker => settings::checker_ui(ui, modes),
        PassChoice::Roughness | PassChoice::Metallic | PassChoice::Occlusion => {
            ramp_ui(ui, |t| Color32::from_gray((255.0 * t) as u8));
            ticks_ui(ui, &["0".into(), "0.5".into(), "1".into()]);
        }
        PassChoice::FaceOrientation => {
            key_ui(ui, theme::FRONT_SIDE, "Front, what faces outwards");
            key_ui(ui, theme::BACK_SIDE, "Back, the inside of a surface");
        }
        PassChoice::TexelDensity => settings::density_ui(ui, modes),
        PassChoice::Overdraw => settings::overdraw_ui(ui, modes),
        // What is clicked is selected on the left side.
        PassChoice::ObjectId => ids::objects_ui(ui, loaded, commands, side == Side::Left),
        PassChoice::MaterialId => ids::materials_ui(ui, loaded),
    }
}

fn value_ui(ui: &mut Ui, value: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Under the pointer {value}")));
    let name = "Under the pointer";
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, name, theme::small(), theme::TEXT_QUIET);
    let galley = ui.painter().layout_no_wrap(value.to_owned(), theme::medium(12.0), theme::TEXT);
    let width = galley.size().x.min(rect.width() - 104.0);
    let at = pos2(rect.right() - width, rect.center().y);
    widgets::elided(ui, at, width + 1.0, value, theme::medium(12.0), theme::TEXT);
}
