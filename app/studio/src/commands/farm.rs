use super::FarmCommand;
use crate::app::Rooms;
use crate::model::Model;
use crate::view::View;

/// Everything between the window and a Manager.
pub fn run(command: FarmCommand, _model: &mut Model, _view: &mut View, _rooms: &mut Rooms) {
    let _ = command;
}
