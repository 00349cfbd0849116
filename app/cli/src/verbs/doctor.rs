use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::Outcome;

/// Exits with 0 as long as Kiln itself can work here; what only some jobs need may be missing.
#[derive(Args)]
pub(crate) struct Doctor {
    #[arg(long)]
    json: bool,
}

/// One thing Kiln looks for.
#[derive(Serialize)]
struct Finding {
    what: &'static str,
    found: bool,
    /// Where or which version; or what is missing without it and how to get it.
    detail: String,
    /// Nothing works without it.
    required: bool,
}

impl Doctor {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let findings = vec![graphics(), home(), farm(), blender(), ffmpeg(), dialog()];
        if self.json {
            println!("{}", serde_json::to_string_pretty(&findings)?);
        } else {
            for finding in &findings {
                let mark = match (finding.found, finding.required) {
                    (true, _) => "found  ",
                    (false, true) => "MISSING",
                    (false, false) => "absent ",
                };
                println!("{mark}  {:<12} {}", finding.what, finding.detail);
            }
        }
        let is_well = findings.iter().all(|f| f.found || !f.required);
        Ok(if is_well { Outcome::Done } else { Outcome::SomeFailed })
    }
}

fn graphics() -> Finding {
    let (found, detail) = match render::Gpu::headless() {
        Ok(gpu) => (true, gpu.description()),
        Err(error) => (false, error.to_string()),
    };
    Finding { what: "graphics", found, detail, required: true }
}

fn home() -> Finding {
    let (found, detail) = match farm::Home::find() {
        Ok(home) => (true, format!("data in {}, cache in {}", home.data().display(), home.cache().display())),
        Err(error) => (false, error.to_string()),
    };
    Finding { what: "home", found, detail, required: true }
}

fn farm() -> Finding {
    let address = farm::Home::find().and_then(|home| {
        let running = work::runtime().block_on(farm::Farm::running(&home))?;
        Ok(if running.is_some() { farm::FarmJson::read(&home)? } else { None })
    });
    let (found, detail) = match address {
        Ok(Some(farm)) => (true, format!("runs at {} (process {})", farm.url, farm.pid)),
        Ok(None) => (false, "does not run; the first job starts it".into()),
        Err(error) => (false, error.to_string()),
    };
    Finding { what: "farm", found, detail, required: false }
}

fn blender() -> Finding {
    let found = formats::find_blender();
    let version = found.as_deref().and_then(formats::blender_version);
    let detail = match (&found, &version) {
        (Some(path), Some(version)) => format!("{version}  {}", path.display()),
        (Some(path), None) => format!("does not start: {}", path.display()),
        (None, _) => "Blender opens .abc and .x3d, poses and modifiers of .blend; `apt install blender \
                      python3-numpy`, `brew install --cask blender` or blender.org/download; or name it \
                      in KILN_BLENDER"
            .into(),
    };
    Finding { what: "blender", found: version.is_some(), detail, required: false }
}

fn ffmpeg() -> Finding {
    program("ffmpeg", &["ffmpeg"], "ffmpeg makes videos of frames; `apt install ffmpeg`")
}

fn dialog() -> Finding {
    if !cfg!(target_os = "linux") {
        return Finding {
            what: "file dialog",
            found: true,
            detail: "the system's own".into(),
            required: false,
        };
    }
    let how = "the window asks for files through a desktop portal or zenity; `apt install zenity`";
    program("file dialog", &["xdg-desktop-portal", "zenity"], how)
}

fn program(what: &'static str, names: &[&str], how: &str) -> Finding {
    let found = names.iter().find_map(|name| on_path(name));
    let detail = found.as_ref().map_or_else(|| how.to_owned(), |path| version(path.as_path()));
    Finding { what, found: found.is_some(), detail, required: false }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let more = ["/usr/libexec", "/usr/lib"].map(PathBuf::from);
    std::env::split_paths(&path).chain(more).map(|folder| folder.join(&file)).find(|p| p.is_file())
}

/// The program's own first line about itself, or just where it is.
fn version(path: &Path) -> String {
    let argument = if path.ends_with("ffmpeg") { "-version" } else { "--version" };
    let output = Command::new(path).arg(argument).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let first: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
    format!("{first}  {}", path.display()).trim_start().to_owned()
}
