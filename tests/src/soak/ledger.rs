//! What was acknowledged and what was called, by number. A few bytes each: a run has millions.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Report;

const ACKNOWLEDGED: u8 = 1;
const CALLED: u8 = 2;

/// Which of the two kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By HTTP.
    Order,
    /// By S3.
    Upload,
}

#[derive(Debug, Default)]
struct Book {
    marks: Vec<u8>,
    /// The ids under which each was called; an upload that was sent twice is two events, and has two.
    ids: HashMap<usize, String>,
    again: u64,
    double: u64,
    calls: u64,
    open: usize,
}

/// The ledger.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    orders: Mutex<Book>,
    uploads: Mutex<Book>,
}

impl Ledger {
    fn book(&self, kind: Kind) -> MutexGuard<'_, Book> {
        let book = match kind {
            Kind::Order => &self.orders,
            Kind::Upload => &self.uploads,
        };
        book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next numbers.
    pub(crate) fn take(&self, kind: Kind, count: usize) -> std::ops::Range<usize> {
        let mut book = self.book(kind);
        let start = book.marks.len();
        book.marks.resize(start + count, 0);
        start..start + count
    }

    pub(crate) fn acknowledged(&self, kind: Kind, numbers: std::ops::Range<usize>) {
        let mut book = self.book(kind);
        for number in numbers {
            book.mark(number, ACKNOWLEDGED);
        }
    }

    /// A call came in.
    pub(crate) fn called(&self, kind: Kind, number: usize, id: &str) {
        let mut book = self.book(kind);
        book.calls += 1;
        if book.marks.get(number).is_none_or(|mark| mark & CALLED == 0) {
            book.mark(number, CALLED);
            book.ids.insert(number, id.to_owned());
            return;
        }
        if book.ids.get(&number).is_some_and(|known| known == id) {
            book.again += 1;
        } else if kind == Kind::Order {
            book.double += 1;
        }
    }

    /// Acknowledged and not called yet, and calls in all.
    pub(crate) fn open(&self) -> (usize, u64) {
        let (orders, uploads) = (self.book(Kind::Order), self.book(Kind::Upload));
        (orders.open + uploads.open, orders.calls + uploads.calls)
    }

    /// Writes into the report what came of everything.
    pub(crate) fn judge(&self, report: &mut Report) {
        for kind in [Kind::Order, Kind::Upload] {
            let book = self.book(kind);
            let acknowledged = book.marks.iter().filter(|mark| *mark & ACKNOWLEDGED != 0).count();
            match kind {
                Kind::Order => report.orders = acknowledged,
                Kind::Upload => report.uploads = acknowledged,
            }
            report.lost += book.open;
            report.double += book.double;
            report.calls += book.calls;
            report.repeated += book.again;
        }
    }
}

impl Book {
    fn mark(&mut self, number: usize, with: u8) {
        let Some(mark) = self.marks.get_mut(number) else { return };
        let was = *mark;
        *mark |= with;
        let open = |mark: u8| mark == ACKNOWLEDGED;
        match (open(was), open(*mark)) {
            (false, true) => self.open += 1,
            (true, false) => self.open -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_double_and_repeated_are_told_apart() {
        let ledger = Ledger::default();
        let numbers = ledger.take(Kind::Order, 4);
        assert_eq!(numbers, 0..4);
        ledger.acknowledged(Kind::Order, 0..3);
        assert_eq!(ledger.open(), (3, 0));
        ledger.called(Kind::Order, 0, "a");
        ledger.called(Kind::Order, 0, "a");
        ledger.called(Kind::Order, 1, "b");
        ledger.called(Kind::Order, 1, "other");
        // Called, though the acknowledgement was lost with the process.
        ledger.called(Kind::Order, 3, "d");
        assert_eq!(ledger.open(), (1, 5));
        let uploads = ledger.take(Kind::Upload, 1);
        ledger.called(Kind::Upload, 0, "x");
        ledger.called(Kind::Upload, 0, "y");
        ledger.acknowledged(Kind::Upload, uploads);
        let mut report = Report::default();
        ledger.judge(&mut report);
        assert_eq!((report.orders, report.uploads, report.calls), (3, 1, 7));
        assert_eq!((report.lost, report.double, report.repeated), (1, 1, 1));
    }
}
