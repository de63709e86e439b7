//! Named limits of the turn. Each says what happens past it.

/// Plans that still have open instances or runs beside the newest one. Past it, activation is refused.
pub const MAX_DRAINING_PLANS: usize = 16;
/// Dead letters kept for inspection and redrive. Past it the oldest leaves the list (it stays in the log) and is counted.
pub const MAX_DEAD_LETTERS: usize = 100_000;
/// Finished runs remembered so that a repeated event does not call again. Past it the oldest are forgotten first.
pub const MAX_REMEMBERED_RUNS: usize = 1_000_000;
/// Derived events of one turn. Past it the rest of the cascade goes to the dead letters: a workflow that multiplies.
pub const MAX_CASCADE: usize = 100_000;
/// Unmatched events kept for near misses, in memory only. Past it the oldest leaves.
pub const MAX_UNMATCHED: usize = 10_000;
/// Bytes of them. Past it the oldest leave; a larger event is not kept.
pub const MAX_UNMATCHED_BYTES: usize = 16 * 1024 * 1024;
/// Looks of one question about near misses: unmatched events times the definitions in question. Past it older events are
/// not looked at.
pub const MAX_NEAR_LOOKS: usize = 100_000;
/// Places of the table looked at for one page of instances. Past it the page ends early, with where to go on.
pub const MAX_PLACES_A_LOOK: usize = 65_536;
/// Keys compared with one that is not there. Past it the rest is not offered.
pub const MAX_KEYS_COMPARED: usize = 20_000;
/// Derived events and calls that an answer says followed. Past it their number is said.
pub const MAX_FOLLOWED: usize = 100;
/// Links of derived events kept to name the chain of an event that went past the hop limit.
pub const MAX_CHAIN_LINKS: usize = 16_384;
