/// Why a picture cannot be shown. The texts carry no name: whoever tells them knows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("its encoding is unknown; save it as PNG")]
    UnknownEncoding,
    /// An encoding, or a kind of it, that nothing here decodes.
    #[error("it is {0}, which is not shown; save it as PNG")]
    NotDecoded(String),
    #[error("it has no pixels; save it again")]
    NoPixels,
    #[error(
        "it says to be {width} x {height} pixels, and at most {max_side_px} a side (1 GiB in all) are shown; save it smaller"
    )]
    TooLarge { width: u32, height: u32, max_side_px: u32 },
    #[error("the {encoding} data is damaged ({cause}); save it again")]
    Damaged { encoding: &'static str, cause: String },
}

impl PictureError {
    pub(crate) fn damaged(encoding: &'static str, cause: impl ToString) -> Self {
        Self::Damaged { encoding, cause: cause.to_string() }
    }

    pub(crate) fn cut_short(encoding: &'static str) -> Self {
        Self::damaged(encoding, "it ends too early")
    }
}
