//! Every colour, size and font of the window. Nothing else in the studio names a raw colour.

use std::sync::Arc;

use egui::style::ScrollStyle;
use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke,
    Style, TextStyle, Theme, Vec2, vec2,
};

/// Behind everything, and between panels.
pub(crate) const GROUND: Color32 = Color32::from_rgb(0x12, 0x13, 0x15);
pub(crate) const PANEL: Color32 = Color32::from_rgb(0x1a, 0x1b, 0x1e);
/// Cards, fields at rest, buttons.
pub(crate) const RAISED: Color32 = Color32::from_rgb(0x24, 0x26, 0x2a);
pub(crate) const HOVER: Color32 = Color32::from_rgb(0x2f, 0x32, 0x37);
pub(crate) const PRESSED: Color32 = Color32::from_rgb(0x3a, 0x3d, 0x43);
/// Text fields and wells.
pub(crate) const WELL: Color32 = Color32::from_rgb(0x14, 0x15, 0x17);
pub(crate) const LINE: Color32 = Color32::from_rgb(0x2c, 0x2e, 0x33);
pub(crate) const LINE_STRONG: Color32 = Color32::from_rgb(0x4e, 0x52, 0x5a);

/// Around what can be ticked or typed into.
pub(crate) const CONTROL_LINE: Color32 = Color32::from_rgb(0x3f, 0x42, 0x49);

/// 14:1 on [`PANEL`].
pub(crate) const TEXT: Color32 = Color32::from_rgb(0xe8, 0xe6, 0xe3);
/// 7.6:1 on [`PANEL`].
pub(crate) const TEXT_QUIET: Color32 = Color32::from_rgb(0xab, 0xaa, 0xa9);
/// 5:1 on [`PANEL`]: units, hints, captions.
pub(crate) const TEXT_FAINT: Color32 = Color32::from_rgb(0x8c, 0x8d, 0x91);

/// The glow of the kiln: what is chosen, and the one thing to do next.
pub(crate) const EMBER: Color32 = Color32::from_rgb(0xf0, 0x7d, 0x3e);
pub(crate) const EMBER_HOVER: Color32 = Color32::from_rgb(0xff, 0x95, 0x59);
/// Behind what is chosen.
pub(crate) const EMBER_DEEP: Color32 = Color32::from_rgb(0x3b, 0x28, 0x1e);
/// Text on [`EMBER`]; 7:1.
pub(crate) const ON_EMBER: Color32 = Color32::from_rgb(0x1d, 0x0f, 0x06);

pub(crate) const ERROR: Color32 = Color32::from_rgb(0xf2, 0x77, 0x7c);
pub(crate) const WARNING: Color32 = Color32::from_rgb(0xe9, 0xbc, 0x58);
pub(crate) const OK: Color32 = Color32::from_rgb(0x7c, 0xc4, 0x93);
pub(crate) const INFO: Color32 = Color32::from_rgb(0x7f, 0xb0, 0xdc);

/// The axes' colours that every 3D program uses, a little calmer.
pub(crate) const AXIS_X: Color32 = Color32::from_rgb(0xe0, 0x62, 0x6a);
pub(crate) const AXIS_Y: Color32 = Color32::from_rgb(0x8c, 0xc1, 0x52);
pub(crate) const AXIS_Z: Color32 = Color32::from_rgb(0x5b, 0x9b, 0xe0);
pub(crate) const ON_AXIS: Color32 = Color32::from_rgb(0x12, 0x13, 0x15);

/// Of the pictures' own colours, for their legends.
pub(crate) const FRONT_SIDE: Color32 = Color32::from_rgb(62, 110, 214);
pub(crate) const BACK_SIDE: Color32 = Color32::from_rgb(222, 54, 46);
pub(crate) const CLAY: Color32 = Color32::from_rgb(0xc4, 0x9a, 0x83);

/// A colour that a picture names by its codes.
pub(crate) fn of_codes([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// Behind text that lies over the picture.
pub(crate) const SCRIM: Color32 = Color32::from_rgba_premultiplied(0x10, 0x11, 0x13, 0xdc);
pub(crate) const BACKDROP: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 0x90);

pub(crate) const ROW_HEIGHT: f32 = 24.0;
pub(crate) const CONTROL_HEIGHT: f32 = 28.0;
pub(crate) const PRIMARY_HEIGHT: f32 = 32.0;
pub(crate) const BAR_HEIGHT: f32 = 36.0;
pub(crate) const ICON_SIZE: f32 = 16.0;
pub(crate) const RADIUS: CornerRadius = CornerRadius::same(5);
pub(crate) const RADIUS_LARGE: CornerRadius = CornerRadius::same(8);
pub(crate) const PANEL_MARGIN: Margin = Margin::symmetric(12, 12);

pub(crate) fn body() -> FontId {
    FontId::proportional(13.0)
}

pub(crate) fn small() -> FontId {
    FontId::proportional(11.5)
}

pub(crate) fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("medium".into()))
}

pub(crate) fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semibold".into()))
}

pub(crate) fn mono() -> FontId {
    FontId::monospace(11.5)
}

/// The frame of a side panel or bar.
pub(crate) fn panel_frame(margin: Margin) -> egui::Frame {
    egui::Frame::new().fill(PANEL).inner_margin(margin)
}

