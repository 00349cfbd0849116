//! KTX2 with Basis Universal (KHR_texture_basisu), made by a program that people have installed.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use work::WorkCtx;

/// What the picture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KtxKind {
    /// sRGB; ETC1S, the smallest.
    Color,
    /// Linear; UASTC, packed by zstd, as normal maps show every loss.
    Data,
}

/// A program that makes KTX2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KtxEncoder {
    program: PathBuf,
    words: Words,
}

/// Whose options the program takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    /// `ktx create` of KTX-Software from 4.3 on.
    Ktx,
    /// Of KTX-Software before that.
    Toktx,
    /// Of Basis Universal itself.
    Basisu,
}

/// Names the program to use; its word is final.
const VARIABLE: &str = "KILN_KTX_ENCODER";
const PROGRAMS: [(&str, Words); 3] =
    [("ktx", Words::Ktx), ("toktx", Words::Toktx), ("basisu", Words::Basisu)];

/// Nobody waits longer for one picture.
const TIME_LIMIT: Duration = Duration::from_secs(10 * 60);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

impl KtxEncoder {
    pub(crate) const NOT_FOUND: &str = "no KTX2 encoder is found, so pictures keep their encoding; \
        install KTX-Software (ktx, toktx) or Basis Universal (basisu), or name the program in \
        KILN_KTX_ENCODER, and convert again";

    /// The one that the variable names, or the first on the PATH.
    pub(crate) fn find() -> Option<Self> {
        if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
            return Self::of(PathBuf::from(named));
        }
        let folders = std::env::var_os("PATH")?;
        let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
        PROGRAMS.iter().find_map(|(name, _)| {
            let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            folders.iter().find_map(|folder| Self::of(folder.join(&file)))
        })
    }

    fn of(program: PathBuf) -> Option<Self> {
        let stem = program.file_stem().and_then(OsStr::to_str)?.to_ascii_lowercase();
        let words = PROGRAMS.iter().find(|(name, _)| *name == stem)?.1;
        program.is_file().then_some(Self { program, words })
    }

    /// With all mipmaps, rows from the top.
    ///
    /// # Errors
    /// What the program said when it made nothing.
    pub(crate) fn encode(&self, png: &[u8], kind: KtxKind, ctx: &WorkCtx) -> Result<Vec<u8>, String> {
        let failed = |cause: String| {
            format!("{} made no KTX2 ({cause}); pictures keep theirs", self.program.display())
        };
        let io = |error: std::io::Error| failed(error.to_string());
        let folder = tempfile::tempdir().map_err(io)?;
        let [input, output, words] = ["in.png", "out.ktx2", "words"].map(|name| folder.path().join(name));
        std::fs::write(&input, png).map_err(io)?;
        let told = File::create(&words).map_err(io)?;
        let mut command = Command::new(&self.program);
        self.arguments(&mut command, kind, &input, &output);
        command.current_dir(folder.path()).stdin(Stdio::null());
        command.stdout(told.try_clone().map_err(io)?).stderr(told);
        let ended_well = wait(Running(command.spawn().map_err(io)?), ctx).map_err(io)?;
        match std::fs::read(&output) {
            Ok(bytes) if ended_well && picture::sniff(&bytes) == "image/ktx2" => Ok(bytes),
            _ => Err(failed(last_words(&words))),
        }
    }

    fn arguments(&self, command: &mut Command, kind: KtxKind, input: &Path, output: &Path) {
        match (self.words, kind) {
            (Words::Ktx, KtxKind::Color) => command.args([
                "create",
                "--format",
                "R8G8B8A8_SRGB",
                "--encode",
                "basis-lz",
                "--generate-mipmap",
                "--assign-tf",
                "srgb",
            ]),
            (Words::Ktx, KtxKind::Data) => command.args([
                "create",
                "--format",
                "R8G8B8A8_UNORM",
                "--encode",
                "uastc",
                "--zstd",
                "18",
                "--generate-mipmap",
                "--assign-tf",
                "linear",
                "--assign-primaries",
                "none",
            ]),
            (Words::Toktx, KtxKind::Color) => command
                .args(["--t2", "--genmipmap", "--encode", "etc1s", "--assign_oetf", "srgb"])
                .args(["--assign_primaries", "bt709"])
                .arg(output),
            (Words::Toktx, KtxKind::Data) => command
                .args(["--t2", "--genmipmap", "--encode", "uastc", "--zcmp", "18"])
                .args(["--assign_oetf", "linear", "--assign_primaries", "none"])
                .arg(output),
            (Words::Basisu, KtxKind::Color) => {
                command.args(["-ktx2", "-mipmap", "-output_file"]).arg(output).arg("-file")
            }
            (Words::Basisu, KtxKind::Data) => command
                .args(["-ktx2", "-mipmap", "-linear", "-uastc", "-output_file"])
                .arg(output)
                .arg("-file"),
        };
        command.arg(input);
        if self.words == Words::Ktx {
            command.arg(output);
        }
    }
}

/// Ends when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended by itself where these fail.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether it ended well.
fn wait(mut running: Running, ctx: &WorkCtx) -> std::io::Result<bool> {
    let started = Instant::now();
    // Nobody ever sends: this is a pause that needs no signal.
    let (_keep, pause) = sync_channel::<()>(0);
    loop {
        if let Some(status) = running.0.try_wait()? {
            return Ok(status.success());
        }
        if ctx.is_cancelled() || started.elapsed() > TIME_LIMIT {
            return Ok(false);
        }
        let _ = pause.recv_timeout(LOOK_INTERVAL);
    }
}

fn last_words(file: &Path) -> String {
    let text = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    line.map_or_else(|| "it said nothing".into(), |line| line.chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            KtxEncoder::of(path).map(|encoder| encoder.words)
        };
        assert_eq!(place("toktx"), Some(Words::Toktx));
        assert_eq!(place("basisu.exe"), Some(Words::Basisu));
        assert_eq!(place("ktxinfo"), None);
        assert!(KtxEncoder::of(folder.path().join("ktx")).is_none(), "it is not there");
    }

    /// A stand-in that says why it makes nothing.
    #[cfg(unix)]
    #[test]
    fn a_program_that_fails_is_quoted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("basisu");
        std::fs::write(&path, "#!/bin/sh\necho first\necho no room left >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let encoder = KtxEncoder::of(path).unwrap();
        let told = encoder.encode(b"", KtxKind::Color, &WorkCtx::quiet()).unwrap_err();
        assert!(told.contains("(no room left)"), "{told}");
    }
}
