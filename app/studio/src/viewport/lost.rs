use std::sync::Arc;

use eframe::egui_wgpu::RenderState;

/// Makes the window lose its device after so many milliseconds, so that the way back can be tried out.
pub(crate) const LOSE_AFTER_MS: &str = "KILN_TEST_LOSE_DEVICE_AFTER_MS";

/// Tells of what the device refuses instead of ending the program, which is wgpu's habit. Most of all
/// the window's surface refuses a new size while another thread hands work to the device; it takes it
/// at the next frame, which `again` asks for.
pub(crate) fn outlive_errors(state: &RenderState, again: impl Fn() + Send + Sync + 'static) {
    state.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        tracing::warn!("the graphics device refused something: {error}");
        again();
    }));
}

/// Calls `tell`, on whatever thread comes to know it, when the graphics device is gone for good.
pub(crate) fn when_lost(state: &RenderState, tell: impl Fn(&str) + Send + 'static) {
    state.device.set_device_lost_callback(move |reason, message| {
        tell(&format!("{reason:?} {message}"));
    });
    let after = std::env::var(LOSE_AFTER_MS).ok().and_then(|text| text.parse().ok());
    if let Some(after) = after.map(std::time::Duration::from_millis) {
        let device = state.device.clone();
        // Only tests set the variable; nobody waits for this thread.
        std::thread::spawn(move || {
            let (_kept, nothing) = std::sync::mpsc::sync_channel::<()>(1);
            let _ = nothing.recv_timeout(after);
            device.destroy();
            while device.poll(wgpu::PollType::Poll).is_ok() {
                std::thread::yield_now();
            }
        });
    }
}
