//! Named limits of the player.

use fanin_event::Span;

/// Steps of one play: events, wake-ups, answers. Past it the play ends as failed: the workflow goes round.
pub const MAX_STEPS: usize = 1_000_000;
/// Failures told of one case; more are counted.
pub const MAX_FAILURES: usize = 20;
/// Plays spent on making a failing variation smaller; the smallest one found by then is shown.
pub const MAX_SHRINK_PLAYS: usize = 300;
/// Instances explained for one failure; further ones are given as a number.
pub const MAX_TOLD: usize = 3;
/// Conditions explained because another one waits for them: so many steps back.
pub const MAX_BACK: usize = 3;
/// Events listed for one failure (near misses, those that did not count, those that made something fire); further ones
/// are left out.
pub const MAX_LISTED: usize = 12;
/// Variations of one case that are compared with it as written. Past it the command line refuses the number.
pub const MAX_VARIATIONS: u32 = 1_000_000;
/// Different ways in which the outcome of one case varies that are made small and told; further ones are not.
pub const MAX_FINDINGS: usize = 8;
/// A redelivery or a delay is never longer than this.
pub const LONGEST_DELAY: Span = Span(15 * 60 * 1_000);
/// The clock goes on so long after the last event, so that nothing is left to do when outcomes are compared.
pub const SETTLES_WITHIN: Span = Span(400 * 86_400_000);
