use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{FarmError, Home, Submission, slug};

const MAX_NUMBER: u32 = 10_000;

/// Makes the folder that a submission's results go to. A wish is taken as it is; without one, a new
/// folder beside the first model, or in our own data where nothing can be written there.
pub(crate) fn make(home: &Home, submission: &Submission, wish: Option<&Path>) -> Result<PathBuf, FarmError> {
    if let Some(folder) = wish {
        std::fs::create_dir_all(folder)
            .map_err(FarmError::file("the results folder cannot be made", folder))?;
        return Ok(folder.to_owned());
    }
    let name = slug::folder_name(&submission.name);
    let beside = submission.models.first().and_then(|model| model.parent());
    if let Some(folder) = beside {
        match make_new(&folder.join("kiln-results").join(&name)) {
            Ok(made) => return Ok(made),
            Err(error)
                if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {}
            Err(error) => return Err(FarmError::file("the results folder cannot be made", folder)(error)),
        }
    }
    let own = home.data().join("results").join(&name);
    make_new(&own).map_err(FarmError::file("the results folder cannot be made", &own))
}

/// The same folder with a number, for when a different file lies where a result belongs.
pub(crate) fn make_numbered(folder: &Path) -> Result<PathBuf, FarmError> {
    let made = (2..MAX_NUMBER).find_map(|number| create(&with_number(folder, number)).transpose());
    made.unwrap_or_else(|| Err(ErrorKind::AlreadyExists.into()))
        .map_err(FarmError::file("no further results folder can be made", folder))
}

/// `folder`, or the first of `folder-2`, `folder-3`, … that is new.
fn make_new(folder: &Path) -> std::io::Result<PathBuf> {
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)?;
    }
    for number in 1..MAX_NUMBER {
        if let Some(made) = create(&with_number(folder, number))? {
            return Ok(made);
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// `None` when it is there already. Making it is what claims it.
fn create(folder: &Path) -> std::io::Result<Option<PathBuf>> {
    match std::fs::create_dir(folder) {
        Ok(()) => Ok(Some(folder.to_owned())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

fn with_number(folder: &Path, number: u32) -> PathBuf {
    if number < 2 {
        return folder.to_owned();
    }
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    folder.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_job_of_one_name_gets_a_folder_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let wish = folder.path().join("kiln-results/Robot v1.2");
        let made: Vec<PathBuf> = (0..3).map(|_| make_new(&wish).unwrap()).collect();
        let names: Vec<_> = made.iter().map(|it| it.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["Robot v1.2", "Robot v1.2-2", "Robot v1.2-3"]);
        assert_eq!(make_numbered(&wish).unwrap(), wish.with_file_name("Robot v1.2-4"));
    }
}
