//! A graphics device can be lost at any moment: a driver is updated or hangs, a laptop's lid is
//! closed. The toolkit cannot go on without its device, so the program starts itself anew and comes
//! back to where it was: this is what it takes along.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use farm::FieldValue;
use scene::Animation;
use serde::{Deserialize, Serialize};

use crate::journal::Mends;
use crate::model::{Model, SavedPose};
use crate::playback::{ClipInView, Playback, clip_name};
use crate::view::{LightView, ModeView, PassChoice, Sizes, Tab, View, WipeView};
use crate::viewport::{LOSE_AFTER_MS, OrbitCamera};

/// What the window shows and what was typed into it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rescue {
    pub paths: Vec<PathBuf>,
    /// The model on stage.
    pub current: Option<PathBuf>,
    camera: Option<SavedPose>,
    /// Somebody walked through the model.
    walks: bool,
    pass: PassChoice,
    modes: ModeView,
    depth_range: Option<[f32; 2]>,
    light: LightView,
    wipe: Option<Wipe>,
    clip: Option<Clip>,
    /// Name of the section on the right.
    tab: String,
    job: Job,
    /// What was mended, by model.
    mends: Vec<Mends>,
    /// Seconds since 1970 of the restarts of late.
    restarts: Vec<u64>,
}

/// A split view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wipe {
    pass: PassChoice,
    /// `None`: two modes of one model.
    model: Option<PathBuf>,
    at: f32,
    sizes: Sizes,
}

/// Where a clip stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Clip {
    name: String,
    time_secs: f64,
    is_playing: bool,
    speed: f64,
}

/// The form for a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Job {
    name: String,
    priority: i32,
    all_models: bool,
    destination: String,
    job_type: String,
    values: Vec<(String, Value)>,
}

/// [`FieldValue`] as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Value {
    Text(String),
    Integer(i32),
    Number(f64),
    Toggle(bool),
}

/// More restarts than this within [`LATELY_SECS`], and the device is not worth another try.
const MOST_RESTARTS: usize = 3;
const LATELY_SECS: u64 = 60;
const FILE_NAME: &str = "rescue.json";

impl Rescue {
    fn of(model: &Model, view: &View, camera: &OrbitCamera) -> Self {
        let wipe = view.wipe.map(|WipeView { pass, doc, at, sizes, .. }| {
            let model = doc.and_then(|doc| model.document(doc)).map(|document| document.path.clone());
            Wipe { pass, model, at, sizes }
        });
        let playback = &view.playback;
        let clip = playback.clip.as_ref().map(|clip| Clip {
            name: clip.name.clone(),
            time_secs: playback.time_secs,
            is_playing: playback.is_playing,
            speed: playback.speed,
        });
        let submit = &view.submit;
        let fields = submit.form.iter().flat_map(|form| &form.fields);
        let mended = model.documents.iter().filter(|d| !d.history.changes.is_empty());
        Self {
            paths: model.documents.iter().map(|d| d.path.clone()).collect(),
            current: model.current().map(|d| d.path.clone()),
            camera: model.loaded().map(|_| SavedPose::of(&camera.pose())),
            walks: camera.walk().is_some(),
            pass: view.pass,
            // Written by itself: between two ordinary starts it is forgotten.
            modes: ModeView { depth_range: None, ..view.modes },
            depth_range: view.modes.depth_range,
            light: view.light.clone(),
            wipe,
            clip,
            tab: view.tab.label().into(),
            job: Job {
                name: submit.name.clone(),
                priority: submit.priority,
                all_models: submit.all_models,
                destination: submit.destination.clone(),
                job_type: submit.form.as_ref().map(|form| form.job_type.clone()).unwrap_or_default(),
                values: fields.map(|field| (field.key.clone(), Value::of(&field.value))).collect(),
            },
            mends: mended.map(Mends::of).collect(),
            restarts: Vec::new(),
        }
    }

