//! Conditions, instances and the one function that decides: [`apply`]. Pure and total.
//!
//! A [`Condition`] is the definition; an [`Instance`] is one partial match of it for one correlation key; [`apply`]
//! takes an input (an event, a timer) to an instance and says what follows from it: derived events, dead letters, and
//! by [`Instance::next_due`] when it wants to be woken. It has no clock: every moment comes with the input, as data of
//! the log. A host stores instances by [`Instance::encode_into`] and shows them by [`explain`].
//!
//! The order in which events arrive decides what a firing carries in three ways only: which of several events of one
//! name fills its slot, which `reach` holds, and the generation, which is taken from the first event and is part of every
//! derived id. Hence an id is fixed by the log's order: the log is the truth, and a replay of it makes the same ids.
//!
//! Not taken: a boolean expression language (conditions name each other instead), state that is one record per round (a
//! late duplicate would be counted in the next one), and ids outside the instance (a snapshot would tear them apart).

pub mod codec;
pub mod condition;
pub mod input;
pub mod limits;
pub mod pages;
pub mod reject;
pub mod slots;

mod apply;
mod collected;
mod derived;
mod explain;
mod instance;
mod json;
mod key;
mod kinds;
mod missing;
mod moment;
mod operate;
mod outline;
mod print;
mod progress;
mod round;
mod seen;
mod stamped;

pub use apply::apply;
pub use codec::CodecError;
pub use codec::split::{Chunking, Parts, Split};
pub use condition::{Collect, Condition, Fire, Kind, Member, Reach, Window};
pub use explain::{Asks, Explanation, MemberSeen, ReachSource, State, explain};
pub use input::{Claim, Derived, Effect, Input, MemberEvent, Verdict};
pub use instance::{Ending, Instance, Phase};
pub use key::Key;
pub use missing::Missing;
pub use operate::{OPERATOR_SOURCE, OperateError, Operator, Waived, Waiver, check_expire, check_operator};
pub use outline::{Outline, outline};
