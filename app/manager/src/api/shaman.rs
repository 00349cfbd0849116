use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use flamenco::wire::{
    ShamanCheckout, ShamanCheckoutResult, ShamanFile, ShamanFileStatus, ShamanFileWithStatus,
    ShamanRequirements, ShamanRequirementsAnswer, ShamanSingleFileStatus,
};
use futures_util::StreamExt;
use rusqlite::params;

use super::answer::{Answer, Body, Done, Segments};
use crate::clock::Moment;
use crate::database::blocking;
use crate::farm::Farm;
use crate::refusal::Refusal;
use crate::shaman::{CheckoutError, CheckoutPath, Content, FilePath, NameError, UploadError};

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<CheckoutError> for Refusal {
    fn from(error: CheckoutError) -> Self {
        let status = match &error {
            CheckoutError::Name(_) | CheckoutError::Doubled(_) => StatusCode::BAD_REQUEST,
            CheckoutError::NotStored(_) => StatusCode::FAILED_DEPENDENCY,
            CheckoutError::NoName(_) => StatusCode::CONFLICT,
            CheckoutError::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<UploadError> for Refusal {
    fn from(error: UploadError) -> Self {
        let status = match &error {
            UploadError::Size { .. } | UploadError::Checksum { .. } => StatusCode::EXPECTATION_FAILED,
            UploadError::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

fn parse(file: &ShamanFile) -> Result<(Content, FilePath), NameError> {
    Ok((Content::parse(&file.sha, file.size)?, FilePath::parse(&file.path)?))
}

pub(super) async fn requirements(
    State(farm): State<Arc<Farm>>,
    Body(wanted): Body<ShamanRequirements>,
) -> Answer<ShamanRequirementsAnswer> {
    let files = blocking(move || {
        let mut seen = HashSet::new();
        let mut missing = Vec::new();
        for file in wanted.files {
            let (content, _) = parse(&file)?;
            let status = farm.shaman.status(&content);
            if status != ShamanFileStatus::Stored && seen.insert(content) {
                missing.push(ShamanFileWithStatus {
                    sha: file.sha,
                    size: file.size,
                    path: file.path,
                    status,
                });
            }
        }
        Ok::<_, Refusal>(missing)
    });
    Ok(Json(ShamanRequirementsAnswer { files: files.await? }))
}

pub(super) async fn status(
    State(farm): State<Arc<Farm>>,
    Segments((sha, size)): Segments<(String, u64)>,
) -> Answer<ShamanSingleFileStatus> {
    let content = Content::parse(&sha, size)?;
    let status = blocking(move || farm.shaman.status(&content)).await;
    Ok(Json(ShamanSingleFileStatus { status }))
}

pub(super) async fn upload(
    State(farm): State<Arc<Farm>>,
    Segments((sha, size)): Segments<(String, u64)>,
    headers: HeaderMap,
    request: Request,
) -> Done {
    let content = Content::parse(&sha, size)?;
    let can_defer = headers
        .get("x-shaman-can-defer-upload")
        .is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"true"));
    let status = blocking({
        let (farm, content) = (Arc::clone(&farm), content.clone());
        move || farm.shaman.status(&content)
    });
    match status.await {
        ShamanFileStatus::Stored => return Ok(StatusCode::ALREADY_REPORTED),
        ShamanFileStatus::Uploading if can_defer => {
            return Err(Refusal::new(StatusCode::TOO_EARLY, "somebody else is sending this file now"));
        }
        _ => {}
    }
    let mut incoming = farm.shaman.receive(content).await.map_err(UploadError::from)?;
    let mut body = request.into_body().into_data_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| Refusal::bad_request(format!("the upload broke off: {error}")))?;
        incoming.write(&chunk).await?;
    }
    incoming.finish().await?;
    Ok(StatusCode::OK)
}

pub(super) async fn create(
    State(farm): State<Arc<Farm>>,
    Body(wanted): Body<ShamanCheckout>,
) -> Answer<ShamanCheckoutResult> {
    let wish = CheckoutPath::parse(&wanted.checkout_path)?;
    let files = wanted.files.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    refuse_inside_another(&farm, &wish).await?;
    let made = blocking({
        let farm = Arc::clone(&farm);
        move || farm.shaman.check_out(&wish, &files)
    });
    let checkout_path = made.await?.as_str().to_owned();
    farm.turn({
        let path = checkout_path.clone();
        move |turn| {
            turn.db.execute(
                "INSERT OR IGNORE INTO shaman_checkouts (path, created) VALUES (?, ?)",
                params![path, Moment::now()],
            )?;
            Ok(())
        }
    })
    .await?;
    Ok(Json(ShamanCheckoutResult { checkout_path }))
}

/// One job's inputs must not go away with another's.
async fn refuse_inside_another(farm: &Farm, wish: &CheckoutPath) -> Result<(), Refusal> {
    let parents: Vec<String> =
        wish.as_str().match_indices('/').map(|(end, _)| wish.as_str()[..end].to_owned()).collect();
    let taken = farm.read(move |db| {
        let mut find = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM shaman_checkouts WHERE path = ?)")?;
        for parent in parents {
            if find.query_row([&parent], |row| row.get(0))? {
                return Ok(Some(parent));
            }
        }
        Ok(None)
    });
    match taken.await? {
        Some(parent) => Err(Refusal::bad_request(format!("{parent:?} is another job's checkout"))),
        None => Ok(()),
    }
}
