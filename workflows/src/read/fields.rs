//! The keys of a mapping: known ones by name, unknown ones reported.

use crate::codes;
use crate::read::foreign::{foreign, form};
use crate::read::wrong_type;
use crate::report::{Mistake, Report};
use crate::suggest::{list, nearest};
use crate::tree::{Entry, Node, Place, Value};

/// A mapping whose keys are known.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'t> {
    entries: &'t [Entry],
    /// Where it is missing something.
    place: Place,
    /// Known keys that unknown ones are probably meant to be.
    meant: Vec<String>,
}

impl<'t> Fields<'t> {
    /// Reads `node`, which is `what`, as a mapping with keys out of `known`. `place` is where it is shown as a whole:
    /// usually its name.
    pub(crate) fn of(
        node: &'t Node,
        (what, place): (&str, Place),
        known: &[&str],
        report: &mut Report<'_>,
    ) -> Option<Fields<'t>> {
        let Value::Map(entries) = &node.value else {
            let keys = format!("its keys are {}", list(known.iter().copied()));
            wrong_type(node, what, "a mapping", report, Some(form(what).unwrap_or(&keys)));
            return None;
        };
        let mut meant = Vec::new();
        let mut told: Vec<&str> = Vec::new();
        for entry in entries.iter().filter(|e| !known.contains(&e.key.as_str())) {
            if let Some(foreign) = foreign(what, &entry.key) {
                meant.extend(foreign.meant.iter().map(|key| (*key).to_owned()));
                // Several words of one other language are one mistake.
                if !told.contains(&foreign.help) {
                    told.push(foreign.help);
                    let message = format!("{what} has no key `{}`", entry.key);
                    report.add(Mistake::new(codes::UNKNOWN_KEY, entry.place, message).help(foreign.help));
                }
                continue;
            }
            meant.extend(nearest(&entry.key, known.iter().copied()).map(str::to_owned));
            if entry.key == "<<" {
                // Anything may come from there.
                meant.extend(known.iter().map(|key| (*key).to_owned()));
            }
            unknown(entry, what, known, report);
        }
        Some(Fields { entries, place, meant })
    }

    /// A key with its value.
    pub(crate) fn entry(&self, key: &str) -> Option<&'t Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    /// A value.
    pub(crate) fn get(&self, key: &str) -> Option<&'t Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// A value that has to be there.
    pub(crate) fn require(
        &self,
        key: &str,
        (what, help): (&str, &str),
        report: &mut Report<'_>,
    ) -> Option<&'t Node> {
        let found = self.get(key);
        if found.is_none() && !self.meant.iter().any(|meant| meant == key) {
            let message = format!("{what} needs `{key}`");
            report.add(Mistake::new(codes::MISSING_KEY, self.place, message).help(help));
        }
        found
    }

    /// Whether one of `keys` is missing only because it is misspelled, which is reported.
    pub(crate) fn misspelled(&self, keys: &[&str]) -> bool {
        self.meant.iter().any(|meant| keys.contains(&meant.as_str()))
    }

    /// Those of `keys` that are there.
    pub(crate) fn present(&self, keys: &[&str]) -> Vec<&'t Entry> {
        self.entries.iter().filter(|e| keys.contains(&e.key.as_str())).collect()
    }
}

fn unknown(entry: &Entry, what: &str, known: &[&str], report: &mut Report<'_>) {
    let message = format!("{what} has no key `{}`", entry.key);
    let keys = list(known.iter().copied());
    let help = if entry.key == "<<" {
        "merge keys are not part of YAML 1.2; give the whole value an anchor, or write it out".to_owned()
    } else {
        match nearest(&entry.key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its keys are {keys}"),
        }
    };
    report.add(Mistake::new(codes::UNKNOWN_KEY, entry.place, message).help(help));
}
