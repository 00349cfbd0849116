//! A model on the card, at rest or at a moment of one of its clips.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use render::{Gpu, GpuScene, Puppet, RenderWarning, Renderer};

use crate::model::Loaded;
use crate::playback::Moment;

/// One model on the card.
pub struct UploadedScene {
    pub scene: GpuScene,
    pub warnings: Vec<RenderWarning>,
    /// Where the model has clips.
    pub(super) animated: Option<Animated>,
}

/// What plays the clips of a model.
pub(super) struct Animated {
    /// As it was uploaded; the document may have been read anew since.
    pub(super) loaded: Arc<Loaded>,
    /// Only the thread that draws takes it.
    posing: Mutex<Posing>,
}

pub(super) struct Posing {
    pub(super) puppet: Puppet,
    shown: Option<Moment>,
}

impl Animated {
    pub(super) fn new(
        gpu: &Gpu,
        renderer: &Renderer,
        loaded: &Arc<Loaded>,
        scene: &GpuScene,
    ) -> Option<Self> {
        let puppet = Puppet::new(gpu, renderer, &loaded.import.scene, scene)?;
        let posing = Mutex::new(Posing { puppet, shown: None });
        Some(Self { loaded: Arc::clone(loaded), posing })
    }

    pub(super) fn posing(&self) -> MutexGuard<'_, Posing> {
        self.posing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A scene of its own that stays as it is at a moment.
    pub(super) fn held(
        &self,
        gpu: &Gpu,
        renderer: &Renderer,
        moment: Moment,
        scene: &GpuScene,
    ) -> Option<GpuScene> {
        let model = &self.loaded.import.scene;
        let mut puppet = Puppet::new(gpu, renderer, model, scene)?;
        puppet.set_bounds(self.posing().puppet.scene().bounds());
        let clip = model.animations.get(moment.clip)?;
        puppet.set_pose(gpu, renderer, model, &model.pose(clip, moment.time_secs as f32));
        Some(puppet.scene().clone())
    }

    /// The model at a moment; `None` when it has no such clip.
    pub(super) fn at(
        &self,
        gpu: &Gpu,
        renderer: &Renderer,
        moment: Moment,
    ) -> Option<MutexGuard<'_, Posing>> {
        let scene = &self.loaded.import.scene;
        let clip = scene.animations.get(moment.clip)?;
        let mut posing = self.posing();
        if posing.shown != Some(moment) {
            let pose = scene.pose(clip, moment.time_secs as f32);
            posing.puppet.set_pose(gpu, renderer, scene, &pose);
            posing.shown = Some(moment);
        }
        Some(posing)
    }
}
