//! Keys and mouse while one walks through the model.

use egui::{Context, Key, PointerButton, Response, Ui, ViewportCommand, viewport::CursorGrab};
use glam::Vec3;

use crate::viewport::{Stage, Step, to_glam};

pub(super) fn walk_ui(ui: &Ui, response: &Response, stage: &mut Stage) {
    let (step, wheel, is_click) = ui.input(|input| {
        let along = |forth: [Key; 2], back: [Key; 2]| {
            let any = |keys: [Key; 2]| f32::from(u8::from(keys.iter().any(|&key| input.key_down(key))));
            any(forth) - any(back)
        };
        let direction = Vec3::new(
            along([Key::D, Key::ArrowRight], [Key::A, Key::ArrowLeft]),
            along([Key::E, Key::PageUp], [Key::Q, Key::PageDown]),
            along([Key::W, Key::ArrowUp], [Key::S, Key::ArrowDown]),
        );
        let look = input.pointer.motion().unwrap_or_else(|| input.pointer.delta());
        let step = Step {
            seconds: input.stable_dt,
            direction,
            is_hurried: input.modifiers.shift,
            look: to_glam(look),
        };
        // At the button's release, so that nothing is left of the click for what comes after.
        let is_click = input.pointer.button_released(PointerButton::Primary);
        (step, input.smooth_scroll_delta().y, is_click)
    });
    if wheel != 0.0 {
        stage.camera.change_walking_speed(wheel);
    }
    if step.direction != Vec3::ZERO || step.look != glam::Vec2::ZERO {
        stage.camera.walk_on(&step);
        ui.ctx().request_repaint();
    }
    if is_click && response.contains_pointer() {
        stage.stop_walking();
    }
}

/// A walker's head turns without end, so the pointer must not come to the window's border.
pub(super) fn hold_pointer(ctx: &Context, stage: &mut Stage) {
    let walks = stage.camera.walk().is_some();
    if walks == stage.is_pointer_held {
        return;
    }
    stage.is_pointer_held = walks;
    // X11 and Windows can only confine, macOS only lock.
    let held = if cfg!(target_os = "macos") { CursorGrab::Locked } else { CursorGrab::Confined };
    ctx.send_viewport_cmd(ViewportCommand::CursorGrab(if walks { held } else { CursorGrab::None }));
    ctx.send_viewport_cmd(ViewportCommand::CursorVisible(!walks));
}
