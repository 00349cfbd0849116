//! Tags: which Workers may run which jobs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use flamenco::wire::{WorkerTag, WorkerTagChange, WorkerTagList};
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::answer::{Answer, Body, Done, Id, check_id};
use super::workers;
use crate::farm::Farm;
use crate::refusal::Refusal;

fn read(row: &Row<'_>) -> rusqlite::Result<WorkerTag> {
    let description: String = row.get("description")?;
    Ok(WorkerTag {
        id: row.get("uuid")?,
        name: row.get("name")?,
        description: (!description.is_empty()).then_some(description),
    })
}

pub(super) async fn list(State(farm): State<Arc<Farm>>) -> Answer<WorkerTagList> {
    let tags = farm.read(|db| {
        db.prepare_cached("SELECT * FROM worker_tags ORDER BY name")?.query_map([], read)?.collect()
    });
    Ok(Json(WorkerTagList { tags: tags.await? }))
}

pub(super) async fn get(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<WorkerTag> {
    let missing = Refusal::not_found("worker tag", &id);
    let tag = farm.read(move |db| {
        db.prepare_cached("SELECT * FROM worker_tags WHERE uuid = ?")?.query_row([id], read).optional()
    });
    tag.await?.map(Json).ok_or(missing)
}

pub(super) async fn create(
    State(farm): State<Arc<Farm>>,
    Body(mut tag): Body<WorkerTag>,
) -> Answer<WorkerTag> {
    let id = match tag.id.take().filter(|it| !it.is_empty()) {
        Some(id) => check_id(id)?,
        None => Uuid::new_v4().to_string(),
    };
    if tag.name.trim().is_empty() {
        return Err(Refusal::bad_request("a worker tag needs a name"));
    }
    tag.id = Some(id);
    let stored = tag.clone();
    farm.turn(move |turn| {
        let is_taken: bool = turn.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM worker_tags WHERE uuid = ? OR name = ?)",
            params![stored.id, stored.name],
            |row| row.get(0),
        )?;
        if is_taken {
            return Err(Refusal::bad_request(format!("there is a worker tag {:?} already", stored.name)));
        }
        turn.db.execute(
            "INSERT INTO worker_tags (uuid, name, description) VALUES (?, ?, ?)",
            params![stored.id, stored.name, stored.description.unwrap_or_default()],
        )?;
        Ok(())
    })
    .await?;
    Ok(Json(tag))
}

pub(super) async fn update(State(farm): State<Arc<Farm>>, Id(id): Id, Body(tag): Body<WorkerTag>) -> Done {
    farm.turn(move |turn| {
        let is_taken: bool = turn.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM worker_tags WHERE name = ? AND uuid <> ?)",
            params![tag.name, id],
            |row| row.get(0),
        )?;
        if is_taken {
            return Err(Refusal::bad_request(format!("there is a worker tag {:?} already", tag.name)));
        }
        let n_changed = turn.db.execute(
            "UPDATE worker_tags SET name = ?, description = COALESCE(?, description) WHERE uuid = ?",
            params![tag.name, tag.description, id],
        )?;
        if n_changed == 0 { Err(Refusal::not_found("worker tag", &id)) } else { Ok(()) }
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete(State(farm): State<Arc<Farm>>, Id(id): Id) -> Done {
    farm.turn(move |turn| {
        turn.wake_workers();
        let n_deleted = turn.db.execute("DELETE FROM worker_tags WHERE uuid = ?", [&id])?;
        if n_deleted == 0 { Err(Refusal::not_found("worker tag", &id)) } else { Ok(()) }
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces all tags of a Worker.
pub(super) async fn set_of_worker(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(wanted): Body<WorkerTagChange>,
) -> Done {
    workers::change(&farm, id, move |turn, worker| {
        turn.db.execute("DELETE FROM worker_tag_membership WHERE worker_id = ?", [worker.id])?;
        for uuid in &wanted.tag_ids {
            let n_added = turn.db.execute(
                "INSERT OR IGNORE INTO worker_tag_membership (tag_id, worker_id)
                 SELECT id, ? FROM worker_tags WHERE uuid = ?",
                params![worker.id, uuid],
            )?;
            if n_added == 0 {
                return Err(Refusal::bad_request(format!(
                    "there is no worker tag {uuid}, or it is named twice"
                )));
            }
        }
        Ok(())
    })
    .await
}
