//! Each topic has its file; what they share is here.

mod accessors;
mod compression;
mod documents;
mod materials;
mod primitives;
mod rich_scene;
mod scenes;
mod writing;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use glam::{Mat4, Quat, Vec2, Vec3, Vec4};
use scene::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use work::WorkCtx;

use super::write_glb;
use crate::{Import, ReadError, ReadFault, ReadWarning, read};

fn save(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Import, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    read(&save(&folder, name, bytes), &WorkCtx::quiet())
}

/// A document with one buffer inside; views and accessors are the test's own.
fn document(buffer: &[u8], rest: Value) -> Vec<u8> {
    let uri = format!("data:application/octet-stream;base64,{}", STANDARD.encode(buffer));
    let mut document = json!({
        "asset": { "version": "2.0" },
        "buffers": [{ "byteLength": buffer.len(), "uri": uri }],
        "scenes": [{ "nodes": [0] }],
        "nodes": [{ "mesh": 0 }],
    });
    for (name, value) in rest.as_object().unwrap() {
        document[name] = value.clone();
    }
    document.to_string().into_bytes()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn cause(result: Result<Import, ReadError>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}
