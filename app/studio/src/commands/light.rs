use super::LightCommand;
use crate::light::LightView;
use crate::model::Model;
use crate::rooms::Rooms;
use crate::view::View;

/// Changes the light a model is shown in.
pub(crate) fn run(command: LightCommand, model: &Model, view: &mut View, rooms: &mut Rooms) {
    match command {
        LightCommand::Toggle => view.toggles_light = true,
        LightCommand::UseStudio => view.light.surroundings = None,
        LightCommand::ChooseFile => rooms.dialogs.open_surroundings(model.last_folder.as_deref()),
        LightCommand::UseFile(path) => view.light.surroundings = Some(path),
        LightCommand::ToggleBackdrop => {
            view.light.shows_surroundings = !view.light.shows_surroundings;
            if view.light.shows_surroundings && view.light.surroundings.is_none() {
                rooms.dialogs.open_surroundings(model.last_folder.as_deref());
            }
        }
        LightCommand::Turn(degrees) => {
            let turned = view.light.rotation_degrees + degrees;
            view.light.rotation_degrees = (turned + 180.0).rem_euclid(360.0) - 180.0;
        }
        LightCommand::Reset => {
            view.light = LightView { plain_color: view.light.plain_color, ..LightView::default() };
        }
    }
}
