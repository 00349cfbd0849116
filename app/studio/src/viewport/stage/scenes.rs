//! Which models are on the card, and what is made of them there.

use std::sync::Arc;

use render::{FrameOptions, Gpu, GpuScene, Pass, Quality, RenderError, RenderWarning, TexturePacking};
use scene::Aabb;
use work::{Lane, Pool};

use super::Stage;
use super::uploaded::{Animated, UploadedScene};
use crate::model::{DocId, Loaded, Request};

/// Scenes kept on the card besides the one on stage, so that going back is instant.
const N_KEPT_SCENES: usize = 3;

/// Textures of a scene that a card holds without being short of room for other programs.
const MAX_EXACT_TEXTURE_BYTES: u64 = 512 << 20;

/// A processor would take longer to draw packed textures than to reach for whole ones.
fn packing(gpu: &Gpu) -> TexturePacking {
    if gpu.is_software() {
        TexturePacking::Exact
    } else {
        TexturePacking::BlocksAbove(MAX_EXACT_TEXTURE_BYTES)
    }
}

pub(super) struct Slot {
    pub(super) doc: DocId,
    upload: Request<Arc<UploadedScene>>,
    /// What makes a large scene quick, made behind its first picture.
    refine: Request<()>,
    /// World bounds over the clip that is chosen, by its number.
    clip_bounds: Option<(usize, Request<Aabb>)>,
}

impl Stage {
    /// Takes in what other threads finished.
    pub fn poll(&mut self) {
        self.renderer.poll();
        for slot in &mut self.slots {
            if slot.upload.poll() {
                slot.clip_bounds = None;
                if let Some(uploaded) = slot.upload.value() {
                    let is_reduced = |w: &&RenderWarning| {
                        matches!(w, RenderWarning::Reduced { .. } | RenderWarning::TexturesPacked(_))
                    };
                    self.messages
                        .extend(uploaded.warnings.iter().filter(is_reduced).map(ToString::to_string));
                }
            }
            slot.refine.poll();
            let Slot { upload, clip_bounds: Some((_, bounds)), .. } = slot else { continue };
            let animated = upload.value().and_then(|u| u.animated.as_ref());
            if bounds.poll()
                && let Some((bounds, animated)) = bounds.value().zip(animated)
            {
                animated.posing().puppet.set_bounds(animated.loaded.bounds.union(*bounds));
                self.camera.keep_place(animated.loaded.bounds.union(*bounds), Arc::new([]));
                self.last_shot = None;
            }
        }
    }

    /// What people should know of models that came to the card, once.
    pub fn take_messages(&mut self) -> Vec<String> {
        std::mem::take(&mut self.messages)
    }

    /// Brings a model to the card, off this thread. The old picture stays until it is there.
    pub fn upload(&mut self, doc: DocId, loaded: &Arc<Loaded>, pool: &Pool) {
        let Some((gpu, renderer)) = self.tools() else { return };
        let loaded = Arc::clone(loaded);
        // As it will most likely be looked at.
        let (look, pass) =
            (self.light.0.clone(), self.last_drawn.as_ref().map_or(Pass::Textured, |(_, f)| f.pass));
        let frame = FrameOptions { look, ..FrameOptions::new(pass, [1, 1], Quality::Still) };
        let work = pool.spawn(Lane::Interactive, "upload", move |ctx| -> Result<_, RenderError> {
            ctx.stage("bringing it to the graphics card");
            let keeps_rig = !loaded.import.scene.animations.is_empty();
            let options =
                render::UploadOptions { keeps_rig, texture_packing: packing(&gpu), ..Default::default() };
            let (scene, warnings) =
                GpuScene::upload_what_fits(&gpu, &renderer, &loaded.import.scene, &options)?;
            // What goes wrong here is told when it is drawn.
            let _ = render::Viewport::rehearse(&gpu, &renderer, &scene, &frame);
            let animated = keeps_rig.then(|| Animated::new(&gpu, &renderer, &loaded, &scene)).flatten();
            Ok(Arc::new(UploadedScene { scene, warnings, animated }))
        });
        match self.slots.iter_mut().find(|s| s.doc == doc) {
            Some(slot) => {
                slot.upload.start(work);
                slot.refine = Request::Idle;
            }
            None => {
                let mut slot = Slot { doc, upload: Request::Idle, refine: Request::Idle, clip_bounds: None };
                slot.upload.start(work);
                self.slots.push(slot);
            }
        }
        while self.slots.len() > N_KEPT_SCENES + 1 {
            self.slots.remove(0);
        }
    }

    /// Orders a large scene for the device and makes its levels of detail, once it has been seen.
    pub fn refine(&mut self, doc: DocId, pool: &Pool) {
        let (Some(gpu), Some(shot)) = (self.gpu.clone(), &self.last_shot) else { return };
        let has_been_seen = shot.doc == doc;
        let Some(slot) = self.slots.iter_mut().find(|s| s.doc == doc && s.refine.is_idle()) else { return };
        let Some(uploaded) = slot.upload.value().filter(|_| has_been_seen && !slot.upload.is_running())
        else {
            return;
        };
        let uploaded = Arc::clone(uploaded);
        slot.refine.start(pool.spawn(Lane::Bulk, "levels of detail", move |_| uploaded.scene.refine(&gpu)));
    }

    pub fn upload_of(&self, doc: DocId) -> Option<&Request<Arc<UploadedScene>>> {
        self.slots.iter().find(|s| s.doc == doc).map(|s| &s.upload)
    }

    /// Measures the space that a clip takes up, off this thread, once it is chosen.
    pub(crate) fn measure_clip(&mut self, doc: DocId, clip: Option<usize>, pool: &Pool) {
        let Some(slot) = self.slots.iter_mut().find(|s| s.doc == doc) else { return };
        let (Some(clip), Some(uploaded)) = (clip, slot.upload.value()) else { return };
        if slot.clip_bounds.as_ref().is_some_and(|(measured, _)| *measured == clip) {
            return;
        }
        let Some(loaded) = uploaded.animated.as_ref().map(|a| Arc::clone(&a.loaded)) else { return };
        let mut bounds = Request::Idle;
        bounds.start(pool.spawn(Lane::Bulk, "measure the clip", move |_| {
            let scene = &loaded.import.scene;
            Ok::<_, RenderError>(
                scene.animations.get(clip).map_or(Aabb::EMPTY, |clip| scene.bounds_over(clip)),
            )
        }));
        slot.clip_bounds = Some((clip, bounds));
    }

    /// World bounds over the clip that was measured last; `None` in the rest pose.
    pub(crate) fn clip_bounds(&self, doc: DocId, clip: Option<usize>) -> Option<Aabb> {
        let (measured, bounds) = self.slots.iter().find(|s| s.doc == doc)?.clip_bounds.as_ref()?;
        bounds.value().copied().filter(|_| Some(*measured) == clip)
    }

    pub(super) fn scene_of(&self, doc: DocId) -> Option<&GpuScene> {
        Some(&self.upload_of(doc)?.value()?.scene)
    }

    /// The air of a closed interior.
    pub fn interior_of(&self, doc: DocId) -> Option<Aabb> {
        self.scene_of(doc)?.interior()
    }

    /// Whether walls of the model are cut away without anybody asking.
    pub fn has_thick_walls(&self, doc: DocId) -> bool {
        self.scene_of(doc).is_some_and(GpuScene::has_thick_walls)
    }

    pub fn forget(&mut self, doc: DocId) {
        self.slots.retain(|s| s.doc != doc);
    }
}
