//! Following a log: what is new since the last look, at the price of what is new.

use fanin_runtime::{Engine, Records};
use fanin_store::Seq;
use fanin_store_embedded::{FileStore, Tail};

use super::entry::Entry;
use super::query::{Filter, Query};
use super::scribe::Scribe;
use crate::error::HistoryError;
use crate::history::{History, play_frame};

/// A reader at the end of a log. It survives a restart of the host that writes there: the log goes on.
///
/// To tell what follows from a record it has an engine of its own, as large as that of the host. Queries that the log alone
/// answers are followed without one.
pub struct Follower {
    tail: Tail,
    engine: Option<Engine>,
    scribe: Scribe,
    filter: Filter,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("tail", &self.tail).finish_non_exhaustive()
    }
}

impl Follower {
    /// Begins at the end of the log as `history` knows it.
    ///
    /// # Errors
    /// When the present state cannot be built, or the pattern of the query is none.
    pub fn open(history: &History, query: &Query) -> Result<Follower, HistoryError> {
        let filter = query.filter()?;
        if query.is_recorded() {
            let base = history.inspection().bases().last().copied().unwrap_or(0);
            let past = history.glance_at(base, None)?;
            let mut scribe = Scribe::new(past.engine.plan());
            let nothing = Query { unmatched: true, ..Query::default() }.filter()?;
            // Only to learn which version is in force.
            let last = history.scan(past.at, &mut |frame, record| {
                if matches!(record, fanin_runtime::Record::Activated { .. }) {
                    scribe.recorded(frame, record, &nothing, &mut |_| {});
                }
                std::ops::ControlFlow::Continue(())
            })?;
            return Ok(Follower { tail: FileStore::tail(history.dir(), last), engine: None, scribe, filter });
        }
        let mut past = history.present()?;
        past.engine.gather_steps();
        let scribe = Scribe::new(past.engine.plan());
        let tail = FileStore::tail(history.dir(), past.at);
        Ok(Follower { tail, engine: Some(past.engine), scribe, filter })
    }

    /// The last frame that was looked at.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.tail.last()
    }

    /// Tells what is new. Returns the last frame there is.
    ///
    /// # Errors
    /// When frames were released before they were read, or something cannot be read: then begin anew.
    pub fn poll(&mut self, visit: &mut dyn FnMut(Entry)) -> Result<Seq, HistoryError> {
        let Follower { tail, engine, scribe, filter } = self;
        let mut trouble = None;
        let mut made = Vec::new();
        let last = tail.poll(&mut |frame, bytes| {
            let outcome = match engine {
                Some(engine) => play_frame(engine, (frame, bytes), None, &mut |turned, engine| {
                    let record = (turned.frame, &turned.record);
                    scribe.turned(record, engine, filter, &mut |entry| made.push(entry));
                    std::ops::ControlFlow::Continue(())
                })
                .map(drop),
                None => read_frame((frame, bytes), scribe, filter, &mut made),
            };
            if let Err(error) = outcome {
                trouble.get_or_insert(error);
            }
            for entry in made.drain(..) {
                if filter.takes(&entry) {
                    visit(entry);
                }
            }
            Ok(())
        })?;
        trouble.map_or(Ok(last), Err)
    }
}

fn read_frame(
    (frame, bytes): (Seq, &[u8]),
    scribe: &mut Scribe,
    filter: &Filter,
    made: &mut Vec<Entry>,
) -> Result<(), HistoryError> {
    for record in Records::of(bytes) {
        let record = record.map_err(|error| HistoryError::Record { frame, error })?;
        scribe.recorded(frame, &record, filter, &mut |entry| made.push(entry));
    }
    Ok(())
}
