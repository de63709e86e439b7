//! What happens at one page of a hot key.

use fanin_condition::Chunking;
use fanin_condition::pages::{Node, Place, Report};
use fanin_store::state::{Base, Cell, Chunks, Read, StateError};

use super::{Comer, PageWork, Task, Tasks};

/// A page that is looked at.
pub(super) struct Here<'a> {
    pub(super) work: &'a PageWork,
    pub(super) place: &'a Place,
    pub(super) read: Read,
}

/// What came of looking at it.
#[derive(Default)]
pub(super) struct Visit {
    pub(super) base: Option<Base>,
    /// The head, the chunks and the outbox to write.
    pub(super) write: Option<(Vec<u8>, Chunks, Vec<u8>)>,
    /// What the parent hears once that is written.
    pub(super) report: Option<Report>,
    /// Who and what is in that.
    pub(super) taken: Vec<Comer>,
    pub(super) reports: Vec<usize>,
    /// Who goes to which child once that is written: the page froze meanwhile.
    pub(super) after: Vec<(Place, Vec<Comer>)>,
    /// Who goes to which child in any case.
    below: Vec<(Place, Comer)>,
    /// To be looked at again, on an image that is not old.
    again: Task,
    /// Nothing is new: the cell, and what may not have left it.
    pub(super) flush: Option<(Cell, Report)>,
    pub(super) duplicates: usize,
}

impl Here<'_> {
    pub(super) fn visit(&self, task: &Task, cell: Option<Cell>) -> Result<Visit, StateError> {
        let (condition, key) = (&self.work.condition, self.work.key.as_str());
        let mut node = match &cell {
            None => Node::new(condition),
            Some(cell) => {
                Node::from_parts(&cell.head, &cell.chunks).map_err(|error| self.unreadable(&error))?
            }
        };
        let empty = cell.as_ref().is_none_or(|cell| cell.base.chunks.is_empty());
        let mut visit = Visit { base: cell.as_ref().map(|cell| cell.base.clone()), ..Visit::default() };
        let mut known = Vec::new();
        let mut stale_reports = Vec::new();
        let frozen = node.is_frozen();
        for comer in &task.comers {
            let Some(touch) = self.work.touches.get(comer.touch) else { continue };
            touch.with_event(|event| {
                let child = self.place.child(comer.turn);
                if node.knows(condition, key, &event) {
                    // One that came twice in this very batch is in what will be written.
                    known.push(*comer);
                } else if let (true, Some(child)) = (node.is_frozen(), &child) {
                    if frozen {
                        visit.below.push((child.clone(), *comer));
                    } else {
                        visit.after.push((child.clone(), vec![*comer]));
                    }
                } else {
                    node.take((condition, key), &event, child.is_none(), &mut Vec::new());
                    visit.taken.push(*comer);
                }
            });
        }
        for number in &task.reports {
            let Some(partial) = self.work.partials.get(*number) else { continue };
            if node.hear(&partial.from, partial.report) {
                visit.reports.push(*number);
            } else {
                stale_reports.push(*number);
            }
        }
        if !visit.taken.is_empty() || !visit.reports.is_empty() {
            self.written(&mut node, empty, &mut visit)?;
            visit.duplicates = known.len();
            // Should the write fail, they are looked at again with the others.
            visit.taken.extend(known);
            visit.reports.extend(stale_reports);
        } else if known.is_empty() && stale_reports.is_empty() {
            // Everybody has gone on.
        } else if self.read == Read::Stale {
            visit.again = Task { comers: known, reports: stale_reports, fresh: true };
        } else {
            visit.duplicates = known.len();
            visit.flush = cell.filter(|cell| !cell.outbox.is_empty()).and_then(|cell| {
                let report = std::str::from_utf8(&cell.outbox).ok().and_then(Report::from_text)?;
                Some((cell, report))
            });
        }
        Ok(visit)
    }

    fn written(&self, node: &mut Node, empty: bool, visit: &mut Visit) -> Result<(), StateError> {
        let report = node.report();
        let split = node.split().map_err(|error| self.unreadable(&error))?;
        let chunks = match split.chunks {
            Chunking::Keep => Chunks::Keep,
            Chunking::Append(chunk) if empty => Chunks::Replace(vec![chunk]),
            Chunking::Append(chunk) => Chunks::Append(chunk),
            Chunking::Replace(chunks) => Chunks::Replace(chunks),
        };
        visit.write = Some((split.head, chunks, report.to_text().into_bytes()));
        visit.report = Some(report);
        Ok(())
    }

    /// Those who go on whatever becomes of the write, and what has to be looked at again.
    pub(super) fn pass_on(&self, visit: &Visit, left: &mut Tasks) {
        for (place, comer) in &visit.below {
            left.entry(place.clone()).or_default().comers.push(*comer);
        }
        if visit.again.fresh {
            let again = left.entry(self.place.clone()).or_default();
            again.comers.extend(&visit.again.comers);
            again.reports.extend(&visit.again.reports);
            again.fresh = true;
        }
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> StateError {
        let (name, key, place) = (&self.work.condition.name, &self.work.key, self.place);
        StateError::Unreadable(format!("page {place} of {name} for key {key:?}: {error}"))
    }
}