/// A raised block inside a panel.
pub(crate) fn card_frame() -> egui::Frame {
    egui::Frame::new().fill(RAISED).corner_radius(RADIUS).inner_margin(Margin::same(12))
}

/// A window over the window.
pub(crate) fn dialog_frame() -> egui::Frame {
    egui::Frame::new()
        .fill(RAISED)
        .stroke(Stroke::new(1.0, LINE_STRONG))
        .corner_radius(RADIUS_LARGE)
        .inner_margin(Margin::symmetric(24, 20))
}

/// Gives `ctx` our fonts and our style. Called once, before the first frame.
pub(crate) fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    ctx.set_theme(Theme::Dark);
    ctx.all_styles_mut(style);
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let faces: [(&str, &[u8]); 3] = [
        ("Inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
        ("Inter Medium", include_bytes!("../../../assets/fonts/Inter-Medium.otf")),
        ("Inter SemiBold", include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
    ];
    for (name, bytes) in faces {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    }
    let fallbacks = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family = |first: &str| {
        let mut names = vec![first.to_owned()];
        names.extend(fallbacks.iter().cloned());
        names
    };
    fonts.families.insert(FontFamily::Proportional, family("Inter"));
    fonts.families.insert(FontFamily::Name("medium".into()), family("Inter Medium"));
    fonts.families.insert(FontFamily::Name("semibold".into()), family("Inter SemiBold"));
    fonts
}

fn style(style: &mut Style) {
    style.text_styles = [
        (TextStyle::Small, small()),
        (TextStyle::Body, body()),
        (TextStyle::Button, medium(13.0)),
        (TextStyle::Heading, semibold(15.0)),
        (TextStyle::Monospace, mono()),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Body;
    style.animation_time = 0.1;
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    spacing(style);
    visuals(style);
}

fn spacing(style: &mut Style) {
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(10.0, 5.0);
    spacing.interact_size = vec2(32.0, CONTROL_HEIGHT);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(6);
    spacing.menu_spacing = 4.0;
    spacing.indent = 16.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 9.0;
    spacing.icon_spacing = 8.0;
    spacing.combo_width = 120.0;
    spacing.slider_rail_height = 4.0;
    spacing.tooltip_width = 320.0;
    spacing.scroll = ScrollStyle { bar_width: 8.0, floating_width: 4.0, ..ScrollStyle::floating() };
}

fn visuals(style: &mut Style) {
    let visuals = &mut style.visuals;
    visuals.dark_mode = true;
    visuals.panel_fill = PANEL;
    visuals.window_fill = RAISED;
    visuals.window_stroke = Stroke::new(1.0, LINE_STRONG);
    visuals.window_corner_radius = RADIUS_LARGE;
    visuals.menu_corner_radius = RADIUS_LARGE;
    visuals.faint_bg_color = RAISED;
    visuals.extreme_bg_color = WELL;
    visuals.text_edit_bg_color = Some(WELL);
    visuals.code_bg_color = WELL;
    visuals.weak_text_color = Some(TEXT_QUIET);
    visuals.hyperlink_color = EMBER_HOVER;
    visuals.warn_fg_color = WARNING;
    visuals.error_fg_color = ERROR;
    visuals.selection.bg_fill = EMBER_DEEP;
    visuals.selection.stroke = Stroke::new(1.0, EMBER);
    visuals.popup_shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: BACKDROP };
    visuals.window_shadow = visuals.popup_shadow;
    visuals.indent_has_left_vline = false;
    visuals.collapsing_header_frame = false;
    visuals.slider_trailing_fill = true;
    visuals.disabled_alpha = 0.45;

    let widgets = &mut visuals.widgets;
    let states = [
        (&mut widgets.noninteractive, PANEL, LINE, TEXT),
        (&mut widgets.inactive, RAISED, CONTROL_LINE, TEXT),
        (&mut widgets.hovered, HOVER, LINE_STRONG, TEXT),
        (&mut widgets.active, PRESSED, EMBER, TEXT),
        (&mut widgets.open, HOVER, LINE_STRONG, TEXT),
    ];
    for (state, fill, line, text) in states {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.2, text);
        state.corner_radius = RADIUS;
        state.expansion = 0.0;
    }
}

/// Space between sections of a panel.
pub(crate) const SECTION_GAP: f32 = 20.0;
/// Smallest window that still shows every panel's header.
pub(crate) const MIN_WINDOW: Vec2 = vec2(720.0, 480.0);
pub(crate) const DEFAULT_WINDOW: Vec2 = vec2(1440.0, 900.0);

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f32 {
        let rgb = egui::Rgba::from(color);
        0.2126 * rgb.r() + 0.7152 * rgb.g() + 0.0722 * rgb.b()
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        if a > b { a / b } else { b / a }
    }

    /// WCAG 2.2 AA for text below 18 points asks for 4.5:1.
    #[test]
    fn every_text_colour_reads_on_every_ground() {
        for text in [TEXT, TEXT_QUIET, TEXT_FAINT, EMBER, ERROR, WARNING, OK, INFO] {
            for ground in [GROUND, PANEL, RAISED, WELL] {
                let found = contrast(text, ground);
                assert!(found >= 4.5, "{text:?} on {ground:?} is {found:.2}:1");
            }
        }
        assert!(contrast(ON_EMBER, EMBER) >= 4.5);
        assert!(contrast(TEXT, EMBER_DEEP) >= 4.5);
        assert!(contrast(TEXT, HOVER) >= 4.5);
    }
}
