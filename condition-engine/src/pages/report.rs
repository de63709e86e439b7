//! What a page tells its parent.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use fanin_event::Timestamp;
use minicbor::{Decode, Encode};

use crate::codec::fields;

/// All that a page and its children have counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Totals {
    /// Events, or different values.
    #[n(0)]
    pub counted: u64,
    /// Earliest and latest acceptance of these.
    #[cbor(n(1), with = "fields::moment")]
    pub first_at: Timestamp,
    /// See `first_at`.
    #[cbor(n(2), with = "fields::moment")]
    pub last_at: Timestamp,
    /// Latest acceptance of any, counted or not.
    #[cbor(n(3), with = "fields::moment")]
    pub touched_at: Timestamp,
    /// Highest hop count.
    #[n(4)]
    pub hops: u8,
}

impl Default for Totals {
    fn default() -> Totals {
        let least = Timestamp(i64::MIN);
        Totals { counted: 0, first_at: Timestamp::NEVER, last_at: least, touched_at: least, hops: 0 }
    }
}

/// A report: of two of one page the one with the higher version holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Report {
    /// Grows with every report of a page.
    #[n(0)]
    pub version: u64,
    /// What there is in all.
    #[n(1)]
    pub totals: Totals,
}

impl Report {
    /// The text form, for a message.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Totals { counted, first_at, last_at, touched_at, hops } = self.totals;
        format!("1 {} {counted} {} {} {} {hops}", self.version, first_at.0, last_at.0, touched_at.0)
    }

    /// Reads the text form; `None`: it is none, or of another format.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Report> {
        let parts: Vec<&str> = text.split(' ').collect();
        let ["1", version, counted, first_at, last_at, touched_at, hops] = *parts else { return None };
        let moment = |text: &str| text.parse().ok().map(Timestamp);
        Some(Report {
            version: version.parse().ok()?,
            totals: Totals {
                counted: counted.parse().ok()?,
                first_at: moment(first_at)?,
                last_at: moment(last_at)?,
                touched_at: moment(touched_at)?,
                hops: hops.parse().ok()?,
            },
        })
    }
}

/// Takes a report into what is known. False: it says nothing new.
pub(super) fn hear(children: &mut BTreeMap<String, Report>, from: &str, report: Report) -> bool {
    match children.entry(from.to_owned()) {
        Entry::Vacant(place) => {
            place.insert(report);
            true
        }
        Entry::Occupied(mut known) if known.get().version < report.version => {
            known.insert(report);
            true
        }
        Entry::Occupied(_) => false,
    }
}

/// All of them together.
pub(super) fn sum<'a>(reports: impl Iterator<Item = &'a Report>) -> Totals {
    reports.fold(Totals::default(), |sum, report| add(sum, report.totals))
}

pub(super) fn add(a: Totals, b: Totals) -> Totals {
    Totals {
        counted: a.counted.saturating_add(b.counted),
        first_at: a.first_at.min(b.first_at),
        last_at: a.last_at.max(b.last_at),
        touched_at: a.touched_at.max(b.touched_at),
        hops: a.hops.max(b.hops),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_comes_back_and_an_older_one_changes_nothing() {
        let report = |version, counted| Report {
            version,
            totals: Totals { counted, hops: 3, first_at: Timestamp(-5), ..Totals::default() },
        };
        assert_eq!(Report::from_text(&report(7, 9).to_text()), Some(report(7, 9)));
        for wrong in ["", "2 1 1 1 1 1 1", "1 1 1 1 1 1", "1 x 1 1 1 1 1"] {
            assert_eq!(Report::from_text(wrong), None, "{wrong}");
        }
        let mut children = BTreeMap::new();
        assert!(hear(&mut children, "a", report(2, 20)));
        assert!(!hear(&mut children, "a", report(2, 99)) && !hear(&mut children, "a", report(1, 10)));
        assert!(hear(&mut children, "b", report(1, 5)) && hear(&mut children, "a", report(3, 30)));
        assert_eq!(sum(children.values()).counted, 35);
    }
}
