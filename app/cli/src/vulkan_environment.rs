//! What Mesa's Vulkan drivers read from the environment, set before the first thread starts. What
//! the user has set already holds.

/// Points the shader cache into our own cache folder, because software Vulkan compiles shaders at
/// the first draw and `HOME` may not be writable on a render node; and keeps Mesa's device chooser
/// from looking for a desktop where there is none, which costs time and prints two errors.
pub(crate) fn prepare() {
    if let Ok(home) = farm::Home::find() {
        let folder = home.cache().join("shaders");
        // Without a cache everything works, only slower.
        let _ = std::fs::create_dir_all(&folder);
        set_default("MESA_SHADER_CACHE_DIR", folder.as_os_str());
    }
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        set_default("NODEVICE_SELECT", "1".as_ref());
    }
}

#[allow(unsafe_code, reason = "the environment can only be changed before threads start")]
fn set_default(name: &str, value: &std::ffi::OsStr) {
    if std::env::var_os(name).is_none() {
        // SAFETY: called from the first statement of `main`; no other thread runs yet.
        unsafe { std::env::set_var(name, value) };
    }
}
