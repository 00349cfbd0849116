//! What a process holds.

/// Bytes of memory that `process` alone holds: pages of mapped files can be dropped at any time and
/// do not count where the system tells them apart. `None` where it cannot be told.
#[cfg(target_os = "linux")]
pub(super) fn held_by(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let n_bytes = |name: &str| kilobytes(status.lines().find_map(|line| line.strip_prefix(name))?);
    Some(n_bytes("RssAnon:")? + n_bytes("RssShmem:").unwrap_or(0))
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn held_by(process: u32) -> Option<u64> {
    let output = std::process::Command::new("ps").args(["-o", "rss=", "-p", &process.to_string()]).output();
    kilobytes(&String::from_utf8(output.ok()?.stdout).ok()?)
}

#[cfg(not(unix))]
pub(super) fn held_by(_: u32) -> Option<u64> {
    None
}

/// Half of what the machine has. `None` where it cannot be told.
#[cfg(target_os = "linux")]
pub(super) fn half_of_the_machine() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    Some(kilobytes(info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?)? / 2)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn half_of_the_machine() -> Option<u64> {
    None
}

#[cfg(unix)]
fn kilobytes(text: &str) -> Option<u64> {
    Some(text.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_takes_memory_is_seen_to_hold_it() {
        let before = held_by(std::process::id()).unwrap();
        let taken = vec![1_u8; 64 << 20];
        let after = held_by(std::process::id()).unwrap();
        assert!(after > before + (48 << 20), "{before} {after} {}", taken.len());
        assert!(half_of_the_machine().unwrap() > 64 << 20);
    }
}
