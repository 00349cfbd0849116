use std::sync::Arc;

use work::{Pool, WorkHandle};

use crate::commands::convert::PlanFile;
use crate::dialogs::Dialogs;
use crate::farm_link::FarmRoom;
use crate::intake::Intake;
use crate::light::LightRoom;
use crate::viewport::Stage;
use crate::watch::Watch;

/// The machinery that commands set in motion.
pub(crate) struct Rooms {
    pub pool: Arc<Pool>,
    pub stage: Stage,
    pub watch: Watch,
    pub dialogs: Dialogs,
    pub farm: FarmRoom,
    pub light: LightRoom,
    /// `None`: nothing is remembered, as in tests without a home.
    pub choices: Option<farm::ChoicesStore>,
    /// A plan's file that is being read or written.
    pub plan_file: Option<WorkHandle<PlanFile>>,
    pub intakes: Vec<WorkHandle<Intake>>,
    /// When something was opened last: a drop of several files may come in pieces.
    pub opened_at: Option<std::time::Instant>,
}
