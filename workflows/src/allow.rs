//! `allow: { F080: "why" }`: silences a warning of what it stands in, with a reason.

use std::sync::Arc;

use crate::codes::{self, ALL, Code};
use crate::diagnostic::Severity;
use crate::limits::MAX_ALLOWS;
use crate::read::{text, wrong_type};
use crate::report::{Mistake, Report};
use crate::suggest::nearest;
use crate::tree::{Entry, Node, Place, Value};

/// The key.
pub(crate) const KEY: &str = "allow";
const FORM: &str = "write the warning's code and why it is all right here: `allow: { F080: \"these orders stay open on purpose\" }`";

/// One warning that is all right in one place.
#[derive(Clone, Debug)]
pub(crate) struct Allow {
    pub(crate) code: &'static str,
    pub(crate) reason: Arc<str>,
    /// Where the code stands.
    place: Place,
    /// What it stands in: its name and its value. Nothing: the file.
    scope: Option<[Place; 2]>,
    pub(crate) used: bool,
}

impl Allow {
    /// Whether it is meant for a warning at a place.
    pub(crate) fn silences(&self, code: &str, at: Place) -> bool {
        let inside = |scope: &Place| scope.start <= at.start && at.start <= scope.end;
        self.code == code && self.scope.as_ref().is_none_or(|scope| scope.iter().any(inside))
    }

    /// What to say when it was not needed.
    pub(crate) fn unused(&self) -> Mistake {
        let here = if self.scope.is_some() { "here" } else { "in this file" };
        let message = format!("there is no warning {} {here} to silence", self.code);
        Mistake::new(codes::SILENCES_NOTHING, self.place, message)
            .help("take the entry out, or put it where the warning is shown")
    }
}

/// Takes every `allow` of a workflow file.
pub(crate) fn of_workflow(root: &Node, report: &mut Report<'_>) {
    let mut found = Found::default();
    for map in ["events", "conditions", "rules", "functions"] {
        for entry in entries(root, map) {
            found.take(&entry.value, Some([entry.place, entry.value.place]), report);
        }
    }
    found.take(root, None, report);
    found.hand_over(report);
}

/// Takes every `allow` of a test file.
pub(crate) fn of_tests(root: &Node, report: &mut Report<'_>) {
    let mut found = Found::default();
    if let Value::Map(members) = &root.value
        && let Some(Value::List(cases)) = members.iter().find(|e| e.key == "tests").map(|e| &e.value.value)
    {
        for case in cases {
            found.take(case, Some([case.place, case.place]), report);
        }
    }
    found.take(root, None, report);
    found.hand_over(report);
}

fn entries<'t>(node: &'t Node, key: &str) -> &'t [Entry] {
    let Value::Map(members) = &node.value else { return &[] };
    match members.iter().find(|e| e.key == key).map(|e| &e.value.value) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    }
}

/// What is found, and what is wrong with it: told last, for it may be silenced itself.
#[derive(Default)]
struct Found {
    allows: Vec<Allow>,
    wrong: Vec<Mistake>,
}

impl Found {
    fn hand_over(self, report: &mut Report<'_>) {
        report.allow(self.allows);
        self.wrong.into_iter().for_each(|mistake| report.add(mistake));
    }

    fn take(&mut self, node: &Node, scope: Option<[Place; 2]>, report: &mut Report<'_>) {
        let Value::Map(members) = &node.value else { return };
        let Some(allow) = members.iter().find(|e| e.key == KEY) else { return };
        let Value::Map(codes) = &allow.value.value else {
            wrong_type(&allow.value, "`allow`", "a mapping of codes to reasons", report, Some(FORM));
            return;
        };
        if codes.len() > MAX_ALLOWS {
            let message = format!("`allow` has {} entries; at most {MAX_ALLOWS} are read", codes.len());
            let mistake = Mistake::new(codes::LIMIT, allow.place, message);
            report.add(mistake.help("mend the causes of some of them"));
            return;
        }
        for entry in codes {
            let what = format!("the reason for allowing `{}`", entry.key);
            let blank = matches!(&entry.value.value, Value::Text(reason) if reason.trim().is_empty());
            if blank || matches!(entry.value.value, Value::Null) {
                let mistake = Mistake::new(codes::WRONG_TYPE, entry.place, format!("{what} is missing"));
                report.add(mistake.help(FORM));
                continue;
            }
            let Some(reason) = text(&entry.value, &what, report) else { continue };
            match warning(entry) {
                Ok(code) => {
                    let reason = reason.value.trim().into();
                    self.allows.push(Allow { code: code.id, reason, place: entry.place, scope, used: false });
                }
                Err(mistake) => self.wrong.push(mistake),
            }
        }
    }
}

/// The code of a warning, or what is wrong with one that is none.
fn warning(entry: &Entry) -> Result<&'static Code, Mistake> {
    let (message, help) = match codes::find(&entry.key) {
        Some(code) if code.severity == Severity::Warning => return Ok(code),
        Some(code) => (
            format!("{} is an error ({}); only a warning can be silenced", code.id, code.title),
            "mend what it is about, and take the entry out".to_owned(),
        ),
        None => {
            let known = ALL.iter().filter(|c| c.severity == Severity::Warning).map(|c| c.id);
            let upper = entry.key.to_ascii_uppercase();
            let help = match nearest(&upper, known).filter(|near| *near == upper) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the code that stands in the brackets of the warning, such as F080".to_owned(),
            };
            (format!("there is no warning `{}`", entry.key), help)
        }
    };
    Err(Mistake::new(codes::SILENCES_NOTHING, entry.place, message).help(help))
}
