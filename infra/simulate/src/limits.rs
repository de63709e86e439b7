//! Named limits of the player.

/// Steps of one play: events, wake-ups, answers. Past it the play ends as failed: the workflow goes round.
pub const MAX_STEPS: usize = 1_000_000;
/// Failures told of one case; more are counted.
pub const MAX_FAILURES: usize = 20;
