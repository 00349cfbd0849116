//! Blender's answers on disk. Whoever asks for the same scene twice, or at the same time, waits for
//! one run of Blender.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::Bridge;
use super::program::{self, BlenderFault};
use crate::ReadFault;
use crate::source::Source;

const SCRIPT: &str = include_str!("../../../../assets/blender/export_scene.py");

const LOOK_INTERVAL: Duration = Duration::from_millis(100);

pub(super) struct Answer {
    pub(super) glb: PathBuf,
    pub(super) summary: PathBuf,
}

/// Blender's answer for a scene, from the cache or fresh.
///
/// # Errors
/// [`ReadFault::Blender`], and a cancel.
pub(super) fn answer(source: &Source<'_>, bridge: &Bridge, extension: &str) -> Result<Answer, ReadFault> {
    let key = key(source, bridge);
    let at = |ending: &str| bridge.cache.join(format!("{key}{ending}"));
    let answer = Answer { glb: at(".glb"), summary: at(".glb.json") };
    let is_there = || answer.glb.is_file() && answer.summary.is_file();
    if is_there() {
        return Ok(answer);
    }
    std::fs::create_dir_all(&bridge.cache).map_err(BlenderFault::Io)?;
    let lock = File::create(at(".lock")).map_err(BlenderFault::Io)?;
    wait_for(&lock, source)?;
    if is_there() {
        return Ok(answer);
    }
    let script = bridge.cache.join(format!("export_scene-{}.py", &hex(&Sha256::digest(SCRIPT))[..16]));
    write_whole(&script, SCRIPT.as_bytes()).map_err(BlenderFault::Io)?;
    // The lock makes this process the only one with this name.
    let part = at(".part.glb");
    let part_summary = at(".part.glb.json");
    let result = with_file(source, &at(&format!(".scene.{extension}")), |scene| {
        program::run(&bridge.program, &script, scene, &part, source.ctx)
    });
    let result = result.and_then(|()| {
        std::fs::rename(&part_summary, &answer.summary).map_err(BlenderFault::Io)?;
        std::fs::rename(&part, &answer.glb).map_err(BlenderFault::Io)?;
        Ok(())
    });
    for rest in [part, part_summary, at(".lock")] {
        let _ = std::fs::remove_file(rest);
    }
    result.map(|()| answer)
}

/// All that Blender's answer hangs on: the scene, the files it names, the script and the program.
fn key(source: &Source<'_>, bridge: &Bridge) -> String {
    let mut hash = Sha256::new();
    hash.update(SCRIPT);
    hash.update(source.bytes);
    let mut add_file = |path: &Path| {
        let metadata = path.metadata().ok();
        let n_bytes = metadata.as_ref().map_or(0, |m| m.len());
        let changed = metadata.and_then(|m| m.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok());
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update(n_bytes.to_le_bytes());
        hash.update(changed.unwrap_or_default().as_nanos().to_le_bytes());
    };
    add_file(&bridge.program);
    for path in source.dependency_paths() {
        add_file(&path);
    }
    hex(&hash.finalize())[..32].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn wait_for(lock: &File, source: &Source<'_>) -> Result<(), ReadFault> {
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => {
                source.ctx.check_cancelled()?;
                source.ctx.stage("waiting for Blender, which converts this scene already");
                std::thread::park_timeout(LOOK_INTERVAL);
            }
            Err(TryLockError::Error(error)) => return Err(BlenderFault::Io(error).into()),
        }
    }
}

/// Lays bytes that come out of an archive down for Blender, as `stand_in`.
fn with_file(
    source: &Source<'_>,
    stand_in: &Path,
    run: impl FnOnce(&Path) -> Result<(), ReadFault>,
) -> Result<(), ReadFault> {
    let path = std::path::absolute(source.path)?;
    let has_extension = path.extension() == stand_in.extension();
    if has_extension && path.metadata().is_ok_and(|m| m.is_file() && m.len() == source.bytes.len() as u64) {
        return run(&path);
    }
    std::fs::write(stand_in, source.bytes).map_err(BlenderFault::Io)?;
    let result = run(stand_in);
    let _ = std::fs::remove_file(stand_in);
    result
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if path.is_file() {
        return Ok(());
    }
    let part = path.with_extension(format!("{}.part", std::process::id()));
    File::create(&part)?.write_all(bytes)?;
    std::fs::rename(&part, path)
}
