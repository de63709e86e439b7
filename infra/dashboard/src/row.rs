//! An event as a row of the stream, and which rows somebody wants to see. Made when somebody looks, never before.

use std::collections::BTreeMap;

use fanin_event::Scratch;
use fanin_runtime::{Origin, Reception};
use serde::Serialize;

use crate::ring::{Entry, What};
use crate::shown::Shown;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Accepted,
    Duplicate,
    Late,
    Rejected,
    Derived,
}

impl Kind {
    const ALL: [(&str, Kind); 5] = [
        ("accepted", Kind::Accepted),
        ("duplicate", Kind::Duplicate),
        ("late", Kind::Late),
        ("rejected", Kind::Rejected),
        ("derived", Kind::Derived),
    ];

    pub(crate) fn of(what: What<'_>) -> Kind {
        match what {
            What::Refused(_) => Kind::Rejected,
            What::Derived(_) => Kind::Derived,
            What::Event(_, Reception { refused: Some(_), .. }) => Kind::Rejected,
            What::Event(_, reception) => {
                let Reception { reached, duplicates, late, .. } = *reception;
                match (duplicates, late) {
                    (d, _) if reached > 0 && d >= reached => Kind::Duplicate,
                    (d, l) if l > 0 && d.saturating_add(l) >= reached => Kind::Late,
                    _ => Kind::Accepted,
                }
            }
        }
    }

    /// Kinds as they stand in a URL, with commas.
    pub(crate) fn read(text: &str) -> Result<Vec<Kind>, String> {
        let kind = |word: &str| {
            let found = Kind::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
            let names = Kind::ALL.map(|(name, _)| name).join(", ");
            found.ok_or_else(|| format!("{word:?} is no kind; the kinds are {names}"))
        };
        text.split(',').map(kind).collect()
    }
}

/// A row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) at: String,
    pub(crate) kind: Kind,
    /// It is none of the named events.
    pub(crate) unmatched: bool,
    pub(crate) id: Option<String>,
    pub(crate) source: Option<String>,
    #[serde(rename = "type")]
    pub(crate) detail_type: Option<String>,
    pub(crate) names: Vec<String>,
    pub(crate) captures: BTreeMap<String, String>,
    pub(crate) origin: &'static str,
    pub(crate) bytes: usize,
    pub(crate) note: Option<String>,
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Http => "http",
        Origin::Store => "store",
        Origin::Folder => "folder",
        Origin::Stdin => "stdin",
        Origin::Schedule => "schedule",
        Origin::Internal => "internal",
    }
}

impl Row {
    /// The row of an event, with what the version that runs makes of it.
    pub(crate) fn of(entry: Entry<'_>, shown: &Shown, scratch: &mut Scratch) -> Row {
        let known = shown.recognize(entry.what.text(), scratch);
        let kind = Kind::of(entry.what);
        let mut captures = BTreeMap::new();
        let mut names: Vec<String> = known.names.iter().map(|(name, _)| name.to_string()).collect();
        captures.extend(known.names.into_iter().flat_map(|(_, captures)| captures));
        let (came, note) = match entry.what {
            What::Event(arrival, reception) => {
                let refused = reception.refused.as_ref();
                (origin(arrival.origin), refused.map(|(code, reason)| format!("{code}: {reason}")))
            }
            What::Refused(refused) => {
                let refusal = &refused.refusal;
                (origin(refusal.origin), Some(format!("{}: {}", refusal.code, refusal.reason)))
            }
            What::Derived(notice) => {
                names.insert(0, notice.name.to_string());
                let own = notice.captures.iter().map(|(name, value)| (name.to_string(), value.to_string()));
                captures.extend(own);
                ("derived", None)
            }
        };
        Row {
            seq: entry.seq,
            at: entry.at.to_string(),
            kind,
            unmatched: matches!(entry.what, What::Event(_, r) if r.matched == 0 && r.refused.is_none()),
            id: known.id,
            source: known.source,
            detail_type: known.detail_type,
            names,
            captures,
            origin: came,
            bytes: entry.what.text().len(),
            note,
        }
    }
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Of these kinds; empty: of all.
    pub(crate) kinds: Vec<Kind>,
    pub(crate) name: Option<String>,
    /// Lower case.
    pub(crate) text: Option<String>,
}

impl Filter {
    /// Whether it lets everything through.
    pub(crate) fn is_open(&self) -> bool {
        self.kinds.is_empty() && self.name.is_none() && self.text.is_none()
    }

    /// The row of an event that is wanted.
    pub(crate) fn take(&self, entry: Entry<'_>, shown: &Shown, scratch: &mut Scratch) -> Option<Row> {
        let kind = self.kinds.is_empty() || self.kinds.contains(&Kind::of(entry.what));
        let has = |text: &String| entry.what.text().to_lowercase().contains(text.as_str());
        if !kind || !self.text.as_ref().is_none_or(has) {
            return None;
        }
        let row = Row::of(entry, shown, scratch);
        self.name.as_ref().is_none_or(|name| row.names.contains(name)).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use fanin_event::Timestamp;
    use fanin_local::{Arrival, Refusal, Refused};

    use super::*;

    #[test]
    fn what_became_of_an_event() {
        let arrival = Arrival { text: "{}".to_owned(), identity: None, origin: Origin::Http };
        let kind = |reached, duplicates, late| {
            let reception = Reception { matched: 1, reached, duplicates, late, refused: None };
            Kind::of(What::Event(&arrival, &reception))
        };
        assert_eq!(kind(0, 0, 0), Kind::Accepted);
        assert_eq!((kind(2, 1, 0), kind(2, 2, 0)), (Kind::Accepted, Kind::Duplicate));
        assert_eq!((kind(2, 0, 1), kind(2, 1, 1), kind(1, 0, 1)), (Kind::Accepted, Kind::Late, Kind::Late));
        let reception = Reception { refused: Some(("no", "why".to_owned())), ..Reception::default() };
        assert_eq!(Kind::of(What::Event(&arrival, &reception)), Kind::Rejected);
        let (code, reason, payload) = ("c".to_owned(), "r".to_owned(), String::new());
        let refusal = Refusal { origin: Origin::Stdin, code, reason, payload };
        assert_eq!(Kind::of(What::Refused(&Refused { at: Timestamp(0), refusal })), Kind::Rejected);
    }

    #[test]
    fn kinds_are_read() {
        assert_eq!(Kind::read("late,derived").unwrap(), [Kind::Late, Kind::Derived]);
        assert!(Kind::read("later").unwrap_err().contains("accepted, duplicate, late, rejected, derived"));
    }
}
