//! Dead letters tried again, and the sweep, by whoever has the ports of the conditions.

use fanin_event::Timestamp;
use fanin_runtime::{LetterKind, documents::stays};
use fanin_store::state::{Shelf, StateError, StateStore};

use super::Conditions;
use crate::dead::{DeadError, DeadRecord, drop_dead, get_dead};
use crate::message::Message;
use crate::outbox::Entry;
use crate::ports::{Claims, Deadline, Lane, Queue};
use crate::timers::{Swept, sweep};

impl<S: StateStore + Shelf, Q: Queue, C: Claims> Conditions<S, Q, C> {
    /// Tries a dead letter again at `now`: an event is matched as if it had just come, a call's run starts again with the
    /// same action ids. The letter goes once that is on its way.
    ///
    /// # Errors
    /// [`DeadError`]: it is not there, it stays, or it could not be sent.
    pub async fn redrive(&self, sort: &str, now: Timestamp) -> Result<DeadRecord, DeadError> {
        let ports = (&self.store, &self.claims);
        let workflow = self.plans.workflow();
        let found = get_dead(ports, workflow, sort).await?;
        let found = found.ok_or_else(|| DeadError::Missing(sort.to_owned()))?;
        let gone = || DeadError::Damaged(sort.to_owned(), "its content was put aside and is gone".to_owned());
        let record = found.record.ok_or_else(gone)?;
        let plans = self.plans.look(ports, now).await?;
        if let LetterKind::Action { rule, .. } = &record.letter.what
            && !plans.newest.rules.iter().any(|known| *known.rule().name == **rule)
        {
            return Err(DeadError::Stays(stays(&record.letter)));
        }
        let entry = match record.again(now)? {
            Message::Derived(derived) => Entry::Derived(derived),
            message @ Message::Start(_) => Entry::Send { lane: Lane::Rules, message, due: None },
            message => Entry::Send { lane: Lane::Conditions, message, due: None },
        };
        let left = self.outlet(&plans, now).publish(vec![(0, entry)]).await;
        if let Some(error) = left.troubles.into_iter().next() {
            return Err(error.into());
        }
        drop_dead(&self.store, workflow, sort).await?;
        Ok(record)
    }

    /// Turns the rows of the timers that come due into messages. `now` is the moment the sweep was asked for.
    ///
    /// # Errors
    /// What store or queue say; the next sweep goes on where this one stopped.
    pub async fn sweep(&self, now: Timestamp, deadline: &impl Deadline) -> Result<Swept, StateError> {
        sweep((&self.store, &self.queue), self.plans.workflow(), now, deadline).await
    }
}
