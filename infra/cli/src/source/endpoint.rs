//! The file in which a running host says where it answers.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Api;

/// Its name in the state directory.
const FILE: &str = "ENDPOINT";

/// Where a host answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// The URL of its HTTP receiver.
    pub(crate) url: String,
    /// Its process.
    pub(crate) pid: u32,
    /// The workflow it serves.
    pub(crate) workflow: String,
}

/// The file, for as long as the host runs.
#[derive(Debug)]
pub(crate) struct Announced(PathBuf);

impl Drop for Announced {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Endpoint {
    /// The endpoint of the host that has `dir` open; nothing when none answers there.
    pub(crate) fn of(dir: &Path) -> Option<Endpoint> {
        let text = std::fs::read_to_string(dir.join(FILE)).ok()?;
        let endpoint: Endpoint = serde_json::from_str(&text).ok()?;
        Api::at(&endpoint.url).answers().then_some(endpoint)
    }

    /// Writes the file; it is removed when the answer is dropped. A host that was killed leaves it behind: nobody answers then.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn announce(&self, dir: &Path) -> std::io::Result<Announced> {
        let path = dir.join(FILE);
        std::fs::write(&path, serde_json::to_vec(self)?)?;
        Ok(Announced(path))
    }
}
