//! What a kind of picture asks of the card is made on the pool before the first picture of that kind,
//! so that the thread that draws never waits for a compiler.

use std::sync::Arc;

use render::{FrameOptions, Gpu, Pass, RenderError, Renderer, Surroundings, ToneMap, Walls};
use work::{Lane, Pool};

use super::uploaded::UploadedScene;
use crate::model::Request;

/// Pictures that ask for the same.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kind {
    /// Tells two uploads apart.
    scene: usize,
    pass: Pass,
    tone_map: ToneMap,
    has_surroundings: bool,
    uses_file_lights: bool,
    walls: Walls,
}

impl Kind {
    fn of(uploaded: &Arc<UploadedScene>, frame: &FrameOptions) -> Self {
        Self {
            scene: Arc::as_ptr(uploaded) as usize,
            pass: frame.pass,
            tone_map: frame.look.tone_map,
            has_surroundings: matches!(frame.look.surroundings, Surroundings::Picture(_)),
            uses_file_lights: frame.look.uses_file_lights,
            walls: frame.walls,
        }
    }
}

/// More are forgotten, and rehearsed once more should they come back; that takes no time then.
const MOST_KINDS: usize = 128;

#[derive(Default)]
pub(super) struct Rehearsals(Vec<(Kind, Request<()>)>);

impl Rehearsals {
    /// Whether pictures like `frame` can be drawn without waiting; if not, they are being prepared.
    pub(super) fn is_ready(
        &mut self,
        (gpu, renderer): (&Gpu, &Arc<Renderer>),
        uploaded: &Arc<UploadedScene>,
        frame: &FrameOptions,
        pool: &Pool,
    ) -> bool {
        let kind = Kind::of(uploaded, frame);
        if let Some((_, rehearsal)) = self.0.iter_mut().find(|(known, _)| *known == kind) {
            rehearsal.poll();
            return !rehearsal.is_running();
        }
        if self.0.len() >= MOST_KINDS {
            self.0.remove(0);
        }
        let (gpu, renderer) = (gpu.clone(), Arc::clone(renderer));
        let (uploaded, frame) = (Arc::clone(uploaded), frame.clone());
        let mut rehearsal = Request::Idle;
        rehearsal.start(pool.spawn(Lane::Interactive, "prepare a mode", move |_| {
            // What goes wrong here goes wrong again when it is drawn, and is told there.
            let made = render::Viewport::rehearse(&gpu, &renderer, &uploaded.scene, &frame);
            made.inspect_err(|error| tracing::debug!("a mode is not prepared: {error}"))
                .or(Ok::<_, RenderError>(()))
        }));
        self.0.push((kind, rehearsal));
        false
    }
}
