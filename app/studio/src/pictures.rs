//! Pictures of the model as textures of the toolkit, each handed over once and let go when it has
//! not been shown for a while.

use std::collections::HashMap;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::model::Picture;

/// Frames without being shown after which a texture is freed.
const N_FRAMES_KEPT: u64 = 600;
/// More in one frame would be felt.
const MAX_UPLOADS_PER_FRAME: usize = 4;

#[derive(Default)]
pub(crate) struct Pictures {
    textures: HashMap<u64, (TextureHandle, u64)>,
    frame: u64,
    n_uploads: usize,
    logo: Option<TextureHandle>,
}

impl Pictures {
    /// Call once before the panels are drawn.
    pub(crate) fn begin_frame(&mut self) {
        self.frame += 1;
        self.n_uploads = 0;
        let frame = self.frame;
        self.textures.retain(|_, (_, shown)| frame - *shown < N_FRAMES_KEPT);
    }

    pub(crate) fn logo(&mut self, ctx: &Context) -> TextureHandle {
        const LOGO_PX: usize = 192;
        let logo = self.logo.get_or_insert_with(|| {
            let image = ColorImage::from_rgba_unmultiplied([LOGO_PX; 2], &crate::logo::pixels(LOGO_PX));
            ctx.load_texture("logo", image, TextureOptions::LINEAR)
        });
        logo.clone()
    }

    /// `None` until the next frame when many new pictures come at once.
    pub(crate) fn texture(&mut self, ctx: &Context, picture: &Picture) -> Option<TextureHandle> {
        let frame = self.frame;
        if let Some((texture, shown)) = self.textures.get_mut(&picture.id) {
            *shown = frame;
            return Some(texture.clone());
        }
        if self.n_uploads >= MAX_UPLOADS_PER_FRAME {
            ctx.request_repaint();
            return None;
        }
        self.n_uploads += 1;
        let size = [picture.rgba.width() as usize, picture.rgba.height() as usize];
        let image = ColorImage::from_rgba_unmultiplied(size, &picture.rgba);
        let texture = ctx.load_texture(format!("picture {}", picture.id), image, TextureOptions::LINEAR);
        self.textures.insert(picture.id, (texture.clone(), frame));
        Some(texture)
    }
}
