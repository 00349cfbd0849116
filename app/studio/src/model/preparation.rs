use std::path::PathBuf;
use std::sync::Arc;

use farm::{FileToSend, Rehearsal};
use formats::RenderSetup;

use super::Request;

/// What is found out about a job before it is sent.
#[derive(Default)]
pub struct Preparation {
    pub scene: SceneFile,
    pub check: Check,
    /// Only while somebody looks at the list.
    pub files: Request<Arc<[FileToSend]>>,
    /// Only while somebody looks at it.
    pub plan: Plan,
    /// Where the farm would keep the frames.
    pub storage: String,
}

/// What the chosen scene file says about being rendered.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SceneFile {
    /// There is none, or the job type does not ask.
    #[default]
    None,
    Reading(PathBuf),
    /// `None`: it says nothing about rendering.
    Read(PathBuf, Option<Arc<RenderSetup>>),
    Failed(PathBuf, String),
}

impl SceneFile {
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::None => None,
            Self::Reading(path) | Self::Read(path, _) | Self::Failed(path, _) => Some(path),
        }
    }

    pub fn setup(&self) -> Option<&RenderSetup> {
        match self {
            Self::Read(_, setup) => setup.as_deref(),
            _ => None,
        }
    }
}

/// Whether the farm would take the form as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// The form is not complete, or nobody could be asked.
    #[default]
    Unasked,
    Asking,
    Fine,
    /// In the farm's words.
    Refused(String),
}

/// What the farm would make of the form.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Plan {
    /// The form is not complete, or nobody looks.
    #[default]
    Unasked,
    Asking,
    Told(Arc<Rehearsal>),
    /// Only farms of Kiln tell it.
    Untold,
    Failed(String),
}
