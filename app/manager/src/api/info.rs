use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use flamenco::discovery::ssdp;
use flamenco::wire::{
    Audience, Configuration, FarmStatus, FarmStatusReport, FlamencoVersion, JobStatus, SharedStorageLocation,
    Variable, Variables, WorkerStatus,
};

use super::answer::{Answer, Segments};
use crate::farm::Farm;
use crate::records::{JobRow, WorkerRow};
use crate::refusal::Refusal;

/// The newest release of Flamenco that this Manager was compared with. The Blender add-on warns when
/// it differs from its own.
const FLAMENCO_VERSION: &str = "3.8.5";

pub(super) async fn version(State(farm): State<Arc<Farm>>) -> Json<FlamencoVersion> {
    Json(FlamencoVersion {
        version: format!("{FLAMENCO_VERSION} (Kiln {})", env!("CARGO_PKG_VERSION")),
        shortversion: FLAMENCO_VERSION.into(),
        name: farm.config.name.clone(),
        git: format!("kiln-{}", env!("CARGO_PKG_VERSION")),
    })
}

/// For those who found the farm by a search.
pub(super) async fn description(State(farm): State<Arc<Farm>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], ssdp::description(&farm.config.name))
}

pub(super) async fn configuration(State(farm): State<Arc<Farm>>) -> Json<Configuration> {
    Json(Configuration {
        storage_location: farm.folders.jobs.to_string_lossy().into_owned(),
        shaman_enabled: true,
        is_first_run: false,
    })
}

pub(super) async fn shared_storage(
    State(farm): State<Arc<Farm>>,
    Segments((audience, platform)): Segments<(String, String)>,
) -> Answer<SharedStorageLocation> {
    let audience = known(&audience)?;
    let location = farm.config.variables.expand(audience, &platform, "{jobs}");
    Ok(Json(SharedStorageLocation { location, audience, platform, shaman_enabled: true }))
}

pub(super) async fn variables(
    State(farm): State<Arc<Farm>>,
    Segments((audience, platform)): Segments<(String, String)>,
) -> Answer<Variables> {
    let resolved = farm.config.variables.resolve(known(&audience)?, &platform);
    let wire = |it: crate::variables::Resolved| Variable { value: it.value, is_twoway: it.is_twoway };
    Ok(Json(resolved.into_iter().map(|(name, it)| (name, wire(it))).collect()))
}

fn known(audience: &str) -> Result<Audience, Refusal> {
    match Audience::from_word(audience) {
        known @ (Audience::Users | Audience::Workers) => Ok(known),
        _ => Err(Refusal::bad_request(format!("the audience is users or workers, not {audience:?}"))),
    }
}

pub(super) async fn farm_status(State(farm): State<Arc<Farm>>) -> Answer<FarmStatusReport> {
    let status = farm
        .read(|db| {
            let jobs = JobRow::in_status(db, &[JobStatus::Active, JobStatus::Queued])?;
            let workers = WorkerRow::all(db)?;
            let n_active = jobs.iter().filter(|it| it.status == JobStatus::Active).count();
            let workers: Vec<WorkerStatus> = workers.iter().map(|it| it.status).collect();
            Ok(in_one_word(n_active, jobs.len(), &workers))
        })
        .await?;
    Ok(Json(FarmStatusReport { status }))
}

fn in_one_word(n_active: usize, n_unfinished: usize, workers: &[WorkerStatus]) -> FarmStatus {
    use WorkerStatus::{Asleep, Awake, Error, Offline, Registered};
    let is_awake = workers.contains(&Awake);
    if workers.iter().all(|it| matches!(it, Offline | Error | Registered)) {
        FarmStatus::Inoperative
    } else if n_active > 0 && is_awake {
        FarmStatus::Active
    } else if n_unfinished > 0 {
        FarmStatus::Waiting
    } else if !is_awake && workers.contains(&Asleep) {
        FarmStatus::Asleep
    } else {
        FarmStatus::Idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farm_in_one_word() {
        use WorkerStatus::{Asleep, Awake, Error, Offline};
        for (n_active, n_unfinished, workers, expect) in [
            (0, 0, &[][..], FarmStatus::Inoperative),
            (1, 1, &[Offline, Error], FarmStatus::Inoperative),
            (1, 1, &[Awake, Offline], FarmStatus::Active),
            (1, 1, &[Asleep], FarmStatus::Waiting),
            (0, 1, &[Awake], FarmStatus::Waiting),
            (0, 0, &[Asleep, Offline], FarmStatus::Asleep),
            (0, 0, &[Asleep, Awake], FarmStatus::Idle),
        ] {
            assert_eq!(in_one_word(n_active, n_unfinished, workers), expect, "{workers:?}");
        }
    }
}
