use std::path::PathBuf;

/// Why nothing could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error(
        "no graphics adapter was found. Install the graphics card's Vulkan driver, or the software one \
         (Debian, Ubuntu: apt install mesa-vulkan-drivers; Fedora, Rocky: dnf install mesa-vulkan-drivers)"
    )]
    NoAdapter,
    #[error(
        "the graphics adapter {adapter} gave no device: {message}. Update its driver, or try the software one (mesa-vulkan-drivers)"
    )]
    NoDevice { adapter: String, message: String },
    /// The scene or the picture is beyond what the device holds.
    #[error(
        "{what} is too large for this graphics device ({n_bytes} bytes, at most {limit}). Simplify the model or ask for a smaller picture"
    )]
    TooLarge { what: &'static str, n_bytes: u64, limit: u64 },
    #[error(
        "the graphics device ran out of memory. Close other programs, simplify the model or ask for a smaller picture"
    )]
    OutOfMemory,
    #[error(
        "pictures of {width_px} x {height_px} pixels are not possible here: each side must be 1 to {limit_px}"
    )]
    PictureSize { width_px: u32, height_px: u32, limit_px: u32 },
    /// Reading a picture back failed, or the device was lost.
    #[error("the graphics device stopped answering: {0}. Update its driver, or start again")]
    Device(String),
}

impl RenderError {
    pub(crate) fn lost() -> Self {
        Self::Device("it was lost".into())
    }
}

/// What is missing from a picture that could still be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderWarning {
    #[error("image {image} cannot be decoded and is drawn as a plain colour: {cause}")]
    ImageUndecodable { image: String, cause: String },
    #[error("image is missing and drawn as a plain colour; put it back beside the model: {0}")]
    ImageMissing(String),
    #[error("image cannot be read and is drawn as a plain colour: {cause}: {path}")]
    ImageUnreadable { path: PathBuf, cause: String },
    #[error(
        "the model is too large for this graphics device and is shown simplified: {n_triangles} triangles, textures of at most {max_texture_px} pixels"
    )]
    Reduced { n_triangles: usize, max_texture_px: u32 },
    #[error(
        "{0} textures would fill the graphics card and are shown packed (BC7): a quarter of the memory, nearly the same picture"
    )]
    TexturesPacked(usize),
    #[error("{n_triangles} triangles of mesh {mesh} have corners that are not numbers and are left out")]
    NotFinite { mesh: String, n_triangles: usize },
    #[error(
        "the graphics device has no room for texture {slot} of material {material}, which is drawn without it"
    )]
    TextureLeftOut { material: String, slot: &'static str },
    #[error("{0} of the file's weakest lights are left out")]
    LightsLeftOut(usize),
}
