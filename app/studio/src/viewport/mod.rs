//! The GPU side of the picture in the middle: what is uploaded, and when it is drawn again.

mod file_cameras;
mod lost;
mod orbit;
mod pose;
mod probe;
mod stage;
mod stand;
mod standard_view;
mod walk;
mod walk_start;

pub use file_cameras::{FileCamera, file_cameras};
pub(crate) use lost::{LOSE_AFTER_MS, outlive_errors, when_lost};
pub use orbit::OrbitCamera;
pub use pose::{Optics, Pose, Projection, Projector, Sight};
pub use probe::{Probe, Purpose, Question};
pub use stage::{Compared, SelectWay, Stage, UploadedScene, to_glam};
pub use standard_view::StandardView;
pub use walk::{Step, Walk};