    /// Reads and removes what a lost window left.
    ///
    /// # Errors
    /// When there is nothing, or nothing that makes sense.
    pub fn take(path: &Path) -> std::io::Result<Self> {
        let bytes = std::fs::read(path)?;
        // Whether it can be removed or not, it has been read.
        let _ = std::fs::remove_file(path);
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Everything but the models, which have to be opened first.
    pub(crate) fn restore_view(&self, view: &mut View) {
        view.pass = self.pass;
        view.modes = ModeView { depth_range: self.depth_range, ..self.modes.sane() };
        view.light = self.light.clone().sane();
        if let Some(tab) = Tab::ALL.into_iter().find(|tab| tab.label() == self.tab) {
            view.tab = tab;
        }
        view.submit.name.clone_from(&self.job.name);
        view.submit.priority = self.job.priority;
        view.submit.all_models = self.job.all_models;
        view.submit.destination.clone_from(&self.job.destination);
    }

    /// Gives what was mended back to the models that are listed by now.
    pub(crate) fn restore_mends(&mut self, model: &mut Model) {
        Mends::give_back(&mut self.mends, model);
    }

    pub(crate) fn job_type(&self) -> &str {
        &self.job.job_type
    }

    /// Puts back what hangs on models and on the form, as soon as they are there. True when nothing is
    /// left to be done.
    pub(crate) fn restore_late(&mut self, model: &Model, view: &mut View, camera: &mut OrbitCamera) -> bool {
        let on_stage = model.current().filter(|d| Some(&d.path) == self.current.as_ref());
        if let Some(loaded) = on_stage.and_then(|document| document.load.value()) {
            if let Some(pose) = self.camera.take().and_then(|camera| camera.pose()) {
                camera.jump_to(&pose);
                if std::mem::take(&mut self.walks) {
                    camera.start_walking();
                }
            }
            self.restore_clip(&loaded.import.scene.animations, &mut view.playback);
            self.restore_wipe(model, view);
        }
        if let Some(form) = view.submit.form.as_mut().filter(|form| form.job_type == self.job.job_type) {
            for (key, value) in self.job.values.drain(..) {
                if let Some(field) = form.fields.iter_mut().find(|field| field.key == key) {
                    let before = field.value.clone();
                    value.put_into(&mut field.value);
                    field.follows &= field.value == before || !field.is_shown;
                }
            }
        }
        let has_failed = model.current().is_some_and(|d| d.failure().is_some());
        let is_on_stage = self.camera.is_none() && self.clip.is_none() && self.wipe.is_none();
        (is_on_stage || has_failed) && self.job.values.is_empty()
    }

    fn restore_clip(&mut self, clips: &[Animation], playback: &mut Playback) {
        let Some(kept) = self.clip.take() else { return };
        let named = clips.iter().enumerate().find(|(i, clip)| clip_name(*i, clip) == kept.name);
        if let Some((i, clip)) = named {
            playback.choose(Some(ClipInView::new(i, clip)));
            playback.seek(kept.time_secs);
            playback.set_speed(kept.speed);
            playback.is_playing = kept.is_playing;
        }
    }

    /// Waits for the other model to be listed.
    fn restore_wipe(&mut self, model: &Model, view: &mut View) {
        let Some(kept) = &self.wipe else { return };
        let other = kept.model.as_ref().map(|path| model.documents.iter().find(|d| d.path == *path));
        if matches!(other, Some(None)) && model.n_scans > 0 {
            return;
        }
        let mut wipe = WipeView::beside(view.pass);
        wipe.move_to(kept.at);
        (wipe.pass, wipe.sizes) = (kept.pass, kept.sizes);
        wipe.doc = other.flatten().map(|document| document.id);
        view.wipe = Some(wipe);
        self.wipe = None;
    }
}

impl Value {
    fn of(value: &FieldValue) -> Self {
        match value {
            FieldValue::Text(text) => Self::Text(text.clone()),
            FieldValue::Integer(integer) => Self::Integer(*integer),
            FieldValue::Number(number) => Self::Number(*number),
            FieldValue::Toggle(is_on) => Self::Toggle(*is_on),
        }
    }

    /// A field that is of another kind by now keeps its own.
    fn put_into(self, field: &mut FieldValue) {
        match (self, field) {
            (Self::Text(value), FieldValue::Text(field)) => *field = value,
            (Self::Integer(value), FieldValue::Integer(field)) => *field = value,
            (Self::Number(value), FieldValue::Number(field)) => *field = value,
            (Self::Toggle(value), FieldValue::Toggle(field)) => *field = value,
            _ => {}
        }
    }
}

/// Where the newest state lies until it is needed. Clones share it.
#[derive(Clone)]
pub(crate) struct Lifeboat {
    folder: PathBuf,
    newest: Arc<Mutex<Rescue>>,
    /// The window is being closed; it may lose its device now.
    is_over: Arc<AtomicBool>,
}

impl Lifeboat {
    /// `folder`: of the program's data. `restarts`: those before this one.
    pub(crate) fn new(folder: &Path, came_from: Option<&Rescue>) -> Self {
        let restarts = came_from.map(|rescue| rescue.restarts.clone()).unwrap_or_default();
        let newest = Rescue { restarts, ..Rescue::default() };
        Self { folder: folder.to_owned(), newest: Arc::new(Mutex::new(newest)), is_over: Arc::default() }
    }

    /// Once a frame.
    pub(crate) fn keep(&self, model: &Model, view: &View, camera: &OrbitCamera) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let restarts = std::mem::take(&mut newest.restarts);
        *newest = Rescue { restarts, ..Rescue::of(model, view, camera) };
    }

