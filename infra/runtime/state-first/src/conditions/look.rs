//! Looking at instances, for people: never for a decision.

use fanin_condition::{Condition, Effect, Input, Instance, apply};
use fanin_event::Timestamp;
use fanin_store::state::{Cell, Read, Shelf, StateError, StateStore};

use super::Conditions;
use crate::instances::Held;
use crate::plans::PlanTrouble;
use crate::ports::{Claims, Queue};

/// An instance as it stands in the store.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The condition in the version it is pinned to.
    pub condition: Condition,
    /// The instance.
    pub instance: Instance,
    /// When it is woken next; `NEVER`: nothing is to be waited for.
    pub wakes: Timestamp,
    /// What its last commit gave out may not all have left.
    pub unpublished: bool,
}

/// Reads the instance in a cell as the store has it, for lists: a window that is over shows when the next event comes.
///
/// # Errors
/// Bytes that are no instance of ours.
pub fn read_instance(cell: &Cell) -> Result<Instance, StateError> {
    Held::read(cell).map(|held| held.instance)
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims> Conditions<S, Q, C> {
    /// The instance of a condition for a key, as it is at `now`; none: there is none, or it is over.
    ///
    /// # Errors
    /// [`PlanTrouble`]: no plan, or the store.
    pub async fn look(&self, name: &str, key: &str, now: Timestamp) -> Result<Option<Looked>, PlanTrouble> {
        let plans = self.plans.at((&self.store, &self.claims), now).await?;
        let found =
            self.store.load(&[self.cell_key(name, key)], Read::Fresh).await?.into_iter().next().flatten();
        let Some(cell) = found else { return Ok(None) };
        let held = Held::read(&cell)?;
        let mut instance = held.instance;
        let Some(condition) = plans.condition(name, instance.version()) else { return Ok(None) };
        // What is over silently is over; what would speak is still to be woken for that.
        if instance.speaks_at(condition) == Timestamp::NEVER {
            let mut said: Vec<Effect> = Vec::new();
            apply(condition, key, &mut instance, &Input::Timer { now }, &mut said);
        }
        if instance.is_new() {
            return Ok(None);
        }
        let unpublished = !cell.outbox.is_empty();
        Ok(Some(Looked { condition: condition.clone(), instance, wakes: held.armed.at, unpublished }))
    }
}
