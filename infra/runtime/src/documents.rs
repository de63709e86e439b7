//! What is told of a state: the JSON documents of the API and of the command line, made in one place. Moments are RFC 3339
//! text, ids have the form of UUIDs.

mod dead;
mod followed;
mod instances;
mod runs;
mod status;

pub use dead::{DeadFilter, DeadPage, DeadRow, DeadTold, Redriven, RedrivenPage, stays};
pub use followed::{CalledNow, Followed, HappenedNow, target_name};
pub use instances::{
    InstancePage, InstanceRow, InstanceTold, KeyOf, NearMissRow, NotThere, instance_page, instance_told,
    near_conditions, near_rows, no_such_instance, not_there,
};
pub use runs::{OpenCall, RunRow, RunTold, run_rows, run_told};
pub use status::{StateTold, state_told};

use fanin_event::Timestamp;

/// A moment as text; none for one that never comes.
fn moment(at: Timestamp) -> Option<String> {
    (at != Timestamp::NEVER).then(|| at.to_string())
}
