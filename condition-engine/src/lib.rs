//! Conditions, instances and the one function that decides: [`apply`](apply::apply). Pure and total.
//!
//! A [`Condition`] is the definition; an [`Instance`] is one partial match of it for one correlation key; `apply` takes
//! an input (an event, a timer) to an instance and says what follows from it.

pub mod condition;
pub mod input;

pub use condition::{Collect, Condition, Fire, Kind, Member, Reach, Window};
pub use input::{Derived, Effect, Input, MemberEvent, Verdict};
