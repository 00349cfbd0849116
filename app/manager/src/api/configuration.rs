//! The farm's settings, and whether paths are of use to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::answer::{Answer, Body};
use crate::database::blocking;
use crate::farm::Farm;
use crate::{Audience, settings};

pub(super) async fn file(State(farm): State<Arc<Farm>>) -> Json<Value> {
    Json(settings::as_json(&farm.config, &farm.folders.jobs))
}

#[derive(Deserialize)]
pub(super) struct PathToCheck {
    path: String,
}

#[derive(Serialize)]
pub(super) struct CheckedPath {
    path: String,
    is_usable: bool,
    cause: String,
}

pub(super) async fn check_storage(Body(wanted): Body<PathToCheck>) -> Answer<CheckedPath> {
    Ok(Json(
        blocking(move || {
            let (is_usable, cause) = match usable(&wanted.path) {
                Ok(()) => (true, "the folder can be written to".into()),
                Err(cause) => (false, cause),
            };
            CheckedPath { path: wanted.path, is_usable, cause }
        })
        .await,
    ))
}

fn usable(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("no path is given".into());
    }
    if path.starts_with("\\\\") || path.starts_with("//") {
        return Err("network paths cannot be used; mount the share and give the mounted path".into());
    }
    let folder = Path::new(path);
    if !folder.is_absolute() {
        return Err("give the whole path".into());
    }
    if !folder.is_dir() {
        return Err("there is no such folder".into());
    }
    let probe = folder.join(format!(".kiln-probe-{}", Uuid::new_v4().simple()));
    let written = std::fs::File::create_new(&probe).map(drop).and_then(|()| std::fs::remove_file(&probe));
    written.map_err(|error| format!("the folder cannot be written to: {error}"))
}

#[derive(Serialize)]
pub(super) struct FoundBlender {
    input: String,
    path: String,
    source: &'static str,
    is_usable: bool,
    cause: String,
}

/// What the variable `blender` names here. Nothing is started.
pub(super) async fn find_blender(State(farm): State<Arc<Farm>>) -> Json<Vec<FoundBlender>> {
    let named =
        farm.config.variables.expand(Audience::Workers, crate::variables::MANAGER_PLATFORM, "{blender}");
    let found = blocking(move || look_for(&named)).await;
    Json(if found.is_usable { vec![found] } else { Vec::new() })
}

pub(super) async fn check_blender(Body(wanted): Body<PathToCheck>) -> Answer<FoundBlender> {
    Ok(Json(blocking(move || look_for(&wanted.path)).await))
}

fn look_for(input: &str) -> FoundBlender {
    let name = Path::new(input);
    let is_bare = name.components().count() == 1;
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found: Option<PathBuf> = match is_bare {
        true => std::env::split_paths(&folders).map(|it| it.join(name)).find(|it| is_program(it)),
        false => Some(name.to_owned()).filter(|it| it.is_absolute() && is_program(it)),
    };
    FoundBlender {
        input: input.into(),
        path: found.as_deref().unwrap_or(name).to_string_lossy().into_owned(),
        source: if is_bare { "path_envvar" } else { "input_path" },
        is_usable: found.is_some(),
        cause: match found {
            Some(_) => "a program is there".into(),
            None => "no program is there".into(),
        },
    }
}

fn is_program(path: &Path) -> bool {
    let Ok(found) = path.metadata() else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    found.is_file() && may_run
}
