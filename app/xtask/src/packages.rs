//! System packages: what a fresh Debian 12 lacks, installed by apt; elsewhere said in words.

use std::path::Path;
use std::process::{Command, Stdio};

/// What building needs beside Rust: C for SQLite, QuickJS, ufbx and ring, C++ for meshoptimizer.
pub(crate) const BUILD: &[&str] = &["g++", "gcc", "libc6-dev"];

/// Software Vulkan and its loader: pictures on machines without a GPU.
pub(crate) const PICTURES: &[&str] = &["libvulkan1", "mesa-vulkan-drivers"];

/// What the toolkit loads at run time, and the file dialog where no desktop portal answers.
pub(crate) const WINDOW: &[&str] = &[
    "libwayland-client0",
    "libx11-6",
    "libx11-xcb1",
    "libxcursor1",
    "libxi6",
    "libxkbcommon-x11-0",
    "libxkbcommon0",
    "libxrandr2",
    "zenity",
];

/// A screen that is not there, and a hand for its mouse.
pub(crate) const SCREEN: &[&str] = &["xdotool", "xvfb"];

/// Makes networks for tests that need two machines.
pub(crate) const NETWORK: &[&str] = &["iproute2"];

/// Opens what only it opens; its exporter counts with numpy.
pub(crate) const BLENDER: &[&str] = &["blender", "python3-numpy"];

/// Installs the missing ones on Debian and its kin. Elsewhere says what is needed and goes on.
pub(crate) fn need(groups: &[&[&str]]) -> Result<(), String> {
    let wanted: Vec<&str> = groups.iter().flat_map(|group| group.iter().copied()).collect();
    if !Path::new("/etc/debian_version").exists() {
        if cfg!(target_os = "linux") {
            eprintln!("Not Debian. Please see to the equivalents of: {}", wanted.join(" "));
        }
        return Ok(());
    }
    let missing: Vec<&str> = wanted.into_iter().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let as_root = is_root();
    if !as_root && !has_sudo() {
        eprintln!(
            "Please install as root, then start again if something is missing:\n  apt-get install {}",
            missing.join(" ")
        );
        return Ok(());
    }
    eprintln!("Installing {}", missing.join(" "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(if as_root { "apt-get" } else { "sudo" });
        if !as_root {
            command.arg("apt-get");
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-y", "-o", "Dpkg::Use-Pty=0"]);
        // Standard output belongs to the result of `run --headless`.
        command.args(arguments).stdout(Stdio::null());
        super::shell::run(&mut command)
    };
    // The lists of a fresh machine may be missing or old; packages may be there all the same.
    let updated = apt(&["update"]);
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(&missing);
    apt(&install).map_err(|error| match updated {
        Ok(()) => format!("{error}\nPlease install by hand: {}", missing.join(" ")),
        Err(update) => format!("{error} (updating the package lists failed too: {update})"),
    })
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]).output();
    query.is_ok_and(|output| output.stdout == b"installed")
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn has_sudo() -> bool {
    let quiet =
        Command::new("sudo").args(["-n", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
