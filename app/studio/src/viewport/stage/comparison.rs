//! The right side of a split view: another mode of the model on stage, or another model.

use std::sync::Arc;

use render::View;
use scene::NodeId;

use super::Stage;
use super::other_pane::OtherPane;
use super::questions::below;
use crate::model::{DocId, Loaded, Request};
use crate::modes::{ShownMode, Sizes};

/// A model that is compared with the one on stage.
pub struct Compared<'a> {
    pub loaded: &'a Loaded,
    pub sizes: Sizes,
    /// What gets a line around it.
    pub selected: Option<NodeId>,
}

impl Stage {
    /// `compared`: the model, where it is another than on the left side. `None` until it is there.
    ///
    /// # Errors
    /// What the card said, in words.
    pub fn other_picture(
        &mut self,
        doc: DocId,
        mode: ShownMode,
        compared: Option<&Compared<'_>>,
    ) -> Result<Option<egui::TextureId>, String> {
        let Some(uploaded) = self.upload_of(doc).and_then(Request::value).cloned() else { return Ok(None) };
        let (Some((gpu, renderer)), Some((view, frame))) = (self.tools(), self.last_drawn.clone()) else {
            return Ok(None);
        };
        let Some(state) = self.state.clone() else { return Ok(None) };
        let moment = self.moment_of(doc);
        let mut frame = mode.of_frame(frame);
        if !self.rehearsals.is_ready((&gpu, &renderer), &uploaded, &frame, &self.pool) {
            return Ok(None);
        }
        let mut view = view;
        let posed = moment.zip(uploaded.animated.as_ref());
        let posed = posed.and_then(|(moment, animated)| animated.at(&gpu, &renderer, moment));
        let scene = posed.as_ref().map_or(&uploaded.scene, |posing| posing.puppet.scene());
        match compared {
            Some(compared) => {
                let pose = match compared.sizes {
                    Sizes::Alike => self.camera.pose_beside(compared.loaded.bounds, &compared.loaded.outline),
                    Sizes::True => self.camera.pose(),
                };
                view = pose.view(frame.size_px).with_depth_of(&scene.bounds());
                let scene = &compared.loaded.import.scene;
                frame.outlined =
                    compared.selected.map_or_else(|| Arc::new([]) as _, |node| below(scene, node));
            }
            // Both sides show the same distances alike.
            None => frame.modes.depth_range = self.depth_range(),
        }
        let other = self.other.get_or_insert_with(|| OtherPane::new(&gpu, &renderer));
        let of = (Arc::as_ptr(&uploaded) as usize, moment);
        other.picture(&state, (&gpu, &renderer), (scene, of), view, frame).map(Some)
    }

    /// Lets go of what a split view needed.
    pub fn close_other(&mut self) {
        if let (Some(other), Some(state)) = (self.other.take(), &self.state) {
            other.close(state);
        }
    }

    /// Distances in metres between which the model of the right side lies.
    pub fn other_depth_span(&self) -> Option<[f32; 2]> {
        self.other.as_ref()?.view().map(span)
    }

    /// Distances in metres between which the model lies.
    pub fn depth_span(&self) -> Option<[f32; 2]> {
        self.last_drawn.as_ref().map(|(view, _)| span(view))
    }

    /// Distances in metres that the last picture shows black and white, if it shows depth.
    fn depth_range(&self) -> Option<[f32; 2]> {
        let (_, frame) = self.last_drawn.as_ref()?;
        frame.modes.depth_range.or_else(|| self.depth_span())
    }
}

fn span(view: &View) -> [f32; 2] {
    [view.near as f32, view.far as f32]
}
