//! An engine as it is right after its workflow became current, without reading the plan again: players of tests begin
//! thousands of times.

use crate::engine::{Engine, Known};

impl Engine {
    /// An engine that has this one's current workflow and nothing else: no instance, no run, no counter. The same as a new
    /// one that took the activation's record, if this one has taken only that.
    #[must_use]
    pub fn fresh(&self) -> Engine {
        let known = |k: &Known| Known { condition: k.condition.clone(), family: k.family, live: 0, open: 0 };
        Engine {
            now: self.now,
            floor: self.floor,
            newest: self.newest.clone(),
            conditions: self.conditions.iter().map(known).collect(),
            families: self.families.clone(),
            ..Engine::default()
        }
    }
}
