//! What has to leave after a commit of a run, by the same way as that of instances.

use fanin_event::Timestamp;
use fanin_store::state::{Shelf, StateError, StateStore};

use super::Rules;
use super::store::trouble;
use crate::dead::{DeadRecord, bury};
use crate::happenings::{self, Happenings, Telling};
use crate::outbox::Entry;
use crate::ports::{Caller, Claims, Queue};
use crate::relay::Outlet;

impl<S: StateStore + Shelf, Q: Queue, C: Claims, K: Caller> Rules<S, Q, C, K> {
    /// Publishes entries. All of it may happen again. Gives what is told of it.
    ///
    /// # Errors
    /// Something may not have left.
    pub(super) async fn publish(&self, entries: &[Entry], now: Timestamp) -> Result<Happenings, StateError> {
        if entries.is_empty() {
            return Ok(Happenings::default());
        }
        let plans = self.plans.at((&self.store, &self.claims), now).await.map_err(trouble)?;
        let outlet = Outlet {
            shelf: &self.store,
            queue: &self.queue,
            claims: &self.claims,
            plans: &plans,
            now,
            telling: self.telling,
        };
        let left = outlet.publish(entries.iter().map(|entry| (0, entry.clone())).collect()).await;
        match left.troubles.into_iter().next() {
            None => Ok(left.happened),
            Some(trouble) => Err(trouble),
        }
    }

    /// Writes a dead letter into its row. Gives what is told of it.
    pub(super) async fn letter(&self, record: &DeadRecord) -> Result<Happenings, StateError> {
        bury((&self.store, &self.claims), self.plans.workflow(), record).await?;
        let mut told = Happenings::default();
        if self.telling != Telling::Off {
            told.push(happenings::dead(record));
        }
        Ok(told)
    }
}
