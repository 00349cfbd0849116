//! The other side of a split view: the same camera, another mode or another model.

use eframe::egui_wgpu::RenderState;
use render::{FrameOptions, Gpu, GpuScene, PickRequest, Renderer, View};

use crate::playback::Moment;

pub(super) struct OtherPane {
    viewport: render::Viewport,
    texture: Option<(egui::TextureId, u64)>,
    drawn: Option<((usize, Option<Moment>), View, FrameOptions)>,
}

impl OtherPane {
    pub(super) fn new(gpu: &Gpu, renderer: &Renderer) -> Self {
        Self { viewport: render::Viewport::new(gpu, renderer), texture: None, drawn: None }
    }

    /// Draws if anything changed since the last time; `of` tells one scene and moment from another.
    ///
    /// # Errors
    /// What the card said, in words.
    pub(super) fn picture(
        &mut self,
        state: &RenderState,
        (gpu, renderer): (&Gpu, &Renderer),
        (scene, of): (&GpuScene, (usize, Option<Moment>)),
        view: View,
        frame: FrameOptions,
    ) -> Result<egui::TextureId, String> {
        let wanted = (of, view, frame);
        if self.drawn.as_ref() != Some(&wanted) || self.viewport.is_refining() {
            self.viewport
                .draw(gpu, renderer, scene, &wanted.1, &wanted.2)
                .map_err(|error| error.to_string())?;
            self.drawn = Some(wanted);
        }
        Ok(self.register(state))
    }

    /// How the last picture was seen.
    pub(super) fn view(&self) -> Option<&View> {
        self.drawn.as_ref().map(|(_, view, _)| view)
    }

    /// Asks what the picture shows at a pixel of the panel.
    pub(super) fn pick(&self, gpu: &Gpu, [x_px, y_px]: [u32; 2]) -> PickRequest {
        self.viewport.pick(gpu, x_px, y_px)
    }

    pub(super) fn is_refining(&self) -> bool {
        self.viewport.is_refining()
    }

    fn register(&mut self, state: &RenderState) -> egui::TextureId {
        let (picture, generation) = (self.viewport.picture(), self.viewport.generation());
        let filter = wgpu::FilterMode::Linear;
        let mut painter = state.renderer.write();
        let id = match self.texture {
            Some((id, known)) if known == generation => id,
            Some((id, _)) => {
                painter.update_egui_texture_from_wgpu_texture(&state.device, picture, filter, id);
                id
            }
            None => painter.register_native_texture(&state.device, picture, filter),
        };
        self.texture = Some((id, generation));
        id
    }

    /// Gives the texture back before the pane goes.
    pub(super) fn close(self, state: &RenderState) {
        if let Some((id, _)) = self.texture {
            state.renderer.write().free_texture(&id);
        }
    }
}
