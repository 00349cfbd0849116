/// Points Mesa's shader cache into our own cache folder: software Vulkan compiles shaders at the
/// first draw, and `HOME` may not be writable on a render node. A value that is set already holds.
#[allow(unsafe_code, reason = "the environment can only be changed before threads start")]
pub(crate) fn point_into_our_cache() {
    const NAME: &str = "MESA_SHADER_CACHE_DIR";
    if std::env::var_os(NAME).is_none()
        && let Ok(home) = farm::Home::find()
    {
        // SAFETY: the first statement of `main`; no other thread runs yet.
        unsafe { std::env::set_var(NAME, home.cache().join("shaders")) };
    }
}
