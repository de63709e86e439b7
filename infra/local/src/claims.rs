//! Payloads put aside (claim check): written into the object store before anything that refers to them is let out.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Component, Path};

use crate::error::HostError;

/// Writes every payload under `objects`; an object that is there already has the same bytes and stays.
pub(crate) fn write_all(objects: &Path, claims: &[(String, String)]) -> Result<(), HostError> {
    claims.iter().try_for_each(|(key, body)| write(objects, key, body))
}

fn write(objects: &Path, key: &str, body: &str) -> Result<(), HostError> {
    let relative = Path::new(key);
    let inside = relative.components().all(|c| matches!(c, Component::Normal(_)));
    let what = || format!("cannot put the payload {key:?} aside under {}", objects.display());
    let (true, Some(folder)) = (inside, relative.parent()) else {
        return Err(HostError::Failed(what()));
    };
    let target = objects.join(relative);
    if target.exists() {
        return Ok(());
    }
    let folder = objects.join(folder);
    fs::create_dir_all(&folder).map_err(HostError::io(what()))?;
    let unfinished = target.with_extension("unfinished");
    let mut file = File::create(&unfinished).map_err(HostError::io(what()))?;
    file.write_all(body.as_bytes()).and_then(|()| file.sync_all()).map_err(HostError::io(what()))?;
    fs::rename(&unfinished, &target).map_err(HostError::io(what()))?;
    File::open(&folder).and_then(|f| f.sync_all()).map_err(HostError::io(what()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_written_once_and_stays_inside() {
        let dir = tempfile::tempdir().unwrap();
        let claim = ("fanin-claims/a.json".to_owned(), "[1]".to_owned());
        write_all(dir.path(), std::slice::from_ref(&claim)).unwrap();
        write_all(dir.path(), &[claim]).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("fanin-claims/a.json")).unwrap(), "[1]");
        assert!(write_all(dir.path(), &[("../a".to_owned(), String::new())]).is_err());
    }
}
