//! The text of a cell's key and of a shelf's name: one place each, and back again.

use std::sync::Arc;

use super::cell::{CellKey, CellKind};
use super::error::StateError;
use super::shelf::ShelfName;
use crate::limits::{MAX_PATH_BYTES, MAX_SORT_BYTES};

impl CellKind {
    fn letter(self) -> &'static str {
        match self {
            CellKind::Instance => "I",
            CellKind::Page => "P",
            CellKind::Run => "R",
        }
    }
}

impl CellKey {
    /// `I#workflow#name#key`. A `#` or `%` in the first names is escaped; the key stands last and as it is.
    #[must_use]
    pub fn path(&self) -> String {
        let (workflow, name) = (escaped(&self.workflow), escaped(&self.name));
        format!("{}#{workflow}#{name}#{}", self.kind.letter(), self.key)
    }

    /// What every path of a kind, a workflow and perhaps a name begins with.
    #[must_use]
    pub fn prefix(kind: CellKind, workflow: &str, name: Option<&str>) -> String {
        let mut prefix = format!("{}#{}#", kind.letter(), escaped(workflow));
        if let Some(name) = name {
            prefix.push_str(&escaped(name));
            prefix.push('#');
        }
        prefix
    }

    /// The key with this path; `None`: it is no path of a cell.
    #[must_use]
    pub fn from_path(path: &str) -> Option<CellKey> {
        let mut parts = path.splitn(4, '#');
        let kind = match parts.next()? {
            "I" => CellKind::Instance,
            "P" => CellKind::Page,
            "R" => CellKind::Run,
            _ => return None,
        };
        let (workflow, name, key) = (parts.next()?, parts.next()?, parts.next()?);
        Some(CellKey { kind, workflow: plain(workflow), name: plain(name), key: key.into() })
    }

    /// The path, if a store takes one of that length.
    ///
    /// # Errors
    /// `TooLarge` past [`MAX_PATH_BYTES`].
    pub fn checked_path(&self) -> Result<String, StateError> {
        within("the key of a cell", self.path(), MAX_PATH_BYTES)
    }
}

impl ShelfName {
    /// `T#minute#part`, `D#workflow`, `C#workflow`, `N#workflow`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            ShelfName::Timers { minute, part } => format!("T#{minute}#{part}"),
            ShelfName::Dead { workflow } => format!("D#{workflow}"),
            ShelfName::Plans { workflow } => format!("C#{workflow}"),
            ShelfName::Notes { workflow } => format!("N#{workflow}"),
        }
    }

    /// The shelf with this path; `None`: it is no path of a shelf.
    #[must_use]
    pub fn from_path(path: &str) -> Option<ShelfName> {
        let (kind, rest) = path.split_once('#')?;
        let workflow = || rest.to_owned();
        let name = match kind {
            "T" => {
                let (minute, part) = rest.split_once('#')?;
                ShelfName::Timers { minute: minute.parse().ok()?, part: part.parse().ok()? }
            }
            "D" => ShelfName::Dead { workflow: workflow() },
            "C" => ShelfName::Plans { workflow: workflow() },
            "N" => ShelfName::Notes { workflow: workflow() },
            _ => return None,
        };
        // A number can be written in several ways, a path only in one.
        Some(name).filter(|name| name.path() == path)
    }

    /// The path, if a store takes one of that length.
    ///
    /// # Errors
    /// `TooLarge` past [`MAX_PATH_BYTES`].
    pub fn checked_path(&self) -> Result<String, StateError> {
        within("the name of a shelf", self.path(), MAX_PATH_BYTES)
    }

    /// A place on a shelf, if a store takes one of that length.
    ///
    /// # Errors
    /// `TooLarge` for an empty one and past [`MAX_SORT_BYTES`].
    pub fn checked_sort(sort: &str) -> Result<&str, StateError> {
        if sort.is_empty() {
            return Err(too_large("the place on a shelf, which may not be empty,", 0, MAX_SORT_BYTES));
        }
        if sort.len() > MAX_SORT_BYTES {
            return Err(too_large("the place on a shelf", sort.len(), MAX_SORT_BYTES));
        }
        Ok(sort)
    }
}

fn within(what: &str, text: String, max: usize) -> Result<String, StateError> {
    if text.len() > max { Err(too_large(what, text.len(), max)) } else { Ok(text) }
}

pub(super) fn too_large(what: &str, bytes: usize, max: usize) -> StateError {
    StateError::TooLarge { what: what.to_owned(), bytes, max }
}

fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('#', "%23")
}

fn plain(name: &str) -> Arc<str> {
    name.replace("%23", "#").replace("%25", "%").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(workflow: &str, name: &str, key: &str) -> CellKey {
        CellKey { kind: CellKind::Page, workflow: workflow.into(), name: name.into(), key: key.into() }
    }

    #[test]
    fn paths_go_there_and_back_and_never_meet() {
        let keys = [
            key("w", "n", "k"),
            key("w#n", "k", ""),
            key("w", "n#k", "#"),
            key("%23", "%", "%#"),
            key("", "", ""),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert_eq!(CellKey::from_path(&one.path()).as_ref(), Some(one), "{}", one.path());
            assert!(one.path().starts_with(&CellKey::prefix(one.kind, &one.workflow, Some(&one.name))));
            assert!(keys.iter().skip(at + 1).all(|other| other.path() != one.path()));
        }
        assert_eq!(CellKey::from_path("T#1#0"), None);
    }

    #[test]
    fn names_of_shelves_go_there_and_back() {
        let workflow = || "w#%".to_owned();
        for name in [
            ShelfName::Timers { minute: 29_666_667, part: 3 },
            ShelfName::Timers { minute: -1, part: 0 },
            ShelfName::Dead { workflow: workflow() },
            ShelfName::Plans { workflow: workflow() },
            ShelfName::Notes { workflow: String::new() },
        ] {
            assert_eq!(ShelfName::from_path(&name.path()).as_ref(), Some(&name), "{}", name.path());
            assert_eq!(CellKey::from_path(&name.path()), None, "{}", name.path());
        }
        for path in ["", "D", "T#1", "T#1#", "T#+1#0", "T#01#0", "T#1#65536", "X#w", "I#w#n#k"] {
            assert_eq!(ShelfName::from_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_at_the_limit_is_taken_and_one_past_it_refused() {
        let room = MAX_PATH_BYTES - "P#w#n#".len();
        assert!(key("w", "n", &"k".repeat(room)).checked_path().is_ok());
        let refused = key("w", "n", &"k".repeat(room + 1)).checked_path();
        assert!(matches!(refused, Err(StateError::TooLarge { bytes: 2049, max: 2048, .. })), "{refused:?}");
        assert!(ShelfName::checked_sort(&"s".repeat(MAX_SORT_BYTES)).is_ok());
        assert!(ShelfName::checked_sort(&"s".repeat(MAX_SORT_BYTES + 1)).is_err());
        assert!(ShelfName::checked_sort("").is_err());
    }
}
