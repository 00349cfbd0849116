//! Asks, off the UI thread, which surface lies under a point of the picture.

use std::sync::Arc;

use scene::{RayHit, Unseen};
use work::{Cancelled, Lane, Pool, WorkHandle, WorkState};

use super::Sight;
use crate::model::Loaded;
use crate::playback::Moment;

/// What the answer is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Purpose {
    /// Coming closer to it.
    Focus,
    /// Showing where the tape would begin or end.
    Hover,
    /// Fixing an end of the tape.
    Mark,
    /// Opening the sheet of what it is made of.
    Material,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    pub purpose: Purpose,
    pub sight: Sight,
    /// Where in the picture, in points from its top left corner.
    pub at: [f32; 2],
    /// To the nearest vertex or middle of an edge.
    pub snaps: bool,
}

/// One question at a time; hovering gives way to clicks.
#[derive(Default)]
pub struct Probe {
    waiting: Option<Question>,
    last_hover: Option<Question>,
    running: Option<(Question, WorkHandle<Option<RayHit>>)>,
}

impl Probe {
    pub fn ask(&mut self, question: Question) {
        if question.purpose == Purpose::Hover {
            if self.last_hover == Some(question) {
                return;
            }
            self.last_hover = Some(question);
        }
        let waits_for_click = self.waiting.is_some_and(|q| q.purpose != Purpose::Hover);
        if question.purpose != Purpose::Hover || !waits_for_click {
            self.waiting = Some(question);
        }
    }

    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes in an answer and sends the next question off, about the model at `moment`. Never waits.
    pub fn step(
        &mut self,
        loaded: Option<&Arc<Loaded>>,
        moment: Option<Moment>,
        unseen: impl FnOnce() -> Unseen,
        pool: &Pool,
    ) -> Option<(Question, Option<RayHit>)> {
        let mut answer = None;
        if let Some((question, work)) = self.running.take() {
            match work.poll() {
                WorkState::Running(_) => self.running = Some((question, work)),
                WorkState::Done(Ok(hit)) => answer = Some((question, hit)),
                WorkState::Done(Err(_)) | WorkState::Taken => {}
            }
        }
        if self.running.is_none()
            && let (Some(question), Some(loaded)) = (self.waiting.take(), loaded)
        {
            let (loaded, unseen) = (Arc::clone(loaded), unseen());
            let ray = scene::Ray { origin: question.sight.origin, direction: question.sight.direction };
            let work = pool.spawn(Lane::Interactive, "look for the surface", move |_| {
                let scene = &loaded.import.scene;
                let clip = moment.and_then(|moment| Some((scene.animations.get(moment.clip)?, moment)));
                let pose = clip.map(|(clip, moment)| scene.pose(clip, moment.time_secs as f32));
                Ok::<_, Cancelled>(scene.cast(&ray, &unseen, &pose.unwrap_or_default()))
            });
            self.running = Some((question, work));
        }
        answer
    }
}
