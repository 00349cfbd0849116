//! The number pad as keys of its own. The toolkit tells its digits from those above the letters no
//! more than it must; artists who come from Blender turn their model with them.

use egui::Key;
use winit::application::ApplicationHandler;
use winit::event::{DeviceEvent, DeviceId, StartCause, WindowEvent};
use winit::event_loop::ActiveEventLoop;
use winit::keyboard::{Key as LogicalKey, KeyCode, KeyLocation, NamedKey, PhysicalKey};
use winit::window::WindowId;

/// The function keys that stand for the digits of the number pad. No keyboard has them.
pub(crate) const DIGITS: [Key; 10] =
    [Key::F25, Key::F26, Key::F27, Key::F28, Key::F29, Key::F30, Key::F31, Key::F32, Key::F33, Key::F34];
pub(crate) const DECIMAL: Key = Key::F35;

/// What a key is called where it differs from the toolkit's name.
pub(crate) fn name(key: Key) -> Option<String> {
    let digit = DIGITS.iter().position(|&k| k == key).map(|digit| format!("Numpad {digit}"));
    digit.or_else(|| (key == DECIMAL).then(|| "Numpad .".to_owned()))
}

/// Hands every event on, those of the number pad under their other names. What they type stays.
pub(crate) struct Keypad<A>(pub A);

impl<A> Keypad<A> {
    fn renamed(event: WindowEvent) -> WindowEvent {
        let WindowEvent::KeyboardInput { device_id, mut event, is_synthetic } = event else { return event };
        // Without NumLock these are Home, arrows and the like, which everybody understands.
        let types = matches!(event.logical_key, LogicalKey::Character(_));
        if event.location == KeyLocation::Numpad
            && types
            && let PhysicalKey::Code(code) = event.physical_key
            && let Some((key, code)) = stand_in(code)
        {
            event.logical_key = LogicalKey::Named(key);
            event.physical_key = PhysicalKey::Code(code);
        }
        WindowEvent::KeyboardInput { device_id, event, is_synthetic }
    }
}

fn stand_in(code: KeyCode) -> Option<(NamedKey, KeyCode)> {
    Some(match code {
        KeyCode::Numpad0 => (NamedKey::F25, KeyCode::F25),
        KeyCode::Numpad1 => (NamedKey::F26, KeyCode::F26),
        KeyCode::Numpad2 => (NamedKey::F27, KeyCode::F27),
        KeyCode::Numpad3 => (NamedKey::F28, KeyCode::F28),
        KeyCode::Numpad4 => (NamedKey::F29, KeyCode::F29),
        KeyCode::Numpad5 => (NamedKey::F30, KeyCode::F30),
        KeyCode::Numpad6 => (NamedKey::F31, KeyCode::F31),
        KeyCode::Numpad7 => (NamedKey::F32, KeyCode::F32),
        KeyCode::Numpad8 => (NamedKey::F33, KeyCode::F33),
        KeyCode::Numpad9 => (NamedKey::F34, KeyCode::F34),
        KeyCode::NumpadDecimal => (NamedKey::F35, KeyCode::F35),
        _ => return None,
    })
}

impl<T: 'static, A: ApplicationHandler<T>> ApplicationHandler<T> for Keypad<A> {
    fn window_event(&mut self, event_loop: &ActiveEventLoop, window: WindowId, event: WindowEvent) {
        self.0.window_event(event_loop, window, Self::renamed(event));
    }

    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        self.0.new_events(event_loop, cause);
    }

    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        self.0.resumed(event_loop);
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: T) {
        self.0.user_event(event_loop, event);
    }

    fn device_event(&mut self, event_loop: &ActiveEventLoop, device: DeviceId, event: DeviceEvent) {
        self.0.device_event(event_loop, device, event);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        self.0.about_to_wait(event_loop);
    }

    fn suspended(&mut self, event_loop: &ActiveEventLoop) {
        self.0.suspended(event_loop);
    }

    fn exiting(&mut self, event_loop: &ActiveEventLoop) {
        self.0.exiting(event_loop);
    }

    fn memory_warning(&mut self, event_loop: &ActiveEventLoop) {
        self.0.memory_warning(event_loop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_have_the_names_of_the_number_pad() {
        assert_eq!(name(DIGITS[7]).as_deref(), Some("Numpad 7"));
        assert_eq!(name(DECIMAL).as_deref(), Some("Numpad ."));
        assert_eq!(name(Key::Num7), None);
        assert_eq!(stand_in(KeyCode::Numpad7), Some((NamedKey::F32, KeyCode::F32)));
        assert_eq!(stand_in(KeyCode::Digit7), None);
    }
}
