//! Named limits of the turn. Each says what happens past it.

/// Plans that still have open instances or runs beside the newest one. Past it, activation is refused.
pub const MAX_DRAINING_PLANS: usize = 16;
/// Dead letters kept for inspection and redrive. Past it the oldest leaves the list (it stays in the log) and is counted.
pub const MAX_DEAD_LETTERS: usize = 100_000;
/// Finished runs remembered so that a repeated event does not call again. Past it the oldest are forgotten first.
pub const MAX_REMEMBERED_RUNS: usize = 1_000_000;
/// Derived events of one turn. Past it the rest of the cascade goes to the dead letters: a workflow that multiplies.
pub const MAX_CASCADE: usize = 100_000;
/// Links of derived events kept to name the chain of an event that went past the hop limit.
pub const MAX_CHAIN_LINKS: usize = 16_384;
