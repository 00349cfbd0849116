//! Finds, off the UI thread, where a walk through a room begins.

use std::sync::Arc;

use render::Looking;
use scene::Aabb;
use work::{Cancelled, Lane, Pool, WorkHandle, WorkState};

use super::stand::Stand;
use crate::model::Loaded;

#[derive(Default)]
pub(crate) struct WalkStart {
    wanted: Option<Aabb>,
    running: Option<(Aabb, WorkHandle<Option<Stand>>)>,
}

impl WalkStart {
    /// Looks for a place within `room`.
    pub(crate) fn ask(&mut self, room: Aabb) {
        self.wanted = Some(room);
    }

    pub(crate) fn is_looking(&self) -> bool {
        self.wanted.is_some() || self.running.is_some()
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The room and the place in it, once it is found. Never waits.
    pub(crate) fn step(&mut self, loaded: &Arc<Loaded>, pool: &Pool) -> Option<(Aabb, Option<Stand>)> {
        if let Some(room) = self.wanted.take() {
            let loaded = Arc::clone(loaded);
            let work = pool.spawn(Lane::Interactive, "look for a place to walk", move |_| {
                Ok::<_, Cancelled>(
                    render::standpoint(&loaded.import.scene, &room, Looking::Ahead).map(Stand::at),
                )
            });
            self.running = Some((room, work));
        }
        let (room, work) = self.running.take()?;
        match work.poll() {
            WorkState::Running(_) => {
                self.running = Some((room, work));
                None
            }
            WorkState::Done(Ok(stand)) => Some((room, stand)),
            WorkState::Done(Err(_)) | WorkState::Taken => Some((room, None)),
        }
    }
}
