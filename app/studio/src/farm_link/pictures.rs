//! Pictures that came from a farm, decoded off the UI thread.

use std::sync::Arc;

use farm::FarmSnapshot;
use work::{Lane, Pool};

use crate::loading;
use crate::model::{LastRendered, Model, Request};

/// Pictures of one job that get a preview, and the size of those.
const N_PREVIEWS: usize = 240;
const PREVIEW_PX: u32 = 320;
const LAST_RENDERED_PX: u32 = 1920;

/// One after the other, the job that is looked at first.
pub(super) fn advance_previews(model: &mut Model, looked_at: Option<&str>, pool: &Pool) {
    let mut results: Vec<_> = model.farm.results.iter_mut().collect();
    results.sort_by_key(|it| Some(it.job.as_str()) != looked_at);
    for results in results {
        let pictures = results.files.iter_mut().filter(|f| f.is_picture()).take(N_PREVIEWS);
        for file in pictures {
            file.preview.poll();
            if file.preview.is_idle() {
                let path = file.path.clone();
                let work =
                    pool.spawn(Lane::Bulk, "preview", move |_| loading::picture_of_file(&path, PREVIEW_PX));
                file.preview.start(work);
            }
            if matches!(file.preview, Request::Running { .. }) {
                return;
            }
        }
    }
}

/// The newest picture of the job that is looked at; the one before stays until it is there.
pub(super) fn take_last_rendered(snapshot: Option<&FarmSnapshot>, last: &mut LastRendered, pool: &Pool) {
    last.picture.poll();
    let Some(open) = snapshot.and_then(|it| it.open_job.as_ref()) else { return };
    if last.job != open.id {
        *last = LastRendered { job: open.id.clone(), ..LastRendered::default() };
    }
    let Some(newest) = open.last_rendered.as_ref().map(|it| &it.bytes) else { return };
    if last.bytes.as_ref().is_some_and(|bytes| Arc::ptr_eq(bytes, newest)) || last.picture.is_running() {
        return;
    }
    last.bytes = Some(Arc::clone(newest));
    let bytes = Arc::clone(newest);
    last.picture.start(pool.spawn(Lane::Interactive, "last rendered", move |_| {
        loading::picture_of_bytes(&bytes, LAST_RENDERED_PX)
    }));
}