    pub(crate) fn close(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Starts the program anew in this one's place. Comes back only when that fails, when the window
    /// is closed anyway, or when it has been tried too often.
    pub(crate) fn leave(&self, reason: &str) {
        if self.is_over.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut rescue = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        rescue.restarts.retain(|at| now.saturating_sub(*at) < LATELY_SECS);
        rescue.restarts.push(now);
        if rescue.restarts.len() > MOST_RESTARTS {
            tracing::error!("the graphics device was lost again and again ({reason}); update its driver");
            return;
        }
        tracing::warn!("the graphics device was lost ({reason}); starting anew");
        match self.write(&rescue) {
            Ok(path) => restart(&path),
            Err(error) => {
                tracing::error!("what is open could not be kept ({error}): {}", self.folder.display())
            }
        }
    }

    fn write(&self, rescue: &Rescue) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(FILE_NAME);
        std::fs::write(&path, serde_json::to_vec(rescue)?)?;
        Ok(path)
    }
}

fn restart(rescue: &Path) {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return tracing::error!("the program does not find itself: {error}"),
    };
    let mut command = std::process::Command::new(program);
    command.arg("--rescue").arg(rescue).env_remove(LOSE_AFTER_MS);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = command.exec();
        tracing::error!("the program does not start anew: {error}");
    }
    #[cfg(not(unix))]
    match command.spawn() {
        Ok(_) => std::process::exit(0),
        Err(error) => tracing::error!("the program does not start anew: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DocId;

    #[test]
    fn what_is_open_and_typed_comes_back() {
        let mut model = Model::default();
        let doc: DocId = model.add_document("/models/chair.glb".into(), None);
        model.add_document("/models/table.glb".into(), None);
        model.current = Some(doc);
        let mut view = View { pass: PassChoice::Depth, tab: Tab::Submit, ..View::default() };
        view.submit.name = "Chairs".into();
        view.submit.priority = 70;
        view.modes.depth_range = Some([1.0, 2.0]);
        view.modes.world_normals = true;
        view.light.exposure_ev = 1.5;
        view.wipe = Some(WipeView { at: 0.3, sizes: Sizes::True, ..WipeView::beside(view.pass) });
        let folder = tempfile::tempdir().unwrap();
        let boat = Lifeboat::new(folder.path(), None);
        boat.keep(&model, &view, &OrbitCamera::default());
        let newest = boat.newest.lock().unwrap().clone();
        let path = boat.write(&newest).unwrap();
        let rescue = Rescue::take(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(rescue, newest);
        assert_eq!(rescue.paths.len(), 2);
        assert_eq!(rescue.current.as_deref(), Some(Path::new("/models/chair.glb")));
        let mut fresh = View::default();
        rescue.restore_view(&mut fresh);
        assert_eq!((fresh.modes, &fresh.light), (view.modes, &view.light));
        let mut late = rescue.clone();
        late.restore_wipe(&model, &mut fresh);
        assert_eq!((fresh.wipe, late.wipe), (view.wipe, None));
        assert_eq!((fresh.pass, fresh.tab, fresh.submit.priority), (PassChoice::Depth, Tab::Submit, 70));
        assert_eq!(fresh.submit.name, "Chairs");
    }

    #[test]
    fn what_was_mended_comes_back_with_its_model() {
        let wish = crate::model::Wish { title: "Mend all".into(), steps: convert::Step::all() };
        let mut model = Model::default();
        let doc = model.add_document("/models/chair.glb".into(), None);
        model.document_mut(doc).unwrap().history.resume(vec![wish.clone(), wish.clone()], 1);
        let folder = tempfile::tempdir().unwrap();
        let boat = Lifeboat::new(folder.path(), None);
        boat.keep(&model, &View::default(), &OrbitCamera::default());
        let path = boat.write(&boat.newest.lock().unwrap().clone()).unwrap();
        let mut rescue = Rescue::take(&path).unwrap();
        // It waits until the model is listed.
        let mut fresh = Model::default();
        rescue.restore_mends(&mut fresh);
        let doc = fresh.add_document("/models/chair.glb".into(), None);
        rescue.restore_mends(&mut fresh);
        let history = &fresh.document(doc).unwrap().history;
        assert_eq!((history.wishes(), history.saved()), (vec![wish.clone(), wish], 1));
        assert!(history.is_unsaved() && rescue.mends.is_empty());
    }

    #[test]
    fn nonsense_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        assert!(Rescue::take(&path).is_err());
        std::fs::write(&path, "{").unwrap();
        assert!(Rescue::take(&path).is_err());
    }
}
