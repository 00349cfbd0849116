use std::fmt;
use std::path::PathBuf;

/// What was put right or passed over while reading; the model is usable all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadWarning {
    /// The content says one format, the file name another; the content was believed.
    WrongExtension { format: &'static str, path: PathBuf },
    /// A texture that is named and not there. `named` is the file's own wording.
    MissingPicture { named: String, path: PathBuf },
    /// A picture that is there, in an encoding that no part of Kiln shows yet.
    UnknownPicture { named: String, encoding: &'static str },
    /// A material library that is named and not there.
    MissingMaterials { path: PathBuf },
    /// Vertices with a coordinate that is no number or infinite.
    NonFinitePositions { mesh: String, n_vertices: usize },
    /// A sound file without any mesh in it.
    NothingToShow,
    /// Parts of the file that make no sense and were left out.
    Skipped { what: &'static str, n: usize, reason: &'static str },
    /// Something was read in spite of the file, in words.
    Repaired(String),
    /// An extension whose effect is missing from what is shown.
    ExtensionIgnored { extension: String },
}

impl fmt::Display for ReadWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongExtension { format, path } => {
                write!(f, "the content is {format}, whatever the name says; rename it: {}", path.display())
            }
            Self::MissingPicture { named, path } => {
                write!(f, "the texture {named} is missing; put it beside the model: {}", path.display())
            }
            Self::UnknownPicture { named, encoding } => {
                write!(f, "a texture is {encoding}, which is not shown yet; save it as PNG: {named}")
            }
            Self::MissingMaterials { path } => {
                write!(f, "the material library is missing; put it beside the model: {}", path.display())
            }
            Self::NonFinitePositions { mesh, n_vertices } => {
                write!(f, "{n_vertices} vertices have no finite position in {mesh}")
            }
            Self::NothingToShow => f.write_str("the file holds no mesh; was everything exported?"),
            Self::Skipped { what, n, reason } => write!(f, "{n} {what} left out: {reason}"),
            Self::Repaired(what) => f.write_str(what),
            Self::ExtensionIgnored { extension } => {
                write!(f, "the file uses {extension}, whose effect is not shown yet")
            }
        }
    }
}
