//! What a person does to one instance: a conditional write like any other, with who and why in what follows from it.

use fanin_condition::{OperateError, Operator, check_operator};
use fanin_event::Timestamp;
use fanin_runtime::{Command, Operation};
use fanin_store::state::{Cell, CellWrite, Change, Read, Shelf, StateError, StateStore};

use super::Conditions;
use super::cells::expires_of;
use crate::decide::{Decision, Deed, operate, wake};
use crate::instances::Held;
use crate::limits::{LOOK_AGAIN, MAX_OPERATION_ATTEMPTS};
use crate::message::{DerivedMessage, Message};
use crate::outbox::{Entry, Outbox};
use crate::plans::{PlanSet, PlanTrouble};
use crate::ports::{Claims, Lane, Outgoing, Queue};

/// Why a person's wish was not carried out. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum OperateTrouble {
    /// It cannot be.
    #[error(transparent)]
    Refused(#[from] OperateError),
    /// There is no plan, or the store could not be asked.
    #[error(transparent)]
    Plan(#[from] PlanTrouble),
    /// The store, the claims or the queue.
    #[error(transparent)]
    Store(#[from] StateError),
    /// Others keep changing the instance.
    #[error("{condition} for key {key:?} is changed by others all the time: try again")]
    Busy {
        /// The condition.
        condition: String,
        /// The key, canonical text.
        key: String,
    },
}

/// What became of an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Operated {
    /// The derived events that followed.
    pub derived: Vec<DerivedMessage>,
    /// They are on their way. Else they follow within a minute.
    pub sent: bool,
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims> Conditions<S, Q, C> {
    /// Carries out an operation at `now`.
    ///
    /// # Errors
    /// [`OperateTrouble`].
    pub async fn operate(&self, operation: &Operation, now: Timestamp) -> Result<Operated, OperateTrouble> {
        let (name, key) = (operation.condition.as_str(), operation.key.as_str());
        let operator = Operator { by: &operation.by, why: &operation.why };
        check_operator(operator)?;
        let plans = self.plans.look((&self.store, &self.claims), now).await?;
        if plans.any_condition(name).is_none() {
            return Err(OperateError::NoCondition(name.to_owned()).into());
        }
        let deed = Deed { command: &operation.command, operator, now };
        let mut announced = operation.command == Command::Drop;
        for _ in 0..MAX_OPERATION_ATTEMPTS {
            let missing = || OperateError::NoInstance { condition: name.to_owned(), key: key.to_owned() };
            let found = self.store.load(&[self.cell_key(name, key)], Read::Fresh).await?;
            let cell = found.into_iter().next().flatten().ok_or_else(missing)?;
            let held = Held::read(&cell)?;
            if held.instance.is_new() {
                return Err(missing().into());
            }
            let decision = operate(&plans, (name, key), &deed, held)?;
            // Should this process die in the middle, somebody has to come and let out what it has committed.
            if !announced {
                self.announce(name, key, now).await?;
                announced = true;
            }
            self.let_out(&plans, &cell, now).await?;
            let write = self.operation_write((name, key), cell, decision.as_ref(), (&plans, now)).await?;
            match self.store.commit(vec![write]).await.into_iter().next() {
                Some(Ok(_)) => return Ok(self.follow(&plans, (name, key), decision, now).await),
                // What is not known is found out by looking: what was done is refused the second time.
                Some(Err(StateError::Conflict | StateError::Unknown(_))) | None => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
        Err(OperateTrouble::Busy { condition: name.to_owned(), key: key.to_owned() })
    }

    /// Sends a wake-up that comes after all this.
    async fn announce(&self, name: &str, key: &str, now: Timestamp) -> Result<(), StateError> {
        let message = Message::Wake { condition: name.into(), key: key.to_owned(), due: now };
        let outgoing = Outgoing { body: message.to_text(), delay: LOOK_AGAIN };
        self.queue.send(Lane::Conditions, vec![outgoing]).await.into_iter().collect()
    }

    /// Lets out what the last commit left.
    async fn let_out(&self, plans: &PlanSet, cell: &Cell, now: Timestamp) -> Result<(), StateError> {
        let outbox = Outbox::read(&self.claims, &cell.outbox).await?;
        let entries = outbox.entries.into_iter().map(|entry| (0, entry)).collect();
        let left = self.outlet(plans, now).publish(entries).await;
        left.troubles.into_iter().next().map_or(Ok(()), Err)
    }

    async fn operation_write(
        &self,
        (name, key): (&str, &str),
        cell: Cell,
        decision: Option<&Decision>,
        (plans, now): (&PlanSet, Timestamp),
    ) -> Result<CellWrite, StateError> {
        let change = match decision.and_then(|decision| Some((decision, decision.held.as_ref()?))) {
            None => Change::Remove,
            Some((decision, held)) => {
                let (head, chunks) = held.write()?;
                let outbox = Outbox { entries: decision.entries.clone(), woke: now };
                let outbox = outbox.write(&self.claims).await?;
                Change::Put { head, chunks, outbox, expires: expires_of(held, plans, name, now) }
            }
        };
        Ok(CellWrite { key: self.cell_key(name, key), base: Some(cell.base), change })
    }

    /// Lets out what follows.
    async fn follow(
        &self,
        plans: &PlanSet,
        (name, key): (&str, &str),
        decision: Option<Decision>,
        now: Timestamp,
    ) -> Operated {
        let Some(decision) = decision else { return Operated { derived: Vec::new(), sent: true } };
        let derived = decision.entries.iter().filter_map(|entry| match entry {
            Entry::Derived(derived) => Some(derived.clone()),
            _ => None,
        });
        let derived = derived.collect();
        let wake = decision.wake.map(|due| wake(&name.into(), key, due));
        let entries = decision.entries.into_iter().chain(wake).map(|entry| (0, entry)).collect();
        let left = self.outlet(plans, now).publish(entries).await;
        Operated { derived, sent: left.failed.is_empty() }
    }
}
