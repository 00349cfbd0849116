use std::fmt;
use std::path::PathBuf;

/// What was put right or passed over while reading; the model is usable all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadWarning {
    /// The content says one format, the file name another; the content was believed.
    WrongExtension { format: &'static str, extension: &'static str, path: PathBuf },
    /// An archive holds more than the model that is shown. Paths as [`crate::Opened`] has them.
    FurtherModels { shown: String, others: Vec<PathBuf> },
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
    /// A Blender file as it was modelled, and what of it only Blender works out, in words.
    AsModelled { left_out: String },
    /// A Blender that is there and could not open its own file.
    BlenderFailed { cause: String },
    /// An extension whose effect is missing from what is shown, with what that is.
    ExtensionIgnored { extension: String, lost: &'static str },
}

impl fmt::Display for ReadWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongExtension { format, extension, path } => {
                let path = path.display();
                write!(
                    f,
                    "the content is {format}, whatever the name says; rename it to .{extension}: {path}"
                )
            }
            Self::FurtherModels { shown, others } => further_models(f, shown, others),
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
            Self::AsModelled { left_out } => {
                write!(f, "shown as modelled, where Blender (blender.org/download) shows more: {left_out}")
            }
            Self::BlenderFailed { cause } => {
                write!(f, "shown as modelled, for Blender could not open it: {cause}")
            }
            Self::ExtensionIgnored { extension, lost } => {
                write!(f, "the file uses {extension}, which is not read; what is lost: {lost}")
            }
        }
    }
}

fn further_models(f: &mut fmt::Formatter<'_>, shown: &str, others: &[PathBuf]) -> fmt::Result {
    const N_NAMED: usize = 4;
    write!(
        f,
        "of the archive's {} models {shown} is shown; open the others by their paths: ",
        others.len() + 1
    )?;
    let named: Vec<_> = others.iter().take(N_NAMED).map(|path| path.display().to_string()).collect();
    f.write_str(&named.join(", "))?;
    match others.len().saturating_sub(N_NAMED) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
