//! What lies under a pixel of the picture, and what gets a line around it.

use std::sync::Arc;
use std::time::Duration;

use render::{PickRequest, Seen};
use scene::{NodeId, Scene, Unseen};

use super::{Shot, Stage};
use crate::model::DocId;
use crate::modes::Side;

/// A question about the pixel under the pointer.
#[derive(Default)]
pub(super) struct Hover {
    /// The pixel, and the picture on the left.
    asked: Option<(Side, [u32; 2], Option<Shot>)>,
    request: Option<PickRequest>,
    seen: Option<Seen>,
}

/// What a click on the picture selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectWay {
    Object,
    /// What the object belongs to; again, the next above.
    Parent,
    /// Nothing, if it was selected.
    TakeBack,
}

impl Stage {
    /// Asks what is seen at a pixel of the last picture; the answer comes with [`Stage::picked`].
    pub fn ask(&mut self, side: Side, pixel: [u32; 2], way: SelectWay) {
        if let Some(request) = self.pick_at(side, pixel) {
            self.pick = Some((request, way, side));
        }
    }

    fn pick_at(&self, side: Side, pixel: [u32; 2]) -> Option<PickRequest> {
        let gpu = self.gpu.as_ref()?;
        match side {
            Side::Left => Some(self.viewport.as_ref()?.pick(gpu, pixel[0], pixel[1])),
            Side::Right => Some(self.other.as_ref()?.pick(gpu, pixel)),
        }
    }

    /// What lies under the pointer in the last picture, as soon as the card says so. `None` beside
    /// the model.
    pub fn under_pointer(&mut self, ctx: &egui::Context, at: Option<(Side, [u32; 2])>) -> Option<Seen> {
        let (Some(gpu), Some((side, pixel))) = (self.gpu.clone(), at) else {
            self.hover = Hover::default();
            return None;
        };
        if let Some(seen) = self.hover.request.as_ref().and_then(|request| request.poll(&gpu)) {
            self.hover.request = None;
            self.hover.seen = seen;
        }
        let asked = (side, pixel, self.last_shot);
        if self.hover.request.is_none() && self.hover.asked != Some(asked) {
            self.hover.asked = Some(asked);
            self.hover.request = self.pick_at(side, pixel);
        }
        if self.hover.request.is_some() {
            ctx.request_repaint_after(Duration::from_millis(8));
        }
        self.hover.seen
    }

    /// The answer to [`Stage::ask`], once: the node, or `None` for the background.
    pub fn picked(&mut self, ctx: &egui::Context) -> Option<(Option<NodeId>, SelectWay, Side)> {
        let (request, way, side) = self.pick.as_ref()?;
        let (way, side) = (*way, *side);
        let Some(seen) = request.poll(self.gpu.as_ref()?) else {
            ctx.request_repaint_after(Duration::from_millis(8));
            return None;
        };
        self.pick = None;
        Some((seen.map(|seen| seen.node), way, side))
    }

    /// Draws a line around this object and all that hangs below it.
    pub fn outline(&mut self, doc: DocId, node: Option<NodeId>, scene: &Scene) {
        let of = node.map(|node| (doc, node));
        if of != self.outlined_of {
            self.outlined_of = of;
            self.outlined = node.map_or_else(|| Arc::new([]) as _, |node| below(scene, node));
        }
    }

    /// What of a model a line of sight passes, as the picture does.
    pub fn unseen(&self, doc: DocId) -> Unseen {
        let Some(scene) = self.scene_of(doc) else { return Unseen::default() };
        let (cuts, backs) = scene.unseen(&self.camera.pose().view([4, 3]), self.walls);
        Unseen { cuts, backs }
    }
}

/// An object and all that hangs below it.
pub(super) fn below(scene: &Scene, node: NodeId) -> Arc<[NodeId]> {
    let mut below = Vec::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        below.push(node);
        stack.extend(scene.nodes.get(node).into_iter().flat_map(|n| &n.children));
    }
    below.into()
}
