//! A value that is somebody else's to keep, such as a farm's: typed or dragged here until it is done,
//! told once, and shown as kept again.

use egui::{Id, Response, Ui};

/// `edit` draws the control. Answers the new value once the control is left.
pub(crate) fn settled<T>(
    ui: &mut Ui,
    id: Id,
    kept: T,
    edit: impl FnOnce(&mut Ui, &mut T) -> Response,
) -> Option<T>
where
    T: Clone + Default + PartialEq + Send + Sync + 'static,
{
    let mut value = ui.data(|data| data.get_temp::<T>(id)).unwrap_or_else(|| kept.clone());
    let response = edit(ui, &mut value);
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, value));
    }
    // A field that is left by Enter changes once more, in the frame after.
    if response.has_focus() || response.dragged() {
        return None;
    }
    ui.data_mut(|data| data.remove_temp::<T>(id)).filter(|value| *value != kept)
}
