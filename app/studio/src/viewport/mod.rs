//! The GPU side of the picture in the middle: what is uploaded, and when it is drawn again.

mod lost;
mod orbit;
mod other_pane;
mod stage;

pub(crate) use lost::{LOSE_AFTER_MS, when_lost};
pub use orbit::{OrbitCamera, Pose, Projector, StandardView};
pub use stage::{Stage, UploadedScene, to_glam};
